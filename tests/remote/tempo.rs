//! A little Tempo: it answers searches and counts over traces that are made up, and refuses what Tempo refuses.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::{
    SECOND,
    stub::{Request, Response},
};

/// A trace with some spans of which each matches.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    pub(crate) id: u128,
    /// Unix nanoseconds.
    pub(crate) start: u64,
    pub(crate) duration: u64,
    pub(crate) spans: usize,
}

/// What a server holds, and what it takes at once.
#[derive(Clone, Debug)]
pub(crate) struct Tempo {
    pub(crate) traces: Vec<Trace>,
    /// Hours.
    pub(crate) search_range: u64,
    pub(crate) metrics_range: u64,
    pub(crate) limit: u64,
    pub(crate) spss: u64,
    /// Since 2.9 samples are about the time before them.
    pub(crate) looks_back: bool,
}

impl Default for Tempo {
    fn default() -> Tempo {
        let traces = Vec::new();
        Tempo { traces, search_range: 168, metrics_range: 24, limit: 262_144, spss: 100, looks_back: true }
    }
}

const HOUR: u64 = 3_600;

impl Tempo {
    pub(crate) fn answer(&self, request: &Request) -> Response {
        match request.path.as_str() {
            "/api/search" => self.search(request),
            "/api/metrics/query_range" => self.range(request),
            "/api/metrics/query" => self.instant(request),
            _ => Response::text(404, "404 page not found\n"),
        }
    }

    fn search(&self, request: &Request) -> Response {
        let [start, end, limit, spss] = ["start", "end", "limit", "spss"].map(|name| request.number(name));
        if end - start > self.search_range * HOUR {
            let range = format!(
                "range specified by start and end exceeds {}h0m0s. received start={start} end={end}",
                self.search_range
            );
            return Response::text(400, &range);
        }
        if limit > self.limit {
            return Response::text(400, &format!("limit {limit} exceeds max limit {}", self.limit));
        }
        if spss > self.spss {
            return Response::text(400, &format!("spans per span set exceeds {}. received {spss}", self.spss));
        }
        let (start, end) = (start * SECOND, end * SECOND);
        let mut found: Vec<&Trace> =
            self.traces.iter().filter(|trace| trace.start <= end && trace.start + trace.duration >= start).collect();
        found.sort_by_key(|trace| (std::cmp::Reverse(trace.start), trace.id));
        found.truncate(limit as usize);
        let traces: Vec<Json> = found.into_iter().map(|trace| trace.json(spss as usize)).collect();
        Response::json(json!({"traces": traces, "metrics": {"inspectedBytes": "10", "completedJobs": 1}}).to_string())
    }

    /// Returns the times that a request asks about, in nanoseconds, or why not.
    fn times(&self, request: &Request) -> Result<(u64, u64), Response> {
        let time = |name: &str| {
            Some(request.number(name)).map(|time| if time < 10_000_000_000 { time * SECOND } else { time })
        };
        let (start, end) = (time("start").unwrap_or(0), time("end").unwrap_or(0));
        if end - start > self.metrics_range * HOUR * SECOND {
            let range =
                format!("metrics query time range exceeds the maximum allowed duration of {}h0m0s", self.metrics_range);
            return Err(Response::text(400, &range));
        }
        Ok((start, end))
    }

    /// Counts traces by whether their id is even.
    fn range(&self, request: &Request) -> Response {
        let (start, end) = match self.times(request) {
            Ok(times) => times,
            Err(refusal) => return refusal,
        };
        let step =
            request.parameter("step").and_then(|step| step.strip_suffix('s')).expect("whole seconds are asked for");
        let step = step.parse::<u64>().expect("it is a number") * SECOND;
        let (first, last) = (start / step * step, end.div_ceil(step) * step);
        let mut series: BTreeMap<&str, BTreeMap<u64, u64>> = BTreeMap::new();
        for trace in self.traces.iter().filter(|trace| trace.start >= first && trace.start <= last) {
            let times = || (first..=last).step_by(step as usize).map(|time| (time, 0)).collect();
            let slot = if self.looks_back { trace.start.div_ceil(step) } else { trace.start / step };
            let counts = series.entry(trace.parity()).or_insert_with(times);
            *counts.get_mut(&(slot * step)).expect("it lies in the range") += 1;
        }
        let series: Vec<Json> = series
            .into_iter()
            .map(|(parity, counts)| {
                let sample =
                    |(time, count): (u64, u64)| json!({"timestampMs": (time / 1_000_000).to_string(), "value": count});
                json!({"labels": label(parity), "samples": counts.into_iter().map(sample).collect::<Vec<_>>()})
            })
            .collect();
        Response::json(json!({"series": series, "metrics": {"inspectedBytes": "10"}}).to_string())
    }

    fn instant(&self, request: &Request) -> Response {
        let (start, end) = match self.times(request) {
            Ok(times) => times,
            Err(refusal) => return refusal,
        };
        let mut values: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for trace in self.traces.iter().filter(|trace| trace.start > start && trace.start <= end) {
            values.entry(trace.parity()).or_default().push(trace.duration);
        }
        let query = request.parameter("q").unwrap_or_default();
        let value = |values: &[u64]| {
            let (count, all) = (values.len() as f64, || values.iter().copied());
            match query {
                _ if query.contains("rate()") => count / ((end - start) as f64 / SECOND as f64),
                _ if query.contains("min_over_time") => all().min().unwrap_or(0) as f64,
                _ if query.contains("max_over_time") => all().max().unwrap_or(0) as f64,
                _ => count,
            }
        };
        let series = values.iter().map(|(parity, values)| json!({"labels": label(parity), "value": value(values)}));
        Response::json(json!({"series": series.collect::<Vec<_>>(), "metrics": {"inspectedBytes": "10"}}).to_string())
    }
}

fn label(parity: &str) -> Json {
    json!([{"key": "parity", "value": {"stringValue": parity}}])
}

impl Trace {
    fn parity(&self) -> &'static str {
        if self.id.is_multiple_of(2) { "even" } else { "odd" }
    }

    fn json(&self, spss: usize) -> Json {
        let span = |at: usize| json!({"spanID": format!("{:016x}", at + 1), "startTimeUnixNano": (self.start + at as u64).to_string()});
        json!({
            "traceID": format!("{:x}", self.id),
            "rootServiceName": "svc",
            "startTimeUnixNano": self.start.to_string(),
            "durationMs": self.duration / 1_000_000,
            "spanSets": [{"spans": (0..self.spans.min(spss)).map(span).collect::<Vec<_>>(), "matched": self.spans}],
            "serviceStats": {"svc": {"spanCount": self.spans}},
        })
    }
}
