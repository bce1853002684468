//! Looks one trace up: a filter tells whether the block can have it, bounds of ids where, and only its row is read.
//!
//! ```text
//! meta.json ─► filter ─► row groups and pages by the bounds of their ids ─► ids ─► every column of one row
//! ```

use ::parquet::file::{page_index::column_index::ColumnIndexMetaData, statistics::Statistics};

use crate::{
    model::{
        batch::Fragment,
        ids::TraceId,
        projection::Projection,
        trace_id::{Fit, TypedId},
    },
    source::parquet::{file::ParquetFault, rows::RowSet},
};

use super::{
    build::build_fragment,
    columns::Columns,
    ids::trace_id,
    open::{Block, BlockFault, Files, may_hold, read_meta},
};

/// What it took to look a trace up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LookedUp {
    /// How many traces the block has.
    pub(crate) traces: u64,
    /// How many bytes of its files were read.
    pub(crate) bytes: u64,
}

/// Looks a trace up and hands its spans to `sink`, loose.
///
/// If no trace has the whole id, and several begin with the digits, the spans of all that begin with them come with
/// nothing but what loose spans must have: they are told apart, and none is shown.
pub(crate) fn look_up(
    files: &dyn Files,
    typed: TypedId,
    projection: &Projection,
    sink: &dyn Fn(Fragment),
) -> Result<LookedUp, BlockFault> {
    let (meta, of_meta) = read_meta(files)?;
    let (may_be_here, of_filter) = may_hold(files, &meta, typed.whole())?;
    let mut found = LookedUp { traces: meta.traces, bytes: of_meta + of_filter };
    if may_be_here || typed.may_be_prefix() {
        let block = Block::with_meta(files, &meta)?;
        let read = read_fitting(&block, typed, may_be_here, projection, sink);
        found.bytes += block.take_read();
        read.map_err(BlockFault::data)?;
    }
    Ok(found)
}

fn read_fitting(
    block: &Block,
    typed: TypedId,
    may_be_here: bool,
    projection: &Projection,
    sink: &dyn Fn(Fragment),
) -> Result<(), ParquetFault> {
    let groups: Vec<u32> = block.file.row_groups().collect();
    let mut whole = Vec::new();
    if may_be_here {
        for group in 0..groups.len() {
            let rows = can_hold(block, group, typed.whole())?;
            whole.extend(fitting(block, group, rows, |id| id == typed.whole())?);
        }
    }
    // The whole id goes before ids that begin with it.
    if !whole.is_empty() || !typed.may_be_prefix() {
        return whole.iter_mut().try_for_each(|rows| rows.read(block, projection, sink));
    }
    let mut prefixed = Vec::new();
    for (group, rows) in groups.into_iter().enumerate() {
        let fits = |id| typed.fit(id) == Some(Fit::Prefix);
        prefixed.extend(fitting(block, group, RowSet::range(0..rows), fits)?);
    }
    let first = prefixed.first().and_then(|rows| rows.ids.first().copied());
    let is_one = prefixed.iter().flat_map(|rows| &rows.ids).all(|id| Some(*id) == first);
    let names_only = Projection::default();
    let projection = if is_one { projection } else { &names_only };
    prefixed.iter_mut().try_for_each(|rows| rows.read(block, projection, sink))
}

/// Rows of a row group with ids that fit.
struct Fitting<'b> {
    ids: Vec<TraceId>,
    columns: Columns<'b>,
}

impl Fitting<'_> {
    fn read(&mut self, block: &Block, projection: &Projection, sink: &dyn Fn(Fragment)) -> Result<(), ParquetFault> {
        sink(build_fragment(&mut self.columns, &block.layout, projection)?);
        Ok(())
    }
}

/// Finds the rows, of `rows`, with ids that fit; `None` if there are none.
fn fitting(
    block: &Block,
    group: usize,
    rows: RowSet,
    fits: impl Fn(TraceId) -> bool,
) -> Result<Option<Fitting<'_>>, ParquetFault> {
    if rows.is_empty() {
        return Ok(None);
    }
    let mut columns = Columns::new(&block.file, group, rows);
    let column = columns.values_of_rows(block.layout.trace_id)?;
    let ids = (0..column.len).map(|at| trace_id(&column, at));
    let (found, ids): (Vec<u32>, Vec<TraceId>) = columns.rows().iter().zip(ids).filter(|(_, id)| fits(*id)).unzip();
    if found.is_empty() {
        return Ok(None);
    }
    columns.narrow(RowSet::of(found), None)?;
    Ok(Some(Fitting { ids, columns }))
}

/// Finds the rows of a row group that can have an id, by the bounds of the ids in it and in its pages.
///
/// That rows lie in the order of their ids makes bounds narrow; nothing depends on it.
fn can_hold(block: &Block, group: usize, id: TraceId) -> Result<RowSet, ParquetFault> {
    let leaf = block.layout.trace_id;
    let id = id.0.to_be_bytes();
    // A bound that was cut short is one still.
    let lies_within = |least: &[u8], most: &[u8]| least <= &id[..] && &id[..] <= most;
    if let Some(Statistics::ByteArray(bounds)) = block.file.statistics(group, leaf)?
        && let (Some(least), Some(most)) = (bounds.min_bytes_opt(), bounds.max_bytes_opt())
        && !lies_within(least, most)
    {
        return Ok(RowSet::empty());
    }
    let chunks = block.file.chunks(group, &[leaf])?;
    let mut rows = RowSet::empty();
    for chunk in &chunks {
        for (at, page) in chunk.pages.iter().enumerate() {
            let can = match &chunk.bounds {
                Some(ColumnIndexMetaData::BYTE_ARRAY(bounds)) => match (bounds.min_value(at), bounds.max_value(at)) {
                    (Some(least), Some(most)) => lies_within(least, most),
                    _ => !bounds.is_null_page(at),
                },
                _ => true,
            };
            if can {
                rows.push(page.rows.clone());
            }
        }
    }
    Ok(rows)
}
