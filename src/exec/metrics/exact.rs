//! Sums that do not depend on the order of what is summed up.

/// The exact sum of floats.
///
/// Kept as floats that do not overlap, smallest first, whose sum is exact (J. R. Shewchuk, "Adaptive Precision
/// Floating-Point Arithmetic and Fast Robust Geometric Predicates", 1997): two or three of them for numbers of like size,
/// some forty at the worst.
#[derive(Clone, Debug, Default)]
pub(super) struct ExactSum {
    parts: Parts,
    /// Numbers so large that their sum may leave what floats can hold, scaled down.
    large: Parts,
    /// The sum of infinities.
    infinite: f64,
}

/// Numbers from here on are scaled down: billions of them stay within what floats can hold.
const LARGE: f64 = 1e290;

/// Powers of two, so that scaling loses nothing.
const DOWN: f64 = 1.0 / UP;
const UP: f64 = (1_u128 << 100) as f64;

impl ExactSum {
    /// Adds a number that is not NaN.
    pub(super) fn add(&mut self, number: f64) {
        if number.is_infinite() {
            self.infinite += number;
        } else if number.abs() >= LARGE {
            self.large.add(number * DOWN);
        } else {
            self.parts.add(number);
        }
    }

    /// Adds another sum.
    pub(super) fn merge(&mut self, other: &ExactSum) {
        other.parts.0.iter().for_each(|part| self.parts.add(*part));
        other.large.0.iter().for_each(|part| self.large.add(*part));
        self.infinite += other.infinite;
    }

    /// Returns the sum, rounded once; NaN if it has infinities of both signs.
    pub(super) fn value(&self) -> f64 {
        if self.infinite != 0.0 {
            return self.infinite;
        }
        if self.large.0.is_empty() {
            return self.parts.value();
        }
        let mut all = self.large.clone();
        self.parts.0.iter().for_each(|part| all.add(part * DOWN));
        all.value() * UP
    }
}

/// Floats that do not overlap, smallest first.
#[derive(Clone, Debug, Default)]
struct Parts(Vec<f64>);

impl Parts {
    fn add(&mut self, number: f64) {
        let parts = &mut self.0;
        let mut carry = number;
        let mut kept = 0;
        for at in 0..parts.len() {
            let part = parts[at];
            let (large, small) = if carry.abs() < part.abs() { (part, carry) } else { (carry, part) };
            let sum = large + small;
            let lost = small - (sum - large);
            if lost != 0.0 {
                parts[kept] = lost;
                kept += 1;
            }
            carry = sum;
        }
        parts.truncate(kept);
        if carry != 0.0 {
            parts.push(carry);
        }
    }

    fn value(&self) -> f64 {
        // From the largest down, until something is lost; what is below can only decide a tie.
        let mut parts = self.0.iter().rev();
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
        // On the way the sum leaves what floats can hold, and comes back.
        assert_eq!(sum(&[1.7e308, 1.7e308, -1.7e308]), 1.7e308);
        assert_eq!(sum(&[1.7e308, 1.7e308]), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn no_order_and_no_split_matters(
            numbers in prop::collection::vec(prop_oneof![-1e6..1e6f64, -1e-9..1e-9f64, -1e30..1e30f64, -1.7e308..1.7e308f64], 0..40),
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
