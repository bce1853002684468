//! What goes wrong between here and a server: where, what, in whose words, and what helps.

use std::fmt;

/// A question that has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteError {
    /// What was asked, without user, password and parameters; as it was given where it cannot be asked.
    pub url: String,
    /// What kind of thing went wrong.
    pub kind: Kind,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// What is wrong: lower case, no full stop.
    pub problem: String,
    /// The server's own words, cut to a sane length, on one line.
    pub said: Option<String>,
    /// What helps: lower case, no full stop.
    pub cure: String,
}

/// Kinds of things that go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing was asked: what was given cannot be used.
    Settings,
    /// Nobody is there.
    Unreachable,
    /// The connection cannot be trusted, or the other side does not trust this one.
    Tls,
    /// No answer came in time.
    Timeout,
    /// The connection broke, even when it was tried again.
    Broken,
    /// It is not known who asks, or for which tenant.
    Unauthorized,
    /// Who asks may not.
    Forbidden,
    /// The server has no such path.
    NoSuchPath,
    /// The server does not take the question.
    Refused,
    /// The server is asked too much.
    TooManyRequests,
    /// The server failed.
    Failed,
    /// Somebody else answered: not a Tempo, or a page to log in.
    NotTempo,
    /// The answer cannot be read.
    Damaged,
    /// The answer is too large.
    TooLarge,
    /// The answer lies elsewhere.
    Redirected,
    /// The user did not want to wait any more.
    Cancelled,
}

impl RemoteError {
    /// Makes an error about something that was never answered.
    pub(super) fn new(
        kind: Kind,
        url: impl Into<String>,
        problem: impl Into<String>,
        cure: impl Into<String>,
    ) -> RemoteError {
        RemoteError { url: url.into(), kind, status: None, problem: problem.into(), said: None, cure: cure.into() }
    }

    /// Returns what went wrong as a phrase: the problem, and what the server said about it.
    pub fn what(&self) -> String {
        match &self.said {
            Some(said) => format!("{}: {said}", self.problem),
            None => self.problem.clone(),
        }
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.url, self.what(), self.cure)
    }
}

impl std::error::Error for RemoteError {}

/// So many characters of a server's words are told.
const LONGEST: usize = 300;

/// Puts a server's words on one line, without what a terminal would take for commands, cut to a sane length; `None` if
/// nothing is left.
pub(super) fn words(text: &str) -> Option<String> {
    let mut line = String::new();
    let mut characters = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if characters > 0 {
            line.push(' ');
            characters += 1;
        }
        for c in word.chars().filter(|c| !is_invisible(*c)) {
            if characters >= LONGEST {
                line.push('…');
                return Some(line);
            }
            line.push(c);
            characters += 1;
        }
    }
    (!line.is_empty()).then_some(line)
}

/// Tells whether a character turns or hides the text around it.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_server_are_one_short_line() {
        assert_eq!(words(" no org id\n").as_deref(), Some("no org id"));
        assert_eq!(words("a\u{1b}[31mb\tc\r\nd\u{202e}e").as_deref(), Some("a [31mb c de"));
        assert_eq!(words(" \n\u{200b}"), None);
        let long = words(&"ä".repeat(1000)).unwrap_or_default();
        assert_eq!((long.chars().count(), long.ends_with('…')), (LONGEST + 1, true));
    }
}
