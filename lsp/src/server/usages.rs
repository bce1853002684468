//! Names and values that the queries of the workspace's files have, for completion.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{state::State, uri};
use crate::{document, ide::usage::Usage};

/// The names and values by file. The texts are not kept.
#[derive(Debug, Default)]
pub(super) struct Usages {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    files: HashMap<PathBuf, Usage>,
    /// All files together, until one of them changes.
    merged: Option<Arc<Usage>>,
}

impl Usages {
    /// Returns the names and values of all files that were read so far.
    pub(super) fn all(&self) -> Arc<Usage> {
        let mut known = self.known();
        let Known { files, merged } = &mut *known;
        let merged = merged.get_or_insert_with(|| {
            let mut all = Usage::default();
            files.values().for_each(|usage| all.merge(usage));
            Arc::new(all)
        });
        Arc::clone(merged)
    }

    /// Forgets everything.
    pub(super) fn forget(&self) {
        *self.known() = Known::default();
    }

    /// Reads a file again, or forgets it if it is gone.
    pub(super) fn read(&self, state: &State, path: &Path) {
        let usage = state.parts.machine.read(path).and_then(|text| of(state, path, &text));
        let mut known = self.known();
        known.merged = None;
        match usage {
            Some(usage) => known.files.insert(path.to_owned(), usage),
            None => known.files.remove(path),
        };
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the names and values of a file; `None` if it has none, or the configuration leaves it out.
fn of(state: &State, path: &Path, text: &str) -> Option<Usage> {
    let rules = state.rules(&uri::uri(path)?);
    if rules.is_excluded {
        return None;
    }
    let document = document::read(&path.to_string_lossy(), text, &rules.known);
    let usage = Usage::read(&document);
    (usage != Usage::default()).then_some(usage)
}
