//! Values that are texts of another kind: JSON, YAML, commands, and texts with addresses.

use super::Way;
use crate::document::{
    finder::Finder, json, kind::Kind, node::Text, scan, source::Source, template_of_json, words, yaml,
};

/// Maximum number of texts inside of each other.
const MOST_TEXTS: usize = 4;

/// Maximum number of lines in which a key is looked for by which a text is YAML.
const MOST_LINES: usize = 20;

/// Looks for queries in a text.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>, text: &Text<'_>, way: Way<'_>) {
    let value = &*text.value;
    if way.texts == MOST_TEXTS || !words::may_hold_query(value, finder.known) {
        return;
    }
    let way = Way { texts: way.texts + 1, ..way };
    let inner = source.inside(text);
    if value.trim_start().starts_with(['{', '[']) {
        match json::parse(inner.text()) {
            Ok(node) => super::read(finder, &inner, &node, way),
            Err(_) if template_of_json(finder, &inner, inner.text(), way) => {}
            Err(broken) if way.name.ends_with(".json") => super::broken(finder, &inner, broken, Kind::Json),
            Err(_) => {}
        }
    } else if is_yaml(way.name, value) {
        let parsed = yaml::parse(inner.text());
        for node in &parsed.documents {
            super::read(finder, &inner, node, way);
        }
        for broken in parsed.broken {
            super::broken(finder, &inner, broken, Kind::Yaml);
        }
    } else {
        scan::read(finder, &inner, Kind::Shell);
    }
}

/// Tells whether a text is YAML by its name, or by what it begins with or has at the start of a line.
fn is_yaml(name: &str, text: &str) -> bool {
    const KEYS: &[&str] = &["apiVersion:", "datasources:", "groups:"];
    let is_named = name.ends_with(".yaml") || name.ends_with(".yml");
    let has_key = || text.lines().take(MOST_LINES).any(|line| KEYS.iter().any(|key| line.starts_with(key)));
    is_named || (text.contains('\n') && has_key())
}
