//! A token by which work under way is given up.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// Tells work on other threads that its result is not wanted any more. Copies are the same token.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<State>);

#[derive(Debug, Default)]
struct State {
    cancelled: AtomicBool,
    /// How much work looks at the token now.
    watched: AtomicUsize,
}

/// Work that looks at a token until this is dropped.
#[derive(Debug)]
pub struct Watching<'c>(&'c Cancel);

impl Cancel {
    /// Makes a token that is not cancelled.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Gives the work up: it ends soon. Safe in signal handlers, as it only stores a number.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// Tells whether the work is given up.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    /// Makes the token new: work that begins from now on is wanted.
    pub fn renew(&self) {
        self.0.cancelled.store(false, Ordering::Relaxed);
    }

    /// Returns the flag that [`Cancel::cancel`] sets.
    pub fn flag(&self) -> &AtomicBool {
        &self.0.cancelled
    }

    /// Says that work looks at the token until the result is dropped, so that it ends soon when the token is cancelled. A host
    /// decides by that whether a signal may wait for the work or must end the process.
    pub fn watch(&self) -> Watching<'_> {
        self.0.watched.fetch_add(1, Ordering::Relaxed);
        Watching(self)
    }

    /// Tells whether any work looks at the token now. A host ends the process itself where none does.
    pub fn is_watched(&self) -> bool {
        self.0.watched.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.0.0.watched.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_one_token() {
        let token = Cancel::new();
        let copy = token.clone();
        assert!(!copy.is_cancelled() && !copy.is_watched());
        {
            let _watching = token.watch();
            let _more = copy.watch();
            assert!(copy.is_watched());
        }
        token.cancel();
        assert!(copy.is_cancelled() && !copy.is_watched());
    }
}
