//! From files to findings: read, link, check, suppress.

use crate::config::Config;
use crate::file::{Context, File, Reading, Source, Text};
use crate::finding::{Confidence, Finding, Fix, Label, Level, Suppressed};
use crate::fingerprint::fingerprint;
use crate::flow::Links;
use crate::names::{Cx, Package, Program};
use crate::par;
use crate::report::{Report, Summary};
use crate::rules::{self, BAD_SUPPRESSION, Draft, Group, NOT_ANALYSED, Rule, Sink, UNUSED_SUPPRESSION};
use crate::suppress::suppressions;
use crate::tree::{Span, Type};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is linted together.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Workspace {
    /// The files.
    pub sources: Vec<Source>,
    /// The packages they belong to.
    pub packages: Vec<Package>,
    /// What the project says about its linting.
    pub config: Config,
}

/// What is asked of one run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The group `pedantic` is on.
    pub pedantic: bool,
    /// Only these rules; empty: all.
    pub rules: Vec<&'static str>,
    /// What is less sure is left out.
    pub min_confidence: Option<Confidence>,
    /// Contexts that are reported besides shipped code.
    pub contexts: Vec<Context>,
    /// Threads.
    pub jobs: usize,
    /// Generated files are linted too.
    pub includes_generated: bool,
    /// Files without a word that can matter are not parsed. Turning it off changes nothing but the time.
    pub prefilters: bool,
    /// Counted up for each file that is done.
    pub progress: Option<Arc<AtomicUsize>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pedantic: false,
            rules: Vec::new(),
            min_confidence: None,
            contexts: Vec::new(),
            jobs: 1,
            includes_generated: false,
            prefilters: true,
            progress: None,
        }
    }
}

impl Workspace {
    /// No files yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One file of shipped code, and nothing around it.
    #[must_use]
    pub fn of_text(path: &str, text: &str) -> Self {
        Self { sources: vec![Source::new(path, text)], ..Self::default() }
    }

    /// Lints it. Never panics: a bug of the linter becomes a TN900 note and is counted in the summary.
    ///
    /// # Examples
    /// ```
    /// use tenure_lint::{Options, Workspace};
    ///
    /// let text = "fn main() { std::thread::spawn(|| work()); }";
    /// let report = Workspace::of_text("src/main.rs", text).lint(&Options::default());
    /// assert_eq!(report.findings[0].id, "TN002");
    /// assert_eq!(report.findings[0].start.line, 1);
    /// ```
    #[must_use]
    pub fn lint(self, options: &Options) -> Report {
        let program = self.read(options);
        let per_file = par::map(program.files.len(), options.jobs, |n| {
            let findings = guarded(|| check_file(&program, n, options));
            if let Some(progress) = &options.progress {
                progress.fetch_add(1, Ordering::Relaxed);
            }
            findings
        });
        let mut report = Report { summary: Summary::default(), findings: Vec::new(), texts: Vec::new() };
        let mut bugs = Vec::new();
        for (n, findings) in per_file.into_iter().enumerate() {
            match findings {
                Some(mut findings) => report.findings.append(&mut findings),
                None => bugs.push(n),
            }
        }
        for n in bugs {
            report.summary.bugs += 1;
            let file = &program.files[n];
            let draft = Draft::new(
                Span::default(),
                "not analysed: internal error of the linter; please report it",
                "",
            );
            report.findings.extend(meta(file, &program, NOT_ANALYSED, draft));
        }
        report.summary.bugs += program.files.iter().filter(|file| file.bug).count();
        report.finish(program)
    }

    fn read(self, options: &Options) -> Program {
        let reading =
            Reading { prefilters: options.prefilters, includes_generated: options.includes_generated };
        let modules: Vec<Vec<String>> =
            self.sources.iter().map(|source| module_path(source, &self.packages)).collect();
        let sources: Vec<std::sync::Mutex<Option<Source>>> =
            self.sources.into_iter().map(|source| std::sync::Mutex::new(Some(source))).collect();
        let files = par::map(sources.len(), options.jobs, |n| {
            let source = sources[n]
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .take()
                .unwrap_or_default();
            let name = Source { path: source.path.clone(), text: Text::Utf8(String::new()), ..source };
            // A file that its name says is of tests; `mod` declarations are looked at later.
            let is_test = modules[n].iter().any(|seg| seg == "tests");
            let source = if is_test && source.context == Context::Prod {
                source.in_context(Context::Test)
            } else {
                source
            };
            guarded(|| File::read(n, source, &modules[n], reading)).unwrap_or_else(|| {
                let mut file = File::read(n, name, &modules[n], reading);
                file.bug = true;
                file
            })
        });
        let files = parsed_after_all(files, &modules, options.jobs);
        let mut program = Program::new(files, self.packages, self.config);
        program.mark_tests();
        let links = par::map(program.files.len(), options.jobs, |n| {
            guarded(|| Cx::new(&program, n).map(|cx| Links::of(&cx))).flatten()
        });
        let mut all = Links::default();
        links.into_iter().flatten().for_each(|links| all.merge(links));
        program.links = all;
        program
    }
}

/// A file without a word that matters may still call a function of another file that returns the handle of a task.
fn parsed_after_all(mut files: Vec<File>, modules: &[Vec<String>], jobs: usize) -> Vec<File> {
    let starters: Vec<String> = files
        .iter()
        .filter_map(|file| file.tree.as_ref())
        .flat_map(|tree| &tree.funcs)
        .filter(|func| func.ret.as_ref().is_some_and(names_handle))
        .map(|func| format!("{}(", func.name))
        .collect();
    let calls =
        |file: &File| file.tree.is_none() && starters.iter().any(|call| file.text.contains(call.as_str()));
    let late: Vec<std::sync::Mutex<Option<File>>> =
        files.extract_if(.., |file| calls(file)).map(|file| std::sync::Mutex::new(Some(file))).collect();
    let parsed = par::map(late.len(), jobs, |n| {
        let mut file = late[n].lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()?;
        let module = &modules[file.n];
        file.parse_after_all(module);
        Some(file)
    });
    files.extend(parsed.into_iter().flatten());
    files.sort_by_key(|file| file.n);
    files
}

/// `JoinHandle<T>`, perhaps in an `Option` or `Result`.
fn names_handle(ty: &Type) -> bool {
    match ty {
        Type::Path { segs, args } => {
            segs.last().is_some_and(|name| &**name == "JoinHandle") || args.iter().any(names_handle)
        }
        _ => false,
    }
}

/// `None`: it panicked. The message is printed by the hook of the process, which is right: it is a bug.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// `src/a/b.rs` is `a::b`.
fn module_path(source: &Source, packages: &[Package]) -> Vec<String> {
    let root = source.package.and_then(|n| packages.get(n)).map_or("", |package| package.root.as_str());
    let path = source.path.strip_prefix(root).unwrap_or(&source.path).trim_start_matches('/');
    let path = path.strip_prefix("src/").unwrap_or(path);
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let mut segs: Vec<String> = path.split('/').map(str::to_owned).collect();
    if matches!(segs.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        segs.pop();
    }
    segs
}

fn check_file(program: &Program, n: usize, options: &Options) -> Vec<Finding> {
    let file = &program.files[n];
    let mut out = Vec::new();
    if !file.is_reported {
        return out;
    }
    let (suppressions, bad) = suppressions(file);
    let mut used = vec![false; suppressions.len()];
    if let Some(cx) = Cx::new(program, n) {
        for rule in rules::list() {
            let Some(check) = rule.check else { continue };
            if rule.group == Group::Tenure
                && !program.package(file).is_some_and(|package| package.uses("tenure"))
            {
                continue;
            }
            let mut sink = Sink::default();
            check(&cx, &mut sink);
            for draft in sink.drafts {
                let covering = suppressions
                    .iter()
                    .position(|s| s.rules.contains(&rule.id) && s.covers.contains(&draft.at.lo));
                if let Some(covering) = covering {
                    used[covering] = true;
                }
                let suppressed = covering.map(|n| Suppressed {
                    line: suppressions[n].line,
                    reason: suppressions[n].reason.clone(),
                });
                out.extend(finding(program, file, rule, draft, suppressed, options));
            }
        }
    }
    for skipped in &file.skipped {
        let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let span = Span { lo: at(skipped.at.start), hi: at(skipped.at.end) };
        let line = file.text[skipped.at.clone()].lines().next().map_or(0, str::len);
        let span = Span { lo: span.lo, hi: span.hi.min(at(skipped.at.start + line)) };
        let draft = Draft::new(span, format!("not analysed: {}", skipped.why), "this is left out");
        out.extend(meta(file, program, NOT_ANALYSED, draft));
    }
    if options.rules.is_empty() {
        for bad in bad {
            let draft = Draft::new(
                bad.at,
                format!("bad suppression, without effect: {}", bad.why),
                "suppresses nothing",
            );
            out.extend(meta(file, program, BAD_SUPPRESSION, draft));
        }
        for (suppression, _) in suppressions.iter().zip(used).filter(|(_, used)| !used) {
            let mut draft = Draft::new(
                suppression.comment,
                "unused suppression: no finding of this rule is here",
                "suppresses nothing",
            )
            .help("remove the comment: `--fix` does");
            draft.fix = Some(removal(file, suppression.comment));
            out.extend(meta(file, program, UNUSED_SUPPRESSION, draft));
        }
    }
    out
}

/// The comment, and its line if nothing else is there.
fn removal(file: &File, comment: Span) -> Fix {
    let (lo, hi) = (comment.lo as usize, comment.hi as usize);
    let line = file.text[..lo].rfind('\n').map_or(0, |n| n + 1);
    let before = &file.text[line..lo];
    let next = file.text[hi..].find('\n').map_or(file.text.len(), |n| hi + n + 1);
    let is_alone = before.trim().is_empty() && file.text[hi..next].trim().is_empty();
    let (start, end) = if is_alone { (line, next) } else { (line + before.trim_end().len(), hi) };
    let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Fix { title: "remove the comment".to_owned(), start: at(start), end: at(end), text: String::new() }
}

/// A finding about the linting itself; no context, no level but its own.
fn meta(file: &File, program: &Program, id: &str, draft: Draft) -> Option<Finding> {
    let rule = rules::find(id)?;
    Some(made(program, file, rule, draft, rule.level, file.context, None))
}

/// The finding of a draft, if it is wanted.
fn finding(
    program: &Program,
    file: &File,
    rule: &'static Rule,
    draft: Draft,
    suppressed: Option<Suppressed>,
    options: &Options,
) -> Option<Finding> {
    let config = &program.config;
    if !options.rules.is_empty() && !options.rules.contains(&rule.id) {
        return None;
    }
    let asked = options.rules.contains(&rule.id);
    let is_on = rule.group != Group::Pedantic || options.pedantic || config.pedantic || asked;
    let default = is_on.then(|| draft.level.unwrap_or(rule.level));
    let level = config.level(rule.id, &file.path, default)?;
    let confidence = draft.confidence.unwrap_or(rule.confidence);
    let least = options.min_confidence.or(config.min_confidence).unwrap_or(Confidence::Medium);
    if confidence < least {
        return None;
    }
    let in_test = draft.is_test || function_at(file, draft.at).is_some_and(|func| func.is_test);
    let context = if in_test && file.context == Context::Prod { Context::Test } else { file.context };
    let covers_tests = config.covers_tests(rule.id).unwrap_or(rule.covers_tests);
    let is_covered = context == Context::Prod
        || options.contexts.contains(&context)
        || (context == Context::Test && covers_tests);
    is_covered.then(|| made(program, file, rule, draft, level, context, suppressed))
}

fn made(
    program: &Program,
    file: &File,
    rule: &'static Rule,
    draft: Draft,
    level: Level,
    context: Context,
    suppressed: Option<Suppressed>,
) -> Finding {
    let place = |byte: u32| file.lines.place(&file.text, byte);
    let function = function_at(file, draft.at).map(|func| func.shown.clone()).unwrap_or_default();
    let labels = draft.labels.into_iter().map(|(at, message)| Label {
        path: file.path.clone(),
        start: place(at.lo),
        end: place(at.hi),
        message,
    });
    Finding {
        id: rule.id,
        name: rule.name,
        level,
        confidence: draft.confidence.unwrap_or(rule.confidence),
        context,
        package: program.package(file).map(|package| package.name.clone()).unwrap_or_default(),
        path: file.path.clone(),
        start: place(draft.at.lo),
        end: place(draft.at.hi),
        fingerprint: fingerprint(file, rule.id, &function, draft.at),
        function,
        message: draft.message,
        help: draft.help,
        label: draft.label,
        notes: draft.notes,
        labels: labels.collect(),
        suppressed,
        fix: draft.fix,
    }
}

struct Around {
    shown: String,
    is_test: bool,
}

/// The innermost function around a place.
fn function_at(file: &File, at: Span) -> Option<Around> {
    let tree = file.tree.as_ref()?;
    let around = tree.funcs.iter().filter(|func| func.span.lo <= at.lo && at.lo < func.span.hi);
    let func = around.min_by_key(|func| func.span.hi - func.span.lo)?;
    let shown = match &func.self_ty {
        Some(crate::tree::Type::Path { segs, .. }) => {
            format!("{}::{}", crate::tree::Tree::last_seg(segs), func.name)
        }
        _ => func.name.to_string(),
    };
    Some(Around { shown, is_test: func.is_test })
}
