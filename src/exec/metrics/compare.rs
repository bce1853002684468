//! `compare`: counts the values of all attributes, in the spans of a selection and in the others.
//!
//! Spans are gone through twice: first to find the values with the most spans, then to count these in their slots. So what
//! is kept grows with the number of different values, not with values times slots.

use std::cmp::Reverse;

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::{
    exec::{answer::Answers, bitmap::Bitmap, filter::select},
    model::{
        operand::Operand,
        result::Datum,
        series::{Label, Series, label},
    },
    plan::{Compare, Measure},
};

use super::{
    attribute::Attribute,
    key::Key,
    measure::Measured,
    number::Numbering,
    table::{Slots, Table},
};

/// How many spans have a value: of the baseline, of the selection.
type Counts = [u64; 2];

/// The sides of a comparison, with what series of a value and of all values are marked with.
const SIDES: [(&str, &str); 2] = [(label::BASELINE, label::BASELINE_TOTAL), (label::SELECTION, label::SELECTION_TOTAL)];

/// Stands for a value that no series counts.
const NO_SERIES: u32 = u32::MAX;

/// A table whose spans are told apart.
struct Sided<'t, 'a> {
    table: &'t Table<'a>,
    /// For each measured span its place in [`Counts`].
    sides: Vec<u8>,
    /// How often more than once the values of an attribute count, for each measured span.
    again: Vec<(Attribute<'a>, Vec<u32>)>,
}

/// Counts values, and gives `most` series at most.
pub(super) fn compare(measure: &Measure, tables: &[Table<'_>], slots: &Slots, most: usize) -> Measured {
    let Some(compare) = &measure.compare else { return Measured::default() };
    let sided: Vec<Sided<'_, '_>> = tables.par_iter().map(|table| Sided::new(measure, compare, table)).collect();
    let mut plan = Listed::default();
    let mut attributes = totals(&sided);
    attributes.par_sort_by_cached_key(|(attribute, _)| attribute.to_string());
    attributes.iter().for_each(|(attribute, values)| plan.list(*attribute, values, compare.top));
    let left_out = plan.labels.len().saturating_sub(most);
    let counted = count(&sided, &plan, slots.len());
    let series = plan.labels.into_iter().zip(counted).take(most).map(|(labels, counts)| Series {
        labels,
        samples: counts.into_iter().map(f64::from).collect(),
        exemplars: Vec::new(),
    });
    Measured { series: series.collect(), left_out }
}

impl<'t, 'a> Sided<'t, 'a> {
    fn new(measure: &'a Measure, compare: &Compare, table: &'t Table<'a>) -> Sided<'t, 'a> {
        let test = &measure.plan.filters[compare.selection.0 as usize];
        let mut among = Bitmap::empty(table.spans().len());
        table.each(|_, row| among.insert(row));
        let selection = select(&table.view, test, Some(&among));
        let starts = &table.spans().start;
        let in_range =
            |row: u32| compare.range.is_none_or(|(start, end)| (start + 1..=end).contains(&starts[row as usize]));
        let mut sides = Vec::with_capacity(table.len());
        table.each(|_, row| sides.push(u8::from(selection.contains(row) && in_range(row))));
        Sided { table, sides, again: again(measure, table) }
    }

    /// Calls `visit` with the place, the value's number, and how often it counts.
    fn each(&self, attribute: Attribute<'a>, numbering: &mut Numbering<'a>, mut visit: impl FnMut(usize, u32, u32)) {
        match self.again.iter().find(|(again, _)| *again == attribute) {
            None => attribute.each(self.table, numbering, |at, number| visit(at, number, 1)),
            Some((_, again)) => attribute.each(self.table, numbering, |at, number| visit(at, number, 1 + again[at])),
        }
    }
}

/// Finds what counts more than once: Tempo fetches the values that the query's filters test, and then all values, these
/// among them. The values of a resource are fetched anew with each of its spans in a trace and pile up.
fn again<'a>(measure: &'a Measure, table: &Table<'a>) -> Vec<(Attribute<'a>, Vec<u32>)> {
    let answers = Answers { plan: &measure.plan, view: &table.view };
    let fields = measure.plan.shown.iter().filter_map(|shown| {
        let attribute = Attribute::of(&measure.plan.fields[shown.field.0 as usize])?;
        let mut again = Vec::with_capacity(table.len());
        table.each(|_, row| again.push(u32::from(answers.value(shown, row).is_some())));
        if attribute.is_of_resource() {
            pile_up(table, &mut again);
        }
        Some((attribute, again))
    });
    fields.collect()
}

/// Makes of ones how many there were so far in the trace with the same service.
fn pile_up(table: &Table<'_>, again: &mut [u32]) {
    let spans = table.spans();
    let mut fetched = Vec::new();
    table.each(|at, row| {
        if again[at] > 0 {
            let service = spans.resources.service[spans.resource[row as usize] as usize];
            fetched.push((table.view.trace_id(row), service, spans.start[row as usize], spans.id[row as usize], at));
        }
    });
    fetched.sort_unstable();
    for resource in fetched.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        for (rank, (.., at)) in (1..).zip(resource) {
            again[*at] = rank;
        }
    }
}

/// Counts each value of each attribute, whatever its slot.
fn totals<'a>(sided: &[Sided<'_, 'a>]) -> Vec<(Attribute<'a>, HashMap<Key<'a>, Counts>)> {
    let of_tables: Vec<Vec<(Attribute<'a>, Vec<(Operand<'a>, Counts)>)>> = sided.par_iter().map(totals_of).collect();
    let mut by_attribute: HashMap<Attribute<'a>, Vec<Vec<(Operand<'a>, Counts)>>> = HashMap::new();
    for (attribute, counts) in of_tables.into_iter().flatten() {
        by_attribute.entry(attribute).or_default().push(counts);
    }
    let by_attribute: Vec<_> = by_attribute.into_iter().collect();
    let merged = by_attribute.into_par_iter().map(|(attribute, of_tables)| {
        let mut values: HashMap<Key<'a>, Counts> = HashMap::new();
        for (value, counts) in of_tables.into_iter().flatten() {
            let all = values.entry(Key(value)).or_default();
            all.iter_mut().zip(counts).for_each(|(all, count)| *all += count);
        }
        (attribute, values)
    });
    merged.collect()
}

fn totals_of<'a>(sided: &Sided<'_, 'a>) -> Vec<(Attribute<'a>, Vec<(Operand<'a>, Counts)>)> {
    let mut numbering = Numbering::new(sided.table.spans());
    let attributes = Attribute::all(sided.table).into_iter().map(|attribute| {
        let mut counts: Vec<Counts> = Vec::new();
        sided.each(attribute, &mut numbering, |at, number, times| {
            let number = number as usize;
            if number >= counts.len() {
                counts.resize(number + 1, Counts::default());
            }
            counts[number][usize::from(sided.sides[at])] += u64::from(times);
        });
        let values = numbering.values.iter().copied().zip(counts);
        (attribute, values.filter(|(_, counts)| *counts != Counts::default()).collect())
    });
    attributes.collect()
}

/// The series of the answer, and which values they count.
#[derive(Default)]
struct Listed<'a> {
    labels: Vec<Vec<Label>>,
    attributes: HashMap<Attribute<'a>, OfAttribute<'a>>,
}

/// The series that count the values of an attribute, for each side.
struct OfAttribute<'a> {
    values: HashMap<Key<'a>, [u32; 2]>,
    totals: [u32; 2],
}

impl<'a> Listed<'a> {
    /// Lists the series of an attribute: for each side the `top` values that most spans have, and all together.
    fn list(&mut self, attribute: Attribute<'a>, values: &HashMap<Key<'a>, Counts>, top: usize) {
        let name = attribute.to_string();
        let mut listed = OfAttribute { values: HashMap::new(), totals: [NO_SERIES; 2] };
        let mut too_many = false;
        for (side, (of_value, of_all)) in SIDES.into_iter().enumerate() {
            let mut found: Vec<(Key<'a>, u64)> =
                values.iter().map(|(key, counts)| (*key, counts[side])).filter(|(_, count)| *count > 0).collect();
            if found.is_empty() {
                continue;
            }
            // Ties in order of the values, so that an answer does not depend on chance.
            let rank = |a: &(Key<'_>, u64), b: &(Key<'_>, u64)| {
                Reverse(a.1).cmp(&Reverse(b.1)).then_with(|| a.0.0.total_cmp(b.0.0))
            };
            if found.len() > top {
                too_many = true;
                found.select_nth_unstable_by(top, rank);
                found.truncate(top);
            }
            found.sort_unstable_by(rank);
            for (key, _) in found {
                let series = self.add(label::META_TYPE, of_value, &name, key.0.to_datum());
                listed.values.entry(key).or_insert([NO_SERIES; 2])[side] = series;
            }
            listed.totals[side] = self.add(label::META_TYPE, of_all, &name, Datum::Nil);
        }
        if too_many {
            self.add(label::META_ERROR, label::TOO_MANY_VALUES, &name, Datum::Nil);
        }
        self.attributes.insert(attribute, listed);
    }

    fn add(&mut self, meta: &str, what: &str, name: &str, value: Datum) -> u32 {
        self.labels.push(vec![Label::text(meta, what), Label::new(name, value)]);
        self.labels.len() as u32 - 1
    }
}

/// Counts spans for each series and slot.
fn count(sided: &[Sided<'_, '_>], listed: &Listed<'_>, slots: usize) -> Vec<Vec<u32>> {
    let none = || vec![vec![0_u32; slots]; listed.labels.len()];
    let part = sided.len().div_ceil(rayon::current_num_threads()).max(1);
    let parts = sided.par_chunks(part).map(|sided| {
        let mut counts = none();
        sided.iter().for_each(|sided| count_of(&mut counts, sided, listed));
        counts
    });
    parts.reduce(none, |mut all, others| {
        for (all, others) in all.iter_mut().zip(others) {
            all.iter_mut().zip(others).for_each(|(all, count)| *all += count);
        }
        all
    })
}

fn count_of<'a>(counts: &mut [Vec<u32>], sided: &Sided<'_, 'a>, listed: &Listed<'a>) {
    let mut numbering = Numbering::new(sided.table.spans());
    for attribute in Attribute::all(sided.table) {
        let Some(of_attribute) = listed.attributes.get(&attribute) else { continue };
        // By number: the series of each side, looked up when the number first comes.
        let mut series: Vec<Option<[u32; 2]>> = Vec::new();
        let mut found: Vec<(usize, u32, u32)> = Vec::with_capacity(sided.table.len());
        sided.each(attribute, &mut numbering, |at, number, times| found.push((at, number, times)));
        series.resize(numbering.values.len(), None);
        for (at, number, times) in found {
            let (side, slot) = (usize::from(sided.sides[at]), sided.table.slots[at] as usize);
            let of_value = series[number as usize].get_or_insert_with(|| {
                let key = Key(numbering.values[number as usize]);
                of_attribute.values.get(&key).copied().unwrap_or([NO_SERIES; 2])
            });
            for series in [of_value[side], of_attribute.totals[side]] {
                if series != NO_SERIES {
                    counts[series as usize][slot] += times;
                }
            }
        }
    }
}
