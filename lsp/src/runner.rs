//! The trait by which an editor's commands run queries.

use std::sync::Arc;

use crate::{catalog::Catalog, stop::Stop};

/// Runs queries for commands of an editor.
///
/// A call may take long: it runs on a thread of its own, and ends soon after its token is stopped.
pub trait Runner: Send + Sync {
    /// Runs a query.
    ///
    /// # Errors
    ///
    /// The reason why there is no answer, as a headline.
    fn run(&self, request: &Request, stop: &Stop) -> Result<Answer, String>;

    /// Returns how a query is run, as far as that is known without running it.
    ///
    /// # Errors
    ///
    /// The reason why there is no plan, as a headline.
    fn explain(&self, request: &Request, stop: &Stop) -> Result<Answer, String>;

    /// Returns a whole trace.
    ///
    /// # Errors
    ///
    /// The reason why there is no trace, as a headline.
    fn trace(&self, id: &str, source: Option<&str>, stop: &Stop) -> Result<Answer, String>;

    /// Returns what can be asked: the names of contexts, and files that were set.
    fn sources(&self) -> Vec<String>;

    /// Returns the names and values of a source; of the usual one without a name. This never waits.
    fn catalog(&self, source: Option<&str>) -> Arc<dyn Catalog>;

    /// Has a function called each time after a catalog has come to know more. It is called on any thread.
    fn watch(&self, told: Arc<dyn Fn() + Send + Sync>);
}

/// A query with what to ask it of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The text of the query.
    pub query: String,
    /// The name of the source; `None` for the usual one.
    pub source: Option<String>,
    /// The time before now that is looked at, as `1h`; `None` for the usual one.
    pub range: Option<String>,
    /// Maximum number of traces in the answer.
    pub limit: Option<usize>,
}

/// An answer for programs and for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The answer as a JSON text, in the shape of `--format json`.
    pub json: String,
    /// The answer as Markdown.
    pub markdown: String,
    /// Notes on the answer: sentences as `--format json` has them.
    pub notes: Vec<String>,
    /// Whether everything was looked at that the query asks for.
    pub is_complete: bool,
}
