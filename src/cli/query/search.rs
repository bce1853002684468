//! A search, from the command line to the answer.

use crate::{
    exec::Search,
    model::result::SearchResult,
    output::{
        search::{flat, json, table},
        text,
    },
    plan::{self, Limits, TimeRange},
};

use super::{Checked, Exit, Failure, Format, Outcome, Query, Ui, bounds, no_plan, tell_damage};

/// How many traces, and spans of each spanset, Tempo gives where nothing else is asked for.
const TRACES: usize = 20;
const SPANS_PER_SPANSET: usize = 3;

pub(super) fn run(command: &Query, query: &Checked, ui: &mut Ui) -> Outcome {
    only_for_metrics(command)?;
    let limits = Limits {
        traces: Some(command.limit.unwrap_or(TRACES)),
        spans_per_spanset: Some(command.spss.unwrap_or(SPANS_PER_SPANSET)),
    };
    let plan = plan::lower(query, limits, range(command)?).map_err(|error| no_plan(&error))?;
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
    let result = search.finish(report.bytes).map_err(|error| Failure::new(Exit::Query, error.to_string()))?;
    let style = table::Style { color: ui.out_color, width: ui.out_width };
    match command.format {
        Format::Table => table::write(ui.out(), &result, style),
        Format::Json => json::write(ui.out(), &result),
        Format::Jsonl => flat::write_jsonl(ui.out(), &result, &columns),
        Format::Csv => flat::write_csv(ui.out(), &result, &columns),
        Format::Prometheus => Ok(()),
    }?;
    ui.flush()?;
    tell_damage(&report, ui);
    tell(&result, ui);
    Ok(match (report.damaged, result.traces.is_empty()) {
        (1.., _) => Exit::Incomplete,
        (0, true) => Exit::Nothing,
        (0, false) => Exit::Found,
    })
}

/// Turns down what only metrics can be asked for.
fn only_for_metrics(command: &Query) -> Result<(), Failure> {
    let option = match command {
        Query { step: Some(_), .. } => "--step",
        Query { instant: true, .. } => "--instant",
        Query { exemplars: Some(_), .. } => "--exemplars",
        Query { max_series: Some(_), .. } => "--max-series",
        Query { format: Format::Prometheus, .. } => "--format prometheus",
        _ => return Ok(()),
    };
    Err(Failure::new(Exit::Usage, format!("`{option}` is for metrics, and the query is a search"))
        .with_hint("metrics end in a function: `{ … } | rate() by (name)`"))
}

fn range(command: &Query) -> Result<Option<TimeRange>, Failure> {
    Ok(match bounds(command)? {
        (None, None) => None,
        (start, end) => Some(TimeRange { start: start.unwrap_or(0), end: end.unwrap_or(u64::MAX) }),
    })
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
