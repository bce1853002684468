//! Settings of a team: the file `traceql.toml`.
//!
//! ```toml
//! target = "2.8"
//! exclude = ["vendor/**"]
//!
//! [tempo]
//! uids = ["P214B5B846CF3925F"]
//!
//! [lint]
//! level = "warning"
//! strict = true
//!
//! [lint.rules]
//! repeated-query = "off"
//!
//! [[lint.overrides]]
//! paths = ["old/**"]
//! rules = { multi-value-equals = "info" }
//!
//! [attributes]
//! known = ["shop.cart.id"]
//! ```

mod read;
mod schema;

use std::ops::Range;

use globset::GlobSet;
use traceql_grammar::{diagnostic::Severity, vocab::release::Release};

use super::{Options, levels::Levels};

pub use read::parse;
pub use schema::schema;

/// The settings of a file.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The Tempo release that queries are for.
    pub target: Option<Release>,
    /// The patterns of the files that are left out.
    pub exclude: Vec<String>,
    /// The uids and names of data sources that are a Tempo.
    pub tempo: Vec<String>,
    /// The least level of a finding that is told.
    pub level: Option<Severity>,
    /// Whether warnings count as failures.
    pub strict: Option<bool>,
    /// The levels of rules.
    pub rules: Levels,
    /// Attributes that the team has.
    pub known: Vec<String>,
    excluded: GlobSet,
    overrides: Vec<Override>,
}

/// Levels for some files.
#[derive(Clone, Debug)]
struct Override {
    paths: GlobSet,
    rules: Levels,
}

/// Something in the file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The bytes of the file that are wrong.
    pub span: Range<usize>,
    /// A sentence about it: lower case, no full stop.
    pub message: String,
    /// A way to mend it, if that is known.
    pub help: Option<String>,
}

impl Config {
    /// Tells whether a file is left out. The path counts from the folder of the settings, with `/`.
    pub fn is_excluded(&self, path: &str) -> bool {
        self.excluded.is_match(path)
    }

    /// Returns the levels of rules in a file. The path counts from the folder of the settings, with `/`.
    pub fn rules_for(&self, path: &str) -> Levels {
        let mut rules = self.rules.clone();
        self.overrides.iter().filter(|other| other.paths.is_match(path)).for_each(|other| rules.extend(&other.rules));
        rules
    }

    /// Returns how a file is judged, as far as the settings say it; they tell neither day nor more than is told by default.
    pub fn options_for(&self, path: &str) -> Options {
        Options {
            release: self.target.unwrap_or(Release::Main),
            level: self.level.unwrap_or(Severity::Warning),
            levels: self.rules_for(path),
            known: self.known.clone(),
            today: None,
        }
    }
}
