//! Regular expressions: from Go's syntax, which TraceQL has, to that of Rust's `regex` crate.
//!
//! Both engines match in linear time and mean the same by most of their syntax, but not by all of it: Go's `\d`, `\w`,
//! `\s` and `\b` know ASCII only, Rust reads `[a&&b]` as an intersection, and each takes things that the other refuses.
//! The translation reads a pattern as Go does, once from left to right, and writes every part so that Rust cannot take
//! it for anything else.

mod class;
mod group;
mod input;
mod names;

use std::ops::Range;

use group::{Atom, Group};
use input::{Flags, Input};

/// How deep groups may nest. Go takes 1000, but Rust's compiler recurses, and a pattern may come from anybody.
const MAX_NESTING: u32 = 256;

/// The largest count of a repetition, nested ones multiplied.
const MAX_REPEAT: u32 = 1000;

/// The largest size of a pattern with its repetitions written out, as Go counts it.
const MAX_SIZE: u64 = (128 << 20) / 40;

/// The `nest_limit` that Rust's `RegexBuilder` needs for everything that [`translate`] gives.
///
/// A group can cost four of its levels: itself, its repetition, its alternatives and their sequence.
pub const RUST_NEST_LIMIT: u32 = 4 * MAX_NESTING + 16;

/// What Rust writes for a class without any character.
const NOTHING: &str = r"[^\x{0}-\x{10FFFF}]";

/// A pattern that Go refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexError {
    /// The wrong part, as byte offsets into the pattern.
    pub span: Range<usize>,
    /// What is wrong with it: lower case, without a full stop.
    pub message: String,
}

/// Translates a pattern in Go's syntax into one for Rust's `regex` crate that matches the same text.
///
/// The result is not anchored and captures nothing: wrap it in `^(?s:…)$` to match as TraceQL does, and give the builder
/// [`RUST_NEST_LIMIT`]. The message of the error is about the first thing that is wrong.
pub fn translate(go: &str) -> Result<String, RegexError> {
    // Most patterns are plain words.
    if go.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'/' | b'_' | b':')) {
        return Ok(go.to_owned());
    }
    // The caller writes the pattern into `(?s:…)`.
    let flags = Flags { dot_all: true, ..Flags::default() };
    let mut translator = Translator {
        input: Input { text: go, at: 0, last_posix_end: go.rfind(":]").unwrap_or(0) },
        out: String::with_capacity(go.len() + 16),
        wraps: Vec::new(),
        flags,
        groups: Vec::new(),
        group: Group::new(0, flags, flags, 0),
        repeated: None,
    };
    translator.run()?;
    Ok(translator.finish())
}

type Result<T, E = RegexError> = std::result::Result<T, E>;

fn error<T>(span: Range<usize>, message: impl Into<String>) -> Result<T> {
    Err(RegexError { span, message: message.into() })
}

struct Translator<'t> {
    input: Input<'t>,
    out: String,
    /// Places in the output where a `(?:` belongs, for items that are repeated twice.
    wraps: Vec<usize>,
    /// The flags in force, as the pattern says.
    flags: Flags,
    /// The groups around the current one.
    groups: Vec<Group>,
    group: Group,
    /// Where the repetition starts that has just been read; a second one may not follow it.
    repeated: Option<usize>,
}

impl Translator<'_> {
    fn run(&mut self) -> Result<()> {
        loop {
            let start = self.input.at;
            let repeated = self.repeated.take();
            let Some(c) = self.input.next() else { break };
            match c {
                '(' => self.open(start)?,
                ')' => self.close(start)?,
                '|' => {
                    self.group.settle();
                    self.group.size += 1;
                    self.out.push('|');
                }
                '*' => self.repeat(start, repeated, 0, None)?,
                '+' => self.repeat(start, repeated, 1, None)?,
                '?' => self.repeat(start, repeated, 0, Some(1))?,
                '{' => match self.counts() {
                    Some((Some(min), max)) => self.repeat(start, repeated, min, max)?,
                    Some((None, _)) => return self.repeat_too_large(start),
                    None => self.literal('{'),
                },
                '[' => self.class(start)?,
                '\\' => self.escape(start)?,
                '.' | '^' | '$' => self.item(c.encode_utf8(&mut [0; 4])),
                c => self.literal(c),
            }
        }
        match &self.group.open {
            _ if self.groups.is_empty() => Ok(()),
            open => error(*open..open + 1, "this group is never closed"),
        }
    }

    fn finish(mut self) -> String {
        if self.wraps.is_empty() {
            return self.out;
        }
        self.wraps.sort_unstable();
        let mut wrapped = String::with_capacity(self.out.len() + 3 * self.wraps.len());
        let mut at = 0;
        for place in self.wraps {
            wrapped.push_str(&self.out[at..place]);
            wrapped.push_str("(?:");
            at = place;
        }
        wrapped.push_str(&self.out[at..]);
        wrapped
    }

    /// Writes the flags that have changed since the last item.
    fn write_flags(&mut self) {
        if self.group.written != self.flags {
            let change = self.flags.change(self.group.written);
            self.out.push_str("(?");
            self.out.push_str(&change);
            self.out.push(')');
            self.group.written = self.flags;
        }
    }

    /// Writes an item that matches one character, or a place between two.
    fn item(&mut self, rust: &str) {
        self.write_flags();
        self.group.settle();
        self.group.last = Some(Atom { out: self.out.len(), repeated: false, product: 0, size: 1, height: 0 });
        self.out.push_str(rust);
    }

    fn literal(&mut self, c: char) {
        self.item("");
        push_literal(&mut self.out, c);
    }

    fn open(&mut self, start: usize) -> Result<()> {
        let outer = self.flags;
        let rest = self.input.rest();
        for (prefix, what) in [
            ("?=", "look-ahead"),
            ("?!", "look-ahead"),
            ("?<=", "look-behind"),
            ("?<!", "look-behind"),
            ("?>", "an atomic group"),
            ("?#", "a comment"),
            ("?P=", "a back-reference"),
            ("?P>", "a recursion"),
            ("?R", "a recursion"),
            ("?(", "a condition"),
            ("?|", "a branch reset"),
        ] {
            if rest.starts_with(prefix) {
                let span = start..start + 1 + prefix.len();
                return error(span, format!("{what} is not part of this regular expression language"));
            }
        }
        if self.input.eat("?P<") || self.input.eat("?<") {
            let name_start = self.input.at;
            let Some(name) = self.input.take_until(">") else {
                return error(start..name_start, "the name of this group has no `>` behind it");
            };
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                let span = name_start..name_start + name.len();
                return error(span, "the name of a group holds only letters, digits and `_`");
            }
        } else if self.input.eat("?") && !self.flag_list(start)? {
            return Ok(());
        }
        if self.groups.len() as u32 >= MAX_NESTING {
            return error(start..start + 1, format!("groups nest more than {MAX_NESTING} deep"));
        }
        self.group.settle();
        let place = self.out.len();
        self.out.push_str("(?");
        self.out.push_str(&self.flags.change(self.group.written));
        self.out.push(':');
        let group = Group::new(start, outer, self.flags, place);
        self.groups.push(std::mem::replace(&mut self.group, group));
        Ok(())
    }

    /// Reads what follows `(?`; tells whether a group begins, as in `(?i:`, or only flags change, as in `(?i)`.
    fn flag_list(&mut self, start: usize) -> Result<bool> {
        let (mut value, mut seen_since_minus) = (true, true);
        loop {
            let at = self.input.at;
            match self.input.next() {
                Some(end @ (':' | ')')) if seen_since_minus => return Ok(end == ':'),
                Some('-') if value => (value, seen_since_minus) = (false, false),
                Some(c) => match self.flags.get_mut(c) {
                    Some(flag) => (*flag, seen_since_minus) = (value, true),
                    None if matches!(c, ':' | ')' | '-') => {
                        return error(start..self.input.at, "these flags cannot be read");
                    }
                    None => {
                        let message = format!("there is no flag `{c}`; the flags are `i`, `m`, `s` and `U`");
                        return error(at..self.input.at, message);
                    }
                },
                None => return error(start..start + 1, "this group is never closed"),
            }
        }
    }

    fn close(&mut self, start: usize) -> Result<()> {
        let Some(outer) = self.groups.pop() else {
            return error(start..start + 1, "this `)` closes nothing");
        };
        let mut inner = std::mem::replace(&mut self.group, outer);
        inner.settle();
        self.out.push(')');
        self.flags = inner.flags;
        self.group.last = Some(Atom {
            out: inner.out,
            repeated: false,
            product: inner.product,
            size: inner.size.saturating_add(2),
            height: inner.height + 1,
        });
        Ok(())
    }

    /// Reads the rest of `{2}`, `{2,}` or `{2,3}`.
    ///
    /// `None`, without reading, if the brace is a literal; a smallest count of `None` if a number is too large.
    fn counts(&mut self) -> Option<(Option<u32>, Option<u32>)> {
        let start = self.input.at;
        let counts = self.counts_inside();
        if counts.is_none() {
            self.input.at = start;
        }
        counts
    }

    fn counts_inside(&mut self) -> Option<(Option<u32>, Option<u32>)> {
        let min = self.count()?;
        let max = if !self.input.eat(",") {
            min
        } else if self.input.rest().starts_with('}') {
            return self.input.eat("}").then_some((min, None));
        } else {
            self.count()?
        };
        if !self.input.eat("}") {
            return None;
        }
        let fits = min.zip(max).is_some_and(|(min, max)| min <= max);
        Some(if fits { (min, max) } else { (None, None) })
    }

    /// Reads a number of the counts; `Some(None)` if it is too large.
    fn count(&mut self) -> Option<Option<u32>> {
        let rest = self.input.rest();
        let digits = &rest[..rest.bytes().take_while(u8::is_ascii_digit).count()];
        // A leading zero makes the brace a literal in Go.
        if digits.is_empty() || digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        self.input.at += digits.len();
        Some(digits.parse().ok().filter(|count| *count <= MAX_REPEAT))
    }

    /// Repeats the last item; a `max` of `None` is no limit.
    fn repeat(&mut self, start: usize, stacked: Option<usize>, min: u32, max: Option<u32>) -> Result<()> {
        let operator = start..self.input.at;
        let lazy = self.input.eat("?");
        if let Some(first) = stacked {
            let message = "a repetition cannot follow a repetition; put a group around the first";
            return error(first..self.input.at, message);
        }
        let text = &self.input.text[operator.clone()];
        let Some(atom) = &mut self.group.last else {
            return error(operator, format!("`{text}` has nothing before it to repeat"));
        };
        if text.starts_with('{') {
            let factor = max.unwrap_or(min);
            match factor {
                0 if max.is_some() => atom.product = 0,
                0 => {}
                factor => atom.product = factor.saturating_mul(atom.product.max(1)),
            }
            atom.size = match max {
                None => u64::from(min).saturating_mul(atom.size).saturating_add(2),
                Some(max) => u64::from(max).saturating_mul(atom.size).saturating_add(u64::from(max - min)).max(1),
            };
        } else {
            atom.size = atom.size.saturating_add(2);
        }
        let (product, size) = (atom.product, atom.size);
        if atom.repeated {
            // Something that matches nothing stands between the two, such as `(?i)`. Rust would read `a*+` as one.
            atom.height += 1;
            self.wraps.push(atom.out);
            self.out.push(')');
        }
        atom.repeated = true;
        let height = atom.height;
        if product > MAX_REPEAT {
            return self.repeat_too_large(start);
        }
        if size > MAX_SIZE {
            return error(operator, "with this repetition the expression becomes too large");
        }
        if height > MAX_NESTING {
            return error(operator, format!("repetitions nest more than {MAX_NESTING} deep"));
        }
        self.out.push_str(text);
        if lazy {
            self.out.push('?');
        }
        self.repeated = Some(start);
        Ok(())
    }

    fn repeat_too_large(&self, start: usize) -> Result<()> {
        let span = start..self.input.at;
        let text = &self.input.text[span.clone()];
        let mut numbers = text[1..text.len() - 1].split(',').map(|number| number.parse().unwrap_or(u64::MAX));
        if let (Some(min), Some(max)) = (numbers.next(), numbers.next())
            && min > max
        {
            return error(span, format!("`{text}` has its smaller number last"));
        }
        error(span, format!("more than {MAX_REPEAT} repetitions, nested ones multiplied"))
    }

    /// Reads what follows a backslash outside of brackets.
    fn escape(&mut self, start: usize) -> Result<()> {
        let rest = self.input.rest();
        let mut skip = |rust: &str| {
            self.input.at += 1;
            self.item(rust);
            Ok(())
        };
        match rest.chars().next() {
            Some('A') => return skip(r"\A"),
            Some('z') => return skip(r"\z"),
            Some('b') => return skip(r"(?-u:\b)"),
            Some('B') => return skip(r"(?-u:\B)"),
            Some('Q') => {
                self.input.at += 1;
                let rest = self.input.rest();
                let text = self.input.take_until(r"\E").unwrap_or(rest);
                if text.len() == rest.len() {
                    self.input.at = self.input.text.len();
                }
                text.chars().for_each(|c| self.literal(c));
                return Ok(());
            }
            _ => {}
        }
        let mut body = String::new();
        match class::group_escape(&mut self.input, start)? {
            Some(group) => {
                group.push_to(&mut body);
                self.item(&class::bracketed(false, &body));
            }
            None => match class::character_escape(&mut self.input, start)? {
                Some(c) => self.literal(c),
                // A surrogate, which cannot occur in text.
                None => self.item(NOTHING),
            },
        }
        Ok(())
    }

    /// Reads what follows `[`.
    fn class(&mut self, start: usize) -> Result<()> {
        let rust = class::translate(&mut self.input, start)?;
        self.item(&rust);
        Ok(())
    }
}

/// Writes a character so that it means itself, inside of brackets too.
fn push_literal(out: &mut String, c: char) {
    if regex_syntax::is_meta_character(c) {
        out.push('\\');
    }
    out.push(c);
}

#[cfg(test)]
mod tests;
