//! Attribute names of OpenTelemetry's semantic conventions: the one table for lint rules, completion and hover texts.

#[rustfmt::skip]
mod table;

use table::TABLE;

/// Version of the conventions in the table.
pub const VERSION: &str = table::VERSION;

/// Source and licence of the table, in one line.
pub const SOURCE: &str = "OpenTelemetry semantic conventions, Apache-2.0, copyright The OpenTelemetry Authors";

/// An attribute name of the conventions.
#[derive(Debug)]
pub struct Convention {
    /// The name, without a scope. A template's name lacks the key: `http.request.header`.
    pub name: &'static str,
    /// The type of its values; that of the members if it is an enum.
    pub ty: ValueType,
    /// Whether the name takes a key: `http.request.header.content-type`.
    pub is_template: bool,
    /// The stability of the name.
    pub stability: Stability,
    /// The places that carry the attribute.
    pub places: Places,
    /// The first sentence of its description; rarely empty.
    pub brief: &'static str,
    /// The known values of an enum, else empty. Other values are legal too.
    pub members: &'static [Member],
    /// The reason not to use the name any more; `None` for a current name.
    pub deprecated: Option<&'static Deprecation>,
}

/// A value of an enum.
#[derive(Debug)]
pub struct Member {
    /// The value, a whole number if the type says so.
    pub value: &'static str,
    /// Its description; may be empty.
    pub brief: &'static str,
}

/// The type of an attribute's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// Text.
    String,
    /// Whole numbers.
    Int,
    /// Numbers with a fraction.
    Double,
    /// Truth values.
    Boolean,
    /// Anything.
    Any,
    /// Lists of texts.
    Strings,
    /// Lists of whole numbers.
    Ints,
}

impl ValueType {
    /// Tells whether the attribute has one value, no list.
    pub fn is_single(self) -> bool {
        !matches!(self, ValueType::Any | ValueType::Strings | ValueType::Ints)
    }
}

/// The stability of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// It will not change.
    Stable,
    /// It is about to become stable.
    ReleaseCandidate,
    /// It may change.
    Development,
}

/// The places that carry an attribute; none where the conventions do not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places(u8);

impl Places {
    /// Tells whether the conventions do not say who carries the attribute.
    pub fn is_unknown(self) -> bool {
        self.0 == 0
    }

    /// Tells whether spans carry it.
    pub fn has_span(self) -> bool {
        self.0 & 1 != 0
    }

    /// Tells whether resources carry it.
    pub fn has_resource(self) -> bool {
        self.0 & 2 != 0
    }

    /// Tells whether events carry it.
    pub fn has_event(self) -> bool {
        self.0 & 4 != 0
    }

    /// Tells whether metrics carry it, and nothing else does.
    pub fn is_metric_only(self) -> bool {
        self.0 == 8
    }
}

/// The reason not to use a name any more.
#[derive(Debug)]
pub struct Deprecation {
    /// The fate of the name.
    pub reason: Reason,
    /// The name that holds the same thing, if there is one; never a deprecated one.
    pub renamed_to: Option<&'static str>,
    /// The version that renamed it, if a schema file tells.
    pub since: Option<&'static str>,
    /// The note of the conventions, in words; may be empty.
    pub note: &'static str,
    /// Values that are written differently under the new name: the old one, and the new one if there is a counterpart.
    pub values: &'static [(&'static str, Option<&'static str>)],
}

/// The fate of a deprecated name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Another name holds the same thing.
    Renamed,
    /// It was split, merged or changed.
    Uncategorized,
    /// It has no successor.
    Obsoleted,
    /// It lives on in conventions that are not part of the table.
    Moved,
}

/// Returns every name, sorted.
pub fn all() -> &'static [Convention] {
    TABLE
}

/// Finds what is said of an attribute name; for a name with a key, what is said of its template.
///
/// ```
/// use traceql_grammar::vocab::conventions::find;
///
/// assert_eq!(find("http.request.header.accept").map(|found| found.name), Some("http.request.header"));
/// assert!(find("http.request.nothing").is_none());
/// ```
pub fn find(name: &str) -> Option<&'static Convention> {
    exact(name).or_else(|| {
        let points = name.rmatch_indices('.').map(|(at, _)| &name[..at]);
        // No name has more parts.
        points.take(MOST_KEYS).find_map(|begin| exact(begin).filter(|found| found.is_template))
    })
}

/// Maximum number of points in a key that is looked at.
const MOST_KEYS: usize = 16;

fn exact(name: &str) -> Option<&'static Convention> {
    TABLE.binary_search_by(|row| row.name.cmp(name)).ok().and_then(|at| TABLE.get(at))
}

/// A name that holds what another one held.
#[derive(Clone, Debug, PartialEq)]
pub struct Rename {
    /// The current name, with the key if there is one.
    pub to: String,
    /// Whether both names always mean the same, so that a query can ask for either.
    pub is_exact: bool,
}

/// Names whose successor is not quite the same thing, or whose values changed in a way that the table does not tell.
const INEXACT: [&str; 7] = [
    "db.name",
    "http.url",
    "messaging.operation",
    "net.host.name",
    "net.transport",
    "process.executable.build_id.profiling",
    "rpc.connect_rpc.error_code",
];

/// Returns the current name for an attribute that spans, resources or events carry; `None` if the name is current, has no
/// successor, or is a name of metrics.
pub fn rename(name: &str) -> Option<Rename> {
    let old = find(name)?;
    let deprecated = old.deprecated.filter(|deprecated| deprecated.reason == Reason::Renamed)?;
    let to = exact(deprecated.renamed_to?)?;
    if to.places.is_metric_only() {
        return None;
    }
    let key = name.get(old.name.len()..).unwrap_or_default();
    let is_exact = !old.is_template && !INEXACT.contains(&name) && old.ty == to.ty && !has_several_sources(to.name);
    Some(Rename { to: format!("{}{key}", to.name), is_exact })
}

/// Tells whether several old names became this one, so that it holds more than any of them did.
fn has_several_sources(to: &str) -> bool {
    let sources = TABLE.iter().filter_map(|row| row.deprecated).filter(|old| old.renamed_to == Some(to));
    sources.count() > 1
}
