//! From a filter's expression to the condition that every span meets for which it holds.
//!
//! The cases are those in which `lower.rs` makes tests of expressions; what no comparison of one field with something
//! constant says becomes at most a question whether the fields are there.

use hashbrown::HashSet;
use traceql_grammar::{
    ops::{BinaryOp, CompareOp, UnaryOp},
    query::{Chain, Expr, ExprKind, Field, FieldKey, Link},
    value::Value,
    vocab::scopes::Scope,
};

use crate::model::intrinsic_facts::facts;

use super::{
    super::{alternation::changes_often, columns::child_table},
    Server,
    wide::Wide,
};

/// Whose fields a condition asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The span's.
    Own,
    /// Those of its parent, as a condition on that span.
    Parents,
}

/// What a field is asked.
pub(super) enum Asked<'q> {
    /// A comparison with a literal on the right, which is not `nil`.
    Compare(CompareOp, &'q Value),
    /// Whether it matches a pattern (`true`), or does not.
    Match(&'q str, bool),
    /// Whether it has a value (`true`), or none.
    Present(bool),
    /// Whether it is this truth value.
    Is(bool),
}

/// Makes conditions for one query and one server.
pub(super) struct Conditions<'q> {
    pub(super) server: Server,
    /// The names under which unscoped attributes also find values of events, links and the like: Tempo looks them up among
    /// all that the query reads, and a condition reads less.
    namesakes: HashSet<&'q str>,
}

impl<'q> Conditions<'q> {
    /// `fields` shows each field of the whole query.
    pub(super) fn new(server: Server, fields: impl FnOnce(&mut dyn FnMut(&'q Field))) -> Conditions<'q> {
        let mut namesakes = HashSet::new();
        fields(&mut |field| match &field.key {
            _ if field.of_parent => {}
            FieldKey::Attribute(Scope::Event | Scope::Link | Scope::Instrumentation, _) | FieldKey::Intrinsic(_) => {
                namesakes.insert(field.bare_name());
            }
            FieldKey::Attribute(..) | FieldKey::Parent => {}
        });
        Conditions { server, namesakes }
    }

    /// Returns what holds of every span for which `expr` gives the truth value `wanted`.
    pub(super) fn gives(&self, expr: &Expr, wanted: bool, whose: Whose) -> Wide {
        match &expr.kind {
            ExprKind::Invalid => Wide::Everything,
            ExprKind::Literal(value) if *value == Value::Bool(wanted) => Wide::Everything,
            ExprKind::Literal(_) => Wide::Nothing,
            ExprKind::Field(field) => self.asks(field, &Asked::Is(wanted), whose),
            ExprKind::Unary { op: UnaryOp::Not, operand, .. } => self.gives(operand, !wanted, whose),
            ExprKind::Unary { op: UnaryOp::Neg, .. } => Wide::Nothing,
            ExprKind::Chain(chain) if is_logical(chain) && changes(chain) => Wide::Everything,
            ExprKind::Chain(chain) if is_logical(chain) && wanted => {
                chain.rest.iter().fold(self.gives(&chain.first, true, whose), |left, Link { op, operand, .. }| {
                    let right = self.gives(operand, true, whose);
                    if *op == BinaryOp::And { left.and(right) } else { left.or(right) }
                })
            }
            ExprKind::Chain(chain) if wanted => match asked(chain) {
                Some((field, asked)) => self.asks(field, &asked, whose),
                None => self.operands(chain, whose),
            },
            ExprKind::Chain(chain) if is_logical(chain) => self.denies(expr, true, whose),
            ExprKind::Chain(chain) => self.opposite(chain, whose),
        }
    }

    /// Returns what holds of every span for which `expr` does not give the truth value `denied`.
    fn denies(&self, expr: &Expr, denied: bool, whose: Whose) -> Wide {
        match &expr.kind {
            ExprKind::Literal(value) if *value == Value::Bool(denied) => Wide::Nothing,
            // The field may be absent.
            ExprKind::Invalid
            | ExprKind::Literal(_)
            | ExprKind::Field(_)
            | ExprKind::Unary { op: UnaryOp::Neg, .. } => Wide::Everything,
            ExprKind::Unary { op: UnaryOp::Not, operand, .. } => self.denies(operand, !denied, whose),
            ExprKind::Chain(chain) if is_logical(chain) && changes(chain) => Wide::Everything,
            ExprKind::Chain(_) if !denied => self.gives_or_nothing(expr, whose),
            ExprKind::Chain(chain) if is_logical(chain) => {
                chain.rest.iter().fold(self.denies(&chain.first, true, whose), |left, Link { op, operand, .. }| {
                    let right = self.denies(operand, true, whose);
                    if *op == BinaryOp::And { left.or(right) } else { left.and(right) }
                })
            }
            ExprKind::Chain(chain) => self.opposite(chain, whose),
        }
    }

    /// Returns what holds of every span for which a chain does not give `false`.
    fn gives_or_nothing(&self, expr: &Expr, whose: Whose) -> Wide {
        match &expr.kind {
            // These always give one of both.
            ExprKind::Chain(chain) if is_logical(chain) || asked(chain).is_some() => self.gives(expr, true, whose),
            _ => Wide::Everything,
        }
    }

    /// Returns what holds of every span for which a comparison does not hold.
    fn opposite(&self, chain: &Chain<Expr, BinaryOp>, whose: Whose) -> Wide {
        let Some((field, asked)) = asked(chain) else { return Wide::Everything };
        if let Asked::Present(present) = asked {
            // An event may have it and another one not.
            let is_one = child_table(field) == (false, false);
            return if is_one { self.asks(field, &Asked::Present(!present), whose) } else { Wide::Everything };
        }
        // Of all else, the value may be absent or an array.
        let has_one = match &field.key {
            FieldKey::Intrinsic(intrinsic) => facts(*intrinsic).is_one_value(),
            FieldKey::Attribute(..) | FieldKey::Parent => false,
        };
        if !has_one || whose == Whose::Parents {
            return Wide::Everything;
        }
        let opposite = match asked {
            Asked::Compare(op, value) => Asked::Compare(opposite(op), value),
            Asked::Match(pattern, wanted) => Asked::Match(pattern, !wanted),
            Asked::Present(_) | Asked::Is(_) => return Wide::Everything,
        };
        self.asks(field, &opposite, whose)
    }

    /// Returns what holds where a comparison of more than a field and a literal does: the fields are there.
    fn operands(&self, chain: &Chain<Expr, BinaryOp>, whose: Whose) -> Wide {
        let [Link { op: BinaryOp::Compare(op), operand: right, .. }] = chain.rest.as_slice() else {
            return Wide::Everything;
        };
        if *op == CompareOp::Eq && matches!(right.kind, ExprKind::Literal(Value::Nil)) {
            return Wide::Everything;
        }
        let mut fields = Vec::new();
        needed(&chain.first, &mut fields);
        needed(right, &mut fields);
        fields
            .into_iter()
            .fold(Wide::Everything, |wide, field| wide.and(self.asks(field, &Asked::Present(true), whose)))
    }

    /// Returns what holds of every span of which a field, its own or its parent's, is asked something with success.
    pub(super) fn asks(&self, field: &Field, asked: &Asked<'_>, whose: Whose) -> Wide {
        let mentioned = (whose == Whose::Parents) == field.of_parent && field.key != FieldKey::Parent;
        if !mentioned {
            return Wide::Everything;
        }
        match (whose, &field.key, asked) {
            // The span may have no parent.
            (Whose::Parents, _, Asked::Present(false)) => Wide::Everything,
            (Whose::Own, FieldKey::Attribute(Scope::Any, name), _) if self.namesakes.contains(name.as_str()) => {
                Wide::Everything
            }
            _ => super::leaf::comparison(&field.key, asked, self.server),
        }
    }
}

/// Collects the fields without which an expression has no value.
fn needed<'e>(expr: &'e Expr, fields: &mut Vec<&'e Field>) {
    match &expr.kind {
        ExprKind::Field(field) => fields.push(field),
        ExprKind::Unary { op: UnaryOp::Neg, operand, .. } => needed(operand, fields),
        ExprKind::Chain(chain) if chain.rest.iter().all(|link| matches!(link.op, BinaryOp::Arithmetic(_))) => {
            needed(&chain.first, fields);
            chain.rest.iter().for_each(|link| needed(&link.operand, fields));
        }
        // A comparison has a value also where its fields have none.
        ExprKind::Chain(_) | ExprKind::Unary { op: UnaryOp::Not, .. } | ExprKind::Literal(_) | ExprKind::Invalid => {}
    }
}

fn is_logical(chain: &Chain<Expr, BinaryOp>) -> bool {
    matches!(chain.rest.last(), Some(Link { op: BinaryOp::And | BinaryOp::Or, .. }))
}

/// Tells whether a chain changes too often between `&&` and `||` to be told in other words.
fn changes(chain: &Chain<Expr, BinaryOp>) -> bool {
    changes_often(chain.rest.iter().map(|link| link.op == BinaryOp::And))
}

fn opposite(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Ne,
        CompareOp::Ne => CompareOp::Eq,
        CompareOp::Lt => CompareOp::Ge,
        CompareOp::Le => CompareOp::Gt,
        CompareOp::Gt => CompareOp::Le,
        CompareOp::Ge => CompareOp::Lt,
    }
}

/// Reads a comparison of a field with something constant; the literal may stand on the left.
fn asked(chain: &Chain<Expr, BinaryOp>) -> Option<(&Field, Asked<'_>)> {
    let [Link { op, operand: right, .. }] = chain.rest.as_slice() else { return None };
    match (&chain.first.kind, op, &right.kind) {
        (ExprKind::Field(field), BinaryOp::Compare(op), ExprKind::Literal(Value::Nil)) => match op {
            CompareOp::Eq => Some((field, Asked::Present(false))),
            CompareOp::Ne => Some((field, Asked::Present(true))),
            _ => None,
        },
        (ExprKind::Field(field), BinaryOp::Compare(op), ExprKind::Literal(value)) => {
            Some((field, Asked::Compare(*op, value)))
        }
        (ExprKind::Literal(value), BinaryOp::Compare(op), ExprKind::Field(field)) if *value != Value::Nil => {
            Some((field, Asked::Compare(op.flipped(), value)))
        }
        (ExprKind::Field(field), BinaryOp::Match | BinaryOp::NotMatch, ExprKind::Literal(Value::String(pattern))) => {
            Some((field, Asked::Match(pattern, *op == BinaryOp::Match)))
        }
        _ => None,
    }
}
