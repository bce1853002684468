//! The grammatical place of a cursor: which kind of word may follow the tokens before it.

use traceql_grammar::{
    ops::Op,
    token::{Lexeme, Token},
    value::Type,
    vocab::{
        conventions::{self, ValueType},
        functions::{Function, Parameters},
        hints::{self, HintRow},
        intrinsics::Intrinsic,
    },
};

use crate::ide::usage::is_comparison;

/// The kind of word that may follow.
#[derive(Clone, Debug)]
pub(super) enum Place<'t> {
    /// Nothing that is known.
    Nowhere,
    /// The first stage of a query or of a group.
    Start,
    /// A stage behind a pipe.
    Stage {
        /// Whether a metrics function stands before.
        is_metrics: bool,
    },
    /// A spanset behind an operator.
    Spanset,
    /// An operand of an expression over a span.
    Operand {
        /// The bracket that ends the expression, if that is empty so far.
        close: &'static str,
    },
    /// An operator or a bracket behind an operand of an expression.
    Operator {
        /// The type of the operand.
        ty: Type,
        /// Whether a comparison has its right side already.
        is_compared: bool,
        /// The bracket that ends the expression.
        close: &'static str,
    },
    /// A value that is compared.
    Value {
        /// The text of the left side, if it is an attribute or intrinsic.
        field: Option<Field<'t>>,
        /// The type of the left side.
        ty: Type,
        /// The operator.
        op: Op,
    },
    /// A field in a list or an argument.
    Field {
        /// Whether only numbers make sense.
        is_number: bool,
    },
    /// A comma or a bracket behind an argument.
    Argument {
        /// The type of the argument.
        ty: Type,
        /// Whether arithmetic may follow.
        is_expression: bool,
        /// Whether another argument may follow.
        has_more: bool,
    },
    /// A number of the function's arguments.
    Number(Function),
    /// The opening bracket of a call or a list.
    Call,
    /// Behind a spanset.
    AfterSpanset {
        /// Whether a bracket is open around it.
        is_group: bool,
    },
    /// Behind an aggregate, which is to be compared.
    AfterAggregate(Type),
    /// Behind a stage that is complete.
    AfterStage {
        /// Whether a bracket is open around it.
        is_group: bool,
    },
    /// Behind a metrics function without `by`.
    AfterMetrics {
        /// Whether a bracket is open around it.
        is_group: bool,
    },
    /// Behind a metrics stage that is complete.
    AfterSeries {
        /// Whether a bracket is open around it.
        is_group: bool,
    },
    /// The name of a hint.
    Hint,
    /// The equals sign of a hint.
    HintEquals,
    /// The value of a hint.
    HintValue(&'static HintRow),
    /// Behind the value of a hint.
    AfterHint,
}

/// An attribute or intrinsic with its tokens' bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'t> {
    /// The field as it is written.
    pub text: &'t str,
}

/// A bracket that is open, or the query itself.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Frame {
    /// Stages: a query or a group.
    Stages { is_metrics: bool },
    /// An expression in braces or in brackets inside of them.
    Expression { close: &'static str },
    /// Arguments of a function.
    Arguments(Function),
    /// The list of `by`.
    By,
    /// The hints of `with`.
    With,
}

/// Returns the place behind tokens. `is_condition` tells that they stand inside of braces.
pub(super) fn place<'t>(text: &'t str, tokens: &[Lexeme<'t>], is_condition: bool) -> Place<'t> {
    let base = if is_condition { Frame::Expression { close: "" } } else { Frame::Stages { is_metrics: false } };
    // Each frame with the index of its first token, and that of its stage, part or argument.
    let mut frames = vec![(base, 0, 0)];
    let (mut here, mut begin) = (base, 0);
    let mut commas = 0;
    for (index, lexeme) in tokens.iter().enumerate() {
        match lexeme.token {
            Token::OpenBrace | Token::OpenParen => {
                frames.push((here, begin, commas));
                here = opened(here, &tokens[begin..=index]);
                (begin, commas) = (index + 1, 0);
            }
            Token::CloseBrace | Token::CloseParen if frames.len() > 1 => {
                (here, begin, commas) = frames.pop().unwrap_or((base, 0, 0));
            }
            Token::Pipe => {
                if let Frame::Stages { is_metrics } = &mut here {
                    *is_metrics |= tokens[begin..index].iter().filter_map(function).any(is_metrics_function);
                }
                begin = index + 1;
            }
            Token::Comma => {
                commas += 1;
                begin = index + 1;
            }
            _ => {}
        }
    }
    let part = &tokens[begin.min(tokens.len())..];
    match here {
        Frame::Stages { is_metrics } if part.is_empty() && begin > 0 && is_behind_pipe(tokens, begin) => {
            Place::Stage { is_metrics }
        }
        Frame::Stages { .. } => in_stage(text, part, frames.len() > 1),
        Frame::Expression { close } => in_expression(text, part, close),
        Frame::Arguments(function) => in_arguments(text, part, function, commas),
        Frame::By if part.is_empty() => Place::Field { is_number: false },
        Frame::By => after_argument(text, part, false, true),
        Frame::With => in_hint(part),
    }
}

fn is_behind_pipe(tokens: &[Lexeme<'_>], begin: usize) -> bool {
    tokens.get(begin - 1).is_some_and(|lexeme| lexeme.token == Token::Pipe)
}

/// Returns the frame that the last of the tokens opens.
fn opened(here: Frame, part: &[Lexeme<'_>]) -> Frame {
    let Some((bracket, rest)) = part.split_last() else { return here };
    if bracket.token == Token::OpenBrace {
        return Frame::Expression { close: "}" };
    }
    let before = rest.last();
    match before.map(|lexeme| &lexeme.token) {
        Some(Token::With) => Frame::With,
        Some(Token::By) if rest.len() > 1 => Frame::By,
        _ => match (before.and_then(function), here) {
            (_, Frame::Expression { .. }) => Frame::Expression { close: ")" },
            (Some(function), _) => Frame::Arguments(function),
            (None, Frame::Arguments(_) | Frame::By | Frame::With) => Frame::Expression { close: ")" },
            (None, Frame::Stages { .. }) => Frame::Stages { is_metrics: false },
        },
    }
}

/// Returns the function that a token names.
fn function(lexeme: &Lexeme<'_>) -> Option<Function> {
    match lexeme.token {
        Token::By => Some(Function::By),
        Token::Word(word) => Function::from_name(word),
        _ => None,
    }
}

fn is_metrics_function(function: Function) -> bool {
    matches!(function, Function::Metrics(_) | Function::TopK | Function::BottomK)
}

/// Returns the place in a stage.
fn in_stage<'t>(text: &'t str, part: &[Lexeme<'t>], is_group: bool) -> Place<'t> {
    let Some(last) = part.last() else { return Place::Start };
    let called = part.first().and_then(function);
    let comparison = compared(part);
    match last.token {
        Token::By | Token::With => return Place::Call,
        Token::Word(word) if Function::from_name(word).is_some() => return Place::Call,
        Token::Op(op) => {
            return match called {
                Some(Function::Aggregate(_) | Function::Metrics(_)) => {
                    Place::Value { field: None, ty: scalar_type(text, part), op }
                }
                _ => Place::Spanset,
            };
        }
        Token::OpenBrace | Token::OpenParen | Token::Minus | Token::Bang => return Place::Nowhere,
        _ => {}
    }
    let has_hints = part.iter().any(|lexeme| lexeme.token == Token::With);
    let has_by = part.iter().skip(1).any(|lexeme| lexeme.token == Token::By);
    match called {
        _ if has_hints => Place::Nowhere,
        Some(Function::Aggregate(_)) if comparison.is_none() => Place::AfterAggregate(scalar_type(text, part)),
        Some(Function::Aggregate(_) | Function::By | Function::Coalesce | Function::Select) => {
            Place::AfterStage { is_group }
        }
        Some(Function::Metrics(_)) if comparison.is_none() && !has_by => Place::AfterMetrics { is_group },
        Some(Function::Metrics(_) | Function::TopK | Function::BottomK) => Place::AfterSeries { is_group },
        // A group of series: `({ } | rate())`.
        None if part.iter().filter_map(function).any(is_metrics_function) => Place::AfterSeries { is_group },
        None => Place::AfterSpanset { is_group },
    }
}

/// Returns the type of an aggregate's value.
fn scalar_type(text: &str, part: &[Lexeme<'_>]) -> Type {
    if part.first().and_then(function).is_some_and(|function| function.row().parameters == Parameters::None) {
        return Type::Int;
    }
    let end = part.iter().position(|lexeme| lexeme.token == Token::CloseParen).unwrap_or(part.len());
    match part.get(2..end) {
        Some(inside) => operand_type(text, inside),
        None => Type::Any,
    }
}

/// Returns the place of the last comparison, outside of brackets, behind the last `&&` and `||`.
fn compared(part: &[Lexeme<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, lexeme) in part.iter().enumerate().rev() {
        match lexeme.token {
            Token::CloseBrace | Token::CloseParen => depth += 1,
            Token::OpenBrace | Token::OpenParen if depth == 0 => return None,
            Token::OpenBrace | Token::OpenParen => depth -= 1,
            Token::Op(Op::And | Op::Or) if depth == 0 => return None,
            Token::Op(op) if depth == 0 && is_comparison(op) => return Some(index),
            _ => {}
        }
    }
    None
}

/// Returns the place in an expression over a span.
fn in_expression<'t>(text: &'t str, part: &[Lexeme<'t>], close: &'static str) -> Place<'t> {
    let Some(last) = part.last() else { return Place::Operand { close } };
    let comparison = compared(part);
    if last.token.ends_operand() {
        let is_compared = comparison.is_some();
        let begin = comparison.map_or(0, |index| index + 1);
        return Place::Operator { ty: operand_type(text, &part[begin..]), is_compared, close };
    }
    match last.token {
        Token::Op(op) if is_comparison(op) => {
            let left = &part[..part.len() - 1];
            Place::Value { field: field(text, left), ty: operand_type(text, left), op }
        }
        _ => Place::Operand { close: "" },
    }
}

/// Returns the field that is the last operand of tokens.
fn field<'t>(text: &'t str, part: &[Lexeme<'t>]) -> Option<Field<'t>> {
    let last = part.last()?;
    let mut span = last.span.range();
    let before = part.len().checked_sub(2).and_then(|index| part.get(index));
    match (&last.token, before.map(|lexeme| &lexeme.token)) {
        (Token::Attribute(_), _) => {}
        (Token::Word(_), Some(Token::Scope(_))) => span.start = before?.span.range().start,
        (Token::Word(word), _) => drop(Intrinsic::from_bare(word)?),
        _ => return None,
    }
    Some(Field { text: text.get(span)? })
}

/// Returns the type of the last operand of tokens, as far as its words tell.
fn operand_type(text: &str, part: &[Lexeme<'_>]) -> Type {
    let Some(last) = part.last() else { return Type::Any };
    match &last.token {
        Token::Int(_) => Type::Int,
        Token::Float(_) => Type::Float,
        Token::Duration(_) => Type::Duration,
        Token::String(_) => Type::String,
        Token::Word("true" | "false") => Type::Bool,
        Token::CloseParen if holds_condition(part) => Type::Bool,
        _ => field(text, part).map_or(Type::Any, |field| field_type(field.text)),
    }
}

/// Tells whether the brackets at the end of tokens hold a condition.
fn holds_condition(part: &[Lexeme<'_>]) -> bool {
    let mut depth = 0_usize;
    for lexeme in part.iter().rev() {
        match lexeme.token {
            Token::CloseParen => depth += 1,
            Token::OpenParen if depth <= 1 => return false,
            Token::OpenParen => depth -= 1,
            Token::Op(op) if is_comparison(op) || matches!(op, Op::And | Op::Or) => return true,
            _ => {}
        }
    }
    false
}

/// Returns the type of a field's values, by the tables.
pub(super) fn field_type(field: &str) -> Type {
    let intrinsic = match field.split_once(':') {
        Some((scope, word)) => Intrinsic::from_scoped(scope, word.trim()),
        None => Intrinsic::from_bare(field),
    };
    if let Some(intrinsic) = intrinsic {
        return intrinsic.row().ty;
    }
    let name = field.strip_prefix("parent.").unwrap_or(field).split_once('.').map_or("", |(_, name)| name);
    match conventions::find(name).map(|row| row.ty) {
        Some(ValueType::String | ValueType::Strings) => Type::String,
        Some(ValueType::Int | ValueType::Ints) => Type::Int,
        Some(ValueType::Double) => Type::Float,
        Some(ValueType::Boolean) => Type::Bool,
        Some(ValueType::Any) | None => Type::Any,
    }
}

/// Returns the place in the arguments of a function.
fn in_arguments<'t>(text: &'t str, part: &[Lexeme<'t>], function: Function, commas: usize) -> Place<'t> {
    let parameters = function.row().parameters;
    let is_expression = parameters == Parameters::Expression;
    let has_more = matches!(parameters, Parameters::Fields | Parameters::Quantiles | Parameters::Comparison);
    match part.last() {
        Some(last) if last.token.ends_operand() => after_argument(text, part, is_expression, has_more),
        Some(_) if is_expression => Place::Operand { close: "" },
        Some(_) => Place::Nowhere,
        None => match parameters {
            Parameters::None => Place::Argument { ty: Type::Any, is_expression: false, has_more: false },
            Parameters::Comparison if commas == 0 => Place::Spanset,
            Parameters::Limit | Parameters::Comparison => Place::Number(function),
            Parameters::Quantiles if commas > 0 => Place::Number(function),
            _ => Place::Field { is_number: matches!(function, Function::Aggregate(_) | Function::Metrics(_)) },
        },
    }
}

fn after_argument<'t>(text: &'t str, part: &[Lexeme<'t>], is_expression: bool, has_more: bool) -> Place<'t> {
    Place::Argument { ty: operand_type(text, part), is_expression, has_more }
}

/// Returns the place in one hint of a list.
fn in_hint<'t>(part: &[Lexeme<'t>]) -> Place<'t> {
    let row = part.first().and_then(|lexeme| match lexeme.token {
        Token::Word(word) => hints::find(word),
        _ => None,
    });
    match part.len() {
        0 => Place::Hint,
        1 => Place::HintEquals,
        2 => row.map_or(Place::Nowhere, Place::HintValue),
        _ => Place::AfterHint,
    }
}
