//! Prints a checked query in Tempo's canonical form, constants folded as Tempo folds them.

mod fold;

use std::fmt::Write;

use traceql_grammar::{
    query::{
        ArithmeticOp, Body, Chain, MetricsExpr, MetricsPipeline, MetricsStage, Pipeline, Query, ScalarExpr,
        SecondStage, SpansetExpr, Stage, StageKind,
    },
    value::Value,
    vocab::functions::MetricsFn,
};

use fold::{arithmetic, fold};

/// Returns the query's canonical text.
pub(crate) fn canonical(query: &Query) -> String {
    let mut text = match &query.body {
        Body::Search(stages) => pipeline(stages),
        Body::Metrics(expr) => metrics(expr).text(),
    };
    if !query.hints.is_empty() {
        let hints: Vec<String> = query.hints.iter().map(|hint| format!("{}={}", hint.name, hint.value)).collect();
        let _ = write!(text, " with({})", hints.join(","));
    }
    text
}

fn pipeline(pipeline: &Pipeline) -> String {
    pipeline.stages.iter().map(stage).collect::<Vec<_>>().join("|")
}

fn stage(stage: &Stage) -> String {
    match &stage.kind {
        StageKind::Spansets(expr) => spansets(expr),
        StageKind::Scalar(filter) => format!("{} {} {}", scalar(&filter.left), filter.op.text(), scalar(&filter.right)),
        StageKind::Group(expr) => format!("by({})", fold(expr)),
        StageKind::Coalesce => "coalesce()".to_owned(),
        StageKind::Select(fields) => {
            format!("select({})", fields.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
    }
}

fn spansets(expr: &SpansetExpr) -> String {
    match expr {
        SpansetExpr::Filter(filter) => format!("{{ {} }}", fold(&filter.condition)),
        SpansetExpr::Pipeline(stages) => pipeline(stages),
        SpansetExpr::Chain(chain) => {
            left_to_right(chain, |operand| format!("({})", spansets(operand)), traceql_grammar::ops::SpansetOp::text)
        }
    }
}

/// Prints `(a op b) op c`; `operand` prints an operand with the parentheses that it needs.
fn left_to_right<T, Op: Copy>(
    chain: &Chain<T, Op>,
    operand: impl Fn(&T) -> String,
    op_text: impl Fn(Op) -> &'static str,
) -> String {
    let mut text = operand(&chain.first);
    for (i, link) in chain.rest.iter().enumerate() {
        if i > 0 {
            text = format!("({text})");
        }
        let _ = write!(text, " {} {}", op_text(link.op), operand(&link.operand));
    }
    text
}

fn scalar(expr: &ScalarExpr) -> String {
    match expr {
        ScalarExpr::Literal(value) => value.to_string(),
        ScalarExpr::Aggregate(aggregate) => {
            let argument = aggregate.argument.as_ref().map(|argument| fold(argument).to_string()).unwrap_or_default();
            format!("({}({argument}))", aggregate.function.row().name)
        }
        ScalarExpr::Pipeline(stages, aggregate) => {
            let aggregate = scalar(&ScalarExpr::Aggregate(aggregate.clone()));
            format!("({}|{})", pipeline(stages), &aggregate[1..aggregate.len() - 1])
        }
        ScalarExpr::Chain(chain) => {
            format!("({})", left_to_right(chain, scalar, traceql_grammar::ops::ArithmeticOp::text))
        }
        ScalarExpr::Invalid => "…".to_owned(),
    }
}

/// A printed metrics expression.
enum Printed {
    /// A number, which needs no parentheses and is computed with.
    Literal(Value),
    Text(String),
}

impl Printed {
    fn text(self) -> String {
        match self {
            Printed::Literal(value) => number(&value),
            Printed::Text(text) => text,
        }
    }

    fn operand(self) -> String {
        match self {
            Printed::Literal(value) => number(&value),
            Printed::Text(text) => format!("({text})"),
        }
    }
}

fn metrics_chain(chain: &Chain<MetricsExpr, ArithmeticOp>) -> Printed {
    chain.rest.iter().fold(metrics(&chain.first), |left, link| match (left, metrics(&link.operand)) {
        (Printed::Literal(left), Printed::Literal(right)) => {
            Printed::Literal(arithmetic(link.op, &left, &right).expect("numbers"))
        }
        (left, right) => Printed::Text(format!("{} {} {}", left.operand(), link.op.text(), right.operand())),
    })
}

fn metrics(expr: &MetricsExpr) -> Printed {
    let text = match expr {
        MetricsExpr::Pipeline(pipeline) => metrics_pipeline(pipeline),
        MetricsExpr::Literal(value) => return Printed::Literal(value.clone()),
        MetricsExpr::Chain(chain) => return metrics_chain(chain),
        MetricsExpr::Staged(inner, stages) => {
            let mut text = metrics(inner).text();
            for stage in stages {
                let _ = match &stage.stage {
                    SecondStage::TopK(n) => write!(text, " | topk({n})"),
                    SecondStage::BottomK(n) => write!(text, " | bottomk({n})"),
                    SecondStage::Filter(op, value) => write!(text, " {} {}", op.text(), number(value)),
                };
            }
            text
        }
        MetricsExpr::Invalid => "…".to_owned(),
    };
    Printed::Text(text)
}

/// Prints a number beside series: a float, a duration in seconds.
fn number(value: &Value) -> String {
    let x = match value {
        Value::Int(n) => *n as f64,
        Value::Float(x) => *x,
        Value::Duration(ns) => *ns as f64 / 1e9,
        other => return other.to_string(),
    };
    let text = Value::Float(x).to_string();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn metrics_pipeline(pipeline_: &MetricsPipeline) -> String {
    let MetricsPipeline { spansets, stage, .. } = pipeline_;
    format!("{} | {}", pipeline(spansets), metrics_stage(stage))
}

fn metrics_stage(stage: &MetricsStage) -> String {
    let mut text = format!("{}(", stage.function.row().name);
    if let Some(field) = &stage.field {
        let _ = write!(text, "{field}");
    }
    for quantile in &stage.quantiles {
        let _ = write!(text, ",{quantile:.5}");
    }
    if let Some(compare) = &stage.compare {
        // The second brace in place of a parenthesis is Tempo's.
        let _ = write!(text, "{{ {} }}}}", fold(&compare.selection.condition));
    }
    if stage.function != MetricsFn::Compare {
        text.push(')');
    }
    if !stage.by.is_empty() {
        let fields: Vec<String> = stage.by.iter().map(ToString::to_string).collect();
        let _ = write!(text, "by({})", fields.join(","));
    }
    text
}
