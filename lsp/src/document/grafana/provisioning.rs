//! Data sources in files for provisioning: links from them to a Tempo.

use super::{
    Way, entries,
    target::{self, Around, Reference},
};
use crate::document::{
    finder::{self, Finder},
    holder::{DataSource, Holder, HolderKind, Target},
    node::{Node, Value},
    source::Source,
};

/// The settings in which a data source keeps its links to others.
pub(super) const CORRELATIONS: &str = "correlations";

/// Tells whether an object is a file for provisioning: its `apiVersion` is a number.
pub(super) fn is_provisioning(node: &Node<'_>) -> bool {
    node.get("apiVersion").is_some_and(|version| matches!(version.value, Value::Number(_)))
}

/// Reads a file for provisioning. `$$` stands for `$` in it, as variables of the environment are put in.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>, node: &Node<'_>, way: Way<'_>) {
    let source = source.with_doubled_dollars();
    let named = names(node);
    let data_sources = if named.is_empty() { way.data_sources } else { &named };
    entries(finder, &source, node, Way { data_sources, ..way });
}

/// Returns uids and names of the data sources that a file defines, with their types.
fn names(node: &Node<'_>) -> Vec<(String, String)> {
    let text = |node: &Node<'_>, name: &str| node.get(name).and_then(Node::str).map(str::to_owned);
    let list = node.get("datasources").map_or(&[][..], Node::items);
    let named = |node: &Node<'_>| {
        let kind = text(node, "type")?;
        Some(["uid", "name"].map(|name| text(node, name)).into_iter().flatten().map(move |name| (name, kind.clone())))
    };
    list.iter().filter_map(named).flatten().take(target::MOST_DATA_SOURCES).collect()
}

/// Reads the links of a data source, if an object has any.
pub(super) fn data_source(finder: &mut Finder<'_>, source: &Source<'_>, node: &Node<'_>, way: Way<'_>) {
    let around = Around { source, data_sources: way.data_sources, dashboard: None };
    for item in node.get(CORRELATIONS).map_or(&[][..], Node::items) {
        correlation(finder, around, item);
    }
    for field in node.at(&["jsonData", "derivedFields"]).map_or(&[][..], Node::items) {
        derived_field(finder, around, field);
    }
}

/// Reads a correlation: its query goes to the data source `targetUID`.
fn correlation(finder: &mut Finder<'_>, around: Around<'_>, node: &Node<'_>) {
    let Some(model) = node.at(&["config", "target"]) else { return };
    let reference = Reference { kind: None, name: node.get("targetUID").and_then(Node::text) };
    let Some(target) = target::read(finder, around, model, reference) else { return };
    let holder = Holder {
        title: around.source.setting_of(node, "label"),
        description: around.source.setting_of(node, "description"),
        ..finder::holder(HolderKind::Correlation, vec![target], target::place(around, node))
    };
    finder.document.holders.push(holder);
}

/// Reads a field that Loki takes out of a line and that opens a query: a trace ID or TraceQL.
fn derived_field(finder: &mut Finder<'_>, around: Around<'_>, node: &Node<'_>) {
    let source = around.source;
    let (Some(uid), Some(url)) = (node.get("datasourceUid").and_then(Node::text), node.get("url").and_then(Node::text))
    else {
        return;
    };
    let reference = Reference { kind: None, name: Some(uid) };
    match target::is_tempo(finder.known, around, reference) {
        Some(true) => {}
        Some(false) => return,
        None => {
            if url.value.trim_start().starts_with('{') {
                finder.untold(source.place(url.span.clone()), target::UNTOLD);
            }
            return;
        }
    }
    let target = Target {
        query: Some(source.found(url)),
        data_source: DataSource { name: Some(source.setting(uid)), is_missing: false },
        span: target::place(around, node),
        ..Target::default()
    };
    let holder = Holder {
        title: source.setting_of(node, "name"),
        ..finder::holder(HolderKind::DerivedField, vec![target], target::place(around, node))
    };
    finder.document.holders.push(holder);
}
