//! Goes through the traces of a block: what cannot matter is left out, what may matter is looked at, what matters is built.
//!
//! ```text
//! rows of a row group ─► prune: statistics, dictionaries, page indexes
//!   ─► first columns ─► the query picks spans or traces ─► narrow ─► the other columns ─► Batch
//! ```

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashSet},
    ops::Range,
};

use ::parquet::file::statistics::Statistics;

use crate::{
    model::{
        batch::{Batch, Fragment},
        ids::TraceId,
        profile::{Count, SourceProfile, Step, Watch, timed},
        projection::Projection,
        scan::{Picked, Scan, Seen},
    },
    plan::Pruning,
    source::parquet::{file::ParquetFault, page::Pages, picked::PickedEntries, rows::RowSet, values::Values},
};

use super::{
    build::{Built, Select, build, build_fragment},
    columns::Columns,
    ids::trace_id,
    open::{Block, BlockFault},
    prune::Pruner,
    watch::Use,
};

/// Rows of a row group that one thread goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(super) group: usize,
    pub(super) rows: Range<u32>,
}

/// What is wanted of a block.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'w> {
    /// The columns.
    pub(crate) projection: &'w Projection,
    /// What may be left out.
    pub(crate) pruning: Option<&'w Pruning>,
    /// Who decides about the rest; `None` if all spans are handed on as loose ones.
    pub(crate) scan: Option<&'w dyn Scan>,
    /// Traces of which other sources have spans too: theirs are handed on as loose ones.
    pub(crate) shared: &'w HashSet<TraceId>,
    /// Who wants to know what it takes.
    pub(crate) watch: Option<Watch<'w>>,
}

/// Rows below which more windows than one for each thread do not pay.
const FEWEST: u32 = 1 << 10;

/// Rows beyond which a window takes too much memory: traces have some ten spans, spans some hundred bytes.
const MOST: u32 = 1 << 16;

/// Cuts a block into windows for `threads` threads.
///
/// Pages that lie in two windows are decoded twice, so that there are no more of them than threads can share.
pub(crate) fn windows(block: &Block, threads: usize) -> Vec<Window> {
    let groups: Vec<u32> = block.file.row_groups().collect();
    let mut windows = Vec::new();
    for (group, rows) in groups.iter().enumerate() {
        let shares = threads.div_ceil(groups.len()).max(1) as u32;
        let most = rows.div_ceil(shares).clamp(FEWEST, MOST);
        let parts = rows.div_ceil(most).max(1);
        let bound = |part: u32| (u64::from(*rows) * u64::from(part) / u64::from(parts)) as u32;
        windows.extend((0..parts).map(|part| Window { group, rows: bound(part)..bound(part + 1) }));
    }
    windows
}

/// Goes through the rows of a window.
pub(crate) fn scan(
    block: &Block,
    window: &Window,
    wanted: Wanted<'_>,
    sink: &dyn Fn(Fragment),
) -> Result<(), BlockFault> {
    scan_rows(block, window, wanted, sink).map_err(BlockFault::data)
}

fn scan_rows(block: &Block, window: &Window, wanted: Wanted<'_>, sink: &dyn Fn(Fragment)) -> Result<(), ParquetFault> {
    let Block { file, layout, .. } = block;
    let watch = wanted.watch;
    let loose = |columns: &mut Columns<'_>, projection: &Projection| -> Result<(), ParquetFault> {
        let fragment = timed(watch, Step::Rest, || build_fragment(columns, layout, projection))?;
        if let Some(watch) = watch {
            block.tell_use(&columns.leaves().collect(), Use::Answers, watch);
            watch.count(|source| source.spans += fragment.trace.len() as u64);
        }
        timed(watch, Step::Keep, || sink(fragment));
        Ok(())
    };
    let mut rows = RowSet::range(window.rows.clone());
    if !wanted.shared.is_empty() {
        let shared = shared(block, window, wanted.shared)?;
        let mut columns = Columns::new(file, window.group, shared);
        if !columns.rows().is_empty() {
            loose(&mut columns, wanted.projection)?;
        }
        if let Some(watch) = watch {
            watch.block(|block| block.shared += columns.rows().len() as u64);
        }
        rows = rows.minus(columns.rows());
    }
    // What can matter of a trace may be in another source.
    let (rows, pages) = match wanted.scan {
        Some(_) => timed(watch, Step::Prune, || prune(block, window, rows, wanted.pruning, watch))?,
        None => (rows, Pages::new()),
    };
    if let Some(watch) = watch {
        watch.block(|block| block.left += rows.len() as u64);
    }
    let mut columns = Columns::with_pages(file, window.group, rows, pages);
    let Some(scan) = wanted.scan else {
        if !columns.rows().is_empty() {
            loose(&mut columns, wanted.projection)?;
        }
        return Ok(());
    };
    let mut seen = starts(&mut columns, block, window)?;
    if columns.rows().is_empty() {
        scan.whole(Batch::default(), seen);
        return Ok(());
    }
    let mut projection = wanted.projection.clone();
    // Only whole traces know how many children spans have, where the block does not say.
    let counts_children = projection.core.child_count && layout.child_count.is_none();
    projection.core.tree |= counts_children;
    let first = scan.first().filter(|first| !first.core.tree && !counts_children);
    let mut selected = None;
    let mut decided = BTreeSet::new();
    if let Some(first) = first {
        let Built { batch, entries, bounds, .. } =
            timed(watch, Step::First, || build(&mut columns, layout, first, Select::All))?;
        seen.traces = batch.traces.len() as u64;
        seen.spans = batch.spans.len() as u64;
        let picked = timed(watch, Step::Pick, || scan.pick(&batch));
        if let Some(watch) = watch {
            decided = columns.leaves().collect();
            block.tell_use(&decided, Use::Decides, watch);
            watch.count(|source| tell_picked(source, &picked, seen));
        }
        match picked {
            // Where nearly all rows are left, to take them out of what was read costs more than to keep the others.
            Picked::Traces(traces) if is_most(traces.len(), columns.rows()) => {}
            Picked::Traces(traces) => {
                let all = columns.rows().clone();
                let picked = PickedEntries::of_rows(all.clone(), bounds, &traces);
                columns.narrow(narrowed(&all, traces.into_iter()), Some(picked))?;
            }
            Picked::Spans(spans) => {
                let all = columns.rows().clone();
                let spans = entries_of(spans, entries.as_deref());
                let (traces, of_traces) = matched(&spans, &bounds);
                // Only all spans of a trace tell how they hang together.
                let picked = (!projection.core.tree)
                    .then(|| PickedEntries::new(all.clone(), bounds, spans.iter().map(|entry| *entry..*entry + 1)));
                let (rows, spans) = match is_most(traces.len(), &all) {
                    true => (all, spans),
                    false => (narrowed(&all, traces.into_iter()), of_traces),
                };
                columns.narrow(rows, picked)?;
                selected = Some(spans);
            }
        }
    }
    if columns.rows().is_empty() {
        scan.whole(Batch::default(), seen);
        return Ok(());
    }
    let select = selected.as_deref().map_or(Select::All, Select::Entries);
    let Built { batch, left_out, .. } = timed(watch, Step::Rest, || build(&mut columns, layout, &projection, select))?;
    if let Some(watch) = watch {
        let answers = columns.leaves().filter(|leaf| !decided.contains(leaf)).collect();
        block.tell_use(&answers, Use::Answers, watch);
    }
    if first.is_none() {
        seen.traces = batch.traces.len() as u64;
        seen.spans = batch.spans.len() as u64;
        if let Some(watch) = watch {
            watch.count(|source| {
                source.traces += seen.traces;
                source.spans += seen.spans;
            });
        }
    }
    timed(watch, Step::Keep, || scan.whole(batch, seen));
    if !left_out.is_empty() {
        let rows = narrowed(columns.rows(), left_out.into_iter());
        columns.narrow(rows, None)?;
        loose(&mut columns, &projection)?;
    }
    Ok(())
}

/// Tells whether so many rows are most of all.
fn is_most(count: usize, all: &RowSet) -> bool {
    count * 4 >= all.len() * 3
}

/// Finds the rows of a window whose traces other sources have spans of.
fn shared(block: &Block, window: &Window, shared: &HashSet<TraceId>) -> Result<RowSet, ParquetFault> {
    let mut columns = Columns::new(&block.file, window.group, RowSet::range(window.rows.clone()));
    let ids = columns.values_of_rows(block.layout.trace_id)?;
    let rows = window.rows.clone().zip(0..ids.len);
    Ok(RowSet::of(rows.filter(|(_, at)| shared.contains(&trace_id(&ids, *at))).map(|(row, _)| row)))
}

/// Returns the ids of all traces of a block.
pub(crate) fn trace_ids(block: &Block) -> Result<Vec<TraceId>, BlockFault> {
    let mut all = Vec::new();
    for (group, rows) in block.file.row_groups().enumerate() {
        let mut columns = Columns::new(&block.file, group, RowSet::range(0..rows));
        let ids = columns.values_of_rows(block.layout.trace_id).map_err(BlockFault::data)?;
        all.extend((0..ids.len).map(|at| trace_id(&ids, at)));
    }
    Ok(all)
}

/// Finds the rows that can matter; gives the pages too that were unpacked to find them.
fn prune(
    block: &Block,
    window: &Window,
    mut rows: RowSet,
    pruning: Option<&Pruning>,
    watch: Option<Watch<'_>>,
) -> Result<(RowSet, Pages), ParquetFault> {
    let Some(pruning) = pruning else { return Ok((rows, Pages::new())) };
    let (pages, asked) = (RefCell::default(), RefCell::default());
    let pruner = Pruner { file: &block.file, layout: &block.layout, group: window.group, pages, asked };
    let before = rows.len();
    if let Some(range) = pruning.range {
        rows = pruner.times(range, &rows)?;
    }
    let in_time = rows.len();
    let mut by_index = in_time;
    if let Some(condition) = &pruning.condition
        && !rows.is_empty()
    {
        if watch.is_some() {
            // What indexes alone rule out; without anybody to tell it is found on the way.
            rows = pruner.by_index(condition, &rows)?;
            by_index = rows.len();
        }
        rows = pruner.condition(condition, &rows)?;
    }
    if let Some(watch) = watch {
        block.tell_use(&pruner.asked.borrow(), Use::Prunes, watch);
        watch.block(|block| {
            block.by_time += (before - in_time) as u64;
            block.by_index += (in_time - by_index) as u64;
            block.by_pages += (by_index - rows.len()) as u64;
        });
    }
    Ok((rows, pruner.pages.into_inner()))
}

/// Counts what was looked at to pick, and what was picked.
fn tell_picked(source: &mut SourceProfile, picked: &Picked, seen: Seen) {
    source.traces += seen.traces;
    source.spans += seen.spans;
    let block = source.block.get_or_insert_default();
    block.picked = Some(match (picked, block.picked) {
        (Picked::Spans(spans), Some(Count::Spans(before))) => Count::Spans(before + spans.len() as u64),
        (Picked::Spans(spans), _) => Count::Spans(spans.len() as u64),
        (Picked::Traces(traces), Some(Count::Traces(before))) => Count::Traces(before + traces.len() as u64),
        (Picked::Traces(traces), _) => Count::Traces(traces.len() as u64),
    });
}

/// Finds when the spans of a row group start.
fn starts(columns: &mut Columns<'_>, block: &Block, window: &Window) -> Result<Seen, ParquetFault> {
    let leaf = block.layout.start;
    let mut seen = Seen::default();
    if let Some(Statistics::Int64(bounds)) = block.file.statistics(window.group, leaf)?
        && let (Some(first), Some(last)) = (bounds.min_opt(), bounds.max_opt())
        && *first > 0
    {
        seen.starts = Some((*first as u64, *last as u64));
        return Ok(seen);
    }
    if let Values::Ints(starts) = &columns.nested(leaf)?.values {
        let known = starts.iter().map(|start| *start as u64).filter(|start| *start > 0);
        seen.starts = known.clone().min().zip(known.max());
        seen.without_start = starts.iter().filter(|start| **start == 0).count() as u64;
    }
    Ok(seen)
}

/// Returns the rows at some places among the rows.
fn narrowed(rows: &RowSet, places: impl Iterator<Item = u32>) -> RowSet {
    let mut ranges = rows.ranges().iter();
    let (mut before, mut range) = (0, 0..0);
    let at = |place: u32| {
        while place - before >= range.end - range.start {
            before += range.end - range.start;
            range = ranges.next()?.clone();
        }
        Some(range.start + place - before)
    };
    RowSet::of(places.map_while(at))
}

/// Returns the entries that spans are, by their place.
fn entries_of(spans: Vec<u32>, entries: Option<&[u32]>) -> Vec<u32> {
    match entries {
        None => spans,
        Some(entries) => spans.iter().filter_map(|span| entries.get(*span as usize).copied()).collect(),
    }
}

/// Returns the rows that have some of the spans, which are entries, and the entries that these are among those of these
/// rows.
fn matched(spans: &[u32], bounds: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let (mut rows, mut found) = (Vec::new(), Vec::with_capacity(spans.len()));
    let mut of_spans = spans.iter().copied().peekable();
    // How many entries of rows that are left out stand before.
    let mut gone = 0;
    for (row, bounds) in (0..).zip(bounds.windows(2)) {
        let before = found.len();
        while let Some(entry) = of_spans.next_if(|entry| *entry < bounds[1]) {
            found.push(entry - gone);
        }
        if found.len() == before {
            gone += bounds[1] - bounds[0];
        } else {
            rows.push(row);
        }
    }
    (rows, found)
}
