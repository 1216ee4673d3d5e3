//! Tests of real processes. Real time is allowed here and nowhere else.
//!
//! | module | is |
//! |---|---|
//! | `child` | a child process with an empty environment, its end, and a limit on how long it may take |
//! | `program` | where the built `tenure` is |
//! | `faults` | every fault with `--json`, to its end and with SIGTERM in the middle |
//! | `naive` | the same program in plain Tokio |
//! | `signals` | Ctrl-C once, twice, thrice |
//! | `panic_abort` | a program whose panics end the process |
//! | `streams` | what goes to stdout, what to stderr, and what happens if nobody reads |
//! | `usage` | mistakes on the command line |
//! | `terminal` | what a person sees |

mod child;
mod faults;
mod lint;
mod naive;
mod panic_abort;
mod program;
mod signals;
mod streams;
mod terminal;
mod usage;
