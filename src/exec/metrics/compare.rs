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
        quirks::{Fetch, piled_up},
        result::Datum,
        series::{Exemplar, Label, Series, label},
    },
    plan::{Compare, Measure},
};

use super::{
    attribute::Attribute,
    exemplar::{self, Example},
    key::Key,
    measure::{Limits, MEMORY, Measured},
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
    columns: HashMap<Attribute<'a>, &'a AttributeColumn>,
    /// For each measured span its cell: the slots of the baseline come first, then those of the selection.
    cells: Vec<u32>,
    /// How many measured spans each cell has.
    all: Vec<u32>,
    /// How often more than once the values of an attribute count, for each measured span.
    again: Vec<(Attribute<'a>, Vec<u32>)>,
    /// The spans that are examples, in order of their places.
    examples: Vec<&'t Example>,
}

/// So many attributes are counted before it is looked whether there are too many series.
const AT_ONCE: usize = 256;

/// Counts values. Where there are too many series, those of the attributes that most spans have are kept.
pub(super) fn compare(measure: &Measure, tables: &[Table<'_>], slots: &Slots, limits: Limits) -> Measured {
    let Some(compare) = &measure.compare else { return Measured::default() };
    let examples = exemplar::choose(tables, slots.len(), limits.exemplars, |_, _, _, _| Some((0, None)));
    let sided: Vec<Sided<'_, '_>> = tables
        .par_iter()
        .enumerate()
        .map(|(at, table)| {
            let mut examples: Vec<&Example> = examples.iter().filter(|example| example.table == at).collect();
            examples.sort_unstable_by_key(|example| example.at);
            Sided::new(measure, compare, table, slots.len(), examples)
        })
        .collect();
    let context = Context { measure, slots, top: compare.top };
    let most = (MEMORY / (slots.len() * size_of::<f64>())).max(1).min(limits.series.unwrap_or(usize::MAX));
    let mut series: Vec<Series> = Vec::new();
    for attributes in attributes(&sided).chunks(AT_ONCE) {
        let counted: Vec<Vec<Series>> = attributes
            .par_iter()
            .map_init(|| None, |numbering, attribute| count(*attribute, &sided, numbering, &context))
            .collect();
        for mut of_attribute in counted {
            if series.len() + of_attribute.len() > most {
                of_attribute.truncate(if series.is_empty() { most } else { 0 });
                series.append(&mut of_attribute);
                return Measured { cut_to: Some(series.len()), series, ..Measured::default() };
            }
            series.append(&mut of_attribute);
        }
    }
    Measured { series, ..Measured::default() }
}

/// Lists what is counted, attributes that most spans have first.
fn attributes<'a>(sided: &[Sided<'_, 'a>]) -> Vec<Attribute<'a>> {
    let mut spans: HashMap<Attribute<'a>, usize> =
        Attribute::always().map(|attribute| (attribute, usize::MAX)).collect();
    for sided in sided {
        for (attribute, column) in &sided.columns {
            // How many spans share a resource is not asked.
            let with_value = if attribute.is_of_span() { column.rows.len() } else { sided.cells.len() };
            let known = spans.entry(*attribute).or_default();
            *known = known.saturating_add(with_value);
        }
    }
    let mut attributes: Vec<(usize, Attribute<'a>)> = spans.into_iter().map(|(attribute, n)| (n, attribute)).collect();
    attributes.sort_unstable_by_key(|(spans, attribute)| (Reverse(*spans), *attribute));
    attributes.into_iter().map(|(_, attribute)| attribute).collect()
}

impl<'t, 'a> Sided<'t, 'a> {
    fn new(
        measure: &'a Measure,
        compare: &Compare,
        table: &'t Table<'a>,
        slots: usize,
        examples: Vec<&'t Example>,
    ) -> Sided<'t, 'a> {
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
        Sided { table, columns, cells, all, again: again(measure, table), examples }
    }

    /// Finds the spans that have a value of the attribute.
    fn places(&self, attribute: Attribute<'a>, numbering: &mut Numbering<'a>) -> Places {
        let column = self.columns.get(&attribute).copied();
        let mut places = Places::default();
        if column.is_none() && !attribute.is_always_counted() {
            return places;
        }
        match self.again.iter().find(|(again, _)| *again == attribute) {
            None if !self.examples.is_empty() => {
                // Places come in their order, and so do those of the examples.
                attribute.each(self.table, column, numbering, |at, number| {
                    self.note_example(at, &mut places.examples);
                    places.values.push((self.cells[at], number));
                });
            }
            None => {
                attribute.each(self.table, column, numbering, |at, number| {
                    places.values.push((self.cells[at], number));
                });
            }
            Some((_, again)) => attribute.each(self.table, column, numbering, |at, number| {
                self.note_example(at, &mut places.examples);
                places.values.push((self.cells[at], number));
                places.times.push(1 + again[at]);
            }),
        }
        places
    }

    /// Adds the number of the example at a place, if there is one.
    #[inline]
    fn note_example(&self, at: usize, found: &mut Vec<u32>) {
        if let Ok(number) = self.examples.binary_search_by_key(&at, |example| example.at) {
            found.push(number as u32);
        }
    }
}

/// Facts that the counts of all attributes share.
struct Context<'c> {
    measure: &'c Measure,
    slots: &'c Slots,
    /// Maximum number of values of an attribute that have series of their own.
    top: usize,
}

/// The spans of a table that have a value.
#[derive(Default)]
struct Places {
    /// For each its cell and the number of its value.
    values: Vec<(u32, u32)>,
    /// How often each counts; empty if all count once.
    times: Vec<u32>,
    /// The numbers of the examples among them.
    examples: Vec<u32>,
}

impl Places {
    #[inline]
    fn each(&self, mut visit: impl FnMut(usize, u32, u64)) {
        if self.times.is_empty() {
            self.values.iter().for_each(|(cell, value)| visit(*cell as usize, *value, 1));
        } else {
            let times = self.times.iter().copied().map(u64::from);
            self.values.iter().zip(times).for_each(|((cell, value), times)| visit(*cell as usize, *value, times));
        }
    }
}

/// Finds what counts more than once: Tempo fetches the values that the query's filters test, and then all values, these
/// among them. Those of resources pile up.
fn again<'a>(measure: &'a Measure, table: &Table<'a>) -> Vec<(Attribute<'a>, Vec<u32>)> {
    let answers = Answers { plan: &measure.plan, view: &table.view };
    let fields = measure.plan.shown.iter().filter(|shown| shown.in_first_pass).filter_map(|shown| {
        let attribute = Attribute::of(&measure.plan.fields[shown.field.0 as usize])?;
        let mut again = Vec::with_capacity(table.len());
        table.each(|_, row| again.push(u32::from(answers.shows(shown, row))));
        if attribute.is_of_resource() {
            pile_up(table, &mut again);
        }
        Some((attribute, again))
    });
    fields.collect()
}

/// Makes of ones how often the value of the span's resource was fetched by then.
fn pile_up(table: &Table<'_>, again: &mut [u32]) {
    let spans = table.spans();
    let mut fetched = Vec::new();
    table.each(|at, row| {
        if again[at] > 0 {
            fetched.push(Fetch {
                trace: table.view.trace_id(row),
                service: spans.resources.service[spans.resource[row as usize] as usize],
                start: spans.start[row as usize],
                span: spans.id[row as usize],
                at,
            });
        }
    });
    piled_up(fetched, |at, times| again[at] = times);
}

/// Counts the values of an attribute: gives for each side the series of the `top` values that most spans have, and the
/// one of all values together.
fn count<'a>(
    attribute: Attribute<'a>,
    sided: &[Sided<'_, 'a>],
    numbering: &mut Option<Numbering<'a>>,
    context: &Context<'_>,
) -> Vec<Series> {
    let (slots, top) = (context.slots.len(), context.top);
    let mut numbers: HashMap<Key<'a>, u32> = HashMap::new();
    let mut values: Vec<Operand<'a>> = Vec::new();
    let mut counts: Vec<Counts> = Vec::new();
    let mut found: Vec<Places> = Vec::with_capacity(sided.len());
    for sided in sided {
        let spans = sided.table.spans();
        let numbering = numbering.get_or_insert_with(|| Numbering::new(spans));
        numbering.restart(spans);
        let mut places = sided.places(attribute, numbering);
        let known = numbering.values.iter().map(|value| {
            *numbers.entry(Key(*value)).or_insert_with(|| {
                values.push(*value);
                values.len() as u32 - 1
            })
        });
        let known: Vec<u32> = known.collect();
        places.values.iter_mut().for_each(|(_, number)| *number = known[*number as usize]);
        counts.resize(values.len(), Counts::default());
        places.each(|cell, value, times| counts[value as usize][usize::from(cell >= slots)] += times);
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
            let count = |value: u32| counts[value as usize][side];
            let by_value = || values[*a as usize].total_cmp(values[*b as usize]);
            count(*b).cmp(&count(*a)).then_with(by_value)
        };
        if ranked.len() > top {
            ranked.select_nth_unstable_by(top, rank);
            ranked.truncate(top);
        }
        for value in ranked {
            listed.of_values[value as usize][side] = listed.add(of_value, values[value as usize].to_datum());
        }
        listed.of_all[side] = listed.add(of_all, Datum::Nil);
    }

    for (sided, places) in sided.iter().zip(found) {
        // Where every span has one value, how many there are is known.
        let is_dense = places.times.is_empty() && places.values.len() == sided.cells.len();
        if is_dense {
            for (cell, count) in sided.all.iter().enumerate() {
                listed.count_any(cell, u64::from(*count));
            }
        }
        places.each(|cell, value, times| {
            listed.count(cell, value, times);
            if !is_dense {
                listed.count_any(cell, times);
            }
        });
        for example in places.examples.iter().map(|number| sided.examples[*number as usize]) {
            let (side, _) = listed.side_and_slot(sided.cells[example.at] as usize);
            listed.exemplars[side].push(example.counted(context.measure, sided.table, context.slots));
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
    counts: Vec<u64>,
    /// For each value the series of each side.
    of_values: Vec<[u32; 2]>,
    /// The series of all values of each side.
    of_all: [u32; 2],
    /// The exemplars of the series of all values of each side.
    exemplars: [Vec<Exemplar>; 2],
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
            exemplars: [Vec::new(), Vec::new()],
        }
    }

    /// Adds a series of zeros.
    fn add(&mut self, what: &str, value: Datum) -> u32 {
        self.labels.push(vec![Label::text(label::META_TYPE, what), Label::new(self.name.clone(), value)]);
        self.counts.resize(self.labels.len() * self.slots, 0);
        self.labels.len() as u32 - 1
    }

    /// Counts a span with a value.
    #[inline]
    fn count(&mut self, cell: usize, value: u32, times: u64) {
        let (side, slot) = self.side_and_slot(cell);
        let series = self.of_values[value as usize][side];
        if series != NO_SERIES {
            self.counts[series as usize * self.slots + slot] += times;
        }
    }

    /// Counts spans whatever their values are.
    #[inline]
    fn count_any(&mut self, cell: usize, count: u64) {
        let (side, slot) = self.side_and_slot(cell);
        if self.of_all[side] != NO_SERIES {
            self.counts[self.of_all[side] as usize * self.slots + slot] += count;
        }
    }

    fn side_and_slot(&self, cell: usize) -> (usize, usize) {
        if cell >= self.slots { (1, cell - self.slots) } else { (0, cell) }
    }

    fn series(self) -> Vec<Series> {
        let samples = self.counts.chunks(self.slots).map(|counts| counts.iter().map(|count| *count as f64).collect());
        let labelled = self.labels.into_iter().zip(samples);
        let mut series: Vec<Series> =
            labelled.map(|(labels, samples)| Series { labels, samples, exemplars: Vec::new() }).collect();
        for (of_all, exemplars) in self.of_all.into_iter().zip(self.exemplars) {
            if let Some(series) = series.get_mut(of_all as usize) {
                series.exemplars = exemplars;
            }
        }
        series
    }
}
