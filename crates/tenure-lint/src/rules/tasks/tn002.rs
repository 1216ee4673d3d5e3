//! TN002 detached-thread: the handle of a thread is dropped where it is made.

use super::tn001::THROUGH;
use crate::flow::{How, Sort, discarded, spawn_of};
use crate::names::Cx;
use crate::rules::{Draft, Sink};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let Some(spawn) = spawn_of(cx, id).filter(|spawn| spawn.sort == Sort::Thread) else { continue };
        let Some(how) = discarded(cx, spawn.value, &THROUGH) else { continue };
        let label = match how {
            How::Unused(binding) => format!("`{}` is never joined", cx.tree.binding(binding).name),
            _ => "its JoinHandle is dropped here".to_owned(),
        };
        sink.add(
            Draft::new(spawn.at, "detached thread: nobody joins this thread, so exit cuts it off in the middle of its work", label)
                .help("keep the handle and join it, use `thread::scope`, or a scope: `scope.blocking(\"name\", ..)`"),
        );
    }
}
