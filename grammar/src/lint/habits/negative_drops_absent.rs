//! `negative-drops-absent`: `span.x != "a"` is false for spans without `x`.

use std::collections::HashSet;

use super::super::{
    Findings,
    reads::of_many,
    together::{runs, test},
    walk::{Part, is_attribute, is_service_name},
};
use crate::{
    query::{BinaryOp, CompareOp, Field},
    value::Value,
};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let (Part::Condition(condition) | Part::Compared(condition)) = part else { return };
    let (mut negative, mut others) = (Vec::new(), HashSet::new());
    for operand in runs(condition).into_iter().flat_map(|run| run.operands) {
        let Some(test) = test(operand.expr).filter(|test| may_be_absent(test.field)) else { continue };
        let denies = matches!(test.op, BinaryOp::Compare(CompareOp::Ne) | BinaryOp::NotMatch);
        // `!= ""` asks whether something is there.
        let asks = test.value == Value::Nil || test.value == Value::String(String::new());
        if denies && !asks {
            negative.push((test.field, test.op, operand.expr.span));
        } else {
            // The author has thought of absence, or asks for the value already.
            others.insert(test.field);
        }
    }
    for (field, op, span) in negative.into_iter().filter(|(field, ..)| !others.contains(field)) {
        let found = findings
            .diagnostic(span, format!("`{}` drops spans without `{field}`", op.text()))
            .label("false where it is absent")
            .help(format!("to keep such spans, write `( … || {field} = nil)`"));
        findings.add(found);
    }
}

fn may_be_absent(field: &Field) -> bool {
    is_attribute(field) && of_many(field).is_none() && !is_service_name(field)
}
