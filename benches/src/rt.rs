//! The two runtimes everything is measured on.
use crate::error::BenchError;
use clap::ValueEnum;
use tokio::runtime::{Builder, Runtime};

/// Which runtime; `mt2` and `ct` in every line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rt {
    /// Multi-thread with two workers: what a service runs on, small enough for every machine.
    Mt2,
    /// Current-thread: no other worker to be woken, so the cheapest a rival can be.
    Ct,
}

impl Rt {
    pub(crate) const ALL: [Self; 2] = [Self::Mt2, Self::Ct];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mt2 => "mt2",
            Self::Ct => "ct",
        }
    }

    pub(crate) fn build(self) -> Result<Runtime, BenchError> {
        let mut builder = match self {
            Self::Mt2 => Builder::new_multi_thread(),
            Self::Ct => Builder::new_current_thread(),
        };
        // Has no effect on a current-thread runtime.
        builder.worker_threads(2).enable_all().build().map_err(BenchError::Runtime)
    }
}
