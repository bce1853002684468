//! How a query will be done, in words: what `explain` shows of a plan.

use super::projection::Projection;

/// How a query will be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The query in its canonical layout.
    pub query: String,
    /// What it computes, and how much of it.
    pub kind: Kind,
    /// What decides about the spans of files, before traces are put together.
    pub sorts: Sorting,
    /// What decides about the traces of blocks; `None` if all of them matter.
    pub picks: Option<Picking>,
    /// What all that matters must have, as far as statistics, dictionaries and page indexes can tell; `None` if nothing is
    /// known.
    pub condition: Option<String>,
    /// What must lie in this time at least in part, in Unix nanoseconds, both ends included.
    pub range: Option<(u64, u64)>,
    /// The columns that are read of what was picked.
    pub columns: Projection,
    /// The stages, in order, each as in the query.
    pub stages: Vec<String>,
    /// What servers do of it; none where there are no servers among the sources.
    pub servers: Vec<Sharing>,
    /// Whether anything of it is done here: false where servers do all.
    pub here: bool,
}

/// How the work is shared with a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// The server, as its user names it, free of secrets.
    pub server: String,
    /// Its release: `2.8`, `main`.
    pub release: String,
    /// The query that it is sent.
    pub sent: String,
    /// What it gives back.
    pub gives: Gives,
    /// Why it does not do all, or what should be known of its answer.
    pub reasons: Vec<String>,
}

/// What a server gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// The answer.
    Answer,
    /// Traces, over which the query runs here.
    Candidates {
        /// Whether these are all that there are.
        everything: bool,
    },
}

impl Explained {
    /// Adds what servers do; `local` tells whether there are sources that are no servers.
    pub fn with_servers(mut self, servers: Vec<Sharing>, local: bool) -> Explained {
        self.here = local || servers.iter().any(|server| server.gives != Gives::Answer);
        self.servers = servers;
        self
    }
}

/// What a query computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Traces.
    Search {
        /// How many, the newest; `None` for all.
        traces: Option<usize>,
        /// How many spans of each spanset, the first; `None` for all.
        spans: Option<usize>,
    },
    /// Series.
    Metrics {
        /// Nanoseconds from one sample to the next; `None` if that follows from the range.
        step: Option<u64>,
        /// Whether there is one sample about the whole range.
        instant: bool,
        /// How many series are kept.
        series: usize,
    },
}

/// How the spans of files are sorted out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sorting {
    /// One by one: a span stays if one of these filters selects it.
    Spans(Vec<String>),
    /// Not before the traces are whole.
    Traces,
}

/// How whole traces are thinned out by their first columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Picking {
    /// Whether single spans are picked, and not whole traces.
    pub spans: bool,
    /// What is picked, in words around filters.
    pub what: String,
    /// The columns that it takes.
    pub columns: Projection,
}

/// What running the query took.
#[derive(Clone, Debug)]
pub struct Ran {
    /// What each source took.
    pub sources: Vec<super::profile::SourceProfile>,
    /// How many threads there were.
    pub threads: usize,
    /// Nanoseconds from the beginning to the answer.
    pub total: u64,
    /// Nanoseconds to make the answer of what was kept.
    pub answer: u64,
    /// How many traces, or series, the answer has, as far as the limits let them through.
    pub found: usize,
    /// Whether there are more.
    pub more: bool,
}
