//! Runs a first stage over the measured spans of all tables.

use std::cmp::Reverse;

use rayon::prelude::*;
use traceql_grammar::vocab::functions::MetricsFn;

use crate::{
    exec::{
        intrinsic::{Storage, nanoseconds},
        view::{At, Source},
    },
    model::{operand::Operand, series::Series},
    plan::{FieldId, Measure},
};

use super::{
    accumulator::{Accumulator, Finished},
    buckets::{Histogram, Quantiles},
    compare::compare,
    count::Count,
    exemplar,
    extreme::{Max, Min},
    group::{Groups, LEFT_OUT, OfTable, group, labels},
    quantile::Values,
    sum::{Mean, Sum},
    table::{Slots, Table},
};

/// How much of an answer is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// How many series; `None` if what comes behind the first stage must see them all, as far as the memory goes.
    pub(super) series: Option<usize>,
    pub(super) exemplars: usize,
}

/// The series of a first stage.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) series: Vec<Series>,
    /// The number of groups that are measured, where others are not.
    pub(super) cut_to: Option<usize>,
    /// How many spans were measured.
    pub(super) matched: u64,
}

/// The bytes that the cells and samples of a first stage may take together.
pub(super) const MEMORY: usize = 1 << 30;

/// The bytes that cells may take in each thread; if there are more, the threads share them.
const MEMORY_OF_A_THREAD: usize = 1 << 26;

/// Measures the spans of all tables.
pub(super) fn measure(measure: &Measure, tables: &[Table<'_>], slots: &Slots, limits: Limits) -> Measured {
    let measured = match measure.function {
        MetricsFn::Rate | MetricsFn::CountOverTime => run::<Count>(measure, tables, slots, limits),
        MetricsFn::MinOverTime => run::<Min>(measure, tables, slots, limits),
        MetricsFn::MaxOverTime => run::<Max>(measure, tables, slots, limits),
        MetricsFn::AvgOverTime => run::<Mean>(measure, tables, slots, limits),
        MetricsFn::SumOverTime => run::<Sum>(measure, tables, slots, limits),
        MetricsFn::QuantileOverTime if measure.keeps_values => run::<Values>(measure, tables, slots, limits),
        MetricsFn::QuantileOverTime => run::<Quantiles>(measure, tables, slots, limits),
        MetricsFn::HistogramOverTime => run::<Histogram>(measure, tables, slots, limits),
        MetricsFn::Compare => compare(measure, tables, slots, limits),
    };
    Measured { matched: tables.iter().map(|table| table.len() as u64).sum(), ..measured }
}

fn run<A: Accumulator>(measure: &Measure, tables: &[Table<'_>], slots: &Slots, limits: Limits) -> Measured {
    let series_of_a_group = measure.quantiles.len().max(1);
    let of_a_group = slots.len() * (size_of::<A>() + series_of_a_group * size_of::<f64>());
    let mut most = (MEMORY / of_a_group.max(1)).max(1);
    if let Some(series) = limits.series {
        most = most.min((series / series_of_a_group).max(1));
    }
    let mut groups = group(tables, &measure.by);
    if groups.keys.len() > most {
        let counts = counts::<A>(measure, tables, &groups);
        groups.keep(most, &counts);
    }
    let cells = accumulate::<A>(measure, tables, &groups, slots.len());
    let mut finished: Vec<(usize, Vec<Finished>)> = cells
        .par_chunks(slots.len())
        .map(|cells| A::finish(cells, measure, slots.seconds()))
        .enumerate()
        .filter(|(_, series)| !series.is_empty())
        .collect();
    drop(cells);
    let mut cut_to = groups.is_cut.then_some(groups.keys.len());
    // Buckets are known only now.
    let all: usize = finished.iter().map(|(_, series)| series.len()).sum();
    if let Some(limit) = limits.series.filter(|limit| all > *limit) {
        let counts = counts::<A>(measure, tables, &groups);
        finished.sort_by(|(a, _), (b, _)| {
            Reverse(counts[*a]).cmp(&Reverse(counts[*b])).then_with(|| groups.by_values(*a, *b))
        });
        let mut left = limit;
        for (_, series) in &mut finished {
            series.truncate(left);
            left -= series.len();
        }
        cut_to = Some(limit);
    }
    let mut examples = exemplar::find::<A>(measure, tables, &groups.of_tables, slots.len(), limits.exemplars);
    let mut series = Vec::new();
    for (group, of_group) in finished {
        let examples = examples.remove(&(group as u32)).unwrap_or_default();
        let examples = exemplar::assign(measure, tables, &of_group, examples, slots);
        for (one, exemplars) in of_group.into_iter().zip(examples) {
            let labels = labels(measure, &groups.keys[group], one.label);
            series.push(Series { labels, samples: one.samples, exemplars });
        }
    }
    Measured { series, cut_to, ..Measured::default() }
}

/// Counts for each group the spans that the function does not leave out.
fn counts<A: Accumulator>(measure: &Measure, tables: &[Table<'_>], groups: &Groups<'_>) -> Vec<u64> {
    let mut counts = vec![0; groups.keys.len()];
    for (table, of_table) in tables.iter().zip(&groups.of_tables) {
        each_value(table, measure.value, |at, value| {
            let group = of_table.group(at);
            if group != LEFT_OUT && A::value(value).is_some() {
                counts[group as usize] += 1;
            }
        });
    }
    counts
}

/// Fills a cell for each slot of each group, the slots of a group side by side.
fn accumulate<A: Accumulator>(measure: &Measure, tables: &[Table<'_>], groups: &Groups<'_>, slots: usize) -> Vec<A> {
    let cells = groups.keys.len() * slots;
    let parts = if cells * size_of::<A>() > MEMORY_OF_A_THREAD { 1 } else { rayon::current_num_threads() };
    let pairs: Vec<(&Table<'_>, &OfTable)> = tables.iter().zip(&groups.of_tables).collect();
    let mut filled: Vec<Vec<A>> = pairs
        .par_chunks(pairs.len().div_ceil(parts).max(1))
        .map(|pairs| {
            let mut cells = vec![A::default(); cells];
            for (table, groups) in pairs {
                observe(&mut cells, measure, table, groups, slots);
            }
            cells
        })
        .collect();
    let Some(mut all) = filled.pop() else { return vec![A::default(); cells] };
    for others in filled {
        all.par_iter_mut().zip(&others).with_min_len(1 << 14).for_each(|(cell, other)| cell.merge(other));
    }
    all
}

fn observe<A: Accumulator>(cells: &mut [A], measure: &Measure, table: &Table<'_>, groups: &OfTable, slots: usize) {
    each_value(table, measure.value, |at, value| {
        let group = groups.group(at);
        if group != LEFT_OUT
            && let Some(value) = A::value(value)
        {
            cells[group as usize * slots + table.slots[at] as usize].observe(value);
        }
    });
}

/// Calls `visit` with the place and value of each measured span that has one, or of each if nothing is measured of it.
#[inline]
fn each_value<'a>(table: &Table<'a>, field: Option<FieldId>, mut visit: impl FnMut(usize, Operand<'a>)) {
    let Some(field) = field else { return (0..table.len()).for_each(|at| visit(at, Operand::Absent)) };
    let spans = table.spans();
    let bound = table.view.bound(field);
    match &bound.source {
        Source::Intrinsic(intrinsic)
            if !bound.of_parent && matches!(table.view.storage(*intrinsic), Storage::Durations) =>
        {
            table.each(|at, row| visit(at, Operand::Duration(nanoseconds(spans.duration[row as usize]))));
        }
        Source::Span(Some(column)) if !bound.of_parent => table.each_of(&column.rows, |at, there| {
            visit(at, Operand::from_cell(column.cells[there], spans));
        }),
        _ => table.each(|at, row| match table.view.value_or_namesake(field, At::row(row)) {
            value if value.is_absent() => {}
            value => visit(at, value),
        }),
    }
}
