//! How tasks end, by whom and when (S9 to S16). Files: the kind of end.
mod abort;
mod account;
mod blocking;
mod causes;
mod cleanup;
mod deadline;
mod ladder;
mod reasons;
