//! Attributes: lists of keys and values, and columns of their own, put together by key.

use std::{collections::BTreeSet, sync::Arc};

use hashbrown::HashMap;
use traceql_grammar::vocab::scopes::Scope;

use crate::{
    model::{
        attributes::{Array, AttributeColumn, Cell},
        dictionary::Dictionary,
    },
    source::parquet::{
        column::{Column, any_above},
        file::{Dictionary as StoredDictionary, ParquetFault},
        levels,
        page::read_dictionaries,
        values::Values,
    },
};

use super::{
    columns::Columns,
    entries::{ValueOf, bools},
    layout::{AttributeValues, Attributes, Layout},
    others,
    words::Words,
};

/// Which attributes of a scope are wanted.
#[derive(Clone, Debug)]
pub(super) enum Wanted<'k> {
    /// Those with these keys.
    Keys(BTreeSet<&'k str>),
    /// All.
    Every,
}

impl Wanted<'_> {
    /// Tells whether an attribute is wanted.
    pub(super) fn has(&self, key: &[u8]) -> bool {
        match self {
            Wanted::Every => true,
            Wanted::Keys(keys) => std::str::from_utf8(key).is_ok_and(|key| keys.contains(key)),
        }
    }
}

/// Where owners of attributes (spans, resources, …) stand in a batch: by their entry, the row of their table.
#[derive(Clone, Copy, Debug)]
pub(super) enum RowOf<'r> {
    /// As they are stored, so many of them.
    Same(u32),
    /// Elsewhere, or nowhere: [`RowOf::NOWHERE`].
    Table(&'r [u32]),
}

impl RowOf<'_> {
    /// Stands for an owner that is left out.
    pub(super) const NOWHERE: u32 = u32::MAX;

    /// Returns how many owners there are.
    pub(super) fn owners(self) -> usize {
        match self {
            RowOf::Same(count) => count as usize,
            RowOf::Table(rows) => rows.len(),
        }
    }

    /// Returns the row of an owner, if it has one.
    #[inline]
    pub(super) fn get(self, entry: u32) -> Option<u32> {
        match self {
            RowOf::Same(count) => (entry < count).then_some(entry),
            RowOf::Table(rows) => rows.get(entry as usize).copied().filter(|row| *row != RowOf::NOWHERE),
        }
    }
}

/// What attributes are read into.
pub(super) struct Target<'t> {
    pub(super) dictionary: &'t mut Dictionary,
    pub(super) arrays: &'t mut Vec<Array>,
    /// Whether values that TraceQL cannot see are wanted too, and arrays of one element as such.
    pub(super) everything: bool,
}

/// An attribute that is wanted: which one, and whose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    /// Its place among all attributes of the list.
    pub(super) attribute: u32,
    /// The row of its owner.
    pub(super) row: u32,
    /// The column that it belongs to.
    pub(super) column: u32,
}

/// Attribute columns in the making; rows may come in any order.
#[derive(Default)]
pub(super) struct Made {
    keys: HashMap<Vec<u8>, u32>,
    columns: Vec<AttributeColumn>,
}

impl Made {
    /// Returns the column of a key.
    pub(super) fn column(&mut self, key: &[u8]) -> u32 {
        if let Some(at) = self.keys.get(key) {
            return *at;
        }
        let at = self.columns.len() as u32;
        self.columns.push(AttributeColumn::new(String::from_utf8_lossy(key)));
        self.keys.insert(key.to_owned(), at);
        at
    }

    /// Sets the value of a row.
    pub(super) fn set(&mut self, column: u32, row: u32, cell: Cell) {
        let column = &mut self.columns[column as usize];
        column.rows.push(row);
        column.cells.push(cell);
    }

    /// Returns the columns with rising rows, each once.
    pub(super) fn finish(mut self) -> Vec<AttributeColumn> {
        for column in &mut self.columns {
            if column.rows.is_sorted_by(|a, b| a < b) {
                continue;
            }
            let mut pairs: Vec<(u32, Cell)> = column.rows.drain(..).zip(column.cells.drain(..)).collect();
            // What comes later replaces what came before.
            pairs.sort_by_key(|(row, _)| *row);
            pairs.into_iter().for_each(|(row, cell)| column.push(row, cell));
        }
        self.columns.retain(|column| !column.rows.is_empty());
        self.columns
    }
}

/// Reads the wanted attributes of a scope.
pub(super) fn attributes(
    columns: &mut Columns<'_>,
    layout: &Layout,
    scope: Scope,
    wanted: &Wanted<'_>,
    rows: RowOf<'_>,
    target: &mut Target<'_>,
) -> Result<Vec<AttributeColumn>, ParquetFault> {
    let mut made = Made::default();
    if let Some(list) = layout.attributes.get(&scope) {
        let (hits, attributes) = hits(columns, list, wanted, rows, &mut made)?;
        if !hits.is_empty() {
            values(columns, list, (hits, attributes), target, &mut made)?;
        }
    }
    let owner = layout.attributes.get(&scope).map_or(0, |list| list.owner);
    for dedicated in layout.dedicated.iter().filter(|dedicated| dedicated.scope == scope) {
        if wanted.has(dedicated.key.as_bytes()) && has_values(columns, dedicated.leaf) {
            let at = made.column(dedicated.key.as_bytes());
            if scope == Scope::Span && columns.is_of_spans(dedicated.leaf) {
                let (column, is_picked) = columns.picked(dedicated.leaf)?;
                let rows = if is_picked { RowOf::Same(columns.picked_len() as u32) } else { rows };
                columns.check(dedicated.leaf, column.len == rows.owners(), OTHER_OWNERS)?;
                own_column(&column, owner, rows, at, target, &mut made);
            } else {
                let column = columns.nested(dedicated.leaf)?;
                let owners = levels::count_below(&column.rep, owner + 1);
                columns.check(dedicated.leaf, owners == rows.owners(), OTHER_OWNERS)?;
                columns.check(dedicated.leaf, are_lists_whole(&column, owner), HOLES)?;
                own_column(&column, owner, rows, at, target, &mut made);
            }
        }
    }
    Ok(made.finish())
}

/// What is wrong with a column that tells of more or fewer spans, resources and the like than there are.
const OTHER_OWNERS: &str = "has attributes of another number of owners than there are";

/// What is wrong with a column that has another number of values than there are keys.
pub(super) const OTHER_ATTRIBUTES: &str = "has another number of entries than the column of keys beside it";

/// What is wrong with a column that lacks elements of arrays.
const HOLES: &str = "has an array without all of its elements";

/// Tells whether all entries of each list have a value, where a list has several; up to `level` a list begins.
fn are_lists_whole(column: &Column, level: u8) -> bool {
    let has_value = |entry: usize| column.def.get(entry).is_none_or(|def| *def == column.max_def);
    let goes_on = |rep: &u8| *rep > level;
    !any_above(&column.rep, level)
        || column
            .rep
            .iter()
            .enumerate()
            .all(|(entry, rep)| !goes_on(rep) || has_value(entry) && entry.checked_sub(1).is_some_and(has_value))
}

/// Tells whether a leaf has any value, as far as the file says.
pub(super) fn has_values(columns: &Columns<'_>, leaf: usize) -> bool {
    let metadata = columns.file().chunk_metadata(columns.group(), leaf);
    let Some(statistics) = metadata.statistics() else { return true };
    // What has bounds has values, whatever the counts say.
    let has_bounds = statistics.min_bytes_opt().is_some() || statistics.max_bytes_opt().is_some();
    let is_empty = |nulls| i64::try_from(nulls).ok() == Some(metadata.num_values());
    has_bounds || !statistics.null_count_opt().is_some_and(is_empty)
}

/// Finds the wanted attributes of a list; tells too how many attributes there are.
fn hits(
    columns: &mut Columns<'_>,
    list: &Attributes,
    wanted: &Wanted<'_>,
    rows: RowOf<'_>,
    made: &mut Made,
) -> Result<(Vec<Hit>, usize), ParquetFault> {
    const NOT: u32 = u32::MAX;
    if !has_values(columns, list.key) {
        return Ok(Default::default());
    }
    let is_wanted = |key: &[u8]| wanted.has(key);
    if let Wanted::Keys(keys) = wanted {
        let chunks = columns.file().chunks(columns.group(), &[list.key])?;
        read_dictionaries(columns.file(), &chunks)?;
        let dictionary = chunks.first().and_then(|chunk| chunk.complete_dictionary());
        let has_some = match dictionary.as_deref() {
            Some(StoredDictionary::Texts(texts)) => texts.iter().any(is_wanted),
            _ => true,
        };
        if keys.is_empty() || !has_some {
            return Ok(Default::default());
        }
    }
    let keys = columns.nested(list.key)?;
    let owners = levels::count_below(&keys.rep, list.owner + 1);
    columns.check(list.key, owners == rows.owners(), OTHER_OWNERS)?;
    // By place in the dictionary: the column that is made of it.
    let known: Vec<u32> = match &keys.values {
        Values::Index(_, texts) => {
            texts.iter().map(|key| if is_wanted(key) { made.column(key) } else { NOT }).collect()
        }
        _ => Vec::new(),
    };
    let of_values: Vec<u32> = match &keys.values {
        Values::Index(indices, _) => indices.iter().map(|index| known[*index as usize]).collect(),
        Values::Texts(texts) => texts.iter().map(|key| if is_wanted(key) { made.column(key) } else { NOT }).collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    let mut owner = u32::MAX;
    let mut hit = |attribute: u32, owner: u32, column: u32| {
        if column != NOT
            && let Some(row) = rows.get(owner)
        {
            found.push(Hit { attribute, row, column });
        }
    };
    if keys.def.is_empty() {
        for (attribute, (rep, column)) in (0..).zip(keys.rep.iter().zip(&of_values)) {
            owner = owner.wrapping_add(u32::from(*rep <= list.owner));
            hit(attribute, owner, *column);
        }
    } else {
        let mut of_values = of_values.iter();
        for (attribute, (rep, def)) in (0..).zip(keys.rep.iter().zip(&keys.def)) {
            owner = owner.wrapping_add(u32::from(*rep <= list.owner));
            if *def == keys.max_def
                && let Some(column) = of_values.next()
            {
                hit(attribute, owner, *column);
            }
        }
    }
    Ok((found, keys.len))
}

/// Reads the values of attributes that were found, of so many that there are.
fn values(
    columns: &mut Columns<'_>,
    list: &Attributes,
    (mut open, attributes): (Vec<Hit>, usize),
    target: &mut Target<'_>,
    made: &mut Made,
) -> Result<(), ParquetFault> {
    let leaves = match list.values {
        AttributeValues::Lists { text, int, float, bool, .. }
        | AttributeValues::Single { text, int, float, bool, .. } => [text, int, float, bool],
        AttributeValues::Encoded(leaf) => return others::encoded(columns, leaf, (&open, attributes), target, made),
    };
    let arrays = match list.values {
        AttributeValues::Lists { is_array, .. } if target.everything => {
            let column = columns.nested(is_array)?;
            columns.check(is_array, column.len == attributes, OTHER_ATTRIBUTES)?;
            bools(&column)
        }
        _ => Vec::new(),
    };
    for leaf in leaves {
        if open.is_empty() {
            break;
        }
        if has_values(columns, leaf) {
            let column = columns.nested(leaf)?;
            let level = list.owner + 1;
            columns.check(leaf, levels::count_below(&column.rep, level + 1) == attributes, OTHER_ATTRIBUTES)?;
            columns.check(leaf, are_lists_whole(&column, level), HOLES)?;
            open = take(&column, list.owner + 1, open, &arrays, target, made);
        }
    }
    others::rest(columns, list.values, (open, attributes), &arrays, target, made)
}

/// Gives hits the values that a column has for them; returns those that it has none for. `arrays` marks the attributes
/// that are arrays even if they have one value.
fn take(
    column: &Arc<Column>,
    level: u8,
    hits: Vec<Hit>,
    arrays: &[bool],
    target: &mut Target<'_>,
    made: &mut Made,
) -> Vec<Hit> {
    // Where each attribute's entries begin, if some have several.
    let starts = any_above(&column.rep, level).then(|| {
        let mut starts: Vec<u32> = Vec::with_capacity(column.len + 1);
        levels::starts(&column.rep, level, &mut starts);
        starts.push(column.len as u32);
        starts
    });
    let mut value = ValueOf::new(column);
    let mut cells = Cells::new(column);
    let mut left = Vec::new();
    for hit in hits {
        let at = hit.attribute as usize;
        let (entry, count) = match &starts {
            None => (at, 1),
            Some(starts) => match (starts.get(at), starts.get(at + 1)) {
                (Some(start), Some(end)) => (*start as usize, (*end - *start) as usize),
                _ => (column.len, 0),
            },
        };
        match value.at(entry) {
            Some(place) => {
                let is_array = count != 1 || arrays.get(at).copied().unwrap_or_default();
                let cell = cells.cell(place..place + count, is_array, target);
                made.set(hit.column, hit.row, cell);
            }
            None => left.push(hit),
        }
    }
    left
}

/// Reads a column that has one attribute only.
fn own_column(column: &Column, owner: u8, rows: RowOf<'_>, at: u32, target: &mut Target<'_>, made: &mut Made) {
    let mut cells = Cells::new(column);
    if !any_above(&column.rep, owner) {
        let mut place = 0;
        for entry in 0..column.len {
            if column.def.is_empty() || column.def[entry] == column.max_def {
                if let Some(row) = rows.get(entry as u32) {
                    made.set(at, row, cells.cell(place..place + 1, false, target));
                }
                place += 1;
            }
        }
        return;
    }
    let (mut number, mut value, mut entry) = (0, 0, 0);
    while entry < column.len {
        let mut end = entry + 1;
        while column.rep.get(end).is_some_and(|rep| *rep > owner) {
            end += 1;
        }
        if column.def.is_empty() || column.def[entry] == column.max_def {
            if let Some(row) = rows.get(number) {
                let is_array = end - entry != 1;
                made.set(at, row, cells.cell(value..value + (end - entry), is_array, target));
            }
            value += end - entry;
        }
        number += 1;
        entry = end;
    }
}

/// Makes cells of values.
struct Cells<'c> {
    values: &'c Values,
    words: Words<'c>,
}

impl<'c> Cells<'c> {
    fn new(column: &'c Column) -> Cells<'c> {
        Cells { values: &column.values, words: Words::of(column) }
    }

    /// Makes a cell of one value, or of an array.
    fn cell(&mut self, range: std::ops::Range<usize>, is_array: bool, target: &mut Target<'_>) -> Cell {
        if !is_array {
            let at = range.start;
            return match self.values {
                Values::Ints(values) => Cell::Int(values.get(at).copied().unwrap_or_default()),
                Values::Floats(values) => Cell::Float(values.get(at).copied().unwrap_or_default()),
                Values::Bools(values) => Cell::Bool(values.get(at).is_some_and(|value| *value != 0)),
                Values::Index(..) | Values::Texts(_) => Cell::Str(self.words.get(at, target.dictionary)),
            };
        }
        let array = match self.values {
            Values::Ints(values) => Array::Int(values.get(range).unwrap_or_default().to_vec()),
            Values::Floats(values) => Array::Float(values.get(range).unwrap_or_default().to_vec()),
            Values::Bools(values) => {
                Array::Bool(values.get(range).unwrap_or_default().iter().map(|value| *value != 0).collect())
            }
            Values::Index(..) | Values::Texts(_) => {
                Array::Str(range.map(|at| self.words.get(at, target.dictionary)).collect())
            }
        };
        target.arrays.push(array);
        Cell::Array(target.arrays.len() as u32 - 1)
    }
}
