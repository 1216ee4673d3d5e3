//! What each stream gets: colour, glyphs, a width. Decided once, from the flags, the environment and the stream itself.

use crate::args::{LookArgs, When};
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use std::ffi::OsString;
use std::io::{IsTerminal, Stderr, Stdout, Write};
use std::os::fd::AsFd;

/// What is wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What is right.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What was planted or deserves a second look.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// What one may skip.
pub(crate) const DIM: Style = Style::new().dimmed();
/// The numbers one came for.
pub(crate) const BOLD: Style = Style::new().bold();

/// Width of a line where the terminal does not tell.
const WIDTH_DEFAULT: usize = 80;

/// The part of the environment that decides how text looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    pub no_color: Option<OsString>,
    pub clicolor_force: Option<OsString>,
    pub term: Option<OsString>,
    pub columns: Option<OsString>,
}

impl Environment {
    /// As the process has it.
    pub(crate) fn of_process() -> Self {
        let var = |name| std::env::var_os(name);
        Self {
            no_color: var("NO_COLOR"),
            clicolor_force: var("CLICOLOR_FORCE"),
            term: var("TERM"),
            columns: var("COLUMNS"),
        }
    }

    fn is_dumb(&self) -> bool {
        self.term.as_ref().is_some_and(|term| term == "dumb")
    }

    /// X4, in its order.
    fn colours(&self, when: When, is_terminal: bool) -> bool {
        match when {
            When::Always => true,
            When::Never => false,
            When::Auto if self.no_color.as_ref().is_some_and(|v| !v.is_empty()) => false,
            When::Auto if self.clicolor_force.as_ref().is_some_and(|v| v != "0") => true,
            When::Auto => is_terminal && !self.is_dumb(),
        }
    }

    /// X5: `COLUMNS`, else the terminal's own width, else 80.
    fn width(&self, of_terminal: Option<usize>) -> usize {
        let asked =
            self.columns.as_ref().and_then(|v| v.to_str()).and_then(|v| v.parse().ok()).filter(|n| *n > 0);
        asked.or(of_terminal).unwrap_or(WIDTH_DEFAULT)
    }
}

/// The signs that are not letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Glyphs {
    /// Between facts on one line.
    pub dot: &'static str,
    /// The done part of a bar.
    pub full: &'static str,
    /// The part of a bar that is to come.
    pub empty: &'static str,
    /// Where a line was cut.
    pub cut: &'static str,
}

impl Glyphs {
    const UNICODE: Self = Self { dot: "·", full: "█", empty: "░", cut: "…" };
    /// Text made elsewhere, in these signs.
    pub(crate) fn only(&self, text: String) -> String {
        if *self != Self::ASCII {
            return text;
        }
        text.replace('·', "|").replace('…', "...").replace('≠', "!=")
    }

    const ASCII: Self = Self { dot: "|", full: "#", empty: ".", cut: "..." };
}

/// How this run looks.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub glyphs: Glyphs,
    stdout: ColorChoice,
    stderr: ColorChoice,
    /// Columns of stdout if it is a terminal; else nothing is cut or broken.
    pub width: Option<usize>,
    /// A person watches stderr, and it can redraw a line.
    pub live: bool,
    environment: Environment,
}

impl Look {
    /// Decides, for the streams this process has.
    pub(crate) fn new(args: LookArgs, environment: Environment) -> Self {
        let (out, err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        let choice = |is_terminal| match environment.colours(args.color, is_terminal) {
            // Not `Always`: that one still asks whether the console can; we are told to.
            true => ColorChoice::AlwaysAnsi,
            false => ColorChoice::Never,
        };
        Self {
            glyphs: if args.ascii { Glyphs::ASCII } else { Glyphs::UNICODE },
            stdout: choice(out),
            stderr: choice(err),
            width: out.then(|| environment.width(columns(std::io::stdout()))),
            live: err && !environment.is_dumb(),
            environment,
        }
    }

    pub(crate) fn stdout(&self) -> AutoStream<Stdout> {
        AutoStream::new(std::io::stdout(), self.stdout)
    }

    pub(crate) fn stderr(&self) -> AutoStream<Stderr> {
        AutoStream::new(std::io::stderr(), self.stderr)
    }

    /// A remark on stderr. If stderr is gone there is nowhere to say so.
    pub(crate) fn note(&self, text: &str) {
        writeln!(self.stderr(), "{DIM}note:{DIM:#} {}", tenure_wire::text::prose(text)).ok();
    }

    /// Columns of a line on stderr, asked anew each time: a window can be resized.
    pub(crate) fn live_width(&self) -> usize {
        self.environment.width(columns(std::io::stderr()))
    }
}

/// What the terminal says of itself; some say 0, which is no answer.
fn columns(stream: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    Some(usize::from(size.ws_col)).filter(|n| *n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(no_color: Option<&str>, force: Option<&str>, term: Option<&str>) -> Environment {
        let own = |v: Option<&str>| v.map(OsString::from);
        Environment { no_color: own(no_color), clicolor_force: own(force), term: own(term), columns: None }
    }

    #[test]
    fn x4_auto_asks_no_color_then_clicolor_force_then_the_terminal() {
        let auto = |e: Environment, terminal| e.colours(When::Auto, terminal);
        assert!(auto(env(None, None, Some("xterm")), true));
        assert!(!auto(env(None, None, Some("xterm")), false));
        assert!(!auto(env(None, None, Some("dumb")), true));
        assert!(!auto(env(Some("1"), Some("1"), Some("xterm")), true), "NO_COLOR is asked first");
        assert!(auto(env(Some(""), None, Some("xterm")), true), "an empty NO_COLOR says nothing");
        assert!(auto(env(None, Some("1"), Some("dumb")), false));
        assert!(!auto(env(None, Some("0"), None), false));
    }

    #[test]
    fn x4_always_and_never_ask_nobody() {
        assert!(env(Some("1"), None, Some("dumb")).colours(When::Always, false));
        assert!(!env(None, Some("1"), Some("xterm")).colours(When::Never, true));
    }

    #[test]
    fn x5_columns_wins_over_the_terminal_and_80_is_the_last_resort() {
        let with = |columns: &str| Environment { columns: Some(columns.into()), ..Environment::default() };
        assert_eq!(with("120").width(Some(60)), 120);
        assert_eq!(with("0").width(Some(60)), 60);
        assert_eq!(with("wide").width(None), 80);
    }
}
