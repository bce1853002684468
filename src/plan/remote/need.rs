//! What a trace must have to matter to a query, and which of it a server is asked for.
//!
//! A trace may be cut: Tempo keeps its parts in several blocks, and other sources may have more of it. So a server is never
//! asked for traces that have two things at once, but for those that have one thing that every answer needs; where other
//! sources are asked as well, for those that have any of these things.

use hashbrown::{HashMap, HashSet};
use traceql_grammar::{
    ops::{ArithmeticOp, BinaryOp, CompareOp, SpansetOp},
    query::{
        Aggregate, Body, Chain, Expr, ExprKind, FieldKey, Link, MetricsExpr, MetricsPipeline, Pipeline, Query,
        ScalarExpr, ScalarFilter, SpansetExpr, StageKind,
    },
    value::Value,
    vocab::{functions::AggregateFn, intrinsics::Intrinsic},
};

use super::{
    super::{alternation::changes_often, fold::fold, lower::has_or},
    Server, leaf,
    span::{Asked, Conditions, Whose},
    wide::{Comparison, Table, Wide},
};

/// Maximum of stages that narrow down what a server is asked for: what is needed is copied at each.
const MAX_STAGES: usize = 100;

/// Maximum of text that these stages have, in bytes: the longest query that servers take.
const MAX_TEXT: u32 = 128 << 10;

/// What a trace must have.
#[derive(Clone, Debug)]
enum Need {
    /// A span like this.
    Span(Wide),
    /// All of these.
    All(Vec<Need>),
    /// One of these.
    Any(Vec<Need>),
}

/// What is known of what a part of a query yields, where it yields anything.
struct Yield {
    /// What the trace has.
    need: Need,
    /// What each span of the result is like.
    spans: Wide,
}

/// Returns filters of which a trace must have a span for at least one; none if no trace matters.
pub(super) fn filters(query: &Query, server: Server) -> Vec<Wide> {
    let mut pipelines = Vec::new();
    match &query.body {
        Body::Search(pipeline) => pipelines.push((pipeline, None)),
        Body::Metrics(expr) => metrics(expr, &mut |found| pipelines.push((&found.spansets, Some(found)))),
    }
    let conditions = Conditions::new(server, |visit| {
        for (pipeline, metrics) in &pipelines {
            pipeline.fields(visit);
            if let Some(MetricsPipeline { stage, .. }) = metrics {
                stage.field.iter().chain(&stage.by).for_each(|found| visit(&found.field));
                stage.compare.iter().for_each(|compare| compare.selection.condition.fields(visit));
            }
        }
    });
    // What series are made of must be there for each of them.
    let needs = pipelines.iter().map(|(pipeline, _)| conditions.pipeline(pipeline).need).collect();
    let filters = chosen(Need::Any(needs), server.shared);
    let filters = once_each(&distinct(filters), server);
    if filters.iter().any(Wide::is_everything) { vec![Wide::Everything] } else { distinct(filters) }
}

/// Leaves out filters that are there already.
fn distinct(mut filters: Vec<Wide>) -> Vec<Wide> {
    let mut texts = HashSet::new();
    filters.retain(|filter| texts.insert(super::wide::text(std::slice::from_ref(filter))));
    filters
}

fn metrics<'q>(expr: &'q MetricsExpr, visit: &mut dyn FnMut(&'q MetricsPipeline)) {
    match expr {
        MetricsExpr::Pipeline(pipeline) => visit(pipeline),
        MetricsExpr::Chain(chain) => {
            metrics(&chain.first, visit);
            chain.rest.iter().for_each(|link| metrics(&link.operand, visit));
        }
        MetricsExpr::Staged(inner, _) => metrics(inner, visit),
        MetricsExpr::Literal(_) | MetricsExpr::Invalid => {}
    }
}

/// Chooses what the server is asked for.
fn chosen(need: Need, shared: bool) -> Vec<Wide> {
    match need {
        Need::Span(wide) if wide.is_nothing() => Vec::new(),
        Need::Span(wide) => vec![wide],
        Need::Any(needs) => needs.into_iter().flat_map(|need| chosen(need, shared)).collect(),
        Need::All(needs) => {
            let choices: Vec<Vec<Wide>> = needs.into_iter().map(|need| chosen(need, shared)).collect();
            let narrow = |filters: &Vec<Wide>| !filters.iter().any(Wide::is_everything);
            if choices.iter().any(Vec::is_empty) || !choices.iter().any(narrow) {
                return choices.into_iter().min_by_key(Vec::len).unwrap_or_default();
            }
            let choices = choices.into_iter().filter(narrow);
            if shared {
                return choices.flatten().collect();
            }
            let weight = |filters: &Vec<Wide>| filters.iter().map(Wide::weight).min().unwrap_or_default();
            // Of equal ones the first.
            choices.rev().max_by_key(weight).unwrap_or_default()
        }
    }
}

/// Makes one comparison of all that ask for the same value of events or links: Tempo misses some that meet two at once, and
/// some that meet one of two. Beside a `||`, it also misses spans of which several events or links have an attribute; so
/// there it is only asked whether they have it.
fn once_each(filters: &[Wide], server: Server) -> Vec<Wide> {
    let (mut texts, mut compared): (HashSet<String>, HashMap<FieldKey, u32>) = Default::default();
    for filter in filters {
        filter.comparisons(&mut |comparison| {
            if comparison.table != Table::Span && texts.insert(comparison.text.clone()) {
                *compared.entry(comparison.key.clone()).or_default() += 1;
            }
        });
    }
    compared.retain(|_, times| *times > 1);
    let is_compared = |comparison: &Comparison| compared.contains_key(&comparison.key);
    let once = if compared.is_empty() { filters.to_vec() } else { asked_for(filters, &is_compared, server) };
    let is_missed =
        |comparison: &Comparison| comparison.table != Table::Span && matches!(comparison.key, FieldKey::Attribute(..));
    let loose = once.len() > 1 || once.iter().any(Wide::has_alternatives);
    let asked = if loose { asked_for(&once, &is_missed, server) } else { once };
    // It may have lost the `||` that let each test of events stand alone.
    if asked == filters { asked } else { asked.into_iter().map(Wide::uncorrelated).collect() }
}

/// Asks only whether a value is there, in each comparison for which `is_it` is true.
fn asked_for(filters: &[Wide], is_it: &dyn Fn(&Comparison) -> bool, server: Server) -> Vec<Wide> {
    let change = |filter: &Wide| {
        filter.clone().map(&mut |comparison| match is_it(&comparison) {
            true => leaf::comparison(&comparison.key, &Asked::Present(true), server),
            false => Wide::Test(comparison),
        })
    };
    distinct(filters.iter().map(change).collect())
}

impl Need {
    fn is_everything(&self) -> bool {
        matches!(self, Need::Span(Wide::Everything))
    }

    fn and(self, other: Need) -> Need {
        match (self, other) {
            (Need::Span(Wide::Everything), other) | (other, Need::Span(Wide::Everything)) => other,
            (Need::All(mut needs), Need::All(more)) => {
                needs.extend(more);
                Need::All(needs)
            }
            (Need::All(mut needs), other) => {
                needs.push(other);
                Need::All(needs)
            }
            (left, right) => Need::All(vec![left, right]),
        }
    }

    fn or(self, other: Need) -> Need {
        match (self, other) {
            (Need::Span(left), Need::Span(right)) if left.is_everything() || right.is_everything() => {
                Need::Span(Wide::Everything)
            }
            (Need::Any(mut needs), other) => {
                needs.push(other);
                Need::Any(needs)
            }
            (left, right) => Need::Any(vec![left, right]),
        }
    }
}

impl Conditions<'_> {
    fn pipeline(&self, pipeline: &Pipeline) -> Yield {
        let mut found = Yield { need: Need::Span(Wide::Everything), spans: Wide::Everything };
        let begin = pipeline.span.start;
        for (at, stage) in pipeline.stages.iter().enumerate() {
            // To ask for more traces is never wrong.
            if at >= MAX_STAGES || at > 0 && stage.span.end.saturating_sub(begin) > MAX_TEXT {
                break;
            }
            match &stage.kind {
                StageKind::Spansets(expr) if at == 0 => found = self.spansets(expr),
                // It sees only spans that came this far.
                StageKind::Spansets(expr) => {
                    let next = self.spansets(expr);
                    found = narrowed(found, next.spans, next.need);
                }
                StageKind::Scalar(filter) if at == 0 => found.need = self.scalar(filter),
                StageKind::Scalar(filter) => {
                    let spans = self.extreme(filter);
                    found = narrowed(found, spans, Need::Span(Wide::Everything));
                }
                StageKind::Group(_) | StageKind::Coalesce | StageKind::Select(_) => {}
            }
        }
        found
    }

    fn spansets(&self, expr: &SpansetExpr) -> Yield {
        match expr {
            SpansetExpr::Chain(chain) if changes_often(chain.rest.iter().map(|link| link.op != SpansetOp::Or)) => {
                Yield { need: Need::Span(Wide::Everything), spans: Wide::Everything }
            }
            SpansetExpr::Filter(filter) => self.filter(&filter.condition),
            SpansetExpr::Pipeline(pipeline) => self.pipeline(pipeline),
            SpansetExpr::Chain(chain) => {
                chain.rest.iter().fold(self.spansets(&chain.first), |left, Link { op, operand, .. }| {
                    let right = self.spansets(operand);
                    match op {
                        SpansetOp::And | SpansetOp::Union(_) => {
                            Yield { need: left.need.and(right.need), spans: left.spans.or(right.spans) }
                        }
                        SpansetOp::Or => Yield { need: left.need.or(right.need), spans: left.spans.or(right.spans) },
                        SpansetOp::Related(_) => Yield { need: left.need.and(right.need), spans: right.spans },
                        // What has no relation to the left side may be there without it.
                        SpansetOp::Unrelated(_) => right,
                    }
                })
            }
        }
    }

    fn filter(&self, expr: &Expr) -> Yield {
        let everything = || Yield { need: Need::Span(Wide::Everything), spans: Wide::Everything };
        let Ok(expr) = fold(expr) else { return everything() };
        let alone = has_or(&expr);
        let spans = self.condition(&expr, Whose::Own, alone);
        let mut need = self.both(&expr, alone);
        // `x || parent.y`: the span, or its parent.
        if let (true, ExprKind::Chain(Chain { first, rest })) = (need.is_everything(), &expr.kind)
            && rest.iter().any(|link| link.op == BinaryOp::Or)
            && !changes_often(rest.iter().map(|link| link.op == BinaryOp::And))
        {
            need = rest.iter().fold(self.both(first, alone), |left, Link { op, operand, .. }| {
                let right = self.both(operand, alone);
                if *op == BinaryOp::Or { left.or(right) } else { left.and(right) }
            });
        }
        Yield { need, spans }
    }

    /// Returns what a trace needs for a span to match: such a span, and such a parent.
    fn both(&self, expr: &Expr, alone: bool) -> Need {
        let condition = |whose| Need::Span(self.condition(expr, whose, alone));
        condition(Whose::Own).and(condition(Whose::Parents))
    }

    fn condition(&self, expr: &Expr, whose: Whose, alone: bool) -> Wide {
        let wide = self.gives(expr, true, whose);
        if alone { wide.uncorrelated() } else { wide }
    }

    /// Returns what a comparison of aggregates over all spans needs.
    fn scalar(&self, filter: &ScalarFilter) -> Need {
        let sides = [&filter.left, &filter.right].into_iter().filter_map(|side| match side {
            ScalarExpr::Literal(_) => None,
            ScalarExpr::Pipeline(pipeline, _) => Some(self.pipeline(pipeline).need),
            _ => Some(Need::Span(Wide::Everything)),
        });
        sides.reduce(Need::or).unwrap_or(Need::Span(Wide::Everything))
    }

    /// Returns what holds of one of the spans whose longest or shortest passes a comparison.
    fn extreme(&self, filter: &ScalarFilter) -> Wide {
        let (side, op, value) = match (&filter.left, &filter.right) {
            (side, ScalarExpr::Literal(value)) => (side, filter.op, value),
            (ScalarExpr::Literal(value), side) => (side, filter.op.flipped(), value),
            _ => return Wide::Everything,
        };
        // Beyond, the difference of two durations is not exact.
        let is_exact = matches!(value, Value::Int(n) | Value::Duration(n) if n.unsigned_abs() < 1 << 53);
        match (extreme_of(side), op) {
            (Some(AggregateFn::Max), CompareOp::Gt | CompareOp::Ge)
            | (Some(AggregateFn::Min), CompareOp::Lt | CompareOp::Le)
                if is_exact =>
            {
                leaf::comparison(&DURATION, &Asked::Compare(op, value), self.server)
            }
            _ => Wide::Everything,
        }
    }
}

/// The only value whose aggregates tell of single spans: attributes may have several types, and be negative.
const DURATION: FieldKey = FieldKey::Intrinsic(Intrinsic::Duration);

/// Tells of which extreme a number is one, or less than it: `max(duration)`, `max(duration) - x`.
fn extreme_of(side: &ScalarExpr) -> Option<AggregateFn> {
    match side {
        ScalarExpr::Aggregate(aggregate) => is_of_duration(aggregate).then_some(aggregate.function),
        ScalarExpr::Chain(chain) => {
            let is_less = chain.rest.iter().all(|link| link.op == ArithmeticOp::Sub && !may_be_negative(&link.operand));
            extreme_of(&chain.first).filter(|function| is_less && *function == AggregateFn::Max)
        }
        ScalarExpr::Literal(_) | ScalarExpr::Pipeline(..) | ScalarExpr::Invalid => None,
    }
}

fn may_be_negative(expr: &ScalarExpr) -> bool {
    match expr {
        ScalarExpr::Literal(Value::Int(n) | Value::Duration(n)) => *n < 0,
        ScalarExpr::Aggregate(aggregate) => aggregate.function != AggregateFn::Count && !is_of_duration(aggregate),
        _ => true,
    }
}

fn is_of_duration(aggregate: &Aggregate) -> bool {
    match aggregate.argument.as_ref().map(|argument| &argument.kind) {
        Some(ExprKind::Field(field)) => !field.of_parent && field.key == DURATION,
        _ => false,
    }
}

/// Adds what is known after one more stage.
fn narrowed(found: Yield, next: Wide, need: Need) -> Yield {
    let is_plain = matches!((&found.need, &need), (Need::Span(_), Need::Span(_)));
    let spans = found.spans.and_elsewhere(next);
    // Where all that is needed is one of these spans, nothing else says more.
    let need = if is_plain { Need::Span(spans.clone()) } else { found.need.and(need).and(Need::Span(spans.clone())) };
    Yield { need, spans }
}
