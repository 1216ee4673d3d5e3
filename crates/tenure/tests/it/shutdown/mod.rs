//! How a root and its children stop (S25, S41 to S50). Files: `plan.rs` the stages of the root, `order.rs` the order of
//! its children, `child.rs` the ladder of one, `serve.rs` its connections, `ready.rs` readiness, `signals.rs` what signals do,
//! `after.rs` what is left when it is over.
mod after;
mod child;
mod order;
mod plan;
mod ready;
mod serve;
mod signals;
