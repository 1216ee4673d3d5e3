//! Rules on hand-made subjects, and the order in which problems are told.
