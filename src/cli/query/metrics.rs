//! How the answer to a metrics query is printed.

use crate::{
    model::{note::Note, series::MetricsResult},
    output::metrics::{flat, json, prometheus, table},
    session::Metrics,
};

use super::{Failure, Format, Query, Shown, Ui};

/// Leaves out of a request what a format does not show, and asks for what only it shows.
pub(super) fn for_format(request: Metrics, format: Format) -> Metrics {
    match format {
        Format::Json => request,
        Format::Table => Metrics { shows_exemplars: false, whole_comparisons: true, ..request },
        Format::Jsonl | Format::Csv | Format::Prometheus => Metrics { shows_exemplars: false, ..request },
    }
}

/// Tells whether a note belongs beside an answer in a format: what is Tempo's own in data formats needs no word.
pub(super) fn is_told(note: &Note, format: Format) -> bool {
    !matches!(note, Note::QuantilesEstimated { is_compared: false }) || matches!(format, Format::Table)
}

/// Prints the series; on a terminal instead of those of an earlier run.
pub(super) fn write(command: &Query, result: &MetricsResult, shown: &Shown, ui: &mut Ui) -> Result<(), Failure> {
    let style = table::Style { color: ui.out_color, width: ui.out_width, height: ui.out_height };
    if shown.goes_on() && ui.out_height.is_some() && matches!(command.format, Format::Table) {
        // To the upper left corner, and everything below away.
        write!(ui.out(), "\x1b[H\x1b[2J")?;
    }
    match command.format {
        Format::Table => table::write(ui.out(), result, style),
        Format::Json => json::write(ui.out(), result),
        Format::Jsonl => flat::write_jsonl(ui.out(), result),
        Format::Csv => flat::write_csv(ui.out(), result, command.csv()),
        Format::Prometheus => prometheus::write(ui.out(), result),
    }?;
    Ok(ui.flush()?)
}
