//! Trace ids as people type them: whole, without leading zeros, or only the first digits.

use std::fmt;

use super::ids::TraceId;

/// Fewer digits than this are too few to find a trace by its first ones.
pub const SHORTEST_PREFIX: u32 = 6;

/// The digits of a trace id.
const DIGITS: u32 = 32;

/// A trace id that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypedId {
    value: u128,
    /// How many digits were typed, at least 1.
    digits: u32,
    /// Whether the first digit is a zero: then the first digits are those of the whole id, zeros included.
    padded: bool,
}

/// How an id fits what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is the one.
    Whole,
    /// It begins with the digits.
    Prefix,
}

/// Why a text is no trace id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoId {
    /// Nothing was typed.
    Empty,
    /// A character that is no hexadecimal digit.
    Character(char),
    /// More digits than an id has.
    TooLong(usize),
}

impl TypedId {
    /// Reads hexadecimal digits of either case.
    ///
    /// # Errors
    ///
    /// Text that is not 1 to 32 such digits.
    pub fn parse(text: &str) -> Result<TypedId, NoId> {
        let mut value = 0;
        let mut digits = 0u32;
        for c in text.chars() {
            let digit = c.to_digit(16).ok_or(NoId::Character(c))?;
            digits += 1;
            if digits > DIGITS {
                return match text.chars().find(|c| !c.is_ascii_hexdigit()) {
                    Some(c) => Err(NoId::Character(c)),
                    None => Err(NoId::TooLong(text.len())),
                };
            }
            value = value << 4 | u128::from(digit);
        }
        if digits == 0 { Err(NoId::Empty) } else { Ok(TypedId { value, digits, padded: text.starts_with('0') }) }
    }

    /// Tells whether and how an id fits.
    pub fn fit(self, id: TraceId) -> Option<Fit> {
        if id.0 == self.value {
            return Some(Fit::Whole);
        }
        let length = if self.padded { DIGITS } else { DIGITS - id.0.leading_zeros() / 4 };
        let prefix = self.may_be_prefix() && self.digits < length && id.0 >> (4 * (length - self.digits)) == self.value;
        prefix.then_some(Fit::Prefix)
    }

    /// Returns the id, if the digits are a whole one.
    pub fn whole(self) -> TraceId {
        TraceId(self.value)
    }

    /// Tells whether ids can begin with the digits and have more.
    pub fn may_be_prefix(self) -> bool {
        (SHORTEST_PREFIX..DIGITS).contains(&self.digits)
    }

    /// Returns how many digits were typed.
    pub fn digits(self) -> u32 {
        self.digits
    }
}

impl fmt::Display for NoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoId::Empty => f.write_str("it has no digits"),
            NoId::Character(c) => write!(f, "`{}` is no hexadecimal digit", c.escape_debug()),
            NoId::TooLong(digits) => write!(f, "it has {digits} digits, more than {DIGITS}"),
        }
    }
}

impl std::error::Error for NoId {}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(typed: &str, id: u128) -> Option<Fit> {
        TypedId::parse(typed).expect("digits").fit(TraceId(id))
    }

    #[test]
    fn whole_ids_need_no_leading_zeros_and_no_case() {
        let id = 0xa001_1234_5678_90ab_c001;
        for typed in [
            "a0011234567890abc001",
            "A0011234567890ABC001",
            "000000000000a0011234567890abc001",
            "0a0011234567890abc001",
        ] {
            assert_eq!(fit(typed, id), Some(Fit::Whole), "{typed}");
        }
        assert_eq!(fit("0", 0), Some(Fit::Whole));
        assert_eq!(fit("ffffffffffffffffffffffffffffffff", u128::MAX), Some(Fit::Whole));
    }

    #[test]
    fn six_digits_are_a_prefix() {
        let id = 0xa001_1234_5678_90ab_c001;
        assert_eq!(fit("a00112", id), Some(Fit::Prefix));
        assert_eq!(fit("a0011234567890abc00", id), Some(Fit::Prefix));
        assert_eq!(fit("a0011", id), None, "too few");
        assert_eq!(fit("a00113", id), None);
        assert_eq!(fit("a0011234567890abc0010", id), None, "longer than the id");
        // With a zero before it, the digits are those of the whole id.
        assert_eq!(fit("000000000000a001", id), Some(Fit::Prefix));
        assert_eq!(fit("0a00112", id), None);
        assert_eq!(fit("ffffff", u128::MAX), Some(Fit::Prefix));
        assert_eq!(fit("000000", 0), Some(Fit::Whole));
    }

    #[test]
    fn everything_else_is_told() {
        assert_eq!(TypedId::parse(""), Err(NoId::Empty));
        assert_eq!(TypedId::parse("xyz"), Err(NoId::Character('x')));
        assert_eq!(TypedId::parse("12 34"), Err(NoId::Character(' ')));
        assert_eq!(TypedId::parse(&"1".repeat(33)), Err(NoId::TooLong(33)));
        assert_eq!(TypedId::parse(&("1".repeat(40) + "ä")), Err(NoId::Character('ä')));
    }
}
