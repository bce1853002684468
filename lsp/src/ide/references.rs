//! References: the places in a file that name the same attribute, intrinsic or function.

use std::ops::Range;

use traceql_grammar::vocab::{functions::Function, intrinsics::Intrinsic, scopes::Scope};

use super::{
    Analysis,
    terms::{Meaning, Term, term_at},
    terms_of,
};

/// A name that queries share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An attribute, of a span or of its parent.
    Attribute(Scope, String),
    /// An intrinsic, of a span or of its parent, however it is spelled: `duration`, `span:duration`.
    Intrinsic(Intrinsic),
    /// A function.
    Function(Function),
}

/// A place of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// Whether it is the subject for certain; else one of the two lacks the scope: `.x` may be `span.x`.
    pub is_certain: bool,
    /// Whether it is a filter of a search form, of which Grafana builds a query.
    pub is_filter: bool,
}

impl Subject {
    /// Returns the subject that a term names.
    pub(super) fn of(term: &Term<'_>) -> Option<Subject> {
        match &term.meaning {
            Meaning::Attribute(attribute) => {
                Some(Subject::Attribute(attribute.scope, attribute.name.as_deref()?.to_owned()))
            }
            Meaning::Intrinsic(intrinsic) => Some(Subject::Intrinsic(*intrinsic)),
            Meaning::Function(function) => Some(Subject::Function(*function)),
            _ => None,
        }
    }

    /// Tells whether a name is the subject: for certain, or perhaps; `None` if it is another one.
    pub(super) fn is_certainly(&self, other: &Subject) -> Option<bool> {
        match (self, other) {
            _ if self == other => Some(true),
            (Subject::Attribute(scope, name), Subject::Attribute(other_scope, other_name)) if name == other_name => {
                // An attribute without a scope is that of the span, or else that of the resource.
                let is_open = |a: &Scope, b: &Scope| *a == Scope::Any && matches!(b, Scope::Span | Scope::Resource);
                (is_open(scope, other_scope) || is_open(other_scope, scope)).then_some(false)
            }
            _ => None,
        }
    }

    /// Returns texts of which every file has one that names the subject; none if nothing can be told.
    pub fn needles(&self) -> Vec<String> {
        match self {
            Subject::Attribute(_, name) => {
                // Other signs are written in many ways, and quotes may stand around a part between points.
                let parts = name.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                let longest = parts.max_by_key(|part| part.len()).filter(|part| !part.is_empty());
                longest.map(str::to_owned).into_iter().collect()
            }
            Subject::Intrinsic(intrinsic) => {
                let row = intrinsic.row();
                let words = row.bare.into_iter().chain(row.scoped.map(|(_, word)| word));
                words.map(str::to_owned).collect()
            }
            Subject::Function(function) => vec![function.row().name.to_owned()],
        }
    }
}

/// Returns the subject at a byte of the file, with its place.
pub fn subject_at(analysis: &Analysis, offset: usize) -> Option<(Subject, Range<usize>)> {
    let query = analysis.query_at(offset)?;
    let terms = terms_of(query.holder, query.found);
    let term = term_at(&terms, query.at)?;
    Some((Subject::of(term)?, query.found.map.to_file(term.span.clone())))
}

/// Returns the places of a subject in a file, in order.
pub fn references(analysis: &Analysis, subject: &Subject) -> Vec<Place> {
    let mut places = written(analysis, subject);
    for (holder, target) in analysis.document().targets() {
        let Some(built) = &target.built else { continue };
        for term in terms_of(holder, built) {
            let Some(is_certain) = Subject::of(&term).and_then(|found| subject.is_certainly(&found)) else { continue };
            let span = built.map.to_file(term.span);
            places.push(Place { span, is_certain, is_filter: true });
        }
    }
    places.sort_by_key(|place| (place.span.start, place.span.end));
    places.dedup();
    places
}

/// Returns the places of a subject in the queries that are written in a file.
pub(super) fn written(analysis: &Analysis, subject: &Subject) -> Vec<Place> {
    let mut places = Vec::new();
    for (holder, _, found) in analysis.written() {
        for term in terms_of(holder, found) {
            let Some(is_certain) = Subject::of(&term).and_then(|found| subject.is_certainly(&found)) else { continue };
            places.push(Place { span: found.map.to_file(term.span), is_certain, is_filter: false });
        }
    }
    places
}
