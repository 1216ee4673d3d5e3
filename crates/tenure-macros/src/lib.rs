//! The attributes `#[tenure::main]` and `#[tenure::test]`; reach them through the crate `tenure`.
//!
//! Both only rearrange text: the function becomes an inner `async fn`, and around it stands a plain function that hands it to
//! `tenure::__private`, where all behavior lives. Files, in reading order: `function` (what shape a function must have),
//! `options` (what may stand in the parentheses), `main_attr` and `test_attr` (what comes out).
#![forbid(unsafe_code)]

mod function;
mod main_attr;
mod options;
mod test_attr;

use proc_macro::TokenStream;

/// Runs `async fn main(root: Scope)` as a program: builds the runtime, starts the root, handles signals, runs the shutdown plan
/// and ends with the exit code of the shutdown report.
///
/// The function takes the root's `Scope` and returns `tenure::Result`, or nothing, which means `Ok(())`.
///
/// | option | meaning | default |
/// |---|---|---|
/// | `name = "shop"` | the root's name, first part of every path | `app` |
/// | `grace = "10s"` | budget of the whole shutdown; a whole number and `ms`, `s` or `m` | the library's `GRACE` |
/// | `readiness_delay = "5s"` | how long work is still accepted after the stop was asked for | 0 |
/// | `worker_threads = 4` | threads of the runtime | one per core |
/// | `flavor = "current_thread"` | which runtime: `multi_thread` or `current_thread` | `multi_thread` |
///
/// | variable | meaning |
/// |---|---|
/// | `TENURE_GRACE` | instead of `grace`, in seconds: `25`, `0.5` |
/// | `TENURE_READINESS_DELAY` | instead of `readiness_delay`, in seconds |
/// | `TENURE_REPORT` | the report at the end on stderr: `text`, `json` (one line) or `off`; `text:PATH`, `json:PATH` to a file |
/// | `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID` | feature `systemd`: set by systemd, which is told how the program is |
///
/// One that cannot be used ends the program with code 1 before anything is started.
///
/// SIGTERM and SIGINT start the plan; a second one aborts what is left; a third ends the process at once with 128 + its number and
/// without a report. They are handled before the first statement of main. One within 250 ms of another is the same.
///
/// The process ends with 0 if it was asked to stop or main returned `Ok`, and nothing had to be forced; 1 if main or what it
/// depends on failed; 3 if a task was aborted or left; 101 if main panicked. What no plan can end, such as a thread that hangs, does
/// not keep the process alive beyond `grace`: signals and the plan have threads of their own.
///
/// With feature `systemd`, `NOTIFY_SOCKET` is taken out of the environment before main runs, so that child processes do not
/// inherit it; where something started a thread before `main` (a constructor of a linked library), it stays.
///
/// # Examples
/// ```rust,ignore
/// #[tenure::main(name = "shop", grace = "10s")]
/// async fn main(root: tenure::Scope) -> tenure::Result {
///     root.until_shutdown().await
/// }
/// ```
#[proc_macro_attribute]
pub fn main(options: TokenStream, function: TokenStream) -> TokenStream {
    main_attr::expand(options.into(), function.into()).into()
}

/// Runs `async fn name(root: Scope)` as a test under a root of its own; at its end every task must have ended.
///
/// The function takes the root's `Scope` and returns `tenure::Result`, or nothing, which means `Ok(())`. Other attributes, such
/// as `#[cfg(..)]`, stay on the test.
///
/// | option | meaning | default |
/// |---|---|---|
/// | `start_paused = true` | time is virtual and moves only when nothing can run | `false` |
/// | `flavor = "multi_thread"` | which runtime: `current_thread` or `multi_thread` (then 2 threads, if no number is given) | `current_thread` |
/// | `worker_threads = 4` | threads of the runtime; implies `multi_thread` | - |
/// | `name = "shop"` | the root's name, first part of every path | `app` |
///
/// # Examples
/// ```rust,ignore
/// #[tenure::test(start_paused = true)]
/// async fn a_sleep_takes_its_time(root: tenure::Scope) -> tenure::Result {
///     Ok(root.ctx().sleep(tenure::secs(60)).await?)
/// }
/// ```
#[proc_macro_attribute]
pub fn test(options: TokenStream, function: TokenStream) -> TokenStream {
    test_attr::expand(options.into(), function.into()).into()
}
