//! The query that Grafana builds from the filters of a search form.

use std::{borrow::Cow, fmt::Write, ops::Range};

use traceql_grammar::vocab::intrinsics::Intrinsic;

use crate::document::{
    holder::Found,
    node::{Node, Value},
    source::Source,
};

/// Returns how many filters are complete: an entry without a tag, an operator or a value counts for nothing.
pub(in crate::document) fn complete(filters: &Node<'_>) -> usize {
    filters.items().iter().filter(|filter| Filter::read(filter).is_some()).count()
}

/// Returns the query that a target of type `traceqlSearch` sends.
pub(in crate::document) fn built(source: &Source<'_>, target: &Node<'_>) -> Found {
    let whole = target.get("filters").unwrap_or(target);
    let place = whole.span.clone();
    let is_of_trace = target.get("filters").is_some_and(|filters| {
        let kind = filters.items().iter().find(|filter| filter.get("id").and_then(Node::str) == Some("duration-type"));
        kind.and_then(|filter| filter.get("value"))
            .is_some_and(|value| values(value).iter().any(|value| value == "trace"))
    });
    let mut parts: Vec<(String, Range<usize>)> = vec![("{".to_owned(), place.start..place.start)];
    for node in target.get("filters").map_or(&[][..], Node::items) {
        let Some(filter) = Filter::read(node) else { continue };
        if parts.len() > 1 {
            parts.push((" && ".to_owned(), node.span.start..node.span.start));
        }
        parts.push((filter.condition(is_of_trace), node.span.clone()));
    }
    parts.push(("}".to_owned(), place.end..place.end));
    source.made(parts, place)
}

/// A complete filter.
struct Filter<'a> {
    /// The attribute or intrinsic.
    tag: &'a str,
    /// Its scope; empty if none is chosen.
    scope: &'a str,
    operator: &'a str,
    /// At least one.
    values: Vec<Cow<'a, str>>,
    is_text: bool,
    id: &'a str,
}

impl<'a> Filter<'a> {
    /// Reads a filter; `None` if it is not complete.
    fn read(node: &'a Node<'_>) -> Option<Filter<'a>> {
        let part = |name: &str| node.get(name).and_then(Node::str).filter(|text| !text.is_empty());
        let id = part("id").unwrap_or_default();
        let values = values(node.get("value")?);
        let is_empty = values.iter().all(|value| value.is_empty());
        if is_empty || id == "duration-type" {
            return None;
        }
        Some(Filter {
            tag: part("tag")?,
            scope: part("scope").unwrap_or_default(),
            operator: part("operator")?,
            values,
            is_text: part("valueType") == Some("string"),
            id,
        })
    }

    /// Writes the condition.
    fn condition(&self, is_of_trace: bool) -> String {
        let attribute = self.attribute(is_of_trace);
        let one = |value: &str| format!("{attribute}{}{}", self.operator, self.value(value));
        match (self.values.as_slice(), self.operator) {
            ([value], _) => one(value),
            (values, "=~" | "!~") => {
                let parts: Vec<String> = values.iter().map(|value| escaped(value)).collect();
                format!("{attribute}{}{}", self.operator, quoted(&parts.join("|")))
            }
            (values, operator) => {
                let parts: Vec<String> = values.iter().map(|value| one(value)).collect();
                format!("({})", parts.join(if operator == "!=" { " && " } else { " || " }))
            }
        }
    }

    /// Writes the attribute with its scope.
    fn attribute(&self, is_of_trace: bool) -> String {
        let tag = self.tag;
        if is_of_trace && tag == "duration" && self.id.contains("duration") {
            return "traceDuration".to_owned();
        }
        let is_scoped = tag.split_once(':').is_some_and(|(scope, word)| Intrinsic::from_scoped(scope, word).is_some());
        if self.scope == "intrinsic" || is_scoped || Intrinsic::from_bare(tag).is_some() {
            return tag.to_owned();
        }
        match self.scope {
            "unscoped" => format!(".{tag}"),
            scope => format!("{scope}.{tag}"),
        }
    }

    /// Writes a value.
    fn value(&self, value: &str) -> String {
        if self.is_text { quoted(value) } else { value.to_owned() }
    }
}

/// Returns the values of a filter: a text or a list of them.
fn values<'a>(node: &'a Node<'_>) -> Vec<Cow<'a, str>> {
    let one = |node: &'a Node<'_>| match &node.value {
        Value::Text(text) => Some(Cow::Borrowed(&*text.value)),
        Value::Number(number) => Some(Cow::Borrowed(*number)),
        Value::Bool(is_true) => Some(Cow::Borrowed(if *is_true { "true" } else { "false" })),
        _ => None,
    };
    match &node.value {
        Value::List(items) => items.iter().filter_map(one).collect(),
        _ => one(node).into_iter().collect(),
    }
}

/// Writes a text in double quotes.
pub(in crate::document) fn quoted(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                written.push('\\');
                written.push(c);
            }
            '\n' => written.push_str("\\n"),
            c if c.is_control() => {
                // Writing into a string cannot fail.
                let _ = write!(written, "\\u{:04x}", u32::from(c));
            }
            c => written.push(c),
        }
    }
    written.push('"');
    written
}

/// Writes a text as a regular expression that matches it alone. References to variables stay as they are.
fn escaped(text: &str) -> String {
    if text.contains('$') || text.contains("[[") {
        return text.to_owned();
    }
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' | '\\') {
            written.push('\\');
        }
        written.push(c);
    }
    written
}
