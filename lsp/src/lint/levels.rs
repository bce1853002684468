//! Levels of rules, where somebody has set another one than the rule has.

use std::collections::BTreeMap;

use traceql_grammar::diagnostic::{CODES, Class, Code, CodeRow, Severity};

/// A level that is set for the findings of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// They are not told.
    Off,
    /// They have this level.
    At(Severity),
}

/// Levels by rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels(BTreeMap<Code, Level>);

impl Levels {
    /// Sets the level of a rule.
    pub fn set(&mut self, code: Code, level: Level) {
        self.0.insert(code, level);
    }

    /// Returns the level of a rule, if one is set.
    pub fn get(&self, code: Code) -> Option<Level> {
        self.0.get(&code).copied()
    }

    /// Takes over what is set in `other`, which counts for more.
    pub fn extend(&mut self, other: &Levels) {
        self.0.extend(other.0.iter().map(|(code, level)| (*code, *level)));
    }
}

/// Words for the levels, with what they mean.
pub const LEVELS: [(&str, Level); 4] = [
    ("off", Level::Off),
    ("info", Level::At(Severity::Info)),
    ("warning", Level::At(Severity::Warning)),
    ("error", Level::At(Severity::Error)),
];

/// Returns the rules whose level can be set: all but what Tempo refuses.
pub fn rules() -> impl Iterator<Item = &'static CodeRow> {
    CODES.iter().filter(|row| row.class == Class::Lint)
}
