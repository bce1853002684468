//! Aggregates over the spans of a spanset.

use traceql_grammar::vocab::functions::AggregateFn;

use crate::{model::operand::Operand, plan::Aggregate};

use super::{
    eval::eval,
    view::{At, View},
};

/// Computes an aggregate; absent if no span has a number.
///
/// Values of one type keep it (except that the mean of ints is a float), mixed ones become floats, durations in
/// nanoseconds. Values that are no numbers do not count.
pub(super) fn aggregate(view: &View<'_>, aggregate: &Aggregate, rows: &[u32]) -> Operand<'static> {
    let Some(argument) = &aggregate.argument else {
        return Operand::Int(rows.len() as i64);
    };
    let mut numbers = Numbers::default();
    for row in rows {
        numbers.add(eval(view, argument, At::row(*row)));
    }
    numbers.finish(aggregate.function)
}

/// What is known of the numbers so far.
#[derive(Default)]
struct Numbers {
    /// The type that all numbers so far have.
    ty: Option<NumberType>,
    count: i64,
    /// The sum of ints and durations, which no count of spans can overflow.
    whole_sum: i128,
    whole_min: Option<i64>,
    whole_max: Option<i64>,
    float_sum: f64,
    float_min: Option<f64>,
    float_max: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NumberType {
    Int,
    Duration,
    /// Floats, or several types.
    Float,
}

impl Numbers {
    fn add(&mut self, value: Operand<'_>) {
        let (ty, whole) = match value {
            Operand::Int(n) => (NumberType::Int, Some(n)),
            Operand::Duration(n) => (NumberType::Duration, Some(n)),
            Operand::Float(_) => (NumberType::Float, None),
            _ => return,
        };
        let Some(number) = value.number() else { return };
        self.ty = Some(match self.ty {
            Some(other) if other != ty => NumberType::Float,
            _ => ty,
        });
        self.count += 1;
        if let Some(n) = whole {
            self.whole_sum += i128::from(n);
            self.whole_min = Some(self.whole_min.map_or(n, |min| min.min(n)));
            self.whole_max = Some(self.whole_max.map_or(n, |max| max.max(n)));
        }
        self.float_sum += number;
        self.float_min = Some(self.float_min.map_or(number, |min| min.min(number)));
        self.float_max = Some(self.float_max.map_or(number, |max| max.max(number)));
    }

    fn finish(self, function: AggregateFn) -> Operand<'static> {
        let Some(ty) = self.ty else { return Operand::Absent };
        let count = self.count as f64;
        let whole = |n: i128, float: f64| match (i64::try_from(n), ty) {
            (Ok(n), NumberType::Int) => Operand::Int(n),
            (Ok(n), NumberType::Duration) => Operand::Duration(n),
            _ => Operand::Float(float),
        };
        let extreme = |n: Option<i64>, float: Option<f64>| match (n, float) {
            (Some(n), Some(float)) => whole(i128::from(n), float),
            (None, Some(float)) => Operand::Float(float),
            _ => Operand::Absent,
        };
        match function {
            AggregateFn::Count => Operand::Int(self.count),
            AggregateFn::Min => extreme(self.whole_min, self.float_min),
            AggregateFn::Max => extreme(self.whole_max, self.float_max),
            AggregateFn::Sum => whole(self.whole_sum, self.float_sum),
            AggregateFn::Avg => match ty {
                NumberType::Duration => whole(self.whole_sum / i128::from(self.count), self.float_sum / count),
                NumberType::Int => Operand::Float(self.whole_sum as f64 / count),
                NumberType::Float => Operand::Float(self.float_sum / count),
            },
        }
    }
}
