//! Attribute values: one column for each scope and key.

use super::dictionary::StrId;

/// One attribute value of one row.
///
/// TraceQL cannot see OTLP's bytes, key-value lists, empty and mixed arrays and null, and takes an array of one element
/// for that element. Only where everything was asked for are they cells of their own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// Text, in the batch's dictionary.
    Str(StrId),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// Values of one type: an index into [`super::batch::Spans::arrays`]. Two or more, or one if everything was asked for.
    Array(u32),
    /// A value that TraceQL cannot hold: its text, as [`super::any_value::AnyValue::text`] makes it, if everything was asked
    /// for, else the empty text of [`Cell::UNHELD`].
    Other(StrId),
}

impl Cell {
    /// A value that TraceQL cannot hold, of which only is known that it is there.
    pub const UNHELD: Cell = Cell::Other(StrId::EMPTY);

    /// Tells whether TraceQL takes the value for absent.
    #[inline]
    pub fn is_absent(self) -> bool {
        matches!(self, Cell::Other(_))
    }
}

/// The elements of an array, all of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// Texts.
    Str(Vec<StrId>),
    /// Whole numbers.
    Int(Vec<i64>),
    /// Numbers with a fraction.
    Float(Vec<f64>),
    /// Truth values.
    Bool(Vec<bool>),
}

/// The values of one key in one table (spans, resources, scopes, events or links).
#[derive(Clone, Debug, Default)]
pub struct AttributeColumn {
    /// The attribute's key, without scope.
    pub key: Box<str>,
    /// The rows that have the attribute, rising, each once.
    pub rows: Vec<u32>,
    /// The value of each of `rows`.
    pub cells: Vec<Cell>,
}

impl AttributeColumn {
    /// Makes an empty column.
    pub fn new(key: impl Into<Box<str>>) -> AttributeColumn {
        AttributeColumn { key: key.into(), rows: Vec::new(), cells: Vec::new() }
    }

    /// Adds the value of a row that is not below the last one; a row's later value replaces its earlier one, but for
    /// [`Cell::UNHELD`], which replaces none.
    pub fn push(&mut self, row: u32, cell: Cell) {
        match (self.rows.last(), self.cells.last_mut()) {
            (Some(last), Some(value)) if *last == row => {
                if cell != Cell::UNHELD {
                    *value = cell;
                }
            }
            _ => {
                self.rows.push(row);
                self.cells.push(cell);
            }
        }
    }

    /// Returns the value of `row`.
    pub fn get(&self, row: u32) -> Option<Cell> {
        self.rows.binary_search(&row).ok().map(|at| self.cells[at])
    }
}
