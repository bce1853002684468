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
    /// What sets each group apart: a value for each field. Some groups may have no spans.
    pub(super) keys: Vec<Box<[Operand<'a>]>>,
    pub(super) of_tables: Vec<OfTable>,
    /// Whether groups are not kept.
    pub(super) is_cut: bool,
}

/// The groups of the measured spans of a table.
pub(super) struct OfTable {
    /// For each span its number; none if all spans are one group.
    numbers: Vec<u32>,
    /// For each number the group.
    groups: Vec<u32>,
}

impl OfTable {
    /// Returns the group of a measured span; [`LEFT_OUT`] if it is not kept.
    #[inline]
    pub(super) fn group(&self, at: usize) -> u32 {
        self.numbers.get(at).map_or(0, |number| self.groups[*number as usize])
    }
}

impl Groups<'_> {
    /// Compares the values that set two groups apart.
    pub(super) fn by_values(&self, a: usize, b: usize) -> Ordering {
        by_values(&self.keys[a], &self.keys[b])
    }

    /// Keeps the groups with the largest counts, ties in order of their values.
    pub(super) fn keep(&mut self, most: usize, counts: &[u64]) {
        let mut ranked: Vec<u32> = (0..).zip(counts).filter(|(_, count)| **count > 0).map(|(group, _)| group).collect();
        if ranked.len() > most {
            self.is_cut = true;
            ranked.select_nth_unstable_by(most, |a, b| {
                let count = |group: u32| Reverse(counts[group as usize]);
                count(*a).cmp(&count(*b)).then_with(|| self.by_values(*a as usize, *b as usize))
            });
            ranked.truncate(most);
        }
        let mut new = vec![LEFT_OUT; self.keys.len()];
        let kept = (0..).zip(&ranked).map(|(at, group)| {
            new[*group as usize] = at;
            std::mem::take(&mut self.keys[*group as usize])
        });
        self.keys = kept.collect();
        let groups = self.of_tables.iter_mut().flat_map(|table| &mut table.groups);
        groups.for_each(|group| *group = new[*group as usize]);
    }
}

fn by_values(a: &[Operand<'_>], b: &[Operand<'_>]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| a.total_cmp(*b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Stands for the group of a span whose group is not kept.
pub(super) const LEFT_OUT: u32 = u32::MAX;

/// The values that spans of one table are told apart by.
struct Local<'a> {
    /// For each measured span its number.
    numbers: Vec<u32>,
    /// For each number the values.
    keys: Vec<Box<[Operand<'a>]>>,
}

/// Finds the groups.
pub(super) fn group<'a>(tables: &[Table<'a>], by: &[FieldId]) -> Groups<'a> {
    if by.is_empty() {
        let of_tables = tables.iter().map(|_| OfTable { numbers: Vec::new(), groups: Vec::new() }).collect();
        return Groups { keys: vec![Box::default()], of_tables, is_cut: false };
    }
    let locals: Vec<Local<'a>> = tables.par_iter().map(|table| local(table, by)).collect();
    let mut known: HashMap<Box<[Key<'a>]>, u32> = HashMap::new();
    let mut keys: Vec<Box<[Operand<'a>]>> = Vec::new();
    let of_tables = locals.into_iter().map(|local| {
        let groups = local.keys.into_iter().map(|values| {
            let next = keys.len() as u32;
            match known.entry(values.iter().map(|value| Key(*value)).collect()) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => {
                    keys.push(values);
                    *entry.insert(next)
                }
            }
        });
        OfTable { groups: groups.collect(), numbers: local.numbers }
    });
    let of_tables = of_tables.collect();
    Groups { of_tables, keys, is_cut: false }
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
    Local { numbers, keys }
}

/// Makes the labels of a group.
///
/// What is absent has no label; if that leaves none, the first has the value `nil`. Without fields the function's name is
/// the label, except where the function adds one of its own.
pub(super) fn labels(measure: &Measure, key: &[Operand<'_>], own: Option<Label>) -> Vec<Label> {
    let name = |field: &FieldId| measure.plan.fields[field.0 as usize].to_string();
    let present = measure.by.iter().zip(key).filter(|(_, value)| !value.is_absent());
    let mut labels: Vec<Label> = present.map(|(field, value)| Label::new(name(field), value.to_datum())).collect();
    if labels.is_empty()
        && own.is_none()
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
