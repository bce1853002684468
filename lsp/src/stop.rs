//! A token by which an editor gives up what it asked for.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// A function that ends work.
type End = Box<dyn FnOnce() + Send>;

/// Tells a runner that its answer is not wanted any more. Copies are the same token.
#[derive(Clone, Default)]
pub struct Stop(Arc<State>);

#[derive(Default)]
struct State {
    is_stopped: AtomicBool,
    ends: Mutex<Vec<End>>,
}

impl Stop {
    /// Makes a token that is not stopped.
    pub fn new() -> Stop {
        Stop::default()
    }

    /// Ends the work, if it goes on still.
    pub fn stop(&self) {
        let ends = {
            let mut ends = self.0.ends.lock().unwrap_or_else(PoisonError::into_inner);
            self.0.is_stopped.store(true, Ordering::Release);
            std::mem::take(&mut *ends)
        };
        ends.into_iter().for_each(|end| end());
    }

    /// Tells whether the answer is not wanted any more.
    pub fn is_stopped(&self) -> bool {
        self.0.is_stopped.load(Ordering::Acquire)
    }

    /// Has a function called when the work is to end, at once if that is so already.
    pub fn on_stop(&self, end: impl FnOnce() + Send + 'static) {
        let mut ends = self.0.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_stopped() {
            drop(ends);
            end();
        } else {
            ends.push(Box::new(end));
        }
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stop").field(&self.is_stopped()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_ends_once_whether_it_began_before_or_after() {
        let (stop, ended) = (Stop::new(), Arc::new(Mutex::new(Vec::new())));
        let note = |name: &'static str| {
            let ended = Arc::clone(&ended);
            move || ended.lock().unwrap().push(name)
        };
        stop.on_stop(note("before"));
        assert!(!stop.is_stopped() && ended.lock().unwrap().is_empty());
        stop.clone().stop();
        stop.stop();
        stop.on_stop(note("after"));
        assert!(stop.is_stopped());
        assert_eq!(*ended.lock().unwrap(), ["before", "after"]);
    }
}
