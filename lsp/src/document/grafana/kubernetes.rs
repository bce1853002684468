//! Kubernetes objects: ConfigMaps, and objects of Grafana's operator and of Grafana itself.

use super::{Way, entries, target};
use crate::document::{finder::Finder, holder::HolderKind, node::Node, source::Source};

/// Tells whether an object is one of Kubernetes.
pub(super) fn is_object(node: &Node<'_>) -> bool {
    node.get("apiVersion").is_some_and(|version| version.str().is_some())
        && node.get("kind").is_some_and(|kind| kind.str().is_some())
}

/// Reads what an object of Kubernetes holds.
///
/// A dashboard stands under `spec` or as text under `spec.json` or `data`; all are told by their shape.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>, node: &Node<'_>, way: Way<'_>) {
    let kind = node.get("kind").and_then(Node::str).unwrap_or_default();
    let panel = match kind {
        "GrafanaLibraryPanel" | "LibraryPanel" => HolderKind::LibraryPanel,
        _ => way.panel,
    };
    // The operator puts a data source in the place of each input.
    let data_sources = inputs(finder, node);
    let data_sources = if data_sources.is_empty() { way.data_sources } else { &data_sources };
    entries(finder, source, node, Way { panel, data_sources, ..way });
}

/// Returns the inputs of a dashboard that the operator fills, with the type if it is known.
fn inputs(finder: &Finder<'_>, node: &Node<'_>) -> Vec<(String, String)> {
    let list = node.at(&["spec", "datasources"]).map_or(&[][..], Node::items);
    let input = |node: &Node<'_>| {
        let name = node.get("inputName").and_then(Node::str)?;
        let data_source = node.get("datasourceName").and_then(Node::str).unwrap_or_default();
        let is_tempo = finder.known.tempo.iter().any(|known| known == data_source);
        Some((format!("${{{name}}}"), if is_tempo { "tempo" } else { "" }.to_owned()))
    };
    list.iter().filter_map(input).take(target::MOST_DATA_SOURCES).collect()
}
