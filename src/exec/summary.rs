//! What every answer tells of a trace, gathered from fragments before they are thrown away.

use hashbrown::{HashMap, hash_map::Entry};
use traceql_grammar::value::Status;

use crate::model::{
    batch::{Batch, Facts, Fragment, Spans, Trace},
    dictionary::{Dictionary, StrId},
    ids::{SpanId, TraceId},
    result::ServiceStats,
    twice::fingerprint,
};

/// The summaries of all traces that were seen.
#[derive(Clone, Default)]
pub(super) struct Summaries {
    /// Service and root names.
    texts: Dictionary,
    traces: HashMap<TraceId, Summary>,
}

/// What is known of one trace so far.
#[derive(Clone)]
pub(super) struct Summary {
    /// The first start, in Unix nanoseconds.
    pub(super) start: u64,
    /// The last end.
    pub(super) end: u64,
    root: Option<Root>,
    /// Each service with its spans and errors. Traces have few, so a search through them all is the fastest.
    services: Vec<(StrId, u32, u32)>,
    /// The spans, where some may come twice from different inputs; those are not among `services` yet.
    spans: Vec<Known>,
}

/// A span that will be known again.
#[derive(Clone)]
struct Known {
    fingerprint: u64,
    input: u32,
    failed: bool,
    service: StrId,
}

/// The root so far: of the spans without a parent the one that starts last.
#[derive(Clone, Copy)]
struct Root {
    start: u64,
    id: SpanId,
    service: StrId,
    name: StrId,
}

/// What an answer tells of a trace.
pub(super) struct TraceFacts {
    pub(super) root_service: Option<String>,
    pub(super) root_name: Option<String>,
    pub(super) services: Vec<ServiceStats>,
}

impl Summary {
    fn new() -> Summary {
        Summary { start: u64::MAX, end: 0, root: None, services: Vec::new(), spans: Vec::new() }
    }

    /// Adds a span; texts are those of `spans`. With `input` it counts once, however many inputs it comes from.
    fn add(&mut self, spans: &Spans, row: usize, input: Option<u32>) {
        self.start = self.start.min(spans.start[row]);
        self.end = self.end.max(spans.end(row));
        let service = spans.resources.service[spans.resource[row] as usize];
        if spans.parent_id[row] == SpanId::NONE {
            self.offer_root(Root { start: spans.start[row], id: spans.id[row], service, name: spans.name[row] });
        }
        let failed = spans.status[row] == Status::Error;
        match input {
            None => self.count(service, 1, u32::from(failed)),
            Some(input) => self.spans.push(Known { fingerprint: fingerprint(spans, row), input, failed, service }),
        }
    }

    fn offer_root(&mut self, root: Root) {
        if self.root.is_none_or(|known| (known.start, known.id) < (root.start, root.id)) {
            self.root = Some(root);
        }
    }

    fn count(&mut self, service: StrId, spans: u32, errors: u32) {
        match self.services.iter_mut().find(|(id, ..)| *id == service) {
            Some((_, all, failed)) => {
                *all += spans;
                *failed += errors;
            }
            None => self.services.push((service, spans, errors)),
        }
    }

    /// Returns the services with their counts: of spans that came twice, those of the first input.
    fn counted(&self) -> Vec<(StrId, u32, u32)> {
        let mut order: Vec<&Known> = self.spans.iter().collect();
        order.sort_by_key(|span| (span.fingerprint, span.input));
        let mut counted = Summary { services: self.services.clone(), ..Summary::new() };
        for same in order.chunk_by(|a, b| a.fingerprint == b.fingerprint) {
            for span in same.iter().take_while(|span| span.input == same[0].input) {
                counted.count(span.service, 1, u32::from(span.failed));
            }
        }
        counted.services
    }

    fn facts(&self, texts: &Dictionary) -> TraceFacts {
        let text = |id: StrId| texts.get(id).to_owned();
        let mut services: Vec<ServiceStats> = self
            .counted()
            .iter()
            .map(|(id, spans, errors)| ServiceStats { service: text(*id), spans: *spans, errors: *errors })
            .collect();
        services.sort_by(|a, b| a.service.cmp(&b.service));
        TraceFacts {
            root_service: self.root.map(|root| text(root.service)),
            root_name: self.root.map(|root| text(root.name)),
            services,
        }
    }
}

/// Summarises the traces of which a fragment has spans. With `several_inputs`, spans that others have too count once.
pub(super) fn summarise(fragment: &Fragment, several_inputs: bool) -> Vec<(TraceId, Summary)> {
    let input = several_inputs.then(|| fragment.input());
    let mut summaries: Vec<(TraceId, Summary)> = Vec::new();
    let mut places: HashMap<TraceId, usize> = HashMap::new();
    let mut place = usize::MAX;
    for (row, id) in fragment.trace.iter().enumerate() {
        // Spans of one trace often come together.
        if summaries.get(place).is_none_or(|(last, _)| last != id) {
            place = *places.entry(*id).or_insert_with(|| {
                summaries.push((*id, Summary::new()));
                summaries.len() - 1
            });
        }
        summaries[place].1.add(&fragment.spans, row, input);
    }
    summaries
}

impl Summaries {
    /// Adds the summaries of a fragment with this dictionary.
    pub(super) fn merge(&mut self, summaries: Vec<(TraceId, Summary)>, dictionary: &Dictionary) {
        for (trace, mut summary) in summaries {
            for (service, ..) in &mut summary.services {
                *service = self.texts.intern(dictionary.get(*service));
            }
            for span in &mut summary.spans {
                span.service = self.texts.intern(dictionary.get(span.service));
            }
            if let Some(root) = &mut summary.root {
                root.service = self.texts.intern(dictionary.get(root.service));
                root.name = self.texts.intern(dictionary.get(root.name));
            }
            match self.traces.entry(trace) {
                Entry::Vacant(vacant) => {
                    summary.services.shrink_to_fit();
                    vacant.insert(summary);
                }
                Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    known.start = known.start.min(summary.start);
                    known.end = known.end.max(summary.end);
                    summary.root.into_iter().for_each(|root| known.offer_root(root));
                    known.spans.append(&mut summary.spans);
                    for (service, spans, errors) in summary.services {
                        known.count(service, spans, errors);
                    }
                }
            }
        }
    }

    /// Returns how many traces were seen.
    pub(super) fn len(&self) -> usize {
        self.traces.len()
    }

    /// Returns the first start and the last end of each trace.
    pub(super) fn times(&self) -> impl Iterator<Item = (u64, u64)> {
        self.traces.values().map(|summary| (summary.start, summary.end))
    }

    /// Returns the summary of a trace.
    pub(super) fn get(&self, trace: TraceId) -> Option<&Summary> {
        self.traces.get(&trace)
    }

    /// Returns what an answer tells of a trace.
    pub(super) fn facts(&self, trace: TraceId) -> Option<TraceFacts> {
        self.get(trace).map(|summary| summary.facts(&self.texts))
    }
}

/// Returns what an answer tells of a trace of which the batch has every span.
pub(super) fn facts_of(batch: &Batch, trace: &Trace) -> TraceFacts {
    let mut summary = Summary::new();
    trace.rows.clone().for_each(|row| summary.add(&batch.spans, row as usize, None));
    summary.facts(&batch.spans.dictionary)
}

/// Returns what an answer tells of a trace whose source tells it.
pub(super) fn told_facts(batch: &Batch, facts: &Facts) -> TraceFacts {
    let text = |id: StrId| batch.spans.dictionary.get(id).to_owned();
    let services = facts.services.start as usize..facts.services.end as usize;
    let mut services: Vec<ServiceStats> = batch.service_counts[services]
        .iter()
        .map(|count| ServiceStats { service: text(count.service), spans: count.spans, errors: count.errors })
        .collect();
    services.sort_by(|a, b| a.service.cmp(&b.service));
    TraceFacts {
        root_service: facts.root.map(|(service, _)| text(service)),
        root_name: facts.root.map(|(_, name)| text(name)),
        services,
    }
}
