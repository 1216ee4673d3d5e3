//! TN016 tracker-never-closed: `wait` needs the tracker closed and empty.

use crate::finding::Level;
use crate::names::{Cx, Known};
use crate::rules::{Draft, Sink};
use crate::tree::Kind;

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    let (links, package) = (&cx.program.links, cx.file.package);
    for id in cx.tree.ids() {
        let Kind::Method { recv, name, args, at } = cx.kind(id) else { continue };
        if cx.ty(*recv).core_known() != Some(Known::Tracker) {
            continue;
        }
        if &**name == "wait"
            && args.is_empty()
            && !links.closes_tracker(package)
            && !cx.program.unparsed_mentions(".close(")
        {
            sink.add(
                Draft::new(*at, "tracker never closed: `wait` ends when the tracker is closed and empty, and nothing closes it", "never ends")
                    .help("call `close()` when no more tasks will come, before the wait"),
            );
        }
        if name.starts_with("spawn")
            && !links.waits_for_tracker(package)
            && !cx.program.unparsed_mentions(".wait(")
        {
            sink.add(
                Draft::new(
                    *at,
                    "tracker never waited for: it counts tasks that nobody waits for",
                    "counted for nobody",
                )
                .level(Level::Note)
                .help("`tracker.close(); tracker.wait().await;` at the end, or a set that owns the tasks"),
            );
        }
    }
}
