//! Words that stand for a value. Statuses and kinds have theirs in [`crate::value`].

use super::release::Release;
use crate::value::Value;

/// What is known of such a word.
#[derive(Debug)]
pub struct LiteralRow {
    /// The word.
    pub word: &'static str,
    /// The value.
    pub value: Value,
    /// Whether the word can be nothing else, not even the name of a hint.
    pub reserved: bool,
    /// The first Tempo release that knows it.
    pub since: Release,
    /// One line for hover texts.
    pub doc: &'static str,
}

/// Every such word.
pub static LITERALS: [LiteralRow; 5] = [
    LiteralRow { word: "true", value: Value::Bool(true), reserved: true, since: Release::V2_0, doc: "holds" },
    LiteralRow { word: "false", value: Value::Bool(false), reserved: true, since: Release::V2_0, doc: "does not hold" },
    LiteralRow { word: "nil", value: Value::Nil, reserved: true, since: Release::V2_0, doc: "the absence of a value" },
    LiteralRow {
        word: "minInt",
        value: Value::Int(i64::MIN),
        reserved: false,
        since: Release::V2_10,
        doc: "the smallest whole number",
    },
    LiteralRow {
        word: "maxInt",
        value: Value::Int(i64::MAX),
        reserved: false,
        since: Release::V2_10,
        doc: "the largest whole number",
    },
];

/// Finds the row of a word.
pub fn find(word: &str) -> Option<&'static LiteralRow> {
    LITERALS.iter().find(|row| row.word == word)
}
