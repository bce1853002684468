//! Alert rules and rules that record series, in files for provisioning, in exports and in answers of the API.

use super::{
    Way, dashboard, links,
    target::{self, Around, Reference},
};
use crate::document::{
    finder::{self, Finder},
    holder::{Holder, HolderKind, Target},
    json,
    node::{Node, Value},
    source::Source,
};

/// Tells whether an object is a rule: its `data` is a list of models.
pub(super) fn is_rule(node: &Node<'_>) -> bool {
    let items = node.get("data").map_or(&[][..], Node::items);
    items.iter().any(|item| item.get("model").is_some() && either(item, "refId", "ref_id").is_some())
}

/// Reads a rule.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>, node: &Node<'_>, way: Way<'_>) {
    let around = Around { source, data_sources: way.data_sources, dashboard: None };
    let mut targets = Vec::new();
    for item in node.get("data").map_or(&[][..], Node::items) {
        let Some(model) = item.get("model") else { continue };
        let Some(text) = model.text() else {
            targets.extend(query(finder, source, around, item, model));
            continue;
        };
        // The model may be a text that is JSON.
        let inner = source.inside(text);
        if let Ok(model) = json::parse(inner.text()) {
            targets.extend(query(finder, source, Around { source: &inner, ..around }, item, &model));
        }
    }
    let title = source.setting_of(node, "title").or_else(|| source.setting_of(node, "alert"));
    let title = title.or_else(|| source.setting_of(node, "name"));
    links::read(finder, around, node, &["data"], title.as_ref(), way);
    if targets.is_empty() {
        return;
    }
    let is_recording =
        node.get("record").is_some_and(|record| matches!(record.value, Value::Object(_) | Value::Text(_)));
    let annotation = |name| source.setting_of(node.get("annotations")?, name);
    let holder = Holder {
        title,
        id: node.get("uid").and_then(dashboard::scalar),
        description: annotation("description").or_else(|| annotation("summary")),
        ..finder::holder(
            if is_recording { HolderKind::RecordingRule } else { HolderKind::AlertRule },
            targets,
            source.place(node.span.clone()),
        )
    };
    finder.document.holders.push(holder);
}

/// Returns what an object has under one of two names: Terraform has its own spelling.
fn either<'a, 't>(node: &'a Node<'t>, name: &str, other: &str) -> Option<&'a Node<'t>> {
    node.get(name).or_else(|| node.get(other))
}

/// Reads a query of a rule: `item` names it and counts in `outer`, `model` is what the data source gets.
fn query(
    finder: &mut Finder<'_>,
    outer: &Source<'_>,
    around: Around<'_>,
    item: &Node<'_>,
    model: &Node<'_>,
) -> Option<Target> {
    let of_model = Reference::read(model.get("datasource"));
    let outer_type = either(item, "queryType", "query_type").and_then(Node::str);
    let is_tempo = outer_type.is_some_and(target::is_query_type);
    let reference = Reference {
        kind: of_model.kind.or(is_tempo.then_some(target::TEMPO)),
        name: either(item, "datasourceUid", "datasource_uid").and_then(Node::text).or(of_model.name),
    };
    let mut target = target::read(finder, around, model, reference)?;
    if let Some(ref_id) = either(item, "refId", "ref_id").and_then(Node::str) {
        target.ref_id = Some(ref_id.to_owned());
    }
    if target.query_type.is_none() {
        let text = either(item, "queryType", "query_type").and_then(Node::text);
        target.query_type = text.filter(|text| !text.value.is_empty()).map(|text| outer.setting(text));
    }
    Some(target)
}
