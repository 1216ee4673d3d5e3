//! A mistake on the command line, told in three lines: what, why, and the command to type.

use crate::exit::Exit;
use crate::render::Complaint;
use crate::values::BadValue;
use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error;

/// Tells clap's error in the form of every error here. `argv` is what was typed, without the program's name.
pub(crate) fn complaint(error: &clap::Error, argv: &[String], root: &Command) -> Complaint {
    let typed = Typed::new(argv, root);
    match error.kind() {
        ErrorKind::UnknownArgument => unknown_argument(&text(error, ContextKind::InvalidArg), &typed),
        ErrorKind::InvalidSubcommand => unknown_command(&text(error, ContextKind::InvalidSubcommand), &typed),
        ErrorKind::InvalidValue => invalid_value(error, &typed),
        ErrorKind::ValueValidation => refused_value(error, &typed),
        _ => other(error, &typed),
    }
}

/// What was typed, and which command it was for.
struct Typed<'a> {
    argv: &'a [String],
    command: &'a Command,
    /// `tenure demo`.
    name: String,
}

impl<'a> Typed<'a> {
    fn new(argv: &'a [String], root: &'a Command) -> Self {
        let mut command = root;
        let mut name = root.get_name().to_owned();
        for word in argv {
            if let Some(found) = command.find_subcommand(word) {
                command = found;
                name = format!("{name} {word}");
            }
        }
        Self { argv, command, name }
    }

    /// The typed line with each `from` replaced, as a command to type.
    fn with(&self, from: &str, to: &[&str]) -> String {
        let mut line = vec!["tenure".to_owned()];
        for word in self.argv {
            match word.split_once('=') {
                _ if word == from => line.extend(to.iter().map(|new| quoted(new))),
                Some((flag, value)) if value == from => {
                    line.push(quoted(&format!("{flag}={}", to.join(" "))))
                }
                Some((flag, value)) if flag == from => {
                    line.push(quoted(&format!("{}={value}", to.join(" "))))
                }
                _ => line.push(quoted(word)),
            }
        }
        line.join(" ")
    }

    /// The typed line with the command before everything else.
    fn command_first(&self) -> String {
        let is_command = |word: &String| self.name.split(' ').any(|part| part == word);
        let rest = self.argv.iter().filter(|word| !is_command(word)).map(|word| quoted(word));
        std::iter::once(self.name.clone()).chain(rest).collect::<Vec<_>>().join(" ")
    }

    fn flags(&self) -> Vec<String> {
        self.command
            .get_arguments()
            .filter_map(|arg| arg.get_long())
            .map(|long| format!("--{long}"))
            .collect()
    }

    fn commands(root: &Command) -> Vec<String> {
        root.get_subcommands().filter(|c| !c.is_hide_set()).map(|c| c.get_name().to_owned()).collect()
    }
}

fn unknown_argument(arg: &str, typed: &Typed) -> Complaint {
    if !arg.starts_with('-') {
        let why = format!("`{}` takes flags only: {}", typed.name, typed.flags().join(", "));
        return usage(format!("unexpected argument `{arg}`"), why, typed.with(arg, &[]));
    }
    let flags = typed.flags();
    if flags.iter().any(|flag| flag == arg) {
        let (what, why) =
            (format!("`{arg}` stands before its command"), "flags follow the command".to_owned());
        return usage(what, why, typed.command_first());
    }
    let why = format!("the flags of `{}` are {}", typed.name, flags.join(", "));
    let hint = match nearest(arg, &flags) {
        Some(flag) => typed.with(arg, &[flag]),
        None => format!("{} --help", typed.name),
    };
    usage(format!("unknown flag `{arg}`"), why, hint)
}

fn unknown_command(word: &str, typed: &Typed) -> Complaint {
    let commands = Typed::commands(typed.command);
    let why = format!("the commands are {}", commands.join(", "));
    let hint = match nearest(word, &commands) {
        Some(command) => typed.with(word, &[command]),
        None => format!("{} --help", typed.name),
    };
    usage(format!("unknown command `{word}`"), why, hint)
}

/// A value that is none of the possible ones, or no value at all.
fn invalid_value(error: &clap::Error, typed: &Typed) -> Complaint {
    let flag = flag_name(&text(error, ContextKind::InvalidArg));
    let value = text(error, ContextKind::InvalidValue);
    let known = list(error, ContextKind::ValidValue);
    let example = example_of(typed.command, &flag);
    if value.is_empty() {
        let why = if known.is_empty() { "nothing follows it".to_owned() } else { one_of(&known) };
        return usage(format!("`{flag}` needs a value"), why, typed.with(&flag, &[&flag, &example]));
    }
    let (what, why) = match flag.as_str() {
        "--fault" => (format!("unknown fault `{value}`"), format!("the faults are {}", known.join(", "))),
        _ => (format!("`{value}` is no value of `{flag}`"), one_of(&known)),
    };
    let better = nearest(&value, &known).unwrap_or(&example);
    usage(what, why, typed.with(&value, &[better]))
}

fn one_of(known: &[String]) -> String {
    format!("it is one of {}", known.join(", "))
}

/// A value that one of our own parsers refused.
fn refused_value(error: &clap::Error, typed: &Typed) -> Complaint {
    let flag = flag_name(&text(error, ContextKind::InvalidArg));
    let value = text(error, ContextKind::InvalidValue);
    match error.source().and_then(|e| e.downcast_ref::<BadValue>()) {
        Some(bad) => {
            let hint = if value.is_empty() {
                format!("{} {flag} {}", typed.name, bad.instead)
            } else {
                typed.with(&value, &[&bad.instead])
            };
            usage(format!("{flag}: {}", bad.what), bad.why.clone(), hint)
        }
        None => other(error, typed),
    }
}

/// What clap says in its own words; its first line is the fact.
fn other(error: &clap::Error, typed: &Typed) -> Complaint {
    let said = error.to_string();
    let first = said.lines().next().unwrap_or_default();
    let what = first.strip_prefix("error: ").unwrap_or(first).replace('\'', "`");
    usage(what, format!("`{}` cannot be run like this", typed.name), format!("{} --help", typed.name))
}

fn usage(what: String, why: String, hint: String) -> Complaint {
    Complaint { what, why, hint, exit: Exit::Usage }
}

/// clap names a flag with its value, `--for <TIME>`.
fn flag_name(arg: &str) -> String {
    arg.split([' ', '=']).next().unwrap_or(arg).to_owned()
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(s)) => s.clone(),
        Some(ContextValue::Strings(all)) => all.first().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

fn list(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::Strings(all)) => all.clone(),
        Some(ContextValue::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// A value to type after `flag`: its default, or a word for it.
fn example_of(command: &Command, flag: &str) -> String {
    let long = flag.trim_start_matches('-');
    let arg = command.get_arguments().find(|arg| arg.get_long() == Some(long));
    if long == "fault" {
        return "panic".to_owned();
    }
    arg.and_then(|arg| arg.get_default_values().first().map(|v| v.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "VALUE".to_owned())
}

/// The known name that is fewest edits away, if it is a slip of the finger and not another word.
fn nearest<'a>(word: &str, known: &'a [String]) -> Option<&'a String> {
    let bare = word.trim_start_matches('-').split('=').next().unwrap_or_default().to_lowercase();
    known
        .iter()
        .map(|name| (edits(&bare, name.trim_start_matches('-')), name))
        .min_by_key(|(edits, _)| *edits)
        .filter(|(edits, name)| *edits * 2 <= name.trim_start_matches('-').chars().count().max(2))
        .map(|(_, name)| name)
}

/// Insertions, deletions, replacements and swaps of neighbours that make `a` into `b`.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(rows[i - 2][j - 2] + 1);
                }
                best
            };
        }
    }
    rows[a.len()][b.len()]
}

/// As a shell takes it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::{CommandFactory, Parser};

    fn told(line: &str) -> String {
        let argv: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let error =
            Cli::try_parse_from(std::iter::once("tenure".to_owned()).chain(argv.clone())).unwrap_err();
        let mut root = Cli::command();
        root.build();
        let c = complaint(&error, &argv, &root);
        assert_eq!(c.exit, Exit::Usage);
        format!("{}\n{}\n{}", c.what, c.why, c.hint)
    }

    #[test]
    fn x2_an_unknown_flag_lists_all_and_offers_the_nearest_in_the_line_that_was_typed() {
        assert_eq!(
            told("demo --json --redaers 5"),
            "unknown flag `--redaers`\n\
             the flags of `tenure demo` are --readers, --writers, --keys, --for, --fault, --supervised, --naive, --json, --color, --ascii, --help\n\
             tenure demo --json --readers 5"
        );
        assert!(told("demo --redaers=5").ends_with("\ntenure demo --readers=5"));
        assert!(told("demo --colour never").ends_with("\ntenure demo --color never"));
    }

    #[test]
    fn x2_a_flag_that_is_like_none_is_answered_with_the_help() {
        assert!(told("demo --quetzalcoatl").ends_with("\ntenure demo --help"));
        assert!(told("--quetzalcoatl").ends_with("\ntenure --help"));
    }

    #[test]
    fn x2_an_unknown_command_and_an_unknown_fault_do_the_same() {
        assert_eq!(
            told("dmeo"),
            "unknown command `dmeo`\nthe commands are demo, lint, explain, help\ntenure demo"
        );
        assert_eq!(
            told("demo --fault panik"),
            "unknown fault `panik`\n\
             the faults are none, panic, exit, stop, deadlock, silent, slow, hang\n\
             tenure demo --fault panic"
        );
        assert!(told("demo --fault=hnag").ends_with("\ntenure demo --fault=hang"));
    }

    #[test]
    fn x2_a_missing_value_is_written_into_the_line() {
        assert!(told("demo --fault").starts_with("`--fault` needs a value\n"));
        assert!(told("demo --fault").ends_with("\ntenure demo --fault panic"));
        assert!(told("demo --for").ends_with("\ntenure demo --for 1s"), "{}", told("demo --for"));
    }

    #[test]
    fn x2_a_refused_value_says_which_flag_and_what_to_type() {
        assert_eq!(
            told("demo --for 5"),
            "--for: `5` has no unit\n\
             a duration has a unit: 250ms, 1s, 2m, 1h, or forever (until a signal)\n\
             tenure demo --for 5s"
        );
        assert!(told("demo --readers -3").starts_with("--readers: `-3` is negative\n"));
        assert!(
            told("demo --readers=").ends_with("\ntenure demo --readers 100"),
            "{}",
            told("demo --readers=")
        );
    }

    #[test]
    fn x2_a_flag_before_its_command_is_put_after_it() {
        let said = "`--json` stands before its command\nflags follow the command\ntenure demo --json";
        assert_eq!(told("--json demo"), said);
    }

    #[test]
    fn x2_a_word_too_many_is_left_out_of_the_line_to_type() {
        assert!(told("demo now --json").ends_with("\ntenure demo --json"), "{}", told("demo now --json"));
    }

    #[test]
    fn hostile_words_come_back_as_a_shell_takes_them() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
