//! `tempo-ids`: Tempo compares ids only with `=` and `!=`, and only as they are written.

use super::{
    Findings,
    walk::{Binary, Part},
};
use crate::{
    diagnostic::Edit,
    query::{BinaryOp, CompareOp, Expr, FieldKey},
    value::Value,
    vocab::intrinsics::Intrinsic,
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Binary(binary) = part else { return };
    if binary.place.filter.is_none() {
        return;
    }
    let Some((name, Value::String(literal), literal_first)) = binary.field_and_literal() else { return };
    let FieldKey::Intrinsic(id) = name.key else { return };
    let digits = match id {
        Intrinsic::TraceId | Intrinsic::LinkTraceId => 32,
        Intrinsic::SpanId | Intrinsic::ParentId | Intrinsic::LinkSpanId => 16,
        _ => return,
    };
    match binary.op {
        BinaryOp::Compare(CompareOp::Eq | CompareOp::Ne) => {
            let Some(found_as) = as_stored(id, digits, &literal).filter(|stored| *stored != literal) else { return };
            // Tempo drops leading zeros of this one itself.
            if id == Intrinsic::TraceId && literal.trim_start_matches('0') == found_as {
                return;
            }
            let Some(expr) = (if literal_first { binary.left.expr() } else { Some(binary.right) }) else { return };
            spelling(expr, &found_as, findings);
        }
        op => refused(binary, op, findings),
    }
}

/// Returns the id as Tempo compares it; `None` if it is no id.
fn as_stored(id: Intrinsic, digits: usize, literal: &str) -> Option<String> {
    if literal.is_empty() || !literal.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let trimmed = literal.trim_start_matches('0').to_ascii_lowercase();
    match id {
        _ if trimmed.len() > digits => None,
        // A trace id of zeros is none.
        Intrinsic::TraceId | Intrinsic::LinkTraceId => Some(trimmed).filter(|trimmed| !trimmed.is_empty()),
        _ => Some(format!("{trimmed:0>digits$}")),
    }
}

fn spelling(literal: &Expr, stored: &str, findings: &mut Findings<'_>) {
    let found = findings
        .diagnostic(literal.span, "Tempo does not find an id that is written like this")
        .label(format!("stored as `{stored}`"))
        .help("Tempo compares the digits as text: lower case, span ids with all 16 digits, ids of links without zeros")
        .fix("write it as it is stored", vec![Edit::replace(literal.span, format!("\"{stored}\""))]);
    findings.add(found);
}

fn refused(binary: &Binary<'_>, op: BinaryOp, findings: &mut Findings<'_>) {
    let found = findings
        .diagnostic(binary.op_span, format!("Tempo refuses `{}` between ids", op.text()))
        .label("only `=` and `!=` in Tempo")
        .help("compare whole ids with `=`");
    findings.add(found);
}
