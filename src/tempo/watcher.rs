//! Who is told of every request: for those who want to see what is asked.

use std::{fmt, sync::Arc};

/// Something that happens to a request. Nothing in it is secret: no headers, no user, no parameters but our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'e> {
    /// It is sent; again, if its number was told before.
    Asked {
        /// Tells requests of one server apart.
        number: u64,
        /// Without parameters.
        url: &'e str,
        /// Names and values, as they are before they are written into the URL.
        parameters: &'e [(&'static str, String)],
    },
    /// An answer came.
    Answered {
        /// See above.
        number: u64,
        /// Of HTTP.
        status: u16,
        /// How many it has, unpacked.
        bytes: usize,
    },
    /// No answer came.
    Failed {
        /// See above.
        number: u64,
        /// Why.
        problem: &'e str,
    },
}

type Tell = dyn Fn(Event<'_>) + Send + Sync;

/// Who is told of every request of a server; called on threads that carry requests, so it must not wait for long.
#[derive(Clone)]
pub struct Watcher(Arc<Tell>);

impl Watcher {
    /// Tells a function.
    pub fn new(tell: impl Fn(Event<'_>) + Send + Sync + 'static) -> Watcher {
        Watcher(Arc::new(tell))
    }

    pub(super) fn tell(&self, event: Event<'_>) {
        (self.0)(event);
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}

/// The same function is equal to itself alone.
impl PartialEq for Watcher {
    fn eq(&self, other: &Watcher) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Watcher {}
