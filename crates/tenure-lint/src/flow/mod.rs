//! Where values go and how control leaves: what several rules ask.
//!
//! | file | is |
//! |---|---|
//! | `spawn` | what starts a task or a thread, and the future that is handed over |
//! | `discard` | whether a value is dropped where it is made |
//! | `uses` | what is done with a binding |
//! | `loops` | loops, their waits and their exits |
//! | `hold` | which guards are alive where control waits |
//! | `links` | who calls whom, and who reads which field, over all files |

mod discard;
mod hold;
mod links;
mod loops;
mod spawn;
mod uses;

pub(crate) use discard::{How, discarded, is_drop};
pub(crate) use hold::{Held, Lock, guard_of, held_at_waits};
pub(crate) use links::{Links, field_key, field_under};
pub(crate) use loops::{
    enclosing_loop, exits, here, is_endless, is_logging, is_process_exit, is_timer, waits,
};
pub(crate) use spawn::{Sort, Spawn, handed_to, spawn_of, spawns_in};
pub(crate) use uses::{Use, use_of};
