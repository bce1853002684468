//! Character classes: `[…]`, `\d`, `\pL`, and the escapes that stand inside and outside of brackets.

use super::{NOTHING, Result, error, input::Input, names, push_literal};

/// A class with a name, such as `\d` or `\P{Greek}`.
pub(super) struct NamedClass {
    negated: bool,
    /// What stands between the brackets; may be empty.
    body: String,
}

impl NamedClass {
    /// Adds the class to the body of another.
    pub(super) fn push_to(&self, body: &mut String) {
        if self.negated {
            body.push_str(&bracketed(true, &self.body));
        } else {
            body.push_str(&self.body);
        }
    }
}

/// Puts brackets around the body of a class, which may be empty.
pub(super) fn bracketed(negated: bool, body: &str) -> String {
    match (negated, body) {
        (false, "") => NOTHING.to_owned(),
        (true, "") => r"[\x{0}-\x{10FFFF}]".to_owned(),
        (false, body) => format!("[{body}]"),
        (true, body) => format!("[^{body}]"),
    }
}

/// Reads a class from behind its `[`, which stands at `start`.
pub(super) fn translate(input: &mut Input<'_>, start: usize) -> Result<String> {
    let negated = input.eat("^");
    let mut body = String::new();
    let mut first = true;
    // A bracket that comes first is a character of the class.
    while first || !input.eat("]") {
        first = false;
        let at = input.at;
        if posix(input, &mut body)? {
            continue;
        }
        if input.eat("\\") {
            if let Some(group) = group_escape(input, at)? {
                group.push_to(&mut body);
                continue;
            }
            input.at = at;
        }
        let low = character(input, start)?;
        let mut rest = input.rest().chars();
        if rest.next() == Some('-') && rest.next() != Some(']') && input.rest().len() > 1 {
            input.at += 1;
            let high = character(input, start)?;
            if high < low {
                let message = "the range ends before it starts; a `-` that means itself is written `\\-`";
                return error(at..input.at, message);
            }
            push_range(&mut body, low, high);
        } else {
            push_range(&mut body, low, low);
        }
    }
    Ok(bracketed(negated, &body))
}

/// Reads `[:alpha:]`. A `[:` without a `:]` somewhere behind it is two characters.
fn posix(input: &mut Input<'_>, body: &mut String) -> Result<bool> {
    const NAMES: [&str; 14] = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
        "word", "xdigit",
    ];
    let start = input.at;
    // Asked of the whole text, so that many `[:` do not each search to its end.
    if !input.rest().starts_with("[:") || input.last_posix_end < start + 2 {
        return Ok(false);
    }
    input.at += 2;
    let Some(name) = input.take_until(":]") else {
        input.at = start;
        return Ok(false);
    };
    if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
        return error(start..input.at, format!("there is no class `[:{name}:]`"));
    }
    body.push_str(&input.text[start..input.at]);
    Ok(true)
}

/// Reads one end of a range; `start` is where the class starts. The number may be that of a surrogate.
fn character(input: &mut Input<'_>, start: usize) -> Result<u32> {
    let at = input.at;
    match input.next() {
        None => error(start..start + 1, "this `[` is never closed"),
        Some('\\') => code_point_escape(input, at),
        Some(c) => Ok(u32::from(c)),
    }
}

/// Writes a range, without the surrogates in it.
fn push_range(body: &mut String, low: u32, high: u32) {
    let low = if (0xD800..=0xDFFF).contains(&low) { 0xE000 } else { low };
    let high = if (0xD800..=0xDFFF).contains(&high) { 0xD7FF } else { high };
    let (Some(low), Some(high)) = (char::from_u32(low), char::from_u32(high)) else { return };
    if low > high {
        return;
    }
    push_literal(body, low);
    if low != high {
        body.push('-');
        push_literal(body, high);
    }
}

/// Reads the rest of an escape that stands for a class, from behind its backslash at `start`.
///
/// `None`, without reading, if it is another escape.
pub(super) fn group_escape(input: &mut Input<'_>, start: usize) -> Result<Option<NamedClass>> {
    let ascii = |negated, body: &str| Ok(Some(NamedClass { negated, body: body.to_owned() }));
    let Some(letter) = input.peek() else { return Ok(None) };
    if !matches!(letter, 'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'p' | 'P') {
        return Ok(None);
    }
    input.at += 1;
    match letter {
        'd' | 'D' => ascii(letter == 'D', "0-9"),
        's' | 'S' => ascii(letter == 'S', r"\t\n\x0C\r\ "),
        'w' | 'W' => ascii(letter == 'W', "0-9A-Za-z_"),
        _ => unicode(input, start, letter == 'P').map(Some),
    }
}

/// Reads the name of a Unicode class, from behind the `\p` at `start`.
fn unicode(input: &mut Input<'_>, start: usize, mut negated: bool) -> Result<NamedClass> {
    let name_start = input.at;
    let mut name = if input.eat("{") {
        match input.take_until("}") {
            Some(name) => name,
            None => return error(start..input.at, "this `\\p{` is never closed"),
        }
    } else {
        input.next();
        &input.text[name_start..input.at]
    };
    if let Some(rest) = name.strip_prefix('^') {
        (negated, name) = (!negated, rest);
    }
    match names::class_body(name) {
        Some(body) => Ok(NamedClass { negated, body }),
        None if name.is_empty() => error(start..input.at, "`\\p` needs the name of a Unicode category or script"),
        None => error(start..input.at, format!("there is no Unicode category or script `{name}`")),
    }
}

/// Reads the rest of an escape that stands for one character; `None` for a surrogate.
pub(super) fn character_escape(input: &mut Input<'_>, start: usize) -> Result<Option<char>> {
    code_point_escape(input, start).map(char::from_u32)
}

/// Reads the rest of an escape that stands for one code point, from behind its backslash at `start`.
fn code_point_escape(input: &mut Input<'_>, start: usize) -> Result<u32> {
    let Some(c) = input.next() else {
        return error(start..start + 1, "a backslash at the end escapes nothing");
    };
    Ok(match c {
        '0' => octal(input, 0),
        '1'..='7' if input.peek().is_some_and(|c| c.is_digit(8)) => octal(input, c.to_digit(8).unwrap_or(0)),
        '1'..='9' => return error(start..input.at, "back-references are not part of this regular expression language"),
        'x' => return hexadecimal(input, start),
        'a' => 0x07,
        'f' => 0x0C,
        'n' => 0x0A,
        'r' => 0x0D,
        't' => 0x09,
        'v' => 0x0B,
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => u32::from(c),
        c => return error(start..input.at, unknown_escape(c)),
    })
}

fn unknown_escape(c: char) -> String {
    match c {
        'Z' => "there is no `\\Z`; the end of the text is `\\z`".to_owned(),
        'C' => "`\\C`, a single byte, cannot be matched".to_owned(),
        'u' => "there is no `\\u`; a character's number is written `\\x{41}`".to_owned(),
        'G' | 'K' | 'R' | 'X' | 'N' | 'h' | 'H' | 'k' | 'g' => {
            format!("`\\{c}` is not part of this regular expression language")
        }
        _ => format!("there is no escape `\\{c}`"),
    }
}

/// Reads up to two more octal digits.
fn octal(input: &mut Input<'_>, mut value: u32) -> u32 {
    for _ in 0..2 {
        let Some(digit) = input.peek().and_then(|c| c.to_digit(8)) else { break };
        value = value * 8 + digit;
        input.at += 1;
    }
    value
}

/// Reads the rest of `\x41` or `\x{1F600}`.
fn hexadecimal(input: &mut Input<'_>, start: usize) -> Result<u32> {
    const MESSAGE: &str = "`\\x` needs two hexadecimal digits, or braces around up to six";
    let mut value = 0;
    if !input.eat("{") {
        for _ in 0..2 {
            match input.next().and_then(|c| c.to_digit(16)) {
                Some(digit) => value = value * 16 + digit,
                None => return error(start..input.at, MESSAGE),
            }
        }
        return Ok(value);
    }
    let digits = input.at;
    while let Some(digit) = input.peek().and_then(|c| c.to_digit(16)) {
        value = value * 16 + digit;
        input.at += 1;
        if value > 0x10_FFFF {
            return error(start..input.at, "there is no character with so large a number");
        }
    }
    if input.at == digits || !input.eat("}") {
        return error(start..input.at, MESSAGE);
    }
    Ok(value)
}
