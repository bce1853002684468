//! How a Tempo server and we share a query: the server runs all of it, or finds the traces over which we run it.
//!
//! ```text
//! text ─► check for the newest Tempo, and for the server's ─► reasons to run it here ─► Whole, or candidates ─► Here
//! ```
//!
//! The text that finds candidates stays within what the server's release takes, and finds every trace that the query
//! finds: `span.rs` makes the condition that each span of an answer meets, `need.rs` what a trace must have, `leaf.rs` single
//! comparisons in words that Tempo's storage understands as we do. `join.rs` says how answers about parts of a range make one.

mod anchor;
mod ask;
mod explain;
mod join;
mod leaf;
mod need;
mod reason;
mod span;
mod wide;

use traceql_grammar::{
    Verdict, check,
    diagnostic::{Code, Diagnostic, apply_fixes},
    lint::tempo_differences,
    query::{Body, Query},
    value::Value,
    vocab::release::Release,
};

use super::stops;

pub use ask::{CatalogRequest, MetricsRequest, RequestTimes, SearchRequest};
pub use join::{Combine, Shape};
pub(crate) use leaf::quoted;
pub use reason::{Cause, Reason};

/// What is known of a server before it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its release line.
    pub release: Release,
    /// Whether Tempo's answer will not do where ours differs on purpose.
    pub exact: bool,
    /// Whether other sources of the same run may hold spans of the server's traces.
    pub shared: bool,
}

/// Who does what.
#[derive(Clone, Debug, PartialEq)]
pub enum Split {
    /// The server runs the whole query; its answer is the answer.
    Whole {
        /// What is sent: the query as it was written. Under `exact` it may be spelled in another way that means the same here,
        /// and on the server what it means here: the literal behind the field, patterns anchored for an old server.
        text: String,
        /// What should be known of the answer; mostly nothing.
        notes: Vec<Reason>,
    },
    /// The server finds traces, and the whole query runs here over all spans of each of them.
    Here {
        /// Which traces.
        candidates: Candidates,
        /// Why the server does not run the query, each reason once; at least one.
        reasons: Vec<Reason>,
    },
    /// Neither side can run the query.
    Never {
        /// What is wrong with it.
        diagnostics: Vec<Diagnostic>,
    },
}

/// A search that finds at least the traces that matter to a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// TraceQL that the server's release takes: filters, joined by `||`.
    pub text: String,
    /// Whether it finds every trace, because nothing in the query can tell the server which ones matter.
    pub everything: bool,
}

/// How many bytes of a query Tempo takes from 2.7 on, if nobody has set another limit.
const MOST_BYTES: usize = 128 << 10;

/// Decides who runs what of a query; `text` is the query as it was written.
pub fn split(text: &str, server: Server) -> Split {
    let here = check(text, Release::Main);
    let wrong: Vec<Diagnostic> = here.diagnostics.iter().filter(|found| stops(found)).cloned().collect();
    let query = wrong.is_empty().then_some(&here.query);
    let mut reasons = reason::of_release(text, server);
    if text.len() > MOST_BYTES && server.release >= Release::V2_7 {
        reasons.push(reason::too_long());
    }
    match query {
        None if reasons.is_empty() => {
            // An old release takes what no later one does.
            let notes = wrong.iter().map(reason::only_there).collect();
            Split::Whole { text: text.to_owned(), notes }
        }
        None => Split::Never { diagnostics: wrong },
        Some(query) => {
            if reasons.is_empty() {
                match whole(text, query, server) {
                    Ok((text, notes)) => return Split::Whole { text, notes },
                    Err(why) => reasons = why,
                }
            }
            Split::Here { candidates: candidates(query, server), reasons }
        }
    }
}

/// Returns what a server is sent that takes the query and can answer all of it, and what should be known of its answer.
///
/// # Errors
///
/// Why its answer would not do.
fn whole(text: &str, query: &Query, server: Server) -> Result<(String, Vec<Reason>), Vec<Reason>> {
    let reasons = reason::of_answer(text, query, server);
    if reasons.is_empty() {
        let (text, mut notes) = anchor::whole(text, query, server).map_err(|reason| vec![reason])?;
        notes.extend(reason::of_difference(&text, query, server));
        return Ok((text, notes));
    }
    // What only reads otherwise there can be written so that it does not.
    let is_spelling = |found: &&Diagnostic| {
        matches!(found.code, Code::TempoLiteralFirst | Code::TempoIds | Code::TempoNegation) && found.fix.is_some()
    };
    let findings = tempo_differences(text, query);
    let mended = apply_fixes(text, findings.iter().filter(is_spelling));
    let checked = check(&mended, Release::Main);
    let is_answered = mended != text
        && checked.verdict == Verdict::Ok
        && reason::of_release(&mended, server).is_empty()
        && reason::of_answer(&mended, &checked.query, server).is_empty();
    match is_answered.then(|| anchor::whole(&mended, &checked.query, server)) {
        Some(Ok(whole)) => Ok(whole),
        _ => Err(reasons),
    }
}

/// Makes the search that finds the traces that matter to a query, which must be free of errors.
pub fn candidates(query: &Query, server: Server) -> Candidates {
    let filters = need::filters(query, server);
    let mut text = wide::text(&filters);
    let mut everything = filters.iter().any(wide::Wide::is_everything);
    if !takes(&text, server.release) {
        (text, everything) = ("{ }".to_owned(), true);
    }
    // It decides which traces come back where there are more than the limit lets through.
    let newest = matches!(query.body, Body::Search(_))
        && query.hints.iter().any(|hint| hint.name == "most_recent" && hint.value == Value::Bool(true));
    let hinted = format!("{text} with (most_recent=true)");
    if newest && server.release >= Release::V2_8 && takes(&hinted, server.release) {
        text = hinted;
    }
    Candidates { text, everything }
}

fn takes(text: &str, release: Release) -> bool {
    check(text, release).verdict == Verdict::Ok && (release < Release::V2_7 || text.len() <= MOST_BYTES)
}
