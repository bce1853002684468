//! Counts the values of one field in one table of spans.

use traceql_grammar::{
    value::{Kind, Status},
    vocab::intrinsics::Intrinsic,
};

use crate::{
    exec::{
        intrinsic::Storage,
        metrics::number::Numbering,
        view::{At, Bound, Resource, Source, View},
    },
    model::{
        attributes::{Array, AttributeColumn, Cell},
        batch::Spans,
        dictionary::StrId,
        operand::Operand,
    },
};

/// Counts by the values' numbers. Each span counts with its weight, once for each of its values.
pub(super) struct Tally<'a> {
    spans: &'a Spans,
    numbering: Numbering<'a>,
    counts: Vec<u64>,
    /// For each value the span for which it was counted last.
    counted: Vec<u64>,
    /// The number of the current span, among all that were counted.
    span: u64,
    /// How often it counts.
    weight: u64,
}

impl<'a> Tally<'a> {
    pub(super) fn new(spans: &'a Spans) -> Tally<'a> {
        let numbering = Numbering::new(spans);
        Tally { spans, numbering, counts: Vec::new(), counted: Vec::new(), span: 0, weight: 0 }
    }

    /// Forgets what was counted.
    pub(super) fn restart(&mut self) {
        self.numbering.restart(self.spans);
        self.counts.clear();
        self.counted.clear();
    }

    /// Returns the values with their counts. A value may come twice.
    pub(super) fn values(&self) -> impl Iterator<Item = (Operand<'a>, u64)> {
        self.numbering.values.iter().copied().zip(self.counts.iter().copied()).filter(|(_, spans)| *spans > 0)
    }

    /// Counts the values of a field; returns how many spans have one.
    pub(super) fn field(&mut self, view: &View<'a>, bound: &Bound<'a>, weights: &[u64]) -> u64 {
        if !bound.of_parent {
            return self.source(view, &bound.source, weights);
        }
        // A parent counts as often as it has children that count.
        let mut of_parents = vec![0; weights.len()];
        for (row, weight) in (0..).zip(weights).filter(|(_, weight)| **weight > 0) {
            if let Some(parent) = view.parent(row) {
                of_parents[parent as usize] += weight;
            }
        }
        self.source(view, &bound.source, &of_parents)
    }

    /// Counts what lies in one place; returns how many spans have a value there.
    pub(super) fn source(&mut self, view: &View<'a>, source: &Source<'a>, weights: &[u64]) -> u64 {
        let spans = self.spans;
        match source {
            Source::Intrinsic(intrinsic) => self.intrinsic(view, *intrinsic, weights),
            Source::Parent => self.rows(weights, |tally, row| match view.parent(row) {
                Some(_) => Some(tally.numbering.value(Operand::Bool(true))),
                None => None,
            }),
            Source::Span(column) => self.column(*column, weights),
            Source::Resource(resource) => {
                let weights = sums(weights, &spans.resource, spans.resources.service.len());
                self.resources(*resource, &weights)
            }
            Source::Any(column, resource) => {
                let own = self.column(*column, weights);
                let mut others = weights.to_vec();
                present(*column).for_each(|(row, _)| others[row as usize] = 0);
                let others = sums(&others, &spans.resource, spans.resources.service.len());
                own + self.resources(*resource, &others)
            }
            Source::Scope(column) => self.column(*column, &sums(weights, &spans.scope, spans.scopes.name.len())),
            Source::Event(column) => self.children(*column, &spans.events.span, weights),
            Source::Link(column) => self.children(*column, &spans.links.span, weights),
        }
    }

    fn intrinsic(&mut self, view: &View<'a>, intrinsic: Intrinsic, weights: &[u64]) -> u64 {
        let spans = self.spans;
        match view.storage(intrinsic) {
            Storage::Texts(texts) => self.texts(texts, weights),
            Storage::LibraryTexts(texts) => self.texts(texts, &sums(weights, &spans.scope, texts.len())),
            Storage::Statuses => {
                let words = spans.status.iter().map(|status| *status as usize);
                self.words(words, weights, Status::ALL.map(Operand::Status))
            }
            Storage::Kinds => {
                let words = spans.kind.iter().map(|kind| *kind as usize);
                self.words(words, weights, Kind::ALL.map(Operand::Kind))
            }
            Storage::EventTexts(names) => {
                let names = (0..).zip(names);
                self.each_child(names, &spans.events.span, weights, |tally, _, name| tally.cell(Cell::Str(*name)))
            }
            Storage::Events => self.child_values(view, intrinsic, &spans.events.span, weights),
            Storage::Links => self.child_values(view, intrinsic, &spans.links.span, weights),
            Storage::Durations | Storage::Traces | Storage::Spans => {
                self.rows(weights, |tally, row| match view.intrinsic(intrinsic, At::row(row)) {
                    value if value.is_absent() => None,
                    value => Some(tally.numbering.value(value)),
                })
            }
        }
    }

    /// Counts an intrinsic of events or links that is computed.
    fn child_values(&mut self, view: &View<'a>, intrinsic: Intrinsic, owners: &[u32], weights: &[u64]) -> u64 {
        self.each_child((0..).zip(owners), owners, weights, |tally, at, _| {
            let number = tally.numbering.value(view.intrinsic(intrinsic, at));
            tally.add(number);
        })
    }

    /// Counts one value of each span.
    fn rows(&mut self, weights: &[u64], mut number: impl FnMut(&mut Tally<'a>, u32) -> Option<u32>) -> u64 {
        let mut with_value = 0;
        for (row, weight) in (0..).zip(weights).filter(|(_, weight)| **weight > 0) {
            if let Some(number) = number(self, row) {
                self.begin(*weight);
                self.add(number);
                with_value += weight;
            }
        }
        with_value
    }

    /// Counts a text of each row of a table whose rows have these weights.
    fn texts(&mut self, texts: &[StrId], weights: &[u64]) -> u64 {
        self.rows(weights, |tally, row| Some(tally.numbering.text(texts[row as usize])))
    }

    /// Counts words, each known by its place among all words.
    fn words<const N: usize>(
        &mut self,
        column: impl Iterator<Item = usize>,
        weights: &[u64],
        all: [Operand<'a>; N],
    ) -> u64 {
        let mut counts = [0; N];
        column.zip(weights).for_each(|(word, weight)| counts[word] += weight);
        for (word, count) in all.into_iter().zip(counts).filter(|(_, count)| *count > 0) {
            self.begin(count);
            let number = self.numbering.value(word);
            self.add(number);
        }
        counts.iter().sum()
    }

    /// Counts an attribute of a table whose rows have these weights.
    fn column(&mut self, column: Option<&AttributeColumn>, weights: &[u64]) -> u64 {
        let mut with_value = 0;
        for (row, cell) in present(column) {
            // A table may lack what nobody asked for.
            let weight = weights.get(row as usize).copied().unwrap_or(0);
            if weight > 0 {
                self.begin(weight);
                self.cell(cell);
                with_value += weight;
            }
        }
        with_value
    }

    fn resources(&mut self, resource: Resource<'_>, weights: &[u64]) -> u64 {
        match resource {
            Resource::Service => self.texts(&self.spans.resources.service, weights),
            Resource::Column(column) => self.column(column, weights),
        }
    }

    /// Counts an attribute of events or links.
    fn children(&mut self, column: Option<&AttributeColumn>, owners: &[u32], weights: &[u64]) -> u64 {
        self.each_child(present(column), owners, weights, |tally, _, cell| tally.cell(cell))
    }

    /// Counts what `add` adds for events or links: rows of a child table, rising, each with what is known of it.
    fn each_child<C>(
        &mut self,
        children: impl Iterator<Item = (u32, C)>,
        owners: &[u32],
        weights: &[u64],
        mut add: impl FnMut(&mut Tally<'a>, At, C),
    ) -> u64 {
        let mut with_value = 0;
        let mut last = None;
        for (child, what) in children {
            let owner = owners[child as usize];
            let weight = weights[owner as usize];
            if weight == 0 {
                continue;
            }
            // The children of a span stand together.
            if last != Some(owner) {
                last = Some(owner);
                self.begin(weight);
                with_value += weight;
            }
            add(self, At { row: owner, event: Some(child), link: Some(child) }, what);
        }
        with_value
    }

    /// Goes on to the next span.
    fn begin(&mut self, weight: u64) {
        self.span += 1;
        self.weight = weight;
    }

    /// Counts an attribute's value, each element of an array, for the current span.
    fn cell(&mut self, cell: Cell) {
        let Cell::Array(at) = cell else {
            let number = self.numbering.cell(cell);
            return self.add(number);
        };
        let spans = self.spans;
        match &spans.arrays[at as usize] {
            Array::Str(all) => all.iter().for_each(|id| self.cell(Cell::Str(*id))),
            Array::Int(all) => all.iter().for_each(|n| self.cell(Cell::Int(*n))),
            Array::Float(all) => all.iter().for_each(|x| self.cell(Cell::Float(*x))),
            Array::Bool(all) => all.iter().for_each(|b| self.cell(Cell::Bool(*b))),
        }
    }

    /// Counts a value for the current span, if it has not been counted for it.
    fn add(&mut self, number: u32) {
        let number = number as usize;
        if number >= self.counts.len() {
            self.counts.resize(number + 1, 0);
            self.counted.resize(number + 1, 0);
        }
        if self.counted[number] != self.span {
            self.counted[number] = self.span;
            self.counts[number] += self.weight;
        }
    }
}

/// Returns the rows that have an attribute, rising, with their values.
fn present(column: Option<&AttributeColumn>) -> impl Iterator<Item = (u32, Cell)> {
    let cells = column.into_iter().flat_map(|column| column.rows.iter().copied().zip(column.cells.iter().copied()));
    cells.filter(|(_, cell)| !cell.is_absent())
}

/// Returns how many spans that are listed by `events` or `links`, with their weights, have any.
pub(super) fn with_children(owners: &[u32], weights: &[u64]) -> u64 {
    owners.chunk_by(|a, b| a == b).filter_map(|group| weights.get(*group.first()? as usize)).sum()
}

/// Adds the weights of spans up to those of what they share, such as their resources.
fn sums(weights: &[u64], shared: &[u32], len: usize) -> Vec<u64> {
    let mut sums = vec![0; len];
    shared.iter().zip(weights).for_each(|(row, weight)| sums[*row as usize] += weight);
    sums
}
