//! Tests of real processes. Real time is allowed here and nowhere else.
//!
//! | module | is |
//! |---|---|
//! | `child` | a child process with an empty environment, its end, and a limit on how long it may take |
//! | `clean` | what the verdict promises, asked of a result once more from outside |
//! | `program` | where the built `tenure` is, and the examples |
//! | `examples` | what the examples show, and how they end |
//! | `deploy` | the shipped deployment files: parsed, checked, and their command run |
//! | `manager` | a service manager as far as `sd_notify` goes |
//! | `plan` | signals, variables and threads that hang, in programs under `#[tenure::main]` |
//! | `systemd` | what such a program says to systemd |
//! | `faults` | every fault with `--json`, to its end and with SIGTERM in the middle |
//! | `supervised` | the same, with an owner that is made again |
//! | `naive` | the same program in plain Tokio |
//! | `signals` | Ctrl-C once, twice, thrice |
//! | `panic_abort` | a program whose panics end the process |
//! | `streams` | what goes to stdout, what to stderr, and what happens if nobody reads |
//! | `usage` | mistakes on the command line |
//! | `terminal` | what a person sees |

mod child;
mod clean;
mod deploy;
mod examples;
mod faults;
mod lint;
mod manager;
mod naive;
mod panic_abort;
mod plan;
mod program;
mod signals;
mod streams;
mod supervised;
mod systemd;
mod terminal;
mod usage;
