//! Chains in which `&&` and `||` take turns.
//!
//! Both bind alike and group from the left, so that each change between them is one more level of a tree. Such trees are
//! walked by recursion; where a chain changes too often it is not made a tree.

/// Maximum of changes between `&&` and `||` in a chain that becomes a tree: brackets nest up to 256 deep, and each level may
/// hold a chain.
const MAX_CHANGES: usize = 8;

/// Tells whether a chain changes too often between `&&` (`true`) and `||` to become a tree.
pub(super) fn changes_often(ands: impl Iterator<Item = bool>) -> bool {
    let (mut last, mut changes) = (None, 0);
    for and in ands {
        changes += usize::from(last.is_some_and(|last| last != and));
        last = Some(and);
    }
    changes > MAX_CHANGES
}

#[cfg(test)]
mod tests {
    use super::changes_often;

    #[test]
    fn only_changes_count() {
        assert!(!changes_often([true; 1_000].into_iter()));
        assert!(!changes_often((0..1_000).map(|n| n < 500)));
        assert!(!changes_often((0..9).map(|n| n % 2 == 0)));
        assert!(changes_often((0..10).map(|n| n % 2 == 0)));
    }
}
