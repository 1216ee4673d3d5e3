//! What is not a measurement is tested: statistics, verdicts, lines, command line, the harness itself.
mod cli;
mod growth;
mod line;
mod machine;
mod pair;
mod peers;
mod report;
mod stats;
mod target;
