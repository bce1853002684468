//! A quick look at a text: whether it has a word without which no query is in it.

use memchr::memmem;

use super::Known;

/// Parts of words of which one is in every text that holds a query: of `tempo`, `traceql`, `explore?`, `gcx` and `dsUid`, without
/// what may be a capital.
const WORDS: &[&str] = &["empo", "EMPO", "raceql", "raceQL", "RACEQL", "explore?", "gcx ", "dsUid"];

/// Words beside the data source or its language by which a text that cannot be read should hold queries.
const BESIDE: &[&str] = &["datasource", "queryType", "targets", "panels"];

/// Tells whether a text may hold a query.
pub(super) fn may_hold_query(text: &str, known: &Known) -> bool {
    WORDS.iter().any(|word| has(text, word)) || known.tempo.iter().any(|uid| !uid.is_empty() && has(text, uid))
}

/// Tells whether a text that cannot be read should hold a query.
pub(super) fn should_hold_query(text: &str) -> bool {
    let is_named = has(text, "traceql") || has(text, "\"tempo\"") || has(text, "type: tempo");
    is_named && BESIDE.iter().any(|word| has(text, word))
}

/// Tells whether a text has the address of a query in Grafana.
pub(super) fn has_address(text: &str) -> bool {
    has(text, "explore?")
}

/// Tells whether a text may have a link to a query.
pub(super) fn has_link(text: &str) -> bool {
    has_address(text) || has(text, "internal")
}

/// Tells whether a text has a word.
pub(super) fn has(text: &str, word: &str) -> bool {
    memmem::find(text.as_bytes(), word.as_bytes()).is_some()
}
