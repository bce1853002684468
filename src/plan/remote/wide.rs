//! Conditions on one span that hold at least where those of a query do, as TraceQL.

use traceql_grammar::query::FieldKey;

/// What a span must be like.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wide {
    /// Any span will do.
    Everything,
    /// No span will.
    Nothing,
    /// A comparison that the server makes.
    Test(Comparison),
    /// All of these, two or more, none of which is `All`.
    All(Vec<Wide>),
    /// One of these, two or more, none of which is `Any`.
    Any(Vec<Wide>),
}

/// A comparison as it is sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    /// What is compared; a field of the span itself.
    pub(super) key: FieldKey,
    pub(super) text: String,
    /// What it is asked of.
    pub(super) table: Table,
    /// A guess at how few spans pass, as a power of some base: nobody knows the data.
    pub(super) weight: u32,
}

/// What one span has one or many of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Span,
    Events,
    Links,
}

impl Wide {
    pub(super) fn is_everything(&self) -> bool {
        matches!(self, Wide::Everything)
    }

    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Wide::Nothing)
    }

    /// Joins two conditions by `&&`.
    pub(super) fn and(self, other: Wide) -> Wide {
        match (self, other) {
            (Wide::Everything, other) | (other, Wide::Everything) => other,
            (Wide::Nothing, _) | (_, Wide::Nothing) => Wide::Nothing,
            (left, right) => {
                let parts = |wide| if let Wide::All(parts) = wide { parts } else { vec![wide] };
                joined(parts(left), parts(right), Wide::All)
            }
        }
    }

    /// Joins two conditions by `||`.
    pub(super) fn or(self, other: Wide) -> Wide {
        match (self, other) {
            (Wide::Nothing, other) | (other, Wide::Nothing) => other,
            (Wide::Everything, _) | (_, Wide::Everything) => Wide::Everything,
            (left, right) => {
                let parts = |wide| if let Wide::Any(parts) = wide { parts } else { vec![wide] };
                joined(parts(left), parts(right), Wide::Any)
            }
        }
    }

    /// Joins conditions of two filters, which may have been met by different events: in one filter it would have to be the
    /// same event. Where both ask about events, or both about links, only the first stays.
    pub(super) fn and_elsewhere(self, other: Wide) -> Wide {
        let both = |table| self.asks(table) && other.asks(table);
        if both(Table::Events) || both(Table::Links) { self } else { self.and(other) }
    }

    /// Makes the condition right for a filter that has a `||`, whose tests of events each stand alone. Without a `||` left
    /// in it, only one of them may stay.
    pub(super) fn uncorrelated(self) -> Wide {
        let Wide::All(parts) = self else { return self };
        if parts.iter().any(|part| matches!(part, Wide::Any(_))) {
            return Wide::All(parts);
        }
        let (mut events, mut links) = (0, 0);
        let first_of_each = parts.into_iter().filter(|part| {
            let count = match part {
                Wide::Test(Comparison { table: Table::Events, .. }) => &mut events,
                Wide::Test(Comparison { table: Table::Links, .. }) => &mut links,
                _ => return true,
            };
            *count += 1;
            *count == 1
        });
        first_of_each.fold(Wide::Everything, Wide::and)
    }

    /// Replaces each comparison.
    pub(super) fn map(self, change: &mut dyn FnMut(Comparison) -> Wide) -> Wide {
        match self {
            Wide::Everything | Wide::Nothing => self,
            Wide::Test(comparison) => change(comparison),
            Wide::All(parts) => parts.into_iter().fold(Wide::Everything, |wide, part| wide.and(part.map(change))),
            Wide::Any(parts) => parts.into_iter().fold(Wide::Nothing, |wide, part| wide.or(part.map(change))),
        }
    }

    /// Calls `visit` for each comparison.
    pub(super) fn comparisons(&self, visit: &mut dyn FnMut(&Comparison)) {
        match self {
            Wide::Everything | Wide::Nothing => {}
            Wide::Test(comparison) => visit(comparison),
            Wide::All(parts) | Wide::Any(parts) => parts.iter().for_each(|part| part.comparisons(visit)),
        }
    }

    /// Tells whether a `||` stands in the condition.
    pub(super) fn has_alternatives(&self) -> bool {
        match self {
            Wide::Everything | Wide::Nothing | Wide::Test(_) => false,
            Wide::All(parts) => parts.iter().any(Wide::has_alternatives),
            Wide::Any(_) => true,
        }
    }

    fn asks(&self, wanted: Table) -> bool {
        let mut asks = false;
        self.comparisons(&mut |comparison| asks |= comparison.table == wanted);
        asks
    }

    /// Guesses how few spans meet the condition; more is fewer.
    pub(super) fn weight(&self) -> u32 {
        match self {
            Wide::Everything => 0,
            Wide::Nothing => u32::MAX,
            Wide::Test(comparison) => comparison.weight,
            Wide::All(parts) => parts.iter().map(Wide::weight).fold(0, u32::saturating_add),
            Wide::Any(parts) => parts.iter().map(Wide::weight).min().unwrap_or_default(),
        }
    }

    fn write(&self, inside: bool, text: &mut String) {
        let (parts, operator) = match self {
            Wide::Everything => return text.push_str("true"),
            Wide::Nothing => return text.push_str("false"),
            Wide::Test(comparison) => return text.push_str(&comparison.text),
            Wide::All(parts) => (parts, " && "),
            Wide::Any(parts) => (parts, " || "),
        };
        // `&&` and `||` have one precedence, so that each needs parentheses inside of the other.
        text.push_str(if inside { "(" } else { "" });
        for (i, part) in parts.iter().enumerate() {
            text.push_str(if i > 0 { operator } else { "" });
            part.write(true, text);
        }
        text.push_str(if inside { ")" } else { "" });
    }
}

/// Joins parts, each once.
fn joined(mut parts: Vec<Wide>, more: Vec<Wide>, join: fn(Vec<Wide>) -> Wide) -> Wide {
    // Looking each up among all takes too long only where there are very many.
    let few = parts.len() <= 100;
    for part in more {
        if !few || !parts.contains(&part) {
            parts.push(part);
        }
    }
    if parts.len() == 1 { parts.remove(0) } else { join(parts) }
}

/// Writes the search for traces with a span that meets one of the conditions.
pub(super) fn text(filters: &[Wide]) -> String {
    if filters.is_empty() {
        return "{ false }".to_owned();
    }
    if filters.iter().any(Wide::is_everything) {
        return "{ }".to_owned();
    }
    let mut text = String::new();
    for (i, filter) in filters.iter().enumerate() {
        text.push_str(if i > 0 { " || { " } else { "{ " });
        filter.write(false, &mut text);
        text.push_str(" }");
    }
    text
}
