//! Answers to searches for people: a headline for each trace, its spans in columns below.
//!
//! A headline has the trace's id, start, duration, root and size. A span's start is shown as the time since the trace's
//! start. Where the attributes do not fit beside each other they stand below the span, one a line.

use std::io;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use traceql_grammar::query::Field;
use unicode_width::UnicodeWidthStr;

use super::flat::full_name;
use crate::{
    model::result::{Datum, SearchResult, SpanMatch, Spanset, TraceMatch},
    output::text::{self, visible},
};

/// Columns of attributes narrower than this are not worth reading, unless what is in them is.
const NARROWEST: usize = 12;

/// How far spans are indented below their trace.
const INDENT: &str = "  ";

/// How to draw.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether escape sequences for colours may be written.
    pub color: bool,
    /// How many columns there are; `None` if lines may be as long as they like.
    pub width: Option<usize>,
}

impl Style {
    fn paint(self, style: &str, text: &str) -> String {
        if self.color && !text.is_empty() { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Writes the traces; nothing if there is none.
pub fn write(out: &mut dyn io::Write, result: &SearchResult, style: Style) -> io::Result<()> {
    if result.traces.is_empty() {
        return Ok(());
    }
    let fields = fields(result);
    let mut spans = SpanTable::new(result, &fields, style.width.map(|width| width.saturating_sub(INDENT.len())));
    let headlines = Headlines::new(result, style);
    if let Some(header) = spans.header() {
        writeln!(out, "{}", style.paint("2", &format!("{INDENT}{header}")))?;
    }
    for (i, trace) in result.traces.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        headlines.write(out, trace)?;
        for spanset in &trace.spansets {
            write_set_line(out, trace, spanset, style)?;
            for span in &spanset.spans {
                spans.write(out, span, style)?;
            }
            let hidden = spanset.matched.saturating_sub(spanset.spans.len());
            if hidden > 0 {
                let more = format!("{INDENT}… {hidden} more {}", if hidden == 1 { "span" } else { "spans" });
                writeln!(out, "{}", style.paint("2", &more))?;
            }
        }
    }
    Ok(())
}

/// Returns every attribute of the answer once, in the order of the query.
fn fields(result: &SearchResult) -> Vec<&Field> {
    let mut fields: Vec<&Field> = Vec::new();
    let spans = result.traces.iter().flat_map(|trace| &trace.spansets).flat_map(|spanset| &spanset.spans);
    for (field, _) in spans.flat_map(|span| &span.attributes) {
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    fields
}

/// Writes what the spans of a spanset have in common, if the query computed anything of the kind.
fn write_set_line(out: &mut dyn io::Write, trace: &TraceMatch, spanset: &Spanset, style: Style) -> io::Result<()> {
    if spanset.attributes.is_empty() && trace.spansets.len() == 1 {
        return Ok(());
    }
    let mut values: Vec<String> =
        spanset.attributes.iter().map(|(key, value)| format!("{} = {}", shown(key), quoted(value))).collect();
    let count = spanset.matched;
    if !spanset.attributes.iter().any(|(key, _)| key == "count()") {
        values.push(format!("{count} {}", if count == 1 { "span" } else { "spans" }));
    }
    writeln!(out, "{INDENT}{}", style.paint("36", &values.join(", ")))
}

/// The lines that introduce the traces.
struct Headlines {
    style: Style,
    /// The widest trace id and duration: what follows them stands in line.
    id_width: usize,
    duration_width: usize,
    root_width: usize,
    /// Whether everything has room on one line.
    on_one_line: bool,
}

impl Headlines {
    fn new(result: &SearchResult, style: Style) -> Headlines {
        let widest = |text: &dyn Fn(&TraceMatch) -> String| {
            result.traces.iter().map(|trace| text(trace).width()).max().unwrap_or(0)
        };
        let id_width = widest(&|trace| trace.id.to_string());
        let duration_width = widest(&|trace| text::short_duration(trace.duration));
        let (root_width, size_width) = (widest(&root), widest(&size));
        let start_width = text::date_and_time(0).len();
        let together = id_width + start_width + duration_width + root_width + size_width + 4 * 2;
        let on_one_line = style.width.is_none_or(|width| together <= width);
        Headlines { style, id_width, duration_width, root_width, on_one_line }
    }

    fn write(&self, out: &mut dyn io::Write, trace: &TraceMatch) -> io::Result<()> {
        let style = self.style;
        let id = style.paint("1", &format!("{:<1$}", trace.id.to_string(), self.id_width));
        let start = text::date_and_time(trace.start);
        let duration = format!("{:>1$}", text::short_duration(trace.duration), self.duration_width);
        let root = style.paint("1", &pad(&root(trace), if self.on_one_line { self.root_width } else { 0 }));
        let size = size(trace);
        let errors = trace.services.iter().any(|service| service.errors > 0);
        let size = style.paint(if errors { "31" } else { "2" }, &size);
        if self.on_one_line {
            return writeln!(out, "{id}  {start}  {duration}  {root}  {size}");
        }
        writeln!(out, "{id}  {start}  {duration}")?;
        writeln!(out, "{root}  {size}")
    }
}

/// Returns the root of a trace: `shop: GET /cart`.
fn root(trace: &TraceMatch) -> String {
    match (trace.root_service.as_deref(), trace.root_name.as_deref()) {
        (None, _) => "(no root span)".to_owned(),
        (Some(""), name) => shown(name.unwrap_or_default()),
        (Some(service), name) => format!("{}: {}", shown(service), shown(name.unwrap_or_default())),
    }
}

/// Returns how large a trace is: `14 spans, 2 errors`.
fn size(trace: &TraceMatch) -> String {
    let sum = |count: fn(&crate::model::result::ServiceStats) -> u32| {
        trace.services.iter().map(|service| u64::from(count(service))).sum::<u64>()
    };
    let (spans, errors) = (sum(|service| service.spans), sum(|service| service.errors));
    let spans = format!("{spans} {}", if spans == 1 { "span" } else { "spans" });
    match errors {
        0 => spans,
        1 => format!("{spans}, 1 error"),
        n => format!("{spans}, {n} errors"),
    }
}

/// The spans of all traces as one table, so that their columns stand in line, given out row by row.
struct SpanTable<'r> {
    lines: std::vec::IntoIter<String>,
    header: Option<String>,
    /// The attributes that stand below each span, because they have no room as columns.
    below: &'r [&'r Field],
}

impl<'r> SpanTable<'r> {
    fn new(result: &SearchResult, fields: &'r [&'r Field], width: Option<usize>) -> SpanTable<'r> {
        let rows: Vec<(&TraceMatch, &SpanMatch)> = result
            .traces
            .iter()
            .flat_map(|trace| {
                trace.spansets.iter().flat_map(move |spanset| spanset.spans.iter().map(move |s| (trace, s)))
            })
            .collect();
        let as_columns = has_room(&rows, fields, width);
        let columns = if as_columns { fields } else { &[] };
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_truncation_indicator("…");
        match width {
            Some(width) => table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width.try_into().unwrap_or(u16::MAX)),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        let names = columns.iter().map(|field| shown(&full_name(field)));
        let header: Vec<String> =
            ["span", "start", "duration", "name"].into_iter().map(str::to_owned).chain(names).collect();
        let mut header = comfy_table::Row::from(header);
        header.max_height(1);
        table.set_header(header);
        for (trace, span) in &rows {
            let mut row = comfy_table::Row::from(cells(trace, span, columns));
            // One line each, so that they can be given out between headlines.
            row.max_height(1);
            table.add_row(row);
        }
        for (i, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            match i {
                0 => {
                    column.set_constraint(ColumnConstraint::ContentWidth);
                }
                1 | 2 => {
                    column.set_constraint(ColumnConstraint::ContentWidth).set_cell_alignment(CellAlignment::Right);
                }
                _ => {
                    column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(6)));
                }
            }
        }
        let mut lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        let header = if rows.is_empty() || lines.is_empty() { None } else { Some(lines.remove(0)) };
        SpanTable { lines: lines.into_iter(), header, below: if as_columns { &[] } else { fields } }
    }

    fn header(&mut self) -> Option<String> {
        self.header.take()
    }

    /// Writes the next span, which must be `span`.
    fn write(&mut self, out: &mut dyn io::Write, span: &SpanMatch, style: Style) -> io::Result<()> {
        writeln!(out, "{INDENT}{}", self.lines.next().unwrap_or_default())?;
        for field in self.below {
            if let Some(value) = value_of(span, field) {
                let name = style.paint("36", &shown(&full_name(field)));
                writeln!(out, "{INDENT}{INDENT}{INDENT}{name} = {}", quoted(value))?;
            }
        }
        Ok(())
    }
}

/// Tells whether the attributes fit beside each other without being cut beyond recognition.
fn has_room(rows: &[(&TraceMatch, &SpanMatch)], fields: &[&Field], width: Option<usize>) -> bool {
    let Some(width) = width else { return true };
    let widest = |text: &dyn Fn(&TraceMatch, &SpanMatch) -> usize| {
        rows.iter().map(|(trace, span)| text(trace, span)).max().unwrap_or(0)
    };
    let fixed = 16 + 2 + 8 + 2 + 8 + 2 + widest(&|_, span| shown(&span.name).width()).min(NARROWEST);
    let wanted = |field: &&Field| {
        let content = widest(&|_, span| value_of(span, field).map_or(0, |value| shown(&text::datum(value)).width()));
        2 + content.max(full_name(field).width().min(NARROWEST)).min(2 * NARROWEST)
    };
    fixed + fields.iter().map(wanted).sum::<usize>() <= width
}

fn cells(trace: &TraceMatch, span: &SpanMatch, columns: &[&Field]) -> Vec<String> {
    let start = format!("+{}", text::short_duration(span.start.saturating_sub(trace.start)));
    let mut cells = vec![span.id.to_string(), start, text::short_duration(span.duration), shown(&span.name)];
    cells.extend(columns.iter().map(|field| value_of(span, field).map_or(String::new(), |v| shown(&text::datum(v)))));
    cells
}

fn value_of<'s>(span: &'s SpanMatch, field: &Field) -> Option<&'s Datum> {
    span.attributes.iter().find(|(known, _)| known == field).map(|(_, value)| value)
}

/// Returns a value, text in quotes so that its ends can be seen.
fn quoted(value: &Datum) -> String {
    match value {
        Datum::String(text) => format!("\"{}\"", shown(text)),
        value => shown(&text::datum(value)),
    }
}

/// Returns text from the data as something that a terminal shows and does not obey.
fn shown(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// Fills up with blanks to a width on the terminal.
fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{:missing$}", "")
}
