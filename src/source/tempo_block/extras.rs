//! What spans, events, links, resources and scopes hold that only copies of them need.
//!
//! No version keeps OTLP's flags or the addresses of conventions; vParquet3 keeps no counts of attributes that were left
//! out of resources and scopes.

use crate::{
    model::{
        batch::Spans,
        dictionary::{Dictionary, StrId},
        extras::{EventExtras, LinkExtras, OriginExtras, SpanExtras},
    },
    source::parquet::file::ParquetFault,
};

use super::{
    columns::Columns,
    entries::{ValueOf, ints},
    layout::Layout,
    shape::Shape,
    words::Words,
};

/// Reads what else the spans at `entries` hold, or all that the rows have.
pub(super) fn spans(
    columns: &mut Columns<'_>,
    layout: &Layout,
    shape: &Shape,
    entries: Option<&[u32]>,
    dictionary: &mut Dictionary,
) -> Result<Vec<SpanExtras>, ParquetFault> {
    let extras = layout.extras;
    let all: Vec<u32>;
    let entries = match entries {
        Some(entries) => entries,
        None => {
            all = (0..shape.len() as u32).collect();
            &all
        }
    };
    let of_all = (entries, shape.len());
    let states = texts(columns, extras.trace_state, of_all, dictionary)?;
    let attributes = counts(columns, extras.dropped_attributes, of_all)?;
    let events = counts(columns, extras.dropped_events, of_all)?;
    let links = counts(columns, extras.dropped_links, of_all)?;
    let rows = (0..entries.len()).map(|row| SpanExtras {
        trace_state: states.get(row).copied().unwrap_or(StrId::EMPTY),
        flags: 0,
        dropped_attributes: attributes.get(row).copied().unwrap_or_default(),
        dropped_events: events.get(row).copied().unwrap_or_default(),
        dropped_links: links.get(row).copied().unwrap_or_default(),
    });
    Ok(rows.collect())
}

/// Reads what else the events at `entries` hold.
pub(super) fn events(
    columns: &mut Columns<'_>,
    layout: &Layout,
    entries: Entries<'_>,
) -> Result<Vec<EventExtras>, ParquetFault> {
    let dropped = counts(columns, layout.extras.event_dropped_attributes, entries)?;
    let rows = (0..entries.0.len())
        .map(|row| EventExtras { dropped_attributes: dropped.get(row).copied().unwrap_or_default() });
    Ok(rows.collect())
}

/// Reads what else the links at `entries` hold.
pub(super) fn links(
    columns: &mut Columns<'_>,
    layout: &Layout,
    entries: Entries<'_>,
    dictionary: &mut Dictionary,
) -> Result<Vec<LinkExtras>, ParquetFault> {
    let states = texts(columns, layout.extras.link_trace_state, entries, dictionary)?;
    let dropped = counts(columns, layout.extras.link_dropped_attributes, entries)?;
    let rows = (0..entries.0.len()).map(|row| LinkExtras {
        trace_state: states.get(row).copied().unwrap_or(StrId::EMPTY),
        flags: 0,
        dropped_attributes: dropped.get(row).copied().unwrap_or_default(),
    });
    Ok(rows.collect())
}

/// Reads what else the resources and the scopes hold.
pub(super) fn origins(columns: &mut Columns<'_>, layout: &Layout, spans: &mut Spans) -> Result<(), ParquetFault> {
    let mut read = |leaf: Option<usize>, rows: usize| {
        let entries: Vec<u32> = (0..rows as u32).collect();
        let dropped = counts(columns, leaf, (&entries, rows))?;
        let extras = (0..rows).map(|row| OriginExtras {
            dropped_attributes: dropped.get(row).copied().unwrap_or_default(),
            schema_url: StrId::EMPTY,
        });
        Ok(extras.collect())
    };
    spans.resources.extras = read(layout.extras.resource_dropped_attributes, spans.resources.service.len())?;
    spans.scopes.extras = read(layout.extras.scope_dropped_attributes, spans.scopes.name.len())?;
    Ok(())
}

/// Some entries of columns, and how many entries these have.
type Entries<'e> = (&'e [u32], usize);

/// Reads numbers of entries; none where a version has no column of them.
fn counts(
    columns: &mut Columns<'_>,
    leaf: Option<usize>,
    (entries, all): Entries<'_>,
) -> Result<Vec<u32>, ParquetFault> {
    let Some(leaf) = leaf else { return Ok(Vec::new()) };
    let column = columns.nested(leaf)?;
    columns.check(leaf, column.len == all, OTHER_ENTRIES)?;
    Ok(ints(&column, Some(entries), 0).into_iter().map(|count| count as u32).collect())
}

/// Reads texts of entries; none where a version has no column of them.
fn texts(
    columns: &mut Columns<'_>,
    leaf: Option<usize>,
    (entries, all): Entries<'_>,
    dictionary: &mut Dictionary,
) -> Result<Vec<StrId>, ParquetFault> {
    let Some(leaf) = leaf else { return Ok(Vec::new()) };
    let column = columns.nested(leaf)?;
    columns.check(leaf, column.len == all, OTHER_ENTRIES)?;
    // Values are found going forward, and spans stand in the order of their tree.
    let (mut words, mut value) = (Words::of(&column), ValueOf::new(&column));
    let all: Vec<StrId> =
        (0..column.len).map(|entry| value.at(entry).map_or(StrId::EMPTY, |at| words.get(at, dictionary))).collect();
    Ok(entries.iter().map(|entry| all.get(*entry as usize).copied().unwrap_or(StrId::EMPTY)).collect())
}

/// What is wrong with a column that has more or fewer entries than those beside it.
const OTHER_ENTRIES: &str = "has another number of entries than the columns beside it";
