//! Being written.
extern crate self as tenure;

pub(crate) mod account;
pub(crate) mod clock;
pub(crate) mod context;
pub(crate) mod error;
pub(crate) mod exit;
pub(crate) mod ident;
#[expect(unsafe_code, reason = "the only unsafe of the crate")]
mod raw;
pub(crate) mod record;
pub(crate) mod rt;
pub(crate) mod scope;
pub(crate) mod sync;
pub(crate) mod task;
pub use account::*; pub use context::*; pub use error::*; pub use exit::*; pub use ident::*; pub use scope::*; pub use task::*;
