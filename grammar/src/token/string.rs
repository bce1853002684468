//! Strings and quoted attribute names: quotes, escapes and what goes wrong with them.

use std::borrow::Cow;

use logos::Lexer;

use super::{AttributeName, Extras, Quoting, Token, ends_attribute_name};
use crate::{
    MOST_DIAGNOSTICS,
    diagnostic::{Code, Diagnostic, Edit, quote::cut},
    span::Span,
};

/// What is known of quotes that nothing closes, so that no text is searched for the same quote twice.
///
/// A quote that is not closed is read as if it were closed early. What follows is read again, and every further quote in
/// it has a backslash before it, so that nothing closes it either.
#[derive(Default)]
pub(super) struct Open {
    /// Up to where a `"` that begins a string is not closed: the end of a line.
    strings_until: usize,
    /// From where on a `"` in an attribute's name is not closed.
    names_from: Option<usize>,
    /// The end of a line, and where in it the last search found `} |`: at its end if there is none.
    mark: (usize, usize),
}

/// Reads the rest of a string after its opening `"`.
pub(super) fn quoted<'t>(lex: &mut Lexer<'t, Token<'t>>) -> Cow<'t, str> {
    let (begin, rest) = (lex.span().start, lex.remainder());
    if begin < lex.extras.open.strings_until {
        return unterminated(lex, begin, lex.extras.open.strings_until - begin - 1, '"');
    }
    let mut escaped = false;
    let end = rest.bytes().position(|b| match b {
        _ if escaped => {
            escaped = b == b'\n';
            escaped
        }
        b'\\' => {
            escaped = true;
            false
        }
        b => b == b'"' || b == b'\n',
    });
    let length = end.unwrap_or(rest.len());
    if !rest[length..].starts_with('"') {
        lex.extras.open.strings_until = begin + 1 + length;
        return unterminated(lex, begin, length, '"');
    }
    lex.bump(length + 1);
    let inside = &rest[..length];
    if inside.contains('\\') {
        Cow::Owned(unescape(inside, begin + 1, &mut lex.extras.diagnostics))
    } else {
        Cow::Borrowed(inside)
    }
}

/// Reads the rest of a string after its opening backtick; nothing is escaped in it.
pub(super) fn raw<'t>(lex: &mut Lexer<'t, Token<'t>>) -> Cow<'t, str> {
    let (begin, rest) = (lex.span().start, lex.remainder());
    let Some(length) = rest.find('`') else {
        return unterminated(lex, begin, rest.find('\n').unwrap_or(rest.len()), '`');
    };
    lex.bump(length + 1);
    let inside = &rest[..length];
    // Go drops carriage returns from raw strings.
    if inside.contains('\r') { Cow::Owned(inside.replace('\r', "")) } else { Cow::Borrowed(inside) }
}

/// Reads text in single quotes, which TraceQL does not have.
pub(super) fn single_quoted<'t>(lex: &mut Lexer<'t, Token<'t>>) -> Cow<'t, str> {
    let (begin, rest) = (lex.span().start, lex.remainder());
    let mut length = 0;
    loop {
        length += rest[length..].find(['\'', '\n']).unwrap_or(rest.len() - length);
        match &rest.as_bytes()[length..] {
            // SQL writes a quote inside of quotes twice.
            [b'\'', b'\'', ..] => length += 2,
            [b'\'', ..] => break,
            _ => return unterminated(lex, begin, length, '\''),
        }
    }
    lex.bump(length + 1);
    let inside = rest[..length].replace("''", "'");
    let span = Span::new(begin, lex.span().end);
    let double = format!("\"{}\"", inside.replace('\\', "\\\\").replace('"', "\\\""));
    let found = Diagnostic::new(Code::SingleQuotes, "strings stand in double quotes or backticks", span)
        .label("single quotes have no meaning here")
        .help(format!("write {}", cut(&double)))
        .fix("use double quotes", vec![Edit::replace(span, double)]);
    lex.extras.diagnostics.push(found);
    Cow::Owned(inside)
}

/// Reads text in the quotes that word processors put in; an error if the line has none that closes it.
pub(super) fn typographic<'t>(lex: &mut Lexer<'t, Token<'t>>) -> Result<Cow<'t, str>, ()> {
    const CLOSING: [char; 4] = ['”', '’', '“', '‘'];
    let (begin, rest) = (lex.span().start, lex.remainder());
    let length = rest.find(|c| c == '\n' || CLOSING.contains(&c)).ok_or(())?;
    let close = rest[length..].chars().next().filter(|c| CLOSING.contains(c)).ok_or(())?;
    lex.bump(length + close.len_utf8());
    let span = Span::new(begin, lex.span().end);
    let double = format!("\"{}\"", rest[..length].replace('\\', "\\\\").replace('"', "\\\""));
    let found = Diagnostic::new(Code::SingleQuotes, "strings stand in plain double quotes or backticks", span)
        .label("typographic quotes have no meaning here")
        .write(span, double);
    lex.extras.diagnostics.push(found);
    Ok(Cow::Borrowed(&rest[..length]))
}

/// Takes a string that is never closed up to where it probably should have been.
fn unterminated<'t>(lex: &mut Lexer<'t, Token<'t>>, begin: usize, line: usize, quote: char) -> Cow<'t, str> {
    let rest = lex.remainder();
    let line = &rest[..line];
    // The brackets that end the line most likely belong to the query, not to the string; so does what follows a bracket
    // and a pipe.
    let (from, end) = (begin + 1, begin + 1 + line.len());
    let mark = &mut lex.extras.open.mark;
    if mark.0 != end || mark.1 < from {
        *mark = (end, from + line.find("} |").unwrap_or(line.len()));
    }
    let cut = if mark.1 < end { mark.1 - from } else { line.find(" | ").unwrap_or(line.len()) };
    let inside = without_closing_brackets(&line[..cut]);
    lex.bump(inside.len());
    let end = lex.span().end;
    let span = Span::new(begin, begin + 1);
    let mut edits = vec![Edit::insert(end as u32, if quote == '`' { "`" } else { "\"" })];
    if quote == '\'' {
        edits.insert(0, Edit::replace(span, "\""));
    }
    let found = Diagnostic::new(Code::UnterminatedString, "this string is never closed", span)
        .label("opened here")
        .help(if quote == '`' { "close it with a backtick" } else { "close it with `\"`" })
        .fix("close the string", edits);
    lex.extras.diagnostics.push(found);
    Cow::Borrowed(inside)
}

/// Takes white space and brackets off the end, but not brackets that close one inside: `(?i)` stays whole.
fn without_closing_brackets(line: &str) -> &str {
    let count = |bracket| line.bytes().filter(|b| *b == bracket).count();
    let (mut parens, mut braces) = (count(b'('), count(b'{'));
    let (mut closing_parens, mut closing_braces) = (count(b')'), count(b'}'));
    let mut rest = line.trim_end();
    while let Some(last) = rest.chars().next_back() {
        let (open, close) = match last {
            ')' => (&mut parens, &mut closing_parens),
            '}' => (&mut braces, &mut closing_braces),
            _ => break,
        };
        if *open >= *close {
            break;
        }
        *close -= 1;
        rest = rest[..rest.len() - 1].trim_end();
    }
    rest
}

/// Resolves the escapes of a quoted string as Go does. `begin` is the offset of `inside` in the text.
fn unescape(inside: &str, begin: usize, diagnostics: &mut Vec<Diagnostic>) -> String {
    // Bytes, because `\xc3\xa9` is one letter in two escapes.
    let mut bytes = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let offset = begin + (inside.len() - rest.len()) + at;
        rest = &rest[at + 1..];
        let length = match escape(rest, &mut bytes) {
            Some(length) => length,
            None => {
                let letter = rest.chars().next().map_or(0, char::len_utf8);
                bad_escape(Span::new(offset, offset + 1 + letter), rest, diagnostics);
                bytes.extend_from_slice(&rest.as_bytes()[..letter]);
                letter
            }
        };
        rest = &rest[length..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Returns the offset in `inside`, the text between the quotes, from which byte `at` of the string's value comes.
pub(crate) fn source_offset(inside: &str, at: usize) -> usize {
    let (mut value, mut offset) = (Vec::new(), 0);
    while let Some(c) = inside.get(offset..).and_then(|rest| rest.chars().next()) {
        let length = match c {
            '\\' => 1 + escape(&inside[offset + 1..], &mut value).unwrap_or_default(),
            c => {
                value.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                c.len_utf8()
            }
        };
        if value.len() > at {
            return offset;
        }
        offset += length;
    }
    offset
}

fn bad_escape(span: Span, rest: &str, diagnostics: &mut Vec<Diagnostic>) {
    if diagnostics.len() >= MOST_DIAGNOSTICS {
        return;
    }
    let letter: String = rest.chars().take(1).collect();
    let found = Diagnostic::new(Code::BadEscape, format!("`\\{letter}` is no escape sequence"), span)
        .label("inside a string in double quotes");
    diagnostics.push(if letter == "'" {
        // Other languages escape the quote; nobody means the backslash.
        let backslash = Span { start: span.start, end: span.start + 1 };
        found
            .help("in double quotes, a single quote stands for itself")
            .fix("remove the backslash", vec![Edit::remove(backslash)])
    } else {
        found
            .help("double the backslash, or use backticks, in which nothing is escaped")
            .fix("double the backslash", vec![Edit::insert(span.start, "\\")])
    });
}

/// Reads one escape behind its backslash; returns how long it is, or `None` if there is no such escape.
fn escape(rest: &str, bytes: &mut Vec<u8>) -> Option<usize> {
    let digits = |from: usize, count: usize, radix: u32| {
        let digits = rest.get(from..from + count)?;
        // `from_str_radix` takes a sign too.
        digits.bytes().all(|b| (b as char).is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok())?
    };
    let simple = match rest.bytes().next()? {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\\' => b'\\',
        b'"' => b'"',
        b'x' => {
            bytes.push(digits(1, 2, 16)? as u8);
            return Some(3);
        }
        letter @ (b'u' | b'U') => {
            let count = if letter == b'u' { 4 } else { 8 };
            let c = char::from_u32(digits(1, count, 16)?)?;
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(1 + count);
        }
        b'0'..=b'7' => {
            bytes.push(u8::try_from(digits(0, 3, 8)?).ok()?);
            return Some(3);
        }
        _ => return None,
    };
    bytes.push(simple);
    Some(1)
}

/// Tells how long a name in backticks is, quotes included, if it reads like one: it holds what would end a bare name,
/// and it ends behind the quote. In other names backticks are letters like any other.
pub(super) fn backtick_name(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('`')?;
    let length = inside.find(['`', '\n']).filter(|end| inside[*end..].starts_with('`'))?;
    let ends = inside[length + 1..].chars().next().is_none_or(ends_attribute_name);
    (ends && inside[..length].contains(ends_attribute_name)).then_some(length + 2)
}

/// Takes a name in backticks, which only releases before 2.3 read.
pub(super) fn backtick<'t>(
    lex: &mut Lexer<'t, Token<'t>>,
    attribute: &AttributeName<'t>,
    length: usize,
) -> AttributeName<'t> {
    let (begin, rest) = (lex.span().end, lex.remainder());
    lex.bump(length);
    let inside = &rest[1..length - 1];
    let quoted = format!("\"{}\"", inside.replace('\\', "\\\\").replace('"', "\\\""));
    let span = Span::new(begin, begin + length);
    let found = Diagnostic::new(Code::BacktickName, "a name is quoted with `\"`, not with backticks", span)
        .help(format!("write {quoted}"))
        .fix("use double quotes", vec![Edit::replace(span, quoted)]);
    lex.extras.diagnostics.push(found);
    AttributeName { name: Some(Cow::Borrowed(inside)), ..attribute.clone() }
}

/// Reads an attribute's name whose first quoted part begins at `quote`. Returns how long it is in the text, and the name.
pub(super) fn attribute_name<'t>(
    lex: &mut Lexer<'t, Token<'t>>,
    quote: usize,
    quoting: &mut Quoting,
) -> (usize, String) {
    let (begin, rest) = (lex.span().end, lex.remainder());
    let Extras { diagnostics, open } = &mut lex.extras;
    let unclosed = if open.names_from.is_some_and(|from| from < begin + quote) {
        quote
    } else {
        let known = diagnostics.len();
        let parts = name_parts(rest, begin, diagnostics);
        let Some(unclosed) = parts.open else {
            *quoting = parts.quoting;
            return (parts.length, parts.name);
        };
        // Whatever was found behind the end of the name is found again, if it is anything.
        diagnostics.truncate(known);
        open.names_from = Some(begin + unclosed);
        unclosed
    };
    let end = unterminated_name(rest, begin, unclosed, diagnostics);
    let parts = name_parts(&rest[..end], begin, diagnostics);
    *quoting = parts.quoting;
    (end, parts.name)
}

/// An attribute's name up to where it ends.
struct NameParts {
    length: usize,
    name: String,
    quoting: Quoting,
    /// Where the quote stands that is not closed.
    open: Option<usize>,
}

fn name_parts(rest: &str, begin: usize, diagnostics: &mut Vec<Diagnostic>) -> NameParts {
    let mut parts = NameParts { length: rest.len(), name: String::new(), quoting: Quoting::Plain, open: None };
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (c, parts.open) {
            ('"', Some(_)) => parts.open = None,
            ('"', None) => parts.open = Some(at),
            (c, None) if ends_attribute_name(c) => {
                parts.length = at;
                break;
            }
            ('\\', Some(_)) => match chars.peek() {
                Some((_, next @ ('"' | '\\'))) => {
                    parts.name.push(*next);
                    chars.next();
                }
                _ => {
                    if diagnostics.len() < MOST_DIAGNOSTICS {
                        diagnostics.push(bad_name_escape(begin + at));
                    }
                    parts.name.push(c);
                }
            },
            (c, open) => {
                if open.is_some_and(|open| open > 0) && ends_attribute_name(c) {
                    parts.quoting = Quoting::Inner;
                }
                parts.name.push(c);
            }
        }
    }
    parts
}

fn bad_name_escape(at: usize) -> Diagnostic {
    let span = Span::new(at, at + 1);
    Diagnostic::new(Code::BadNameEscape, "a quoted name knows only the escapes `\\\"` and `\\\\`", span)
        .help("double the backslash")
        .fix("double the backslash", vec![Edit::insert(span.start, "\\")])
}

/// Reports a name whose quote is never closed. Returns where it ends: before the operator or bracket that most likely
/// follows it.
fn unterminated_name(rest: &str, begin: usize, open: usize, diagnostics: &mut Vec<Diagnostic>) -> usize {
    let inside = &rest[open + 1..];
    let length =
        inside.find(|c: char| c == '\n' || ends_attribute_name(c) && !c.is_whitespace()).unwrap_or(inside.len());
    let length = inside[..length].trim_end().len();
    let end = open + 1 + length;
    let span = Span::new(begin + open, begin + open + 1);
    let found = Diagnostic::new(Code::UnterminatedString, "the quote in this name is never closed", span)
        .label("opened here")
        .help("close it with `\"`")
        .fix("close the quote", vec![Edit::insert((begin + end) as u32, "\"")]);
    diagnostics.push(found);
    end
}
