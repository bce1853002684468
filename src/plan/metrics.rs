//! How a metrics query will be done: what is measured of which spans, and what is made of the series.

use traceql_grammar::{
    ops::{ArithmeticOp, SpansetOp},
    query::{Field, FieldKey, FieldRef, Hint, Link, MetricsExpr, MetricsPipeline, MetricsStage, SecondStage},
    value::{Type, Value},
    vocab::functions::MetricsFn,
};

use crate::model::{
    intrinsic_facts::{IntrinsicFacts, facts, intrinsics},
    projection::{Core, Projection},
    series::{Form, Unit, label},
    units::SECOND,
};

use super::{
    FieldId, FilterId, Limits, LowerError, Plan, TimeRange,
    lower::{Lowering, finish},
    pick::{Condition, Pruning},
    stage::{Spansets, Stage},
    unit::Dimension,
    window::Window,
};

/// The most exemplars that an answer has, and how many it has where nothing else is asked for.
pub const MAX_EXEMPLARS: usize = 100;

/// So many values of an attribute are all, unless they are ids.
const ALL_VALUES: usize = 10_000;

/// The hints that ask for an estimate from a part of the spans.
const SAMPLING_HINTS: [&str; 4] = ["sample", "trace_sample", "span_sample", "extrapolate"];

/// What is asked of a metrics query beside its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricsOptions {
    /// The times of the samples.
    pub window: Window,
    /// How many exemplars are wanted, over all series; a hint of the query overrides it, and there are never more than
    /// [`MAX_EXEMPLARS`].
    pub exemplars: usize,
    /// How many series are kept, at least 1: the ones with the most spans.
    pub max_series: usize,
}

/// How a metrics query will be done.
#[derive(Debug)]
pub struct MetricsPlan {
    /// What is measured, in the order of the text.
    pub(crate) measures: Vec<Measure>,
    /// What is made of it.
    pub(crate) expr: SeriesExpr,
    pub(crate) options: MetricsOptions,
    pub(crate) unit: Unit,
    pub(crate) form: Form,
    /// Names of the labels that the query asks for.
    pub(crate) names: Vec<String>,
    projection: Projection,
    /// The columns by which whole traces are thinned out; `None` if everything matters.
    pub(crate) first: Option<Projection>,
    pruning: Pruning,
    sampling: Vec<String>,
}

/// A first stage and the spans that it measures.
#[derive(Debug)]
pub(crate) struct Measure {
    /// Finds the spans.
    pub(crate) plan: Plan,
    /// Whether it can be told of each span alone if it is measured.
    pub(crate) is_span_local: bool,
    pub(crate) function: MetricsFn,
    /// What is measured of a span, if it is more than that it is there.
    pub(crate) value: Option<FieldId>,
    /// How many nanoseconds are one: a second where Tempo gives seconds, else 1.
    pub(crate) scale: f64,
    /// What series are split by.
    pub(crate) by: Vec<FieldId>,
    pub(crate) quantiles: Vec<f64>,
    /// Whether quantiles are measured, which keeps all values, and not estimated as Tempo does.
    pub(crate) keeps_values: bool,
    pub(crate) compare: Option<Compare>,
}

/// The arguments of `compare`.
#[derive(Debug)]
pub(crate) struct Compare {
    /// Which spans are the selection.
    pub(crate) selection: FilterId,
    /// Spans of the selection start later than the first and not later than the second, in Unix nanoseconds.
    pub(crate) range: Option<(u64, u64)>,
    /// How many values of each attribute are told.
    pub(crate) top: usize,
}

/// What is made of measured series.
#[derive(Debug)]
pub(crate) enum SeriesExpr {
    /// The series of a measure, by its place.
    Measure(usize),
    /// A number.
    Number(f64),
    /// Arithmetic, grouped from the left.
    Chain(Box<SeriesExpr>, Vec<(ArithmeticOp, SeriesExpr)>),
    /// Second stages, one after the other.
    Staged(Box<SeriesExpr>, Vec<SecondStage>),
}

/// Makes the plan for a metrics query.
pub(super) fn lower_metrics(
    expr: &MetricsExpr,
    hints: &[Hint],
    mut options: MetricsOptions,
) -> Result<MetricsPlan, LowerError> {
    let mut measures = Vec::new();
    let mut form = None;
    let (expr, dimension) = series_expr(expr, &mut measures, &mut form)?;
    let mut projection = Projection::default();
    measures.iter().for_each(|measure| projection.extend(measure.plan.projection()));
    projection.core = core(&measures);
    let form = form.unwrap_or(Form::Lines);
    let names = names(&measures);
    options.exemplars = exemplars(hints).unwrap_or(options.exemplars).min(MAX_EXEMPLARS);
    if options.exemplars > 0 {
        projection.core.trace_id = true;
        projection.core.id = true;
    }
    let first = first(&measures);
    let pruning = Pruning { condition: condition(&measures), range: options.window.spans() };
    let is_sampling = |hint: &&Hint| SAMPLING_HINTS.contains(&hint.name.as_str()) && hint.value != Value::Bool(false);
    let sampling = hints.iter().filter(is_sampling).map(|hint| hint.name.clone()).collect();
    Ok(MetricsPlan {
        measures,
        expr,
        options,
        unit: dimension.unit(),
        form,
        names,
        projection,
        first,
        pruning,
        sampling,
    })
}

impl MetricsPlan {
    /// Returns the columns that a reader must build.
    pub fn projection(&self) -> &Projection {
        &self.projection
    }

    /// Returns what a reader may leave out.
    pub fn pruning(&self) -> &Pruning {
        &self.pruning
    }

    /// Returns the time in which spans start that samples can be about, which begins before that of the samples; `None` if it
    /// depends on the data.
    pub fn spans(&self) -> Option<TimeRange> {
        self.options.window.spans()
    }

    /// Returns the hints that ask for an estimate, where the exact answer is given.
    pub fn sampling_hints(&self) -> &[String] {
        &self.sampling
    }

    /// Returns the plan without exemplars, for formats that do not show them.
    #[must_use]
    pub fn without_exemplars(mut self) -> MetricsPlan {
        self.options.exemplars = 0;
        self.projection.core = core(&self.measures);
        self
    }

    /// Returns the plan so that a comparison counts all values, each over the whole range: nothing is left out of the
    /// shares that people see.
    #[must_use]
    pub fn with_whole_comparisons(mut self) -> MetricsPlan {
        for compare in self.measures.iter_mut().filter_map(|measure| measure.compare.as_mut()) {
            compare.top = ALL_VALUES;
            self.options.window.instant = true;
            self.options.max_series = usize::MAX;
        }
        self
    }
}

/// Joins what the measures want of traces that are stored as columns.
fn core(measures: &[Measure]) -> Core {
    // The start says which samples a span belongs to.
    let core = Core { start: true, ..Core::default() };
    measures.iter().fold(core, |core, measure| core.or(measure.plan.projection().core))
}

/// Joins the columns by which the measures thin out whole traces; `None` if one of them needs everything.
fn first(measures: &[Measure]) -> Option<Projection> {
    let mut joined = Projection::default();
    for measure in measures {
        let (_, columns) = measure.plan.pick.as_ref()?;
        joined.extend(columns);
    }
    Some(joined)
}

/// Joins what the measures need.
fn condition(measures: &[Measure]) -> Option<Condition> {
    let conditions = measures.iter().map(|measure| measure.plan.pruning.condition.clone());
    conditions.collect::<Option<Vec<_>>>().map(Condition::Any)
}

/// Lists the labels that the measures ask for, each once.
fn names(measures: &[Measure]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for measure in measures {
        let by = measure.by.iter().map(|field| measure.plan.fields[field.0 as usize].to_string());
        let own = match measure.function {
            MetricsFn::QuantileOverTime => Some(label::QUANTILE),
            MetricsFn::HistogramOverTime => Some(label::BUCKET),
            MetricsFn::Compare => Some(label::META_TYPE),
            MetricsFn::Rate
            | MetricsFn::CountOverTime
            | MetricsFn::MinOverTime
            | MetricsFn::MaxOverTime
            | MetricsFn::AvgOverTime
            | MetricsFn::SumOverTime => {
                // Arithmetic may take the name away.
                (measures.len() == 1 && measure.by.is_empty()).then_some(label::NAME)
            }
        };
        for name in by.chain(own.map(str::to_owned)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// Reads the hint `exemplars`: a number, or whether there are to be any.
fn exemplars(hints: &[Hint]) -> Option<usize> {
    let hint = hints.iter().rev().find(|hint| hint.name == "exemplars")?;
    match hint.value {
        Value::Bool(false) => Some(0),
        Value::Bool(true) => Some(MAX_EXEMPLARS),
        // As in a request, 0 asks for the usual number.
        Value::Int(n) => Some(usize::try_from(n).ok().filter(|n| *n > 0).unwrap_or(MAX_EXEMPLARS)),
        _ => None,
    }
}

fn form(stage: &MetricsStage) -> Option<Form> {
    match stage.function {
        MetricsFn::HistogramOverTime => Some(Form::Histogram {
            bounds: match &stage.field {
                Some(found) if found.field.ty() == Type::Duration => Unit::Seconds,
                _ => Unit::Number,
            },
        }),
        MetricsFn::Compare => Some(Form::Comparison),
        MetricsFn::QuantileOverTime => Some(Form::Quantiles),
        MetricsFn::Rate
        | MetricsFn::CountOverTime
        | MetricsFn::MinOverTime
        | MetricsFn::MaxOverTime
        | MetricsFn::AvgOverTime
        | MetricsFn::SumOverTime => None,
    }
}

/// Lowers an expression; its first stages are added to `measures`, and the first form that they have is put into `form`.
fn series_expr(
    expr: &MetricsExpr,
    measures: &mut Vec<Measure>,
    form: &mut Option<Form>,
) -> Result<(SeriesExpr, Dimension), LowerError> {
    Ok(match expr {
        MetricsExpr::Pipeline(pipeline) => {
            measures.push(measure(pipeline)?);
            *form = form.or_else(|| self::form(&pipeline.stage));
            (SeriesExpr::Measure(measures.len() - 1), Dimension::of(&pipeline.stage))
        }
        MetricsExpr::Literal(value) => {
            let number = literal_number(value).ok_or(LowerError::Invalid)?;
            (SeriesExpr::Number(number), Dimension::of_number(number))
        }
        MetricsExpr::Chain(chain) => {
            let (first, mut dimension) = series_expr(&chain.first, measures, form)?;
            let mut rest = Vec::with_capacity(chain.rest.len());
            for Link { op, operand, .. } in &chain.rest {
                let (operand, other) = series_expr(operand, measures, form)?;
                dimension = dimension.combine(*op, other);
                rest.push((*op, operand));
            }
            // Computed with, a 0 says nothing of spans any more.
            if *form == Some(Form::Quantiles) {
                *form = Some(Form::Lines);
            }
            (SeriesExpr::Chain(Box::new(first), rest), dimension)
        }
        MetricsExpr::Staged(inner, stages) => {
            let (inner, dimension) = series_expr(inner, measures, form)?;
            let stages = stages.iter().map(|step| step.stage.clone()).collect();
            (SeriesExpr::Staged(Box::new(inner), stages), dimension)
        }
        MetricsExpr::Invalid => return Err(LowerError::Invalid),
    })
}

/// Returns the number that a literal is beside series: durations are seconds.
pub(crate) fn literal_number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(x) => Some(*x),
        Value::Duration(ns) => Some(*ns as f64 / SECOND as f64),
        _ => None,
    }
}

fn measure(pipeline: &MetricsPipeline) -> Result<Measure, LowerError> {
    let stage = &pipeline.stage;
    let mut lowering = Lowering::default();
    let stages = lowering.pipeline(&pipeline.spansets)?;
    let shown = super::shown::shown(&pipeline.spansets, &mut lowering)?;
    let value = stage.field.as_ref().map(|found| lowering.field(&found.field)).transpose()?;
    // What stands twice would make series, or labels, that are the same.
    let mut by = Vec::with_capacity(stage.by.len());
    for found in &stage.by {
        let field = lowering.field(&found.field)?;
        if !by.contains(&field) {
            by.push(field);
        }
    }
    let mut quantiles: Vec<f64> = Vec::with_capacity(stage.quantiles.len());
    for quantile in &stage.quantiles {
        if !quantiles.contains(quantile) {
            quantiles.push(*quantile);
        }
    }
    let compare = match &stage.compare {
        Some(compare) => {
            // What it counts beside attributes; the root's names need the whole trace.
            for intrinsic in intrinsics(IntrinsicFacts::is_compared) {
                lowering.field(&Field::intrinsic(intrinsic))?;
            }
            let nanoseconds = |time: i64| u64::try_from(time).unwrap_or_default();
            Some(Compare {
                selection: lowering.filter(&compare.selection.condition)?,
                range: (compare.end > 0).then(|| (nanoseconds(compare.start), nanoseconds(compare.end))),
                top: usize::try_from(compare.top).unwrap_or(usize::MAX),
            })
        }
        None => None,
    };
    let mut plan = finish(lowering, stages, shown, &pipeline.spansets, Limits::default(), None);
    if compare.is_some() {
        plan.projection.every_attribute = true;
        // Twins are told apart by their ids.
        plan.projection.core.trace_id = true;
        plan.projection.core.id = true;
    }
    let is_span_local = plan.scan.is_some() && plan.stages.iter().all(is_span_local);
    let (function, scale) = (stage.function, scale(stage));
    Ok(Measure { plan, is_span_local, function, value, scale, by, quantiles, keeps_values: false, compare })
}

/// Finds how many nanoseconds are one. Quantiles and histograms turn every duration into seconds, the other functions
/// only the span's own.
fn scale(stage: &MetricsStage) -> f64 {
    let Some(FieldRef { field, .. }) = &stage.field else { return 1.0 };
    let is_seconds = match stage.function {
        MetricsFn::QuantileOverTime | MetricsFn::HistogramOverTime => field.ty() == Type::Duration,
        MetricsFn::Rate
        | MetricsFn::CountOverTime
        | MetricsFn::MinOverTime
        | MetricsFn::MaxOverTime
        | MetricsFn::AvgOverTime
        | MetricsFn::SumOverTime
        | MetricsFn::Compare => is_in_seconds(field),
    };
    if is_seconds { SECOND as f64 } else { 1.0 }
}

/// Tells whether all functions tell a field in seconds.
pub(super) fn is_in_seconds(field: &Field) -> bool {
    match &field.key {
        FieldKey::Intrinsic(intrinsic) => !field.of_parent && facts(*intrinsic).is_in_seconds(),
        FieldKey::Attribute(..) | FieldKey::Parent => false,
    }
}

/// Tells whether a stage decides about each span by itself.
pub(super) fn is_span_local(stage: &Stage) -> bool {
    match stage {
        Stage::Spansets(expr) => is_span_local_expr(expr),
        Stage::Coalesce => true,
        Stage::Scalar(_) | Stage::Group { .. } => false,
    }
}

fn is_span_local_expr(expr: &Spansets) -> bool {
    match expr {
        Spansets::Filter(_) => true,
        Spansets::Pipeline(stages) => stages.iter().all(is_span_local),
        Spansets::Chain(first, rest) => {
            is_span_local_expr(first)
                && rest.iter().all(|(op, operand)| *op == SpansetOp::Or && is_span_local_expr(operand))
        }
    }
}

/// No times, no exemplars, and a limit that keeps the memory of a machine from being used up.
impl Default for MetricsOptions {
    fn default() -> MetricsOptions {
        MetricsOptions { window: Window::default(), exemplars: 0, max_series: 10_000 }
    }
}
