//! Chooses spans as examples of what the samples count.
//!
//! Tempo spreads exemplars over the range, at most two in each part of it and one of each trace, and which it takes is
//! chance. Here the spans that start first are taken, so that the same question has the same answer.

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use crate::{
    exec::{answer::Answers, view::At},
    model::{
        dictionary::StrId,
        ids::{SpanId, TraceId},
        operand::Operand,
        result::Datum,
        series::{Exemplar, Label, label},
    },
    plan::Measure,
};

use super::{
    accumulator::{Accumulator, Finished},
    group::{LEFT_OUT, OfTable},
    table::{Slots, Table},
};

/// How many exemplars a part of the range has.
const OF_A_PART: usize = 2;

/// How many candidates are kept for a part: traces may have been taken for parts before.
const CANDIDATES: usize = 8;

/// A measured span that may become an exemplar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Example {
    start: u64,
    trace: TraceId,
    span: SpanId,
    pub(super) table: usize,
    /// The place among the measured spans of the table.
    pub(super) at: usize,
    row: u32,
    group: u32,
    slot: u32,
    /// What is measured of it, if anything is.
    value: Option<f64>,
}

impl Example {
    /// Returns the exemplar of a span that is only counted, without a value; `table` is the one that it lies in.
    pub(super) fn counted(&self, measure: &Measure, table: &Table<'_>, slots: &Slots) -> Exemplar {
        let labels = labels(measure, table, self.row);
        Exemplar { labels, value: f64::NAN, time: slots.time(self.slot as usize) }
    }

    /// The order in which spans are taken.
    fn rank(&self) -> (u64, TraceId, SpanId) {
        (self.start, self.trace, self.span)
    }
}

/// Finds at most `budget` exemplars, by group and in order of time.
pub(super) fn find<A: Accumulator>(
    measure: &Measure,
    tables: &[Table<'_>],
    groups: &[OfTable],
    slots: usize,
    budget: usize,
) -> HashMap<u32, Vec<Example>> {
    let mut found: HashMap<u32, Vec<Example>> = HashMap::new();
    let chosen = choose(tables, slots, budget, |table_at, table, at, row| {
        let group = groups[table_at].group(at);
        if group == LEFT_OUT {
            return None;
        }
        let value = measure.value.map(|field| table.view.value_or_namesake(field, At::row(row)));
        // What is left out is no example.
        if value.is_some_and(|value| A::value(value).is_none()) {
            return None;
        }
        Some((group, value.and_then(Operand::number).map(|value| value / measure.scale)))
    });
    for example in chosen {
        found.entry(example.group).or_default().push(example);
    }
    found
}

/// Chooses at most `budget` of the measured spans of which `describe` gives a group and what is measured, in order of time.
/// It is called with the number of a table, the table, and the place and row of a span.
pub(super) fn choose<'t>(
    tables: &[Table<'t>],
    slots: usize,
    budget: usize,
    describe: impl Fn(usize, &Table<'t>, usize, u32) -> Option<(u32, Option<f64>)> + Sync,
) -> Vec<Example> {
    if budget == 0 {
        return Vec::new();
    }
    let parts = (budget / OF_A_PART).clamp(1, slots);
    let part_of: Vec<usize> = (0..slots).map(|slot| slot * parts / slots).collect();
    let candidates = tables
        .par_iter()
        .enumerate()
        .map(|(table_at, table)| {
            candidates((table_at, table), &part_of, parts, |at, row| describe(table_at, table, at, row))
        })
        .reduce(
            || vec![Vec::new(); parts],
            |mut all, others| {
                for (all, others) in all.iter_mut().zip(others) {
                    others.into_iter().for_each(|example| offer(all, example));
                }
                all
            },
        );
    let (mut taken, mut chosen) = (HashSet::new(), Vec::new());
    for part in candidates {
        let fresh = part.into_iter().filter(|example| taken.insert(example.trace));
        chosen.extend(fresh.take(OF_A_PART.min(budget - chosen.len())));
    }
    chosen
}

fn candidates(
    (table_at, table): (usize, &Table<'_>),
    part_of: &[usize],
    parts: usize,
    describe: impl Fn(usize, u32) -> Option<(u32, Option<f64>)>,
) -> Vec<Vec<Example>> {
    let mut candidates: Vec<Vec<Example>> = vec![Vec::new(); parts];
    let spans = table.spans();
    table.each(|at, row| {
        let part = &mut candidates[part_of[table.slots[at] as usize]];
        let start = spans.start[row as usize];
        if part.len() == CANDIDATES && part.last().is_some_and(|last| last.start < start) {
            return;
        }
        let Some((group, value)) = describe(at, row) else { return };
        let example = Example {
            start,
            trace: table.view.trace_id(row),
            span: spans.id[row as usize],
            table: table_at,
            at,
            row,
            group,
            slot: table.slots[at],
            value,
        };
        offer(part, example);
    });
    candidates
}

/// Puts a span among the first ones, of each trace only the first.
fn offer(part: &mut Vec<Example>, example: Example) {
    if let Some(same) = part.iter().position(|other| other.trace == example.trace) {
        if part[same].rank() <= example.rank() {
            return;
        }
        part.remove(same);
    }
    let at = part.partition_point(|other| other.rank() < example.rank());
    part.insert(at, example);
    part.truncate(CANDIDATES);
}

/// Gives each series of a group its exemplars; those of spans that are only counted have no value yet.
pub(super) fn assign(
    measure: &Measure,
    tables: &[Table<'_>],
    series: &[Finished],
    examples: Vec<Example>,
    slots: &Slots,
) -> Vec<Vec<Exemplar>> {
    let mut assigned: Vec<Vec<Exemplar>> = series.iter().map(|_| Vec::new()).collect();
    for example in examples {
        let slot = example.slot as usize;
        let Some(at) = place(series, example.value, slot) else { continue };
        let is_counted = series[at].label.as_ref().is_some_and(|label| label.name == label::BUCKET);
        let value = example.value.filter(|_| !is_counted).unwrap_or(f64::NAN);
        assigned[at].push(Exemplar { value, ..example.counted(measure, &tables[example.table], slots) });
    }
    assigned
}

/// Finds the series that an example belongs to: of a histogram the one with its bucket, of quantiles the first that
/// reaches its value.
fn place(series: &[Finished], value: Option<f64>, slot: usize) -> Option<usize> {
    let Some(value) = value else { return Some(0) };
    let bound = |of: &Finished| match &of.label {
        Some(Label { name, value: Datum::Float(bound) }) if name == label::BUCKET => Some(*bound),
        _ => None,
    };
    match series.first().and_then(bound) {
        // Buckets rise.
        Some(_) => series.iter().position(|of| bound(of).is_some_and(|bound| value <= bound)),
        None => {
            let reaching = series.iter().enumerate().filter(|(_, of)| of.samples[slot] >= value);
            let least = reaching.min_by(|(_, a), (_, b)| a.samples[slot].total_cmp(&b.samples[slot]));
            let most =
                || series.iter().enumerate().max_by(|(_, a), (_, b)| a.samples[slot].total_cmp(&b.samples[slot]));
            least.or_else(most).map(|(at, _)| at)
        }
    }
}

/// Tells what the query reads of a span.
fn labels(measure: &Measure, table: &Table<'_>, row: u32) -> Vec<Label> {
    let view = &table.view;
    let plan = &measure.plan;
    let mut labels = vec![Label::new("trace:id", Operand::TraceId(view.trace_id(row)).to_datum())];
    let shown = Answers { plan, view }.shown(row);
    // The column is there only if the query reads it.
    let name = shown.name.then(|| table.spans().name[row as usize]);
    if let Some(name) = name.filter(|name| *name != StrId::EMPTY) {
        labels.push(Label::text("name", table.spans().dictionary.get(name)));
    }
    labels.extend(shown.fields.into_iter().map(|(field, value)| Label::new(field.to_string(), value)));
    for field in measure.by.iter().chain(&measure.value) {
        let name = plan.fields[field.0 as usize].to_string();
        let value = view.value_or_namesake(*field, At::row(row));
        if !value.is_absent() && labels.iter().all(|label| label.name != name) {
            labels.push(Label::new(name, value.to_datum()));
        }
    }
    labels
}
