//! The URL under which Grafana's Explore shows the answer to a query.

use std::fmt::Write;

use serde::Serialize;

use super::go_json;
use crate::model::units::{MILLISECOND, SECOND};

/// What is shown, and of when.
#[derive(Clone, Copy, Debug)]
pub struct Explored<'q> {
    /// What Grafana calls the data source.
    pub datasource_uid: &'q str,
    /// TraceQL.
    pub query: &'q str,
    /// When.
    pub time: Time,
    /// Searches: how many traces, and spans of each spanset.
    pub limits: Option<(usize, usize)>,
    /// Metrics: nanoseconds from one sample to the next, if that is known.
    pub step: Option<u64>,
    /// Metrics: one sample about the whole range.
    pub instant: bool,
}

/// A time that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// From and to, in Unix nanoseconds.
    Fixed(u64, u64),
    /// So many nanoseconds before whenever it is looked at.
    Last(u64),
}

#[derive(Serialize)]
struct Panes<'q> {
    a: Pane<'q>,
}

#[derive(Serialize)]
struct Pane<'q> {
    datasource: &'q str,
    queries: [Query<'q>; 1],
    range: Range,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Query<'q> {
    ref_id: &'static str,
    datasource: Datasource<'q>,
    query_type: &'static str,
    query: &'q str,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spss: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_query_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
}

#[derive(Serialize)]
struct Datasource<'q> {
    #[serde(rename = "type")]
    ty: &'static str,
    uid: &'q str,
}

#[derive(Serialize)]
struct Range {
    from: String,
    to: String,
}

/// Returns the URL; `grafana` is where Grafana is.
pub fn url(grafana: &str, explored: &Explored<'_>) -> String {
    let range = match explored.time {
        // Outwards: milliseconds are all that fits.
        Time::Fixed(from, to) => {
            Range { from: (from / MILLISECOND).to_string(), to: to.div_ceil(MILLISECOND).to_string() }
        }
        Time::Last(span) => Range { from: format!("now-{}s", span.div_ceil(SECOND)), to: "now".to_owned() },
    };
    let is_search = explored.limits.is_some();
    let metrics = if explored.instant { "instant" } else { "range" };
    let query = Query {
        ref_id: "A",
        datasource: Datasource { ty: "tempo", uid: explored.datasource_uid },
        query_type: "traceql",
        query: explored.query,
        // All there are, in Tempo's words, would be no limit; Explore has none for that.
        limit: explored.limits.map(|(traces, _)| traces).filter(|traces| *traces > 0),
        spss: explored.limits.map(|(_, spans)| spans).filter(|spans| *spans > 0),
        table_type: is_search.then_some("traces"),
        metrics_query_type: (!is_search).then_some(metrics),
        step: explored.step.map(|step| format!("{}ms", step.div_ceil(MILLISECOND))),
    };
    let pane = Pane { datasource: explored.datasource_uid, queries: [query], range };
    let mut json = Vec::new();
    // Writing to memory does not fail.
    let _ = go_json::write(&mut json, &Panes { a: pane });
    format!("{}/explore?schemaVersion=1&panes={}", grafana.trim_end_matches('/'), encoded(&json))
}

/// Writes what has a meaning of its own in URLs as `%20`.
fn encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(*byte as char),
            byte => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::units::HOUR;

    #[test]
    fn urls_hold_the_query_and_the_time() {
        let explored = Explored {
            datasource_uid: "u",
            query: "{ .a = \"ü\" }",
            time: Time::Last(HOUR),
            limits: Some((20, 0)),
            step: None,
            instant: false,
        };
        assert_eq!(
            url("https://g/", &explored),
            "https://g/explore?schemaVersion=1&panes=%7B%22a%22%3A%7B%22datasource%22%3A%22u%22%2C%22queries%22%3A%5B%7B\
             %22refId%22%3A%22A%22%2C%22datasource%22%3A%7B%22type%22%3A%22tempo%22%2C%22uid%22%3A%22u%22%7D%2C%22queryType\
             %22%3A%22traceql%22%2C%22query%22%3A%22%7B%20.a%20%3D%20%5C%22%C3%BC%5C%22%20%7D%22%2C%22limit%22%3A20%2C\
             %22tableType%22%3A%22traces%22%7D%5D%2C%22range%22%3A%7B%22from%22%3A%22now-3600s%22%2C%22to%22%3A%22now%22%7D\
             %7D%7D"
        );
        let metrics =
            Explored { time: Time::Fixed(1_500_000, 2_000_001), limits: None, step: Some(SECOND), ..explored };
        let url = url("https://g", &metrics);
        for part in ["%22from%22%3A%221%22", "%22to%22%3A%223%22", "%22step%22%3A%221000ms%22", "%22range%22"] {
            assert!(url.contains(part), "{part}: {url}");
        }
    }
}
