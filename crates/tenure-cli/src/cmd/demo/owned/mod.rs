//! The program on tenure.
//!
//! ```text
//! demo                      the program's root: signals, budget
//! ├─ main                   starts the others, draws the progress, asks for the stop
//! ├─ app                    runs the second root; its failure is a result, not the program's
//! │   └─ app/store          the owner (and app/mirror with `--fault deadlock`), on the root `app`
//! ├─ reader, reader#2, ..   clients
//! ├─ writer, writer#2, ..   clients
//! └─ control                plants the fault, ends with the time of --for
//! ```
//!
//! A stop, by time or by signal, is always the same plan: the clients see draining, end their call and themselves; when the
//! last has gone, `app` stops its root, so the owner outlives everybody who may ask it.
//!
//! Files: `program` (the two roots), `store` (the owner and its requests), `clients`.

mod clients;
mod program;
mod store;

pub(crate) use program::run;
