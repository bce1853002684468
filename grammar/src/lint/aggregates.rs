//! `tempo-aggregates`: Tempo aggregates the values of one type and counts the others.

use super::{
    Findings,
    walk::{Part, is_attribute},
};
use crate::{
    query::FieldKey,
    vocab::{functions::AggregateFn, intrinsics::Intrinsic},
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Aggregate(aggregate) = part else { return };
    let Some(argument) = &aggregate.argument else { return };
    let mut differs = false;
    argument.fields(&mut |field| {
        // The only intrinsic with negative numbers; Tempo sums those wrongly.
        let negative = field.key == FieldKey::Intrinsic(Intrinsic::NestedSetParent);
        differs |= is_attribute(field) || negative && aggregate.function == AggregateFn::Sum;
    });
    if !differs {
        return;
    }
    let function = aggregate.function.row().name;
    let found = findings
        .diagnostic(argument.span, format!("Tempo's `{function}` leaves out values of another type than the first"))
        .label("differs if the values have several types, or are negative")
        .help("traceql uses every number; where all spans carry the same type, both agree but for negative sums");
    findings.once(found);
}
