//! A server among the sources: what a session asks of it.

use std::fmt;

use traceql_grammar::{query::Field, vocab::release::Release};

use crate::{
    model::{
        cancel::Cancel,
        catalog::TagScope,
        ids::TraceId,
        names::{ListedValues, Names},
        result::{Inspected, SearchResult},
        series::MetricsResult,
    },
    plan::remote::{CatalogRequest, MetricsRequest, SearchRequest},
    source::Input,
};

use super::{Error, Progress};

/// A server that answers questions, or gives traces over which queries run here.
///
/// Every question waits on the calling thread until it is answered or cancelled.
pub trait Backend: fmt::Debug + Send + Sync {
    /// Returns what people call the server; nothing in it is secret.
    fn name(&self) -> &str;

    /// Returns a text that tells the server and its tenant from others in every process; nothing in it is secret. `None` where
    /// nothing of it is to be kept in files.
    fn identity(&self) -> Option<String> {
        None
    }

    /// Finds out the server's release; `now` are Unix nanoseconds.
    ///
    /// # Errors
    ///
    /// It does not answer.
    fn release(&self, now: u64, call: Call<'_>) -> Result<Release, Error>;

    /// Searches. Where the answer comes in parts, `parts` is told after each of them, with a function that makes the answer
    /// of what has come so far.
    ///
    /// # Errors
    ///
    /// It does not answer.
    fn search(
        &self,
        request: &SearchRequest,
        call: Call<'_>,
        parts: &dyn Fn(&dyn Fn() -> SearchResult),
    ) -> Result<Told<SearchResult>, Error>;

    /// Computes series.
    ///
    /// # Errors
    ///
    /// It does not answer.
    fn metrics(&self, request: &MetricsRequest, call: Call<'_>) -> Result<Told<MetricsResult>, Error>;

    /// Lists the names of a scope, or of all.
    ///
    /// # Errors
    ///
    /// It does not answer.
    fn tags(&self, scope: Option<TagScope>, request: &CatalogRequest, call: Call<'_>) -> Result<Names, Error>;

    /// Lists the values of an attribute or intrinsic.
    ///
    /// # Errors
    ///
    /// It does not answer.
    fn values(&self, field: &Field, request: &CatalogRequest, call: Call<'_>) -> Result<ListedValues, Error>;

    /// Fetches traces by their ids, each whole, and hands them to `sink` in any order: `None` where the server has no such
    /// trace.
    ///
    /// # Errors
    ///
    /// It does not answer; what `sink` got until then is sound.
    fn traces(
        &self,
        ids: &[TraceId],
        call: Call<'_>,
        sink: &mut dyn FnMut(TraceId, Option<Fetched>),
    ) -> Result<(), Error>;
}

/// Token and progress of one question to a server.
#[derive(Clone, Copy)]
pub struct Call<'c> {
    /// Ends the wait.
    pub cancel: &'c Cancel,
    /// Is told how far the answer is, on the thread that waits.
    pub progress: &'c dyn Fn(Progress),
}

/// An answer, and what is to be said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told<T> {
    /// The answer itself.
    pub value: T,
    /// Notes about it: lower case, no full stop.
    pub notes: Vec<String>,
}

/// A trace of a server.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Its spans, to be read as a file is; errors about it name the URL.
    pub input: Input,
    /// What the server looked at.
    pub inspected: Inspected,
    /// What is missing of it, in the server's words.
    pub partial: Option<String>,
}
