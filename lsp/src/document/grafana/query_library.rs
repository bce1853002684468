//! Queries that Grafana keeps under a name: its query library, and the saved searches of Traces Drilldown.

use super::{
    Way,
    target::{self, Around, Reference},
};
use crate::document::{
    finder::{self, Finder},
    holder::{DataSource, Holder, HolderKind, Target},
    node::{Node, Value},
    source::Source,
};

/// Tells whether an object is a saved query: an object of the library, a saved search, or a query with its type.
pub(super) fn is_query(node: &Node<'_>) -> bool {
    is_template(node) || is_search(node) || is_bare(node)
}

/// Tells whether an object is one of the library.
fn is_template(node: &Node<'_>) -> bool {
    node.get("kind").and_then(Node::str) == Some("QueryTemplate")
}

/// Tells whether an object is a search that Traces Drilldown keeps in the browser.
fn is_search(node: &Node<'_>) -> bool {
    node.get("dsUid").is_some() && node.get("query").is_some_and(|query| query.text().is_some())
}

/// Tells whether an object is a query as Tempo's data source takes it.
fn is_bare(node: &Node<'_>) -> bool {
    node.get("queryType").and_then(Node::str).is_some_and(target::is_query_type)
        && (node.get("query").is_some_and(|query| query.text().is_some()) || node.get("filters").is_some())
}

/// Reads a saved query.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>, node: &Node<'_>, way: Way<'_>) {
    let around = Around { source, data_sources: way.data_sources, dashboard: None };
    if is_template(node) {
        template(finder, around, node);
    } else if is_search(node) {
        saved_search(finder, around, node);
    } else {
        let reference = Reference::read(node.get("datasource"));
        let target = target::read(finder, around, node, reference);
        keep(finder, around, node, None, target.into_iter().collect());
    }
}

/// Reads an object of the library: `spec.targets[].properties`.
fn template(finder: &mut Finder<'_>, around: Around<'_>, node: &Node<'_>) {
    let mut targets = Vec::new();
    for item in node.at(&["spec", "targets"]).map_or(&[][..], Node::items) {
        let Some(model) = item.get("properties") else { continue };
        targets.extend(target::read(finder, around, model, Reference::read(model.get("datasource"))));
    }
    keep(finder, around, node, node.get("spec"), targets);
}

/// Reads a search of Traces Drilldown: conditions without braces.
fn saved_search(finder: &mut Finder<'_>, around: Around<'_>, node: &Node<'_>) {
    let source = around.source;
    let Some(Value::Text(text)) = node.get("query").map(|query| &query.value) else { return };
    let mut found = source.found(text);
    found.is_condition = true;
    let target = Target {
        query: Some(found),
        data_source: DataSource { name: source.setting_of(node, "dsUid"), is_missing: false },
        span: target::place(around, node),
        ..Target::default()
    };
    keep(finder, around, node, Some(node), vec![target]);
}

/// Keeps a saved query, whose title and description are in `about`.
fn keep(finder: &mut Finder<'_>, around: Around<'_>, node: &Node<'_>, about: Option<&Node<'_>>, targets: Vec<Target>) {
    if targets.is_empty() {
        return;
    }
    let setting = |name| around.source.setting_of(about?, name);
    let holder = Holder {
        title: setting("title"),
        description: setting("description"),
        ..finder::holder(HolderKind::SavedQuery, targets, target::place(around, node))
    };
    finder.document.holders.push(holder);
}
