//! Names for the primitives that protocols are built from: std's, or loom's in a model (`--cfg tenure_loom`).
//!
//! Statics and what only Tokio's threads touch use std directly: loom's types exist inside a model alone.

#[cfg(tenure_loom)]
pub(crate) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
#[cfg(not(tenure_loom))]
pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

#[cfg(not(tenure_loom))]
pub(crate) use std::cell::UnsafeCell;

/// Loom's, which finds two accesses that nothing orders.
#[cfg(tenure_loom)]
pub(crate) struct UnsafeCell<T>(loom::cell::UnsafeCell<T>);

#[cfg(tenure_loom)]
impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::cell::UnsafeCell::new(value))
    }

    pub(crate) fn get(&self) -> *mut T {
        self.0.with_mut(|value| value)
    }
}

#[cfg(tenure_loom)]
type Inner<T> = loom::sync::Mutex<T>;
#[cfg(not(tenure_loom))]
type Inner<T> = std::sync::Mutex<T>;
#[cfg(tenure_loom)]
pub(crate) type Guard<'a, T> = loom::sync::MutexGuard<'a, T>;
#[cfg(not(tenure_loom))]
pub(crate) type Guard<'a, T> = std::sync::MutexGuard<'a, T>;

/// A mutex that is never held over a wake, a drop of user values or an `await`.
///
/// Poison is ignored: no user code runs under it, so a panic under it is a bug of ours whose
/// state is still the last complete transition.
pub(crate) struct Mutex<T>(Inner<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Inner::new(value))
    }

    pub(crate) fn lock(&self) -> Guard<'_, T> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The same for statics, which loom cannot model.
pub(crate) fn lock_static<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
