//! Why a request has no answer.

use std::fmt;

use traceql_grammar::Checked;

use crate::{
    exec::{MetricsError, SearchError},
    plan::{LowerError, TimesError},
    source::SourceError,
};

/// Why a request has no answer.
#[derive(Clone, Debug)]
pub enum Error {
    /// The query has errors, or is of the wrong kind for the request; its diagnostics say which.
    Query(Box<Checked>),
    /// The query has no plan.
    Plan(LowerError),
    /// The query that selects spans computes series.
    SelectsSeries,
    /// The spans that were read have no answer.
    Search(SearchError),
    /// The samples cannot have the times that were asked for.
    Times(TimesError),
    /// The time starts after its end.
    StartAfterEnd,
    /// The session has no sources.
    NoSources,
    /// A source of this kind cannot be asked for that.
    NotASource(Problem),
    /// A file, block or store cannot be read, or is damaged.
    Source(SourceError),
    /// A server does not answer.
    Server(Problem),
    /// The settings of a server cannot be used.
    Settings(Problem),
    /// The request was cancelled.
    Cancelled,
}

/// Something with a name does not do what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The source, free of secrets.
    pub name: String,
    /// The problem: lower case, no full stop.
    pub problem: String,
    /// The cure: lower case, no full stop.
    pub cure: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.problem)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Query(checked) => match checked.diagnostics.first() {
                Some(finding) => write!(f, "the query is invalid: {}", finding.message),
                None => f.write_str("the query is invalid"),
            },
            Error::Plan(error) => write!(f, "{error}"),
            Error::SelectsSeries => f.write_str("a search selects spans, and a metrics query has none"),
            Error::Search(error) => write!(f, "{error}"),
            Error::Times(error) => write!(f, "{error}"),
            Error::StartAfterEnd => f.write_str("the start lies after the end"),
            Error::NoSources => f.write_str("nothing to search in"),
            Error::Source(error) => write!(f, "{}{}: {}", error.file, error.place, error.problem),
            Error::NotASource(problem) | Error::Server(problem) | Error::Settings(problem) => write!(f, "{problem}"),
            Error::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl std::error::Error for Error {}

impl From<SearchError> for Error {
    fn from(error: SearchError) -> Error {
        Error::Search(error)
    }
}

impl From<MetricsError> for Error {
    fn from(error: MetricsError) -> Error {
        match error {
            MetricsError::Search(error) => Error::Search(error),
            MetricsError::Times(error) => Error::Times(error),
        }
    }
}

impl From<TimesError> for Error {
    fn from(error: TimesError) -> Error {
        Error::Times(error)
    }
}

impl From<LowerError> for Error {
    fn from(error: LowerError) -> Error {
        Error::Plan(error)
    }
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Error {
        Error::Source(error)
    }
}
