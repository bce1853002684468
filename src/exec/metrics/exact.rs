//! Sums that do not depend on the order of what is summed up.

/// The exact sum of floats.
///
/// Kept as floats that do not overlap, smallest first, whose sum is exact (J. R. Shewchuk, "Adaptive Precision
/// Floating-Point Arithmetic and Fast Robust Geometric Predicates", 1997): two or three of them for numbers of like size,
/// some forty at the worst.
#[derive(Clone, Debug, Default)]
pub(super) struct ExactSum {
    parts: Vec<f64>,
    /// The sum of what has no place in `parts`: infinities.
    infinite: f64,
}

impl ExactSum {
    /// Adds a number that is not NaN.
    pub(super) fn add(&mut self, number: f64) {
        if number.is_infinite() {
            self.infinite += number;
            return;
        }
        let mut carry = number;
        let mut kept = 0;
        for at in 0..self.parts.len() {
            let part = self.parts[at];
            let (large, small) = if carry.abs() < part.abs() { (part, carry) } else { (carry, part) };
            let sum = large + small;
            let lost = small - (sum - large);
            if lost != 0.0 {
                self.parts[kept] = lost;
                kept += 1;
            }
            carry = sum;
        }
        self.parts.truncate(kept);
        if carry.is_infinite() {
            // The sum itself leaves what floats can hold.
            self.parts.clear();
            self.infinite += carry;
        } else if carry != 0.0 {
            self.parts.push(carry);
        }
    }

    /// Adds another sum.
    pub(super) fn merge(&mut self, other: &ExactSum) {
        other.parts.iter().for_each(|part| self.add(*part));
        self.infinite += other.infinite;
    }

    /// Returns the sum, rounded once; NaN if it has infinities of both signs.
    pub(super) fn value(&self) -> f64 {
        if self.infinite != 0.0 {
            return self.infinite;
        }
        // From the largest down, until something is lost; what is below can only decide a tie.
        let mut parts = self.parts.iter().rev();
        let Some(mut sum) = parts.next().copied() else { return 0.0 };
        let mut lost = 0.0;
        for part in parts.by_ref() {
            let before = sum;
            sum = before + part;
            lost = part - (sum - before);
            if lost != 0.0 {
                break;
            }
        }
        if let Some(below) = parts.next()
            && (lost < 0.0 && *below < 0.0 || lost > 0.0 && *below > 0.0)
        {
            let twice = lost * 2.0;
            let rounded = sum + twice;
            if twice == rounded - sum {
                sum = rounded;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(numbers: &[f64]) -> f64 {
        let mut sum = ExactSum::default();
        numbers.iter().for_each(|number| sum.add(*number));
        sum.value()
    }

    #[test]
    fn nothing_is_lost() {
        assert_eq!(sum(&[1e100, 1.0, -1e100]), 1.0);
        assert_eq!(sum(&[0.1; 10]), 1.0);
        // Half way between two floats, and a little above.
        assert_eq!(sum(&[1e16, 1.0, 1e-16]), 1e16 + 2.0);
        assert_eq!(sum(&[]), 0.0);
        assert_eq!(sum(&[f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    }

    proptest! {
        #[test]
        fn no_order_and_no_split_matters(
            numbers in prop::collection::vec(prop_oneof![-1e6..1e6f64, -1e-9..1e-9f64, -1e30..1e30f64], 0..40),
            shuffled in any::<prop::sample::Index>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = sum(&numbers);
            let mut turned = numbers.clone();
            if !turned.is_empty() {
                turned.rotate_left(shuffled.index(numbers.len()));
                turned.reverse();
            }
            prop_assert_eq!(sum(&turned).to_bits(), whole.to_bits());
            let (left, right) = turned.split_at(cut.index(turned.len() + 1));
            let (mut a, mut b) = (ExactSum::default(), ExactSum::default());
            left.iter().for_each(|number| a.add(*number));
            right.iter().for_each(|number| b.add(*number));
            b.merge(&a);
            prop_assert_eq!(b.value().to_bits(), whole.to_bits());
        }
    }
}
