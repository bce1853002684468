//! Lists of the linter itself: its rules, and the schemas of what it reads and writes.

use traceql_grammar::diagnostic::{CodeRow, Severity};
use traceql_lsp::lint::{
    config,
    levels::{self, Level, Levels},
};

use super::{Exit, Outcome, Schema};
use crate::{cli::ui::Ui, output::diagnostic::lint_json};

/// Prints every rule with its code, its level and its summary.
pub(super) fn rules(set: &Levels, ui: &mut Ui) -> Outcome {
    let rules: Vec<&CodeRow> = levels::rules().collect();
    let width = rules.iter().map(|row| row.name.len()).max().unwrap_or_default();
    for row in rules {
        let level = match set.get(row.id).unwrap_or(Level::At(row.severity)) {
            Level::Off => "off",
            Level::At(Severity::Error) => "error",
            Level::At(Severity::Warning) => "warning",
            Level::At(Severity::Info) => "info",
        };
        writeln!(ui.out(), "{}  {:width$}  {level:7}  {}", row.number, row.name, row.summary)?;
    }
    Ok(Exit::Found)
}

/// Prints a schema.
pub(super) fn schema(schema: Schema, ui: &mut Ui) -> Outcome {
    let text = match schema {
        Schema::Json => lint_json::SCHEMA.to_owned(),
        Schema::Config => config::schema(),
    };
    writeln!(ui.out(), "{}", text.trim_end())?;
    Ok(Exit::Found)
}
