//! A root to run in, a batch as a task of it, and what joins many.
use crate::error::BenchError;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tenure::prelude::*;
use tenure::{Root, TaskHandle};

/// Runs `body` under a root of its own in the present runtime.
pub(crate) async fn in_root<T>(body: impl AsyncFnOnce(&Scope) -> T) -> Result<T, BenchError> {
    let slot = Rc::new(RefCell::new(None));
    let kept = Rc::clone(&slot);
    let report = Root::run(async move |root: Scope| {
        let value = body(&root).await;
        kept.replace(Some(value));
        Ok(())
    })
    .await;
    let value = slot.borrow_mut().take();
    value.ok_or_else(|| BenchError::Batch { case: "tenure".to_owned(), why: format!("{:?}", report.main) })
}

pub(crate) async fn join(tasks: Vec<TaskHandle<()>>) -> tenure::Result {
    for mut task in tasks {
        task.join().await?;
    }
    Ok(())
}

pub(crate) async fn finished(mut batch: TaskHandle<Duration>) -> Result<Duration, BenchError> {
    batch.join().await.map_err(|e| BenchError::Batch { case: "tenure".to_owned(), why: e.to_string() })
}
