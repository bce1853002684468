//! Dashboards of the second version: elements beside a layout, in the forms v2alpha1, v2beta1 and v2.

use std::collections::HashMap;

use super::{
    Way, dashboard, links,
    target::{self, Around, Reference},
    variables,
};
use crate::document::{
    finder::{self, Finder},
    holder::{Dashboard, Holder, HolderKind, Target},
    node::Node,
    source::Source,
};

/// Tells whether an object is such a dashboard, without its envelope: it has elements that are panels.
pub(super) fn is_dashboard(node: &Node<'_>) -> bool {
    let elements = node.get("elements").map_or(&[][..], Node::entries);
    elements.iter().any(|entry| matches!(entry.value.get("kind").and_then(Node::str), Some("Panel" | "LibraryPanel")))
}

/// Reads such a dashboard.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>, node: &Node<'_>, way: Way<'_>) {
    let dashboard = Dashboard {
        title: node.get("title").and_then(Node::str).map(str::to_owned),
        variables: variables::second(source, node),
        data_sources: variables::data_sources(node).chain(way.data_sources.iter().cloned()).collect(),
    };
    let around =
        Around { source, data_sources: &dashboard.data_sources, dashboard: Some(finder.document.dashboards.len()) };
    let mut repeats = HashMap::new();
    if let Some(layout) = node.get("layout") {
        repeated(layout, &mut Vec::new(), &mut repeats);
    }
    for entry in node.get("elements").map_or(&[][..], Node::entries) {
        if let Some(spec) =
            entry.value.get("spec").filter(|_| entry.value.get("kind").and_then(Node::str) == Some("Panel"))
        {
            panel(finder, around, spec, repeats.get(&*entry.key.value).map_or(&[][..], Vec::as_slice), way);
        }
    }
    links::read(finder, around, node, &["elements", "variables", "layout"], None, way);
    finder.document.dashboards.push(dashboard);
}

/// Collects by the names of elements the variables for which a layout repeats them; `outer` are those of what is around `node`.
fn repeated<'n>(node: &'n Node<'_>, outer: &mut Vec<&'n str>, found: &mut HashMap<String, Vec<String>>) {
    let own = node.at(&["spec", "repeat", "value"]).and_then(Node::str);
    outer.extend(own);
    if let Some(name) = node.at(&["spec", "element", "name"]).and_then(Node::str).filter(|_| !outer.is_empty()) {
        found.insert(name.to_owned(), outer.iter().map(|&name| name.to_owned()).collect());
    }
    node.entries().iter().for_each(|entry| repeated(&entry.value, outer, found));
    node.items().iter().for_each(|item| repeated(item, outer, found));
    outer.truncate(outer.len() - usize::from(own.is_some()));
}

/// Reads the `spec` of a panel.
fn panel(finder: &mut Finder<'_>, around: Around<'_>, node: &Node<'_>, repeats: &[String], way: Way<'_>) {
    let source = around.source;
    let mut targets = Vec::new();
    for item in node.at(&["data", "spec", "queries"]).map_or(&[][..], Node::items) {
        targets.extend(query(finder, around, item));
    }
    let title = source.setting_of(node, "title");
    links::read(finder, around, node, &["data"], title.as_ref(), way);
    if targets.is_empty() {
        return;
    }
    // The plugin's name is `group`, and in v2alpha1 `kind`.
    let panel_type = node.get("vizConfig").and_then(|config| {
        source
            .setting_of(config, "group")
            .or_else(|| source.setting_of(config, "kind").filter(|kind| kind.value != "VizConfig"))
    });
    let holder = Holder {
        title,
        id: node.get("id").and_then(dashboard::scalar),
        description: source.setting_of(node, "description"),
        panel_type,
        dashboard: around.dashboard,
        repeats: repeats.to_vec(),
        ..finder::holder(HolderKind::Panel, targets, source.place(node.span.clone()))
    };
    finder.document.holders.push(holder);
}

/// Reads one of a panel's queries.
fn query(finder: &mut Finder<'_>, around: Around<'_>, item: &Node<'_>) -> Option<Target> {
    let spec = item.get("spec")?;
    let query = spec.get("query")?;
    // The type of the data source is `group`, and in v2alpha1 `kind`, with the data source beside the query.
    let kind = query.get("kind").and_then(Node::str).filter(|kind| *kind != "DataQuery");
    let kind = query.get("group").and_then(Node::str).or(kind).filter(|kind| !kind.is_empty());
    let of_query = Reference::read(query.get("datasource").or_else(|| spec.get("datasource")));
    let reference = Reference { kind: kind.or(of_query.kind), name: of_query.name };
    let mut target = target::read(finder, around, query.get("spec")?, reference)?;
    target.ref_id = spec.get("refId").and_then(Node::str).map(str::to_owned).or(target.ref_id);
    target.is_hidden |= spec.get("hidden").is_some_and(Node::is_true);
    target.span = target::place(around, item);
    Some(target)
}
