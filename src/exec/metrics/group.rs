//! Splits the measured spans of all tables into groups by the values of fields.

use std::cmp::{Ordering, Reverse};

use hashbrown::{HashMap, hash_map::Entry};
use rayon::prelude::*;

use crate::{
    model::{
        operand::Operand,
        series::{Label, label},
    },
    plan::{FieldId, Measure},
};

use super::{key::Key, number::number, table::Table};

/// The groups of all tables.
pub(super) struct Groups<'a> {
    /// What sets each group apart: a value for each field.
    pub(super) keys: Vec<Box<[Operand<'a>]>>,
    /// For each table the group of each measured span; [`LEFT_OUT`] if the group is not kept.
    pub(super) of_tables: Vec<Vec<u32>>,
    /// How many groups are not kept.
    pub(super) left_out: usize,
}

impl Groups<'_> {
    /// Compares the values that set two groups apart.
    pub(super) fn by_values(&self, a: usize, b: usize) -> Ordering {
        by_values(&self.keys[a], &self.keys[b])
    }
}

fn by_values(a: &[Operand<'_>], b: &[Operand<'_>]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| a.total_cmp(*b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Stands for the group of a span whose group is not kept.
pub(super) const LEFT_OUT: u32 = u32::MAX;

/// The groups of one table: a number for each measured span, and the key of each number.
struct Local<'a> {
    numbers: Vec<u32>,
    keys: Vec<Box<[Operand<'a>]>>,
}

/// Finds the groups, and keeps the `most` with the most spans.
pub(super) fn group<'a>(tables: &[Table<'a>], by: &[FieldId], most: usize) -> Groups<'a> {
    if by.is_empty() {
        let of_tables = tables.iter().map(|table| vec![0; table.len()]).collect();
        return Groups { keys: vec![Box::default()], of_tables, left_out: 0 };
    }
    let mut locals: Vec<Local<'a>> = tables.par_iter().map(|table| local(table, by)).collect();
    let mut known: HashMap<Box<[Key<'a>]>, u32> = HashMap::new();
    let mut keys: Vec<Box<[Operand<'a>]>> = Vec::new();
    let mut maps: Vec<Vec<u32>> = Vec::with_capacity(locals.len());
    for local in &mut locals {
        let groups = std::mem::take(&mut local.keys).into_iter().map(|values| {
            let next = keys.len() as u32;
            match known.entry(values.iter().map(|value| Key(*value)).collect()) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => {
                    keys.push(values);
                    *entry.insert(next)
                }
            }
        });
        maps.push(groups.collect());
    }
    let mut left_out = 0;
    if keys.len() > most {
        left_out = keys.len() - most;
        keep(&mut keys, &mut maps, &locals, most);
    }
    let of_tables = locals
        .into_par_iter()
        .zip(maps)
        .map(|(mut local, map)| {
            local.numbers.iter_mut().for_each(|number| *number = map[*number as usize]);
            local.numbers
        })
        .collect();
    Groups { keys, of_tables, left_out }
}

/// Keeps the groups with the most spans, ties in order of their values.
fn keep<'a>(keys: &mut Vec<Box<[Operand<'a>]>>, maps: &mut [Vec<u32>], locals: &[Local<'a>], most: usize) {
    let mut counts = vec![0_u64; keys.len()];
    for (local, map) in locals.iter().zip(maps.iter()) {
        local.numbers.iter().for_each(|number| counts[map[*number as usize] as usize] += 1);
    }
    let mut ranked: Vec<u32> = (0..keys.len() as u32).collect();
    ranked.select_nth_unstable_by(most, |a, b| {
        let count = |group: u32| Reverse(counts[group as usize]);
        count(*a).cmp(&count(*b)).then_with(|| by_values(&keys[*a as usize], &keys[*b as usize]))
    });
    ranked.truncate(most);
    let mut new = vec![LEFT_OUT; keys.len()];
    let kept = (0..).zip(&ranked).map(|(at, group)| {
        new[*group as usize] = at;
        std::mem::take(&mut keys[*group as usize])
    });
    *keys = kept.collect();
    maps.iter_mut().flatten().for_each(|group| *group = new[*group as usize]);
}

fn local<'a>(table: &Table<'a>, by: &[FieldId]) -> Local<'a> {
    let mut fields = by.iter().map(|field| number(table, *field));
    let (mut numbers, values) = fields.next().unwrap_or_default();
    let mut keys: Vec<Box<[Operand<'a>]>> = values.into_iter().map(|value| Box::from([value])).collect();
    for (others, values) in fields {
        let mut pairs: HashMap<(u32, u32), u32> = HashMap::new();
        let mut joined = Vec::new();
        for (number, other) in numbers.iter_mut().zip(&others) {
            let next = joined.len() as u32;
            let pair = *pairs.entry((*number, *other)).or_insert(next);
            if pair == next {
                joined.push(keys[*number as usize].iter().copied().chain([values[*other as usize]]).collect());
            }
            *number = pair;
        }
        keys = joined;
    }
    // Numbers may stand for values that no measured span has: they would be groups without spans.
    let mut used = vec![LEFT_OUT; keys.len()];
    let mut kept = Vec::new();
    for number in &mut numbers {
        let new = &mut used[*number as usize];
        if *new == LEFT_OUT {
            *new = kept.len() as u32;
            kept.push(std::mem::take(&mut keys[*number as usize]));
        }
        *number = *new;
    }
    Local { numbers, keys: kept }
}

/// Makes the labels of a group.
///
/// What is absent has no label; only if all of it is, the first has the value `nil`. Without fields the function's name is
/// the label, except where the function adds one of its own.
pub(super) fn labels(measure: &Measure, key: &[Operand<'_>], own: Option<Label>) -> Vec<Label> {
    let name = |field: &FieldId| measure.plan.fields[field.0 as usize].to_string();
    let present = measure.by.iter().zip(key).filter(|(_, value)| !value.is_absent());
    let mut labels: Vec<Label> = present.map(|(field, value)| Label::new(name(field), value.to_datum())).collect();
    if labels.is_empty()
        && let Some(first) = measure.by.first()
    {
        labels.push(Label::new(name(first), Operand::Absent.to_datum()));
    }
    if labels.is_empty() && own.is_none() {
        labels.push(Label::text(label::NAME, measure.function.row().name));
    }
    labels.extend(own);
    labels
}
