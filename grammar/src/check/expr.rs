//! Expressions over one span: names, types, operators.

use super::{
    Checker, Feature,
    mend::{combined, example, operators_of, with_mended_literal},
    words,
};
use crate::{
    ast::{self, ExprKind as Shape},
    diagnostic::{Code, Diagnostic, Edit, quote::cut},
    ops::{BinaryOp, CompareOp, Op, UnaryOp, resolve::Prefix},
    query::{Chain, Expr, ExprKind, Field, FieldKey, Filter, Link},
    regex,
    span::Span,
    token::string::source_offset,
    value::{Type, Value},
    vocab::scopes::Scope,
};

/// Stands where nothing could be understood: fits everywhere, so that nothing else is reported.
fn invalid(span: Span) -> Expr {
    Expr { kind: ExprKind::Invalid, ty: Type::Any, span }
}

impl<'t> Checker<'t> {
    /// Checks `{ … }`; `span` is its text with the braces.
    pub(super) fn filter(&mut self, condition: Option<&ast::Expr<'t>>, span: Span) -> Filter {
        Filter { condition: self.condition(condition, span), span }
    }

    /// Checks the condition of `{ … }`: the expression must be a truth value.
    fn condition(&mut self, condition: Option<&ast::Expr<'t>>, filter: Span) -> Expr {
        let Some(condition) = condition else {
            return Expr { kind: ExprKind::Literal(Value::Bool(true)), ty: Type::Bool, span: filter };
        };
        let expr = self.expr(condition);
        if !matches!(expr.ty, Type::Any | Type::Bool) {
            let found = Diagnostic::new(Code::NotBoolean, "a filter must be a condition", condition.span)
                .label(format!("this is {}", expr.ty.with_article()));
            let found = match &expr.kind {
                ExprKind::Field(field) => {
                    found.help(format!("compare it with something: `{field} {}`", example(expr.ty)))
                }
                _ => found.help("compare it with something"),
            };
            self.report(found);
        }
        expr
    }

    /// Checks an expression over one span.
    pub(super) fn expr(&mut self, expr: &ast::Expr<'t>) -> Expr {
        let span = expr.span;
        match &expr.kind {
            Shape::Literal(_) | Shape::Word(_) | Shape::Attribute(_) | Shape::Scoped(..) => self.operand(expr),
            Shape::Prefix((op, op_span), operand) => self.unary((*op, *op_span), operand, span),
            Shape::Chain(first, rest) => self.chain(first, rest),
            Shape::Group(group) => match group.stages.as_slice() {
                [stage] if stage.hints.is_empty() => self.expr(&stage.expr),
                _ => {
                    let found =
                        Diagnostic::new(Code::UnexpectedToken, "a pipeline cannot stand inside a condition", span)
                            .help("`|` joins stages; inside braces `||` means or");
                    self.report(found);
                    invalid(span)
                }
            },
            // A brace that repair has opened is found already.
            Shape::Filter(Some(inner)) if !self.slice(span).starts_with('{') && !self.begins_with_hole(span) => {
                self.expr(inner)
            }
            Shape::Filter(inner) => {
                let found = Diagnostic::new(Code::UnexpectedToken, "braces cannot stand inside braces", span);
                let (open, close) =
                    (Span { start: span.start, end: span.start + 1 }, Span { start: span.end - 1, end: span.end });
                // Repair may have closed the inner braces; then there is nothing to replace.
                let closed = self.slice(span).ends_with('}');
                let found = match inner {
                    Some(_) if closed => found
                        .help("use parentheses to group conditions")
                        .fix("use parentheses", vec![Edit::replace(open, "("), Edit::replace(close, ")")]),
                    _ => found.help("remove the inner braces"),
                };
                self.report(found);
                inner.as_ref().map_or(invalid(span), |inner| self.expr(inner))
            }
            Shape::Call(call) => {
                self.call_in_condition(call, span);
                invalid(span)
            }
            Shape::Missing => invalid(span),
        }
    }

    fn operand(&mut self, expr: &ast::Expr<'t>) -> Expr {
        let span = expr.span;
        if let Some(value) = self.literal(expr) {
            if value == Value::Nil {
                let found = Diagnostic::new(Code::MisplacedNil, "`nil` stands only beside `=` and `!=`", span)
                    .help("`x != nil` asks whether x is there, `x = nil` whether it is absent");
                self.report(found);
                return invalid(span);
            }
            if self.is_open(span) {
                // Text of which a part is unknown.
                return Expr { ty: value.ty(), ..invalid(span) };
            }
            return Expr { ty: value.ty(), kind: ExprKind::Literal(value), span };
        }
        let Some(field) = self.field(expr) else { return invalid(span) };
        if field.of_parent || field.key == FieldKey::Parent {
            self.parent(&field, span);
        }
        if self.is_open(span) {
            return invalid(span);
        }
        Expr { ty: field.ty(), kind: ExprKind::Field(field), span }
    }

    /// Reports a field of the parent span, which Tempo reads but does not run.
    pub(super) fn parent(&mut self, field: &Field, span: Span) {
        let found =
            Diagnostic::new(Code::ParentUnsupported, "Tempo does not run `parent` yet; over files it works", span);
        let found = match field.key {
            FieldKey::Parent => found,
            _ => found.help("for Tempo, write the parent's condition as a spanset of its own: `{ … } > { … }`"),
        };
        self.report(found);
    }

    fn call_in_condition(&mut self, call: &ast::Call<'t>, span: Span) {
        let known = crate::vocab::functions::Function::from_name(call.name);
        if known.is_none() && !matches!(call.name, "by" | "with") && words::lookup(call.name).is_none() {
            return self.unknown_function(call);
        }
        let found =
            Diagnostic::new(Code::UnexpectedToken, format!("`{}(…)` cannot stand inside braces", call.name), span)
                .help(format!("functions are stages: `{{ … }} | {}(…)`", call.name));
        self.report(found);
    }

    fn unary(&mut self, (op, op_span): Prefix, operand: &ast::Expr<'t>, span: Span) -> Expr {
        let operand = self.expr(operand);
        let fits = match op {
            UnaryOp::Neg => operand.ty.may_be_number(),
            UnaryOp::Not => matches!(operand.ty, Type::Any | Type::Bool),
        };
        let ty = if fits { operand.ty } else { Type::Any };
        if !fits {
            let needed = if op == UnaryOp::Neg { "a number" } else { "a condition" };
            let found = Diagnostic::new(
                Code::WrongOperator,
                format!("`{}` needs {needed}, not {}", op.text(), operand.ty.with_article()),
                span,
            );
            let found = if op == UnaryOp::Not {
                found.help("for the opposite of a comparison use `!=`, or `!( … )` around it")
            } else {
                found
            };
            self.report(found);
        }
        Expr { kind: ExprKind::Unary { op, op_span, operand: Box::new(operand) }, ty, span }
    }

    /// Checks operators of one level from the left, carrying the type along.
    fn chain(&mut self, first: &ast::Expr<'t>, links: &[ast::Link<'t>]) -> Expr {
        // `nil = x` means `x = nil`; only the first operand can be the word, anywhere else `resolve` has put it right.
        if let (Shape::Word("nil"), [link]) = (&first.kind, links)
            && matches!(link.op, Op::Eq | Op::Ne)
        {
            return self.nil_first(first, link);
        }
        let begin = first.span;
        let mut left = self.expr(first);
        let mut end = left.span.to(begin);
        let (mut ty, mut rest) = (left.ty, Vec::with_capacity(links.len()));
        for (at, link) in links.iter().enumerate() {
            end = end.to(link.operand.span);
            let Some(op) = link.op.as_binary() else {
                self.structural_in_condition(link);
                self.expr(&link.operand);
                ty = Type::Bool;
                // Keeps what stands on the left; the operator has been reported.
                continue;
            };
            let is_nil = matches!(link.operand.kind, Shape::Word("nil"));
            let right = if is_nil && matches!(link.op, Op::Eq | Op::Ne) {
                let feature = if link.op == Op::Eq { Feature::EqualNil } else { Feature::NotEqualNil };
                self.needs(feature, link.op_span.to(link.operand.span));
                if link.op == Op::Eq && rest.is_empty() {
                    self.never_nil(&left, end);
                }
                Expr { kind: ExprKind::Literal(Value::Nil), ty: Type::Nil, span: link.operand.span }
            } else if let Some(word) = unknown_text(link, ty) {
                self.unquoted_text(word, link.operand.span, ty);
                invalid(link.operand.span)
            } else {
                self.expr(&link.operand)
            };
            let only = if rest.is_empty() { Some(&left) } else { None };
            if !compatible_with_condition(ty, op, &right) && self.half_comparison(first, links, at, ty) {
                ty = Type::Bool;
                rest.push(Link { op, op_span: link.op_span, operand: right });
                continue;
            }
            ty = self.binary(&Side { ty, expr: only, span: begin.to(link.op_span) }, op, link.op_span, &right, end);
            rest.push(Link { op, op_span: link.op_span, operand: right });
        }
        if rest.is_empty() {
            left.ty = ty;
            return left;
        }
        Expr { kind: ExprKind::Chain(Chain { first: Box::new(left), rest }), ty, span: end }
    }

    fn nil_first(&mut self, nil: &ast::Expr<'t>, link: &ast::Link<'t>) -> Expr {
        let span = nil.span.to(link.operand.span);
        let nil_operand = matches!(link.operand.kind, Shape::Word("nil"));
        let op = if link.op == Op::Ne { CompareOp::Ne } else { CompareOp::Eq };
        let place = nil.span.to(link.op_span);
        match (op, nil_operand) {
            (CompareOp::Ne, _) => self.needs(Feature::NotEqualNil, place),
            (_, true) => self.needs(Feature::NilEqualNil, place),
            _ if Feature::NilEqualOld.row().legal_in(self.target) => {}
            _ => self.needs(Feature::NilEqual, place),
        }
        let left = if nil_operand {
            Expr { kind: ExprKind::Literal(Value::Nil), ty: Type::Nil, span: link.operand.span }
        } else {
            self.expr(&link.operand)
        };
        if op == CompareOp::Eq {
            self.never_nil(&left, span);
        }
        let right = Expr { kind: ExprKind::Literal(Value::Nil), ty: Type::Nil, span: nil.span };
        let rest = vec![Link { op: BinaryOp::Compare(op), op_span: link.op_span, operand: right }];
        Expr { kind: ExprKind::Chain(Chain { first: Box::new(left), rest }), ty: Type::Bool, span }
    }

    /// Reports `= nil` on what every span has.
    fn never_nil(&mut self, left: &Expr, span: Span) {
        let ExprKind::Field(field) = &left.kind else { return };
        let always = match &field.key {
            FieldKey::Intrinsic(_) => !field.of_parent,
            FieldKey::Attribute(Scope::Resource, name) => !field.of_parent && name == "service.name",
            _ => false,
        };
        if always {
            let found =
                Diagnostic::new(Code::NeverNil, format!("`{field}` is never nil"), span).help(match field.key {
                    FieldKey::Intrinsic(intrinsic) if intrinsic.row().ty != Type::String => {
                        "it always has a value, so that `!= nil` is always true".to_owned()
                    }
                    _ => format!("`{field} = \"\"` finds an empty one"),
                });
            self.report(found);
        }
    }

    fn structural_in_condition(&mut self, link: &ast::Link<'t>) {
        let text = link.op.text();
        let found = Diagnostic::new(
            Code::UnexpectedToken,
            format!("`{text}` joins spansets and cannot stand inside braces"),
            link.op_span,
        );
        let found = match link.op {
            Op::Descendant => {
                found.help("to compare, write `>`").fix("write `>`", vec![Edit::replace(link.op_span, ">")])
            }
            Op::Ancestor => {
                found.help("to compare, write `<`").fix("write `<`", vec![Edit::replace(link.op_span, "<")])
            }
            Op::Sibling => {
                found.help("to match, write `=~`").fix("write `=~`", vec![Edit::replace(link.op_span, "=~")])
            }
            _ => found.help(format!("write it between braces: `{{ … }} {text} {{ … }}`")),
        };
        self.report(found);
    }

    /// Judges one operator between a left side and an expression; returns the type of the whole.
    fn binary(&mut self, left: &Side<'_>, op: BinaryOp, op_span: Span, right: &Expr, span: Span) -> Type {
        let result = match op {
            BinaryOp::Arithmetic(_) if left.ty == Type::Any => right.ty,
            BinaryOp::Arithmetic(_) => left.ty,
            _ => Type::Bool,
        };
        if !compatible(left.ty, right.ty) {
            let found = Diagnostic::new(
                Code::TypeMismatch,
                format!("{} cannot be {} {}", left.ty.with_article(), combined(op), right.ty.with_article()),
                span,
            );
            let found = match op {
                BinaryOp::Arithmetic(_) | BinaryOp::And | BinaryOp::Or => found,
                _ => match (left.expr.map(|left| (&left.kind, left.span)), &right.kind) {
                    (_, ExprKind::Literal(value)) => {
                        with_mended_literal(found, left.ty, value, right.span, self.slice(right.span))
                    }
                    (Some((ExprKind::Literal(value), at)), _) => {
                        with_mended_literal(found, right.ty, value, at, self.slice(at))
                    }
                    _ => found,
                },
            };
            self.report(found);
            return if matches!(op, BinaryOp::Arithmetic(_)) { Type::Any } else { Type::Bool };
        }
        if let Some(wrong) = [left.ty, right.ty].into_iter().find(|ty| !allows(*ty, op)) {
            let found = Diagnostic::new(
                Code::WrongOperator,
                format!("`{}` is not defined for {}", op.text(), wrong.with_article()),
                op_span,
            )
            .also(left.span.to(right.span), format!("{} and {}", left.ty.with_article(), right.ty.with_article()))
            .help(operators_of(wrong));
            self.report(found);
            return if matches!(op, BinaryOp::Arithmetic(_)) { Type::Any } else { Type::Bool };
        }
        if matches!(op, BinaryOp::Match | BinaryOp::NotMatch) {
            self.pattern(right);
        }
        result
    }

    /// Checks what stands behind `=~`.
    fn pattern(&mut self, right: &Expr) {
        match &right.kind {
            ExprKind::Literal(Value::String(pattern)) => {
                let Err(error) = regex::translate(pattern) else { return };
                if Feature::UncheckedPattern.row().legal_in(self.target) {
                    return;
                }
                let written = self.slice(right.span);
                let inside = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
                let offset = |at| match written.as_bytes().first() {
                    Some(b'"') => source_offset(inside, at),
                    _ => at,
                };
                let begin = right.span.start as usize + 1;
                let place = Span::new(begin + offset(error.span.start), begin + offset(error.span.end));
                // A string that was never closed has no end to take off.
                let holes = self.holes.is_some_and(|holes| holes.touches(right.span));
                let place = if !holes && self.text.get(place.range()).is_some() { place } else { right.span };
                let found =
                    Diagnostic::new(Code::BadRegex, format!("{} is no valid regular expression", cut(written)), place)
                        .label(error.message)
                        .help("patterns are RE2, matched against the whole value");
                self.report(found);
            }
            ExprKind::Invalid => {}
            _ => {
                if !Feature::AnyPattern.row().legal_in(self.target) {
                    let found =
                        Diagnostic::new(Code::RegexNotLiteral, "a regular expression must be a literal", right.span)
                            .help("write the pattern in quotes");
                    self.report(found);
                }
            }
        }
    }
}

/// Tells whether an operand fits where a condition stands on the left, or joins one.
fn compatible_with_condition(left: Type, op: BinaryOp, right: &Expr) -> bool {
    let joins = matches!(op, BinaryOp::And | BinaryOp::Or);
    !(joins || left == Type::Bool) || matches!(right.ty, Type::Bool | Type::Any | Type::Nil)
}

/// Returns the unknown word behind a comparison with something that is no number: most likely text, or a misspelt word.
fn unknown_text<'t>(link: &ast::Link<'t>, left: Type) -> Option<&'t str> {
    let compares = matches!(link.op, Op::Eq | Op::Ne | Op::Match | Op::NotMatch);
    match link.operand.kind {
        Shape::Word(word) if compares && !matches!(left, Type::Int | Type::Float | Type::Duration | Type::Bool) => {
            words::lookup(word).is_none().then_some(word)
        }
        _ => None,
    }
}

/// The left side of an operator: the first operand, or everything up to here.
struct Side<'e> {
    ty: Type,
    /// The operand, if it is a single one.
    expr: Option<&'e Expr>,
    span: Span,
}

/// Tells whether two types can meet at an operator.
fn compatible(left: Type, right: Type) -> bool {
    let number = |ty| matches!(ty, Type::Int | Type::Float | Type::Duration);
    left == right || number(left) && number(right) || [left, right].iter().any(|ty| matches!(ty, Type::Any | Type::Nil))
}

/// Tells whether a type has an operator.
fn allows(ty: Type, op: BinaryOp) -> bool {
    let equality = matches!(op, BinaryOp::Compare(CompareOp::Eq | CompareOp::Ne));
    match ty {
        Type::Any => true,
        Type::Bool => equality || matches!(op, BinaryOp::And | BinaryOp::Or),
        Type::Int | Type::Float | Type::Duration => matches!(op, BinaryOp::Compare(_) | BinaryOp::Arithmetic(_)),
        Type::String => matches!(op, BinaryOp::Compare(_) | BinaryOp::Match | BinaryOp::NotMatch),
        Type::Status | Type::Kind | Type::Nil => equality,
    }
}

/// Tells whether an expression reads anything from a span.
pub(super) fn references_span(expr: &Expr) -> bool {
    let mut found = matches!(expr.kind, ExprKind::Invalid);
    expr.fields(&mut |_: &Field| found = true);
    found || contains_invalid(expr)
}

fn contains_invalid(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Invalid => true,
        ExprKind::Unary { operand, .. } => contains_invalid(operand),
        ExprKind::Chain(chain) => {
            contains_invalid(&chain.first) || chain.rest.iter().any(|link| contains_invalid(&link.operand))
        }
        ExprKind::Literal(_) | ExprKind::Field(_) => false,
    }
}
