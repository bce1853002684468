//! Servers that do not answer, and are left out where that is wanted and others are there.

use parking_lot::Mutex;

use crate::model::note::Note;

use super::super::{Backend, Error, run::Run};

/// The servers that one request has left out.
pub(in crate::session) struct Skipped {
    /// Whether any may be left out.
    is_wanted: bool,
    /// The address, the name and the error of each.
    servers: Mutex<Vec<(usize, String, Error)>>,
}

impl Skipped {
    /// Begins with none.
    pub(in crate::session) fn new(run: &Run<'_>) -> Skipped {
        let is_wanted = run.session.settings().keep_going && run.sources.len() > 1;
        Skipped { is_wanted, servers: Mutex::default() }
    }

    /// Leaves a server out from now on.
    ///
    /// # Errors
    ///
    /// The same, if servers are not to be left out, or it says that the request itself cannot go on.
    pub(in crate::session) fn skip(&self, server: &dyn Backend, error: Error) -> Result<(), Error> {
        match error {
            Error::Server(_) if self.is_wanted => {
                self.servers.lock().push((address(server), server.name().to_owned(), error));
                Ok(())
            }
            error => Err(error),
        }
    }

    /// Tells whether a server was left out.
    pub(in crate::session) fn has(&self, server: &dyn Backend) -> bool {
        self.servers.lock().iter().any(|(known, ..)| *known == address(server))
    }

    /// Fails if all of so many servers were left out, and nothing else is read.
    ///
    /// # Errors
    ///
    /// What the first of them says.
    pub(in crate::session) fn leave_something(&self, servers: usize, has_others: bool) -> Result<(), Error> {
        let skipped = self.servers.lock();
        match skipped.first() {
            Some((.., error)) if skipped.len() >= servers && !has_others => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Says which servers were left out, and why; an answer without them is incomplete.
    pub(in crate::session) fn notes(&self) -> Vec<Note> {
        let skipped = self.servers.lock();
        let note = |(_, place, error): &(usize, String, Error)| {
            let problem = match error {
                Error::Server(problem) => problem.problem.clone(),
                error => error.to_string(),
            };
            Note::Skipped { place: place.clone(), problem }
        };
        skipped.iter().map(note).collect()
    }
}

/// Tells servers apart: two of them may have one name, for different tenants.
fn address(server: &dyn Backend) -> usize {
    std::ptr::from_ref(server).cast::<()>().addr()
}
