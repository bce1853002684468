//! Variables of a dashboard, as it defines them.

use std::ops::Range;

/// A variable of a dashboard.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name, without `$`.
    pub name: String,
    /// The origin of its values.
    pub kind: VariableKind,
    /// Whether several values can be chosen at once.
    pub is_multi: bool,
    /// Whether `All` can be chosen.
    pub includes_all: bool,
    /// The text that `All` stands for, if it is not all values.
    pub all_value: Option<String>,
    /// The values that the file knows: those of a custom, constant or interval variable, and chosen ones.
    pub values: Vec<String>,
    /// The chosen values; empty if none is saved.
    pub current: Vec<String>,
    /// The uid or name of the data source that it belongs to, where the file tells it.
    pub data_source: Option<String>,
    /// The place of its definition.
    pub span: Range<usize>,
}

/// The kinds of variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VariableKind {
    /// The values that a data source answers.
    Query,
    /// A list that is written in the dashboard.
    Custom,
    /// One value that nobody changes.
    Constant,
    /// A text field.
    TextBox,
    /// A length of time.
    Interval,
    /// A data source.
    DataSource,
    /// Filters that a person adds.
    AdHoc,
    /// Attributes to group by.
    GroupBy,
    /// One of two values.
    Switch,
    /// A kind that is not known here.
    Other,
}
