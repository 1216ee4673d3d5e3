//! Why a bench gave no figure.
use std::io;

/// A run that ends with one of these has measured nothing it can be quoted for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// The runtime could not be built.
    #[error("no Tokio runtime: {0}")]
    Runtime(#[source] io::Error),
    /// A task of the batch panicked or was cut off.
    #[error("a batch of `{case}` did not finish: {why}")]
    Batch { case: String, why: String },
    /// The process that held the tasks did not say how much memory they took.
    #[error("the child process for `{kind}` gave no figure: {why}")]
    Child { kind: String, why: String },
    /// Only Linux tells a process its resident memory in `/proc`.
    #[error("resident memory cannot be read from `/proc/self/status` here: leave out `memory`")]
    NoResidentMemory,
    /// There is nothing to lint.
    #[error("no Rust sources in `{0}`")]
    NoSources(String),
    /// A picture could not be drawn.
    #[error("cannot draw {0}")]
    Plot(String),
    /// There is no run to show.
    #[error("cannot read the run `{file}`: {why}")]
    NoRun {
        file: String,
        #[source]
        why: io::Error,
    },
    /// A run of one round shows that everything works, not how fast it is.
    #[error("`{0}` is of one round, which is no figure to show: measure without `--quick`")]
    OneRound(String),
    /// Stdout is gone.
    #[error("the output could not be written: {0}")]
    Output(#[from] io::Error),
}
