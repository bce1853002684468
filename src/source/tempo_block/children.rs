//! Events and links of a batch.

use std::sync::Arc;

use crate::{
    model::{
        batch::Spans,
        dictionary::StrId,
        ids::{SpanId, TraceId},
    },
    source::parquet::{column::Column, file::ParquetFault},
};

use super::{
    attributes::RowOf,
    build::Builder,
    entries::{ValueOf, ints},
    extras,
    ids::{span_id, trace_id},
    layout::EventTime,
    words::Words,
};

impl Builder<'_, '_> {
    /// Builds the events; returns the row of each entry.
    pub(super) fn events(&mut self, of_span: RowOf<'_>, spans: &mut Spans) -> Result<Vec<u32>, ParquetFault> {
        let names = self.columns.nested(self.layout.event_name)?;
        let (places, rows) = children(&names, of_span);
        let (EventTime::SinceStart(leaf) | EventTime::Unix(leaf)) = self.layout.event_time;
        let times = ints(&*self.columns.nested(leaf)?, None, 0);
        let (mut words, mut value) = (Words::of(&names), ValueOf::new(&names));
        if self.projection.everything {
            spans.events.extras = extras::events(self.columns, self.layout, &entries(&places))?;
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
        let (places, rows) = children(&ids, of_span);
        let (mut trace_of, mut span_of) = (ValueOf::new(&traces), ValueOf::new(&ids));
        if self.projection.everything {
            let entries = entries(&places);
            spans.links.extras = extras::links(self.columns, self.layout, &entries, &mut spans.dictionary)?;
        }
        for (entry, span) in places {
            spans.links.span.push(span);
            spans.links.trace_id.push(trace_of.at(entry).map_or(TraceId(0), |at| trace_id(&traces, at)));
            spans.links.span_id.push(span_of.at(entry).map_or(SpanId::NONE, |at| span_id(&ids, at)));
        }
        Ok(rows)
    }
}

/// Finds the entries that are events or links of selected spans, in order of these, and the row that each entry gets.
fn children(column: &Arc<Column>, of_span: RowOf<'_>) -> (Vec<(usize, u32)>, Vec<u32>) {
    let mut places = Vec::new();
    let mut span = u32::MAX;
    for (entry, rep) in column.rep.iter().enumerate() {
        span = span.wrapping_add(u32::from(*rep <= 3));
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
