//! The attributes as the compiler sees them, against a stand-in for the crate `tenure`: what they produce must compile, borrow
//! nothing by accident, and hand over the right values.
extern crate self as tenure;

use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Stands in for the root's scope.
#[derive(Debug)]
struct Scope;

type Result<T = ()> = std::result::Result<T, std::fmt::Error>;

#[derive(Debug, Default, PartialEq, Eq)]
struct Builder {
    name: String,
    grace: Duration,
    readiness_delay: Duration,
}

impl Builder {
    fn new() -> Self {
        Self::default()
    }
    fn name(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }
    fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }
    fn readiness_delay(self, readiness_delay: Duration) -> Self {
        Self { readiness_delay, ..self }
    }
}

struct Idle;
impl Wake for Idle {
    fn wake(self: Arc<Self>) {}
}

/// The bodies below never wait.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::new(Idle)))) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a body of these tests waited"),
    }
}

mod __private {
    use super::{Builder, ExitCode, Result, Scope};

    pub(crate) struct Program {
        pub(crate) name: &'static str,
        pub(crate) version: &'static str,
        pub(crate) builder: Builder,
        pub(crate) worker_threads: Option<usize>,
        pub(crate) current_thread: bool,
    }
    impl Program {
        pub(crate) fn run<F, Fut>(self, main: F) -> ExitCode
        where
            F: FnOnce(Scope) -> Fut + Send + 'static,
            Fut: Future<Output = Result> + Send + 'static,
        {
            assert_eq!(self.name, "tenure-macros");
            assert_eq!(self.version, env!("CARGO_PKG_VERSION"));
            assert_eq!((self.worker_threads, self.current_thread), (Some(3), false));
            let wanted = Builder::new().name("shop").grace(ms(1_500)).readiness_delay(ms(60_000));
            assert_eq!(self.builder, wanted);
            if super::ready(main(Scope)).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }

    pub(crate) struct Test {
        pub(crate) start_paused: bool,
        pub(crate) worker_threads: Option<usize>,
        pub(crate) root: Option<&'static str>,
    }
    impl Test {
        pub(crate) fn run<F, Fut>(self, test: F)
        where
            F: FnOnce(Scope) -> Fut + Send + 'static,
            Fut: Future<Output = Result> + Send + 'static,
        {
            assert_eq!((self.start_paused, self.worker_threads, self.root), (true, None, Some("shop")));
            super::ready(test(Scope)).expect("the bodies of these tests end well");
        }
    }

    fn ms(millis: u64) -> super::Duration {
        super::Duration::from_millis(millis)
    }
}

mod program {
    use super::{ExitCode, Result, Scope};

    #[tenure_macros::main(name = "shop", grace = "1500ms", readiness_delay = "1m", worker_threads = 3)]
    pub(super) async fn main(root: Scope) -> Result {
        let Scope = root;
        Err(std::fmt::Error)
    }

    #[test]
    fn an_error_of_main_reaches_the_exit_code() {
        assert_eq!(main(), ExitCode::FAILURE);
    }
}

mod program_without_a_result {
    use super::{ExitCode, Scope};

    #[tenure_macros::main(name = "shop", grace = "1500ms", readiness_delay = "1m", worker_threads = 3)]
    async fn main(_: Scope) {
        if std::env::args().count() < usize::MAX {
            return;
        }
        panic!("a bare `return` left this body");
    }

    #[test]
    fn a_main_that_returns_nothing_is_ok() {
        assert_eq!(main(), ExitCode::SUCCESS);
    }
}

#[tenure_macros::test(start_paused = true, name = "shop")]
async fn a_test_with_a_result_runs(root: Scope) -> Result {
    let Scope = root;
    Ok(())
}

#[tenure_macros::test(start_paused = true, name = "shop")]
async fn a_test_without_a_result_runs(mut _root: Scope) {
    _root = Scope;
}

#[tenure_macros::test(start_paused = true, name = "shop")]
#[cfg(any())]
async fn a_test_that_is_configured_out_is_not_compiled(root: Scope) {
    this_does_not_exist(root);
}
