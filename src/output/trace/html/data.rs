//! What a page is told of a trace, as the script beside this file reads it.
//!
//! Lists whose names are plural hold each text once; the others hold an entry for each line, or objects with entries for
//! some of them by number. Times are nanoseconds from the first start that is drawn.

use std::{cmp::Reverse, collections::BTreeMap};

use hashbrown::HashMap;
use serde::{Serialize, Serializer, ser::SerializeSeq};

use super::LeftOut;
use crate::{
    model::{
        dictionary::StrId,
        otlp_enums::{kind_number, status_number},
        waterfall::Item,
    },
    output::{
        text::{date_and_time, short_duration},
        trace::view::{self, Of, View},
        visible::shown_lines,
    },
};

/// How much is told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    /// To how many characters texts are cut.
    pub(super) cut: Option<usize>,
    /// How many spans keep attributes, events and links.
    pub(super) holding: Option<usize>,
    /// How many spans there are.
    pub(super) spans: Option<usize>,
}

/// What a page is told.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data {
    trace: String,
    /// Unix nanoseconds, which JavaScript has no numbers for.
    start: String,
    /// For people.
    started: String,
    took: String,
    total: u64,
    /// Service and name.
    root: Option<(String, String)>,
    spans: usize,
    services_count: usize,
    errors: usize,
    notes: Vec<String>,
    /// Whether spans lack what they hold.
    bare: bool,

    names: Vec<String>,
    services: Vec<String>,
    keys: Vec<String>,
    resources: Vec<Attributes>,
    /// Name, version and attributes.
    scopes: Vec<(String, String, Attributes)>,

    depth: Vec<u32>,
    /// What stands on lines that are no spans.
    lost: BTreeMap<usize, String>,
    name: Vec<usize>,
    service: Vec<usize>,
    id: Vec<String>,
    /// When the bar begins and how long it is.
    from: Vec<u64>,
    length: Vec<u64>,
    /// How long the span took, where its bar tells another length.
    duration: BTreeMap<usize, u64>,
    kind: Vec<u8>,
    status: Vec<u8>,
    resource: Vec<i64>,
    scope: Vec<i64>,
    more: BTreeMap<usize, More>,
    /// The lines on the critical path.
    path: Vec<usize>,
    /// Line, begin and length of each stretch of it.
    own: Vec<u64>,
}

/// What a span holds.
#[derive(Default, Serialize)]
struct More {
    /// Attributes.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    a: Attributes,
    /// Events: name, time, attributes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    e: Vec<(String, i64, Attributes)>,
    /// Links: trace, span, attributes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    l: Vec<(String, String, Attributes)>,
    /// The status message.
    #[serde(skip_serializing_if = "String::is_empty")]
    m: String,
    /// What is odd about the span.
    #[serde(skip_serializing_if = "String::is_empty")]
    w: String,
}

/// The number of each key with its value, in one list.
#[derive(Default)]
struct Attributes(Vec<(usize, Written)>);

/// A value as text.
enum Written {
    /// It is a text.
    Text(String),
    /// It is something else: the text stands in a list of one element.
    Other(String),
}

impl Attributes {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(2 * self.0.len()))?;
        for (key, value) in &self.0 {
            list.serialize_element(key)?;
            match value {
                Written::Text(text) => list.serialize_element(text)?,
                Written::Other(text) => list.serialize_element(&[text])?,
            }
        }
        list.end()
    }
}

impl Data {
    /// Tells as much of a trace as `extent` allows, and what that leaves out.
    pub(super) fn new(view: &View<'_>, ranks: &Ranks, extent: &Extent) -> (Data, LeftOut) {
        let mut writer = Writer {
            view,
            ranks,
            cut: extent.cut,
            holding: extent.holding.unwrap_or(usize::MAX),
            kept: extent.spans.unwrap_or(usize::MAX),
            data: Data::default(),
            left_out: LeftOut::default(),
            numbers: Numbers::default(),
        };
        writer.head();
        writer.lines();
        let Writer { mut data, left_out, .. } = writer;
        data.bare = left_out.bare > 0;
        if left_out != LeftOut::default() {
            data.notes.push(sentence(&left_out.to_string()));
        }
        (data, left_out)
    }
}

/// The order in which spans are left out.
pub(super) struct Ranks {
    /// The first row of the trace.
    first: u32,
    /// How many spans come before each row, of those that are left out later; by row from the first one on.
    before: Vec<u32>,
}

impl Ranks {
    /// Ranks the spans of a trace: before each stands all that it hangs on.
    pub(super) fn new(view: &View<'_>) -> Ranks {
        let first = view.trace.rows.start;
        // Whether a span or one below it has failed or is on the critical path, and how long the longest of them took.
        let mut weights: Vec<(bool, u64)> = Vec::with_capacity(view.trace.rows.len());
        for row in view.trace.rows.clone() {
            weights.push((view.is_error(row) || view.path.has(row), view.spans.duration[row as usize]));
        }
        for row in view.trace.rows.clone().rev() {
            if let Some(parent) = view.parent(row) {
                let weight = weights[(row - first) as usize];
                let above = &mut weights[(parent - first) as usize];
                *above = (above.0 || weight.0, above.1.max(weight.1));
            }
        }
        let mut rows: Vec<u32> = view.trace.rows.clone().collect();
        // Equal ones in the order of the tree: so nothing stays without what it hangs on.
        rows.sort_by_key(|row| Reverse(weights[(row - first) as usize]));
        let mut before = vec![0; rows.len()];
        for (at, row) in (0..).zip(rows) {
            before[(row - first) as usize] = at;
        }
        Ranks { first, before }
    }

    /// Tells whether a span is among the last so many that are left out.
    fn among(&self, row: u32, spans: usize) -> bool {
        (self.before[(row - self.first) as usize] as usize) < spans
    }
}

/// Makes a remark a sentence.
fn sentence(remark: &str) -> String {
    let mut chars = remark.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

/// The numbers of texts and rows that the data holds once.
#[derive(Default)]
struct Numbers<'v> {
    names: HashMap<StrId, usize>,
    services: HashMap<StrId, usize>,
    keys: HashMap<&'v str, usize>,
    resources: HashMap<u32, usize>,
    scopes: HashMap<u32, usize>,
    /// The line of each row.
    lines: HashMap<u32, usize>,
}

struct Writer<'v> {
    view: &'v View<'v>,
    cut: Option<usize>,
    ranks: &'v Ranks,
    /// How many spans keep what they hold.
    holding: usize,
    /// How many spans are there.
    kept: usize,
    data: Data,
    left_out: LeftOut,
    numbers: Numbers<'v>,
}

impl<'v> Writer<'v> {
    fn head(&mut self) {
        let view = self.view;
        let (trace, waterfall) = (view.trace, &view.waterfall);
        self.data.trace = trace.id.to_string();
        self.data.start = waterfall.start.to_string();
        self.data.started = date_and_time(trace.start) + " UTC";
        self.data.took = short_duration(trace.end.saturating_sub(trace.start));
        self.data.total = waterfall.end.saturating_sub(waterfall.start);
        self.data.root = trace.root.map(|row| (self.cut(view.service(row)), self.cut(view.name(row))));
        self.data.spans = trace.rows.len();
        self.data.services_count = view.services.len();
        self.data.errors = view.errors();
        self.data.notes = view.remarks().iter().map(|remark| sentence(remark)).collect();
    }

    fn lines(&mut self) {
        let view = self.view;
        // A heading comes with the first span below it.
        let mut heading = None;
        for line in &view.waterfall.lines {
            let Item::Span(row) = line.item else {
                heading = Some(line.item);
                continue;
            };
            if !self.ranks.among(row, self.kept) {
                self.left_out.spans += 1;
                continue;
            }
            if line.depth == 0 {
                heading = None;
            }
            if let Some(text) = heading.take().and_then(view::heading) {
                self.heading(text);
            }
            self.span(row, line.depth);
        }
        for row in &view.path.rows {
            self.data.path.extend(self.numbers.lines.get(row));
        }
        for stretch in &view.path.stretches {
            if let Some(line) = self.numbers.lines.get(&stretch.row) {
                let begin = stretch.start.saturating_sub(view.waterfall.start);
                self.data.own.extend([*line as u64, begin, stretch.end - stretch.start]);
            }
        }
    }

    fn heading(&mut self, text: String) {
        self.data.lost.insert(self.data.depth.len(), text);
        self.line(0, 0, 0, String::new(), (0, 0));
        self.data.kind.push(0);
        self.data.status.push(0);
        self.data.resource.push(-1);
        self.data.scope.push(-1);
    }

    fn line(&mut self, depth: u32, name: usize, service: usize, id: String, (from, length): (u64, u64)) {
        self.data.depth.push(depth);
        self.data.name.push(name);
        self.data.service.push(service);
        self.data.id.push(id);
        self.data.from.push(from);
        self.data.length.push(length);
    }

    fn span(&mut self, row: u32, depth: u32) {
        let (view, at) = (self.view, row as usize);
        let line = self.data.depth.len();
        self.numbers.lines.insert(row, line);
        let name = self.name(view.spans.name[at]);
        let service = self.service(view.service_id(row));
        let (start, end) = view.waterfall.drawn(row);
        let bar = (start.saturating_sub(view.waterfall.start), end - start);
        self.line(depth, name, service, view.spans.id[at].to_string(), bar);
        if view.spans.duration[at] != bar.1 {
            self.data.duration.insert(line, view.spans.duration[at]);
        }
        self.data.kind.push(kind_number(view.spans.kind[at]));
        self.data.status.push(status_number(view.spans.status[at]));
        let holds = self.ranks.among(row, self.holding);
        let (resource, scope) = if holds { (self.resource(row), self.scope(row)) } else { (-1, -1) };
        self.data.resource.push(resource);
        self.data.scope.push(scope);
        let mut more = More { m: self.cut(view.message(row)), ..More::default() };
        if holds {
            self.hold(row, &mut more);
        } else {
            self.left_out.bare += 1;
        }
        let mut odd = Vec::new();
        if start > view.spans.start[at] {
            let early = short_duration(start - view.spans.start[at]);
            odd.push(format!("Starts {early} before its parent, by clocks that differ; drawn from there on."));
        }
        odd.extend(view.dropped(row).map(|dropped| sentence(&dropped)));
        more.w = odd.join(" ");
        if !(more.a.is_empty() && more.e.is_empty() && more.l.is_empty() && more.m.is_empty() && more.w.is_empty()) {
            self.data.more.insert(line, more);
        }
    }

    /// Adds what a span holds.
    fn hold(&mut self, row: u32, more: &mut More) {
        let view = self.view;
        more.a = self.attributes(Of::Span, row);
        for event in view.events(row) {
            let time = view.spans.events.time[event as usize];
            let time = i128::from(time) - i128::from(view.waterfall.start);
            let name = self.cut(view.text(view.spans.events.name[event as usize]));
            more.e.push((name, time as i64, self.attributes(Of::Event, event)));
        }
        for link in view.links(row) {
            let (trace, span) = (view.spans.links.trace_id[link as usize], view.spans.links.span_id[link as usize]);
            more.l.push((trace.to_string(), span.to_string(), self.attributes(Of::Link, link)));
        }
    }

    fn attributes(&mut self, of: Of, row: u32) -> Attributes {
        let all = self.view.attributes(of, row).map(|(key, value)| {
            let value = match value.text() {
                Some(text) => Written::Text(self.cut(text)),
                None => Written::Other(self.cut(&value.literal(usize::MAX))),
            };
            (self.key(key), value)
        });
        Attributes(all.collect())
    }

    fn name(&mut self, id: StrId) -> usize {
        if let Some(number) = self.numbers.names.get(&id) {
            return *number;
        }
        let name = self.cut(self.view.text(id));
        self.data.names.push(name);
        self.numbers.names.insert(id, self.data.names.len() - 1);
        self.data.names.len() - 1
    }

    fn service(&mut self, id: StrId) -> usize {
        if let Some(number) = self.numbers.services.get(&id) {
            return *number;
        }
        let service = self.cut(self.view.text(id));
        self.data.services.push(service);
        self.numbers.services.insert(id, self.data.services.len() - 1);
        self.data.services.len() - 1
    }

    fn key(&mut self, key: &'v str) -> usize {
        if let Some(number) = self.numbers.keys.get(key) {
            return *number;
        }
        let text = self.cut(key);
        self.data.keys.push(text);
        self.numbers.keys.insert(key, self.data.keys.len() - 1);
        self.data.keys.len() - 1
    }

    fn resource(&mut self, row: u32) -> i64 {
        let resource = self.view.resource(row);
        if let Some(number) = self.numbers.resources.get(&resource) {
            return *number as i64;
        }
        let attributes = self.attributes(Of::Resource, resource);
        self.data.resources.push(attributes);
        self.numbers.resources.insert(resource, self.data.resources.len() - 1);
        self.data.resources.len() as i64 - 1
    }

    fn scope(&mut self, row: u32) -> i64 {
        let Some(scope) = self.view.scope(row) else { return -1 };
        if let Some(number) = self.numbers.scopes.get(&scope) {
            return *number as i64;
        }
        let scopes = &self.view.spans.scopes;
        let name = self.cut(self.view.text(scopes.name[scope as usize]));
        let version = self.cut(self.view.text(scopes.version[scope as usize]));
        let attributes = self.attributes(Of::Scope, scope);
        self.data.scopes.push((name, version, attributes));
        self.numbers.scopes.insert(scope, self.data.scopes.len() - 1);
        self.data.scopes.len() as i64 - 1
    }

    /// Returns text as long as it may be, without characters that reorder or hide the text around them.
    fn cut(&mut self, text: &str) -> String {
        let Some((end, _)) = self.cut.and_then(|cut| text.char_indices().nth(cut)) else { return shown_lines(text) };
        self.left_out.cut = self.cut;
        format!("{}…", shown_lines(&text[..end]))
    }
}
