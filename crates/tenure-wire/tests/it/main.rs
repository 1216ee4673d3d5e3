//! What a report looks like, against checked-in files. To change one on purpose, edit it by hand: people and tools read it.
mod account;
mod problems;
mod report;
