//! Classic dashboards: panels, rows, panels of a library, links.

use super::{
    Way,
    target::{self, Around, Reference},
    variables,
};
use crate::document::{
    finder::{self, Finder},
    holder::{Dashboard, Holder, HolderKind, Target},
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
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>, node: &Node<'_>, way: Way) {
    let dashboard = Dashboard {
        title: node.get("title").and_then(Node::str).map(str::to_owned),
        variables: variables::classic(source, node),
        data_sources: variables::data_sources(node),
    };
    let around =
        Around { source, data_sources: &dashboard.data_sources, dashboard: Some(finder.document.dashboards.len()) };
    panels(finder, around, node, way);
    for entry in node.get("__elements").map_or(&[][..], Node::entries) {
        library_panel(finder, around, &entry.value, way);
    }
    // In old exports the elements are a list.
    for element in node.get("__elements").map_or(&[][..], Node::items) {
        library_panel(finder, around, element, way);
    }
    finder.document.dashboards.push(dashboard);
}

/// Reads the panels of a dashboard or row, and those of the rows in it.
fn panels(finder: &mut Finder<'_>, around: Around<'_>, node: &Node<'_>, way: Way) {
    let Some(down) = way.down() else { return };
    for row in node.get("rows").map_or(&[][..], Node::items) {
        panels(finder, around, row, down);
    }
    for item in node.get("panels").map_or(&[][..], Node::items) {
        panel(finder, around, item, HolderKind::Panel);
        panels(finder, around, item, down);
    }
}

/// Reads a panel that dashboards share: the panel is under `model`.
pub(super) fn library_panel(finder: &mut Finder<'_>, around: Around<'_>, node: &Node<'_>, _way: Way) {
    let model = node.get("model").unwrap_or(node);
    panel(finder, around, model, HolderKind::LibraryPanel);
}

/// Reads a panel.
pub(super) fn panel(finder: &mut Finder<'_>, around: Around<'_>, node: &Node<'_>, kind: HolderKind) {
    let of_panel = Reference::read(node.get("datasource"));
    let mut targets = Vec::new();
    for item in node.get("targets").map_or(&[][..], Node::items) {
        let reference = Reference::read(item.get("datasource")).or(of_panel);
        targets.extend(target::read(finder, around, item, reference));
    }
    if !targets.is_empty() {
        finder.document.holders.push(holder(around, node, kind, targets));
    }
}

/// Makes the holder of a panel.
fn holder(around: Around<'_>, node: &Node<'_>, kind: HolderKind, targets: Vec<Target>) -> Holder {
    let source = around.source;
    Holder {
        title: source.setting_of(node, "title"),
        id: node.get("id").and_then(scalar),
        description: source.setting_of(node, "description"),
        panel_type: source.setting_of(node, "type"),
        dashboard: around.dashboard,
        ..finder::holder(kind, targets, target::place(around, node))
    }
}

/// Returns a number or a text as text.
pub(super) fn scalar(node: &Node<'_>) -> Option<String> {
    match &node.value {
        Value::Number(number) => Some((*number).to_owned()),
        Value::Text(text) => Some(text.value.clone().into_owned()),
        _ => None,
    }
}
