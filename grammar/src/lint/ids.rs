//! `tempo-ids`: Tempo compares ids only with `=` and `!=`, and only as they are written.

use super::{
    Findings,
    walk::{Binary, Part},
};
use crate::{
    diagnostic::{Edit, Severity},
    query::{BinaryOp, CompareOp, Expr, Field, FieldKey},
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
            let Some(stored) = as_stored(id, digits, &literal) else { return };
            let Some(expr) = (if literal_first { binary.left.expr() } else { Some(binary.right) }) else { return };
            if digits == 16 && stored.starts_with("00") {
                return never_found(expr, name, findings);
            }
            // Tempo drops leading zeros of trace ids itself.
            let is_same = stored == literal || id == Intrinsic::TraceId && literal.trim_start_matches('0') == stored;
            if !is_same {
                spelling(expr, &stored, findings);
            }
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
        .fix("write it as it is stored", vec![Edit::replace(literal.span, format!("\"{stored}\""))])
        .severity(Severity::Info);
    findings.add(found);
}

fn never_found(literal: &Expr, name: &Field, findings: &mut Findings<'_>) {
    let found = findings
        .diagnostic(literal.span, format!("Tempo never finds a `{name}` with two or more leading zeros"))
        .label("16 digits, of which the first two are zeros")
        .help("no other spelling is found either; look for the span by its trace, name or start");
    findings.add(found);
}

fn refused(binary: &Binary<'_>, op: BinaryOp, findings: &mut Findings<'_>) {
    let found = findings
        .diagnostic(binary.op_span, format!("Tempo refuses `{}` between ids", op.text()))
        .label("only `=` and `!=` in Tempo")
        .help("compare whole ids with `=`");
    findings.add(found);
}
