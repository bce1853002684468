//! What threads count, each for itself.

use parking_lot::Mutex;

/// As many states as there were threads at work at one time; nobody waits for a state that another one uses.
pub(super) struct PerThread<S>(Mutex<Vec<S>>);

impl<S> PerThread<S> {
    pub(super) fn new() -> PerThread<S> {
        PerThread(Mutex::new(Vec::new()))
    }

    /// Changes a state that no other thread has, made by `new` if there is none.
    pub(super) fn change(&self, new: impl FnOnce() -> S, change: impl FnOnce(&mut S)) {
        let idle = self.0.lock().pop();
        let mut state = idle.unwrap_or_else(new);
        change(&mut state);
        self.0.lock().push(state);
    }

    /// Returns all states.
    pub(super) fn into_all(self) -> Vec<S> {
        self.0.into_inner()
    }
}
