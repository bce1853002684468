//! Grafana's objects: dashboards, rules, data sources and saved queries, as trees of values.
//!
//! Objects are told by their shape, not by where they stand: a dashboard is the same in a file, in a dump of the API, in a
//! Kubernetes object and in the values of a chart. [`read`] goes down until it knows a shape, also through texts that are
//! JSON or YAML themselves.

mod alerting;
mod dashboard;
mod dashboard_v2;
mod embedded;
mod kubernetes;
mod links;
mod provisioning;
mod query_library;
pub(super) mod search;
pub(super) mod target;
mod variables;

use super::{
    finder::{DEEPEST, Finder},
    holder::HolderKind,
    kind::Kind,
    node::{Broken, Node, Value},
    source::Source,
    words,
};

/// Maximum distance from the braces of a template to the place behind them at which JSON cannot be read, in bytes.
const BEFORE: usize = 32;

/// Facts gathered on the way down to a value.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    /// The number of values around it.
    depth: usize,
    /// The kind of a panel that belongs to no dashboard.
    panel: HolderKind,
    /// The number of texts around it that are values themselves.
    texts: usize,
    /// The data sources that were named on the way: uid, name or variable, and the type, which is empty if it is not known.
    data_sources: &'a [(String, String)],
    /// The name of the value.
    name: &'a str,
}

impl Default for Way<'_> {
    fn default() -> Self {
        Way { depth: 0, texts: 0, panel: HolderKind::Panel, data_sources: &[], name: "" }
    }
}

impl<'a> Way<'a> {
    /// Goes one value down; `None` if that is too deep.
    fn down(self) -> Option<Way<'a>> {
        (self.depth < DEEPEST).then_some(Way { depth: self.depth + 1, ..self })
    }
}

/// Looks for queries in a value and in all that it holds.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>, node: &Node<'_>, way: Way<'_>) {
    let Some(way) = way.down() else { return };
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| read(finder, source, item, way)),
        Value::Object(_) => object(finder, source, node, way),
        Value::Text(text) => embedded::read(finder, source, text, way),
        _ => {}
    }
}

/// Keeps the place at which a text cannot be read, if it should hold a query.
///
/// A template is told apart: JSON by braces next to the place, as `{{name}}` is in many texts of a dashboard, and YAML by braces
/// anywhere.
pub(super) fn broken(finder: &mut Finder<'_>, source: &Source<'_>, broken: Broken, kind: Kind) {
    let text = source.text();
    if !words::should_hold_query(text) {
        return;
    }
    let span = source.place(broken.at..broken.at);
    let near = text.as_bytes().get(broken.at.saturating_sub(BEFORE)..text.len().min(broken.at + 2)).unwrap_or_default();
    let is_template = match kind {
        Kind::Yaml => words::has(text, "{{"),
        _ => near.windows(2).any(|pair| pair == b"{{"),
    };
    if is_template {
        finder.untold(span, "a template that cannot be read before its values are put in");
    } else {
        finder.broken(span, broken.message);
    }
}

/// Looks for queries in an object.
fn object(finder: &mut Finder<'_>, source: &Source<'_>, node: &Node<'_>, way: Way<'_>) {
    if dashboard::is_dashboard(node) {
        dashboard::read(finder, source, node, way);
    } else if dashboard_v2::is_dashboard(node) {
        dashboard_v2::read(finder, source, node, way);
    } else if dashboard::is_panel(node) {
        dashboard::lone_panel(finder, source, node, way);
    } else if alerting::is_rule(node) {
        alerting::read(finder, source, node, way);
    } else if query_library::is_query(node) {
        query_library::read(finder, source, node, way);
    } else if kubernetes::is_object(node) {
        kubernetes::read(finder, source, node, way);
    } else if provisioning::is_provisioning(node) {
        provisioning::read(finder, source, node, way);
    } else {
        provisioning::data_source(finder, source, node, way);
        entries(finder, source, node, way);
    }
}

/// Looks for queries in the values of an object.
fn entries(finder: &mut Finder<'_>, source: &Source<'_>, node: &Node<'_>, way: Way<'_>) {
    // Correlations belong to the data source, which was read before.
    for entry in node.entries().iter().filter(|entry| entry.key.value != provisioning::CORRELATIONS) {
        read(finder, source, &entry.value, Way { name: &entry.key.value, ..way });
    }
}
