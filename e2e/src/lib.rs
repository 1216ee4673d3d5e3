//! Tests of real processes: built programs, real signals, real time. Everything is in `tests/it`.
