//! Jaeger's and Zipkin's formats change nothing without telling it: a span that is written and read again differs in what
//! the losses explain, and in nothing else.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value},
    trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData},
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use prost::Message;
use traceql::{
    model::{assemble::assemble, projection::Projection},
    output::{
        losses::Loss,
        traces::{Format, Stream},
    },
    source::Input,
};

use super::{
    flat::{self, Attributes, Value},
    oracle::traces,
    read_inputs,
};

/// Keys that the formats use themselves, or take for something else, and some that they do not know.
const KEYS: [&str; 16] = [
    "error",
    "span.kind",
    "otel.status_code",
    "otel.status_description",
    "otel.scope.name",
    "otel.library.version",
    "otel.dropped_attributes_count",
    "w3c.tracestate",
    "event",
    "message",
    "opentracing.ref_type",
    "peer.service",
    "server.address",
    "service.name",
    "x",
    "y",
];

/// Texts that readers may take for something else than text.
const TEXTS: [&str; 10] =
    ["true", "false", "3", "1.5", "OK", "error", "server", "NaN", "x|{\"y\":1}|2", "\"x\": {\"y\": 1}"];

/// What a message is made plain in, so that some spans lose nothing.
#[derive(Clone, Copy, Debug)]
struct Plain {
    times: bool,
    values: bool,
    origins: bool,
    children: bool,
    flags: bool,
}

/// Makes messages of one span each.
fn single_spans() -> impl Strategy<Value = Vec<TracesData>> {
    let plain = any::<[bool; 5]>().prop_map(|[times, values, origins, children, flags]| Plain {
        times,
        values,
        origins,
        children,
        flags,
    });
    let odd = prop_oneof![
        select(&TEXTS[..]).prop_map(|text| any_value::Value::StringValue(text.to_owned())),
        (-1..3i64).prop_map(any_value::Value::IntValue),
        select(vec![-0.0, 0.0, 2.0, -1e300]).prop_map(any_value::Value::DoubleValue),
    ];
    let odd = vec((select(&KEYS[..]), option::of(odd)), 3);
    (traces(), odd, plain).prop_map(|(data, keys, plain)| {
        let mut messages = Vec::new();
        for mut of_resource in data.resource_spans {
            let lists = std::mem::take(&mut of_resource.scope_spans);
            for mut of_scope in lists {
                for span in std::mem::take(&mut of_scope.spans) {
                    messages.push(single(of_resource.clone(), of_scope.clone(), span, &keys, plain));
                }
            }
        }
        messages
    })
}

fn single(
    mut of_resource: ResourceSpans,
    mut of_scope: ScopeSpans,
    mut span: Span,
    keys: &[Odd],
    plain: Plain,
) -> TracesData {
    // Zipkin has no span that is its own parent.
    span.span_id = vec![7; 8];
    if plain.times {
        let events = span.events.iter_mut().map(|event| &mut event.time_unix_nano);
        let times = [&mut span.start_time_unix_nano, &mut span.end_time_unix_nano];
        events.chain(times).for_each(|time| *time -= *time % 1_000);
    }
    if plain.origins {
        of_resource.schema_url.clear();
        of_scope.schema_url.clear();
        of_resource.resource.iter_mut().for_each(|resource| resource.dropped_attributes_count = 0);
        of_scope.scope.iter_mut().for_each(|scope| {
            scope.attributes.clear();
            scope.dropped_attributes_count = 0;
        });
    }
    if plain.children {
        span.links.clear();
        span.events.iter_mut().for_each(|event| event.attributes.clear());
    } else if let Some(link) = span.links.first_mut().filter(|_| plain.times) {
        link.trace_id.clone_from(&span.trace_id);
        "a=b|c".clone_into(&mut link.trace_state);
    }
    // Names of events stand beside their attributes in Zipkin.
    if let (Some(event), Some((_, Some(any_value::Value::StringValue(text))))) = (span.events.first_mut(), keys.first())
    {
        event.name.clone_from(text);
    }
    if plain.flags {
        span.flags = 0;
        span.links.iter_mut().for_each(|link| (link.flags, link.trace_state) = (0, String::new()));
    }
    let of_events = span.events.iter_mut().map(|event| &mut event.attributes);
    let of_links = span.links.iter_mut().map(|link| &mut link.attributes);
    let of_origins = of_resource.resource.iter_mut().map(|resource| &mut resource.attributes);
    let of_scopes = of_scope.scope.iter_mut().map(|scope| &mut scope.attributes);
    let of_children = of_events.chain(of_links).chain(of_origins).chain(of_scopes);
    of_children.chain([&mut span.attributes]).for_each(|pairs| rename(pairs, keys, plain.values));
    of_scope.spans.push(span);
    of_resource.scope_spans.push(of_scope);
    TracesData { resource_spans: vec![of_resource] }
}

/// A key, and the value that goes with it if that of the attribute shall not stay.
type Odd = (&'static str, Option<any_value::Value>);

/// Gives some attributes other keys and values, and leaves only values that any format has if they shall be plain.
fn rename(pairs: &mut Vec<KeyValue>, keys: &[Odd], plain: bool) {
    for pair in pairs.iter_mut() {
        let at = ["a", "other", ""].iter().position(|known| *known == pair.key);
        let Some((key, value)) = at.and_then(|at| keys.get(at)) else { continue };
        pair.key = (*key).to_owned();
        if value.is_some() {
            pair.value = Some(AnyValue { value: value.clone() });
        }
    }
    if plain {
        pairs.retain(|pair| {
            matches!(pair.value.as_ref().and_then(|v| v.value.as_ref()), Some(any_value::Value::StringValue(_)))
        });
    }
}

fn read(bytes: &[u8]) -> Vec<traceql::model::batch::Fragment> {
    read_inputs(&[Input::memory("written", bytes)], &Projection::everything(), false).unwrap().0
}

/// Collects what differs between a span and what was read again of it, and is not explained by what was told.
struct Differences<'t> {
    format: Format,
    told: &'t [Loss],
    unexplained: Vec<String>,
}

impl Differences<'_> {
    /// Counts a difference that one of these losses explains.
    fn unless_told(&mut self, differs: bool, losses: &[Loss], what: impl FnOnce() -> String) {
        if differs && !losses.iter().any(|loss| self.told.contains(loss)) {
            self.unexplained.push(what());
        }
    }

    fn equal<T: Copy + PartialEq + std::fmt::Debug>(&mut self, before: T, after: T, losses: &[Loss], what: &str) {
        self.unless_told(before != after, losses, || format!("{what}: {before:?} became {after:?}"));
    }

    /// Compares attributes; `missing` explains those that are not there any more, `more` those that are new.
    fn attributes(
        &mut self,
        (before, after): (&Attributes, &Attributes),
        missing: &[Loss],
        more: &dyn Fn(&str) -> Vec<Loss>,
        what: &str,
    ) {
        for (key, value) in before {
            match after.get(key) {
                Some(found) if found == value => {}
                Some(found @ Value::Str(_)) if !matches!(value, Value::Str(_)) => {
                    let losses = [missing, &[Loss::ValuesAsText]].concat();
                    self.unless_told(true, &losses, || format!("{what} {key:?}: {value:?} became {found:?}"));
                }
                found => {
                    self.unless_told(true, missing, || format!("{what} {key:?}: {value:?} became {found:?}"));
                }
            }
        }
        for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
            self.unless_told(true, &more(key), || format!("{what} {key:?}: {value:?} is new"));
        }
    }

    fn span(&mut self, before: &flat::Span, after: &flat::Span) {
        let zipkin = self.format == Format::Zipkin;
        // An attribute with the name of a field is taken for it.
        let named = &[Loss::Meanings, Loss::Namesakes][..];
        self.equal((before.trace, before.id), (after.trace, after.id), &[], "ids");
        self.equal(&before.name, &after.name, &[], "name");
        // A service whose name is no text has one when it became text.
        self.equal(&before.service, &after.service, &[Loss::ValuesAsText], "service");
        self.equal((before.kind, before.status), (after.kind, after.status), named, "kind and status");
        self.equal(&before.status_message, &after.status_message, named, "status message");
        let cut = |time: u64| time - time % 1_000;
        // Zipkin cannot say that a span began in 1970; then it begins with its first event.
        let has_start = !zipkin || cut(before.start) > 0;
        let least = if zipkin && before.duration > 0 { 1_000 } else { 0 };
        if has_start {
            self.equal(before.start, after.start, &[Loss::Nanoseconds], "start");
            self.equal(cut(before.start), after.start, &[], "start in microseconds");
        }
        self.equal(before.duration, after.duration, &[Loss::Nanoseconds], "duration");
        self.equal(cut(before.duration).max(least), after.duration, &[], "duration in microseconds");

        let more = |key: &str| match key {
            key if before.scope.2.contains_key(key) => vec![Loss::ScopeAttributes],
            key if before.resource.contains_key(key) => vec![Loss::ResourceAttributes],
            _ => Vec::new(),
        };
        // What reading makes of the other side of a call, and of a start that is not there.
        let made = |key: &str| zipkin && matches!(key, "peer.service" | "otel.zipkin.absentField.startTime");
        let mut attributes = after.attributes.clone();
        attributes.retain(|key, _| before.attributes.contains_key(key) || !made(key));
        self.attributes((&before.attributes, &attributes), named, &more, "attribute");
        let of_resource = if zipkin { vec![Loss::ResourceAttributes, Loss::Namesakes] } else { vec![Loss::Meanings] };
        self.attributes((&before.resource, &after.resource), &of_resource, &|_| Vec::new(), "resource attribute");
        self.equal((&before.scope.0, &before.scope.1), (&after.scope.0, &after.scope.1), named, "scope");
        let of_scope = [Loss::ScopeAttributes, Loss::Namesakes];
        self.attributes((&before.scope.2, &after.scope.2), &of_scope, &|_| Vec::new(), "scope attribute");

        self.equal(before.events.len(), after.events.len(), &[], "number of events");
        for (before, after) in before.events.iter().zip(&after.events) {
            self.equal(&before.0, &after.0, &[Loss::EventNames], "name of an event");
            self.equal(before.1, after.1, &[Loss::Nanoseconds], "time of an event");
            self.equal(cut(before.1), after.1, &[], "time of an event in microseconds");
            let missing = [Loss::EventNames, Loss::Meanings];
            self.attributes((&before.2, &after.2), &missing, &|_| Vec::new(), "attribute of an event");
        }
        self.links(before, after);
    }

    fn links(&mut self, before: &flat::Span, after: &flat::Span) {
        let (had, has) = (before.extras.clone().unwrap_or_default(), after.extras.clone().unwrap_or_default());
        let mut links: Vec<_> = before.links.iter().zip(&had.links).collect();
        self.equal(before.parent, after.parent, &[Loss::LinksAsParents], "parent");
        if before.parent != after.parent {
            let taken = links.iter().position(|(link, _)| (link.0, link.1) == (before.trace, after.parent));
            self.unless_told(taken.is_none(), &[], || "a parent out of nowhere".to_owned());
            taken.map(|at| links.remove(at));
        }
        self.equal(links.len(), after.links.len(), &[], "number of links");
        for ((before, had), (after, has)) in links.into_iter().zip(after.links.iter().zip(&has.links)) {
            self.equal((before.0, before.1), (after.0, after.1), &[], "a link");
            let missing = [Loss::LinkDetails, Loss::Meanings];
            self.attributes((&before.2, &after.2), &missing, &|_| Vec::new(), "attribute of a link");
            self.equal(had.1, has.1, &[Loss::LinkDetails, Loss::LinkFlags], "flags of a link");
            self.equal((&had.0, had.2), (&has.0, has.2), &missing, "state of a link");
        }
        let named = &[Loss::Meanings, Loss::Namesakes][..];
        self.equal((&had.trace_state, had.dropped), (&has.trace_state, has.dropped), named, "state and counts");
        self.equal(had.flags, has.flags, &[Loss::Flags], "flags");
        self.equal(&had.events, &has.events, &[Loss::Meanings], "counts of events");
        self.equal(
            (had.resource.0, had.scope.0),
            (has.resource.0, has.scope.0),
            &[Loss::Dropped, Loss::Meanings],
            "counts",
        );
        self.equal((&had.resource.1, &had.scope.1), (&has.resource.1, &has.scope.1), &[Loss::Schemas], "schemas");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn what_differs_was_told(messages in single_spans()) {
        for message in messages {
            let fragments = read(&message.encode_to_vec());
            for format in [Format::Jaeger, Format::Zipkin] {
                let mut file = Vec::new();
                let mut stream = Stream::new(&mut file, format);
                assemble(&fragments).iter().for_each(|batch| stream.batch(batch).unwrap());
                let told: Vec<Loss> = stream.finish().unwrap().iter().map(|(loss, _)| loss).collect();
                let (before, after) = (flat::flatten(&fragments), flat::flatten(&read(&file)));
                prop_assert_eq!((before.len(), after.len()), (1, 1));
                let mut differences = Differences { format, told: &told, unexplained: Vec::new() };
                differences.span(&before[0], &after[0]);
                let text = String::from_utf8_lossy(&file);
                prop_assert!(differences.unexplained.is_empty(), "{format:?} {:#?}, told {told:?}\n{text}", differences.unexplained);
            }
        }
    }
}
