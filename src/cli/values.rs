//! `traceql values`: the values of one attribute.

use std::path::Path;

use clap::Args;
use traceql_grammar::{query::Field, vocab::scopes::Scope};

use super::{
    Exit, Failure, Outcome,
    ask::{ask, exit, tell},
    catalog::{Format, Selection, style},
    count::count,
    ui::Ui,
};
use crate::{
    output::{
        catalog::{flat, json, table},
        text::counted,
        visible::shown,
    },
    session::{self, Found, Request},
};

/// Lists the values of an attribute or intrinsic, the most frequent first
///
/// ATTR is written as in a query: `span.http.route`, `resource.service.name`, `.http.route` (the span's, or else the
/// resource's), `name`, `status`, `event:name`, `span."with blanks"`. A value counts once for each span that `= value`
/// finds; each element of an array is a value. A Tempo server (`http://…`) lists values and counts nothing; neither is then
/// counted what other sources have.
///
/// Exit status: 0 if something was found, 1 if not, 2 for wrong usage, 3 if the query is invalid, 4 if the answer may be
/// incomplete (something damaged was skipped, or there were too many values), 5 if a source cannot be read or is damaged.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Values {
    /// Whose values to list
    #[arg(value_name = "ATTR")]
    attribute: String,

    #[command(flatten)]
    selection: Selection,

    /// How many values to print, the most frequent; a table has 50 if not given, 0 for all
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    limit: Option<usize>,
}

const EXAMPLES: &str = "\
Examples:
  traceql values resource.service.name traces.jsonl
  traceql values .http.route /var/log/otel/ --query '{ status = error }'
  traceql values name traces.jsonl --limit 0 --format csv
  traceql values resource.service.name http://tempo:3200 --since 24h";

/// How attributes are written.
const FORMS: &str = "write `span.x`, `resource.x`, `.x`, `event.x`, or an intrinsic such as `name`";

/// How many values a table has.
const ROWS: usize = 50;

pub(super) fn run(command: &Values, ui: &mut Ui) -> Outcome {
    let Values { attribute, selection, limit } = command;
    let field = field(attribute, selection, ui)?;
    let query = selection.query()?;
    let session = selection.sources.open(ui)?;
    let request = Request::Values(session::Values { field, query, when: selection.when() });
    let mut answer = ask(&session, &request, ui)?;
    let exit = exit(&answer);
    let Found::Values(values) = &mut answer.found else { return Ok(exit) };
    let (is_exact, is_table) = (values.values.is_exact, selection.format == Format::Table);
    let hidden = values.values.limit(limit.unwrap_or(if is_table { ROWS } else { 0 }));
    let style = style(ui);
    match selection.format {
        Format::Table => table::write_values(ui.out(), values, style),
        Format::Json => json::write_values(ui.out(), values),
        Format::Jsonl => flat::write_values_jsonl(ui.out(), values),
        Format::Csv => flat::write_values_csv(ui.out(), values, selection.csv()),
    }?;
    ui.flush()?;
    tell(&answer.notes, ui);
    if hidden > 0 && is_exact {
        ui.note(&format!("{}; `--limit 0` shows all", counted(hidden, "more value")));
    }
    Ok(exit)
}

/// Reads what is asked for; a name without a scope is one in any scope.
fn field(text: &str, selection: &Selection, ui: &Ui) -> Result<Field, Failure> {
    let found = traceql_grammar::field(text);
    // A name such as `.x` may be one of a file too.
    if (found.is_err() || selection.sources.names().next().is_none()) && Path::new(text).exists() {
        return Err(Failure::new(Exit::Usage, format!("`{}` is a file, not an attribute", shown(text)))
            .with_hint("the attribute comes first, then the sources"));
    }
    let findings = match found {
        Ok(field) => return Ok(field),
        Err(findings) => findings,
    };
    if text.trim().is_empty() {
        return Err(Failure::new(Exit::Usage, "the attribute's name is empty").with_hint(FORMS));
    }
    // Behind a scope and a colon there are intrinsics alone, and behind a scope and a dot there should be more.
    if !text.contains(':')
        && !text.ends_with('.')
        && let Ok(field) = traceql_grammar::field(&format!(".{text}"))
    {
        ui.note(&format!(
            "`{}` is read as `{}`: attributes have their scope before them",
            shown(text),
            shown(&field.to_string())
        ));
        return Ok(field);
    }
    let quoted = Field::attribute(Scope::Any, text).to_string();
    let (message, help) = match findings.into_iter().next() {
        Some(finding) if !text.contains(char::is_whitespace) => (finding.message, finding.help),
        _ if !text.contains(['{', '}', '"', '`', '.']) && traceql_grammar::field(&quoted).is_ok() => {
            (no_attribute(text), Some(format!("a name with blanks stands in quotes: '{quoted}'")))
        }
        _ => (no_attribute(text), None),
    };
    Err(Failure::new(Exit::Usage, message).with_hint(help.unwrap_or_else(|| FORMS.to_owned())))
}

fn no_attribute(text: &str) -> String {
    format!("`{}` is no attribute or intrinsic", shown(text))
}
