//! How the answer to a search is printed.

use crate::{
    output::search::{flat, json, table},
    session::Matches,
};

use super::{Failure, Format, Query, Shown, Ui, options::for_metrics};

/// Turns down what is for metrics.
pub(super) fn has_format(format: Format) -> Result<(), Failure> {
    if matches!(format, Format::Prometheus) { Err(for_metrics("--format prometheus")) } else { Ok(()) }
}

/// Prints the traces that were not printed before, and leaves the others out of the answer.
pub(super) fn write(command: &Query, matches: &mut Matches, shown: &mut Shown, ui: &mut Ui) -> Result<(), Failure> {
    let Matches { result, keys, fields } = matches;
    shown.only_new(result);
    let columns = flat::Columns::new(keys.iter().map(String::as_str), fields.iter());
    let style = table::Style { color: ui.out_color, width: ui.out_width };
    match command.format {
        Format::Table => table::write(ui.out(), result, style),
        Format::Json => json::write(ui.out(), result),
        Format::Jsonl => flat::write_jsonl(ui.out(), result, &columns),
        Format::Csv if shown.is_first() => flat::write_csv(ui.out(), result, &columns, command.csv()),
        Format::Csv => flat::write_csv_below(ui.out(), result, &columns, command.csv()),
        Format::Prometheus => Ok(()),
    }?;
    Ok(ui.flush()?)
}
