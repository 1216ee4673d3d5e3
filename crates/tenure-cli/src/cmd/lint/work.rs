//! Linting the groups, on all threads, with progress on a terminal.

use super::groups::Group;
use crate::render::{DIM, Look};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tenure_lint::{Options, Report};

/// A tree that takes less than this is not worth a line that comes and goes.
const QUIET: Duration = Duration::from_secs(1);
/// Fast enough to look live, slow enough to read.
const TICK: Duration = Duration::from_millis(100);
/// A group with this part of all bytes gets every thread for itself; smaller ones are done side by side.
const LARGE: u64 = 4;

/// Lints every group. The result does not depend on the number of threads.
pub(super) fn lint(groups: Vec<Group>, options: &Options, look: &Look) -> Report {
    let files = groups.iter().map(|group| group.files.len()).sum::<usize>();
    let done = Arc::new(AtomicUsize::new(0));
    let mut options = options.clone();
    options.progress = Some(Arc::clone(&done));
    if !look.live {
        return all(groups, &options);
    }
    std::thread::scope(|threads| {
        let (tell, told) = sync_channel(1);
        threads.spawn(move || tell.send(all(groups, &options)).is_ok());
        let begun = Instant::now();
        let mut was_drawn = false;
        loop {
            match told.recv_timeout(TICK) {
                Ok(report) => {
                    if was_drawn {
                        put(look, "\r\x1b[2K");
                    }
                    return report;
                }
                Err(RecvTimeoutError::Timeout) if begun.elapsed() < QUIET => {}
                Err(RecvTimeoutError::Timeout) => {
                    was_drawn = true;
                    let seen = done.load(Ordering::Relaxed).min(files);
                    put(look, &format!("\r\x1b[2K{DIM}linting{DIM:#} {seen} of {files} files"));
                }
                // The worker panicked; the scope hands that on when it ends.
                Err(RecvTimeoutError::Disconnected) => return Report::empty(),
            }
        }
    })
}

fn put(look: &Look, text: &str) {
    let mut stderr = look.stderr();
    // A line of progress that cannot be written is not worth a word.
    stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()).ok();
}

fn all(groups: Vec<Group>, options: &Options) -> Report {
    let bytes: u64 = groups.iter().map(|group| group.bytes).sum();
    let (large, small): (Vec<Group>, Vec<Group>) =
        groups.into_iter().partition(|group| group.bytes > bytes / LARGE);
    let mut reports: Vec<Report> = large.into_iter().map(|group| group.read().lint(options)).collect();
    let jobs = options.jobs.min(small.len()).max(1);
    let mut alone = options.clone();
    alone.jobs = 1;
    let queue = Mutex::new(small.into_iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let results = std::thread::scope(|threads| {
        let work = || {
            let mut reports = Vec::new();
            while let Some(group) = next() {
                reports.push(group.read().lint(&alone));
            }
            reports
        };
        let workers: Vec<_> = (0..jobs).map(|_| threads.spawn(work)).collect();
        workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    for result in results {
        match result {
            Ok(mut some) => reports.append(&mut some),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    Report::all(reports)
}
