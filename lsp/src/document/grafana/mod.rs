//! What Grafana keeps: dashboards, rules, data sources and saved queries, as trees of values.
//!
//! Objects are told by their shape, not by where they stand: a dashboard is the same in a file, in a dump of the API, in a
//! Kubernetes object and in the values of a chart. [`read`] goes down until it knows a shape, also through texts that are
//! JSON or YAML themselves.

mod dashboard;
mod search;
mod target;
mod variables;

use super::{
    finder::{DEEPEST, Finder},
    node::{Node, Value},
    source::Source,
};

/// What is known on the way down to a value.
#[derive(Clone, Copy, Default)]
pub(super) struct Way {
    /// How many values lie around.
    depth: usize,
}

impl Way {
    /// Goes one value down; `None` if that is too deep.
    fn down(self) -> Option<Way> {
        (self.depth < DEEPEST).then_some(Way { depth: self.depth + 1 })
    }
}

/// Looks for queries in a value and in all that it holds.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>, node: &Node<'_>, way: Way) {
    let Some(down) = way.down() else { return };
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| read(finder, source, item, down)),
        Value::Object(_) if dashboard::is_dashboard(node) => dashboard::read(finder, source, node, down),
        Value::Object(entries) => entries.iter().for_each(|entry| read(finder, source, &entry.value, down)),
        _ => {}
    }
}
