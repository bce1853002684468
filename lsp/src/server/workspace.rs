//! The files of the workspace, read one after the other. No text is kept.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use memchr::memmem;
use tower_lsp::ls_types::Uri;

use super::{documents::Snapshot, state::State, uri};
use crate::ide::Analysis;

/// A file of the workspace while it is looked at.
pub(super) struct File<'a> {
    /// The text with its lines.
    pub(super) snapshot: &'a Snapshot,
    /// The queries in it.
    pub(super) analysis: &'a Analysis,
    /// The version that the client gave it; `None` if it is not open.
    pub(super) version: Option<i32>,
}

/// Looks at every open document, and at each file of the workspace that is not open, as far as their texts have one of these
/// words. Without words every file is looked at. Files that the configuration leaves out are not.
pub(super) fn each(state: &State, open: &[Arc<Snapshot>], words: &[String], mut look: impl FnMut(&File<'_>)) {
    let finders: Vec<memmem::Finder<'_>> = words.iter().map(memmem::Finder::new).collect();
    let may_have = |text: &str| finders.is_empty() || finders.iter().any(|word| word.find(text.as_bytes()).is_some());
    for snapshot in open.iter().filter(|snapshot| may_have(&snapshot.text)) {
        let reading = state.reading(snapshot);
        look(&File { snapshot, analysis: &reading.analysis, version: Some(snapshot.version) });
    }
    for (path, address) in closed(state, open) {
        read(state, &path, address, may_have, &mut look);
    }
}

/// Returns the files of the workspace that are not open.
pub(super) fn closed(state: &State, open: &[Arc<Snapshot>]) -> impl Iterator<Item = (PathBuf, Uri)> {
    let open: HashSet<_> = open.iter().filter_map(|snapshot| uri::path(&snapshot.uri)).collect();
    let closed = state.reports.list(state).into_iter().filter(move |path| !open.contains(path));
    closed.filter_map(|path| uri::uri(&path).map(|address| (path, address)))
}

/// Looks at a file that is not open, if its text is wanted and the configuration does not leave it out.
pub(super) fn read(
    state: &State,
    path: &Path,
    address: Uri,
    is_wanted: impl Fn(&str) -> bool,
    look: &mut impl FnMut(&File<'_>),
) {
    let Some(text) = state.parts.machine.read(path).filter(|text| is_wanted(text)) else { return };
    let rules = state.rules(&address);
    if rules.is_excluded {
        return;
    }
    let snapshot = Snapshot::new(address, 0, String::new(), text.into(), state.abilities().encoding);
    let name = uri::name(&snapshot.uri, &snapshot.language);
    let analysis = Analysis::new(name, Arc::clone(&snapshot.text), &rules.known, rules.options);
    look(&File { snapshot: &snapshot, analysis: &analysis, version: None });
}
