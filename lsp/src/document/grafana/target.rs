//! A target: one query with its settings, and whether it goes to a Tempo.

use std::ops::Range;

use traceql_grammar::template;

use super::search;
use crate::document::{
    Known,
    finder::Finder,
    holder::{DataSource, Setting, Target},
    node::{Node, Text, Value},
    source::Source,
};

/// The type of Tempo's data source in Grafana.
pub(in crate::document) const TEMPO: &str = "tempo";

/// The query types that no data source but Tempo has.
const QUERY_TYPES: &[&str] = &["traceql", "traceqlSearch", "serviceMap", "nativeSearch"];

/// The query types of Tempo under which `query` holds no TraceQL.
const WITHOUT_QUERY: &[&str] = &["serviceMap", "nativeSearch", "traceId", "upload", "clear"];

/// The letter by which Traces Drilldown calls the conditions that it saves.
const OF_DRILLDOWN: &str = "traces-drilldown";

/// Names of data sources that stand for none: each target has its own.
const MIXED: &[&str] = &["-- Mixed --", "mixed"];

/// Maximum number of data sources that a file can name; the others are not known.
pub(in crate::document) const MOST_DATA_SOURCES: usize = 1000;

/// Names of data sources that are part of Grafana.
const BUILT_IN: &[&str] = &["-- Grafana --", "-- Dashboard --", "grafana", "__expr__"];

/// The sentence about a query of which nothing tells the language.
pub(in crate::document) const UNTOLD: &str = "this may be TraceQL, but nothing tells that its data source is a Tempo";

/// The surroundings of a target that tell about it.
#[derive(Clone, Copy)]
pub(in crate::document) struct Around<'a> {
    /// The text that nodes count in.
    pub(in crate::document) source: &'a Source<'a>,
    /// The data sources that the file itself names, as in [`crate::document::holder::Dashboard::data_sources`].
    pub(in crate::document) data_sources: &'a [(String, String)],
    /// The index of the dashboard.
    pub(in crate::document) dashboard: Option<usize>,
}

impl<'a> Around<'a> {
    /// Takes a text around which nothing is known.
    pub(in crate::document) fn bare(source: &'a Source<'a>) -> Around<'a> {
        Around { source, data_sources: &[], dashboard: None }
    }
}

/// The words that name a data source: a type, a name or uid, or both.
#[derive(Clone, Copy, Default)]
pub(in crate::document) struct Reference<'a> {
    /// The type.
    pub(in crate::document) kind: Option<&'a str>,
    /// The uid, the name, or a variable.
    pub(in crate::document) name: Option<&'a Text<'a>>,
}

/// The kind of data source that a query goes to, as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Goes {
    /// To a Tempo.
    Tempo,
    /// To something else.
    Elsewhere,
    /// Nothing tells.
    Untold,
}

impl<'a> Reference<'a> {
    /// Reads the value of `datasource`: an object with type and uid, or a name.
    pub(in crate::document) fn read(node: Option<&'a Node<'a>>) -> Reference<'a> {
        let Some(node) = node else { return Reference::default() };
        match &node.value {
            Value::Text(name) => Reference { kind: None, name: Some(name) },
            _ => Reference {
                kind: node.get("type").and_then(Node::str),
                name: node.get("uid").or_else(|| node.get("name")).and_then(Node::text),
            },
        }
    }

    /// Returns this reference if it names something, else the other one.
    pub(in crate::document) fn or(self, other: Reference<'a>) -> Reference<'a> {
        let is_mixed = |text: &str| MIXED.contains(&text);
        let is_open = self.name.is_none_or(|name| is_mixed(&name.value) || name.value.is_empty())
            && self.kind.is_none_or(|kind| is_mixed(kind) || (kind == "datasource" && self.name.is_some()));
        if is_open {
            return other;
        }
        let is_same = matches!((self.name, other.name), (Some(own), Some(other)) if own.value == other.value);
        Reference { kind: self.kind.or(other.kind.filter(|_| is_same)), name: self.name }
    }
}

/// Reads a target if it goes to a Tempo. One that may hold TraceQL and of which nothing tells is kept as such.
pub(in crate::document) fn read(
    finder: &mut Finder<'_>,
    around: Around<'_>,
    node: &Node<'_>,
    reference: Reference<'_>,
) -> Option<Target> {
    match goes(finder.known, around, node, reference) {
        Goes::Tempo => Some(target(around, node, reference)),
        Goes::Elsewhere => None,
        Goes::Untold => {
            let span = node.get("query").unwrap_or(node).span.clone();
            finder.untold(around.source.place(span), UNTOLD);
            None
        }
    }
}

/// Tells whether a query type is one that only Tempo has.
pub(in crate::document) fn is_query_type(query_type: &str) -> bool {
    QUERY_TYPES.contains(&query_type)
}

/// Tells whether a data source is a Tempo, without a query that tells more; `None` if nothing tells.
pub(in crate::document) fn is_tempo(known: &Known, around: Around<'_>, reference: Reference<'_>) -> Option<bool> {
    match where_to(known, around, reference) {
        Goes::Tempo => Some(true),
        Goes::Elsewhere => Some(false),
        Goes::Untold => None,
    }
}

/// Tells where a target's query goes.
fn goes(known: &Known, around: Around<'_>, node: &Node<'_>, reference: Reference<'_>) -> Goes {
    match where_to(known, around, reference) {
        Goes::Untold => {}
        goes => return goes,
    }
    match node.get("queryType").and_then(Node::str) {
        Some(query_type) if is_query_type(query_type) => Goes::Tempo,
        _ if is_like_traceql(node) => Goes::Untold,
        _ => Goes::Elsewhere,
    }
}

/// Tells where queries of a data source go.
fn where_to(known: &Known, around: Around<'_>, reference: Reference<'_>) -> Goes {
    match reference.kind {
        Some(TEMPO) => return Goes::Tempo,
        Some(kind) if !kind.is_empty() && !kind.starts_with('$') => return Goes::Elsewhere,
        _ => {}
    }
    if let Some(name) = reference.name.map(|name| &*name.value) {
        if BUILT_IN.contains(&name) {
            return Goes::Elsewhere;
        }
        if known.tempo.iter().any(|uid| uid == name) {
            return Goes::Tempo;
        }
        // The type is empty if only the name is known.
        if let Some(kind) = type_of(name, around.data_sources).filter(|kind| !kind.is_empty()) {
            return if kind == TEMPO { Goes::Tempo } else { Goes::Elsewhere };
        }
    }
    Goes::Untold
}

/// Returns the type of a data source that the file itself names.
fn type_of<'a>(name: &str, data_sources: &'a [(String, String)]) -> Option<&'a str> {
    let variable = lone_variable(name);
    let is_named = |uid: &str| uid == name || variable.is_some_and(|variable| lone_variable(uid) == Some(variable));
    data_sources.iter().find(|(uid, _)| is_named(uid)).map(|(_, kind)| kind.as_str())
}

/// Returns the name of the variable if a text is one reference to a variable and nothing else.
pub(in crate::document) fn lone_variable(text: &str) -> Option<&str> {
    let found = template::occurrences(text).next()?;
    (found.span.range() == (0..text.len())).then_some(found.name)
}

/// Tells whether a target whose data source is unknown looks as if it held TraceQL: Prometheus and Loki keep theirs in `expr`.
fn is_like_traceql(node: &Node<'_>) -> bool {
    node.get("expr").is_none()
        && node.get("query").and_then(Node::str).is_some_and(|query| query.trim_start().starts_with('{'))
}

/// Reads a target of a Tempo.
pub(in crate::document) fn target(around: Around<'_>, node: &Node<'_>, reference: Reference<'_>) -> Target {
    let source = around.source;
    let query_type = source.setting_of(node, "queryType");
    let kind = query_type.as_ref().map(|setting| setting.value.as_str());
    let has_query = kind.is_none_or(|kind| !WITHOUT_QUERY.contains(&kind));
    let mut query = node.get("query").and_then(Node::text).filter(|_| has_query).map(|text| source.found(text));
    let ref_id = node.get("refId").and_then(Node::str);
    if let Some(query) = &mut query {
        query.is_condition = ref_id == Some(OF_DRILLDOWN);
    }
    let search = (kind == Some("traceqlSearch")).then(|| search::built(source, node));
    Target {
        ref_id: ref_id.map(str::to_owned),
        query,
        filters: node.get("filters").map_or(0, search::complete),
        built: search,
        data_source: data_source(around, reference),
        is_hidden: node.get("hide").is_some_and(Node::is_true),
        limit: number(source, node, "limit"),
        spss: number(source, node, "spss"),
        table_type: source.setting_of(node, "tableType"),
        metrics_query_type: source.setting_of(node, "metricsQueryType"),
        step: source.setting_of(node, "step"),
        query_type,
        span: source.place(node.span.clone()),
    }
}

/// Returns what is known of a target's data source.
fn data_source(around: Around<'_>, reference: Reference<'_>) -> DataSource {
    let Some(name) = reference.name else { return DataSource::default() };
    let is_missing = !around.data_sources.is_empty()
        && lone_variable(&name.value).is_some()
        && type_of(&name.value, around.data_sources).is_none();
    DataSource { name: Some(around.source.setting(name)), is_missing }
}

/// Returns a whole number that an object has under a name, written as a number or as text.
fn number(source: &Source<'_>, node: &Node<'_>, name: &str) -> Option<Setting<i64>> {
    let node = node.get(name)?;
    let value = match &node.value {
        Value::Number(number) => number.parse().ok().or_else(|| whole(number.parse().ok()?))?,
        Value::Text(text) => text.value.trim().parse().ok()?,
        _ => return None,
    };
    Some(Setting { value, span: source.place(node.span.clone()) })
}

/// Returns a number such as `2e1` as an integer, if it is one.
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64)
}

/// Returns the place of a node in the file.
pub(in crate::document) fn place(around: Around<'_>, node: &Node<'_>) -> Range<usize> {
    around.source.place(node.span.clone())
}
