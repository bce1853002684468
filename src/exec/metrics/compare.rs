//! `compare`: counts the values of all attributes, in the spans of a selection and in the others.
//!
//! One attribute after the other: first its values are counted over the whole range, then those with the most spans in
//! their slots. So what is kept never grows with all values times all slots.

use std::cmp::Reverse;

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::{
    exec::{answer::Answers, bitmap::Bitmap, filter::select},
    model::{
        attributes::AttributeColumn,
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
    order::sort,
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
    columns: HashMap<Attribute<'a>, &'a AttributeColumn>,
    /// For each measured span its cell: the slots of the baseline come first, then those of the selection.
    cells: Vec<u32>,
    /// How many measured spans each cell has.
    all: Vec<u32>,
    /// How often more than once the values of an attribute count, for each measured span.
    again: Vec<(Attribute<'a>, Vec<u32>)>,
}

/// Counts values, and gives `most` series at most.
pub(super) fn compare(measure: &Measure, tables: &[Table<'_>], slots: &Slots, most: usize) -> Measured {
    let Some(compare) = &measure.compare else { return Measured::default() };
    let sided: Vec<Sided<'_, '_>> =
        tables.par_iter().map(|table| Sided::new(measure, compare, table, slots.len())).collect();
    let columns = sided.iter().flat_map(|sided| sided.columns.keys().copied());
    let mut attributes: Vec<Attribute<'_>> = columns.chain(Attribute::always()).collect();
    attributes.sort_unstable();
    attributes.dedup();
    // Each thread keeps numberings of its own for all tables.
    let threads = rayon::current_num_threads();
    let counted = (0..threads).into_par_iter().flat_map_iter(|thread| {
        let mut numberings: Vec<Numbering<'_>> =
            sided.iter().map(|sided| Numbering::new(sided.table.spans())).collect();
        let of_thread: Vec<Series> = attributes
            .iter()
            .skip(thread)
            .step_by(threads)
            .flat_map(|attribute| count(*attribute, &sided, &mut numberings, slots.len(), compare.top))
            .collect();
        of_thread
    });
    let mut series = sort(counted.collect());
    let left_out = series.len().saturating_sub(most);
    series.truncate(most);
    Measured { series, left_out }
}

impl<'t, 'a> Sided<'t, 'a> {
    fn new(measure: &'a Measure, compare: &Compare, table: &'t Table<'a>, slots: usize) -> Sided<'t, 'a> {
        let test = &measure.plan.filters[compare.selection.0 as usize];
        let mut among = Bitmap::empty(table.spans().len());
        table.each(|_, row| among.insert(row));
        let selection = select(&table.view, test, Some(&among));
        let starts = &table.spans().start;
        let in_range =
            |row: u32| compare.range.is_none_or(|(start, end)| (start + 1..=end).contains(&starts[row as usize]));
        let mut cells = Vec::with_capacity(table.len());
        let mut all = vec![0; 2 * slots];
        table.each(|at, row| {
            let is_selected = selection.contains(row) && in_range(row);
            let cell = table.slots[at] as usize + if is_selected { slots } else { 0 };
            all[cell] += 1;
            cells.push(cell as u32);
        });
        let columns = Attribute::columns(table).collect();
        Sided { table, columns, cells, all, again: again(measure, table) }
    }

    /// Lists for each span with a value of the attribute its cell and the number of the value, as often as it counts.
    fn places(&self, attribute: Attribute<'a>, numbering: &mut Numbering<'a>) -> Vec<(u32, u32)> {
        numbering.clear();
        let column = self.columns.get(&attribute).copied();
        if column.is_none() && !attribute.is_always_counted() {
            return Vec::new();
        }
        let mut places = Vec::with_capacity(column.map_or(0, |column| column.rows.len()));
        match self.again.iter().find(|(again, _)| *again == attribute) {
            None => attribute.each(self.table, column, numbering, |at, number| places.push((self.cells[at], number))),
            Some((_, again)) => attribute.each(self.table, column, numbering, |at, number| {
                places.extend(std::iter::repeat_n((self.cells[at], number), 1 + again[at] as usize));
            }),
        }
        places
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

/// Counts the values of an attribute: gives for each side the series of the `top` values that most spans have, and the
/// one of all values together.
fn count<'a>(
    attribute: Attribute<'a>,
    sided: &[Sided<'_, 'a>],
    numberings: &mut [Numbering<'a>],
    slots: usize,
    top: usize,
) -> Vec<Series> {
    let mut numbers: HashMap<Key<'a>, u32> = HashMap::new();
    let mut values: Vec<Operand<'a>> = Vec::new();
    let mut counts: Vec<Counts> = Vec::new();
    let mut found: Vec<Vec<(u32, u32)>> = Vec::with_capacity(sided.len());
    for (sided, numbering) in sided.iter().zip(&mut *numberings) {
        let mut places = sided.places(attribute, numbering);
        let known = numbering.values.iter().map(|value| {
            *numbers.entry(Key(*value)).or_insert_with(|| {
                values.push(*value);
                values.len() as u32 - 1
            })
        });
        let known: Vec<u32> = known.collect();
        counts.resize(values.len(), Counts::default());
        for (cell, number) in &mut places {
            *number = known[*number as usize];
            counts[*number as usize][usize::from(*cell as usize >= slots)] += 1;
        }
        found.push(places);
    }

    let mut listed = Listed::new(attribute, slots, values.len());
    for (side, (of_value, of_all)) in SIDES.into_iter().enumerate() {
        let mut ranked: Vec<u32> = (0..values.len() as u32).filter(|value| counts[*value as usize][side] > 0).collect();
        if ranked.is_empty() {
            continue;
        }
        // Ties in order of the values, so that an answer does not depend on chance.
        let rank = |a: &u32, b: &u32| {
            let count = |value: u32| Reverse(counts[value as usize][side]);
            count(*a).cmp(&count(*b)).then_with(|| values[*a as usize].total_cmp(values[*b as usize]))
        };
        if ranked.len() > top {
            listed.has_too_many = true;
            ranked.select_nth_unstable_by(top, rank);
            ranked.truncate(top);
        }
        for value in ranked {
            listed.of_values[value as usize][side] =
                listed.add(label::META_TYPE, of_value, values[value as usize].to_datum());
        }
        listed.of_all[side] = listed.add(label::META_TYPE, of_all, Datum::Nil);
    }
    if listed.has_too_many {
        listed.add(label::META_ERROR, label::TOO_MANY_VALUES, Datum::Nil);
    }

    for (sided, places) in sided.iter().zip(found) {
        // Where every span has one value, how many there are is known.
        let is_dense = places.len() == sided.cells.len();
        if is_dense {
            for (cell, count) in sided.all.iter().enumerate() {
                listed.count_any(cell, *count);
            }
        }
        for (cell, value) in places {
            listed.count(cell as usize, value);
            if !is_dense {
                listed.count_any(cell as usize, 1);
            }
        }
    }
    listed.series()
}

/// The series of an attribute, and which values they count.
struct Listed {
    name: String,
    slots: usize,
    labels: Vec<Vec<Label>>,
    /// A count for each slot of each series.
    counts: Vec<u32>,
    /// For each value the series of each side.
    of_values: Vec<[u32; 2]>,
    /// The series of all values of each side.
    of_all: [u32; 2],
    has_too_many: bool,
}

impl Listed {
    fn new(attribute: Attribute<'_>, slots: usize, values: usize) -> Listed {
        Listed {
            name: attribute.to_string(),
            slots,
            labels: Vec::new(),
            counts: Vec::new(),
            of_values: vec![[NO_SERIES; 2]; values],
            of_all: [NO_SERIES; 2],
            has_too_many: false,
        }
    }

    /// Adds a series of zeros.
    fn add(&mut self, meta: &str, what: &str, value: Datum) -> u32 {
        self.labels.push(vec![Label::text(meta, what), Label::new(self.name.clone(), value)]);
        self.counts.resize(self.labels.len() * self.slots, 0);
        self.labels.len() as u32 - 1
    }

    /// Counts a span with a value.
    #[inline]
    fn count(&mut self, cell: usize, value: u32) {
        let (side, slot) = self.side_and_slot(cell);
        let series = self.of_values[value as usize][side];
        if series != NO_SERIES {
            self.counts[series as usize * self.slots + slot] += 1;
        }
    }

    /// Counts spans whatever their values are.
    #[inline]
    fn count_any(&mut self, cell: usize, count: u32) {
        let (side, slot) = self.side_and_slot(cell);
        if self.of_all[side] != NO_SERIES {
            self.counts[self.of_all[side] as usize * self.slots + slot] += count;
        }
    }

    fn side_and_slot(&self, cell: usize) -> (usize, usize) {
        if cell >= self.slots { (1, cell - self.slots) } else { (0, cell) }
    }

    fn series(self) -> Vec<Series> {
        let samples = self.counts.chunks(self.slots).map(|counts| counts.iter().copied().map(f64::from).collect());
        let labelled = self.labels.into_iter().zip(samples);
        labelled.map(|(labels, samples)| Series { labels, samples, exemplars: Vec::new() }).collect()
    }
}
