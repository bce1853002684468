//! Sizes of memory in arguments.

use std::str::FromStr;

/// A number of bytes: `512MB`, `2GiB`, `1.5G`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size(pub(super) u64);

/// Units and their bytes. `M` and `MB` are powers of ten, `MiB` is one of two.
const UNITS: [(&str, u64); 15] = [
    ("", 1),
    ("b", 1),
    ("k", 1000),
    ("kb", 1000),
    ("kib", 1 << 10),
    ("m", 1_000_000),
    ("mb", 1_000_000),
    ("mib", 1 << 20),
    ("g", 1_000_000_000),
    ("gb", 1_000_000_000),
    ("gib", 1 << 30),
    ("t", 1_000_000_000_000),
    ("tb", 1_000_000_000_000),
    ("tib", 1 << 40),
    ("bytes", 1),
];

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let unit = unit.trim().to_ascii_lowercase();
        let unit = UNITS.into_iter().find(|(name, _)| *name == unit).map(|(_, bytes)| bytes);
        let number = number.parse::<f64>().ok().filter(|number| number.is_finite());
        match (number, unit) {
            (Some(number), Some(unit)) if number * unit as f64 >= 1.0 => Ok(Size((number * unit as f64) as u64)),
            (Some(_), Some(_)) => Err("nothing can be read without memory; give more, as `512MB`".to_owned()),
            _ => Err("not a size; sizes are `512MB`, `2GiB` or a number of bytes".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        let size = |text: &str| text.parse().map(|Size(bytes)| bytes);
        for (text, bytes) in [
            ("512MB", 512_000_000),
            ("2GiB", 2 << 30),
            ("2 gib", 2 << 30),
            ("1.5G", 1_500_000_000),
            ("100000", 100_000),
            ("64k", 64_000),
            ("7 bytes", 7),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MB", "-1MB", "1XB", "0", "0.1", "1..2M", "1e3", "inf", "NaN"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!(size("99999999999999999999TiB"), Ok(u64::MAX));
    }
}
