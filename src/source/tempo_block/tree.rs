//! How the spans of a trace hang together, by the nested-set numbers that a block keeps.

use crate::{model::batch::Tree, source::parquet::file::ParquetFault};

use super::{columns::Columns, entries::ints, layout::Layout, shape::Shape};

/// The traces of some rows in nested-set order.
pub(super) struct Nested {
    /// The entries that are the spans, in their order.
    pub(super) entries: Vec<u32>,
    /// What is known of them.
    pub(super) tree: Tree,
    /// The rows of which the numbers make no tree, by their place among all rows: spans hang on one that never arrived, or
    /// in a cycle, or too many have one id. Their spans are not among the entries.
    pub(super) irregular: Vec<u32>,
}

/// Puts the spans of each trace into the order of its tree.
pub(super) fn nest(columns: &mut Columns<'_>, layout: &Layout, shape: &Shape) -> Result<Nested, ParquetFault> {
    let mut read = |leaf: usize| -> Result<Vec<i64>, ParquetFault> {
        let numbers = columns.flat(leaf)?;
        shape.check(columns, leaf, &numbers)?;
        Ok(ints(&numbers, None, 0))
    };
    let (left, right, parent) = (read(layout.nested_left)?, read(layout.nested_right)?, read(layout.nested_parent)?);
    let mut nested = Nested { entries: Vec::with_capacity(shape.len()), tree: Tree::default(), irregular: Vec::new() };
    let mut order = Order::default();
    for (row, bounds) in (0..).zip(shape.rows.windows(2)) {
        let entries = (bounds[0]..bounds[1]).filter(|entry| shape.empty.binary_search(entry).is_err());
        let numbers = |entry: u32| (left[entry as usize], right[entry as usize], parent[entry as usize]);
        if !order.fill(entries, &left) || !add(&order, numbers, &mut nested) {
            nested.irregular.push(row);
        }
    }
    Ok(nested)
}

/// The spans of one trace by their left numbers.
#[derive(Default)]
struct Order {
    /// For each left number the entry, or that there is none.
    by_left: Vec<u32>,
}

impl Order {
    const NONE: u32 = u32::MAX;

    /// Sorts entries; false if a number is too large or comes twice.
    fn fill(&mut self, entries: impl Iterator<Item = u32> + Clone, left: &[i64]) -> bool {
        let spans = entries.clone().count();
        self.by_left.clear();
        self.by_left.resize(2 * spans + 1, Order::NONE);
        entries.into_iter().all(|entry| {
            let place = usize::try_from(left[entry as usize]).ok().filter(|left| *left > 0);
            match place.and_then(|left| self.by_left.get_mut(left)) {
                Some(place) if *place == Order::NONE => {
                    *place = entry;
                    true
                }
                _ => false,
            }
        })
    }

    /// Returns the largest number that a span can have.
    fn last(&self) -> i64 {
        self.by_left.len() as i64 - 1
    }

    fn entries(&self) -> impl Iterator<Item = u32> + '_ {
        self.by_left.iter().copied().filter(|entry| *entry != Order::NONE)
    }
}

/// Adds the spans of a trace, if their numbers (left, right, the parent's left) make a tree: going down and up through it
/// meets each number once, in order.
fn add(order: &Order, numbers: impl Fn(u32) -> (i64, i64, i64), nested: &mut Nested) -> bool {
    let first = nested.entries.len();
    // The spans above the current one: row, left and right.
    let mut above: Vec<(u32, i64, i64)> = Vec::new();
    let mut next = 1;
    for (row, entry) in (first as u32..).zip(order.entries()) {
        let (left, right, parent) = numbers(entry);
        while let Some((_, _, end)) = above.pop_if(|(_, _, end)| *end < left) {
            if end != next {
                return nested.take_back(first);
            }
            next += 1;
        }
        let (parent_row, parent_left, end) = above.last().copied().unwrap_or((Tree::NO_PARENT, -1, i64::MAX));
        // Numbers that are too large are turned down before anything is computed with them.
        let is_sound = left == next && (left + 1..=order.last()).contains(&right) && right < end;
        if !is_sound || (right - left) % 2 == 0 || parent != parent_left {
            return nested.take_back(first);
        }
        let below = (right - left - 1) / 2;
        next = left + 1;
        nested.entries.push(entry);
        let tree = &mut nested.tree;
        tree.parent.push(parent_row);
        tree.left.push(left as i32);
        tree.right.push(right as i32);
        tree.nested_parent.push(parent as i32);
        tree.child_count.push(0);
        tree.in_cycle.push(false);
        tree.end.push(row + 1 + below as u32);
        if let Some(count) = tree.child_count.get_mut(parent_row as usize) {
            *count += 1;
        }
        above.push((row, left, right));
    }
    while let Some((_, _, end)) = above.pop() {
        if end != next {
            return nested.take_back(first);
        }
        next += 1;
    }
    true
}

impl Nested {
    /// Takes the entries from `first` on away, and says that they make no tree.
    fn take_back(&mut self, first: usize) -> bool {
        self.entries.truncate(first);
        self.tree.truncate(first);
        false
    }
}

impl Tree {
    /// Takes the rows from `len` on away.
    fn truncate(&mut self, len: usize) {
        self.parent.truncate(len);
        self.left.truncate(len);
        self.right.truncate(len);
        self.nested_parent.truncate(len);
        self.child_count.truncate(len);
        self.in_cycle.truncate(len);
        self.end.truncate(len);
    }
}

#[cfg(test)]
mod tests;
