//! `traceql values`: the values of one attribute.

use std::path::Path;

use clap::Args;
use traceql_grammar::{
    query::{Field, FieldKey},
    vocab::{release::Release, scopes::Scope},
};

#[cfg(feature = "remote")]
use super::remote::add_values;
use super::{
    Exit, Failure, Outcome,
    catalog::{Format, Selection, no_plan, style},
    query::count,
    sources::tell_damage,
    ui::Ui,
};
use crate::{
    exec::{TagCounts, ValueCounts},
    model::catalog::{TagValues, Tags},
    output::{
        catalog::{flat, json, table},
        text::{counted, shown},
    },
    plan,
    source::Input,
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
    let query = selection.query(ui)?;
    let plan = plan::lower_values(&query, &field, selection.range()?).map_err(|error| no_plan(&error))?;
    #[cfg(feature = "remote")]
    let remotes = super::remote::servers(&selection.sources, ui)?;
    #[cfg(feature = "remote")]
    let inputs = if remotes.is_empty() { selection.sources.find() } else { selection.sources.find_beside_servers() }?;
    #[cfg(not(feature = "remote"))]
    let inputs = selection.sources.find()?;
    let counts = ValueCounts::new(plan);
    let needs = (counts.plan().projection(), counts.plan().pruning());
    let report = selection.sources.scan(&inputs, needs, &counts, ui, &|fragment| counts.observe(fragment))?;
    let mut values = counts.finish(report.bytes).map_err(|error| Failure::new(Exit::Query, error.to_string()))?;
    #[cfg(feature = "remote")]
    if !remotes.is_empty() {
        add_values(&remotes, &field, &selection.of_servers(ui)?, &mut values)?;
    }
    #[cfg(feature = "remote")]
    let is_of_servers = !remotes.is_empty();
    #[cfg(not(feature = "remote"))]
    let is_of_servers = false;
    let is_nothing = values.values.counts.is_empty();
    let (kept, is_table) = (values.values.counts.len(), selection.format == Format::Table);
    let hidden = values.values.limit(limit.unwrap_or(if is_table { ROWS } else { 0 }));
    let style = style(ui);
    match selection.format {
        Format::Table => table::write_values(ui.out(), &values, style),
        Format::Json => json::write_values(ui.out(), &values),
        Format::Jsonl => flat::write_values_jsonl(ui.out(), &values),
        Format::Csv => flat::write_values_csv(ui.out(), &values),
    }?;
    ui.flush()?;
    tell_damage(&report, ui);
    if !values.values.is_exact {
        ui.warn(&format!(
            "there are about {} different values; {kept} of them are counted, chosen by chance: narrow the spans with \
             `--query`",
            values.values.distinct
        ));
    } else if is_nothing && is_of_servers {
        let field = shown(&values.field.to_string());
        ui.note(&format!(
            "nobody lists a value of `{field}` for the time that was asked for; `traceql tags` lists what there is"
        ));
    } else if is_nothing && values.selected == 0 {
        selection.tell_nothing_selected(values.inspected.spans, ui);
    } else if is_nothing {
        tell_missing(&values, selection, &inputs, ui);
    } else if hidden > 0 {
        let more = counted(hidden, "more value");
        ui.note(&format!("{more}; `--limit 0` shows all"));
    }
    Ok(match (report.damaged, values.values.is_exact, is_nothing) {
        (0, true, true) => Exit::Nothing,
        (0, true, false) => Exit::Found,
        _ => Exit::Incomplete,
    })
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

/// Says that no span has the attribute, and what was probably meant.
fn tell_missing(values: &TagValues, selection: &Selection, inputs: &[Input], ui: &Ui) {
    let field = shown(&values.field.to_string());
    let nobody = match (selection.is_narrow(), values.selected) {
        (false, _) => format!("no span has `{field}`"),
        (true, 1) => format!("the span that matches has no `{field}`"),
        (true, selected) => format!("none of the {selected} spans that match has `{field}`"),
    };
    let is_attribute = matches!(values.field.key, FieldKey::Attribute(..)) && !values.field.of_parent;
    // Stdin cannot be read again.
    let all = (is_attribute && inputs.iter().all(|input| input.size().is_some()))
        .then(|| names(selection, inputs, ui))
        .flatten();
    let Some(all) = all else { return ui.note(&nobody) };
    ui.note(&match (all.with(&values.field), all.nearest(&values.field)) {
        (0, Some(meant)) => format!("{nobody}; did you mean `{}`?", shown(&meant)),
        (0, None) => format!("{nobody}; `traceql tags` lists what there is"),
        (1, _) => format!("{nobody}; 1 other has it"),
        (others, _) => format!("{nobody}; {others} others have it"),
    });
}

/// Finds all names, for which the sources are read once more; nothing if that fails.
fn names(selection: &Selection, inputs: &[Input], ui: &Ui) -> Option<Tags> {
    let query = traceql_grammar::check("{ }", Release::Main).query;
    let counts = TagCounts::new(plan::lower_tags(&query, None, None).ok()?);
    let needs = (counts.plan().projection(), counts.plan().pruning());
    let report = selection.sources.scan(inputs, needs, &counts, ui, &|fragment| counts.observe(fragment));
    counts.finish(report.ok()?.bytes).ok()
}
