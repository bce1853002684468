//! What `compare` counts the values of: every attribute of spans, resources and libraries, and some intrinsics.

use traceql_grammar::{
    query::{Field, FieldKey},
    vocab::{intrinsics::Intrinsic, scopes::Scope},
};

use crate::{
    exec::view::Resource,
    model::{
        attributes::{AttributeColumn, Cell},
        batch::SERVICE_NAME,
        intrinsic_facts::{IntrinsicFacts, facts, intrinsics},
        operand::Operand,
        quirks::{compared_absences, compares_absence},
    },
};

use super::{number::Numbering, table::Table};

/// Something that spans have values of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Attribute<'a> {
    Intrinsic(Intrinsic),
    /// In one scope, never in [`Scope::Any`].
    Key(Scope, &'a str),
}

/// Reads as the attribute's label does.
impl std::fmt::Display for Attribute<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Attribute::Intrinsic(intrinsic) => Field::intrinsic(*intrinsic).fmt(f),
            Attribute::Key(scope, key) => Field::attribute(*scope, *key).fmt(f),
        }
    }
}

impl<'a> Attribute<'a> {
    /// Returns what a field of a query is called here.
    pub(super) fn of(field: &'a Field) -> Option<Attribute<'a>> {
        match &field.key {
            _ if field.of_parent => None,
            FieldKey::Intrinsic(intrinsic) => {
                facts(*intrinsic).is_compared().then_some(Attribute::Intrinsic(*intrinsic))
            }
            FieldKey::Attribute(scope @ (Scope::Span | Scope::Resource | Scope::Instrumentation), key) => {
                Some(Attribute::Key(*scope, key))
            }
            FieldKey::Attribute(..) | FieldKey::Parent => None,
        }
    }

    /// Tells whether all spans of a resource share the value.
    pub(super) fn is_of_resource(self) -> bool {
        matches!(self, Attribute::Key(Scope::Resource, _))
    }

    /// Lists the attributes that have columns in a table, with these.
    pub(super) fn columns(table: &Table<'a>) -> impl Iterator<Item = (Attribute<'a>, &'a AttributeColumn)> {
        let spans = table.spans();
        let scopes = [
            (Scope::Span, &spans.attributes),
            (Scope::Resource, &spans.resources.attributes),
            (Scope::Instrumentation, &spans.scopes.attributes),
        ];
        scopes
            .into_iter()
            .flat_map(|(scope, columns)| columns.iter().map(move |column| (Attribute::Key(scope, &column.key), column)))
    }

    /// Tells whether it is an attribute of the spans themselves.
    pub(super) fn is_of_span(self) -> bool {
        matches!(self, Attribute::Key(Scope::Span, _))
    }

    /// Tells whether spans count although there is no column.
    pub(super) fn is_always_counted(self) -> bool {
        match self {
            Attribute::Intrinsic(_) | Attribute::Key(Scope::Resource, SERVICE_NAME) => true,
            Attribute::Key(scope, key) => compares_absence(scope, key),
        }
    }

    /// Lists what is counted whether or not it has columns.
    pub(super) fn always() -> impl Iterator<Item = Attribute<'a>> {
        let own = compared_absences().map(|(scope, key)| Attribute::Key(scope, key));
        intrinsics(IntrinsicFacts::is_compared).map(Attribute::Intrinsic).chain(own)
    }

    /// Calls `visit` with the place and the number of the value of each measured span that has one; `numbering` knows no
    /// values yet.
    ///
    /// What is absent counts as a value only of attributes with a column of their own in Tempo. Arrays, and values that
    /// TraceQL cannot hold, count as absent values, as they do in Tempo.
    pub(super) fn each(
        self,
        table: &Table<'a>,
        column: Option<&'a AttributeColumn>,
        numbering: &mut Numbering<'a>,
        mut visit: impl FnMut(usize, u32),
    ) {
        let spans = table.spans();
        let absent = numbering.value(Operand::Absent);
        match self {
            Attribute::Key(Scope::Resource, SERVICE_NAME) => {
                let numbers = numbering.resources(Resource::Service);
                table.each(|at, row| visit(at, numbers[spans.resource[row as usize] as usize]));
            }
            Attribute::Key(scope @ (Scope::Resource | Scope::Instrumentation), key) => {
                let (rows, owners) = match scope {
                    Scope::Resource => (spans.resources.service.len(), &spans.resource),
                    _ => (spans.scopes.name.len(), &spans.scope),
                };
                let mut numbers: Vec<Option<u32>> = vec![compares_absence(scope, key).then_some(absent); rows];
                if let Some(column) = column {
                    for (row, cell) in column.rows.iter().zip(&column.cells) {
                        numbers[*row as usize] = Some(number(numbering, *cell, absent));
                    }
                }
                if !owners.is_empty() {
                    table.each(|at, row| numbers[owners[row as usize] as usize].iter().for_each(|n| visit(at, *n)));
                }
            }
            Attribute::Key(scope, key) => {
                let rows = column.map_or(&[][..], |column| &column.rows);
                let cells = column.map_or(&[][..], |column| &column.cells);
                if compares_absence(scope, key) {
                    let mut numbers = vec![absent; table.len()];
                    table.each_of(rows, |at, there| numbers[at] = number(numbering, cells[there], absent));
                    numbers.into_iter().enumerate().for_each(|(at, number)| visit(at, number));
                } else {
                    table.each_of(rows, |at, there| visit(at, number(numbering, cells[there], absent)));
                }
            }
            Attribute::Intrinsic(intrinsic) => numbering.intrinsic(table, intrinsic, visit),
        }
    }
}

fn number(numbering: &mut Numbering<'_>, cell: Cell, absent: u32) -> u32 {
    match cell {
        Cell::Array(_) | Cell::Other(_) => absent,
        cell => numbering.cell(cell),
    }
}
