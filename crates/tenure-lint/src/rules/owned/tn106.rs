//! TN106

use crate::names::Cx;
use crate::rules::Sink;

pub(crate) fn check(_cx: &Cx<'_>, _sink: &mut Sink) {}
