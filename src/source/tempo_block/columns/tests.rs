//! Columns of fewer rows than were read at first.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::source::tempo_block::open::{Block, Folder};

/// Opens a block that Tempo wrote; the tests that follow need more rows than one.
fn block(name: &str) -> Block {
    let folder = format!("tests/blocks/{name}/single-tenant/00000000-0000-4000-8000-000000000001");
    let folder = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    Block::open(&Folder(folder)).expect("it is in the repository")
}

fn rows(marks: &[bool]) -> RowSet {
    RowSet::of((0..).zip(marks).filter(|(_, mark)| **mark).map(|(row, _)| row))
}

/// Returns a column as text, texts by themselves.
fn text(column: &Column) -> String {
    format!("{} {:?} {:?} {:?}", column.len, column.rep, column.def, column.values)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn narrowed_columns_are_those_of_the_rows(first in vec(any::<bool>(), 52), then in vec(any::<bool>(), 52)) {
        let block = block("zoo-vParquet5");
        let (first, then) = (rows(&first), rows(&then).and(&rows(&first)));
        let mut narrowed = Columns::new(&block.file, 0, first);
        let leaves: Vec<usize> = block.file.leaves().map(|(_, leaf)| leaf).collect();
        for leaf in leaves.iter().filter(|leaf| **leaf % 3 != 0) {
            narrowed.nested(*leaf).expect("it is sound");
        }
        for leaf in leaves.iter().filter(|leaf| **leaf % 3 == 0) {
            narrowed.flat(*leaf).expect("it is sound");
        }
        narrowed.narrow(then.clone()).expect("it is sound");
        let mut read = Columns::new(&block.file, 0, then);
        for leaf in leaves {
            let (found, expected) = (narrowed.nested(leaf), read.nested(leaf));
            prop_assert_eq!(text(&found.expect("it is sound")), text(&expected.expect("it is sound")), "leaf {}", leaf);
        }
    }
}
