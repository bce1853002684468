//! Notes in sentences: what is said of an answer on stderr, in a REPL, in an editor.

use crate::{
    model::{
        catalog::TagScope,
        note::{Note, Others},
    },
    output::{
        text::{counted, rfc3339_seconds, short_duration},
        visible::shown,
    },
};

/// Says a note: lower case, no full stop.
pub fn sentence(note: &Note) -> String {
    match note {
        Note::Skipped { place, problem } => format!("skipped {place}: {problem}"),
        Note::MoreSkipped(more) => format!("… and {more} more skipped"),
        Note::Reversed(1) => "1 span ends before the start; the duration counts as 0".to_owned(),
        Note::Reversed(spans) => format!("{spans} spans end before the start; the duration counts as 0"),

        Note::NothingMatches(inspected) => {
            format!(
                "nothing matches among {} with {}",
                counted(inspected.traces, "trace"),
                counted(inspected.spans, "span")
            )
        }
        Note::OutsideOfRange { traces, of, start, end } => {
            let which = match (*traces, *of) {
                (1, 1) => "the trace lies".to_owned(),
                (out, all) if out == all => "all of them lie".to_owned(),
                (1, _) => "1 of them lies".to_owned(),
                (out, _) => format!("{out} of them lie"),
            };
            let (start, end) = (rfc3339_seconds(*start), end_in_seconds(*end));
            format!("{which} outside of the time range; the data goes from {start} to {end}")
        }
        Note::MoreTraces(traces) => {
            format!("more traces match than the newest {traces} shown; `--limit 0` shows all")
        }
        Note::PerhapsMoreTraces(traces) => {
            format!("there may be more traces than the {traces} shown; `--limit 0` shows all")
        }

        Note::SeriesCut { limit, by_server: true } => format!(
            "the server gives at most {limit} series, and what these count may be too little; a `by` with fewer values \
             makes fewer"
        ),
        Note::SeriesCut { limit, by_server: false } => format!(
            "there are more than {limit} series; those with the most spans are kept, and `--max-series` keeps more"
        ),
        Note::SeriesDoubtful { seen } => format!(
            "there are too many groups: only the {seen} with the most spans were ranked, filtered or computed with, so \
             that the answer may be wrong; a `by` with fewer values makes fewer"
        ),
        Note::WithoutStart(spans) => format!(
            "no start is known of {}, as if in 1970; metrics over time leave such spans out",
            counted(*spans, "span")
        ),
        Note::NoStarts => "there are no spans with a start".to_owned(),
        Note::NoneStarts { first, last } => format!(
            "no span starts in the time range; spans start from {} to {}",
            rfc3339_seconds(*first),
            end_in_seconds(*last)
        ),
        Note::NothingToMeasure { matched } => {
            format!("{} match, and none has a number to measure there", counted(*matched, "span"))
        }
        Note::NoSeriesLeft { matched, series } => {
            let matched = counted(*matched, "span");
            let series = if *series == 1 { "1 series" } else { &format!("{series} series") };
            format!("{matched} match, but nothing is left of {series} behind the filters and the arithmetic")
        }
        Note::NoLabel(name) => format!("no span that matches has `{name}`"),
        Note::LongRange(range) => {
            format!("the range is {} long; a Tempo answers for a day at most", short_duration(*range))
        }
        Note::QuantilesEstimated { is_compared } => {
            let what = if *is_compared { "the comparison looks at quantiles that are" } else { "quantiles are" };
            format!(
                "{what} estimated from buckets that end at powers of two, as in Tempo, and can lie beyond every value; \
                 `--exact` measures them over files and blocks"
            )
        }
        Note::SamplingHints(hints) => {
            format!("`{}` changes nothing here: every span counts, and the answer is exact", hints.join("`, `"))
        }

        Note::LastHour => "the last hour was asked for; `--since 24h` asks for a day".to_owned(),
        Note::LastHourOfNames => "the last hour is asked for; `--since 24h` asks for a day".to_owned(),
        Note::NothingIn { start, end } => format!("nothing matches {}", from_to(*start, *end)),
        Note::NoSeriesIn { start, end } => format!("there are no series {}", from_to(*start, *end)),
        Note::OfServer { text, .. } => text.clone(),
        Note::Differs(text) => format!("{text}; `--exact` answers as traceql does over files"),
        Note::MaxSeriesUnused => {
            "`--max-series` changes nothing here: the server decides how many series it gives".to_owned()
        }
        Note::RunsHere { server: None, reason } => format!("the query runs here: {reason}"),
        Note::RunsHere { server: Some(server), reason } => format!("the query runs here, for {server}: {reason}"),
        Note::AllTraces(server) => {
            format!("nothing in the query tells {server} which traces matter: it gives all")
        }
        Note::CandidatesCut { server, found, most } => {
            let name = server.as_deref().unwrap_or("what is read here");
            let traces = counted(*found as u64, "trace");
            let cure = match most {
                0 => "a shorter time has fewer".to_owned(),
                most => format!("`--candidates {}` looks at more, a shorter time has fewer", most.saturating_mul(10)),
            };
            format!("{name} may have more than the {traces} that were looked at, so that some may be missing; {cure}")
        }
        Note::TraceInPart { server, trace: Some(trace), words } => {
            format!("{server}: trace {trace} is not whole: {words}")
        }
        Note::TraceInPart { server, trace: None, words } => format!("{server}: the trace is not whole: {words}"),
        Note::TracesLost(lost) => {
            format!("{} that a search found cannot be had by id, and are missing; try again", counted(*lost, "trace"))
        }
        Note::RanOver { server, traces } => {
            format!("the query ran over {} that {server} found and gave", counted(*traces, "trace"))
        }
        Note::AskedFor(traces) => format!("every server was asked for {} that may matter", counted(*traces, "trace")),

        Note::NarrowedByServers => {
            "servers narrow what they list by one filter of `--query`, and only as far as they can tell".to_owned()
        }
        Note::NoNamesListed => "nobody lists any attribute for the time that was asked for".to_owned(),
        Note::NoValuesListed(field) => format!(
            "nobody lists a value of `{}` for the time that was asked for; `traceql tags` lists what there is",
            shown(&field.to_string())
        ),
        Note::NothingSelected { spans, by_query, by_time } => {
            let among = format!("among {}", counted(*spans, "span"));
            match (by_query, by_time) {
                (true, _) if *spans > 0 => format!("nothing matches the query {among}"),
                (false, true) if *spans > 0 => format!("nothing lies in the time range {among}"),
                _ => "there are no spans".to_owned(),
            }
        }
        Note::NoAttributes { scope, selected } => {
            let what = match scope {
                Some(TagScope::Event) => "event",
                Some(TagScope::Link) => "link",
                Some(TagScope::Resource) => "resource",
                Some(TagScope::Instrumentation) => "instrumentation scope",
                Some(TagScope::Span | TagScope::Intrinsic) | None => "span",
            };
            format!("no {what} has attributes, among {}", counted(*selected, "span"))
        }
        Note::ValuesEstimated { distinct, kept } => format!(
            "there are about {distinct} different values; {kept} of them are counted, chosen by chance: narrow the spans \
             with `--query`"
        ),
        Note::NoSuchValue { field, selected, others } => {
            let field = shown(&field.to_string());
            let none = match selected {
                None => format!("no span has `{field}`"),
                Some(1) => format!("the span that matches has no `{field}`"),
                Some(selected) => format!("none of the {selected} spans that match has `{field}`"),
            };
            match others {
                None => none,
                Some(Others { spans: 0, nearest: Some(meant) }) => format!("{none}; did you mean `{}`?", shown(meant)),
                Some(Others { spans: 0, nearest: None }) => format!("{none}; `traceql tags` lists what there is"),
                Some(Others { spans: 1, .. }) => format!("{none}; 1 other has it"),
                Some(Others { spans, .. }) => format!("{none}; {spans} others have it"),
            }
        }
    }
}

/// Writes a range in whole seconds, outwards.
fn from_to(start: u64, end: u64) -> String {
    format!("from {} to {}", rfc3339_seconds(start), end_in_seconds(end))
}

/// Writes the end of a range in whole seconds, outwards.
fn end_in_seconds(end: u64) -> String {
    rfc3339_seconds(end.saturating_add(999_999_999))
}
