//! Addresses that open a query in Grafana: those of Explore and of Traces Drilldown.

use std::ops::Range;

use memchr::memmem;

use super::super::{
    finder::{self, Finder},
    grafana::{
        search,
        target::{self, Around, Reference},
    },
    holder::{DataSource, Found, Holder, HolderKind, Setting, Target},
    json,
    layer::Layer,
    node::{Node, Value},
};

/// A part of every address of a query.
const EXPLORE: &str = "explore?";

/// The part before it in an address of Traces Drilldown.
const DRILLDOWN: &str = "grafana-exploretraces-app/";

/// Maximum length of what stands before the name of the page in an address, in bytes.
const LONGEST_START: usize = 512;

/// Looks for addresses in a text. What is found belongs to something with this title.
pub(in crate::document) fn read(
    finder: &mut Finder<'_>,
    around: Around<'_>,
    kind: HolderKind,
    title: Option<&Setting<String>>,
) {
    let text = around.source.text();
    let mut behind = 0;
    for at in memmem::find_iter(text.as_bytes(), EXPLORE) {
        if at < behind || !text[..at].ends_with('/') {
            continue;
        }
        let start = start(text, at);
        let parameters = at + EXPLORE.len();
        // A link is an address as a whole, however it is written.
        let end =
            if kind == HolderKind::Link && start == 0 { text.len() } else { parameters + length(&text[parameters..]) };
        behind = end;
        let targets = if text[..at].ends_with(DRILLDOWN) {
            drilldown(around, text, parameters..end).into_iter().collect()
        } else {
            explore(finder, around, text, parameters..end)
        };
        if targets.is_empty() {
            continue;
        }
        let holder = Holder {
            title: title.cloned(),
            dashboard: around.dashboard,
            ..finder::holder(kind, targets, around.source.place(start..end))
        };
        finder.document.holders.push(holder);
    }
}

/// Returns where the address begins in which something stands.
fn start(text: &str, at: usize) -> usize {
    let is_outside =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '[' | ']' | '=');
    let mut start = at;
    for (place, c) in text[..at].char_indices().rev() {
        if is_outside(c) || at - place > LONGEST_START {
            break;
        }
        start = place;
    }
    start
}

/// Returns the length of an address's parameters: brackets in pairs belong to them.
fn length(text: &str) -> usize {
    let mut open = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => open += 1,
            ')' if open == 0 => return at,
            ')' => open -= 1,
            '"' | '\'' | '`' | '<' | '>' | '|' | '\\' => return at,
            c if c.is_whitespace() => return at,
            _ => {}
        }
    }
    text.len()
}

/// Returns the places of an address's parameters: name and value each.
fn parameters(text: &str, span: Range<usize>) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut at = span.start;
    text[span].split('&').map(move |part| {
        let start = at;
        at += part.len() + 1;
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        // In HTML the sign between two parameters is `&amp;`.
        let end = start + part.len();
        (name.strip_prefix("amp;").unwrap_or(name), end - value.len()..end)
    })
}

/// Reads the queries of an address of Explore: JSON in `panes`, and in `left` and `right` of older releases.
fn explore(finder: &mut Finder<'_>, around: Around<'_>, text: &str, span: Range<usize>) -> Vec<Target> {
    let mut targets = Vec::new();
    for (name, place) in parameters(text, span) {
        if !matches!(name, "panes" | "left" | "right") {
            continue;
        }
        let source = around.source.part(place, Layer::Percent);
        let Ok(value) = json::parse(source.text()) else { continue };
        let around = Around { source: &source, ..around };
        if name == "panes" {
            for pane in value.entries() {
                read_pane(finder, around, &pane.value, &mut targets);
            }
        } else {
            read_pane(finder, around, &value, &mut targets);
        }
    }
    targets
}

/// Reads the queries of a pane: an object, or in old releases a list of times, the data source and queries.
fn read_pane(finder: &mut Finder<'_>, around: Around<'_>, pane: &Node<'_>, targets: &mut Vec<Target>) {
    let (data_source, queries) = match &pane.value {
        Value::List(items) => (items.get(2), items.as_slice()),
        _ => (pane.get("datasource"), pane.get("queries").map_or(&[][..], Node::items)),
    };
    let of_pane = Reference::read(data_source);
    for query in queries.iter().filter(|query| !query.entries().is_empty()) {
        let reference = Reference::read(query.get("datasource")).or(of_pane);
        targets.extend(target::read(finder, around, query, reference));
    }
}

/// Reads the conditions of an address of Traces Drilldown.
fn drilldown(around: Around<'_>, text: &str, span: Range<usize>) -> Option<Target> {
    let source = around.source;
    let mut parts: Vec<(String, Range<usize>)> = Vec::new();
    let mut data_source = DataSource::default();
    for (name, place) in parameters(text, span.clone()) {
        let value = source.part(place.clone(), Layer::Percent);
        let condition = match name {
            "var-ds" => {
                let name = Setting { value: value.text().to_owned(), span: source.place(place) };
                data_source.name = Some(name);
                continue;
            }
            "var-primarySignal" if !value.text().is_empty() => value.text().to_owned(),
            "var-filters" => match condition(value.text()) {
                Some(condition) => condition,
                None => continue,
            },
            _ => continue,
        };
        if !parts.is_empty() {
            parts.push((" && ".to_owned(), place.start..place.start));
        }
        parts.push((condition, place));
    }
    if parts.is_empty() {
        return None;
    }
    let query = Found { is_condition: true, ..source.made(parts, span.clone()) };
    Some(Target { query: Some(query), data_source, span: source.place(span), ..Target::default() })
}

/// Attributes whose values are words of the language.
const OF_WORDS: &[&str] = &["status", "kind", "duration", "span:status", "span:kind", "span:duration"];

/// Attributes whose values are text even if they look like numbers.
const OF_TEXT: &[&str] = &["span.messaging.destination.partition.id", "span.network.protocol.version"];

/// Writes a filter of the form `key|operator|value` as a condition; `None` if it is empty.
fn condition(filter: &str) -> Option<String> {
    // What follows an unescaped `#`, in older releases `\`, tells where the filter comes from.
    let filter = filter.split(['#', '\\']).next().unwrap_or(filter);
    let mut parts = filter.split('|');
    let (key, operator) = (part(parts.next()?), part(parts.next()?));
    // The operators of several values have a `|` themselves.
    let mut values: Vec<String> = parts.map(part).collect();
    let is_several = matches!(operator.as_str(), "=" | "!=") && values.len() > 1 && values[0].is_empty();
    if is_several {
        values.remove(0);
    }
    if key.is_empty() || operator.is_empty() || values.is_empty() {
        return None;
    }
    let one = |value: &String| format!("{key}{operator}{}", literal(&key, value));
    match values.as_slice() {
        [value] => Some(one(value)),
        values if is_several => {
            let joined: Vec<String> = values.iter().map(one).collect();
            Some(format!("({})", joined.join(if operator == "!=" { " && " } else { " || " })))
        }
        [value, ..] => Some(one(value)),
        [] => None,
    }
}

/// Returns a part of a filter as it is meant, without its label.
fn part(text: &str) -> String {
    let text = text.split(',').next().unwrap_or(text);
    text.replace("__gfp__", "|").replace("__gfc__", ",").replace("__gfh__", "#")
}

/// Writes a value as Traces Drilldown does.
fn literal(key: &str, value: &str) -> String {
    let is_bare = value.parse::<f64>().is_ok_and(f64::is_finite) || matches!(value, "true" | "false");
    if OF_WORDS.contains(&key) || (is_bare && !OF_TEXT.contains(&key)) {
        return value.to_owned();
    }
    search::quoted(value)
}
