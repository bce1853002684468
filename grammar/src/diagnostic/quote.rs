//! Messages that quote a query: long quotes are cut.

use std::borrow::Cow;

/// Maximum length of a piece of text that a message quotes, in characters.
pub const MAX_QUOTED: usize = 80;

/// Maximum length of a message, in characters; what is longer quotes text in a way that cannot be told apart.
const MAX_MESSAGE: usize = 1_000;

/// Stands for what was cut off.
const CUT: char = '…';

/// Cuts a text that a message quotes without backticks to [`MAX_QUOTED`] characters, with `…` for the rest.
pub(crate) fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => Cow::Owned(format!("{}{CUT}", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Cuts what a message quotes in backticks to [`MAX_QUOTED`] characters, with `…` for the rest.
///
/// Every message, label, help and title of a fix goes through this, so that none is as long as the query. A quoted text may
/// hold backticks itself; such a message is cut somewhere else, and at the latest behind 1,000 characters.
///
/// ```
/// use traceql_grammar::diagnostic::quote::cut_quotes;
///
/// assert_eq!(cut_quotes("`ab` is no stage".to_owned()), "`ab` is no stage");
/// let long = format!("`{}` is no stage", "ab".repeat(500));
/// assert_eq!(cut_quotes(long), format!("`{}…` is no stage", "ab".repeat(40)));
/// ```
pub fn cut_quotes(message: String) -> String {
    // No piece of a short message is long.
    if message.len() <= MAX_QUOTED {
        return message;
    }
    let (mut cut, mut left) = (String::new(), MAX_MESSAGE);
    for (at, piece) in message.split('`').enumerate() {
        if at > 0 {
            cut.push('`');
        }
        // What stands between the first and the second backtick is quoted, and so on.
        let room = if at % 2 == 1 { MAX_QUOTED } else { MAX_MESSAGE }.min(left);
        let end = piece.char_indices().nth(room).map(|(end, _)| end);
        cut.push_str(&piece[..end.unwrap_or(piece.len())]);
        cut.extend(end.map(|_| CUT));
        left = left.saturating_sub(1 + piece.chars().take(room).count());
        if left == 0 {
            break;
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_quotes_are_cut() {
        let long = "x".repeat(81);
        let explained = format!("there is no such thing: {long}; write `y`");
        assert_eq!(cut_quotes(explained.clone()), explained);
        let (exact, cut) = ("ü".repeat(80), format!("{}…", "ü".repeat(80)));
        assert_eq!(cut_quotes(format!("`{exact}` and `{exact}ü`")), format!("`{exact}` and `{cut}`"));
    }

    #[test]
    fn no_message_is_as_long_as_a_query() {
        for piece in ["`", "a`", "``a", "a", "ü `"] {
            let message = cut_quotes(piece.repeat(500_000));
            assert!(message.chars().count() <= 2 * MAX_MESSAGE, "{} characters for {piece}", message.chars().count());
        }
    }
}
