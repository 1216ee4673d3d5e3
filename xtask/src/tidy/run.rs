//! Runs the checks, as a step and as tests.

use super::source::{Finding, Sources};
use super::{arrows, code, crates, rooms, words};
use anyhow::{Result, bail};

type Check = fn(&Sources) -> Result<Vec<Finding>>;

const CHECKS: [Check; 5] = [arrows::check, crates::check, rooms::check, code::check, words::check];

pub(crate) fn check() -> Result<()> {
    let sources = Sources::load()?;
    let mut findings = Vec::new();
    for check in CHECKS {
        findings.extend(check(&sources)?);
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("1 finding"),
        many => bail!("{many} findings"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_clean(check: Check) {
        let findings = check(&Sources::load().unwrap()).unwrap();
        let text: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "\n{}", text.join("\n"));
    }

    #[test]
    fn arrows_point_downwards() {
        assert_clean(arrows::check);
    }
    #[test]
    fn crates_depend_on_what_their_row_says() {
        assert_clean(crates::check);
    }
    #[test]
    fn rooms_are_small_and_begin_with_their_page() {
        assert_clean(rooms::check);
    }
    #[test]
    fn unsafe_tasks_and_sleep_are_where_they_may_be() {
        assert_clean(code::check);
    }
    #[test]
    fn public_documentation_uses_the_vocabulary() {
        assert_clean(words::check);
    }
}
