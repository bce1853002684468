//! Metrics queries, over ranges of any length: windows that the server takes, a few at a time, merged by labels and time.

use std::collections::VecDeque;

use traceql_grammar::vocab::release::Release;

use super::{
    decode::{self, metrics::Part},
    error::{Kind, RemoteError},
    flight::{ATTEMPTS, Call, Flow, Question, Work, run},
    limits::{Limits, OLD_METRICS_RANGE},
    merge,
    reply::Reply,
    search::too_many,
    server::{Answer, Server},
    windows::{self, Window},
};
use crate::{
    model::{
        progress::Progress,
        result::Inspected,
        series::{Form, MetricsResult},
        units::{HOUR, MILLISECOND, SECOND},
    },
    plan::{
        default_step,
        remote::{MetricsRequest, RequestTimes},
    },
};

impl Server {
    /// Runs a metrics query.
    ///
    /// # Errors
    ///
    /// The first that goes wrong with any window; a range that is too long for one question and cannot be cut.
    pub fn metrics(&self, request: &MetricsRequest, call: Call<'_>) -> Result<Answer<MetricsResult>, RemoteError> {
        let mut limits = self.limits();
        if request.release.is_some_and(|release| release < Release::V3_0) {
            limits.metrics_range = limits.metrics_range.min(OLD_METRICS_RANGE);
        }
        let mut asking = Asking::new(request, limits, self.url())?;
        let answered = run(&self.runtime, &self.transport, self.in_flight, call, &mut asking);
        self.learned(asking.limits);
        answered?;
        Ok(asking.finish())
    }
}

/// A metrics query on its way.
struct Asking<'r> {
    request: &'r MetricsRequest,
    url: &'r str,
    limits: Limits,
    /// See `search::Open::attempt`.
    attempt: usize,
    waiting: VecDeque<Window>,
    open: usize,
    done: usize,
    windows: usize,
    /// From one sample to the next, where it is known before the answer.
    step: Option<u64>,
    parts: Vec<(Window, Part)>,
    inspected: Inspected,
}

impl<'r> Asking<'r> {
    fn new(request: &'r MetricsRequest, limits: Limits, url: &'r str) -> Result<Asking<'r>, RemoteError> {
        let mut asking = Asking {
            request,
            url,
            limits,
            attempt: 0,
            waiting: VecDeque::new(),
            open: 0,
            done: 0,
            windows: 0,
            step: None,
            parts: Vec::new(),
            inspected: Inspected::default(),
        };
        if request.end <= request.start {
            let problem = "end must be greater than start";
            return Err(RemoteError::new(Kind::Settings, url, problem, "give a later `--end`"));
        }
        asking.begin()?;
        Ok(asking)
    }

    /// Begins, or begins again with what the server takes.
    fn begin(&mut self) -> Result<(), RemoteError> {
        let MetricsRequest { start, end, .. } = *self.request;
        let longest = self.limits.metrics_range;
        let hours = longest / HOUR;
        let windows = match self.request.times {
            RequestTimes::Range { step, .. } => {
                // Windows must agree about the step, which each server would choose by the window's length.
                self.step = step.or_else(|| (end - start > longest).then(|| default_step(end - start)));
                let windows = windows::of_steps(start, end, self.step.unwrap_or(u64::MAX), longest, self.limits.steps);
                windows.ok_or_else(|| {
                    let problem = format!("the step is longer than the {hours} hours that the server takes at once");
                    RemoteError::new(Kind::Settings, self.url, problem, "take a shorter step")
                })?
            }
            RequestTimes::Instant { combine: Some(_) } => windows::of_instant(start, end, longest),
            // What cannot be cut some servers take all the same.
            RequestTimes::Instant { combine: None } => vec![Window { start, end }],
        };
        if windows.len() > windows::MOST {
            return Err(too_many(self.url, longest));
        }
        self.attempt += 1;
        (self.open, self.done, self.windows) = (0, 0, windows.len());
        self.waiting = windows.into();
        self.parts.clear();
        self.inspected = Inspected::default();
        Ok(())
    }

    /// Says that the range is too long, and that parts of it would not help.
    fn indivisible(&self, error: RemoteError) -> RemoteError {
        let hours = self.limits.metrics_range / HOUR;
        let problem = format!("the server takes {hours} hours at once, and parts of this answer do not add up");
        let cure = "ask for less time, or for a range with a step instead of an instant".to_owned();
        RemoteError { problem, cure, ..error }
    }

    fn is_instant(&self) -> bool {
        matches!(self.request.times, RequestTimes::Instant { .. })
    }

    fn question(&self, window: Window) -> Question {
        let mut parameters =
            vec![("q", self.request.query.clone()), ("start", time(window.start)), ("end", time(window.end))];
        let RequestTimes::Range { exemplars, .. } = self.request.times else {
            return Question::new(&["metrics", "query"], parameters);
        };
        if let Some(step) = self.step {
            parameters.push(("step", duration(step)));
        }
        if let Some(exemplars) = exemplars {
            parameters.push(("exemplars", exemplars.to_string()));
        }
        Question::new(&["metrics", "query_range"], parameters)
    }

    fn finish(mut self) -> Answer<MetricsResult> {
        self.parts.sort_by_key(|(window, _)| window.start);
        let mut notes = Vec::new();
        if self.windows > 1 && self.request.shape.form == Form::Comparison {
            notes.push("each part of the range was compared by itself: which values are told may differ".to_owned());
        }
        let value = match self.request.times {
            RequestTimes::Range { .. } => {
                // Since 2.9 a sample is about the time before it, until then about the time behind it.
                let looks_back = self.request.release.is_none_or(|release| release >= Release::V2_9);
                let (value, left_out) =
                    merge::ranges(self.parts, self.windows > 1, looks_back, self.step, self.request);
                if left_out {
                    notes.push("samples of the server stand between the others: they are left out".to_owned());
                }
                value
            }
            RequestTimes::Instant { combine } => merge::instants(self.parts, combine, self.request),
        };
        Answer { value: MetricsResult { inspected: self.inspected, ..value }, notes }
    }
}

impl Work for Asking<'_> {
    type Key = (usize, Window);

    fn next(&mut self) -> Option<((usize, Window), Question)> {
        let window = self.waiting.pop_front()?;
        self.open += 1;
        Some(((self.attempt, window), self.question(window)))
    }

    fn take(
        &mut self,
        (attempt, window): (usize, Window),
        reply: Result<Reply, RemoteError>,
    ) -> Result<Flow, RemoteError> {
        if attempt != self.attempt {
            return Ok(Flow::GoOn);
        }
        let part = match reply {
            Ok(reply) => decode::metrics::read(&reply, self.is_instant())?,
            // The last window may hold nothing but the seconds that servers do not look at: nothing is known of it.
            Err(error) if self.windows > 1 && is_cut_off(&error) => {
                (self.open, self.done) = (self.open - 1, self.done + 1);
                return Ok(Flow::GoOn);
            }
            Err(error) => {
                let is_new = self.limits.learn(&error, window.end - window.start);
                if is_too_long(&error) && self.request.times == (RequestTimes::Instant { combine: None }) {
                    return Err(self.indivisible(error));
                }
                if self.attempt >= ATTEMPTS || !is_new {
                    return Err(error);
                }
                self.begin()?;
                return Ok(Flow::GoOn);
            }
        };
        (self.open, self.done) = (self.open - 1, self.done + 1);
        self.inspected.add(&part.inspected);
        self.parts.push((window, part));
        Ok(Flow::GoOn)
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.done,
            of: self.done + self.open + self.waiting.len(),
            found: self.parts.iter().map(|(_, part)| part.series.len()).max().unwrap_or(0),
            bytes: self.inspected.bytes,
        }
    }
}

fn is_too_long(error: &RemoteError) -> bool {
    error.kind == Kind::Refused
        && error.said.as_ref().is_some_and(|said| said.contains("exceeds the maximum allowed duration"))
}

fn is_cut_off(error: &RemoteError) -> bool {
    error.kind == Kind::Refused && error.said.as_ref().is_some_and(|said| said.contains("query_end_cutoff"))
}

/// Writes a time: up to ten digits are seconds, more are nanoseconds.
fn time(nanoseconds: u64) -> String {
    if nanoseconds.is_multiple_of(SECOND) { (nanoseconds / SECOND).to_string() } else { nanoseconds.to_string() }
}

/// Writes a step in the largest unit that has it whole, which both Go and Prometheus read.
fn duration(nanoseconds: u64) -> String {
    match nanoseconds {
        whole if whole.is_multiple_of(SECOND) => format!("{}s", whole / SECOND),
        whole if whole.is_multiple_of(MILLISECOND) => format!("{}ms", whole / MILLISECOND),
        other => format!("{other}ns"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_steps_are_written_as_servers_read_them() {
        assert_eq!(
            [time(1_767_225_600 * SECOND), time(1_767_225_600 * SECOND + 5)],
            ["1767225600", "1767225600000000005"]
        );
        assert_eq!([90 * SECOND, 50 * MILLISECOND, 1_500_001].map(duration), ["90s", "50ms", "1500001ns"]);
    }
}
