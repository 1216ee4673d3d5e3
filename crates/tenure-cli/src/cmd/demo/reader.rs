//! Whoever reads stdout. When nobody does any more, the run has no purpose, and stops by its plan.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::time::Duration;

/// How often it is asked. A person who typed `| head` waits no longer than this.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Ready when stdout is a pipe or a socket and its other end is closed. Files and terminals have no other end.
pub(crate) async fn nobody_reads() {
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        look.tick().await;
        if is_closed() {
            return;
        }
    }
}

/// A poll that asks for nothing is told of errors and hang-ups all the same, and this one does not wait.
fn is_closed() -> bool {
    let stdout = std::io::stdout();
    let mut asked = [PollFd::new(&stdout, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut asked, Some(&now)).is_ok() && asked[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
}
