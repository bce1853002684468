//! Events and links of a batch.

use std::sync::Arc;

use crate::{
    model::{
        batch::Spans,
        dictionary::StrId,
        ids::{SpanId, TraceId},
    },
    source::parquet::{column::Column, file::ParquetFault, levels},
};

use super::{
    attributes::RowOf,
    build::Builder,
    entries::{ValueOf, ints, same_values},
    extras,
    ids::{span_id, trace_id},
    layout::EventTime,
    shape::OTHER_SPANS,
    words::Words,
};

impl Builder<'_, '_> {
    /// Builds the events; returns the row of each entry.
    pub(super) fn events(&mut self, of_span: RowOf<'_>, spans: &mut Spans) -> Result<Vec<u32>, ParquetFault> {
        let names = self.columns.nested(self.layout.event_name)?;
        let (EventTime::SinceStart(leaf) | EventTime::Unix(leaf)) = self.layout.event_time;
        let times = self.columns.nested(leaf)?;
        self.check_children(self.layout.event_name, &names, leaf, &times)?;
        let (places, rows) = children(&names, of_span);
        let times = ints(&times, None, 0);
        let (mut words, mut value) = (Words::of(&names), ValueOf::new(&names));
        if self.projection.everything {
            spans.events.extras = extras::events(self.columns, self.layout, (&entries(&places), names.len))?;
        }
        for (entry, span) in places {
            let time = times.get(entry).copied().unwrap_or_default() as u64;
            spans.events.span.push(span);
            spans.events.time.push(match self.layout.event_time {
                EventTime::SinceStart(_) => spans.start[span as usize].wrapping_add(time),
                EventTime::Unix(_) => time,
            });
            let name = value.at(entry).map_or(StrId::EMPTY, |at| words.get(at, &mut spans.dictionary));
            spans.events.name.push(name);
        }
        Ok(rows)
    }

    /// Builds the links; returns the row of each entry.
    pub(super) fn links(
        &mut self,
        trace: usize,
        span: usize,
        of_span: RowOf<'_>,
        spans: &mut Spans,
    ) -> Result<Vec<u32>, ParquetFault> {
        let (traces, ids) = (self.columns.nested(trace)?, self.columns.nested(span)?);
        self.check_children(span, &ids, trace, &traces)?;
        let (places, rows) = children(&ids, of_span);
        let (mut trace_of, mut span_of) = (ValueOf::new(&traces), ValueOf::new(&ids));
        if self.projection.everything {
            let entries = entries(&places);
            let entries = (&entries[..], ids.len);
            spans.links.extras = extras::links(self.columns, self.layout, entries, &mut spans.dictionary)?;
        }
        for (entry, span) in places {
            spans.links.span.push(span);
            spans.links.trace_id.push(trace_of.at(entry).map_or(TraceId(0), |at| trace_id(&traces, at)));
            spans.links.span_id.push(span_of.at(entry).map_or(SpanId::NONE, |at| span_id(&ids, at)));
        }
        Ok(rows)
    }

    /// Makes sure that a column of events or links tells of as many spans as there are, and that another one has the same
    /// entries.
    fn check_children(
        &self,
        leaf: usize,
        column: &Column,
        other_leaf: usize,
        other: &Column,
    ) -> Result<(), ParquetFault> {
        let spans = levels::count_below(&column.rep, SPAN + 1);
        self.columns.check(leaf, spans == self.shape.len(), OTHER_SPANS)?;
        let is_alike = column.rep == other.rep && same_values(column, other);
        self.columns.check(other_leaf, is_alike, "has other entries than the columns beside it")
    }
}

/// The repetition level up to which an entry begins another span.
const SPAN: u8 = 3;

/// Finds the entries that are events or links of selected spans, in order of these, and the row that each entry gets.
fn children(column: &Arc<Column>, of_span: RowOf<'_>) -> (Vec<(usize, u32)>, Vec<u32>) {
    let mut places = Vec::new();
    let mut span = u32::MAX;
    for (entry, rep) in column.rep.iter().enumerate() {
        span = span.wrapping_add(u32::from(*rep <= SPAN));
        let is_there = column.def.is_empty() || column.def[entry] == column.max_def;
        if is_there && let Some(row) = of_span.get(span) {
            places.push((entry, row));
        }
    }
    if !places.is_sorted_by_key(|(_, row)| *row) {
        places.sort_by_key(|(_, row)| *row);
    }
    let mut rows = vec![RowOf::NOWHERE; column.len];
    for (row, (entry, _)) in (0..).zip(&places) {
        rows[*entry] = row;
    }
    (places, rows)
}

/// Returns the entries of places.
fn entries(places: &[(usize, u32)]) -> Vec<u32> {
    places.iter().map(|(entry, _)| *entry as u32).collect()
}
