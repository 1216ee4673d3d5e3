//! The light type of a call.

use super::cx::Cx;
use super::known::{self, Known, Starts};
use super::program::At;
use super::ty::Ty;
use crate::tree::{FuncId, Kind, NodeId};

const TASK_HANDLE: &str = "tokio::task::JoinHandle";
const THREAD_HANDLE: &str = "std::thread::JoinHandle";

impl Cx<'_> {
    pub(super) fn call_ty(&self, call: NodeId) -> Ty {
        let Kind::Call { callee, args } = self.kind(call) else { return Ty::Unknown };
        let arg = || args.first().map(|arg| self.ty(*arg)).unwrap_or_default();
        if let Kind::Path { segs } = self.kind(*callee) {
            match &**segs.last().unwrap_or(&segs[0]) {
                "Some" if segs.len() == 1 => return Ty::option(arg()),
                "Ok" if segs.len() == 1 => return Ty::adt("std::result::Result", vec![arg()]),
                _ => {}
            }
        }
        let Some(path) = self.path(*callee) else { return Ty::Unknown };
        if let Some(at) = self.target(call) {
            let ty = self.returned(at);
            if !ty.is_unknown() {
                return ty;
            }
        }
        self.known_call(&path, &arg)
    }

    fn known_call(&self, path: &str, arg: &dyn Fn() -> Ty) -> Ty {
        match known::starts(path) {
            Some(Starts::Task) => return Ty::adt(TASK_HANDLE, Vec::new()),
            Some(Starts::Thread) => return Ty::adt(THREAD_HANDLE, Vec::new()),
            None => {}
        }
        if let Some(ends) = known::channel_of(path) {
            return ends;
        }
        let Some((ty, name)) = path.rsplit_once("::") else { return Ty::Unknown };
        match path {
            "tokio::signal::unix::signal" => {
                return Ty::adt(
                    "std::result::Result",
                    vec![Ty::adt("tokio::signal::unix::Signal", Vec::new())],
                );
            }
            "tokio::time::interval" | "tokio::time::interval_at" => {
                return Ty::adt("tokio::time::Interval", Vec::new());
            }
            "tokio::time::timeout" | "tokio::time::timeout_at" => return Ty::Unknown,
            _ => {}
        }
        if known::is_wrapper(ty) {
            return match name {
                "new" | "pin" | "from" | "new_in" => Ty::adt(ty, vec![arg()]),
                _ => Ty::Unknown,
            };
        }
        if known::is_collection(ty) {
            return Ty::adt(ty, Vec::new());
        }
        match (known::known(ty), name) {
            (Some(Known::RuntimeHandle), "try_current") => {
                Ty::adt("std::result::Result", vec![Ty::adt(ty, Vec::new())])
            }
            (Some(Known::Runtime), "new") => Ty::adt("std::result::Result", vec![Ty::adt(ty, Vec::new())]),
            (Some(Known::AbortOnDrop), "new") => Ty::adt(ty, vec![arg()]),
            (
                Some(_),
                "new" | "default" | "current" | "new_multi_thread" | "new_current_thread" | "with_capacity"
                | "from" | "const_new",
            ) => Ty::adt(ty, Vec::new()),
            _ => self.constructed(path, ty, name),
        }
    }

    /// A tuple struct or variant of the workspace, or a conventional constructor of a type that is not known otherwise.
    fn constructed(&self, path: &str, ty: &str, name: &str) -> Ty {
        if self.program.type_def(path).is_some() {
            return Ty::adt(path, Vec::new());
        }
        let is_conventional = matches!(name, "new" | "default" | "with_capacity");
        if self.program.type_def(ty).is_some() {
            let is_variant = name.chars().next().is_some_and(char::is_uppercase);
            return if is_variant || is_conventional { Ty::adt(ty, Vec::new()) } else { Ty::Unknown };
        }
        // A type of another crate: its name is known, and that it is none of the table.
        let is_type =
            ty.rsplit("::").next().and_then(|last| last.chars().next()).is_some_and(char::is_uppercase);
        if is_type && is_conventional { Ty::adt(ty, Vec::new()) } else { Ty::Unknown }
    }

    /// What the workspace's function returns; of an `async fn`, a future of it.
    pub(crate) fn returned(&self, at: At<FuncId>) -> Ty {
        let Some(func) = self.program.func(at) else { return Ty::Unknown };
        let Some(ret) = &func.ret else {
            return if func.is_async {
                Ty::Future(Box::new(Ty::Tuple(Vec::new())))
            } else {
                Ty::Tuple(Vec::new())
            };
        };
        let ty = self.program.ty(at.0, func.module, func.self_ty.as_ref(), ret);
        if func.is_async { Ty::Future(Box::new(ty)) } else { ty }
    }

    pub(super) fn method_ty(&self, call: NodeId) -> Ty {
        let Kind::Method { recv, name, args, .. } = self.kind(call) else { return Ty::Unknown };
        let recv_ty = self.ty(*recv);
        if recv_ty.is_unknown() {
            return self.by_name(name, args);
        }
        if let Some(at) = self.target(call) {
            return self.returned(at);
        }
        if let Some(ty) = self.of_known(&recv_ty, name) {
            return ty;
        }
        self.passed_on(&recv_ty, name, args)
    }

    /// Methods whose result does not depend on the receiver.
    fn by_name(&self, name: &str, args: &[NodeId]) -> Ty {
        match name {
            "map" => match args.first().map(|arg| self.kind(*arg)) {
                Some(Kind::Closure { body, .. }) => {
                    let out = self.ty(*body);
                    if out.is_unknown() { Ty::Unknown } else { Ty::seq(out) }
                }
                _ => Ty::Unknown,
            },
            _ => Ty::Unknown,
        }
    }

    fn of_known(&self, recv: &Ty, name: &str) -> Option<Ty> {
        let core = recv.core();
        let known = core.known()?;
        let task = || Ty::adt(TASK_HANDLE, Vec::new());
        let ok = |ty: Ty| Ty::adt("std::result::Result", vec![ty]);
        Some(match (known, name) {
            (Known::Runtime | Known::RuntimeHandle, "spawn" | "spawn_blocking") => task(),
            (Known::LocalSet, "spawn_local") | (Known::Tracker, _) if name.starts_with("spawn") => task(),
            (Known::TaskBuilder, _) if name.starts_with("spawn") => ok(task()),
            (Known::JoinSet | Known::JoinMap, _) if name.starts_with("spawn") => {
                Ty::adt("tokio::task::AbortHandle", Vec::new())
            }
            (Known::TaskHandle, "abort_handle") => Ty::adt("tokio::task::AbortHandle", Vec::new()),
            (Known::Runtime, "handle") => Ty::adt("tokio::runtime::Handle", Vec::new()),
            (Known::RuntimeBuilder, "build") => ok(Ty::adt("tokio::runtime::Runtime", Vec::new())),
            (Known::ThreadBuilder, "spawn") => ok(Ty::adt(THREAD_HANDLE, Vec::new())),
            (Known::Command, "spawn") => ok(Ty::adt("std::process::Child", Vec::new())),
            (Known::BroadcastSender, "subscribe") => Ty::adt("tokio::sync::broadcast::Receiver", Vec::new()),
            (Known::WatchSender, "subscribe") => Ty::adt("tokio::sync::watch::Receiver", Vec::new()),
            (
                Known::Command
                | Known::RuntimeBuilder
                | Known::TaskBuilder
                | Known::ThreadBuilder
                | Known::TokioCommand,
                _,
            ) => match name {
                "output" | "status" | "spawn_scoped" => Ty::Unknown,
                _ => core.clone(),
            },
            _ => return None,
        })
    }

    /// Methods that hand on what the receiver holds.
    fn passed_on(&self, recv: &Ty, name: &str, args: &[NodeId]) -> Ty {
        match name {
            "clone" | "to_owned" | "by_ref" | "as_deref" | "as_deref_mut" | "instrument"
            | "in_current_span" | "fuse" => recv.clone(),
            "boxed" | "boxed_local" => recv.clone(),
            "unwrap" | "expect" | "unwrap_or_else" | "unwrap_or_default" | "unwrap_or" => first_arg(recv),
            "ok" | "map_err" | "ok_or" | "ok_or_else" | "as_ref" | "as_mut" | "take" | "replace"
            | "context" | "with_context" | "get_or_init" | "get_or_insert_with" | "borrow" | "borrow_mut"
            | "lock" | "read" | "write" | "get_mut" | "deref" | "load" | "insert" | "load_full"
            | "into_inner" | "upgrade" | "downgrade" => match recv.elem() {
                Some(elem) if matches!(name, "get_mut" | "insert" | "take" | "replace") => {
                    Ty::option(elem.clone())
                }
                _ if matches!(name, "lock" | "read" | "write") => behind_lock(recv),
                _ => recv.clone(),
            },
            "iter" | "iter_mut" | "into_iter" | "drain" | "values" | "values_mut" | "into_values" | "rev"
            | "skip" | "chain" | "filter" | "collect" | "take_while" | "enumerate" | "zip" | "by_values" => {
                recv.elem().map(|elem| Ty::seq(elem.clone())).unwrap_or_default()
            }
            "pop" | "pop_front" | "pop_back" | "remove" | "swap_remove" | "next" | "first" | "last"
            | "get" | "last_mut" | "first_mut" => match recv.elem() {
                Some(elem) => Ty::option(elem.clone()),
                None if name == "get" => recv.clone(),
                None => Ty::Unknown,
            },
            "map" if recv.elem().is_some() => self.by_name(name, args),
            _ => Ty::Unknown,
        }
    }

    /// What comes out of awaiting `id`.
    pub(crate) fn awaited_ty(&self, id: NodeId) -> Ty {
        if let Kind::Method { recv, name, .. } = self.kind(id)
            && matches!(&**name, "lock" | "read" | "write" | "lock_owned" | "read_owned" | "write_owned")
        {
            let lock = self.ty(*recv);
            return behind_lock(&lock);
        }
        self.ty(id).awaited()
    }
}

/// What an `Option`, a `Result` or a guard holds.
fn first_arg(ty: &Ty) -> Ty {
    match ty {
        Ty::Adt { path, args } if path.ends_with("::Option") || path.ends_with("::Result") => {
            args.first().cloned().unwrap_or_default()
        }
        other => other.clone(),
    }
}

/// What a lock protects.
fn behind_lock(ty: &Ty) -> Ty {
    match ty.pointee() {
        Ty::Adt { path, args } if known::is_wrapper(path) && !args.is_empty() => args[0].clone(),
        other => other.clone(),
    }
}
