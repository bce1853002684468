//! Gathers fragments into batches of whole traces.
//!
//! Dumps of a collector spread a trace over lines and files. Here the rows of all fragments are sorted by trace id, cut
//! into batches, and each trace's spans are put into the order of its tree.

use std::borrow::Borrow;

use rayon::prelude::*;
use traceql_grammar::value::Kind;

use super::{
    batch::{Batch, Fragment, Spans, Trace, Tree},
    gather::{Place, Rows},
    ids::{SpanId, TraceId},
    quirks::SPANS_OF_ONE_ID,
    twice::once,
};

/// How many spans a batch holds at least, unless there are no more: enough to make work on columns pay, few enough to
/// share the work between threads.
const BATCH_SPANS: usize = 1 << 16;

/// Makes batches of whole traces, in order of trace ids. Spans that several inputs have are there once.
pub fn assemble<F: Borrow<Fragment>>(fragments: &[F]) -> Vec<Batch> {
    let mut fragments: Vec<&Fragment> = fragments.iter().map(Borrow::borrow).collect();
    // Whatever the input leaves open, such as the order of equal spans, must not depend on which thread was first.
    fragments.sort_by_key(|fragment| fragment.order);
    let mut spans: Vec<(TraceId, Place)> = Vec::with_capacity(fragments.iter().map(|f| f.trace.len()).sum());
    for (table, fragment) in fragments.iter().enumerate() {
        spans.extend(
            fragment
                .trace
                .iter()
                .enumerate()
                .map(|(row, trace)| (*trace, Place { table: table as u32, row: row as u32 })),
        );
    }
    spans.par_sort_unstable_by_key(|(trace, place)| (*trace, place.table, place.row));

    let tables: Vec<&Spans> = fragments.iter().map(|fragment| &fragment.spans).collect();
    let inputs: Vec<u32> = fragments.iter().map(|fragment| fragment.input()).collect();
    let mut chunks = Vec::new();
    let mut rest = spans.as_slice();
    while !rest.is_empty() {
        let mut end = BATCH_SPANS.min(rest.len());
        let last = rest[end - 1].0;
        end += rest[end..].partition_point(|(trace, _)| *trace == last);
        let (chunk, next) = rest.split_at(end);
        chunks.push(chunk);
        rest = next;
    }
    let rows = Rows::new(&tables);
    chunks.into_par_iter().map(|chunk| assemble_batch(&tables, &inputs, &rows, chunk)).collect()
}

/// Makes one batch of the spans of whole traces, which stand together.
fn assemble_batch(tables: &[&Spans], inputs: &[u32], rows: &Rows<'_>, spans: &[(TraceId, Place)]) -> Batch {
    let mut places = Vec::with_capacity(spans.len());
    let mut traces = Vec::new();
    let mut tree = Tree::default();
    for trace in spans.chunk_by(|a, b| a.0 == b.0) {
        let first = places.len() as u32;
        let trace = once(tables, inputs, trace);
        let nodes: Vec<Node> = trace.iter().map(|(_, place)| Node::new(tables, *place)).collect();
        let order = arrange(&nodes, first, &mut tree);
        places.extend(order.iter().map(|node| trace[*node as usize].1));
        let root = order
            .iter()
            .enumerate()
            .filter(|(_, node)| nodes[**node as usize].parent_id == SpanId::NONE)
            .max_by_key(|(_, node)| (nodes[**node as usize].start, nodes[**node as usize].id))
            .map(|(row, _)| first + row as u32);
        traces.push(Trace {
            id: trace[0].0,
            rows: first..places.len() as u32,
            start: nodes.iter().map(|node| node.start).min().unwrap_or_default(),
            end: nodes.iter().map(|node| node.end).max().unwrap_or_default(),
            root,
        });
    }
    Batch { spans: rows.gather(&places), traces, tree, ..Batch::default() }
}

/// What the tree of a trace is built from.
struct Node {
    id: SpanId,
    parent_id: SpanId,
    start: u64,
    end: u64,
    kind: Kind,
}

impl Node {
    fn new(tables: &[&Spans], place: Place) -> Node {
        let (spans, row) = (tables[place.table as usize], place.row as usize);
        Node {
            id: spans.id[row],
            parent_id: spans.parent_id[row],
            start: spans.start[row],
            end: spans.end(row),
            kind: spans.kind[row],
        }
    }
}

const NONE: u32 = u32::MAX;

/// Puts the spans of one trace into the order of a batch and adds their rows, from `first` on, to `tree`.
///
/// Returns the nodes in their new order.
fn arrange(nodes: &[Node], first: u32, tree: &mut Tree) -> Vec<u32> {
    let (named_parent, too_many) = named_parents(nodes);
    let in_cycle = find_cycles(&named_parent);
    let mut child_count = vec![0; nodes.len()];
    for parent in &named_parent {
        if *parent != NONE {
            child_count[*parent as usize] += 1;
        }
    }
    // A span in a cycle has no relations, so what hangs on it hangs on nothing.
    let parent = |node: u32| match named_parent[node as usize] {
        NONE => NONE,
        _ if in_cycle[node as usize] => NONE,
        parent if in_cycle[parent as usize] => NONE,
        parent => parent,
    };

    // Children of one parent, and what has none, stand in order of start and id.
    let mut by_start: Vec<u32> = (0..nodes.len() as u32).collect();
    by_start.sort_by_key(|node| (nodes[*node as usize].start, nodes[*node as usize].id));
    let mut first_child = vec![NONE; nodes.len()];
    let mut next_sibling = vec![NONE; nodes.len()];
    for node in by_start.iter().rev() {
        let parent = parent(*node);
        if parent != NONE {
            next_sibling[*node as usize] = first_child[parent as usize];
            first_child[parent as usize] = *node;
        }
    }

    let mut order = Vec::with_capacity(nodes.len());
    let mut row_of = vec![NONE; nodes.len()];
    let mut number = 1;
    let is_root = |node: u32| nodes[node as usize].parent_id == SpanId::NONE;
    let groups: [&dyn Fn(u32) -> bool; 3] =
        [&is_root, &|node| !is_root(node) && !in_cycle[node as usize] && parent(node) == NONE, &|node| {
            in_cycle[node as usize]
        }];
    for (group, belongs) in groups.into_iter().enumerate() {
        // Tempo numbers what hangs on a root, and nothing where too many spans share an id.
        let numbered = group == 0 && !too_many;
        for top in by_start.iter().copied().filter(|node| belongs(*node)) {
            // An explicit stack of what is entered and not yet left: chains of parents can be as long as the trace.
            let mut open = Vec::new();
            let mut next = top;
            loop {
                if next != NONE {
                    let row = order.len();
                    row_of[next as usize] = first + row as u32;
                    order.push(next);
                    let parent_row = match parent(next) {
                        NONE => Tree::NO_PARENT,
                        parent => row_of[parent as usize],
                    };
                    tree.nested_parent.push(match parent_row {
                        _ if !numbered => 0,
                        Tree::NO_PARENT => -1,
                        row => tree.left[row as usize],
                    });
                    tree.parent.push(parent_row);
                    tree.left.push(if numbered { number } else { 0 });
                    tree.right.push(0);
                    tree.end.push(0);
                    tree.child_count.push(child_count[next as usize]);
                    tree.in_cycle.push(in_cycle[next as usize]);
                    number += 1;
                    open.push(next);
                    next = first_child[next as usize];
                } else if let Some(node) = open.pop() {
                    let row = row_of[node as usize] as usize;
                    tree.right[row] = if numbered { number } else { 0 };
                    tree.end[row] = first + order.len() as u32;
                    number += 1;
                    next = if open.is_empty() { NONE } else { next_sibling[node as usize] };
                } else {
                    break;
                }
            }
        }
    }
    order
}

/// Finds for each span the one that it names as its parent, and tells whether more than [`SPANS_OF_ONE_ID`] spans share an
/// id.
///
/// Where spans share the id (client and server of one call), the parent is the server, else the one that starts first.
fn named_parents(nodes: &[Node]) -> (Vec<u32>, bool) {
    let mut by_id: Vec<u32> = (0..nodes.len() as u32).collect();
    by_id.sort_by_key(|node| {
        let node = &nodes[*node as usize];
        (node.id, node.kind != Kind::Server, node.start)
    });
    let id_at = |at: usize| nodes[by_id[at] as usize].id;
    let too_many = (SPANS_OF_ONE_ID..by_id.len()).any(|at| id_at(at - SPANS_OF_ONE_ID) == id_at(at));
    let parents = nodes
        .iter()
        .map(|node| {
            let at = by_id.partition_point(|other| nodes[*other as usize].id < node.parent_id);
            if node.parent_id != SpanId::NONE && at < by_id.len() && id_at(at) == node.parent_id {
                by_id[at]
            } else {
                NONE
            }
        })
        .collect();
    (parents, too_many)
}

/// Marks the nodes that are their own ancestors.
fn find_cycles(parents: &[u32]) -> Vec<bool> {
    let mut in_cycle = vec![false; parents.len()];
    // The walk in which a node was first met; a walk that meets itself has found a cycle.
    let mut met = vec![NONE; parents.len()];
    for start in 0..parents.len() as u32 {
        let mut node = start;
        while node != NONE && met[node as usize] == NONE {
            met[node as usize] = start;
            node = parents[node as usize];
        }
        if node != NONE && met[node as usize] == start {
            while !in_cycle[node as usize] {
                in_cycle[node as usize] = true;
                node = parents[node as usize];
            }
        }
    }
    in_cycle
}
