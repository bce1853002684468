//! Template variables: parts of a text that a host program, such as a dashboard, replaces before it sends the query.
//!
//! A host declares its variables in [`crate::CheckOptions`]; each occurrence is then a *hole* in the text. The text stays as
//! it is written, all spans are places in it, and no fix touches a hole. A variable that is not declared is reported as one
//! that nothing has replaced.
//!
//! ```
//! use traceql_grammar::{CheckOptions, Verdict, check, template::{Variable, VariableKind}};
//!
//! let text = "{ resource.service.name =~ \"${service:regex}\" && duration > $least }";
//! let mut options = CheckOptions::default();
//! options.variables.push(Variable::new("service", VariableKind::List));
//! options.variables.push(Variable::new("least", VariableKind::Value));
//! assert_eq!(check(text, &options).verdict, Verdict::Ok);
//!
//! // With a value the text is judged as it will be sent.
//! options.variables[1].value = Some("\"1s\"".to_owned());
//! assert_eq!(check(text, &options).verdict, Verdict::ValidateError);
//! ```

use crate::span::Span;

/// What a host program knows of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name: `x` for `$x`, `${x}`, `${x:regex}`, `[[x]]` and so on. `x:regex` is for occurrences with that format only,
    /// and counts for more than `x`.
    pub name: String,
    /// What the variable stands for.
    pub kind: VariableKind,
    /// The text in the place of an occurrence when the query is sent; `None` if it is not known.
    pub value: Option<String>,
}

/// What a variable stands for. Without a value the text is judged so that nothing is reported that a value of this kind
/// would cure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableKind {
    /// A single value: a number, a duration, a word, or text inside quotes.
    Value,
    /// Several values joined by `|`.
    List,
    /// The name of an attribute or intrinsic, or a part of one.
    Attribute,
    /// A part of a query with all of its brackets in pairs: conditions, an operator, stages. What touches it is not judged.
    Part,
}

impl Variable {
    /// Makes a variable without a value.
    pub fn new(name: impl Into<String>, kind: VariableKind) -> Variable {
        Variable { name: name.into(), kind, value: None }
    }
}

/// A place where a text refers to a variable, declared or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence<'t> {
    /// The whole reference: `${x:regex}`.
    pub span: Span,
    /// The name alone.
    pub name: &'t str,
    /// What stands behind the first colon.
    pub format: Option<&'t str>,
}

/// Bytes between braces at most; bounds how far is looked for the closing one.
const LONGEST: usize = 256;

/// Returns the references to variables in a text, in order: `$x`, `${x}`, `${x.y}`, `${x:format}`, `[[x]]`, `[[x:format]]`.
pub fn occurrences(text: &str) -> impl Iterator<Item = Occurrence<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(found) = text.get(at..).and_then(|rest| rest.find(['$', '['])) {
            let begin = at + found;
            // Places are 32 bits wide.
            if begin + LONGEST > u32::MAX as usize {
                return None;
            }
            match read(text.get(begin..).unwrap_or_default()) {
                Some((length, name, format)) => {
                    at = begin + length;
                    return Some(Occurrence { span: Span::new(begin, at), name, format });
                }
                None => at = begin + 1,
            }
        }
        None
    })
}

/// Reads the reference that a text begins with; returns its length, name and format.
fn read(text: &str) -> Option<(usize, &str, Option<&str>)> {
    if let Some(inside) = text.strip_prefix("${") {
        let length = inside.bytes().take(LONGEST).position(|b| matches!(b, b'}' | b'{' | b'$' | b'\n'))?;
        let (inside, behind) = inside.split_at_checked(length)?;
        let name = word(inside)?;
        let rest = &inside[name.len()..];
        let is_whole = behind.starts_with('}') && (rest.is_empty() || rest.starts_with([':', '.', '[']));
        return is_whole.then(|| (length + 3, name, rest.split_once(':').map(|(_, format)| format)));
    }
    if let Some(inside) = text.strip_prefix("[[") {
        let name = word(inside)?;
        let rest = &inside[name.len()..];
        let format = rest.strip_prefix(':').and_then(word);
        let length = name.len() + format.map_or(0, |format| format.len() + 1);
        return inside[length..].starts_with("]]").then_some((length + 4, name, format));
    }
    let name = word(text.strip_prefix('$')?)?;
    Some((name.len() + 1, name, None))
}

/// Returns the letters, digits and underscores that a text begins with, if there are few enough for a name.
fn word(text: &str) -> Option<&str> {
    let letters = text.bytes().take(LONGEST).take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    (1..LONGEST).contains(&letters).then(|| &text[..letters])
}
