//! The plan of a query in words: a short sentence for each stage.

use traceql_grammar::{
    Checked,
    ops::{ArithmeticOp, BinaryOp, CompareOp, Relation, SpansetOp, UnaryOp},
    query::{
        Aggregate, Body, Expr, ExprKind, Filter, MetricsExpr, MetricsStage, Pipeline, ScalarExpr, ScalarFilter,
        SecondStage, SpansetExpr, Stage, StageKind,
    },
    span::Span,
    value::Value,
    vocab::functions::{AggregateFn, MetricsFn},
};

use crate::ide::documentation::code;

/// Writes the plan of a query that can be run.
pub(super) fn plan(checked: &Checked) -> String {
    let writer = Writer { text: checked.text() };
    let mut sentences = match &checked.query.body {
        Body::Search(pipeline) => writer.pipeline(pipeline),
        Body::Metrics(expr) => writer.metrics(expr),
    };
    let hints = checked.query.hints.iter().map(|hint| writer.quote(hint.span));
    let hints: Vec<String> = hints.collect();
    if !hints.is_empty() {
        sentences.push(format!("Gives Tempo the hints {}.", listed(&hints)));
    }
    match sentences.as_slice() {
        [only] => only.clone(),
        all => {
            let lines = all.iter().enumerate().map(|(index, line)| format!("{}. {line}", index + 1));
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

/// Joins words with commas and an "and".
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

struct Writer<'t> {
    text: &'t str,
}

impl Writer<'_> {
    /// Returns a part of the query as code, on one line.
    fn quote(&self, span: Span) -> String {
        let text = self.text.get(span.range()).unwrap_or_default();
        code(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn pipeline(&self, pipeline: &Pipeline) -> Vec<String> {
        pipeline.stages.iter().enumerate().map(|(index, stage)| self.stage(stage, index == 0)).collect()
    }

    fn stage(&self, stage: &Stage, is_first: bool) -> String {
        match &stage.kind {
            StageKind::Spansets(expr) => {
                let verb = if is_first { "Finds" } else { "Keeps" };
                format!("{verb} {}.", self.spansets(expr))
            }
            StageKind::Scalar(filter) => format!("Keeps {}.", self.scalar_filter(filter)),
            StageKind::Group(expr) => format!("Splits each spanset by {}.", self.quote(expr.span)),
            StageKind::Coalesce => "Joins the spansets of each trace into one.".to_owned(),
            StageKind::Select(fields) => {
                let fields: Vec<String> = fields.iter().map(|field| self.quote(field.span)).collect();
                format!("Shows {} of each span.", listed(&fields))
            }
        }
    }

    /// Names the spans that an expression selects.
    fn spansets(&self, expr: &SpansetExpr) -> String {
        match expr {
            SpansetExpr::Filter(filter) => self.filter(filter),
            SpansetExpr::Pipeline(pipeline) => match pipeline.stages.as_slice() {
                [Stage { kind: StageKind::Spansets(inner), .. }] => self.spansets(inner),
                _ => format!("spans of {}", self.quote(pipeline.span)),
            },
            SpansetExpr::Chain(chain) => {
                let mut left = self.spansets(&chain.first);
                for link in &chain.rest {
                    let right = self.spansets(&link.operand);
                    left = joined(link.op, &left, &right);
                }
                left
            }
        }
    }

    fn filter(&self, filter: &Filter) -> String {
        match &filter.condition.kind {
            ExprKind::Literal(Value::Bool(true)) => "all spans".to_owned(),
            ExprKind::Literal(Value::Bool(false)) => "no span".to_owned(),
            _ => format!("spans {}", self.condition(&filter.condition)),
        }
    }

    /// Writes a condition with the word that leads to it.
    fn condition(&self, expr: &Expr) -> String {
        let words = self.words(expr, false);
        format!("{} {words}", if begins_with_field(expr) { "whose" } else { "where" })
    }

    /// Writes a condition; `is_inside` of another one it stands in brackets.
    fn words(&self, expr: &Expr, is_inside: bool) -> String {
        match &expr.kind {
            ExprKind::Chain(chain) => match chain.rest.as_slice() {
                [link] if matches!(link.op, BinaryOp::Compare(_) | BinaryOp::Match | BinaryOp::NotMatch) => {
                    self.comparison(&chain.first, link.op, &link.operand)
                }
                [first, ..] if chain.rest.iter().all(|link| link.op == first.op) && is_logic(first.op) => {
                    let word = if first.op == BinaryOp::And { " and " } else { " or " };
                    let rest = chain.rest.iter().map(|link| &link.operand);
                    let parts: Vec<String> =
                        std::iter::once(&*chain.first).chain(rest).map(|part| self.words(part, true)).collect();
                    let text = parts.join(word);
                    if is_inside { format!("({text})") } else { text }
                }
                // `&&` and `||` bind alike: from the left.
                [rest @ .., last] if is_logic(last.op) && !rest.is_empty() => {
                    let mut text = self.words(&chain.first, true);
                    let mut before = None;
                    for link in &chain.rest {
                        let word = if link.op == BinaryOp::And { "and" } else { "or" };
                        if before.is_some_and(|before| before != link.op) {
                            text = format!("({text})");
                        }
                        text = format!("{text} {word} {}", self.words(&link.operand, true));
                        before = Some(link.op);
                    }
                    if is_inside { format!("({text})") } else { text }
                }
                _ => self.quote(expr.span),
            },
            ExprKind::Unary { op: UnaryOp::Not, operand, .. } => match &operand.kind {
                ExprKind::Field(_) => format!("{} is false", self.quote(operand.span)),
                _ => format!("not ({})", self.words(operand, false)),
            },
            ExprKind::Field(_) => format!("{} is true", self.quote(expr.span)),
            _ => self.quote(expr.span),
        }
    }

    fn comparison(&self, left: &Expr, op: BinaryOp, right: &Expr) -> String {
        let is_nil = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Value::Nil));
        let (left, op, right) = match (op, is_literal(left) && !is_literal(right)) {
            (BinaryOp::Compare(op), true) => (right, BinaryOp::Compare(op.flipped()), left),
            _ => (left, op, right),
        };
        let field = self.quote(left.span);
        let value = self.quote(right.span);
        match op {
            BinaryOp::Compare(CompareOp::Eq) if is_nil(right) => format!("{field} is absent"),
            BinaryOp::Compare(CompareOp::Ne) if is_nil(right) => format!("{field} is present"),
            BinaryOp::Compare(op) => format!("{field} is {}{value}", compared(op)),
            BinaryOp::Match => format!("{field} matches {value}"),
            _ => format!("{field} does not match {value}"),
        }
    }

    fn scalar_filter(&self, filter: &ScalarFilter) -> String {
        let right = Span { start: filter.op_span.end, end: filter.span.end };
        match (&filter.left, &filter.right) {
            (ScalarExpr::Aggregate(aggregate), ScalarExpr::Literal(_)) => {
                let what = self.aggregate(aggregate);
                format!("spansets whose {what} is {}{}", compared(filter.op), self.quote(right))
            }
            _ => format!("spansets for which {} holds", self.quote(filter.span)),
        }
    }

    fn aggregate(&self, aggregate: &Aggregate) -> String {
        let argument = aggregate.argument.as_ref().map(|argument| self.quote(argument.span)).unwrap_or_default();
        match aggregate.function {
            AggregateFn::Count => "number of spans".to_owned(),
            AggregateFn::Min => format!("smallest {argument}"),
            AggregateFn::Max => format!("largest {argument}"),
            AggregateFn::Avg => format!("mean {argument}"),
            AggregateFn::Sum => format!("sum of {argument}"),
        }
    }

    /// Writes a metrics query: its one operand, or each under a letter and what is computed of them.
    fn metrics(&self, expr: &MetricsExpr) -> Vec<String> {
        match expr {
            MetricsExpr::Pipeline(pipeline) => {
                let mut sentences = self.pipeline(&pipeline.spansets);
                sentences.push(self.first_stage(&pipeline.stage));
                sentences
            }
            MetricsExpr::Staged(inner, steps) => {
                let mut sentences = self.metrics(inner);
                sentences.extend(steps.iter().map(|step| match &step.stage {
                    SecondStage::TopK(n) => format!("Keeps the {n} largest series at each time."),
                    SecondStage::BottomK(n) => format!("Keeps the {n} smallest series at each time."),
                    SecondStage::Filter(op, _) => {
                        let value = self.quote(Span { start: step.op_span.end, end: step.span.end });
                        format!("Keeps samples that are {}{value}.", compared(*op))
                    }
                }));
                sentences
            }
            MetricsExpr::Chain(_) => {
                let mut operands = Vec::new();
                let formula = self.formula(expr, false, &mut operands);
                operands.push(format!("Computes {}, for each pair of series with the same labels.", code(&formula)));
                operands
            }
            MetricsExpr::Literal(value) => vec![format!("Gives the number {}.", code(&value.to_string()))],
            MetricsExpr::Invalid => Vec::new(),
        }
    }

    /// Writes arithmetic with a letter for each operand; the operands are added to what is said already.
    fn formula(&self, expr: &MetricsExpr, is_inside: bool, operands: &mut Vec<String>) -> String {
        match expr {
            MetricsExpr::Literal(value) => value.to_string(),
            MetricsExpr::Chain(chain) => {
                let mut text = self.formula(&chain.first, true, operands);
                for link in &chain.rest {
                    let right = self.formula(&link.operand, true, operands);
                    text = format!("{text} {} {right}", ArithmeticOp::text(link.op));
                }
                if is_inside { format!("({text})") } else { text }
            }
            _ => {
                let letter = letter(operands.len());
                operands.push(format!("{letter}: {}", self.metrics(expr).join(" ")));
                letter
            }
        }
    }

    fn first_stage(&self, stage: &MetricsStage) -> String {
        let field = stage.field.as_ref().map(|field| self.quote(field.span)).unwrap_or_default();
        let what = match stage.function {
            MetricsFn::Rate => "Counts spans per second".to_owned(),
            MetricsFn::CountOverTime => "Counts spans in each step".to_owned(),
            MetricsFn::MinOverTime => format!("Computes the smallest {field} in each step"),
            MetricsFn::MaxOverTime => format!("Computes the largest {field} in each step"),
            MetricsFn::AvgOverTime => format!("Computes the mean {field} in each step"),
            MetricsFn::SumOverTime => format!("Computes the sum of {field} in each step"),
            MetricsFn::QuantileOverTime => {
                let quantiles: Vec<String> = stage.quantiles.iter().map(f64::to_string).collect();
                let noun = if quantiles.len() == 1 { "quantile" } else { "quantiles" };
                format!("Computes the {noun} {} of {field} in each step", listed(&quantiles))
            }
            MetricsFn::HistogramOverTime => format!("Counts spans in each step by powers of two of {field}"),
            MetricsFn::Compare => match &stage.compare {
                Some(compare) => {
                    let (spans, top) = (self.filter(&compare.selection), compare.top);
                    format!("Compares {spans} with the others by the {top} most frequent values of each attribute")
                }
                None => "Compares spans with the others".to_owned(),
            },
        };
        let by: Vec<String> = stage.by.iter().map(|field| self.quote(field.span)).collect();
        match by.is_empty() {
            true => format!("{what}."),
            // Another "by" stands before.
            false if stage.function == MetricsFn::HistogramOverTime => format!("{what}, for each {}.", listed(&by)),
            false => format!("{what} by {}.", listed(&by)),
        }
    }
}

/// Returns the letter of an operand: `A` to `Z`, then `A1` and so on.
fn letter(index: usize) -> String {
    const LETTERS: [&str; 26] = [
        "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V",
        "W", "X", "Y", "Z",
    ];
    let round = index / LETTERS.len();
    let letter = LETTERS[index % LETTERS.len()];
    if round == 0 { letter.to_owned() } else { format!("{letter}{round}") }
}

/// Writes a comparison between "is" and its value, with the blank before the value.
fn compared(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "",
        CompareOp::Ne => "not ",
        CompareOp::Lt => "under ",
        CompareOp::Le => "at most ",
        CompareOp::Gt => "over ",
        CompareOp::Ge => "at least ",
    }
}

/// Writes what an operator makes of two spansets.
fn joined(op: SpansetOp, left: &str, right: &str) -> String {
    let several = |relation: Relation| match relation {
        Relation::Child => "children of",
        Relation::Parent => "parents of",
        Relation::Descendant => "below",
        Relation::Ancestor => "above",
        Relation::Sibling => "siblings of",
    };
    match op {
        SpansetOp::And => format!("{left} and {right}, in traces that have both"),
        SpansetOp::Or => format!("{left} and {right}, in traces that have either"),
        SpansetOp::Related(relation) => format!("{right} that are {} {left}", several(relation)),
        SpansetOp::Unrelated(relation) => format!("{right} that are not {} {left}", several(relation)),
        SpansetOp::Union(relation) => format!("{left} with {right} that are {} them", several(relation)),
    }
}

fn is_logic(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::And | BinaryOp::Or)
}

fn is_logical(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Chain(chain) if chain.rest.first().is_some_and(|link| is_logic(link.op)))
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(_))
}

/// Tells whether the words of a condition begin with a field, so that "whose" can lead to it.
fn begins_with_field(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Field(_) => true,
        ExprKind::Chain(chain) => match chain.rest.as_slice() {
            [link] if matches!(link.op, BinaryOp::Compare(_)) && is_literal(&chain.first) => {
                matches!(link.operand.kind, ExprKind::Field(_))
            }
            [first, ..] if is_logic(first.op) => {
                let is_comparison = |expr: &Expr| begins_with_field(expr) && !is_logical(expr);
                is_comparison(&chain.first)
                    && chain.rest.iter().all(|link| link.op == first.op && is_comparison(&link.operand))
            }
            [link] if !matches!(link.op, BinaryOp::Arithmetic(_)) => begins_with_field(&chain.first),
            _ => false,
        },
        _ => false,
    }
}
