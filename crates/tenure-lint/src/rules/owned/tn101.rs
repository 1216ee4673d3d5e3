//! TN101 raw-spawn: a task beside tenure, kept or not.

use crate::flow::{Sort, spawn_of};
use crate::names::Cx;
use crate::rules::{Draft, Sink};

pub(crate) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for id in cx.tree.ids() {
        let Some(spawn) = spawn_of(cx, id).filter(|spawn| spawn.through.is_none()) else { continue };
        let instead = match spawn.sort {
            Sort::Task | Sort::Set | Sort::Tracker => {
                "`scope.spawn(\"name\", |ctx| ..)`, or `root.service(..)` for what lasts"
            }
            Sort::Thread => "`scope.blocking(\"name\", || ..)`",
            Sort::Process => continue,
        };
        sink.add(
            Draft::new(spawn.at, "raw spawn: no scope owns what is started here, so no shutdown waits for it and no report names it", "beside tenure")
                .help(instead),
        );
    }
}
