//! What is to be said of an answer beside the answer itself, as values. `output::notes` has the sentences.

use traceql_grammar::query::Field;

use super::{catalog::TagScope, result::Inspected};

/// Importance of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The answer is right; this explains it.
    Note,
    /// Something is not as it should be although there is an answer.
    Warning,
}

/// One thing to be said. Times are Unix nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// A damaged record, or a file that cannot be read, was skipped.
    Skipped {
        /// The file, and the place in it.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// So many more damaged records were skipped than are described.
    MoreSkipped(u64),
    /// So many spans end before they start.
    Reversed(u64),

    /// No span matches, of those that were looked at.
    NothingMatches(Inspected),
    /// A time range left all or some of the traces out.
    OutsideOfRange {
        /// How many traces lie outside.
        traces: u64,
        /// How many there are.
        of: u64,
        /// When the data begins.
        start: u64,
        /// When it ends.
        end: u64,
    },
    /// More traces match than the newest that the answer has.
    MoreTraces(usize),
    /// There may be more traces than the answer has: a server gave as many as were asked for.
    PerhapsMoreTraces(usize),

    /// Some series are left out.
    SeriesCut {
        /// How many are kept.
        limit: usize,
        /// Whether this is a server's limit.
        by_server: bool,
    },
    /// Rankings, filters or arithmetic saw only some groups.
    SeriesDoubtful {
        /// How many groups they saw.
        seen: usize,
    },
    /// So many spans have no start, and are left out of metrics over time.
    WithoutStart(u64),
    /// No span has a start.
    NoStarts,
    /// No span starts in the time range of a metrics query.
    NoneStarts {
        /// The first start of any span.
        first: u64,
        /// The last one.
        last: u64,
    },
    /// Spans match, and none has a number to measure.
    NothingToMeasure {
        /// How many spans match.
        matched: u64,
    },
    /// Filters and arithmetic leave no series.
    NoSeriesLeft {
        /// How many spans match.
        matched: u64,
        /// How many series there were before.
        series: usize,
    },
    /// No span that matches has the value that series are split by.
    NoLabel(String),
    /// The range is longer than a Tempo answers for, in nanoseconds.
    LongRange(u64),
    /// Quantiles are estimated from buckets, as Tempo does.
    QuantilesEstimated {
        /// Whether a comparison decides by them what is told.
        is_compared: bool,
    },
    /// Hints ask for an estimate, and change nothing.
    SamplingHints(Vec<String>),

    /// No time was given, and servers were asked for what matches in the last hour.
    LastHour,
    /// No time was given, and servers are asked for the names or values of the last hour.
    LastHourOfNames,
    /// Nothing matches in a time.
    NothingIn {
        /// From when.
        start: u64,
        /// Until when.
        end: u64,
    },
    /// There are no series in a time.
    NoSeriesIn {
        /// From when.
        start: u64,
        /// Until when.
        end: u64,
    },
    /// What a server's answer needs said, in words.
    OfServer {
        /// Note or warning.
        level: Level,
        /// The words: lower case, no full stop.
        text: String,
    },
    /// A server answers the query differently: the rule and what it says.
    Differs(String),
    /// A bound on the number of series was given, and the server decides.
    MaxSeriesUnused,
    /// The query runs here and not on the server.
    RunsHere {
        /// The server, where there are several sources.
        server: Option<String>,
        /// Why.
        reason: String,
    },
    /// The server gives all of its traces, because the query does not tell which ones matter.
    AllTraces(String),
    /// A source may have more traces than were looked at.
    CandidatesCut {
        /// The server; `None` for what is read here.
        server: Option<String>,
        /// How many traces were looked at.
        found: usize,
        /// How many are looked at most; 0 for all.
        most: usize,
    },
    /// A server gave a trace in part.
    TraceInPart {
        /// The server.
        server: String,
        /// The trace, where it is one of several.
        trace: Option<String>,
        /// The server's words.
        words: String,
    },
    /// So many traces that a search found cannot be had by id.
    TracesLost(u64),
    /// The query ran over the traces of one server.
    RanOver {
        /// The server.
        server: String,
        /// How many traces it found and gave.
        traces: u64,
    },
    /// Several sources were asked for traces.
    AskedFor(u64),

    /// Servers narrow names and values by one filter only.
    NarrowedByServers,
    /// No server lists any attribute.
    NoNamesListed,
    /// No server lists a value of a field.
    NoValuesListed(Field),
    /// No span was selected.
    NothingSelected {
        /// How many spans there are.
        spans: u64,
        /// Whether a query selects spans.
        by_query: bool,
        /// Whether a time range does.
        by_time: bool,
    },
    /// No selected span has an attribute.
    NoAttributes {
        /// In which scope; `None` for all.
        scope: Option<TagScope>,
        /// How many spans were selected.
        selected: u64,
    },
    /// There are more values than could be kept.
    ValuesEstimated {
        /// About how many there are.
        distinct: u64,
        /// How many are kept.
        kept: usize,
    },
    /// No selected span has a field.
    NoSuchValue {
        /// Which one.
        field: Field,
        /// How many spans were selected; `None` if all spans count.
        selected: Option<u64>,
        /// What is known of other spans and names; `None` if nothing is.
        others: Option<Others>,
    },
}

/// Facts about an attribute that no selected span has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Others {
    /// How many spans that are not selected have it.
    pub spans: u64,
    /// A similar name that spans have.
    pub nearest: Option<String>,
}

impl Note {
    /// Returns how much the note matters.
    pub fn level(&self) -> Level {
        match self {
            Note::OfServer { level, .. } => *level,
            Note::Skipped { .. }
            | Note::MoreSkipped(_)
            | Note::Reversed(_)
            | Note::SeriesCut { .. }
            | Note::SeriesDoubtful { .. }
            | Note::WithoutStart(_)
            | Note::Differs(_)
            | Note::CandidatesCut { .. }
            | Note::TraceInPart { .. }
            | Note::TracesLost(_)
            | Note::ValuesEstimated { .. } => Level::Warning,
            Note::NothingMatches(_)
            | Note::OutsideOfRange { .. }
            | Note::MoreTraces(_)
            | Note::PerhapsMoreTraces(_)
            | Note::NoStarts
            | Note::NoneStarts { .. }
            | Note::NothingToMeasure { .. }
            | Note::NoSeriesLeft { .. }
            | Note::NoLabel(_)
            | Note::LongRange(_)
            | Note::QuantilesEstimated { .. }
            | Note::SamplingHints(_)
            | Note::LastHour
            | Note::LastHourOfNames
            | Note::NothingIn { .. }
            | Note::NoSeriesIn { .. }
            | Note::MaxSeriesUnused
            | Note::RunsHere { .. }
            | Note::AllTraces(_)
            | Note::RanOver { .. }
            | Note::AskedFor(_)
            | Note::NarrowedByServers
            | Note::NoNamesListed
            | Note::NoValuesListed(_)
            | Note::NothingSelected { .. }
            | Note::NoAttributes { .. }
            | Note::NoSuchValue { .. } => Level::Note,
        }
    }
}
