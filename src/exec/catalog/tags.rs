//! The names of attributes, with a few of their values.

use hashbrown::HashMap;
use traceql_grammar::{
    query::Field,
    vocab::intrinsics::{INTRINSICS, Intrinsic},
};

use crate::{
    exec::{
        collector::{Collector, Needs},
        pick::pick,
        search::SearchError,
        view::{Resource, Source, View},
    },
    model::{
        attributes::AttributeColumn,
        batch::{Batch, Fragment, SERVICE_NAME, Spans},
        catalog::{LONGEST_TEXT, Tag, TagScope, Tags},
        intrinsic_facts::{Owner, Values, facts},
        projection::Projection,
        result::Inspected,
        scan::{Picked, Scan, Seen},
    },
    plan::TagsPlan,
};

use super::{
    distinct::{Bounds, Distinct},
    selection::{Home, Selection, Weights},
    tally::{Tally, with_children},
    threads::PerThread,
};

/// What is kept of the values of each attribute.
const BOUNDS: Bounds = Bounds { values: 1_000, characters: LONGEST_TEXT };

/// Counts the attributes and intrinsics of spans that come piece by piece.
pub struct TagCounts {
    plan: TagsPlan,
    selection: Selection,
    threads: PerThread<Counted>,
}

/// What one thread has counted.
#[derive(Default)]
struct Counted {
    selected: u64,
    /// By scope, in the order of [`TagScope::ALL`].
    attributes: [HashMap<String, Name>; 5],
    intrinsics: HashMap<Intrinsic, Name>,
}

/// What is known of a name.
#[derive(Default)]
struct Name {
    spans: u64,
    values: Option<Distinct>,
}

impl TagCounts {
    /// Starts counting.
    pub fn new(plan: TagsPlan) -> TagCounts {
        TagCounts { plan, selection: Selection::new(), threads: PerThread::new() }
    }

    /// Returns the plan that is followed.
    pub fn plan(&self) -> &TagsPlan {
        &self.plan
    }

    fn count(&self, home: Home<'_>, weights: &Weights) {
        let view = home.view(&self.plan.selection.plan);
        let counting = |counted: &mut Counted| {
            counted.selected += weights.selected;
            let mut tally = Tally::new(view.spans);
            for (at, scope) in TagScope::ALL.into_iter().enumerate() {
                if self.plan.scope.is_some_and(|wanted| wanted != scope) {
                    continue;
                }
                match counted.attributes.get_mut(at) {
                    Some(names) => count_attributes(scope, &view, weights, &mut tally, names),
                    None => count_intrinsics(&view, weights, &mut tally, &mut counted.intrinsics),
                }
            }
        };
        self.threads.change(Counted::default, counting);
    }
}

impl Collector for TagCounts {
    type Answer = Tags;
    type Error = SearchError;

    fn needs(&self) -> Needs<'_> {
        Needs { projection: self.plan.projection(), pruning: self.plan.pruning() }
    }

    fn observe(&self, fragment: Fragment) {
        self.selection.observe(&self.plan.selection, fragment, &|home, weights| self.count(home, weights));
    }

    fn finish(self, bytes: u64) -> Result<Tags, SearchError> {
        let spans = self.selection.finish(&self.plan.selection, &|home, weights| self.count(home, weights))?;
        let mut all = Counted::default();
        self.threads.into_all().into_iter().for_each(|counted| all.merge(counted));
        let selected = all.selected;
        let inspected = Inspected { spans, bytes, ..Inspected::default() };
        Ok(Tags { tags: all.finish(), selected, inspected })
    }
}

impl Scan for TagCounts {
    fn first(&self) -> Option<&Projection> {
        self.plan.selection.plan.pick.as_ref().map(|(_, columns)| columns)
    }

    fn pick(&self, traces: &Batch) -> Picked {
        pick(&self.plan.selection.plan, traces)
    }

    fn whole(&self, traces: Batch, seen: Seen) {
        self.selection.whole(&self.plan.selection, &traces, seen, &|home, weights| self.count(home, weights));
    }
}

fn count_attributes<'a>(
    scope: TagScope,
    view: &View<'a>,
    weights: &Weights,
    tally: &mut Tally<'a>,
    names: &mut HashMap<String, Name>,
) {
    for column in columns(scope, view.spans) {
        tally.restart();
        let spans = tally.source(view, &source(scope, column), &weights.of_spans);
        if spans > 0 {
            names.entry_ref(&*column.key).or_default().add(spans, tally);
        }
    }
}

fn count_intrinsics<'a>(
    view: &View<'a>,
    weights: &Weights,
    tally: &mut Tally<'a>,
    names: &mut HashMap<Intrinsic, Name>,
) {
    for intrinsic in INTRINSICS.iter().map(|row| row.id) {
        let facts = facts(intrinsic);
        match facts.values {
            Values::Few => {
                tally.restart();
                let spans = tally.source(view, &Source::Intrinsic(intrinsic), &weights.of_spans);
                names.entry(intrinsic).or_default().add(spans, tally);
            }
            Values::Many => {
                let spans = match facts.owner {
                    Owner::Event => with_children(&view.spans.events.span, &weights.of_spans),
                    Owner::Link => with_children(&view.spans.links.span, &weights.of_spans),
                    Owner::Span | Owner::Trace | Owner::Library => weights.selected,
                };
                names.entry(intrinsic).or_default().spans += spans;
            }
            Values::Unlisted => {}
        }
    }
}

/// Returns the columns of the attributes of a scope.
fn columns(scope: TagScope, spans: &Spans) -> &[AttributeColumn] {
    match scope {
        TagScope::Resource => &spans.resources.attributes,
        TagScope::Span => &spans.attributes,
        TagScope::Event => &spans.events.attributes,
        TagScope::Link => &spans.links.attributes,
        TagScope::Instrumentation => &spans.scopes.attributes,
        TagScope::Intrinsic => &[],
    }
}

/// Returns where the values of an attribute lie that has a column.
fn source(scope: TagScope, column: &AttributeColumn) -> Source<'_> {
    match scope {
        TagScope::Resource if *column.key == *SERVICE_NAME => Source::Resource(Resource::Service),
        TagScope::Resource => Source::Resource(Resource::Column(Some(column))),
        TagScope::Event => Source::Event(Some(column)),
        TagScope::Link => Source::Link(Some(column)),
        TagScope::Instrumentation => Source::Scope(Some(column)),
        TagScope::Span | TagScope::Intrinsic => Source::Span(Some(column)),
    }
}

impl Name {
    /// Adds what was tallied.
    fn add(&mut self, spans: u64, tally: &Tally<'_>) {
        self.spans += spans;
        let values = self.values.get_or_insert_with(|| Distinct::new(BOUNDS));
        tally.values().for_each(|(value, spans)| values.add(value, spans));
    }

    fn merge(&mut self, other: Name) {
        self.spans += other.spans;
        match (&mut self.values, other.values) {
            (Some(values), Some(more)) => values.merge(more),
            (values @ None, more) => *values = more,
            (Some(_), None) => {}
        }
    }

    fn finish(self, field: Field) -> Option<Tag> {
        (self.spans > 0).then(|| Tag { field, spans: self.spans, values: self.values.map(Distinct::finish) })
    }
}

impl Counted {
    fn merge(&mut self, other: Counted) {
        self.selected += other.selected;
        for (names, others) in self.attributes.iter_mut().zip(other.attributes) {
            for (key, name) in others {
                names.entry(key).or_default().merge(name);
            }
        }
        for (intrinsic, name) in other.intrinsics {
            self.intrinsics.entry(intrinsic).or_default().merge(name);
        }
    }

    fn finish(self) -> Vec<Tag> {
        let mut tags = Vec::new();
        for (scope, names) in TagScope::ALL.into_iter().filter_map(TagScope::of_attributes).zip(self.attributes) {
            let mut names: Vec<(String, Name)> = names.into_iter().collect();
            names.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            tags.extend(names.into_iter().filter_map(|(key, name)| name.finish(Field::attribute(scope, key))));
        }
        let mut intrinsics: Vec<(Intrinsic, Name)> = self.intrinsics.into_iter().collect();
        intrinsics.sort_unstable_by_key(|(intrinsic, _)| *intrinsic);
        tags.extend(intrinsics.into_iter().filter_map(|(intrinsic, name)| name.finish(Field::intrinsic(intrinsic))));
        tags
    }
}
