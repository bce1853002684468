//! Passes over levels, held against the same in a line.

use proptest::{collection::vec, prelude::*};

use super::super::levels::{count_below, starts};

/// Levels of which few, some, most or all are 0.
fn levels() -> impl Strategy<Value = Vec<u8>> {
    (1..40u8, 0..500usize).prop_flat_map(|(share, length)| {
        let level = (0..40u8, any::<u8>()).prop_map(move |(chance, other)| if chance < share { 0 } else { other });
        vec(level, length)
    })
}

proptest! {
    #[test]
    fn passes_over_levels(levels in levels(), level in prop_oneof![0..4u8, any::<u8>()]) {
        let mut found = vec![77];
        starts(&levels, level, &mut found);
        let expected = (0u32..).zip(&levels).filter(|(_, found)| **found <= level).map(|(i, _)| i);
        prop_assert_eq!(found, [77].into_iter().chain(expected).collect::<Vec<u32>>());

        prop_assert_eq!(count_below(&levels, level), levels.iter().filter(|found| **found < level).count());
    }
}

#[test]
fn many_levels_are_counted_over_chunks() {
    let levels = [1; 100_000];
    assert_eq!((count_below(&levels, 2), count_below(&levels, 1)), (100_000, 0));
    let mut found = Vec::new();
    starts(&levels, 1, &mut found);
    assert_eq!(found, (0..100_000).collect::<Vec<u32>>());
}
