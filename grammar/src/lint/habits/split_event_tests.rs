//! `split-event-tests`: tests joined by `&&` look at one event or link, which has only one value of a kind.

use std::collections::HashMap;

use super::super::{
    Findings,
    reads::of_many,
    together::{runs, test},
    walk::Part,
};
use crate::{
    query::{BinaryOp, CompareOp, Field, FieldKey},
    span::Span,
    value::Value,
    vocab::{conventions::find, scopes::Scope},
};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let (Part::Condition(condition) | Part::Compared(condition)) = part else { return };
    if findings.has_gaps {
        return;
    }
    for run in runs(condition).into_iter().filter(|run| run.op == BinaryOp::And && run.operands.len() > 1) {
        let mut seen: HashMap<&Field, (String, Span)> = HashMap::new();
        for operand in &run.operands {
            let Some(test) = test(operand.expr) else { continue };
            let Some(scope) = of_many(test.field).filter(|_| is_single(test.field)) else { continue };
            let (BinaryOp::Compare(CompareOp::Eq), Value::String(text)) = (test.op, test.value) else { continue };
            let (first, at) = seen.entry(test.field).or_insert_with(|| (text.clone(), operand.expr.span));
            if *first == text {
                continue;
            }
            let (one, at) = (if scope == Scope::Event { "event" } else { "link" }, *at);
            let found = findings
                .diagnostic(operand.expr.span, format!("no single {one} passes both tests of `{}`", test.field))
                .label(format!("asked of the same {one}"))
                .also(at, "the other test")
                .help("for both on one span write two filters, `{ … } | { … }`; for either join them with `||`");
            findings.add(found);
        }
    }
}

/// Tells whether an event or link has one value of it. Ids are written in several ways.
fn is_single(field: &Field) -> bool {
    match &field.key {
        FieldKey::Intrinsic(intrinsic) => intrinsic.canonical() == "event:name",
        FieldKey::Attribute(_, name) => find(name).is_some_and(|found| found.ty.is_single()),
        FieldKey::Parent => false,
    }
}
