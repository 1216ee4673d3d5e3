//! The result of a run, in two forms of the same facts: `text` for a person, `json` for a program (`tenure.demo/1`).

mod json;
mod text;

pub(crate) use json::json;
pub(crate) use text::Text;
