//! A service manager as far as `sd_notify(3)` goes: a datagram socket, and what came when.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often the socket's thread looks whether it is over, and a test whether a line came.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// A line that has not come by then does not come.
const LONGEST: Duration = Duration::from_secs(30);

/// One line of a datagram.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Since the manager was made.
    pub at: Duration,
    pub text: String,
}

/// Where the socket is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Path,
    Abstract,
}

pub(crate) struct Manager {
    /// What `NOTIFY_SOCKET` is set to.
    pub socket: String,
    begun: Instant,
    lines: Arc<Mutex<Vec<Line>>>,
    over: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

impl Manager {
    pub(crate) fn new(kind: Kind) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("tenure-e2e-{}-{}", std::process::id(), NUMBER.fetch_add(1, Relaxed));
        // The folder for temporary files: a path to a socket has room for 107 bytes.
        let (address, socket) = match kind {
            Kind::Path => {
                let path = std::env::temp_dir().join(&name);
                let text = path.to_str().expect("the temporary folder is UTF-8").to_owned();
                (SocketAddr::from_pathname(path), text)
            }
            Kind::Abstract => (SocketAddr::from_abstract_name(&name), format!("@{name}")),
        };
        let receiver =
            UnixDatagram::bind_addr(&address.expect("a short name")).expect("nobody has that name");
        receiver.set_read_timeout(Some(LOOK_EVERY)).expect("a socket of ours");
        let (begun, lines, over) = (Instant::now(), Arc::default(), Arc::default());
        let reader = std::thread::Builder::new().spawn({
            let (lines, over) = (Arc::clone(&lines), Arc::clone(&over));
            move || read(&receiver, begun, &lines, &over)
        });
        let reader = Some(reader.expect("a thread"));
        Self { socket, begun, lines, over, reader }
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When the line came; waits for it.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) -> Duration {
        loop {
            if let Some(line) = self.lines().into_iter().find(|line| line.text == text) {
                return line.at;
            }
            assert!(self.begun.elapsed() < LONGEST, "no {text} in {:#?}", self.lines());
            crate::child::pause(LOOK_EVERY);
        }
    }

    /// When each line that begins so came, and the rest of it.
    pub(crate) fn all(&self, prefix: &str) -> Vec<(Duration, String)> {
        let lines = self.lines().into_iter();
        lines.filter_map(|line| Some((line.at, line.text.strip_prefix(prefix)?.to_owned()))).collect()
    }
}

fn read(receiver: &UnixDatagram, begun: Instant, lines: &Mutex<Vec<Line>>, over: &AtomicBool) {
    let mut buffer = [0; 8192];
    while !over.load(Relaxed) {
        let Ok(length) = receiver.recv(&mut buffer) else { continue };
        let at = begun.elapsed();
        let text = String::from_utf8(buffer[..length].to_vec()).expect("it writes UTF-8");
        let mut all = lines.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(text.lines().map(|line| Line { at, text: line.to_owned() }));
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        if let Some(reader) = self.reader.take() {
            reader.join().ok();
        }
        if self.socket.starts_with('/') {
            std::fs::remove_file(&self.socket).ok();
        }
    }
}
