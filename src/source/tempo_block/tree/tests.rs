//! Nested-set numbers of any trees, right and wrong.

use proptest::{collection::vec, prelude::*};

use super::*;

/// The numbers of a span: left, right, and its parent's left.
type Numbers = (i64, i64, i64);

/// Makes a forest of the parents of spans, where each comes before its children: the numbers of each span.
fn numbered(parents: &[Option<usize>]) -> Vec<Numbers> {
    let mut numbers = vec![(0, 0, -1); parents.len()];
    let mut next = 1;
    let roots = (0..parents.len()).filter(|span| parents[*span].is_none());
    for root in roots {
        let mut open = vec![(root, false)];
        while let Some((span, left)) = open.pop() {
            if left {
                numbers[span].1 = next;
            } else {
                numbers[span].0 = next;
                numbers[span].2 = parents[span].map_or(-1, |parent| numbers[parent].0);
                open.push((span, true));
                open.extend(
                    (0..parents.len()).filter(|child| parents[*child] == Some(span)).map(|child| (child, false)),
                );
            }
            next += 1;
        }
    }
    numbers
}

/// Tells whether numbers are those of a forest, from what they are defined as.
fn are_of_forest(numbers: &[Numbers]) -> bool {
    let mut all: Vec<i64> = numbers.iter().flat_map(|(left, right, _)| [*left, *right]).collect();
    all.sort_unstable();
    let inside = |inner: &Numbers, outer: &Numbers| outer.0 < inner.0 && inner.1 < outer.1;
    all == (1..=2 * numbers.len() as i64).collect::<Vec<_>>()
        && numbers.iter().all(|span| {
            let above: Vec<&Numbers> = numbers.iter().filter(|other| inside(span, other)).collect();
            let apart = numbers.iter().all(|other| {
                other == span || inside(span, other) || inside(other, span) || other.1 < span.0 || span.1 < other.0
            });
            let parent = above.iter().map(|other| other.0).max().unwrap_or(-1);
            span.0 < span.1 && apart && span.2 == parent
        })
}

/// Reads the numbers of one trace behind another one of a single span.
fn read(numbers: &[Numbers]) -> (bool, Nested) {
    let mut nested = Nested { entries: Vec::new(), tree: Tree::default(), irregular: Vec::new() };
    let mut order = Order::default();
    assert!(order.fill(0..1, &[1]) && add(&order, |_| (1, 2, -1), &mut nested));
    let left: Vec<i64> = numbers.iter().map(|numbers| numbers.0).collect();
    let is_tree =
        order.fill(0..numbers.len() as u32, &left) && add(&order, |entry| numbers[entry as usize], &mut nested);
    (is_tree, nested)
}

/// Parents of spans, each before its children.
fn forests() -> impl Strategy<Value = Vec<Option<usize>>> {
    vec(any::<(bool, prop::sample::Index)>(), 0..12).prop_map(|spans| {
        let parent = |(at, (is_root, index)): (usize, (bool, prop::sample::Index))| {
            (at > 0 && !is_root).then(|| index.index(at))
        };
        spans.into_iter().enumerate().map(parent).collect()
    })
}

proptest! {
    #[test]
    fn trees_are_found_whatever_the_order_of_spans(
        (parents, order) in forests().prop_flat_map(|parents| {
            let order: Vec<usize> = (0..parents.len()).collect();
            (Just(parents), Just(order).prop_shuffle())
        }),
    ) {
        let of_tree = numbered(&parents);
        prop_assert!(are_of_forest(&of_tree));
        let numbers: Vec<Numbers> = order.iter().map(|span| of_tree[*span]).collect();
        let (is_tree, nested) = read(&numbers);
        prop_assert!(is_tree);
        let spans: Vec<usize> = nested.entries[1..].iter().map(|entry| order[*entry as usize]).collect();
        let tree = &nested.tree;
        for (row, span) in (1..).zip(&spans) {
            let parent = match tree.parent[row] {
                Tree::NO_PARENT => None,
                parent => Some(spans[parent as usize - 1]),
            };
            prop_assert_eq!(parent, parents[*span]);
            let children = parents.iter().filter(|parent| **parent == Some(*span)).count();
            prop_assert_eq!(tree.child_count[row] as usize, children);
            let (left, right, parent) = of_tree[*span];
            prop_assert_eq!((tree.left[row], tree.right[row], tree.nested_parent[row]), (left as i32, right as i32, parent as i32));
            // All that follow up to the end lie below, and no others do.
            let below = |other: usize| of_tree[other].0 > left && of_tree[other].1 < right;
            let end = tree.end[row] as usize;
            prop_assert!(spans[row..end - 1].iter().all(|other| below(*other)));
            prop_assert!(spans[end - 1..].iter().all(|other| !below(*other)));
        }
    }

    #[test]
    fn numbers_that_make_no_tree_are_told_from_those_that_do(
        parents in forests(),
        changes in vec((any::<prop::sample::Index>(), 0..3, -2..30i64), 0..3),
    ) {
        let mut numbers = numbered(&parents);
        for (span, which, value) in changes.into_iter().filter(|_| !parents.is_empty()) {
            let span = &mut numbers[span.index(parents.len())];
            *[&mut span.0, &mut span.1, &mut span.2][which as usize] = value;
        }
        let (is_tree, nested) = read(&numbers);
        prop_assert_eq!(is_tree, are_of_forest(&numbers));
        let rows = if is_tree { 1 + numbers.len() } else { 1 };
        let tree = &nested.tree;
        prop_assert_eq!(nested.entries.len(), rows);
        prop_assert_eq!([tree.parent.len(), tree.end.len(), tree.child_count.len(), tree.in_cycle.len()], [rows; 4]);
        prop_assert_eq!([tree.left.len(), tree.right.len(), tree.nested_parent.len()], [rows; 3]);
    }
}

#[test]
fn numbers_beyond_all_bounds() {
    for number in [i64::MIN, i64::MAX, -1, 0, 1 << 32, (1 << 32) + 1] {
        for which in 0..3 {
            let mut numbers = [(1, 4, -1), (2, 3, 1)];
            *[&mut numbers[1].0, &mut numbers[1].1, &mut numbers[1].2][which] = number;
            assert!(!read(&numbers).0, "{numbers:?}");
        }
    }
}
