//! The commands that are shown above queries.

use serde_json::json;
use tower_lsp::ls_types::{CodeLens, Command};

use super::{documents::Snapshot, reading::Reading};

/// The commands that each query has, with their titles.
const LENSES: [(&str, &str); 2] = [("traceql.runQuery", "Run query"), ("traceql.explainPlan", "Explain")];

/// Returns the commands of a document's queries.
pub(super) fn of(snapshot: &Snapshot, reading: &Reading) -> Vec<CodeLens> {
    let queries = reading.queries(0..snapshot.text.len()).filter(|(_, _, found)| !found.text.trim().is_empty());
    let lens = |range: tower_lsp::ls_types::Range, (command, title): (&str, &str)| CodeLens {
        range,
        command: Some(Command {
            title: title.to_owned(),
            command: command.to_owned(),
            arguments: Some(vec![json!({"uri": snapshot.uri, "position": range.start, "show": true})]),
        }),
        data: None,
    };
    queries
        .flat_map(|(_, _, found)| {
            let range = snapshot.places().range(&snapshot.text, &found.span);
            LENSES.map(|each| lens(range, each))
        })
        .collect()
}
