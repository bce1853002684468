//! Classic dashboards: panels, rows, panels of a library, links.

use super::{
    Way, links,
    target::{self, Around, Reference},
    variables,
};
use crate::document::{
    finder::{self, Finder},
    holder::{Dashboard, Holder, HolderKind},
    node::{Node, Value},
    source::Source,
};

/// Tells whether an object is a classic dashboard: it has panels, or rows with panels.
pub(super) fn is_dashboard(node: &Node<'_>) -> bool {
    let is_list = |node: &Node<'_>| matches!(node.value, Value::List(_));
    node.get("panels").is_some_and(is_list)
        || node.get("rows").is_some_and(|rows| rows.items().iter().any(|row| row.get("panels").is_some_and(is_list)))
}

/// Reads a classic dashboard.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>, node: &Node<'_>, way: Way<'_>) {
    let dashboard = Dashboard {
        title: node.get("title").and_then(Node::str).map(str::to_owned),
        variables: variables::classic(source, node),
        data_sources: variables::data_sources(node).chain(way.data_sources.iter().cloned()).collect(),
    };
    let around =
        Around { source, data_sources: &dashboard.data_sources, dashboard: Some(finder.document.dashboards.len()) };
    panels(finder, around, node, &[], way);
    links::read(finder, around, node, &["panels", "rows", "templating", "__elements", "__inputs"], None, way);
    for entry in node.get("__elements").map_or(&[][..], Node::entries) {
        library_panel(finder, around, &entry.value, way);
    }
    // In old exports the elements are a list.
    for element in node.get("__elements").map_or(&[][..], Node::items) {
        library_panel(finder, around, element, way);
    }
    finder.document.dashboards.push(dashboard);
}

/// Reads the panels of a dashboard or row, and those of the rows in it. `outer` are the variables for which what is around
/// them is repeated.
fn panels(finder: &mut Finder<'_>, around: Around<'_>, node: &Node<'_>, outer: &[String], way: Way<'_>) {
    let Some(way) = way.down() else { return };
    for row in node.get("rows").map_or(&[][..], Node::items) {
        panels(finder, around, row, &repeated(outer, row), way);
    }
    // A row that is open has its panels behind it.
    let mut of_row = outer.to_vec();
    for item in node.get("panels").map_or(&[][..], Node::items) {
        if item.get("type").and_then(Node::str) == Some("row") {
            of_row = repeated(outer, item);
            panels(finder, around, item, &of_row, way);
            continue;
        }
        let repeats = repeated(&of_row, item);
        panel(finder, around, item, HolderKind::Panel, &repeats, way);
        panels(finder, around, item, &repeats, way);
    }
}

/// Returns the variables for which a panel or row is repeated, with those of what is around it.
fn repeated(outer: &[String], node: &Node<'_>) -> Vec<String> {
    let own = node.get("repeat").and_then(Node::str).filter(|name| !name.is_empty());
    outer.iter().cloned().chain(own.map(str::to_owned)).collect()
}

/// Tells whether an object is a panel, or one that dashboards share, with the panel under `model`.
pub(super) fn is_panel(node: &Node<'_>) -> bool {
    let has_targets = |node: &Node<'_>| {
        node.get("targets").is_some_and(|targets| targets.items().iter().any(|target| !target.entries().is_empty()))
    };
    node.get("type").is_some_and(|kind| kind.str().is_some()) && has_targets(node)
        || node.get("model").is_some_and(has_targets)
}

/// Reads a panel that stands in no dashboard.
pub(super) fn lone_panel(finder: &mut Finder<'_>, source: &Source<'_>, node: &Node<'_>, way: Way<'_>) {
    let around = Around { source, data_sources: way.data_sources, dashboard: None };
    match node.get("model") {
        Some(_) => library_panel(finder, around, node, way),
        None => panel(finder, around, node, way.panel, &repeated(&[], node), way),
    }
}

/// Reads a panel that dashboards share: the panel is under `model`.
fn library_panel(finder: &mut Finder<'_>, around: Around<'_>, node: &Node<'_>, way: Way<'_>) {
    if let Some(model) = node.get("model") {
        panel(finder, around, model, HolderKind::LibraryPanel, &repeated(&[], model), way);
    }
}

/// Reads a panel.
fn panel(
    finder: &mut Finder<'_>,
    around: Around<'_>,
    node: &Node<'_>,
    kind: HolderKind,
    repeats: &[String],
    way: Way<'_>,
) {
    let of_panel = Reference::read(node.get("datasource"));
    let mut targets = Vec::new();
    for item in node.get("targets").map_or(&[][..], Node::items) {
        let reference = Reference::read(item.get("datasource")).or(of_panel);
        targets.extend(target::read(finder, around, item, reference));
    }
    let source = around.source;
    let title = source.setting_of(node, "title");
    links::read(finder, around, node, &["targets", "panels"], title.as_ref(), way);
    if targets.is_empty() {
        return;
    }
    let holder = Holder {
        title,
        id: node.get("id").and_then(scalar),
        description: source.setting_of(node, "description"),
        panel_type: source.setting_of(node, "type"),
        dashboard: around.dashboard,
        repeats: repeats.to_vec(),
        ..finder::holder(kind, targets, target::place(around, node))
    };
    finder.document.holders.push(holder);
}

/// Returns a number or a text as text.
pub(super) fn scalar(node: &Node<'_>) -> Option<String> {
    match &node.value {
        Value::Number(number) => Some((*number).to_owned()),
        Value::Text(text) => Some(text.value.clone().into_owned()),
        _ => None,
    }
}
