//! The gate: every step in order, the first failure ends it and says how to run that step again.

use crate::steps::{STEPS, Step};
use crate::times::Times;
use anyhow::{Result, bail};
use std::time::Instant;

/// Which steps to run.
pub(crate) enum Range<'a> {
    All,
    Only(&'a str),
    From(&'a str),
}

/// Prints the steps with how long they last took.
pub(crate) fn list() -> Result<()> {
    let times = Times::load();
    println!("cargo xtask ci           every step, in this order");
    println!("cargo xtask ci --from S  from step S on");
    println!("cargo xtask S            step S alone (the same as `ci --only S`)");
    println!("cargo xtask guard        instructions beside bare Tokio, with limits; no part of `ci`");
    println!(
        "cargo xtask bench        a whole measurement, its table and its pictures; an hour; no part of `ci`"
    );
    println!();
    for Step { name, what, .. } in STEPS {
        println!("{name:<10} {:>8}  {what}", times.last(name));
    }
    println!("{:<10} {:>8}", "all", times.total(STEPS.iter().map(|step| step.name)));
    Ok(())
}

pub(crate) fn run(range: Range<'_>) -> Result<()> {
    let mut times = Times::load();
    for step in select(range)? {
        eprintln!("== {}: {}", step.name, step.what);
        let begun = Instant::now();
        if let Err(error) = step.run() {
            bail!("step {} failed: {error:#}\n  try: cargo xtask ci --only {}", step.name, step.name);
        }
        times.note(step.name, begun.elapsed())?;
        eprintln!("== {} ok after {}", step.name, times.last(step.name));
    }
    Ok(())
}

fn select(range: Range<'_>) -> Result<&'static [Step]> {
    let position = |name: &str| match STEPS.iter().position(|step| step.name == name) {
        Some(at) => Ok(at),
        None => {
            let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
            bail!("there is no step `{name}`; there are {}", names.join(", "))
        }
    };
    Ok(match range {
        Range::All => STEPS,
        Range::Only(name) => {
            let at = position(name)?;
            &STEPS[at..=at]
        }
        Range::From(name) => &STEPS[position(name)?..],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(range: Range<'_>) -> Vec<&'static str> {
        select(range).unwrap().iter().map(|step| step.name).collect()
    }

    #[test]
    fn a_step_runs_alone_or_with_all_after_it() {
        assert_eq!(names(Range::All).len(), STEPS.len());
        assert_eq!(names(Range::Only("tidy")), ["tidy"]);
        assert_eq!(names(Range::From("docs")).first(), Some(&"docs"));
        let unknown = select(Range::Only("tide")).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(unknown.contains("tidy"), "the steps there are: {unknown}");
    }

    #[test]
    fn names_of_steps_are_unique_words() {
        for (at, step) in STEPS.iter().enumerate() {
            assert!(STEPS[..at].iter().all(|earlier| earlier.name != step.name), "{}", step.name);
            assert!(
                !["ci", "guard", "bench"].contains(&step.name) && !step.name.contains(char::is_whitespace),
                "{}",
                step.name
            );
        }
    }
}
