//! Words of the grammar at the cursor: stages, functions, operators, brackets and hints.

use traceql_grammar::{
    ops::{OPERATORS, Op},
    value::Type,
    vocab::{
        functions::{FUNCTIONS, Function, FunctionRow, Parameters},
        hints::HINTS,
    },
};

use super::{Candidate, Context, ItemKind, place::Place};
use crate::ide::usage::is_comparison;

/// Returns the words of a place.
pub(super) fn words(context: &Context<'_>, place: &Place<'_>) -> Vec<Candidate> {
    match place {
        Place::Start => start(context),
        Place::Stage { is_metrics } => stages(context, *is_metrics),
        Place::Spanset => spanset(),
        Place::Operator { ty, is_compared, close } => expression_operators(context, *ty, *is_compared, close),
        Place::Argument { ty, is_expression, has_more } => {
            let mut candidates = vec![keyword(")", 0)];
            candidates.extend(has_more.then(|| keyword(",", 1)));
            if *is_expression && ty.may_be_number() {
                candidates.extend(operators(context, is_arithmetic, 10));
            }
            candidates
        }
        Place::Number(function) => numbers(*function),
        Place::Call => vec![keyword("(", 0)],
        Place::AfterSpanset { is_group } => {
            let mut candidates = operators(context, is_between_spansets, 10);
            candidates.push(keyword("|", 0));
            candidates.extend(with(20));
            candidates.extend(is_group.then(|| keyword(")", 1)));
            candidates
        }
        Place::AfterAggregate(ty) => {
            let mut candidates = operators(context, |op| is_comparison(op) && !is_regex(op), 0);
            if ty.may_be_number() {
                candidates.extend(operators(context, is_arithmetic, 20));
            }
            candidates
        }
        Place::AfterStage { is_group } => {
            let end = if *is_group { Some(keyword(")", 1)) } else { with(1) };
            [keyword("|", 0)].into_iter().chain(end).collect()
        }
        Place::AfterMetrics { is_group } => {
            let by = Candidate::new("by", ItemKind::Keyword, 0).detail("one series for each value").snippet("by ($1)");
            let mut candidates = vec![by.id("function:by"), keyword("|", 1)];
            candidates.extend(with(2));
            candidates.extend(is_group.then(|| keyword(")", 2)));
            candidates.extend(operators(context, |op| is_comparison(op) && !is_regex(op), 10));
            candidates
        }
        Place::AfterSeries { is_group } => {
            let end = is_group.then(|| keyword(")", 1));
            let sums = operators(context, is_arithmetic, 10);
            let comparisons = operators(context, |op| is_comparison(op) && !is_regex(op), 20);
            [keyword("|", 0)].into_iter().chain(end).chain(with(1)).chain(sums).chain(comparisons).collect()
        }
        Place::Hint => hints(context),
        Place::HintEquals => vec![Candidate::new("=", ItemKind::Operator, 0)],
        Place::AfterHint => vec![keyword(")", 0), keyword(",", 1)],
        Place::Nowhere | Place::Operand { .. } | Place::Field { .. } | Place::Value { .. } | Place::HintValue(_) => {
            Vec::new()
        }
    }
}

fn keyword(text: &str, score: usize) -> Candidate {
    Candidate::new(text, ItemKind::Keyword, score)
}

fn frame(label: &str, snippet: &str, detail: &str, score: usize) -> Candidate {
    Candidate::new(label, ItemKind::Snippet, score).detail(detail).snippet(snippet)
}

/// Returns the beginnings of a query: frames, and once a letter is typed the stages that may be first.
fn start(context: &Context<'_>) -> Vec<Candidate> {
    let frames = [
        ("{ }", "{ $1 }", "a filter"),
        ("{ resource.service.name = … }", "{ resource.service.name = \"$1\" }", "spans of a service"),
        ("{ status = error }", "{ status = error }", "spans that failed"),
        ("{ duration > … }", "{ duration > ${1:1s} }", "slow spans"),
        ("{ } | rate()", "{ $1 } | rate()", "spans per second"),
        ("{ } >> { }", "{ $1 } >> { $2 }", "spans below others"),
        ("(", "(", "a group"),
    ];
    let frames = frames.into_iter().enumerate();
    let mut candidates: Vec<Candidate> =
        frames.map(|(index, (label, snippet, detail))| frame(label, snippet, detail, index)).collect();
    if !context.word.typed.is_empty() {
        let may_be_first = |row: &&FunctionRow| {
            let is_over_series = matches!(row.id, Function::Metrics(_) | Function::TopK | Function::BottomK);
            !is_over_series && row.since <= context.release
        };
        candidates.extend(FUNCTIONS.iter().filter(may_be_first).map(stage));
    }
    candidates
}

/// Returns the spansets behind an operator.
fn spanset() -> Vec<Candidate> {
    vec![frame("{ }", "{ $1 }", "a filter", 0), frame("(", "(", "a group", 1)]
}

/// Returns the stages behind a pipe.
fn stages(context: &Context<'_>, is_metrics: bool) -> Vec<Candidate> {
    let may_stand = |row: &&FunctionRow| {
        let is_second = matches!(row.id, Function::TopK | Function::BottomK);
        is_second == is_metrics && row.since <= context.release
    };
    let mut candidates: Vec<Candidate> = FUNCTIONS.iter().filter(may_stand).map(stage).collect();
    if !is_metrics {
        candidates.push(frame("{ }", "{ $1 }", "a filter", 6));
    }
    candidates
}

/// Functions that queries have most, in this order.
const USUAL: [&str; 9] =
    ["rate", "select", "count", "by", "quantile_over_time", "count_over_time", "avg", "histogram_over_time", "max"];

fn stage(row: &FunctionRow) -> Candidate {
    let name = row.name;
    let arguments = match row.parameters {
        Parameters::None => "()",
        Parameters::Expression | Parameters::Field | Parameters::Fields => "($1)",
        Parameters::Quantiles => "(${1:duration}, ${2:.99})",
        Parameters::Comparison => "({ $1 })",
        Parameters::Limit => "(${1:10})",
    };
    let comparison = match row.id {
        Function::Aggregate(_) => " > $2",
        _ => "",
    };
    let place = USUAL.iter().position(|usual| *usual == name);
    let index = FUNCTIONS.iter().position(|other| other.id == row.id).unwrap_or_default();
    let score = place.unwrap_or(USUAL.len() + index);
    let candidate = Candidate::new(name, ItemKind::Function, score).detail(row.signature);
    candidate.snippet(&format!("{name}{arguments}{comparison}")).id(format!("function:{name}"))
}

/// Returns the operators behind an operand over a span.
///
/// Behind a condition come `&&`, `||` and the closing bracket first; behind other operands comparisons and arithmetic.
fn expression_operators(context: &Context<'_>, ty: Type, is_compared: bool, close: &'static str) -> Vec<Candidate> {
    let is_whole = is_compared || ty == Type::Bool;
    let close = context.missing(close);
    let is_logic = |op| matches!(op, Op::And | Op::Or);
    let fits = |op| is_comparison(op) && (ty.may_be_number() || !is_order(op)) && may_be_regex(ty, op);
    let logic = if is_whole { 0 } else { 30 };
    let mut candidates = Vec::new();
    if !is_compared {
        candidates.extend(operators(context, fits, if is_whole { 10 } else { 0 }));
    }
    candidates.extend(operators(context, is_logic, logic));
    if !close.is_empty() {
        // An attribute alone may be a condition, and anything may stand between brackets.
        let is_early = !is_whole && (ty == Type::Any || close == ")");
        let score = if is_early { 5 } else { logic * 100 + 50 };
        candidates.push(keyword(close, score));
    }
    if ty.may_be_number() {
        candidates.extend(operators(context, is_arithmetic, 20));
    }
    candidates
}

fn is_regex(op: Op) -> bool {
    matches!(op, Op::Match | Op::NotMatch)
}

fn is_order(op: Op) -> bool {
    matches!(op, Op::Lt | Op::Le | Op::Gt | Op::Ge)
}

fn may_be_regex(ty: Type, op: Op) -> bool {
    !is_regex(op) || matches!(ty, Type::Any | Type::String)
}

fn is_arithmetic(op: Op) -> bool {
    matches!(op, Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Mod | Op::Pow)
}

/// Tells whether an operator may stand between spansets. `!~` is left to who types it: it reads like a regular expression.
fn is_between_spansets(op: Op) -> bool {
    !is_arithmetic(op) && !matches!(op, Op::Eq | Op::Ne | Op::Le | Op::Ge | Op::Match)
}

/// Operators in the order in which queries have them.
const ORDER: [Op; 12] = [
    Op::Eq,
    Op::Ne,
    Op::And,
    Op::Or,
    Op::Match,
    Op::Descendant,
    Op::Gt,
    Op::Ge,
    Op::Lt,
    Op::Le,
    Op::NotMatch,
    Op::UnionDescendant,
];

/// Returns the operators of which something is true.
fn operators(context: &Context<'_>, is_wanted: impl Fn(Op) -> bool, from: usize) -> Vec<Candidate> {
    let is_between_spansets = is_wanted(Op::Descendant);
    let known = OPERATORS.iter().filter(|row| row.since <= context.release || is_comparison(row.op));
    let wanted = known.filter(|row| is_wanted(row.op)).enumerate();
    let candidates = wanted.map(|(index, row)| {
        let place = ORDER.iter().position(|op| *op == row.op).unwrap_or(ORDER.len() + index);
        let candidate = Candidate::new(row.text, ItemKind::Operator, from * 100 + place);
        candidate.detail(row.doc_of(is_between_spansets)).id(format!("operator:{}", row.text))
    });
    candidates.collect()
}

/// Returns the numbers that usually are the argument of a function.
fn numbers(function: Function) -> Vec<Candidate> {
    let texts: &[&str] = match function.row().parameters {
        Parameters::Quantiles => &[".99", ".95", ".9", ".5"],
        _ => &["10", "5", "3", "20"],
    };
    texts.iter().enumerate().map(|(index, text)| Candidate::new(*text, ItemKind::Value, index)).collect()
}

/// Returns the list of hints.
fn with(score: usize) -> Option<Candidate> {
    let candidate = Candidate::new("with", ItemKind::Keyword, score * 100).detail("hints to Tempo");
    Some(candidate.snippet("with ($1)"))
}

/// Returns the hints. Those that a tenant has to be allowed come last.
fn hints(context: &Context<'_>) -> Vec<Candidate> {
    let known = HINTS.iter().filter(|row| row.since <= context.release).enumerate();
    let candidates = known.map(|(index, row)| {
        let score = if row.is_unsafe { index + HINTS.len() } else { index };
        let candidate =
            Candidate::new(row.name, ItemKind::Hint, score).detail(row.doc).id(format!("hint:{}", row.name));
        candidate.snippet(&format!("{}=${{1:{}}}", row.name, row.example))
    });
    candidates.collect()
}
