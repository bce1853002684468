//! Fields, expressions and aggregates as text: Tempo's canonical form, which names groups and values in results.

use std::fmt;

use super::{Aggregate, Expr, ExprKind, Field, FieldKey, FieldRef, Link};
use crate::vocab::scopes::Scope;

/// Prints the field as Tempo's canonical text does: `span.foo`, `.foo`, `span."a b"`, `duration`.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.of_parent {
            f.write_str("parent.")?;
        }
        match &self.key {
            FieldKey::Intrinsic(intrinsic) => f.write_str(intrinsic.canonical()),
            FieldKey::Parent => f.write_str("parent"),
            FieldKey::Attribute(scope, name) => {
                // `parent.x` has no second point, `.x` has one.
                if !(self.of_parent && *scope == Scope::Any) {
                    write!(f, "{}.", scope.word())?;
                }
                write_attribute_name(f, name)
            }
        }
    }
}

/// Prints the field.
impl fmt::Display for FieldRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.field.fmt(f)
    }
}

/// Writes an attribute's name, in quotes where it could not stand bare.
fn write_attribute_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    if !name.chars().any(|c| crate::token::ends_attribute_name(c) || c == '"') {
        return f.write_str(name);
    }
    f.write_str("\"")?;
    for c in name.chars() {
        if matches!(c, '"' | '\\') {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    f.write_str("\"")
}

/// Prints the expression as Tempo's canonical text does, each nested operation in parentheses, nothing folded.
///
/// Results use this text as the key of a group or an aggregate: `by(span.i % 2)`.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Literal(value) => write!(f, "{value}"),
            ExprKind::Field(field) => write!(f, "{field}"),
            ExprKind::Unary { op, operand, .. } => {
                f.write_str(op.text())?;
                operand.write_operand(f)
            }
            ExprKind::Chain(chain) => {
                (1..chain.rest.len()).try_for_each(|_| f.write_str("("))?;
                chain.first.write_operand(f)?;
                for (i, Link { op, operand, .. }) in chain.rest.iter().enumerate() {
                    if i > 0 {
                        f.write_str(")")?;
                    }
                    write!(f, " {} ", op.text())?;
                    operand.write_operand(f)?;
                }
                Ok(())
            }
            ExprKind::Invalid => f.write_str("…"),
        }
    }
}

impl Expr {
    fn write_operand(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Unary { .. } | ExprKind::Chain(_) => write!(f, "({self})"),
            _ => write!(f, "{self}"),
        }
    }
}

/// Prints the call as Tempo does where it names a result: `count()`, `avg(duration)`.
impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.function.row().name)?;
        if let Some(argument) = &self.argument {
            write!(f, "{argument}")?;
        }
        f.write_str(")")
    }
}
