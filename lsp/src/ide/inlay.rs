//! Inlay hints: types and units that a query does not write.

use std::ops::Range;

use traceql_grammar::{
    query::FieldKey,
    token::{Token, lex},
    value::Type,
    vocab::conventions,
};

use super::{
    Analysis, QueryAt,
    documentation::{convention_type, type_name},
    fields::{field_at, literal_type, values},
    units::Units,
};
use crate::catalog::Catalog;

/// Maximum number of attributes whose values are looked at for their type.
const MOST_LOOKUPS: usize = 50;

/// A few letters beside the text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inlay {
    /// The place, in bytes of the file.
    pub at: usize,
    /// The letters.
    pub label: String,
    /// The kind of letters.
    pub kind: InlayKind,
}

/// The kinds of inlay hints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InlayKind {
    /// The type of an attribute.
    Type,
    /// The unit of a result or a number.
    Unit,
}

/// Returns the types and units that the queries in a part of the file do not write, in order of the file.
///
/// An attribute's type is that of the conventions; of one that they do not know, the type that all its values have.
pub fn inlay(analysis: &Analysis, span: Range<usize>, catalog: &dyn Catalog) -> Vec<Inlay> {
    let mut lookups = 0;
    let mut inlays = Vec::new();
    for (holder, target) in analysis.document().targets() {
        let Some(found) = target.query.as_ref().filter(|found| !found.layers.is_empty()) else { continue };
        if found.span.end < span.start || span.end < found.span.start {
            continue;
        }
        let query = QueryAt { holder, target, found, at: 0 };
        let mut of_query = types(query, catalog, &mut lookups);
        if !found.is_condition {
            of_query.extend(units(analysis, query));
        }
        of_query.sort_by_key(|inlay| inlay.at);
        inlays.extend(of_query);
    }
    inlays.retain(|inlay| span.start <= inlay.at && inlay.at <= span.end);
    inlays
}

/// Returns the types of attributes.
fn types(query: QueryAt<'_>, catalog: &dyn Catalog, lookups: &mut usize) -> Vec<Inlay> {
    let text = &query.found.text;
    let lexemes = lex(text).lexemes;
    let mut inlays = Vec::new();
    for (index, lexeme) in lexemes.iter().enumerate() {
        if !matches!(lexeme.token, Token::Attribute(_)) {
            continue;
        }
        let Some(found) = field_at(text, &lexemes, index) else { continue };
        let FieldKey::Attribute(_, name) = &found.field.key else { continue };
        let ty = match conventions::find(name) {
            Some(row) => Some(convention_type(row.ty)),
            None if *lookups < MOST_LOOKUPS => {
                *lookups += 1;
                let known = values(&found.field, catalog);
                let mut types = known.entries.iter().map(|value| literal_type(&value.literal));
                let first = types.next().filter(|first| types.all(|ty| ty == *first));
                first.filter(|ty| *ty != Type::Any).map(type_name)
            }
            None => None,
        };
        if let Some(ty) = ty {
            let at = query.found.map.to_file(found.span).end;
            inlays.push(Inlay { at, label: format!(": {ty}"), kind: InlayKind::Type });
        }
    }
    inlays
}

/// Returns the units of results and numbers.
fn units(analysis: &Analysis, query: QueryAt<'_>) -> Vec<Inlay> {
    let checked = analysis.check(query);
    let units = Units::of(&checked.query, checked.text());
    // A number in the place of a variable is not there to be read.
    let is_hole = |at: u32| checked.holes().any(|hole| hole.start < at && at <= hole.end);
    let numbers = units.numbers.into_iter().filter(|(span, _)| !is_hole(span.end));
    let all = numbers.map(|(span, unit)| (span, unit.to_owned()));
    let all = all.chain(units.results.into_iter().map(|(span, unit)| (span, format!(": {unit}"))));
    let inlays = all.map(|(span, label)| {
        let at = query.found.map.to_file(span.range()).end;
        Inlay { at, label, kind: InlayKind::Unit }
    });
    inlays.collect()
}
