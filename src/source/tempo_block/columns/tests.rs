//! Columns of fewer rows than were read at first.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::source::{
    parquet::{levels, values::Values},
    tempo_block::{
        entries::ValueOf,
        open::{Block, Folder},
    },
};

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

/// Returns the values of entries as text.
fn values(column: &Column, entries: impl IntoIterator<Item = u32>) -> Vec<String> {
    let mut value = ValueOf::new(column);
    let text = |at: usize| match &column.values {
        Values::Ints(values) => format!("{}", values[at]),
        Values::Index(values, texts) => format!("{:?}", texts.get(values[at] as usize)),
        Values::Texts(texts) => format!("{:?}", texts.get(at)),
        other => format!("{other:?}"),
    };
    entries.into_iter().map(|entry| value.at(entry as usize).map_or("none".to_owned(), text)).collect()
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
        narrowed.narrow(then.clone(), None).expect("it is sound");
        let mut read = Columns::new(&block.file, 0, then);
        for leaf in leaves {
            let (found, expected) = (narrowed.nested(leaf), read.nested(leaf));
            prop_assert_eq!(text(&found.expect("it is sound")), text(&expected.expect("it is sound")), "leaf {}", leaf);
        }
    }

    #[test]
    fn picked_spans_are_those_among_all(
        looked_at in vec(any::<bool>(), 52),
        picked in vec(0u8..4, 1200),
        large in any::<bool>(),
    ) {
        let block = block("zoo-vParquet5");
        let looked_at = rows(&looked_at);
        // Where many traces have no span that was picked, rows go too.
        let is_picked = |entry: u32| picked[entry as usize % picked.len()] < if large { 3 } else { 1 };
        let mut columns = Columns::new(&block.file, 0, looked_at.clone());
        let starts = columns.nested(block.layout.start).expect("it is sound");
        let mut bounds = Vec::new();
        levels::starts(&starts.rep, 0, &mut bounds);
        bounds.push(starts.len as u32);
        let entries: Vec<u32> = (0..starts.len as u32).filter(|entry| is_picked(*entry)).collect();
        let has_some = |bounds: &[u32]| (bounds[0]..bounds[1]).any(is_picked);
        let marks: Vec<bool> = bounds.windows(2).map(has_some).collect();
        let left = RowSet::of(looked_at.iter().zip(marks).filter(|(_, has)| *has).map(|(row, _)| row));
        let ranges = entries.iter().map(|entry| *entry..*entry + 1);
        columns.narrow(left, Some(PickedEntries::new(looked_at.clone(), bounds, ranges))).expect("it is sound");
        let mut all = Columns::new(&block.file, 0, looked_at);
        for leaf in [block.layout.duration, block.layout.span_id, block.layout.name, block.layout.status_message] {
            let ((found, is_picked), all) = (columns.picked(leaf).expect("it is sound"), all.flat(leaf).expect("it is sound"));
            prop_assert!(is_picked);
            prop_assert_eq!(found.len, entries.len());
            let expected: Vec<u32> = entries.clone();
            prop_assert_eq!(values(&found, 0..found.len as u32), values(&all, expected), "leaf {}", leaf);
        }
    }
}
