//! Values with their units: one by one to three digits, or many in one scale along an axis.

use crate::{
    model::{
        series::Unit,
        units::{DAY, SECOND},
    },
    output::text,
};

/// Numbers from here on, and those below its counterpart, are written with an exponent.
const HUGE: f64 = 1e15;
const TINY: f64 = 1e-4;

/// Whole numbers below this are written out.
const WRITTEN_OUT: f64 = 10_000.0;

pub(super) const SECONDS_PER_DAY: f64 = (DAY / SECOND) as f64;

/// From here on lengths of time are told in days: four of them.
pub(super) const MANY_HOURS: f64 = 4.0 * SECONDS_PER_DAY;

/// What stands for a value that is not there.
pub(super) const ABSENT: &str = "–";

/// Returns a value for people, to three digits or so: `12.3/s`, `1.2ms`, `2m3s`, `40%`, `1234`, `1.25M`.
pub(super) fn value(x: f64, unit: Unit) -> String {
    if x.is_nan() {
        return ABSENT.to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "∞" } else { "-∞" }.to_owned();
    }
    match unit {
        Unit::Number => number(x),
        Unit::PerSecond => number(x) + "/s",
        Unit::Percent => number(x) + "%",
        Unit::Seconds => duration(x),
        Unit::Nanoseconds => duration(x * 1e-9),
    }
}

/// Returns a finite number: whole ones up to four digits as they are, others to three digits with k, M, G or T.
pub(super) fn number(x: f64) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    let magnitude = x.abs();
    if magnitude < WRITTEN_OUT && magnitude.fract() == 0.0 {
        return format!("{x}");
    }
    let rounded = three_digits(magnitude);
    let sign = if x < 0.0 { "-" } else { "" };
    if !(TINY..HUGE).contains(&rounded) {
        let text = format!("{rounded:.2e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{sign}{}e{exponent}", without_zeros(digits));
    }
    let (divisor, suffix) = match rounded {
        1e12.. => (1e12, "T"),
        1e9.. => (1e9, "G"),
        1e6.. => (1e6, "M"),
        1e3.. => (1e3, "k"),
        _ => (1.0, ""),
    };
    let scaled = rounded / divisor;
    let decimals = (2 - scaled.log10().floor() as i32).max(0) as usize;
    format!("{sign}{}{suffix}", without_zeros(&format!("{scaled:.decimals$}")))
}

/// Rounds a positive number to three digits.
fn three_digits(x: f64) -> f64 {
    // Subnormal numbers, whose logarithm overshoots, have no digits to spare.
    format!("{x:.2e}").parse().unwrap_or(x)
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// Returns a length of time given in seconds: `0s`, `0.3ns`, `1.2ms`, `-3s`, `2m3s`, `26h4m`, `12d`.
pub(super) fn duration(seconds: f64) -> String {
    let magnitude = seconds.abs();
    let sign = if seconds < 0.0 { "-" } else { "" };
    match magnitude {
        0.0 => "0s".to_owned(),
        ..1e-9 => number(seconds * 1e9) + "ns",
        ..MANY_HOURS => format!("{sign}{}", text::short_duration((magnitude * SECOND as f64).round() as u64)),
        _ => number(seconds / SECONDS_PER_DAY) + "d",
    }
}

/// What the numbers along an axis have in common, so that they can be compared at a glance.
#[derive(Clone, Copy, Debug)]
pub(in crate::output) enum Scale {
    /// Divided by a number, with so many decimals and something behind.
    Divided { divisor: f64, decimals: usize, prefix: &'static str, unit: &'static str },
    /// Each as it is best: whole minutes and hours, and numbers too large or small for a prefix.
    Each(Unit),
}

impl Scale {
    /// Returns the scale for an axis of multiples of `step` up to `largest`, both more than 0 and in the unit.
    pub(in crate::output) fn new(largest: f64, step: f64, unit: Unit) -> Scale {
        let (divisor, prefix, name) = match unit {
            Unit::Nanoseconds | Unit::Seconds => {
                let base = if unit == Unit::Seconds { 1.0 } else { SECOND as f64 };
                match largest / base {
                    1e-9..1e-6 => (1e-9 * base, "", "ns"),
                    1e-6..1e-3 => (1e-6 * base, "", "µs"),
                    1e-3..1.0 => (1e-3 * base, "", "ms"),
                    1.0..60.0 => (base, "", "s"),
                    SECONDS_PER_DAY..1e12 if step / base >= SECONDS_PER_DAY / 10.0 => (SECONDS_PER_DAY * base, "", "d"),
                    _ => return Scale::Each(unit),
                }
            }
            Unit::Number | Unit::PerSecond | Unit::Percent => {
                let name = match unit {
                    Unit::PerSecond => "/s",
                    Unit::Percent => "%",
                    _ => "",
                };
                match largest {
                    TINY..WRITTEN_OUT => (1.0, "", name),
                    WRITTEN_OUT..1e6 => (1e3, "k", name),
                    1e6..1e9 => (1e6, "M", name),
                    1e9..1e12 => (1e9, "G", name),
                    1e12..HUGE => (1e12, "T", name),
                    _ => return Scale::Each(unit),
                }
            }
        };
        let decimals = decimals(step / divisor);
        // An axis around a point far from 0 may need more digits than a prefix leaves room for.
        if decimals > 9 { Scale::Each(unit) } else { Scale::Divided { divisor, decimals, prefix, unit: name } }
    }

    /// Returns a value on the axis.
    pub(in crate::output) fn text(self, x: f64) -> String {
        match self {
            _ if x == 0.0 => "0".to_owned(),
            Scale::Divided { divisor, decimals, prefix, unit } => format!("{:.decimals$}{prefix}{unit}", x / divisor),
            Scale::Each(Unit::Seconds) => clock(x),
            Scale::Each(Unit::Nanoseconds) => clock(x * 1e-9),
            Scale::Each(unit) => value(x, unit),
        }
    }
}

/// Returns how many decimals a round number needs.
fn decimals(step: f64) -> usize {
    let whole = |decimals: &usize| {
        let shifted = step * 10f64.powi(*decimals as i32);
        shifted >= 0.999 && (shifted - shifted.round()).abs() < 1e-6 * shifted
    };
    (0..=9).find(whole).unwrap_or(10)
}

/// Returns whole seconds without the parts that are 0: `2m`, `1m30s`, `1h`; otherwise as [`duration`].
pub(super) fn clock(seconds: f64) -> String {
    let whole = seconds.abs().round();
    if !(60.0..MANY_HOURS).contains(&whole) || (seconds.abs() - whole).abs() > 1e-6 {
        return duration(seconds);
    }
    let whole = whole as u64;
    let part = |n: u64, name: &str| if n == 0 { String::new() } else { format!("{n}{name}") };
    let sign = if seconds < 0.0 { "-" } else { "" };
    format!("{sign}{}{}{}", part(whole / 3600, "h"), part(whole / 60 % 60, "m"), part(whole % 60, "s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_units() {
        let values = [
            (0.0, Unit::PerSecond, "0/s"),
            (0.6266666, Unit::PerSecond, "0.627/s"),
            (0.000_833_3, Unit::PerSecond, "0.000833/s"),
            (0.000_099_9, Unit::PerSecond, "9.99e-5/s"),
            (0.000_007_72, Unit::PerSecond, "7.72e-6/s"),
            (12_345.6, Unit::PerSecond, "12.3k/s"),
            (1_234.0, Unit::Number, "1234"),
            (-12.0, Unit::Number, "-12"),
            (999.96, Unit::Number, "1k"),
            (999_999.0, Unit::Number, "1M"),
            (1_073_741_824.0, Unit::Number, "1.07G"),
            (1e-9, Unit::Number, "1e-9"),
            (-1.234e300, Unit::Number, "-1.23e300"),
            (5e-324, Unit::Number, "4.94e-324"),
            (33.333, Unit::Percent, "33.3%"),
            (0.0012, Unit::Seconds, "1.2ms"),
            (-3.4, Unit::Seconds, "-3.4s"),
            (123.0, Unit::Seconds, "2m3s"),
            (0.0, Unit::Seconds, "0s"),
            (3e-10, Unit::Seconds, "0.3ns"),
            (1e12, Unit::Seconds, "11.6Md"),
            (1_500_000.0, Unit::Nanoseconds, "1.5ms"),
            (f64::NAN, Unit::Seconds, "–"),
            (f64::NEG_INFINITY, Unit::Percent, "-∞"),
        ];
        for (x, unit, text) in values {
            assert_eq!(value(x, unit), text);
        }
    }

    #[test]
    fn an_axis_has_one_scale() {
        let axis = |step: f64, unit| {
            let scale = Scale::new(4.0 * step, step, unit);
            [0, 1, 2, 4].map(|i| scale.text(f64::from(i) * step)).join(" ")
        };
        assert_eq!(axis(0.25, Unit::Seconds), "0 0.25s 0.50s 1.00s");
        assert_eq!(axis(5e7, Unit::Nanoseconds), "0 50ms 100ms 200ms");
        assert_eq!(axis(30.0, Unit::Seconds), "0 30s 1m 2m");
        assert_eq!(axis(900.0, Unit::Seconds), "0 15m 30m 1h");
        assert_eq!(axis(86_400.0, Unit::Seconds), "0 1d 2d 4d");
        assert_eq!(axis(0.1, Unit::PerSecond), "0 0.1/s 0.2/s 0.4/s");
        assert_eq!(axis(500.0, Unit::Number), "0 500 1000 2000");
        assert_eq!(axis(2_500.0, Unit::Number), "0 2.5k 5.0k 10.0k");
        assert_eq!(axis(25.0, Unit::Percent), "0 25% 50% 100%");
        assert_eq!(axis(2e-6, Unit::PerSecond), "0 2e-6/s 4e-6/s 8e-6/s");
        assert_eq!(axis(2e-10, Unit::Number), "0 2e-10 4e-10 8e-10");
        assert_eq!(axis(1e300, Unit::PerSecond), "0 1e300/s 2e300/s 4e300/s");
    }
}
