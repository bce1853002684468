//! Values that are texts of another kind: JSON, YAML, commands, and texts with addresses.

use super::Way;
use crate::document::{finder::Finder, json, kind::Kind, node::Text, scan, source::Source, words};

/// Maximum number of texts inside of each other.
const MOST_TEXTS: usize = 4;

/// Looks for queries in a text.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>, text: &Text<'_>, way: Way<'_>) {
    let value = &*text.value;
    if way.texts == MOST_TEXTS || !words::may_hold_query(value, finder.known) {
        return;
    }
    let way = Way { texts: way.texts + 1, ..way };
    if value.trim_start().starts_with(['{', '[']) {
        let inner = source.inside(text);
        match json::parse(inner.text()) {
            Ok(node) => super::read(finder, &inner, &node, way),
            Err(broken) if way.name.ends_with(".json") && words::should_hold_query(value) => {
                finder.broken(inner.place(broken.at..broken.at), broken.message);
            }
            Err(_) => {}
        }
        return;
    }
    scan::read(finder, &source.inside(text), Kind::Shell);
}
