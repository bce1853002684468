//! What a metrics query answers: series of samples.

use super::result::{Datum, Inspected};

/// The answer to a metrics query.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricsResult {
    /// The series, by number of labels, then the labels' names, then their values as text.
    pub series: Vec<Series>,
    /// Names of labels that the query asks for, in its order and each once, whether or not a series has them.
    pub names: Vec<String>,
    /// When the samples of every series were taken.
    pub times: Times,
    /// What the samples measure.
    pub unit: Unit,
    /// What the series are about, as far as it matters for drawing them.
    pub form: Form,
    /// What was looked at.
    pub inspected: Inspected,
    /// The first and the last start of all spans that have one, in Unix nanoseconds.
    pub data: Option<(u64, u64)>,
    /// Spans whose start is not known: they belong to no time.
    pub without_start: u64,
    /// Spans that the query selects, in the times of the samples.
    pub matched: u64,
    /// Series before anything was computed of them.
    pub measured: usize,
    /// Whether series are missing because there would be too many.
    pub completeness: Completeness,
}

/// When samples were taken, in Unix nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// At equal distances; each sample is about the time from the one before it, without that moment, to its own, with it.
    Range {
        /// The first sample.
        first: u64,
        /// From one sample to the next.
        step: u64,
        /// How many samples there are, at least 1.
        len: usize,
    },
    /// One sample about all spans that start after `start`, up to `end`, at which it stands.
    Instant {
        /// See above.
        start: u64,
        /// See above.
        end: u64,
    },
}

impl Times {
    /// Returns how many samples a series has, those without a value included.
    #[expect(clippy::len_without_is_empty, reason = "there is always a sample")]
    pub fn len(&self) -> usize {
        match self {
            Times::Range { len, .. } => *len,
            Times::Instant { .. } => 1,
        }
    }

    /// Returns when each sample was taken.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u64> + use<> {
        let (first, step) = match *self {
            Times::Range { first, step, .. } => (first, step),
            Times::Instant { end, .. } => (end, 0),
        };
        (0..self.len()).map(move |at| first.saturating_add(step.saturating_mul(at as u64)))
    }

    /// Returns the sample that a time belongs to; NaN if there is none.
    pub fn sample(&self, samples: &[f64], time: u64) -> f64 {
        let slot = match *self {
            Times::Range { first, step, .. } => time.saturating_sub(first).div_ceil(step.max(1)),
            Times::Instant { .. } => 0,
        };
        usize::try_from(slot).ok().and_then(|slot| samples.get(slot)).copied().unwrap_or(f64::NAN)
    }

    /// Returns when the last sample was taken.
    pub fn last(&self) -> u64 {
        match *self {
            Times::Range { first, step, len } => first.saturating_add(step.saturating_mul(len as u64 - 1)),
            Times::Instant { end, .. } => end,
        }
    }

    /// Returns the last moment before the first one that samples are about; `None` if they are about all time before.
    pub fn open(&self) -> Option<u64> {
        match *self {
            Times::Range { first, step, .. } => first.checked_sub(step),
            Times::Instant { start, .. } => Some(start),
        }
    }
}

/// What samples measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Numbers, of spans or of what an attribute holds.
    Number,
    /// Numbers in each second.
    PerSecond,
    /// Seconds.
    Seconds,
    /// Nanoseconds: durations that Tempo does not turn into seconds.
    Nanoseconds,
    /// Hundredths: a hundred times the ratio of equal units.
    Percent,
}

/// Whether the limit of series, or a server, has cut an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// Nothing is missing.
    Whole,
    /// Series are missing; those that are there are right.
    Cut {
        /// How many may be there.
        limit: usize,
    },
    /// Rankings, filters or arithmetic saw only the groups with the most spans: the answer may be another.
    Doubtful {
        /// How many groups they saw.
        seen: usize,
    },
    /// A server says that something is missing, in its own words.
    Told(String),
}

/// What series are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Each series by itself.
    Lines,
    /// Likewise, of quantiles: a sample of 0 says that there was no span.
    Quantiles,
    /// Series whose label [`label::BUCKET`] says which values they count.
    Histogram {
        /// What the bucket's bound measures.
        bounds: Unit,
    },
    /// Series of `compare`, whose label [`label::META_TYPE`] says which side they count.
    Comparison,
}

/// One line of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What sets the series apart, in the order of the query.
    pub labels: Vec<Label>,
    /// A value for each of the answer's times; NaN where there is none.
    pub samples: Vec<f64>,
    /// Spans as examples of what the samples count, by time.
    pub exemplars: Vec<Exemplar>,
}

/// One name and value that sets series apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// A field's canonical text, or one of [`label`].
    pub name: String,
    /// The value.
    pub value: Datum,
}

/// Names of labels that are no fields.
pub mod label {
    /// The function of a series without other labels.
    pub const NAME: &str = "__name__";
    /// The upper bound of the values that a histogram's series counts.
    pub const BUCKET: &str = "__bucket";
    /// Which quantile, from 0 to 1.
    pub const QUANTILE: &str = "p";
    /// Which side of a comparison: one of the words below.
    pub const META_TYPE: &str = "__meta_type";
    /// Says that an attribute had more values than were asked for.
    pub const META_ERROR: &str = "__meta_error";
    /// The value of [`META_ERROR`].
    pub const TOO_MANY_VALUES: &str = "__too_many_values__";
    /// Spans that the comparison's filter selects, with one value of an attribute.
    pub const SELECTION: &str = "selection";
    /// The other spans.
    pub const BASELINE: &str = "baseline";
    /// Values of an attribute in the selection, all together.
    pub const SELECTION_TOTAL: &str = "selection_total";
    /// Values of an attribute in the other spans.
    pub const BASELINE_TOTAL: &str = "baseline_total";
}

/// A span as an example.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// `trace:id` and the values that the query reads of the span.
    pub labels: Vec<Label>,
    /// What was measured of the span; the series' sample where spans are counted.
    pub value: f64,
    /// The time of the sample that it belongs to, in Unix nanoseconds.
    pub time: u64,
}

impl Label {
    /// Makes a label.
    pub fn new(name: impl Into<String>, value: Datum) -> Label {
        Label { name: name.into(), value }
    }

    /// Makes a label with text.
    pub fn text(name: &str, value: &str) -> Label {
        Label::new(name, Datum::String(value.to_owned()))
    }
}

impl Series {
    /// Returns the value of a label.
    pub fn label(&self, name: &str) -> Option<&Datum> {
        self.labels.iter().find(|label| label.name == name).map(|label| &label.value)
    }

    /// Tells whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.samples.iter().all(|sample| sample.is_nan())
    }
}
