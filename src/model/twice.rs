//! Spans that came twice: several processes that take spans in may each have kept the same one.
//!
//! Spans of one trace from different inputs that are equal in id, parent, name, kind, start and duration are the same
//! span, and the first input's counts. What comes twice in one input stays: nobody copied it there, it was sent twice.

use std::{
    borrow::{Borrow, Cow},
    cmp::Ordering,
    hash::{DefaultHasher, Hash, Hasher},
};

use rayon::prelude::*;

use super::{
    batch::{Fragment, Spans},
    gather::Place,
    ids::{SpanId, TraceId},
};

impl Fragment {
    /// Returns the number of the input that the spans are from.
    pub(crate) fn input(&self) -> u32 {
        (self.order >> 32) as u32
    }
}

/// What makes a span the same as another one of its trace.
type Identity<'s> = (SpanId, u64, u64, SpanId, u8, &'s str);

fn identity(spans: &Spans, row: usize) -> Identity<'_> {
    let name = spans.dictionary.get(spans.name[row]);
    (spans.id[row], spans.start[row], spans.duration[row], spans.parent_id[row], spans.kind[row] as u8, name)
}

/// Returns a number that the same spans of a trace have in common, and hardly any others.
pub(crate) fn fingerprint(spans: &Spans, row: usize) -> u64 {
    // Its keys are the same in every process and thread.
    let mut hasher = DefaultHasher::new();
    identity(spans, row).hash(&mut hasher);
    hasher.finish()
}

/// Leaves out the spans of one trace that an earlier input has too; `inputs` tells the input of each table, never
/// falling, and the spans stand in the order of the tables.
pub(super) fn once<'s>(
    tables: &[&Spans],
    inputs: &[u32],
    trace: &'s [(TraceId, Place)],
) -> Cow<'s, [(TraceId, Place)]> {
    let input = |at: usize| inputs[trace[at].1.table as usize];
    if trace.is_empty() || input(0) == input(trace.len() - 1) {
        return Cow::Borrowed(trace);
    }
    let of = |at: usize| {
        let place = trace[at].1;
        identity(tables[place.table as usize], place.row as usize)
    };
    let mut order: Vec<usize> = (0..trace.len()).collect();
    order.sort_unstable_by(|a, b| of(*a).cmp(&of(*b)).then(a.cmp(b)));
    let mut again = vec![false; trace.len()];
    let mut some = false;
    for same in order.chunk_by(|a, b| of(*a).cmp(&of(*b)) == Ordering::Equal) {
        for at in same.iter().filter(|at| input(**at) != input(same[0])) {
            again[*at] = true;
            some = true;
        }
    }
    match some {
        false => Cow::Borrowed(trace),
        true => trace.iter().zip(again).filter(|(_, again)| !again).map(|(span, _)| *span).collect(),
    }
}

/// Finds for each fragment the rows, rising, of spans that an earlier input has too.
pub(crate) fn repeated<F: Borrow<Fragment>>(fragments: &[F]) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); fragments.len()];
    let mut order: Vec<usize> = (0..fragments.len()).collect();
    let of = |at: usize| fragments[at].borrow();
    order.sort_by_key(|at| of(*at).order);
    let inputs: Vec<u32> = order.iter().map(|at| of(*at).input()).collect();
    if inputs.first() == inputs.last() {
        return rows;
    }
    let tables: Vec<&Spans> = order.iter().map(|at| &of(*at).spans).collect();
    let mut spans: Vec<(TraceId, Place)> = Vec::new();
    for (table, at) in (0..).zip(&order) {
        spans.extend((0..).zip(&of(*at).trace).map(|(row, trace)| (*trace, Place { table, row })));
    }
    spans.par_sort_unstable_by_key(|(trace, place)| (*trace, place.table, place.row));
    for trace in spans.chunk_by(|a, b| a.0 == b.0) {
        if let Cow::Owned(kept) = once(&tables, &inputs, trace) {
            let mut kept = kept.iter().map(|(_, place)| *place).peekable();
            for (_, place) in trace {
                if kept.next_if_eq(place).is_none() {
                    rows[order[place.table as usize]].push(place.row);
                }
            }
        }
    }
    rows.iter_mut().for_each(|rows| rows.sort_unstable());
    rows
}

#[cfg(test)]
mod tests {
    use traceql_grammar::value::{Kind, Status};

    use super::*;
    use crate::model::assemble::assemble;

    /// Makes a fragment of an input, of spans of one trace: id, parent, name and start.
    fn fragment(input: u64, spans: &[(u64, u64, &str, u64)]) -> Fragment {
        let mut fragment = Fragment { order: input << 32, ..Fragment::default() };
        let table = &mut fragment.spans;
        table.resources.service.push(table.dictionary.intern("shop"));
        for (id, parent, name, start) in spans {
            fragment.trace.push(TraceId(1));
            table.id.push(SpanId(*id));
            table.parent_id.push(SpanId(*parent));
            table.start.push(*start);
            table.duration.push(1);
            table.kind.push(Kind::Server);
            table.status.push(Status::Unset);
            table.name.push(table.dictionary.intern(name));
            table.resource.push(0);
        }
        fragment
    }

    #[test]
    fn spans_of_two_inputs_count_once_and_those_of_one_as_often_as_they_come() {
        let parts = [
            fragment(0, &[(1, 0, "root", 5), (2, 1, "a", 6), (2, 1, "a", 6)]),
            fragment(1, &[(3, 1, "other", 7), (2, 1, "a", 6), (1, 0, "root", 5), (1, 0, "root", 6), (1, 0, "r", 5)]),
            fragment(2, &[(3, 1, "other", 7)]),
        ];
        assert_eq!(repeated(&parts), [vec![], vec![1, 2], vec![0]]);
        let backwards: Vec<&Fragment> = parts.iter().rev().collect();
        assert_eq!(repeated(&backwards), [vec![0], vec![1, 2], vec![]]);
        let batches = assemble(&parts);
        let names: Vec<&str> =
            batches[0].spans.name.iter().map(|name| batches[0].spans.dictionary.get(*name)).collect();
        assert_eq!(names.len(), 6, "{names:?}");
        // Pieces of one input are one input.
        let pieces = parts.map(|fragment| Fragment { order: fragment.input().into(), ..fragment });
        assert!(repeated(&pieces).iter().all(Vec::is_empty));
        assert_eq!(assemble(&pieces)[0].spans.len(), 9);
    }

    #[test]
    fn fingerprints_are_those_of_what_makes_a_span_the_same() {
        let one = fragment(0, &[(1, 0, "root", 5), (1, 0, "root", 6)]);
        let two = fragment(3, &[(7, 7, "x", 7), (1, 0, "root", 5)]);
        assert_eq!(fingerprint(&one.spans, 0), fingerprint(&two.spans, 1));
        assert_ne!(fingerprint(&one.spans, 0), fingerprint(&one.spans, 1));
    }
}
