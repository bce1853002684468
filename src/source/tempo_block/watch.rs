//! What reading a block takes, for those who watch.

use std::collections::BTreeSet;

use crate::model::profile::{BlockProfile, ColumnProfile, Watch};

use super::{Block, Window};

/// What a leaf was read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Prunes,
    Decides,
    Answers,
}

impl Block {
    /// Says what the block is, before any of its rows is read.
    pub(crate) fn tell_opened(&self, windows: &[Window], watch: Watch<'_>) {
        let footer = self.file.keep_log();
        watch.count(|source| {
            source.format = format!("Tempo block, {}", self.format);
            source.size = Some(self.file.size());
        });
        watch.block(|block| {
            block.row_groups = self.file.row_groups().count() as u64;
            block.rows = self.file.row_groups().map(u64::from).sum();
            block.windows = windows.len() as u64;
            block.footer = footer;
        });
    }

    /// Says what was read since it was said last; `last` tells that no more will be.
    pub(crate) fn tell_read(&self, watch: Watch<'_>, last: bool) {
        let reads = self.file.take_log();
        watch.block(|block| {
            block.indexes += reads.others;
            for (leaf, read) in reads.leaves {
                let column = self.column(block, leaf);
                column.bytes += read.bytes;
                column.pages.extend(read.pages);
            }
            if last {
                for (path, leaf) in self.file.leaves() {
                    if let Some(column) = block.columns.get_mut(path) {
                        (column.all_pages, column.all_bytes) = (self.file.pages_of(leaf), self.file.bytes_of(leaf));
                    }
                }
            }
        });
    }

    /// Says what leaves were read for.
    pub(super) fn tell_use(&self, leaves: &BTreeSet<usize>, what: Use, watch: Watch<'_>) {
        watch.block(|block| {
            for leaf in leaves {
                let column = self.column(block, *leaf);
                match what {
                    Use::Prunes => column.prunes = true,
                    Use::Decides => column.decides = true,
                    Use::Answers => column.answers = true,
                }
            }
        });
    }

    fn column<'p>(&self, block: &'p mut BlockProfile, leaf: usize) -> &'p mut ColumnProfile {
        block.columns.entry(self.file.chunk_metadata(0, leaf).column_path().string()).or_default()
    }
}
