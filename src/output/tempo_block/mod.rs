//! Writes spans as a block that Tempo reads.

mod data;
mod encode;
mod files;
mod fill;
mod group;
mod index;
mod levels;
mod pages;
mod schema;
mod table;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use parquet::errors::ParquetError;
use rayon::prelude::*;
use thiserror::Error;

use crate::model::{
    batch::Batch,
    cancel::Cancel,
    gather::Place,
    tempo_block::{
        DATA_FILE, INDEX_FILE, META_FILE,
        bloom::{self, Bloom},
        layout,
        meta::Meta,
    },
};

use self::table::{Own, Table};
use super::{
    cancellable::go_on,
    folder::sync_folder,
    losses::{Loss, Losses},
};

/// How a block is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whose spans these are; the name of a folder.
    pub tenant: String,
    /// The block's own id, a UUID; the name of the folder below.
    pub block_id: String,
    /// About how many bytes of values, before they are encoded, a row group holds; it holds at least one trace.
    pub row_group_bytes: u64,
    /// How many traces a row group holds at most.
    pub row_group_traces: usize,
}

impl Options {
    /// The tenant of a Tempo that has only one.
    pub const TENANT: &str = "single-tenant";

    /// Returns the options for a block that is about as Tempo would write it.
    pub fn new(block_id: impl Into<String>) -> Options {
        Options {
            tenant: Options::TENANT.to_owned(),
            block_id: block_id.into(),
            // The default of Tempo's `parquet_row_group_size_bytes`.
            row_group_bytes: 100_000_000,
            row_group_traces: usize::MAX,
        }
    }

    /// Checks whether a block of these options can be written below `folder`, as far as can be told without writing.
    pub fn check(&self, folder: &Path) -> Result<(), Error> {
        let tenant = &self.tenant;
        if tenant.is_empty() || tenant == "." || tenant == ".." || tenant.contains(['/', '\\', '\0']) {
            return Err(Error::Tenant(tenant.clone()));
        }
        let parts: Vec<&str> = self.block_id.split('-').collect();
        let are_hex = parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if !are_hex || parts.iter().map(|part| part.len()).ne([8, 4, 4, 4, 12]) {
            return Err(Error::BlockId(self.block_id.clone()));
        }
        let block = folder.join(tenant).join(&self.block_id);
        if block.exists() { Err(Error::Exists(block)) } else { Ok(()) }
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The block's folder.
    pub folder: PathBuf,
    /// What `meta.json` says.
    pub meta: Meta,
    /// What the layout has no place for.
    pub losses: Losses,
}

/// Why a block could not be written.
#[derive(Debug, Error)]
pub enum Error {
    /// The tenant cannot be the name of a folder.
    #[error("`{0}` cannot be the name of a tenant")]
    Tenant(String),
    /// The block id is no UUID.
    #[error("`{0}` cannot be the id of a block, which is a UUID")]
    BlockId(String),
    /// There is no span.
    #[error("there are no spans to write a block of")]
    Empty,
    /// The folder is there already.
    #[error("{} exists", .0.display())]
    Exists(PathBuf),
    /// A file or folder cannot be written.
    #[error("cannot write {}: {error}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The traces cannot be written as Parquet.
    #[error("cannot write {}: {error}", .path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        error: ParquetError,
    },
}

/// Writes a block below `folder`, as `<tenant>/<block id>`. The batches are those of `assemble` for a projection of
/// everything: whole traces, in order of their ids.
///
/// A block that is there is never touched. The files are written into a hidden folder, which gets the block's name when all
/// of them are on the disk: a block is whole or not there. Of one that cannot be written to the end nothing is left.
///
/// # Errors
///
/// A file or folder cannot be written; an [`Error::Io`] that [`super::cancellable`] knows if the token is cancelled.
pub fn write(folder: &Path, batches: &[Batch], options: &Options, cancel: &Cancel) -> Result<Written, Error> {
    options.check(folder)?;
    let _watching = cancel.watch();
    if batches.iter().all(|batch| batch.traces.is_empty()) {
        return Err(Error::Empty);
    }
    let tenant = folder.join(&options.tenant);
    fs::create_dir_all(&tenant).map_err(|error| Error::Io { path: tenant.clone(), error })?;
    let block = tenant.join(&options.block_id);
    // With a name of its own in each run, as one that was killed leaves its folder.
    let part = tenant.join(format!(".{}.{}.part", options.block_id, std::process::id()));
    fs::create_dir(&part).map_err(|error| Error::Io { path: part.clone(), error })?;
    let written = fill(&part, batches, options, cancel).and_then(|(meta, losses)| {
        let failed = |error| Error::Io { path: block.clone(), error };
        sync_folder(&part);
        go_on(cancel).map_err(failed)?;
        options.check(folder)?;
        fs::rename(&part, &block).map_err(failed)?;
        sync_folder(&tenant);
        Ok(Written { folder: block.clone(), meta, losses })
    });
    if written.is_err() {
        // What cannot be removed is hidden, and no block.
        let _ = fs::remove_dir_all(&part);
    }
    written
}

/// Writes the files of a block into an empty folder.
fn fill(folder: &Path, batches: &[Batch], options: &Options, cancel: &Cancel) -> Result<(Meta, Losses), Error> {
    let dedicated = layout::default_dedicated();
    let own = Own::all(&dedicated);
    let tables: Vec<Table<'_>> = batches.par_iter().map(|batch| Table::new(batch, &own)).collect();
    let groups = cut(&tables, options);
    let data = data::write(&folder.join(DATA_FILE), &tables, &groups, &own, cancel)?;

    let traces = || batches.iter().flat_map(|batch| &batch.traces);
    let shards = bloom::shards_for(traces().count() as u64);
    write_filters(folder, traces().map(|trace| trace.id.0.to_be_bytes()), shards)?;
    let last = |group: &Vec<Place>| group.last().map(|at| trace_id(&tables, *at));
    let last_ids: Vec<[u8; 16]> = groups.iter().filter_map(last).collect();
    put(&folder.join(INDEX_FILE), &files::index_json(&last_ids))?;

    let meta = Meta {
        format: layout::FORMAT.to_owned(),
        block_id: options.block_id.clone(),
        tenant_id: options.tenant.clone(),
        start: traces().map(|trace| trace.start).min().unwrap_or_default(),
        end: traces().map(|trace| trace.end).max().unwrap_or_default(),
        traces: traces().count() as u64,
        size: data.size,
        row_groups: groups.len() as u32,
        bloom_shards: shards,
        footer_size: data.footer_size,
        dedicated,
    };
    put(&folder.join(META_FILE), &files::meta_json(&meta))?;
    Ok((meta, losses(batches)))
}

/// Counts what the layout has no place for.
fn losses(batches: &[Batch]) -> Losses {
    let mut losses = Losses::default();
    for Batch { spans, .. } in batches {
        let mut flagged: BTreeSet<u32> = BTreeSet::new();
        flagged.extend((0..).zip(&spans.extras).filter(|(_, extras)| extras.flags != 0).map(|(row, _)| row));
        let links = spans.links.span.iter().zip(&spans.links.extras);
        flagged.extend(links.filter(|(_, extras)| extras.flags != 0).map(|(span, _)| *span));
        flagged.iter().for_each(|_| losses.add(Loss::Flags));
        for origin in spans.resources.extras.iter().chain(&spans.scopes.extras) {
            losses.add_if(!spans.dictionary.get(origin.schema_url).is_empty(), Loss::Schemas);
        }
    }
    losses
}

/// Cuts all traces into row groups.
fn cut(tables: &[Table<'_>], options: &Options) -> Vec<Vec<Place>> {
    let mut groups = Vec::new();
    let mut group = Vec::new();
    let mut bytes = 0;
    for (number, table) in tables.iter().enumerate() {
        for row in 0..table.batch.traces.len() {
            let size = table.bytes_of(row);
            if !group.is_empty() && (group.len() >= options.row_group_traces || bytes + size > options.row_group_bytes)
            {
                groups.push(std::mem::take(&mut group));
                bytes = 0;
            }
            group.push(Place { table: number as u32, row: row as u32 });
            bytes += size;
        }
    }
    groups.push(group);
    groups
}

fn trace_id(tables: &[Table<'_>], at: Place) -> [u8; 16] {
    tables[at.table as usize].batch.traces[at.row as usize].id.0.to_be_bytes()
}

/// Writes the filters of trace ids.
fn write_filters(folder: &Path, ids: impl Iterator<Item = [u8; 16]>, shards: u32) -> Result<(), Error> {
    let mut filters = vec![Bloom::default(); shards as usize];
    for id in ids {
        filters[bloom::shard_of(id, shards) as usize].insert(id);
    }
    for (shard, filter) in (0..).zip(&filters) {
        put(&folder.join(bloom::file_name(shard)), &filter.to_bytes())?;
    }
    Ok(())
}

fn put(path: &Path, content: &[u8]) -> Result<(), Error> {
    let write = || -> io::Result<()> {
        let mut file = File::create_new(path)?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().map_err(|error| Error::Io { path: path.to_owned(), error })
}
