//! Units of time, each in nanoseconds, which is what times and durations are counted in here.
//!
//! How durations are read and written in queries stands in the grammar, how people see them in `output/text.rs`.

/// A thousandth of a second.
pub const MILLISECOND: u64 = 1_000_000;
/// A second.
pub const SECOND: u64 = 1_000 * MILLISECOND;
/// Sixty seconds.
pub const MINUTE: u64 = 60 * SECOND;
/// Sixty minutes.
pub const HOUR: u64 = 60 * MINUTE;
/// Twenty-four hours.
pub const DAY: u64 = 24 * HOUR;

/// Returns nanoseconds as seconds with a fraction.
pub fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / SECOND as f64
}
