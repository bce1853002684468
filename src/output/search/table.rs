//! Answers to searches for people: a headline for each trace, its spans in columns below.
//!
//! A headline has the trace's id, start, duration, root and size. A span's start is shown as the time since the trace's
//! start. Where the attributes, or even the name, have no room beside each other they stand below the span.

use std::io;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};
use traceql_grammar::query::Field;
use unicode_width::UnicodeWidthStr;

use crate::{
    model::result::{Datum, SearchResult, SpanMatch, Spanset, TraceMatch},
    output::{
        style::Ink,
        text::{self, counted, cut, pad},
        visible::shown,
    },
};

pub use crate::output::style::Style;

/// Up to these widths names and values get columns that hold them whole; longer ones may be broken.
const WHOLE_NAME: usize = 60;
const WHOLE_VALUE: usize = 32;

/// A name that would have fewer columns than this, and needs more, stands below its span.
const NARROWEST_NAME: usize = 12;

/// The place of the name among the columns.
const NAME: usize = 3;

/// Values of more lines than this are cut where they stand in columns.
const LINES: usize = 3;

/// Values of more characters than this are cut where they stand below a span.
const LONGEST: usize = 600;

/// How far spans are indented below their trace.
const INDENT: &str = "  ";

/// Writes the traces; nothing if there is none.
pub fn write(out: &mut dyn io::Write, result: &SearchResult, style: Style) -> io::Result<()> {
    if result.traces.is_empty() {
        return Ok(());
    }
    let fields = fields(result);
    let mut spans = SpanTable::new(result, &fields, style.width.map(|width| width.saturating_sub(INDENT.len())));
    let headlines = Headlines::new(result, style);
    spans.write_header(out, style)?;
    for (i, trace) in result.traces.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        headlines.write(out, trace)?;
        for spanset in &trace.spansets {
            write_common(out, trace, spanset, style)?;
            for span in &spanset.spans {
                spans.write(out, span, style)?;
            }
            let hidden = spanset.matched.saturating_sub(spanset.spans.len());
            if hidden > 0 {
                let more = format!("{INDENT}… {}", counted(hidden as u64, "more span"));
                writeln!(out, "{}", style.paint(Ink::ASIDE, &more))?;
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
fn write_common(out: &mut dyn io::Write, trace: &TraceMatch, spanset: &Spanset, style: Style) -> io::Result<()> {
    if spanset.attributes.is_empty() && trace.spansets.len() == 1 {
        return Ok(());
    }
    let mut values: Vec<String> =
        spanset.attributes.iter().map(|(key, value)| format!("{} = {}", shown(key), quoted(value))).collect();
    if !spanset.attributes.iter().any(|(key, _)| key == "count()") {
        values.push(counted(spanset.matched as u64, "span"));
    }
    write_list(out, &values, INDENT.len(), style)
}

/// Writes values with commas between them, as many on a line as fit.
fn write_list(out: &mut dyn io::Write, values: &[String], indent: usize, style: Style) -> io::Result<()> {
    let room = style.width.unwrap_or(usize::MAX).saturating_sub(indent);
    let mut line = String::new();
    for (i, value) in values.iter().enumerate() {
        let comma = if i + 1 < values.len() { "," } else { "" };
        if !line.is_empty() && line.width() + 1 + value.width() + comma.len() > room {
            writeln!(out, "{:indent$}{}", "", style.paint(Ink::COMMON, &line))?;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(value);
        line.push_str(comma);
    }
    writeln!(out, "{:indent$}{}", "", style.paint(Ink::COMMON, &line))
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
        let id = style.paint(Ink::STRONG, &format!("{:<1$}", trace.id.to_string(), self.id_width));
        let start = text::date_and_time(trace.start);
        let duration = format!("{:>1$}", text::short_duration(trace.duration), self.duration_width);
        let (root_name, size_text) = (root(trace), size(trace));
        let errors = trace.services.iter().any(|service| service.errors > 0);
        let size = style.paint(if errors { Ink::FAILED } else { Ink::ASIDE }, &size_text);
        if self.on_one_line {
            let root = style.paint(Ink::STRONG, &pad(&root_name, self.root_width));
            return writeln!(out, "{id}  {start}  {duration}  {root}  {size}");
        }
        let width = style.width.unwrap_or(usize::MAX);
        let when = format!("{start}  {duration}");
        let between = |room: bool| if room { "  " } else { "\n" };
        let fits = self.id_width + 2 + when.width() <= width;
        let id = if fits { id } else { style.paint(Ink::STRONG, &trace.id.to_string()) };
        writeln!(out, "{id}{}{when}", between(fits))?;
        let name = cut(&root_name, width);
        let fits = name.width() + 2 + size_text.width() <= width;
        writeln!(out, "{}{}{size}", style.paint(Ink::STRONG, &name), between(fits))
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
    match errors {
        0 => counted(spans, "span"),
        n => format!("{}, {}", counted(spans, "span"), counted(n, "error")),
    }
}

/// The spans of all traces as one table, so that their columns stand in line, given out row by row.
struct SpanTable<'r> {
    lines: std::iter::Peekable<std::vec::IntoIter<String>>,
    /// The attributes that stand below each span, because they have no room as columns.
    below: &'r [&'r Field],
    /// The columns that the name has where it stands below its span, for the same reason.
    name_below: Option<usize>,
}

impl<'r> SpanTable<'r> {
    fn new(result: &SearchResult, fields: &'r [&'r Field], width: Option<usize>) -> SpanTable<'r> {
        let mut rows: Vec<(&TraceMatch, &SpanMatch)> = Vec::new();
        for trace in &result.traces {
            rows.extend(trace.spansets.iter().flat_map(|spanset| &spanset.spans).map(|span| (trace, span)));
        }
        let as_columns = has_room(&rows, fields, width);
        let name_below = room_below(&rows, width);
        let columns = if as_columns { fields } else { &[] };
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_truncation_indicator("…");
        match width {
            Some(width) => table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width.try_into().unwrap_or(u16::MAX)),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        let names = columns.iter().map(|field| shown(&field.to_string()));
        let always = ["span", "start", "duration", "name"].into_iter().map(str::to_owned);
        // Where the name has no room, nothing behind it has.
        let shown_columns = if name_below.is_some() { NAME } else { usize::MAX };
        table.set_header(one_row(always.chain(names).take(shown_columns), 1));
        for (trace, span) in &rows {
            table.add_row(one_row(cells(trace, span, columns).into_iter().take(shown_columns), LINES));
        }
        let last = table.column_iter().count().saturating_sub(1);
        for (i, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if i < last { 2 } else { 0 }));
            match i {
                0 => column.set_constraint(ColumnConstraint::ContentWidth),
                1 | 2 => {
                    column.set_cell_alignment(CellAlignment::Right);
                    column.set_constraint(ColumnConstraint::ContentWidth)
                }
                _ => column,
            };
        }
        let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        SpanTable { lines: lines.into_iter().peekable(), below: if as_columns { &[] } else { fields }, name_below }
    }

    /// Writes the names of the columns; to be called first.
    fn write_header(&mut self, out: &mut dyn io::Write, style: Style) -> io::Result<()> {
        let header = self.lines.next().unwrap_or_default();
        writeln!(out, "{INDENT}{}", style.paint(Ink::ASIDE, &header))
    }

    /// Writes the next span, which must be `span`.
    fn write(&mut self, out: &mut dyn io::Write, span: &SpanMatch, style: Style) -> io::Result<()> {
        writeln!(out, "{INDENT}{}", self.lines.next().unwrap_or_default())?;
        // Only the first line of a row begins with an id.
        while let Some(line) = self.lines.next_if(|line| line.starts_with(' ') || line.is_empty()) {
            writeln!(out, "{}", format!("{INDENT}{line}").trim_end())?;
        }
        if let Some(width) = self.name_below {
            writeln!(out, "{INDENT}{INDENT}{}", cut(&shown(&span.name), width))?;
        }
        let value =
            |field: &&Field| value_of(span, field).map(|v| format!("{} = {}", shown(&field.to_string()), quoted(v)));
        let values: Vec<String> = self.below.iter().filter_map(value).collect();
        if values.is_empty() { Ok(()) } else { write_list(out, &values, 3 * INDENT.len(), style) }
    }
}

fn one_row(cells: impl IntoIterator<Item = String>, lines: usize) -> comfy_table::Row {
    let mut row = comfy_table::Row::from(cells);
    row.max_height(lines);
    row
}

/// Tells how many columns a name has below its span, if it has too few beside it.
fn room_below(rows: &[(&TraceMatch, &SpanMatch)], width: Option<usize>) -> Option<usize> {
    let width = width?;
    let widest = |text: &dyn Fn(&TraceMatch, &SpanMatch) -> String| {
        rows.iter().map(|(trace, span)| text(trace, span).width()).max().unwrap_or(0)
    };
    let start = widest(&since_start).max("start".len());
    let duration = widest(&|_, span| text::short_duration(span.duration)).max("duration".len());
    let name = widest(&|_, span| shown(&span.name)).max("name".len());
    let beside = 16 + 2 + start + 2 + duration + 2;
    (beside + name.min(NARROWEST_NAME) > width).then(|| width.saturating_sub(INDENT.len()))
}

/// Tells whether the attributes fit beside each other without being broken beyond recognition.
fn has_room(rows: &[(&TraceMatch, &SpanMatch)], fields: &[&Field], width: Option<usize>) -> bool {
    let Some(width) = width else { return true };
    let widest = |text: &dyn Fn(&SpanMatch) -> usize| rows.iter().map(|(_, span)| text(span)).max().unwrap_or(0);
    let fixed = 16 + 2 + 8 + 2 + 8 + 2 + widest(&|span| shown(&span.name).width()).min(WHOLE_NAME);
    let wanted = |field: &&Field| {
        let content = widest(&|span| value_of(span, field).map_or(0, |value| shown(&value.to_string()).width()));
        2 + content.min(WHOLE_VALUE).max(field.to_string().width().min(WHOLE_VALUE))
    };
    fixed + fields.iter().map(wanted).sum::<usize>() <= width
}

fn cells(trace: &TraceMatch, span: &SpanMatch, columns: &[&Field]) -> Vec<String> {
    let mut cells =
        vec![span.id.to_string(), since_start(trace, span), text::short_duration(span.duration), shown(&span.name)];
    cells.extend(columns.iter().map(|field| value_of(span, field).map_or(String::new(), |v| shown(&v.to_string()))));
    cells
}

/// Returns when in its trace a span starts: `+3.2ms`.
fn since_start(trace: &TraceMatch, span: &SpanMatch) -> String {
    format!("+{}", text::short_duration(span.start.saturating_sub(trace.start)))
}

fn value_of<'s>(span: &'s SpanMatch, field: &Field) -> Option<&'s Datum> {
    span.attributes.iter().find(|(known, _)| known == field).map(|(_, value)| value)
}

/// Returns a value, text in quotes so that its ends can be seen, and cut if it would fill the screen.
fn quoted(value: &Datum) -> String {
    let text = shown(&value.to_string());
    let text = match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    };
    if let Datum::String(_) = value { format!("\"{text}\"") } else { text }
}
