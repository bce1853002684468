//! Values as keys of a map.

use std::hash::{Hash, Hasher};

use crate::model::operand::Operand;

/// A value that is equal to another if both have the same type and are the same.
#[derive(Clone, Copy, Debug)]
pub(in crate::exec) struct Key<'a>(pub(in crate::exec) Operand<'a>);

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            // The commonest, without a look at the others.
            (Operand::Str(a), Operand::Str(b)) => a == b,
            (Operand::Int(a), Operand::Int(b)) => a == b,
            (a, b) => a.total_cmp(b).is_eq(),
        }
    }
}

impl Eq for Key<'_> {}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let value = if self.0.is_absent() { Operand::Absent } else { self.0 };
        std::mem::discriminant(&value).hash(state);
        match value {
            Operand::Absent | Operand::Unheld => {}
            Operand::Str(text) => text.hash(state),
            Operand::TraceId(id) => id.0.hash(state),
            Operand::SpanId(id) => id.0.hash(state),
            Operand::Int(n) | Operand::Duration(n) => n.hash(state),
            Operand::Float(x) => x.to_bits().hash(state),
            Operand::Bool(b) => b.hash(state),
            Operand::Status(status) => status.hash(state),
            Operand::Kind(kind) => kind.hash(state),
            Operand::Array(elements) => elements.iter().for_each(|element| Key(element).hash(state)),
        }
    }
}
