//! Attribute columns turned by a quarter, so that all attributes of a row are found at once.

use rayon::prelude::*;

use super::{
    attributes::{AttributeColumn, Cell},
    gather::Place,
};

/// The attributes of one kind of rows (spans, resources, scopes, events or links) in several tables, which need not have
/// the same keys.
///
/// Copying rows out of it takes time for the attributes that these rows have, however many columns and tables there are.
pub(super) struct AttributesByRow<'t> {
    /// The keys of all tables, in order, each once.
    keys: Vec<&'t str>,
    tables: Vec<Table<'t>>,
}

/// The attributes of one table.
struct Table<'t> {
    /// For each column the number of its key.
    keys: Vec<u32>,
    rows: RowAttributes<'t>,
}

/// The attributes of one kind of rows in one table, row by row.
pub(crate) struct RowAttributes<'t> {
    columns: &'t [AttributeColumn],
    /// Where the cells of each row begin in `cells`, and where those of the last one end.
    starts: Vec<usize>,
    /// The column of each cell, and where it stands there.
    cells: Vec<(u32, u32)>,
}

impl<'t> AttributesByRow<'t> {
    /// Turns the columns of several tables; each comes with the number of its rows.
    pub(super) fn new(tables: &[(&'t [AttributeColumn], usize)]) -> AttributesByRow<'t> {
        let columns = tables.iter().flat_map(|(columns, _)| *columns);
        let mut keys: Vec<&str> = columns.map(|column| &*column.key).collect();
        keys.sort_unstable();
        keys.dedup();
        let tables = tables.par_iter().map(|(columns, rows)| Table::new(columns, *rows, &keys)).collect();
        AttributesByRow { keys, tables }
    }

    /// Copies the attributes of the rows at `places`, in their order. `copy` makes of a cell of a table what stands for
    /// it in the copy. The columns are in order of their keys and have values.
    pub(super) fn gather(&self, places: &[Place], mut copy: impl FnMut(u32, Cell) -> Cell) -> Vec<AttributeColumn> {
        let mut gathered: Vec<(u32, AttributeColumn)> = Vec::new();
        // For each key how many columns there are up to its own; 0 before it has one.
        let mut made = vec![0; self.keys.len()];
        for (row, place) in (0..).zip(places) {
            let table = &self.tables[place.table as usize];
            for (column, cell) in table.rows.cells(place.row) {
                let key = table.keys[column as usize];
                let made = &mut made[key as usize];
                if *made == 0 {
                    gathered.push((key, AttributeColumn::new(self.keys[key as usize])));
                    *made = gathered.len();
                }
                gathered[*made - 1].1.push(row, copy(place.table, cell));
            }
        }
        gathered.sort_unstable_by_key(|(key, _)| *key);
        gathered.into_iter().map(|(_, column)| column).collect()
    }
}

impl<'t> Table<'t> {
    fn new(columns: &'t [AttributeColumn], rows: usize, all_keys: &[&str]) -> Table<'t> {
        let number = |column: &AttributeColumn| all_keys.partition_point(|key| *key < &*column.key) as u32;
        Table { keys: columns.iter().map(number).collect(), rows: RowAttributes::new(columns, rows) }
    }
}

impl<'t> RowAttributes<'t> {
    /// Turns the columns of a table with so many rows.
    pub(crate) fn new(columns: &'t [AttributeColumn], rows: usize) -> RowAttributes<'t> {
        if columns.is_empty() {
            return RowAttributes { columns, starts: Vec::new(), cells: Vec::new() };
        }
        // How many cells each row has, then where they end, then, while they are put into their places from the last to
        // the first, where they begin.
        let mut starts = vec![0; rows + 1];
        columns.iter().flat_map(|column| &column.rows).for_each(|row| starts[*row as usize] += 1);
        let mut count = 0;
        for start in &mut starts {
            count += *start;
            *start = count;
        }
        let mut cells = vec![(0, 0); count];
        for (number, column) in columns.iter().enumerate().rev() {
            for (at, row) in (0..).zip(&column.rows) {
                let start = &mut starts[*row as usize];
                *start -= 1;
                cells[*start] = (number as u32, at);
            }
        }
        RowAttributes { columns, starts, cells }
    }

    /// Returns the keys and values of a row, in the order of the columns.
    pub(crate) fn row(&self, row: u32) -> impl Iterator<Item = (&'t str, Cell)> {
        self.cells(row).map(|(column, cell)| (&*self.columns[column as usize].key, cell))
    }

    /// Returns the values of a row, each with the number of its column.
    pub(crate) fn cells(&self, row: u32) -> impl Iterator<Item = (u32, Cell)> + '_ {
        let cells = match self.starts.get(row as usize..row as usize + 2) {
            Some([start, end]) => &self.cells[*start..*end],
            _ => &[],
        };
        cells.iter().map(|(column, at)| (*column, self.columns[*column as usize].cells[*at as usize]))
    }
}
