//! Builds what is answered about one trace.

use traceql_grammar::{query::Field, vocab::intrinsics::Intrinsic};

use crate::{
    model::{
        batch::Trace,
        intrinsic_facts::{Owner, facts},
        operand::Operand,
        result::{Datum, SpanMatch, Spanset, TraceMatch},
    },
    plan::{Exists, Plan, Shown, Test},
};

use super::{
    filter::witness,
    pipeline::Attribute,
    summary::TraceFacts,
    view::{At, Source, View},
};

/// Builds answers about the traces of one batch.
pub(super) struct Answers<'v, 'a> {
    pub(super) plan: &'a Plan,
    pub(super) view: &'v View<'a>,
}

/// What an answer shows of a span beside what it shows of every span.
pub(super) struct ShownValues {
    /// Whether it shows the name.
    pub(super) name: bool,
    /// The other fields, in the query's order.
    pub(super) fields: Vec<(Field, Datum)>,
}

impl Answers<'_, '_> {
    /// Tells what matched in a trace.
    pub(super) fn trace(&self, trace: &Trace, facts: TraceFacts, spansets: Vec<Spanset>) -> TraceMatch {
        TraceMatch {
            id: trace.id,
            root_service: facts.root_service,
            root_name: facts.root_name,
            start: trace.start,
            duration: trace.end.saturating_sub(trace.start),
            services: facts.services,
            spansets,
        }
    }

    /// Builds a spanset with as many spans as are wanted.
    pub(super) fn spanset(&self, rows: &[u32], attributes: &[Attribute<'_>]) -> Spanset {
        let spans = self.view.spans;
        let mut order = rows.to_vec();
        order.sort_by_key(|row| (spans.start[*row as usize], spans.id[*row as usize], *row));
        let limit = self.plan.limits.spans_per_spanset.filter(|limit| *limit > 0).unwrap_or(usize::MAX);
        Spanset {
            matched: rows.len(),
            attributes: attributes.iter().map(|(key, value)| ((*key).to_owned(), value.to_datum())).collect(),
            spans: order.into_iter().take(limit).map(|row| self.span(row)).collect(),
        }
    }

    fn span(&self, row: u32) -> SpanMatch {
        let spans = self.view.spans;
        let shown = self.shown(row);
        SpanMatch {
            id: spans.id[row as usize],
            start: spans.start[row as usize],
            duration: spans.duration[row as usize],
            name: spans.dictionary.get(spans.name[row as usize]).to_owned(),
            shows_name: shown.name,
            attributes: shown.fields,
        }
    }

    /// Returns what the answer shows of a span.
    pub(super) fn shown(&self, row: u32) -> ShownValues {
        let mut values = ShownValues { name: false, fields: Vec::new() };
        for shown in &self.plan.shown {
            let field = &self.plan.fields[shown.field.0 as usize];
            if *field == Field::intrinsic(Intrinsic::Name) {
                values.name = self.shows(shown, row);
                continue;
            }
            values.fields.extend(self.find(shown, row, passing).map(|value| (field.clone(), value)));
        }
        values
    }

    /// Tells whether something of a field is shown.
    pub(super) fn shows(&self, shown: &Shown, row: u32) -> bool {
        self.find(shown, row, |value, shown| passes(value, shown).then_some(())).is_some()
    }

    /// Finds the value of a field that is shown, among those of the events or links that can be.
    fn find<T>(&self, shown: &Shown, row: u32, judge: impl Fn(Operand<'_>, &Shown) -> Option<T>) -> Option<T> {
        let view = self.view;
        let bound = view.bound(shown.field);
        let owner = match &bound.source {
            _ if bound.of_parent => Owner::Span,
            Source::Event(_) => Owner::Event,
            Source::Link(_) => Owner::Link,
            Source::Intrinsic(intrinsic) => facts(*intrinsic).owner,
            Source::Parent | Source::Span(_) | Source::Resource(_) | Source::Any(..) | Source::Scope(_) => Owner::Span,
        };
        match owner {
            Owner::Event => {
                let witness = self.witness(row, |exists| exists.events);
                let events = match witness.and_then(|at| at.event) {
                    Some(event) => event..event + 1,
                    None => view.events(row),
                };
                let at = |event| At { row, event: Some(event), link: None };
                events.rev().find_map(|event| judge(view.value(shown.field, at(event)), shown))
            }
            Owner::Link => {
                let witness = self.witness(row, |exists| exists.links);
                let links = match witness.and_then(|at| at.link) {
                    Some(link) => link..link + 1,
                    None => view.links(row),
                };
                let at = |link| At { row, event: None, link: Some(link) };
                links.rev().find_map(|link| judge(view.value(shown.field, at(link)), shown))
            }
            Owner::Span | Owner::Trace | Owner::Library => judge(view.value(shown.field, At::row(row)), shown),
        }
    }

    /// Finds the event or link that decided, where the query is one filter whose tests hold together.
    fn witness(&self, row: u32, of: impl Fn(&Exists) -> bool) -> Option<At> {
        let test = self.plan.filters.first().filter(|_| self.plan.is_one_filter)?;
        let tests = match test {
            Test::All(tests) => tests.as_slice(),
            test => std::slice::from_ref(test),
        };
        let mut all = tests.iter().filter_map(|test| match test {
            Test::Exists(exists) if of(exists) => Some(exists),
            _ => None,
        });
        match (all.next(), all.next()) {
            (Some(only), None) => witness(self.view, only, row),
            _ => None,
        }
    }
}

/// Tells whether something of a value passes the tests of a shown field.
fn passes(value: Operand<'_>, shown: &Shown) -> bool {
    let Some(tests) = &shown.tests else { return !value.is_absent() || shown.absence };
    let passes = |value: Operand<'_>| tests.iter().flat_map(|pool| pool.iter()).any(|test| test.holds(value));
    match value {
        value if value.is_absent() => shown.absence,
        Operand::Array(elements) => elements.iter().any(passes),
        value => passes(value),
    }
}

/// Returns what of a value passes the tests of a shown field: of an array the elements that do.
fn passing(value: Operand<'_>, shown: &Shown) -> Option<Datum> {
    if value.is_absent() {
        return shown.absence.then_some(Datum::Nil);
    }
    let Some(tests) = &shown.tests else { return Some(value.to_datum()) };
    let passes = |value: Operand<'_>| tests.iter().flat_map(|pool| pool.iter()).any(|test| test.holds(value));
    let Operand::Array(elements) = value else { return passes(value).then(|| value.to_datum()) };
    let mut left: Vec<Datum> = elements.iter().filter(|element| passes(*element)).map(Operand::to_datum).collect();
    match left.len() {
        0 => None,
        1 => left.pop(),
        _ => Some(Datum::Array(left)),
    }
}
