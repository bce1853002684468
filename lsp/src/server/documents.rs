//! The documents that the client has open, as it has them now.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use tower_lsp::ls_types::{TextDocumentContentChangeEvent, Uri};

use super::{
    place::{Encoding, Places, offset},
    reading::Reading,
};

/// A document at one version. It never changes: an edit makes another one.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The address.
    pub(super) uri: Uri,
    /// The version that the client gave it.
    pub(super) version: i32,
    /// The language that the client takes it for.
    pub(super) language: String,
    /// The whole text.
    pub(super) text: Arc<str>,
    encoding: Encoding,
    places: OnceLock<Places>,
    reading: OnceLock<Arc<Reading>>,
}

impl Snapshot {
    /// Makes the snapshot of a text.
    pub(super) fn new(uri: Uri, version: i32, language: String, text: Arc<str>, encoding: Encoding) -> Snapshot {
        Snapshot { uri, version, language, text, encoding, places: OnceLock::new(), reading: OnceLock::new() }
    }

    /// Returns the lines and columns of the text.
    pub(super) fn places(&self) -> &Places {
        self.places.get_or_init(|| Places::new(&self.text, self.encoding))
    }
}

impl Snapshot {
    /// Returns what the text holds; `look` looks at it the first time.
    pub(super) fn reading(&self, look: impl FnOnce() -> Reading) -> &Arc<Reading> {
        self.reading.get_or_init(|| Arc::new(look()))
    }

    /// Returns the same text, not looked at yet.
    fn renewed(&self) -> Snapshot {
        Snapshot::new(self.uri.clone(), self.version, self.language.clone(), Arc::clone(&self.text), self.encoding)
    }
}

/// The open documents.
///
/// The lock is held for as long as an edit takes, and nothing waits with it in its hands.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: Mutex<HashMap<Uri, Arc<Snapshot>>>,
}

impl Documents {
    /// Adds a document, or replaces it.
    pub(super) fn open(&self, snapshot: Snapshot) {
        self.all().insert(snapshot.uri.clone(), Arc::new(snapshot));
    }

    /// Applies edits in their order, each to the text that the one before it left; tells whether the document is open.
    pub(super) fn change(&self, uri: &Uri, version: i32, changes: Vec<TextDocumentContentChangeEvent>) -> bool {
        let mut all = self.all();
        let Some(snapshot) = all.get_mut(uri) else { return false };
        let mut text = String::from(&*snapshot.text);
        for change in changes {
            apply(&mut text, change, snapshot.encoding);
        }
        let language = snapshot.language.clone();
        *snapshot = Arc::new(Snapshot::new(uri.clone(), version, language, text.into(), snapshot.encoding));
        true
    }

    /// Removes a document.
    pub(super) fn close(&self, uri: &Uri) {
        self.all().remove(uri);
    }

    /// Returns a document as it is now.
    pub(super) fn get(&self, uri: &Uri) -> Option<Arc<Snapshot>> {
        self.all().get(uri).cloned()
    }

    /// Returns every document as it is now, in order of their addresses.
    pub(super) fn snapshots(&self) -> Vec<Arc<Snapshot>> {
        let mut snapshots: Vec<_> = self.all().values().cloned().collect();
        snapshots.sort_by(|a, b| a.uri.as_str().cmp(b.uri.as_str()));
        snapshots
    }

    /// Forgets what was found in every document, so that it is looked at again; returns their addresses.
    pub(super) fn renew(&self) -> Vec<Uri> {
        let mut all = self.all();
        all.values_mut().for_each(|snapshot| *snapshot = Arc::new(snapshot.renewed()));
        all.keys().cloned().collect()
    }

    /// Tells whether a snapshot is what the client has now.
    pub(super) fn is_current(&self, snapshot: &Arc<Snapshot>) -> bool {
        self.all().get(&snapshot.uri).is_some_and(|current| Arc::ptr_eq(current, snapshot))
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Uri, Arc<Snapshot>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Applies one edit. Where its end lies before its begin, it inserts at the begin.
fn apply(text: &mut String, change: TextDocumentContentChangeEvent, encoding: Encoding) {
    let Some(range) = change.range else {
        *text = change.text;
        return;
    };
    let start = offset(text, range.start, encoding);
    let end = offset(text, range.end, encoding).max(start);
    text.replace_range(start..end, &change.text);
}

#[cfg(test)]
mod tests {
    use tower_lsp::ls_types::{Position, Range};

    use super::*;

    fn change(places: Option<[u32; 4]>, text: &str) -> TextDocumentContentChangeEvent {
        let range = places.map(|[line, column, end_line, end_column]| {
            Range::new(Position::new(line, column), Position::new(end_line, end_column))
        });
        TextDocumentContentChangeEvent { range, range_length: None, text: text.to_owned() }
    }

    fn changed(text: &str, changes: Vec<TextDocumentContentChangeEvent>) -> String {
        let uri: Uri = "file:///a.traceql".parse().unwrap();
        let documents = Documents::default();
        let before = Snapshot::new(uri.clone(), 1, "traceql".into(), text.into(), Encoding::Utf16);
        documents.open(before);
        let before = documents.get(&uri).unwrap();
        assert!(documents.change(&uri, 2, changes) && !documents.is_current(&before));
        documents.get(&uri).unwrap().text.to_string()
    }

    #[test]
    fn each_edit_counts_in_the_text_that_the_last_one_left() {
        let edits =
            vec![change(Some([0, 0, 0, 0]), "ab\n"), change(Some([1, 1, 1, 2]), "X"), change(Some([0, 2, 1, 0]), "")];
        assert_eq!(changed("xyz", edits), "abxXz");
    }

    #[test]
    fn an_edit_outside_of_the_text_is_at_its_end() {
        assert_eq!(changed("a\nb", vec![change(Some([0, 9, 7, 7]), "!")]), "a!");
        assert_eq!(changed("ab", vec![change(Some([0, 2, 0, 0]), "!")]), "ab!");
        assert_eq!(changed("ab", vec![change(None, "new"), change(Some([0, 0, 0, 1]), "N")]), "New");
    }

    #[test]
    fn columns_are_units_of_utf_16() {
        assert_eq!(changed("😀b", vec![change(Some([0, 2, 0, 3]), "c")]), "😀c");
    }

    #[test]
    fn a_document_that_is_not_open_does_not_change() {
        assert!(!Documents::default().change(&"file:///a".parse().unwrap(), 1, vec![change(None, "x")]));
    }
}
