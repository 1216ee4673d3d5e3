//! The sources as the checks see them: text, tokens with their lines, and where in the house a file stands.

use crate::repo::root;
use anyhow::{Context, Result, anyhow};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::fmt;
use std::path::{Path, PathBuf};

/// Folders that hold our Rust. `tests/ui` is left out: those files are wrong on purpose.
const FOLDERS: [&str; 5] = ["crates", "apps", "benches", "e2e", "xtask"];

/// One thing that breaks a rule, printed as an editor understands it.
#[derive(Debug)]
pub(super) struct Finding {
    file: String,
    line: usize,
    what: String,
}

impl Finding {
    pub(super) fn new(file: impl Into<String>, line: usize, what: impl Into<String>) -> Self {
        Self { file: file.into(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// A Rust file.
pub(super) struct Source {
    /// From the root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    pub(super) words: Vec<Word>,
    pub(super) syntax: syn::File,
}

/// A token without spaces and comments. Groups are opened, so that a rule is about a flat list; strings are one word.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) line: usize,
}

impl Source {
    pub(super) fn parse(path: &str, text: &str) -> Result<Self> {
        let tokens: TokenStream = text.parse().map_err(|e| anyhow!("{path}: {e}"))?;
        let syntax = syn::parse_file(text).map_err(|e| anyhow!("{path}:{}: {e}", e.span().start().line))?;
        let mut words = Vec::new();
        flatten(tokens, &mut words);
        Ok(Self { path: path.to_owned(), text: text.to_owned(), words, syntax })
    }

    pub(super) fn find(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding::new(&self.path, line, what)
    }

    /// Tests of any kind: a folder `tests` or, in a crate, `benches` and `examples`.
    pub(super) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests")
    }

    /// The lines where these words follow each other.
    pub(super) fn lines_of<'a>(&'a self, pattern: &'a [&'a str]) -> impl Iterator<Item = usize> + 'a {
        let matches =
            move |window: &&[Word]| window.iter().zip(pattern).all(|(word, wanted)| word.text == *wanted);
        self.words.windows(pattern.len()).filter(matches).map(|window| window[0].line)
    }
}

fn flatten(tokens: TokenStream, words: &mut Vec<Word>) {
    for token in tokens {
        let line = token.span().start().line;
        let mut push = |text: &str, line| words.push(Word { text: text.to_owned(), line });
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                push(open, line);
                flatten(group.stream(), words);
                words.push(Word { text: close.to_owned(), line: group.span_close().start().line });
            }
            other => push(&other.to_string(), line),
        }
    }
}

/// All Rust files of the repository.
pub(super) struct Sources(pub(super) Vec<Source>);

impl Sources {
    pub(super) fn load() -> Result<Self> {
        let mut paths = Vec::new();
        for folder in FOLDERS {
            collect(&root().join(folder), &mut paths)?;
        }
        paths.sort();
        let read = |path: PathBuf| {
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            Source::parse(&relative(&path), &text)
        };
        Ok(Self(paths.into_iter().map(read).collect::<Result<_>>()?))
    }

    pub(super) fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Source> {
        self.0.iter().filter(move |source| source.path.starts_with(prefix))
    }
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() || folder.ends_with("target") || folder.ends_with("tests/ui") {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}
