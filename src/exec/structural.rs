//! Spanset operators over the rows of a batch.
//!
//! Rows come in rising order and stand in nested-set order, so each operator is a pass or two over its two lists.

use std::ops::Range;

use hashbrown::HashMap;
use traceql_grammar::ops::{Relation, SpansetOp};

use crate::model::{
    batch::{Batch, Trace, Tree},
    ids::SpanId,
};

/// Applies a spanset operator, for every trace of the batch on its own.
pub(super) fn combine(batch: &Batch, op: SpansetOp, left: &[u32], right: &[u32]) -> Vec<u32> {
    match op {
        SpansetOp::And => both(batch, left, right),
        SpansetOp::Or => union(left, right),
        SpansetOp::Related(relation) => related(batch, relation, left, right),
        SpansetOp::Unrelated(relation) => minus(right, &related(batch, relation, left, right)),
        SpansetOp::Union(relation) => {
            union(&related(batch, relation, left, right), &related(batch, inverse(relation), right, left))
        }
    }
}

/// Returns the relation that the left span has to the right one.
fn inverse(relation: Relation) -> Relation {
    match relation {
        Relation::Child => Relation::Parent,
        Relation::Parent => Relation::Child,
        Relation::Descendant => Relation::Ancestor,
        Relation::Ancestor => Relation::Descendant,
        Relation::Sibling => Relation::Sibling,
    }
}

/// Returns the right rows that have the relation to some left row.
fn related(batch: &Batch, relation: Relation, left: &[u32], right: &[u32]) -> Vec<u32> {
    let tree = &batch.tree;
    match relation {
        Relation::Child => {
            let parents = Members::new(left);
            let is_child = |row: &u32| {
                let parent = tree.parent[*row as usize];
                parent != Tree::NO_PARENT && parents.contains(parent)
            };
            right.iter().copied().filter(is_child).collect()
        }
        Relation::Parent => {
            let mut parents: Vec<u32> =
                left.iter().map(|row| tree.parent[*row as usize]).filter(|row| *row != Tree::NO_PARENT).collect();
            parents.sort_unstable();
            parents.dedup();
            common(&parents, right)
        }
        Relation::Descendant => {
            // The spans below a span are a run of rows, and runs lie in each other or apart. So a row is below a left
            // one exactly if a left row before it has a run that goes beyond it.
            let (mut next, mut covered) = (0, 0);
            let is_below = |row: &u32| {
                while let Some(above) = left.get(next).filter(|above| *above < row) {
                    covered = covered.max(tree.end[*above as usize]);
                    next += 1;
                }
                *row < covered
            };
            right.iter().copied().filter(is_below).collect()
        }
        Relation::Ancestor => {
            let mut next = 0;
            let is_above = |row: &u32| {
                while left.get(next).is_some_and(|below| below <= row) {
                    next += 1;
                }
                left.get(next).is_some_and(|below| *below < tree.end[*row as usize])
            };
            right.iter().copied().filter(is_above).collect()
        }
        Relation::Sibling => siblings(batch, left, right),
    }
}

/// Returns the right rows beside which another left row names the same parent, arrived or not.
fn siblings(batch: &Batch, left: &[u32], right: &[u32]) -> Vec<u32> {
    let tree = &batch.tree;
    let mut found = Vec::new();
    let mut by_parent: HashMap<SpanId, u32> = HashMap::new();
    let left_members = Members::new(left);
    let parent_id = |row: u32| batch.spans.parent_id[row as usize];
    for_both(batch, left, right, |left, right| {
        by_parent.clear();
        for row in left.iter().filter(|row| !tree.in_cycle[**row as usize]) {
            *by_parent.entry(parent_id(*row)).or_default() += 1;
        }
        found.extend(right.iter().copied().filter(|row| {
            let others = by_parent.get(&parent_id(*row)).copied().unwrap_or_default();
            !tree.in_cycle[*row as usize] && others > u32::from(left_members.contains(*row))
        }));
    });
    found
}

/// Returns the rows of both sides in the traces that have some of both.
fn both(batch: &Batch, left: &[u32], right: &[u32]) -> Vec<u32> {
    let mut found = Vec::new();
    for_both(batch, left, right, |left, right| found.extend(union(left, right)));
    found
}

/// Calls `visit` for every trace that has rows of both sides.
fn for_both(batch: &Batch, left: &[u32], right: &[u32], mut visit: impl FnMut(&[u32], &[u32])) {
    let mut lefts = runs(&batch.traces, left).peekable();
    for (trace, right) in runs(&batch.traces, right) {
        while lefts.next_if(|(other, _)| *other < trace).is_some() {}
        if let Some((_, left)) = lefts.next_if(|(other, _)| *other == trace) {
            visit(left, right);
        }
    }
}

/// Splits rising rows by trace: the number of each trace that has some, and its rows.
pub(super) fn runs<'r>(traces: &'r [Trace], rows: &'r [u32]) -> impl Iterator<Item = (usize, &'r [u32])> {
    let mut rest = rows;
    let mut trace = 0;
    std::iter::from_fn(move || {
        let first = *rest.first()?;
        trace += skip(&traces[trace..], |trace| trace.rows.end <= first);
        let end = traces[trace].rows.end;
        let (run, after) = rest.split_at(skip(rest, |row| *row < end));
        rest = after;
        Some((trace, run))
    })
}

/// Counts the leading items for which `holds` is true; it must be false from some item on.
///
/// Looks in growing steps, so that a short run costs little and a long one is not walked.
pub(super) fn skip<T>(items: &[T], holds: impl Fn(&T) -> bool) -> usize {
    let mut step = 1;
    while step <= items.len() && holds(&items[step - 1]) {
        step *= 2;
    }
    let (low, high) = (step / 2, step.min(items.len()));
    low + items[low..high].partition_point(holds)
}

/// Merges rising rows.
pub(super) fn union(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        merged.push(*x.min(y));
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    merged.extend_from_slice(&a[i..]);
    merged.extend_from_slice(&b[j..]);
    merged
}

fn minus(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut next = 0;
    let is_left = |row: &u32| {
        while b.get(next).is_some_and(|other| other < row) {
            next += 1;
        }
        b.get(next) != Some(row)
    };
    a.iter().copied().filter(is_left).collect()
}

fn common(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut next = 0;
    let is_common = |row: &u32| {
        while a.get(next).is_some_and(|other| other < row) {
            next += 1;
        }
        a.get(next) == Some(row)
    };
    b.iter().copied().filter(is_common).collect()
}

/// Rising rows that can be asked whether they hold a row.
enum Members<'r> {
    /// Bits over a range of rows, where the rows lie close.
    Dense(Range<u32>, Vec<u64>),
    Sparse(&'r [u32]),
}

impl<'r> Members<'r> {
    fn new(rows: &'r [u32]) -> Members<'r> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Members::Sparse(rows) };
        let range = *first..last + 1;
        // Below one row in 512 a search is cheaper than filling the bits between.
        if range.len() / 512 > rows.len() {
            return Members::Sparse(rows);
        }
        let mut bits = vec![0; range.len().div_ceil(64)];
        for row in rows {
            let at = row - first;
            bits[at as usize / 64] |= 1 << (at % 64);
        }
        Members::Dense(range, bits)
    }

    fn contains(&self, row: u32) -> bool {
        match self {
            Members::Dense(range, bits) => {
                range.contains(&row) && {
                    let at = row - range.start;
                    bits[at as usize / 64] >> (at % 64) & 1 == 1
                }
            }
            Members::Sparse(rows) => rows.binary_search(&row).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skip_counts_what_partition_point_counts() {
        for len in 0..40u32 {
            let items: Vec<u32> = (0..len).collect();
            for bound in 0..=len {
                assert_eq!(skip(&items, |item| *item < bound), bound as usize);
            }
        }
    }
}
