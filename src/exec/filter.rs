//! Answers the tests of a filter for all spans at once, as far as columns allow.

use std::cmp::Ordering;

use traceql_grammar::{
    ops::CompareOp,
    value::{Kind, Status, Value},
};

use crate::{
    model::{
        attributes::{AttributeColumn, Cell},
        batch::Spans,
        dictionary::StrId,
        operand::{Operand, by_order},
    },
    plan::{Exists, Leaf, LeafTest, Test},
};

use super::{
    bitmap::Bitmap,
    eval::eval,
    intrinsic::Storage,
    view::{At, Resource, Source, View},
};

/// Finds the spans for which a test says yes, all or `among` some.
pub(super) fn select(view: &View<'_>, test: &Test, among: Option<&Bitmap>) -> Bitmap {
    let len = view.spans.len();
    let all = || among.cloned().unwrap_or_else(|| Bitmap::full(len));
    match test {
        Test::Constant(true) => all(),
        Test::Constant(false) => Bitmap::empty(len),
        Test::All(tests) => {
            // Tests stand in order of cost: dear ones see only what the cheap ones left.
            let mut left = among.cloned();
            for test in tests {
                let kept = select(view, test, left.as_ref());
                if kept.is_empty() {
                    return kept;
                }
                left = Some(kept);
            }
            left.unwrap_or_else(|| Bitmap::full(len))
        }
        Test::Any(tests) => {
            let mut found = Bitmap::empty(len);
            let mut open = among.cloned();
            for test in tests {
                let more = select(view, test, open.as_ref());
                if !more.is_empty() {
                    open = Some(open.unwrap_or_else(|| Bitmap::full(len)).minus(&more));
                    found = found.or(&more);
                }
            }
            found
        }
        Test::Chain(first, rest) => {
            let mut found = select(view, first, among);
            for (and, test) in rest {
                found = match and {
                    true => select(view, test, Some(&found)),
                    false => {
                        let more = select(view, test, Some(&all().minus(&found)));
                        found.or(&more)
                    }
                };
            }
            found
        }
        Test::Not(inner) => all().minus(&select(view, inner, among)),
        Test::Leaf(leaf) => select_leaf(view, leaf, among),
        Test::Exists(exists) => select_exists(view, exists, among),
        Test::Node(node, wanted) => {
            by_row(len, among, |row| matches!(eval(view, node, At::row(row)), Operand::Bool(b) if b == *wanted))
        }
    }
}

/// Asks for each span, or each of `among`.
fn by_row(len: usize, among: Option<&Bitmap>, holds: impl Fn(u32) -> bool) -> Bitmap {
    let mut found = Bitmap::empty(len);
    let mut ask = |row| {
        if holds(row) {
            found.insert(row);
        }
    };
    match among {
        Some(rows) => rows.rows().for_each(&mut ask),
        None => (0..len as u32).for_each(&mut ask),
    }
    found
}

fn select_leaf(view: &View<'_>, leaf: &Leaf, among: Option<&Bitmap>) -> Bitmap {
    let (spans, test) = (view.spans, &leaf.test);
    let len = spans.len();
    let bound = view.bound(leaf.field);
    let row_by_row = || by_row(len, among, |row| test.holds(view.value(leaf.field, At::row(row))));
    if bound.of_parent {
        return row_by_row();
    }
    let found = match &bound.source {
        Source::Intrinsic(intrinsic) => match (view.storage(*intrinsic), view.batch()) {
            (Storage::Statuses, _) => {
                words(&spans.status, Status::ALL.into_iter().filter(|status| test.holds(Operand::Status(*status))))
            }
            (Storage::Kinds, _) => {
                words(&spans.kind, Kind::ALL.into_iter().filter(|kind| test.holds(Operand::Kind(*kind))))
            }
            (Storage::Durations, _) => durations(&spans.duration, test),
            (Storage::Texts(column), _) => texts(spans, column, test),
            (Storage::Traces, Some(batch)) => {
                let mut found = Bitmap::empty(len);
                for (at, trace) in (0..).zip(&batch.traces) {
                    if test.holds(view.trace_value(*intrinsic, at)) {
                        found.insert_range(trace.rows.start, trace.rows.end);
                    }
                }
                found
            }
            (
                Storage::Traces
                | Storage::LibraryTexts(_)
                | Storage::EventTexts(_)
                | Storage::Events
                | Storage::Links
                | Storage::Spans,
                _,
            ) => return row_by_row(),
        },
        Source::Span(column) => override_by(spans, *column, test, all_or_none(len, test.holds(Operand::Absent))),
        Source::Resource(resource) => resources(view, *resource, test),
        Source::Any(column, resource) => override_by(spans, *column, test, resources(view, *resource, test)),
        Source::Scope(column) if !spans.scope.is_empty() => {
            let answers: Vec<bool> =
                (0..spans.scopes.name.len() as u32).map(|row| test.holds(view.cell(*column, row))).collect();
            Bitmap::of(&spans.scope, |scope| answers[*scope as usize])
        }
        Source::Scope(_) | Source::Parent | Source::Event(_) | Source::Link(_) => return row_by_row(),
    };
    match among {
        Some(among) => found.and(among),
        None => found,
    }
}

/// Finds the rows that have one of the accepted words.
fn words<T: Copy + PartialEq>(column: &[T], accepted: impl Iterator<Item = T>) -> Bitmap {
    // One comparison with a constant is far quicker than a look into a table, and tests rarely accept many words.
    accepted.fold(Bitmap::empty(column.len()), |found, word| found.or(&Bitmap::of(column, |other| *other == word)))
}

fn all_or_none(len: usize, all: bool) -> Bitmap {
    if all { Bitmap::full(len) } else { Bitmap::empty(len) }
}

fn resources(view: &View<'_>, resource: Resource<'_>, test: &LeafTest) -> Bitmap {
    let spans = view.spans;
    // A resource may lack every row of a column, so the answers come from the table, not from the column.
    let mut decide = Decider::new(spans, test);
    let answers: Vec<bool> = match resource {
        Resource::Service => spans.resources.service.iter().map(|id| decide.text(*id)).collect(),
        Resource::Column(None) => vec![test.holds(Operand::Absent); spans.resources.service.len()],
        Resource::Column(Some(column)) => {
            let mut answers = vec![test.holds(Operand::Absent); spans.resources.service.len()];
            for (row, cell) in column.rows.iter().zip(&column.cells) {
                answers[*row as usize] = decide.cell(*cell);
            }
            answers
        }
    };
    Bitmap::of(&spans.resource, |resource| answers[*resource as usize])
}

/// Decides anew about the rows that have an attribute.
fn override_by(spans: &Spans, column: Option<&AttributeColumn>, test: &LeafTest, mut found: Bitmap) -> Bitmap {
    let Some(column) = column else { return found };
    let mut decide = Decider::new(spans, test);
    for (row, cell) in column.rows.iter().zip(&column.cells) {
        if cell.is_absent() {
            // Something is there, although it cannot be held.
            if matches!(test, LeafTest::Present(false)) {
                found.remove(*row);
            }
            continue;
        }
        if decide.cell(*cell) {
            found.insert(*row);
        } else {
            found.remove(*row);
        }
    }
    found
}

fn texts(spans: &Spans, column: &[StrId], test: &LeafTest) -> Bitmap {
    if let LeafTest::Compare(CompareOp::Eq, Value::String(text)) = test {
        return match spans.dictionary.find(text) {
            Some(wanted) => Bitmap::of(column, |id| *id == wanted),
            None => Bitmap::empty(column.len()),
        };
    }
    let mut decide = Decider::new(spans, test);
    let mut found = Bitmap::empty(column.len());
    for (row, id) in (0..).zip(column) {
        if decide.text(*id) {
            found.insert(row);
        }
    }
    found
}

fn durations(column: &[u64], test: &LeafTest) -> Bitmap {
    let LeafTest::Compare(op, literal) = test else {
        return all_or_none(column.len(), test.holds(Operand::Duration(0)));
    };
    let (Value::Int(literal) | Value::Duration(literal)) = literal else {
        return Bitmap::of(column, |duration| {
            test.holds(Operand::Duration(i64::try_from(*duration).unwrap_or(i64::MAX)))
        });
    };
    let Ok(literal) = u64::try_from(*literal) else {
        // Every duration is larger than a negative number.
        return all_or_none(column.len(), by_order(*op, Ordering::Greater));
    };
    match op {
        CompareOp::Eq => Bitmap::of(column, |duration| *duration == literal),
        CompareOp::Ne => Bitmap::of(column, |duration| *duration != literal),
        CompareOp::Lt => Bitmap::of(column, |duration| *duration < literal),
        CompareOp::Le => Bitmap::of(column, |duration| *duration <= literal),
        CompareOp::Gt => Bitmap::of(column, |duration| *duration > literal),
        CompareOp::Ge => Bitmap::of(column, |duration| *duration >= literal),
    }
}

/// Decides about values, about each distinct text only once.
struct Decider<'a> {
    spans: &'a Spans,
    test: &'a LeafTest,
    /// By text: 0 not asked yet, 1 no, 2 yes.
    answers: Vec<u8>,
}

impl<'a> Decider<'a> {
    fn new(spans: &'a Spans, test: &'a LeafTest) -> Decider<'a> {
        Decider { spans, test, answers: vec![0; spans.dictionary.len()] }
    }

    fn text(&mut self, id: StrId) -> bool {
        let answer = &mut self.answers[id.0 as usize];
        if *answer == 0 {
            *answer = 1 + u8::from(self.test.holds(Operand::Str(self.spans.dictionary.get(id))));
        }
        *answer == 2
    }

    fn cell(&mut self, cell: Cell) -> bool {
        match (cell, self.test) {
            (Cell::Str(id), _) => self.text(id),
            (Cell::Int(n), LeafTest::Compare(op, Value::Int(literal) | Value::Duration(literal))) => {
                by_order(*op, n.cmp(literal))
            }
            (cell, test) => test.holds(Operand::from_cell(cell, self.spans)),
        }
    }
}

/// Finds the spans of which one event or link, or one pair of both, passes all tests.
fn select_exists(view: &View<'_>, exists: &Exists, among: Option<&Bitmap>) -> Bitmap {
    let len = view.spans.len();
    match exists {
        Exists { events: true, links: false, leaves, nodes } if nodes.is_empty() => {
            let owners = &view.spans.events.span;
            owners_of(len, owners, among, |event| {
                let at = At { row: owners[event as usize], event: Some(event), link: None };
                leaves.iter().all(|leaf| leaf.test.holds(view.value(leaf.field, at)))
            })
        }
        Exists { events: false, links: true, leaves, nodes } if nodes.is_empty() => {
            let owners = &view.spans.links.span;
            owners_of(len, owners, among, |link| {
                let at = At { row: owners[link as usize], event: None, link: Some(link) };
                leaves.iter().all(|leaf| leaf.test.holds(view.value(leaf.field, at)))
            })
        }
        _ => by_row(len, among, |row| witness(view, exists, row).is_some()),
    }
}

/// Goes through the rows of a child table and collects the spans of those that hold.
fn owners_of(len: usize, owners: &[u32], among: Option<&Bitmap>, holds: impl Fn(u32) -> bool) -> Bitmap {
    let mut found = Bitmap::empty(len);
    for (child, owner) in (0..).zip(owners) {
        let open = among.is_none_or(|among| among.contains(*owner)) && !found.contains(*owner);
        if open && holds(child) {
            found.insert(*owner);
        }
    }
    found
}

/// Finds the last place of a span, over its events and links, at which the tests hold together.
pub(super) fn witness(view: &View<'_>, exists: &Exists, row: u32) -> Option<At> {
    let holds = |at: At| {
        exists.leaves.iter().all(|leaf| leaf.test.holds(view.value(leaf.field, at)))
            && exists.nodes.iter().all(|node| matches!(eval(view, node, at), Operand::Bool(true)))
    };
    let places = |rows: std::ops::Range<u32>, wanted: bool| -> Vec<Option<u32>> {
        if wanted { rows.rev().map(Some).collect() } else { vec![None] }
    };
    let links = places(view.links(row), exists.links);
    places(view.events(row), exists.events)
        .into_iter()
        .flat_map(|event| links.iter().map(move |link| At { row, event, link: *link }))
        .find(|at| holds(*at))
}
