//! Links that open a query: of a panel, of a field, of a dashboard, and addresses in its texts.

use super::{
    Way,
    target::{self, Around, Reference},
};
use crate::document::{
    finder::{self, Finder},
    holder::{Holder, HolderKind, Setting},
    node::{Node, Value},
    scan::urls,
    words,
};

/// Looks for links in a value and in all that it holds, except what has one of the names in `without`. `title` is that of what
/// the links belong to.
pub(super) fn read(
    finder: &mut Finder<'_>,
    around: Around<'_>,
    node: &Node<'_>,
    without: &[&str],
    title: Option<&Setting<String>>,
    way: Way<'_>,
) {
    if !finder.has_links {
        return;
    }
    let Some(way) = way.down() else { return };
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| read(finder, around, item, &[], title, way)),
        Value::Object(entries) => {
            let own = around.source.setting_of(node, "title");
            let title = own.as_ref().or(title);
            if let Some(link) = node.get("internal") {
                internal(finder, around, link, title);
            }
            for entry in entries.iter().filter(|entry| !without.contains(&&*entry.key.value)) {
                let Some(text) = entry.value.text() else {
                    read(finder, around, &entry.value, &[], title, way);
                    continue;
                };
                if words::has_address(&text.value) {
                    let inner = around.source.inside(text);
                    let is_link = entry.key.value == "url";
                    let kind = if is_link { HolderKind::Link } else { HolderKind::ExploreUrl };
                    urls::read(finder, Around { source: &inner, ..around }, kind, title);
                }
            }
        }
        Value::Text(text) if words::has_address(&text.value) => {
            let inner = around.source.inside(text);
            urls::read(finder, Around { source: &inner, ..around }, HolderKind::ExploreUrl, title);
        }
        _ => {}
    }
}

/// Reads a link to a query that is written as an object: `internal` of a data link.
fn internal(finder: &mut Finder<'_>, around: Around<'_>, link: &Node<'_>, title: Option<&Setting<String>>) {
    let Some(query) = link.get("query") else { return };
    let name = link.get("datasourceUid").or_else(|| link.get("datasourceName")).and_then(Node::text);
    let reference = Reference { kind: None, name };
    let reference = Reference::read(query.get("datasource")).or(reference);
    let Some(target) = target::read(finder, around, query, reference) else { return };
    let holder = Holder {
        title: title.cloned(),
        dashboard: around.dashboard,
        ..finder::holder(HolderKind::Link, vec![target], target::place(around, link))
    };
    finder.document.holders.push(holder);
}
