//! Tokens.
/// Tells whether `c` ends an unquoted attribute name.
pub fn ends_attribute_name(c: char) -> bool {
    c.is_whitespace() || matches!(c, '{' | '}' | '(' | ')' | '=' | '~' | '!' | '<' | '>' | '&' | '|' | '^' | ',')
}
