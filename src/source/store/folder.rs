//! A block in a store.

use std::{fmt, io, sync::Arc};

use object_store::{ObjectStoreExt, path::Path};

use crate::{
    model::tempo_block::DATA_FILE,
    source::{parquet::ranges::Ranges, tempo_block::Files},
};

use super::{Answer, Store, pieces::Pieces};

/// The folder of a block.
#[derive(Clone)]
pub(super) struct StoreFolder {
    pub(super) store: Arc<Store>,
    pub(super) path: Path,
    /// How many bytes the traces take, if the listing told.
    pub(super) size: Option<u64>,
}

impl Files for StoreFolder {
    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let path = self.path.clone().join(name);
        let whole = async { self.store.client.get(&path).await?.bytes().await };
        let bytes = self.store.wait(self.store.ask(&path, whole)).map_err(|answer: Answer| io::Error::from(answer))?;
        Ok(bytes.into())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Ranges>> {
        let path = self.path.clone().join(name);
        let listed = self.size.filter(|_| name == DATA_FILE);
        let size = match listed {
            Some(size) => size,
            None => {
                self.store
                    .wait(self.store.ask(&path, self.store.client.head(&path)))
                    .map_err(|answer: Answer| io::Error::from(answer))?
                    .size
            }
        };
        Ok(Box::new(Pieces::new(Arc::clone(&self.store), path, size)))
    }

    fn size(&self) -> Option<u64> {
        self.size
    }

    /// Blocks in stores never change: a compacted one has another id.
    fn version(&self) -> Option<String> {
        Some(format!("{} {} {}\n", self.store.endpoint, self.store.url(&self.path), self.size?))
    }

    fn is_far(&self) -> bool {
        true
    }
}

impl fmt::Debug for StoreFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.store.url(&self.path))
    }
}
