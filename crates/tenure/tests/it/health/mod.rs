//! What the health of a root says, and when it stops saying it: a test for each code.
mod owners;
mod stalled;
mod tasks;
