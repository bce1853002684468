//! What a source that holds whole traces as columns can leave out, before and while it reads them.
//!
//! A [`Pick`] says how the first columns decide about spans or traces, exactly. A [`Condition`] is weaker: what it turns
//! down cannot matter, so that statistics, dictionaries and indexes can answer it without a look at any span.

use traceql_grammar::{
    ops::SpansetOp,
    query::{Field, FieldKey},
    value::Value,
};

use crate::model::{operand::Operand, projection::Projection};

use super::{
    FieldId, FilterId, TimeRange,
    alternation::changes_often,
    columns::projection,
    scan,
    stage::{Number, Scalar, Spansets, Stage},
    test::{LeafTest, Node, Step, Test},
};

/// How whole traces are thinned out by their first columns.
#[derive(Debug)]
pub(crate) enum Pick {
    /// A span matters if one of these filters selects it.
    Spans(Vec<FilterId>),
    /// A trace matters, with all its spans, if it has what is needed.
    Traces(Need),
}

/// What a trace must have to matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing.
    Nothing,
    /// A span that this filter selects.
    Span(FilterId),
    /// All of these.
    All(Vec<Need>),
    /// One of these.
    Any(Vec<Need>),
}

/// What can matter, as far as single values tell.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Only traces in which all of these hold somewhere.
    All(Vec<Condition>),
    /// Only traces in which one of these holds somewhere; none of them: nothing matters.
    Any(Vec<Condition>),
    /// Only traces with a value of the field that passes the test. Absent values never pass.
    Value(Field, ValueTest),
}

/// A test of one value.
#[derive(Clone, Debug)]
pub struct ValueTest(pub(super) LeafTest);

/// What a reader may leave out.
#[derive(Clone, Debug, Default)]
pub struct Pruning {
    /// What traces must have; `None` if nothing is known.
    pub condition: Option<Condition>,
    /// The time that traces must lie in, at least in part.
    pub range: Option<TimeRange>,
}

impl ValueTest {
    /// Tells whether a value passes.
    pub fn holds(&self, value: Operand<'_>) -> bool {
        self.0.holds(value)
    }

    /// Returns the numbers, from the lowest to the highest, among which all that pass lie; `None` if that is not known.
    pub fn numbers(&self) -> Option<(f64, f64)> {
        use traceql_grammar::ops::CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
        let LeafTest::Compare(op, literal) = &self.0 else { return None };
        let number = Operand::from_literal(literal).number()?;
        match op {
            Eq => Some((number, number)),
            Lt | Le => Some((f64::NEG_INFINITY, number)),
            Gt | Ge => Some((number, f64::INFINITY)),
            Ne => None,
        }
    }

    /// Tells whether only text, and arrays of texts, can pass.
    pub fn wants_text(&self) -> bool {
        matches!(&self.0, LeafTest::Match(..) | LeafTest::Compare(_, Value::String(_)))
    }

    /// Tells whether only numbers, and arrays of numbers, can pass.
    pub fn wants_numbers(&self) -> bool {
        matches!(&self.0, LeafTest::Compare(_, Value::Int(_) | Value::Float(_) | Value::Duration(_)))
    }

    /// Tells whether only truth values, and arrays of them, can pass.
    pub fn wants_bools(&self) -> bool {
        matches!(&self.0, LeafTest::Compare(_, Value::Bool(_)) | LeafTest::Is(_))
    }
}

impl Condition {
    /// Joins what two queries need: what matters to neither does not matter.
    pub fn or(self, other: Condition) -> Condition {
        Condition::Any(vec![self, other])
    }
}

/// Finds how whole traces can be thinned out, with the columns that it takes; `None` if everything matters.
pub(super) fn pick(stages: &[Stage], filters: &[Test], fields: &[Field]) -> Option<(Pick, Projection)> {
    let needs_tree = |id: &FieldId| {
        let field = &fields[id.0 as usize];
        field.of_parent || field.key == FieldKey::Parent
    };
    let read_by = |ids: &[FilterId]| {
        let mut read = Vec::new();
        ids.iter().for_each(|id| filters[id.0 as usize].fields(&mut read));
        read
    };
    let columns = |ids: &[FilterId]| {
        let read: Vec<Field> = read_by(ids).iter().map(|id| fields[id.0 as usize].clone()).collect();
        projection(&read)
    };
    if let Some(ids) = scan::span_filters(stages, fields) {
        let decides = ids.iter().all(|id| !matches!(filters[id.0 as usize], Test::Constant(true)));
        return decides.then(|| (Pick::Spans(ids.clone()), columns(&ids)));
    }
    let known = |id: FilterId| !read_by(&[id]).iter().any(needs_tree);
    let need = need(stages, &|id| match &filters[id.0 as usize] {
        Test::Constant(true) => Need::Nothing,
        _ if known(id) => Need::Span(id),
        _ => Need::Nothing,
    });
    let mut ids = Vec::new();
    need.filters(&mut ids);
    (!ids.is_empty()).then(|| (Pick::Traces(need), columns(&ids)))
}

/// Finds what statistics can turn down; `None` if nothing.
pub(super) fn condition(pick: &Pick, filters: &[Test], fields: &[Field]) -> Option<Condition> {
    let of_filter = |id: &FilterId| of_test(&filters[id.0 as usize], fields);
    match pick {
        Pick::Spans(ids) => ids.iter().map(of_filter).collect::<Option<_>>().map(Condition::Any),
        Pick::Traces(need) => of_need(need, &of_filter),
    }
}

fn of_need(need: &Need, of_filter: &impl Fn(&FilterId) -> Option<Condition>) -> Option<Condition> {
    match need {
        Need::Nothing => None,
        Need::Span(id) => of_filter(id),
        Need::All(needs) => all(needs.iter().filter_map(|need| of_need(need, of_filter)).collect()),
        Need::Any(needs) => {
            needs.iter().map(|need| of_need(need, of_filter)).collect::<Option<_>>().map(Condition::Any)
        }
    }
}

fn all(conditions: Vec<Condition>) -> Option<Condition> {
    (!conditions.is_empty()).then_some(Condition::All(conditions))
}

fn of_test(test: &Test, fields: &[Field]) -> Option<Condition> {
    match test {
        Test::Constant(false) => Some(Condition::Any(Vec::new())),
        Test::Constant(true) | Test::Not(_) | Test::Node(..) | Test::Chain(..) => None,
        Test::All(tests) => all(tests.iter().filter_map(|test| of_test(test, fields)).collect()),
        Test::Any(tests) => tests.iter().map(|test| of_test(test, fields)).collect::<Option<_>>().map(Condition::Any),
        Test::Leaf(leaf) => of_leaf(&fields[leaf.field.0 as usize], &leaf.test),
        Test::Exists(exists) => {
            let leaves = exists.leaves.iter();
            all(leaves.filter_map(|leaf| of_leaf(&fields[leaf.field.0 as usize], &leaf.test)).collect())
        }
    }
}

fn of_leaf(field: &Field, test: &LeafTest) -> Option<Condition> {
    let can_tell = !field.of_parent && field.key != FieldKey::Parent && !test.holds(Operand::Absent);
    can_tell.then(|| Condition::Value(field.clone(), ValueTest(test.clone())))
}

/// Finds what a trace must have to leave the first stage.
fn need(stages: &[Stage], of_filter: &impl Fn(FilterId) -> Need) -> Need {
    match stages.first() {
        Some(Stage::Spansets(expr)) => need_of_expr(expr, of_filter),
        Some(Stage::Scalar(Scalar { left, right, .. })) => {
            let sides = [left, right].into_iter().filter(|side| !matches!(side, Number::Literal(_)));
            sides.map(|side| need_of_number(side, of_filter)).reduce(either).unwrap_or(Need::Nothing)
        }
        Some(Stage::Group { .. } | Stage::Coalesce) | None => Need::Nothing,
    }
}

fn need_of_number(number: &Number, of_filter: &impl Fn(FilterId) -> Need) -> Need {
    match number {
        Number::Pipeline(stages, _) => need(stages, of_filter),
        Number::Literal(_) | Number::Aggregate(_) | Number::Chain(..) => Need::Nothing,
    }
}

fn need_of_expr(expr: &Spansets, of_filter: &impl Fn(FilterId) -> Need) -> Need {
    match expr {
        Spansets::Filter(id) => of_filter(*id),
        Spansets::Pipeline(stages) => need(stages, of_filter),
        Spansets::Chain(_, rest) if changes_often(rest.iter().map(|(op, _)| *op != SpansetOp::Or)) => Need::Nothing,
        Spansets::Chain(first, rest) => rest.iter().fold(need_of_expr(first, of_filter), |left, (op, operand)| {
            let right = need_of_expr(operand, of_filter);
            match op {
                SpansetOp::Or => either(left, right),
                // What has no relation to the left side may be there without it.
                SpansetOp::Unrelated(_) => right,
                SpansetOp::And | SpansetOp::Related(_) | SpansetOp::Union(_) => both(left, right),
            }
        }),
    }
}

/// Needs both. A chain of such needs is one list.
fn both(left: Need, right: Need) -> Need {
    match (left, right) {
        (Need::Nothing, other) | (other, Need::Nothing) => other,
        (Need::All(mut needs), other) => {
            needs.push(other);
            Need::All(needs)
        }
        (left, right) => Need::All(vec![left, right]),
    }
}

/// Needs one of both: nothing, if that is so of one of them.
fn either(left: Need, right: Need) -> Need {
    match (left, right) {
        (Need::Nothing, _) | (_, Need::Nothing) => Need::Nothing,
        (Need::Any(mut needs), other) => {
            needs.push(other);
            Need::Any(needs)
        }
        (left, right) => Need::Any(vec![left, right]),
    }
}

impl Need {
    fn filters(&self, ids: &mut Vec<FilterId>) {
        match self {
            Need::Nothing => {}
            Need::Span(id) => ids.push(*id),
            Need::All(needs) | Need::Any(needs) => needs.iter().for_each(|need| need.filters(ids)),
        }
    }
}

impl Test {
    /// Adds the fields that the test reads.
    fn fields(&self, read: &mut Vec<FieldId>) {
        match self {
            Test::Constant(_) => {}
            Test::All(tests) | Test::Any(tests) => tests.iter().for_each(|test| test.fields(read)),
            Test::Chain(first, rest) => {
                first.fields(read);
                rest.iter().for_each(|(_, test)| test.fields(read));
            }
            Test::Not(inner) => inner.fields(read),
            Test::Leaf(leaf) => read.push(leaf.field),
            Test::Exists(exists) => {
                read.extend(exists.leaves.iter().map(|leaf| leaf.field));
                exists.nodes.iter().for_each(|node| node.fields(read));
            }
            Test::Node(node, _) => node.fields(read),
        }
    }
}

impl Node {
    fn fields(&self, read: &mut Vec<FieldId>) {
        match self {
            Node::Literal(_) => {}
            Node::Field(field) => read.push(*field),
            Node::Negate(inner) | Node::Not(inner) => inner.fields(read),
            Node::Chain(first, steps) => {
                first.fields(read);
                for step in steps {
                    match step {
                        Step::And(node) | Step::Or(node) | Step::Compare(_, node) | Step::Arithmetic(_, node) => {
                            node.fields(read);
                        }
                        Step::Present(_) | Step::Match(..) => {}
                    }
                }
            }
        }
    }
}
