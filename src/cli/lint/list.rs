//! Lists of the linter itself: its rules, and the schemas of what it reads and writes.

use traceql_grammar::diagnostic::{CODES, Class, CodeRow, Severity};

use super::{Exit, Outcome, Schema, settings::Settings};
use crate::{cli::ui::Ui, output::diagnostic::lint_json};

/// Prints every rule with its code, its level and its summary.
pub(super) fn rules(_settings: &Settings, ui: &mut Ui) -> Outcome {
    let rules: Vec<&CodeRow> = CODES.iter().filter(|row| row.class == Class::Lint).collect();
    let width = rules.iter().map(|row| row.name.len()).max().unwrap_or_default();
    for row in rules {
        let level = match row.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        writeln!(ui.out(), "{}  {:width$}  {level:7}  {}", row.number, row.name, row.summary)?;
    }
    Ok(Exit::Found)
}

/// Prints a schema.
pub(super) fn schema(schema: Schema, ui: &mut Ui) -> Outcome {
    let text = match schema {
        Schema::Json => lint_json::SCHEMA,
        Schema::Config => "{}",
    };
    writeln!(ui.out(), "{}", text.trim_end())?;
    Ok(Exit::Found)
}
