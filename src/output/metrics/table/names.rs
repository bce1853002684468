//! What series are called: a column for each label, or everything in one column where there is no room.

use std::{
    collections::HashSet,
    mem::{Discriminant, discriminant},
};

use unicode_width::UnicodeWidthStr;

use crate::{
    model::{
        result::Datum,
        series::{Label, Series, label},
    },
    output::{
        text::{cut, pad},
        visible::shown,
    },
};

/// Blanks between two columns.
pub(in crate::output) const GAP: usize = 2;

/// Columns that would have to be narrower than this are put together.
const NARROWEST: usize = 8;

/// The names of series below each other.
pub(super) struct Names {
    /// What the columns hold; blank if that needs no saying.
    pub(super) heading: String,
    /// The name of each series.
    pub(super) rows: Vec<String>,
    /// How wide the heading and the names are, all the same.
    pub(super) width: usize,
}

struct Column {
    heading: String,
    values: Vec<String>,
}

impl Names {
    /// Names series by their labels, those in `order` first, no wider than `room`.
    pub(super) fn new(series: &[&Series], order: &[String], room: usize) -> Names {
        let columns = columns(series, order);
        if columns.is_empty() {
            return Names { heading: String::new(), rows: vec![String::new(); series.len()], width: 0 };
        }
        let widths = widths(&columns, room);
        let (heading, rows) = match widths {
            Some(widths) => {
                let heading = columns.iter().zip(&widths).map(|(column, width)| cut_front(&column.heading, *width));
                let heading = join(heading, &widths);
                let row = |at: usize| {
                    let values = columns.iter().zip(&widths).map(|(column, width)| cut(&column.values[at], *width));
                    join(values, &widths)
                };
                (heading, (0..series.len()).map(row).collect())
            }
            None => {
                let row = |series: &&Series| cut(&one_line(&series.labels, &[]), room);
                (String::new(), series.iter().map(row).collect::<Vec<_>>())
            }
        };
        let width = rows.iter().map(|row| row.width()).fold(heading.width(), usize::max);
        let rows = rows.iter().map(|row| pad(row, width)).collect();
        Names { heading: pad(&heading, width), rows, width }
    }
}

/// Returns all labels but for the `hidden` ones: `kind = server, status = error`; empty if there is none.
pub(super) fn one_line(labels: &[Label], hidden: &[&str]) -> String {
    let named: Vec<String> = labels
        .iter()
        .filter(|label| !hidden.contains(&label.name.as_str()))
        .map(|label| match label.name.as_str() {
            label::NAME | label::QUANTILE => value(label),
            name => format!("{} = {}", shown(name), value(label)),
        })
        .collect();
    named.join(", ")
}

/// What sets a label apart from all others: its name, and its value with the type, because the text "1" is not the
/// number.
pub(super) type Key<'r> = (&'r str, Discriminant<Datum>, String);

pub(super) fn key(label: &Label) -> Key<'_> {
    (&label.name, discriminant(&label.value), label.value.to_string())
}

/// Returns a label's value for people: `p99` for a quantile, and quotes where there would be nothing to see.
fn value(label: &Label) -> String {
    match &label.value {
        Datum::Float(quantile) if label.name == label::QUANTILE => {
            // Hundredths have no digits that the quantile has not, but for those of binary fractions.
            let hundredths = format!("{:.9}", quantile * 100.0);
            format!("p{}", hundredths.trim_end_matches('0').trim_end_matches('.'))
        }
        value => datum(value),
    }
}

/// Returns a value as it stands in a table; text without visible characters is quoted.
pub(in crate::output) fn datum(value: &Datum) -> String {
    match value {
        Datum::String(text) if text.trim().is_empty() => format!("\"{}\"", shown(text)),
        value => shown(&value.to_string()),
    }
}

/// Returns a column for each label that a series has, those in `order` first.
fn columns(series: &[&Series], order: &[String]) -> Vec<Column> {
    let known = || series.iter().flat_map(|series| &series.labels).map(|label| label.name.as_str());
    let has: HashSet<&str> = known().collect();
    let mut seen = HashSet::new();
    let ordered = order.iter().map(String::as_str).filter(|name| has.contains(name));
    let names: Vec<&str> = ordered.chain(known()).filter(|name| seen.insert(*name)).collect();
    let column = |name: &&str| {
        let found = |series: &&Series| series.labels.iter().find(|label| label.name == **name).map(value);
        let heading = if [label::NAME, label::QUANTILE].contains(name) { String::new() } else { shown(name) };
        // What a series has no label for is nil.
        let missing = if heading.is_empty() { "" } else { "nil" };
        let values = series.iter().map(|series| found(series).unwrap_or_else(|| missing.to_owned()));
        Column { heading, values: values.collect() }
    };
    names.iter().map(column).collect()
}

/// Returns how wide each column is; nothing if they have too little room beside each other.
fn widths(columns: &[Column], room: usize) -> Option<Vec<usize>> {
    let needed: Vec<usize> =
        columns.iter().map(|column| column.values.iter().map(|value| value.width()).max().unwrap_or(0)).collect();
    let mut widths: Vec<usize> =
        columns.iter().zip(&needed).map(|(column, needed)| column.heading.width().max(*needed)).collect();
    let room = room.saturating_sub(GAP * columns.len().saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        // Headings give way first, then what is widest.
        let excess = |at: &usize| (widths[*at] > needed[*at] && widths[*at] > NARROWEST, widths[*at]);
        let widest = (0..widths.len()).max_by_key(excess)?;
        if widths[widest] <= NARROWEST && columns.len() > 1 {
            return None;
        }
        widths[widest] = widths[widest].checked_sub(1)?;
    }
    Some(widths)
}

fn join(cells: impl Iterator<Item = String>, widths: &[usize]) -> String {
    let cells: Vec<String> = cells.zip(widths).map(|(cell, width)| pad(&cell, *width)).collect();
    cells.join(&" ".repeat(GAP))
}

/// Cuts off the beginning, which names share more often than the end.
pub(in crate::output) fn cut_front(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut rest = text;
    while rest.width() + 1 > width {
        let mut characters = rest.chars();
        if characters.next().is_none() {
            return String::new();
        }
        rest = characters.as_str();
    }
    format!("…{rest}")
}
