//! `tempo-power`: Tempo exchanges the sides of `^` between whole numbers.

use super::{
    Findings,
    walk::{Part, constant, may_be_int},
};
use crate::{
    query::{ArithmeticOp, BinaryOp},
    value::Value,
};

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Binary(binary) = part else { return };
    if binary.op != BinaryOp::Arithmetic(ArithmeticOp::Pow) || !binary.left.may_be_int() || !may_be_int(binary.right) {
        return;
    }
    let sides = (binary.left.expr().and_then(constant), constant(binary.right));
    if let (Some(Value::Int(base)), Some(Value::Int(exponent))) = sides {
        let power = |base: i64, exponent: i64| base.checked_pow(u32::try_from(exponent).ok()?);
        // As in 2 ^ 4 and 4 ^ 2.
        if power(base, exponent).is_some_and(|power_| Some(power_) == power(exponent, base)) {
            return;
        }
    }
    let found = findings
        .diagnostic(binary.op_span, "Tempo exchanges the sides of `^` between whole numbers")
        .label("`2 ^ 3` is 9 in Tempo, 8 in traceql")
        .help("with a fraction on one side both agree: `2.0 ^ 3`");
    findings.add(found);
}
