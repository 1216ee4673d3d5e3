//! State owners: the cases of table 6.4, and what a property test throws at them (S33 to S40).
mod account;
mod batch;
mod errors;
mod gone;
mod hooks;
mod inline;
mod mailbox;
mod random;
mod replies;
mod rings;
mod stop;
mod turns;
