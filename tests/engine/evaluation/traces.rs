//! Random spans, and the same spans as fragments.

use std::collections::HashMap;

use traceql::model::{
    attributes::{Array, AttributeColumn, Cell},
    batch::{Fragment, Spans},
    ids::{SpanId, TraceId},
};
use traceql_grammar::value::{Kind, Status};

/// Numbers that are the same for the same seed.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Numbers {
        let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03);
        for _ in 0..8 {
            numbers.below(2);
        }
        numbers
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    pub(crate) fn pick<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Val {
    Str(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    Array(Vec<Val>),
}

pub(crate) type Attributes = Vec<(&'static str, Val)>;

#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: &'static str,
    pub(crate) time: u64,
    pub(crate) attributes: Attributes,
}

#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) trace: u128,
    pub(crate) span: u64,
    pub(crate) attributes: Attributes,
}

#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) trace: u128,
    pub(crate) id: u64,
    pub(crate) parent: u64,
    pub(crate) start: u64,
    pub(crate) duration: u64,
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    pub(crate) name: &'static str,
    pub(crate) message: &'static str,
    pub(crate) service: &'static str,
    pub(crate) resource: Attributes,
    pub(crate) library: &'static str,
    pub(crate) attributes: Attributes,
    pub(crate) events: Vec<Event>,
    pub(crate) links: Vec<Link>,
}

fn value(numbers: &mut Numbers) -> Val {
    match numbers.below(9) {
        0..3 => Val::Int(numbers.below(5) as i64 - 1),
        3 => Val::Float(numbers.below(6) as f64 / 2.0),
        4 | 5 => Val::Str(numbers.pick(&["", "a", "b", "ab"]).to_owned()),
        6 | 7 => Val::Bool(numbers.below(2) == 0),
        _ => {
            let texts = numbers.below(2) == 0;
            let element = |numbers: &mut Numbers| match texts {
                true => Val::Str(numbers.pick(&["a", "b"]).to_owned()),
                false => Val::Int(numbers.below(3) as i64),
            };
            Val::Array(vec![element(numbers), element(numbers)])
        }
    }
}

fn attributes(numbers: &mut Numbers, keys: &[&'static str]) -> Attributes {
    let mut all = Attributes::new();
    for key in keys {
        if numbers.below(3) > 0 {
            all.push((*key, value(numbers)));
        }
    }
    all
}

/// Makes a few traces whose spans lie in every way to each other that data can.
pub(crate) fn random(numbers: &mut Numbers) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for trace in 1..=1 + u128::from(numbers.below(3)) {
        let resources: Vec<(&str, Attributes)> =
            (0..2).map(|_| (numbers.pick(&["", "shop", "pay"]), attributes(numbers, KEYS[1]))).collect();
        let count = 1 + numbers.below(9);
        for at in 1..=count {
            let parent = match numbers.below(12) {
                0 | 1 => 0,
                // Never arrived.
                2 => 100 + numbers.below(2),
                // Itself, or a later span: a cycle, sometimes.
                3 => at + numbers.below(count - at + 1),
                _ => numbers.below(at),
            };
            // Sometimes the id of the span before: client and server of one call.
            let id = if at > 1 && numbers.below(8) == 0 { at - 1 } else { at };
            let (service, resource) = resources[numbers.below(2) as usize].clone();
            let start = 1_000_000 + at * 10 + numbers.below(30);
            spans.push(Span {
                trace,
                id,
                parent,
                // No two spans of a trace start at the same time, so that their order is clear.
                start: start * 100 + at,
                duration: numbers.below(4) * 10,
                kind: Kind::ALL[numbers.below(6) as usize],
                status: Status::ALL[numbers.below(3) as usize],
                name: numbers.pick(&["", "a", "b", "c"]),
                message: numbers.pick(&["", "boom"]),
                service,
                resource,
                library: numbers.pick(&["", "lib"]),
                attributes: attributes(numbers, KEYS[0]),
                events: (0..numbers.below(3))
                    .map(|i| Event {
                        name: numbers.pick(&["a", "b"]),
                        time: start * 100 + at + i * 10,
                        attributes: attributes(numbers, KEYS[3]),
                    })
                    .collect(),
                links: (0..numbers.below(3))
                    .map(|_| Link {
                        trace: u128::from(numbers.below(3)),
                        span: numbers.below(3),
                        attributes: attributes(numbers, KEYS[4]),
                    })
                    .collect(),
            });
        }
    }
    spans
}

/// Deals the spans, shuffled, to fragments.
pub(crate) fn fragments(spans: &[Span], pieces: u64, numbers: &mut Numbers) -> Vec<Fragment> {
    let mut hands: Vec<Vec<&Span>> = vec![Vec::new(); pieces as usize];
    for span in spans {
        let hand = &mut hands[numbers.below(pieces) as usize];
        hand.insert(numbers.below(hand.len() as u64 + 1) as usize, span);
    }
    hands.into_iter().enumerate().map(|(order, hand)| fragment(&hand, order as u64)).collect()
}

type Columns = [HashMap<&'static str, AttributeColumn>; 5];

fn fragment(hand: &[&Span], order: u64) -> Fragment {
    let mut spans = Spans::default();
    let mut columns = Columns::default();
    for (row, span) in (0u32..).zip(hand) {
        spans.id.push(SpanId(span.id));
        spans.parent_id.push(SpanId(span.parent));
        spans.start.push(span.start);
        spans.duration.push(span.duration);
        spans.kind.push(span.kind);
        spans.status.push(span.status);
        let name = spans.dictionary.intern(span.name);
        spans.name.push(name);
        let message = spans.dictionary.intern(span.message);
        spans.status_message.push(message);
        let service = spans.dictionary.intern(span.service);
        spans.resource.push(row);
        spans.resources.service.push(service);
        spans.scope.push(row);
        let library = spans.dictionary.intern(span.library);
        spans.scopes.name.push(library);
        spans.scopes.version.push(library);
        add(&mut spans, &mut columns, 0, row, &span.attributes);
        add(&mut spans, &mut columns, 1, row, &span.resource);
        for event in &span.events {
            let name = spans.dictionary.intern(event.name);
            spans.events.span.push(row);
            spans.events.name.push(name);
            spans.events.time.push(event.time);
            let event_row = spans.events.span.len() as u32 - 1;
            add(&mut spans, &mut columns, 3, event_row, &event.attributes);
        }
        for link in &span.links {
            spans.links.span.push(row);
            spans.links.trace_id.push(TraceId(link.trace));
            spans.links.span_id.push(SpanId(link.span));
            let link_row = spans.links.span.len() as u32 - 1;
            add(&mut spans, &mut columns, 4, link_row, &link.attributes);
        }
    }
    let [of_spans, of_resources, of_scopes, of_events, of_links] =
        columns.map(|columns| columns.into_values().collect::<Vec<AttributeColumn>>());
    spans.attributes = of_spans;
    spans.resources.attributes = of_resources;
    spans.scopes.attributes = of_scopes;
    spans.events.attributes = of_events;
    spans.links.attributes = of_links;
    Fragment { spans, trace: hand.iter().map(|span| TraceId(span.trace)).collect(), order }
}

/// The keys that spans, resources, libraries, events and links may have.
const KEYS: [&[&str]; 5] = [&["a", "b"], &["a", "r"], &[], &["e", "f"], &["l"]];

fn add(spans: &mut Spans, columns: &mut Columns, table: usize, row: u32, attributes: &Attributes) {
    let mut set = |key: &'static str, cell| {
        columns[table].entry(key).or_insert_with(|| AttributeColumn::new(key)).push(row, cell);
    };
    for (key, value) in attributes {
        set(key, cell(spans, value));
    }
}

fn cell(spans: &mut Spans, value: &Val) -> Cell {
    match value {
        Val::Str(text) => Cell::Str(spans.dictionary.intern(text)),
        Val::Int(n) => Cell::Int(*n),
        Val::Float(x) => Cell::Float(*x),
        Val::Bool(b) => Cell::Bool(*b),
        Val::Array(all) => {
            let array = match &all[0] {
                Val::Str(_) => Array::Str(all.iter().map(|v| text_id(spans, v)).collect()),
                _ => Array::Int(all.iter().map(|v| if let Val::Int(n) = v { *n } else { 0 }).collect()),
            };
            spans.arrays.push(array);
            Cell::Array(spans.arrays.len() as u32 - 1)
        }
    }
}

fn text_id(spans: &mut Spans, value: &Val) -> traceql::model::dictionary::StrId {
    match value {
        Val::Str(text) => spans.dictionary.intern(text),
        _ => traceql::model::dictionary::StrId::EMPTY,
    }
}
