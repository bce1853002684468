//! A search, from the command line to the answer.

use crate::{
    exec::Search,
    model::result::SearchResult,
    output::{
        search::{flat, json, table},
        text,
    },
};

use super::{
    super::watch::Shown, Checked, Exit, Failure, Format, Outcome, Query, Ui, options::for_metrics, tell_damage,
};

pub(super) fn run(command: &Query, query: &Checked, shown: &mut Shown, ui: &mut Ui) -> Outcome {
    has_format(command)?;
    let plan = command.options.search(query)?;
    let inputs = command.sources.find()?;
    let columns = flat::Columns::new(plan.shown_keys(), plan.shown_fields());
    let search = Search::new(plan).of_inputs(inputs.len());
    let report = command.sources.scan(
        &inputs,
        (search.plan().projection(), search.plan().pruning()),
        &search,
        ui,
        &|fragment| search.observe(fragment),
    )?;
    let mut result = search.finish(report.bytes).map_err(|error| Failure::new(Exit::Query, error.to_string()))?;
    let is_nothing = result.traces.is_empty();
    write(command, &mut result, &columns, shown, ui)?;
    tell_damage(&report, ui);
    if shown.is_first() {
        tell(&result, ui);
    }
    let exit = match (report.damaged, is_nothing) {
        (1.., _) => Exit::Incomplete,
        (0, true) => Exit::Nothing,
        (0, false) => Exit::Found,
    };
    shown.done_with(result);
    Ok(exit)
}

/// Turns down what is for metrics.
pub(super) fn has_format(command: &Query) -> Result<(), Failure> {
    if matches!(command.format, Format::Prometheus) { Err(for_metrics("--format prometheus")) } else { Ok(()) }
}

/// Prints the traces that were not printed before, and leaves the others out of the answer.
pub(super) fn write(
    command: &Query,
    result: &mut SearchResult,
    columns: &flat::Columns,
    shown: &mut Shown,
    ui: &mut Ui,
) -> Result<(), Failure> {
    shown.only_new(result);
    let style = table::Style { color: ui.out_color, width: ui.out_width };
    match command.format {
        Format::Table => table::write(ui.out(), result, style),
        Format::Json => json::write(ui.out(), result),
        Format::Jsonl => flat::write_jsonl(ui.out(), result, columns),
        Format::Csv if shown.is_first() => flat::write_csv(ui.out(), result, columns),
        Format::Csv => flat::write_csv_below(ui.out(), result, columns),
        Format::Prometheus => Ok(()),
    }?;
    Ok(ui.flush()?)
}

/// Says what the answer itself does not show.
fn tell(result: &SearchResult, ui: &Ui) {
    let inspected = result.inspected;
    if result.traces.is_empty() {
        let (traces, spans) = (text::counted(inspected.traces, "trace"), text::counted(inspected.spans, "span"));
        ui.note(&format!("nothing matches among {traces} with {spans}"));
        if let Some(left_out) = inspected.left_out.filter(|left_out| left_out.traces > 0) {
            let which = match (left_out.traces, inspected.traces) {
                (1, 1) => "the trace lies".to_owned(),
                (out, all) if out == all => "all of them lie".to_owned(),
                (1, _) => "1 of them lies".to_owned(),
                (out, _) => format!("{out} of them lie"),
            };
            // Whole seconds, outwards.
            let (start, end) = (
                text::rfc3339_seconds(left_out.start),
                text::rfc3339_seconds(left_out.end.saturating_add(999_999_999)),
            );
            ui.note(&format!("{which} outside of the time range; the data goes from {start} to {end}"));
        }
    } else if result.more {
        ui.note(&format!("more traces match than the newest {} shown; `--limit 0` shows all", result.traces.len()));
    }
}
