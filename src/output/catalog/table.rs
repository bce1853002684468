//! Names and values for people: a row for each, with how many spans have it.
//!
//! Names stand as a query spells them, so that they can be copied. What has no room is left out from the right; names are
//! cut only where they would take more than half of the width.

use std::{collections::HashSet, io};

use traceql_grammar::query::FieldKey;
use unicode_width::UnicodeWidthStr;

pub use crate::output::style::Style;

use super::type_of;
use crate::{
    model::{
        catalog::{Tag, TagValues, Tags, ValueCount, Values},
        result::Datum,
    },
    output::{
        metrics::table::{
            bars::Bars,
            names::{GAP, cut_front, datum},
        },
        style::Ink,
        text::{counted, cut, pad, pad_left},
        visible::shown,
    },
};

/// Nothing is narrower, whatever the terminal says.
const NARROWEST: usize = 20;

/// From this width on there are shares.
const WITH_SHARES: usize = 50;

/// Examples: how many there are at most, how wide each may be, how wide the first must be allowed to be, and how wide their
/// column is where there is no terminal.
const EXAMPLES: usize = 6;
const EXAMPLE: usize = 40;
const SHORTEST_EXAMPLE: usize = 8;
const ALL_EXAMPLES: usize = 60;

/// How long bars are at most and at least.
const LONGEST_BAR: usize = 40;
const SHORTEST_BAR: usize = 8;

impl Style {
    /// Cuts what is wider than a line.
    fn cut(self, line: &str) -> String {
        match self.columns(NARROWEST) {
            Some(columns) if line.width() > columns => cut(line.trim_end(), columns),
            _ => line.to_owned(),
        }
    }

    /// Tells whether lines of this width may be written.
    fn has_room(self, width: usize) -> bool {
        self.columns(NARROWEST).is_none_or(|columns| width <= columns)
    }

    /// Returns how much of `wanted` columns the names at the beginning of lines get.
    fn for_names(self, wanted: usize) -> usize {
        self.columns(NARROWEST).map_or(wanted, |columns| wanted.min(columns / 2))
    }
}

/// Writes the names, scope by scope; nothing if there is none.
pub fn write_tags(out: &mut dyn io::Write, tags: &Tags, style: Style) -> io::Result<()> {
    if tags.tags.is_empty() {
        return Ok(());
    }
    if tags.tags.iter().all(|tag| tag.spans == 0) {
        return list_tags(out, tags, style);
    }
    write_headline(out, &spans_of(tags.selected, tags.inspected.spans), style)?;
    writeln!(out)?;
    let rows: Vec<NameRow> = tags.tags.iter().map(|tag| NameRow::new(tag, tags.selected)).collect();
    let heading = NameRow::heading();
    let all = || rows.iter().chain([&heading]);
    let widest = |cell: fn(&NameRow) -> &str| all().map(|row| cell(row).width()).max().unwrap_or(0);
    let name = style.for_names(widest(|row| &row.name));
    let (spans, share, values) = (widest(|row| &row.spans), widest(|row| &row.share), widest(|row| &row.values));
    let with_share = style.has_room(WITH_SHARES);
    let taken = name + GAP + spans + if with_share { GAP + share } else { 0 } + GAP + values + GAP;
    let room = style.columns(NARROWEST).map_or(ALL_EXAMPLES, |columns| columns.saturating_sub(taken));
    let line = |row: &NameRow| {
        let gap = " ".repeat(GAP);
        let mut line = pad(&cut_front(&row.name, name), name) + &gap + &pad_left(&row.spans, spans);
        if with_share {
            line = line + &gap + &pad_left(&row.share, share);
        }
        style.cut(&(line + &gap + &pad_left(&row.values, values) + &gap))
    };
    let names = style.cut(&(line(&heading) + &heading.examples(room)));
    write_line(out, &style.paint(Ink::ASIDE, names.trim_end()))?;
    for (at, (tag, row)) in tags.tags.iter().zip(&rows).enumerate() {
        if at > 0 && tags.tags[at - 1].scope() != tag.scope() {
            writeln!(out)?;
        }
        let examples = row.examples(room);
        write_line(out, &(line(row) + &if row.is_remark { style.paint(Ink::ASIDE, &examples) } else { examples }))?;
    }
    Ok(())
}

/// Writes names that nobody counted, scope by scope.
fn list_tags(out: &mut dyn io::Write, tags: &Tags, style: Style) -> io::Result<()> {
    for (at, tag) in tags.tags.iter().enumerate() {
        if at > 0 && tags.tags[at - 1].scope() != tag.scope() {
            writeln!(out)?;
        }
        write_line(out, &style.cut(&shown(&tag.field.to_string())))?;
    }
    Ok(())
}

/// Writes the values, those with the most spans first; nothing if there is none.
pub fn write_values(out: &mut dyn io::Write, values: &TagValues, style: Style) -> io::Result<()> {
    let counts = &values.values.counts;
    if counts.is_empty() {
        return Ok(());
    }
    if counts.iter().all(|count| count.spans == 0) {
        return counts.iter().try_for_each(|count| write_line(out, &style.cut(&value(&count.value))));
    }
    let distinct = match values.values.distinct {
        1 => "1 value".to_owned(),
        _ => format!("{} values", number_of(&values.values)),
    };
    let headline = format!("{distinct} on {}", spans_of(values.spans, values.selected));
    write_headline(out, &format!("{}: {headline}", shown(&values.field.to_string())), style)?;
    writeln!(out)?;

    let types: HashSet<&str> = counts.iter().map(|count| type_of(&count.value)).collect();
    let rows: Vec<ValueRow> = counts.iter().map(|count| ValueRow::new(count, values.spans)).collect();
    let heading =
        ValueRow { value: "value".into(), ty: "type", spans: "spans".into(), share: String::new(), part: 0.0 };
    let all = || rows.iter().chain([&heading]);
    let widest = |cell: fn(&ValueRow) -> &str| all().map(|row| cell(row).width()).max().unwrap_or(0);
    let (ty, spans, share) = (widest(|row| row.ty), widest(|row| &row.spans), widest(|row| &row.share));
    let with_share = style.has_room(WITH_SHARES);
    let ty = if types.len() > 1 { GAP + ty } else { 0 };
    let taken = ty + GAP + spans + if with_share { GAP + share } else { 0 };
    let wanted = widest(|row| &row.value);
    // Values may be long; what is left behind them is for bars.
    let value =
        style.columns(NARROWEST).map_or(wanted, |columns| wanted.min(columns.saturating_sub(taken).max(NARROWEST / 2)));
    let left = style.columns(NARROWEST).map_or(LONGEST_BAR, |columns| columns.saturating_sub(value + taken + GAP));
    let bar = if left < SHORTEST_BAR || rows.len() == 1 { 0 } else { left.min(LONGEST_BAR) };
    let most = rows.iter().map(|row| row.part).fold(0.0, f64::max);
    let bars = Bars::new(&[most], bar);
    let line = |row: &ValueRow| {
        let gap = " ".repeat(GAP);
        let mut line = pad(&cut(&row.value, value), value);
        if ty > 0 {
            line = line + &gap + &pad(row.ty, ty - GAP);
        }
        line = line + &gap + &pad_left(&row.spans, spans);
        if with_share {
            line = line + &gap + &pad_left(&row.share, share);
        }
        style.cut(&line)
    };
    write_line(out, &style.paint(Ink::ASIDE, line(&heading).trim_end()))?;
    for row in &rows {
        let bar = bars.bar(row.part);
        let bar = if bar.trim().is_empty() { bar } else { style.paint(Ink::BAR, &bar) };
        write_line(out, &format!("{}{:GAP$}{bar}", line(row), ""))?;
    }
    Ok(())
}

/// What the columns have to say of a name.
struct NameRow {
    name: String,
    spans: String,
    share: String,
    values: String,
    examples: Vec<String>,
    /// Whether `examples` tells what the values are, because there are none.
    is_remark: bool,
}

impl NameRow {
    fn heading() -> NameRow {
        NameRow {
            name: "attribute".into(),
            spans: "spans".into(),
            share: String::new(),
            values: "values".into(),
            examples: vec!["examples".into()],
            is_remark: true,
        }
    }

    fn new(tag: &Tag, selected: u64) -> NameRow {
        let examples = match (&tag.values, &tag.field.key) {
            (Some(values), _) => values.counts.iter().take(EXAMPLES).map(|count| value(&count.value)).collect(),
            (None, FieldKey::Intrinsic(intrinsic)) => vec![intrinsic.row().doc.replace('`', "")],
            (None, _) => Vec::new(),
        };
        NameRow {
            name: shown(&tag.field.to_string()),
            spans: tag.spans.to_string(),
            share: share(tag.spans, selected),
            values: tag.values.as_ref().map(number_of).unwrap_or_default(),
            examples,
            is_remark: tag.values.is_none(),
        }
    }

    /// Returns as many examples as fit.
    fn examples(&self, room: usize) -> String {
        if room < SHORTEST_EXAMPLE {
            return String::new();
        }
        let longest = if self.is_remark { usize::MAX } else { EXAMPLE };
        let mut text = String::new();
        for example in self.examples.iter().map(|example| cut(example, longest.min(room))) {
            if text.is_empty() {
                text = example;
            } else if text.width() + 2 + example.width() <= room {
                text = text + ", " + &example;
            } else {
                break;
            }
        }
        text
    }
}

/// What the columns have to say of a value.
struct ValueRow {
    value: String,
    ty: &'static str,
    spans: String,
    share: String,
    part: f64,
}

impl ValueRow {
    fn new(count: &ValueCount, all: u64) -> ValueRow {
        ValueRow {
            value: value(&count.value),
            ty: type_of(&count.value),
            spans: count.spans.to_string(),
            share: share(count.spans, all),
            part: count.spans as f64 / all.max(1) as f64,
        }
    }
}

/// Returns a value for people; text that would read as something else is quoted.
fn value(value: &Datum) -> String {
    match value {
        Datum::String(text) if text.parse::<f64>().is_ok() || matches!(text.as_str(), "true" | "false") => {
            format!("\"{text}\"")
        }
        value => datum(value),
    }
}

/// Returns how many values there are: exactly, or to two digits.
fn number_of(values: &Values) -> String {
    if values.is_exact {
        return values.distinct.to_string();
    }
    let scale = 10u64.pow(values.distinct.max(1).ilog10().saturating_sub(1));
    format!("~{}", (values.distinct / scale).saturating_mul(scale))
}

/// Returns a part of a whole: `12.3%`; never nothing or all if it is not.
fn share(part: u64, whole: u64) -> String {
    let percent = part as f64 / whole.max(1) as f64 * 100.0;
    match percent {
        0.0..0.05 if part > 0 => "<0.1%".to_owned(),
        99.95..100.0 => ">99.9%".to_owned(),
        _ => format!("{percent:.1}%"),
    }
}

/// Returns `12 of 211 spans`, or `211 spans` if it is all of them.
fn spans_of(some: u64, all: u64) -> String {
    if some == all { counted(all, "span") } else { format!("{some} of {}", counted(all, "span")) }
}

fn write_headline(out: &mut dyn io::Write, text: &str, style: Style) -> io::Result<()> {
    write_line(out, &style.paint(Ink::STRONG, &style.cut(text)))
}

/// Writes a line without blanks at its end.
fn write_line(out: &mut dyn io::Write, line: &str) -> io::Result<()> {
    writeln!(out, "{}", line.trim_end())
}
