//! What a project says about its linting: `tenure.toml`, or a table in its manifest.

use crate::finding::{Confidence, Level};
use crate::rules;
use globset::{Glob, GlobMatcher};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The settings. Unknown keys are errors.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Config {
    /// The rules of the group `pedantic` are on.
    pub pedantic: bool,
    /// What is less sure than this is not reported.
    pub min_confidence: Option<Confidence>,
    /// Full paths of functions that start a task and return its handle.
    pub spawn_functions: Vec<String>,
    /// Full paths of types that end or join what they hold when they are dropped.
    pub drop_owners: Vec<String>,
    /// What paths of findings begin with that its patterns do not know, and the other way.
    base: (String, String),
    rules: BTreeMap<&'static str, RuleConfig>,
    exclude: Vec<GlobMatcher>,
    paths: Vec<(GlobMatcher, BTreeMap<&'static str, RuleConfig>)>,
}

/// What is said about one rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct RuleConfig {
    /// `None`: it is not reported.
    level: Option<Level>,
    /// Also in tests, or not even there.
    tests: Option<bool>,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    what: String,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for ConfigError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    lint: Lint,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Lint {
    pedantic: bool,
    min_confidence: Option<Confidence>,
    spawn_functions: Vec<String>,
    drop_owners: Vec<String>,
    exclude: Vec<String>,
    rules: BTreeMap<String, Setting>,
    paths: BTreeMap<String, BTreeMap<String, Setting>>,
}

/// `"allow"`, or `{ level = "deny", tests = true, reason = ".." }`.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Setting {
    Level(Word),
    Table(SettingTable),
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingTable {
    level: Option<Word>,
    tests: Option<bool>,
    /// For whoever reads the file.
    #[serde(rename = "reason")]
    _reason: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Allow,
    Note,
    Warn,
    Deny,
}

impl Config {
    /// Reads a `tenure.toml`.
    ///
    /// # Errors
    /// The text is no TOML, or has a key, a rule, a level or a pattern that does not exist; the error names it.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let document: Document = toml::from_str(text).map_err(refused)?;
        Self::new(document.lint)
    }

    /// Reads the table `[*.metadata.tenure.lint]` of a manifest; `None` if there is none.
    ///
    /// # Errors
    /// As [`from_toml`](Self::from_toml).
    pub fn from_manifest(text: &str) -> Result<Option<Self>, ConfigError> {
        let manifest: toml::Table = toml::from_str(text).map_err(refused)?;
        let table = ["workspace", "package"]
            .into_iter()
            .find_map(|key| manifest.get(key)?.get("metadata")?.get("tenure")?.get("lint"));
        let Some(table) = table else { return Ok(None) };
        Self::new(table.clone().try_into().map_err(refused)?).map(Some)
    }

    fn new(lint: Lint) -> Result<Self, ConfigError> {
        let glob = |pattern: &String| {
            Glob::new(pattern)
                .map(|glob| glob.compile_matcher())
                .map_err(|e| ConfigError { what: e.to_string() })
        };
        let mut paths = Vec::new();
        for (pattern, rules) in &lint.paths {
            paths.push((glob(pattern)?, settings(rules)?));
        }
        Ok(Self {
            pedantic: lint.pedantic,
            min_confidence: lint.min_confidence,
            spawn_functions: lint.spawn_functions,
            drop_owners: lint.drop_owners,
            base: Default::default(),
            rules: settings(&lint.rules)?,
            exclude: lint.exclude.iter().map(glob).collect::<Result<_, _>>()?,
            paths,
        })
    }

    /// The same for findings whose paths begin with `strip`, or lack `prepend`, where its patterns do not.
    #[must_use]
    pub fn seen_from(mut self, strip: &str, prepend: &str) -> Self {
        self.base = (strip.to_owned(), prepend.to_owned());
        self
    }

    fn own_path<'a>(&self, path: &'a str) -> Cow<'a, str> {
        let (strip, prepend) = &self.base;
        let path = path.strip_prefix(strip.as_str()).unwrap_or(path);
        if prepend.is_empty() { Cow::Borrowed(path) } else { Cow::Owned(format!("{prepend}{path}")) }
    }

    /// Whether the file at `path` is not to be linted.
    #[must_use]
    pub fn excludes(&self, path: &str) -> bool {
        let path = self.own_path(path);
        self.exclude.iter().any(|glob| glob.is_match(&*path))
    }

    /// The level of a rule in a file; `None`: off. `default` is what the rule itself says.
    pub(crate) fn level(&self, id: &str, path: &str, default: Option<Level>) -> Option<Level> {
        let path = self.own_path(path);
        let said =
            self.paths.iter().filter(|(glob, _)| glob.is_match(&*path)).find_map(|(_, rules)| rules.get(id));
        match said.or_else(|| self.rules.get(id)) {
            Some(rule) => rule.level,
            None => default,
        }
    }

    /// Whether the rule covers tests, if that is said.
    pub(crate) fn covers_tests(&self, id: &str) -> Option<bool> {
        self.rules.get(id).and_then(|rule| rule.tests)
    }
}

fn refused(e: impl std::fmt::Display) -> ConfigError {
    ConfigError { what: e.to_string().trim_end().to_owned() }
}

fn settings(rules: &BTreeMap<String, Setting>) -> Result<BTreeMap<&'static str, RuleConfig>, ConfigError> {
    let mut out = BTreeMap::new();
    for (name, setting) in rules {
        let Some(rule) = rules::find(name) else {
            return Err(ConfigError {
                what: format!("unknown rule `{name}`: rules are named TN001 or detached-task"),
            });
        };
        let (word, tests) = match setting {
            Setting::Level(word) => (Some(*word), None),
            Setting::Table(table) => (table.level, table.tests),
        };
        let level = match word {
            None => Some(rule.level),
            Some(Word::Allow) => None,
            Some(Word::Note) => Some(Level::Note),
            Some(Word::Warn) => Some(Level::Warn),
            Some(Word::Deny) => Some(Level::Deny),
        };
        out.insert(rule.id, RuleConfig { level, tests });
    }
    Ok(out)
}
