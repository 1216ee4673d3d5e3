//! What the linter finds and does not find: cases in files, with what is expected at the ends of their lines.

mod cases;
mod pages;
mod read;
mod shapes;
mod speech;
