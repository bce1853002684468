//! The types of YAML scalars without quotes, by the core schema of YAML 1.2.

/// The value that a scalar stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::document) enum Kind {
    Null,
    Bool(bool),
    Number,
    Text,
}

/// Returns what a scalar without quotes and tag stands for.
pub(in crate::document) fn resolve(value: &str) -> Kind {
    match value {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Kind::Number,
        _ if is_number(value) => Kind::Number,
        _ => Kind::Text,
    }
}

fn is_number(value: &str) -> bool {
    if let Some(digits) = value.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|b| matches!(b, b'0'..=b'7'));
    }
    if let Some(digits) = value.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    }
    let value = value.strip_prefix(['+', '-']).unwrap_or(value);
    matches!(value, ".inf" | ".Inf" | ".INF") || is_decimal(value)
}

/// Tells whether this is a decimal number without its sign.
fn is_decimal(value: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let before = digits(value);
    let mut rest = &value[before..];
    let mut after = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        after = digits(fraction);
        rest = &fraction[after..];
    }
    if before + after == 0 {
        return false;
    }
    let Some(exponent) = rest.strip_prefix(['e', 'E']) else { return rest.is_empty() };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    !exponent.is_empty() && digits(exponent) == exponent.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_have_the_types_of_the_core_schema() {
        for (value, kind) in [
            ("", Kind::Null),
            ("NULL", Kind::Null),
            ("nUll", Kind::Text),
            ("True", Kind::Bool(true)),
            ("yes", Kind::Text),
            ("-12", Kind::Number),
            ("0o17", Kind::Number),
            ("0xfF", Kind::Number),
            ("0x", Kind::Text),
            ("1.", Kind::Number),
            ("+.5e-3", Kind::Number),
            ("1e", Kind::Text),
            (".", Kind::Text),
            ("-.inf", Kind::Number),
            ("1.2.3", Kind::Text),
            ("100ms", Kind::Text),
        ] {
            assert_eq!(resolve(value), kind, "{value}");
        }
    }
}
