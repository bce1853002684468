//! Numbers the values that a field has in a table.

use hashbrown::HashMap;
use traceql_grammar::{
    value::{Kind, Status},
    vocab::intrinsics::Intrinsic,
};

use crate::{
    exec::{
        intrinsic::Storage,
        view::{At, Resource, Source},
    },
    model::{
        attributes::{AttributeColumn, Cell},
        batch::Spans,
        dictionary::StrId,
        operand::Operand,
    },
    plan::FieldId,
};

use super::{key::Key, table::Table};

/// Distinct values in the order in which they came. Texts of the table's dictionary are known by their ids and never
/// hashed; one value may have two numbers if it came both as an id and as text.
pub(in crate::exec) struct Numbering<'a> {
    spans: &'a Spans,
    pub(in crate::exec) values: Vec<Operand<'a>>,
    /// By text: one more than its number, 0 if it has none.
    texts: Vec<u32>,
    /// The texts that have numbers.
    numbered: Vec<StrId>,
    /// The same for whole numbers from 0 up to [`SMALL`].
    small: Vec<u32>,
    others: HashMap<Key<'a>, u32>,
}

/// Below this whole numbers are looked up by themselves: counts, status codes, ports of databases.
const SMALL: i64 = 1 << 13;

impl<'a> Numbering<'a> {
    pub(in crate::exec) fn new(spans: &'a Spans) -> Numbering<'a> {
        Numbering {
            spans,
            values: Vec::new(),
            texts: vec![0; spans.dictionary.len()],
            numbered: Vec::new(),
            small: vec![0; SMALL as usize],
            others: HashMap::new(),
        }
    }

    /// Forgets all values, and goes on with those of other spans.
    pub(in crate::exec) fn restart(&mut self, spans: &'a Spans) {
        self.numbered.drain(..).for_each(|id| self.texts[id.0 as usize] = 0);
        for value in self.values.drain(..) {
            if let Operand::Int(n @ 0..SMALL) = value {
                self.small[n as usize] = 0;
            }
        }
        self.others.clear();
        self.spans = spans;
        self.texts.resize(spans.dictionary.len(), 0);
    }

    fn add(&mut self, value: Operand<'a>) -> u32 {
        self.values.push(value);
        self.values.len() as u32 - 1
    }

    /// Returns the number of a text.
    #[inline]
    pub(in crate::exec) fn text(&mut self, id: StrId) -> u32 {
        match self.texts[id.0 as usize] {
            0 => {
                let number = self.add(Operand::Str(self.spans.dictionary.get(id)));
                self.texts[id.0 as usize] = number + 1;
                self.numbered.push(id);
                number
            }
            known => known - 1,
        }
    }

    /// Returns the number of an attribute's value.
    #[inline]
    pub(in crate::exec) fn cell(&mut self, cell: Cell) -> u32 {
        match cell {
            Cell::Str(id) => self.text(id),
            cell => self.value(Operand::from_cell(cell, self.spans)),
        }
    }

    /// Returns the number of a value.
    #[inline]
    pub(in crate::exec) fn value(&mut self, value: Operand<'a>) -> u32 {
        match value {
            Operand::Int(n @ 0..SMALL) => match self.small[n as usize] {
                0 => {
                    let number = self.add(value);
                    self.small[n as usize] = number + 1;
                    number
                }
                known => known - 1,
            },
            value => self.hashed(value),
        }
    }

    fn hashed(&mut self, value: Operand<'a>) -> u32 {
        let next = self.values.len() as u32;
        let number = *self.others.entry(Key(value)).or_insert(next);
        if number == next {
            self.values.push(value);
        }
        number
    }

    /// Returns the number of the attribute's value in each row of a small table, such as that of the resources.
    pub(super) fn column(&mut self, column: Option<&AttributeColumn>, rows: usize) -> Vec<u32> {
        let absent = self.value(Operand::Absent);
        let mut numbers = vec![absent; rows];
        if let Some(column) = column {
            for (row, cell) in column.rows.iter().zip(&column.cells) {
                numbers[*row as usize] = self.cell(*cell);
            }
        }
        numbers
    }

    /// Returns the number of each resource's value.
    pub(super) fn resources(&mut self, resource: Resource<'_>) -> Vec<u32> {
        let services = &self.spans.resources.service;
        match resource {
            Resource::Service => services.iter().map(|id| self.text(*id)).collect(),
            Resource::Column(column) => self.column(column, services.len()),
        }
    }
}

impl<'a> Numbering<'a> {
    /// Calls `visit` with the place of each measured span and the number of the intrinsic's value.
    pub(super) fn intrinsic(&mut self, table: &Table<'a>, intrinsic: Intrinsic, mut visit: impl FnMut(usize, u32)) {
        let (view, spans) = (&table.view, table.spans());
        match view.storage(intrinsic) {
            Storage::Texts(texts) => table.each(|at, row| visit(at, self.text(texts[row as usize]))),
            Storage::Statuses => {
                let numbers = Status::ALL.map(|status| self.value(Operand::Status(status)));
                table.each(|at, row| visit(at, numbers[spans.status[row as usize] as usize]));
            }
            Storage::Kinds => {
                let numbers = Kind::ALL.map(|kind| self.value(Operand::Kind(kind)));
                table.each(|at, row| visit(at, numbers[spans.kind[row as usize] as usize]));
            }
            Storage::LibraryTexts(texts) => {
                let numbers: Vec<u32> = texts.iter().map(|id| self.text(*id)).collect();
                table.each(|at, row| visit(at, numbers[spans.scope[row as usize] as usize]));
            }
            Storage::Traces => {
                // The same for all spans of a trace, which stand together; loose spans have no trace to compare by.
                let mut last = None;
                table.each(|at, row| {
                    let trace = view.trace_of(row);
                    let number = match last {
                        Some((of, number)) if trace == Some(of) => number,
                        _ => self.value(view.intrinsic(intrinsic, At::row(row))),
                    };
                    last = trace.map(|trace| (trace, number));
                    visit(at, number);
                });
            }
            Storage::Durations | Storage::EventTexts(_) | Storage::Events | Storage::Links | Storage::Spans => {
                table.each(|at, row| visit(at, self.value(view.intrinsic(intrinsic, At::row(row)))));
            }
        }
    }
}

/// Returns the number of the field's value for each measured span, and the values.
pub(super) fn number<'a>(table: &Table<'a>, field: FieldId) -> (Vec<u32>, Vec<Operand<'a>>) {
    let (view, spans) = (&table.view, table.spans());
    let mut numbering = Numbering::new(spans);
    let bound = view.bound(field);
    let is_column = !bound.of_parent && !view.has_namesakes(field);
    let numbers = match &bound.source {
        Source::Intrinsic(intrinsic) if is_column => {
            let mut numbers = Vec::with_capacity(table.len());
            numbering.intrinsic(table, *intrinsic, |_, number| numbers.push(number));
            numbers
        }
        Source::Span(column) if is_column => {
            let absent = numbering.value(Operand::Absent);
            override_by(table, *column, vec![absent; table.len()], &mut numbering)
        }
        Source::Resource(resource) if is_column => {
            let numbers = numbering.resources(*resource);
            by_row(table, |row| numbers[spans.resource[row as usize] as usize])
        }
        Source::Any(column, resource) if is_column => {
            let numbers = numbering.resources(*resource);
            let of_resources = by_row(table, |row| numbers[spans.resource[row as usize] as usize]);
            override_by(table, *column, of_resources, &mut numbering)
        }
        Source::Scope(column) if is_column && !spans.scope.is_empty() => {
            let numbers = numbering.column(*column, spans.scopes.name.len());
            by_row(table, |row| numbers[spans.scope[row as usize] as usize])
        }
        _ => by_row(table, |row| numbering.value(view.value_or_namesake(field, At::row(row)))),
    };
    (numbers, numbering.values)
}

fn by_row(table: &Table<'_>, mut number: impl FnMut(u32) -> u32) -> Vec<u32> {
    let mut numbers = Vec::with_capacity(table.len());
    table.each(|_, row| numbers.push(number(row)));
    numbers
}

fn override_by<'a>(
    table: &Table<'a>,
    column: Option<&'a AttributeColumn>,
    mut numbers: Vec<u32>,
    numbering: &mut Numbering<'a>,
) -> Vec<u32> {
    if let Some(column) = column {
        table.each_of(&column.rows, |at, there| {
            let cell = column.cells[there];
            if !cell.is_absent() {
                numbers[at] = numbering.cell(cell);
            }
        });
    }
    numbers
}
