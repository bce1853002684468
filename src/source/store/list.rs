//! Finds blocks and files in a bucket, level by level: what lies in blocks is not listed.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use object_store::{ListResult, ObjectMeta, ObjectStoreExt, list::PaginatedListOptions, path::Path};
use tokio::task::JoinSet;

use crate::{
    model::{
        budget::{CURE_EXHAUSTED, Exhausted, Reserved},
        tempo_block::{DATA_FILE, META_FILE},
    },
    source::{
        error::Refusal,
        input::{BESIDE_BLOCKS, Input, Origin},
    },
};

use super::{Answer, Store, address::Address, configure::Lists, file::Object, folder::StoreFolder};

/// How many folders are listed at once.
const AT_ONCE: usize = 16;

/// Finds what an address names, in order of names.
pub(super) fn inputs(store: &Arc<Store>, lists: &Lists, address: &Address) -> Result<Vec<Input>, Refusal> {
    store.wait(find(store, lists, address))
}

async fn find(store: &Arc<Store>, lists: &Lists, address: &Address) -> Result<Vec<Input>, Refusal> {
    let root = Path::parse(&address.key).map_err(|_| {
        Refusal::new(
            "no object has such a name",
            "check the URL for double slashes and for `.` and `..` between slashes",
        )
    })?;
    // What looks like a file is asked for as one first. Where it can be both, a folder is more likely.
    let looks_like_file = !address.is_folder && root.filename().is_some_and(|name| name.contains('.'));
    if looks_like_file && let Some(file) = file(store, &root).await? {
        return Ok(vec![file]);
    }
    let mut found = walk(store, lists, &root).await?;
    if found.is_empty() && !address.is_folder && !looks_like_file {
        found.extend(file(store, &root).await?);
    }
    if found.is_empty() {
        return Err(Refusal::new(
            "there are no blocks and no files",
            "check the bucket and the prefix for typing mistakes; blocks that were compacted into others do not count",
        ));
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// Looks for a file.
async fn file(store: &Arc<Store>, path: &Path) -> Result<Option<Input>, Refusal> {
    match store.ask(path, store.client.head(path)).await {
        Ok(data) => Ok(Some(file_input(store, data))),
        Err(Answer { missing: true, .. }) => Ok(None),
        Err(answer) => Err(answer.refusal),
    }
}

fn file_input(store: &Arc<Store>, data: ObjectMeta) -> Input {
    let name = store.url(&data.location);
    Input { name, origin: Origin::Object(Object { store: Arc::clone(store), path: data.location, size: data.size }) }
}

/// Lists everything below a folder, several folders at once, and no folder of a block.
async fn walk(store: &Arc<Store>, lists: &Lists, root: &Path) -> Result<Vec<Input>, Refusal> {
    let (mut blocks, mut files) = (Vec::new(), Vec::new());
    let (mut waiting, mut listing) = (vec![root.clone()], JoinSet::new());
    let found = Arc::new(Entries::new(store)?);
    loop {
        while listing.len() < AT_ONCE
            && let Some(folder) = waiting.pop()
        {
            let (store, lists, found) = (Arc::clone(store), Arc::clone(lists), Arc::clone(&found));
            listing.spawn(async move { (folder.clone(), list(store, lists, &folder, found).await) });
        }
        let Some(listed) = listing.join_next().await else { break };
        let (folder, listed) =
            listed.map_err(|error| Refusal::new(format!("a request broke off: {error}"), "try again"))?;
        let ListResult { common_prefixes, objects, .. } = match listed {
            Ok(listed) => listed,
            // One of several folders: reading goes on without it, if that is wanted.
            Err(answer) if folder != *root && store.gone.get().is_none() && !found.is_full() => {
                blocks.push(Input { name: store.url(&folder), origin: Origin::Refused(answer.refusal) });
                continue;
            }
            Err(answer) => return Err(answer.refusal),
        };
        let object = |wanted: &str| objects.iter().find(|object| object.location.filename() == Some(wanted));
        if object("meta.compacted.json").is_some() && object(META_FILE).is_none() {
            continue;
        }
        let data = object(DATA_FILE);
        if data.is_some() || object(META_FILE).is_some() {
            let size = data.map(|data| data.size);
            let folder = StoreFolder { store: Arc::clone(store), path: folder, size };
            blocks.push(Input { name: store.url(&folder.path), origin: Origin::Block(Arc::new(folder)) });
            continue;
        }
        let is_hidden = |path: &Path| path.filename().is_none_or(|name| name.starts_with('.'));
        files.extend(objects.into_iter().filter(|object| !is_hidden(&object.location)));
        let folders = common_prefixes.into_iter().filter(|below| !is_hidden(below));
        for below in folders {
            if !below.prefix_matches(&folder) || below == folder || below.as_ref().len() > LONGEST_NAME {
                return Err(endless("the service lists a folder that cannot be there"));
            }
            waiting.push(below);
        }
    }
    let is_beside = |path: &Path| path.filename().is_some_and(|name| BESIDE_BLOCKS.contains(&name));
    files.retain(|object| blocks.is_empty() || !is_beside(&object.location));
    blocks.extend(files.into_iter().map(|object| file_input(store, object)));
    Ok(blocks)
}

/// Lists one level of a folder, page by page.
async fn list(store: Arc<Store>, lists: Lists, folder: &Path, found: Arc<Entries>) -> Result<ListResult, Answer> {
    let prefix = if folder.as_ref().is_empty() { None } else { Some(format!("{folder}/")) };
    let mut all = ListResult { common_prefixes: Vec::new(), objects: Vec::new(), extensions: Default::default() };
    let (mut token, mut tokens, mut pages) = (None::<String>, HashSet::new(), 0);
    loop {
        let options = PaginatedListOptions {
            delimiter: Some("/".into()),
            page_token: token.clone(),
            ..PaginatedListOptions::default()
        };
        let page = store.ask(folder, lists.list_paginated(prefix.as_deref(), options)).await?;
        let ListResult { common_prefixes, objects, .. } = page.result;
        // Some services list a folder as an object of its own.
        let objects = objects.into_iter().filter(|object| object.location != *folder);
        let before = all.objects.len() + all.common_prefixes.len();
        all.objects.extend(objects);
        all.common_prefixes.extend(common_prefixes);
        found.add(all.objects.len() + all.common_prefixes.len() - before)?;
        pages += 1;
        let entries = all.objects.len() + all.common_prefixes.len();
        if pages > PAGES && entries / pages < FEWEST {
            return Err(endless(&format!("the list does not end: {pages} pages have {entries} entries")).into());
        }
        token = page.page_token.filter(|token| !token.is_empty());
        let Some(next) = &token else { return Ok(all) };
        if !tokens.insert(next.clone()) {
            return Err(endless("the service goes on listing at a place where it was before").into());
        }
    }
}

/// Maximum number of objects and folders that are listed for one source.
const MOST: usize = 1_000_000;

/// Number of pages of a folder after which each must have had [`FEWEST`] entries on average.
const PAGES: usize = 1000;

/// Minimum number of entries of a page on average: services give a thousand, and at times a page without any.
const FEWEST: usize = 10;

/// Memory that an entry takes, in bytes.
const ENTRY: u64 = 400;

/// Maximum length of a name, in bytes: no service has longer ones.
const LONGEST_NAME: usize = 1024;

/// What was listed for a source.
struct Entries {
    entries: AtomicUsize,
    reserved: Reserved,
    is_full: AtomicBool,
}

impl Entries {
    fn new(store: &Store) -> Result<Entries, Refusal> {
        let reserved = store.environment.budget().reserve(0).map_err(exhausted)?;
        Ok(Entries { entries: AtomicUsize::new(0), reserved, is_full: AtomicBool::new(false) })
    }

    /// Counts entries.
    ///
    /// # Errors
    ///
    /// There are more entries than any bucket of traces has, or more than there may be memory for.
    fn add(&self, entries: usize) -> Result<(), Refusal> {
        let all = self.entries.fetch_add(entries, Ordering::Relaxed) + entries;
        if all > MOST {
            self.is_full.store(true, Ordering::Relaxed);
            return Err(endless(&format!("there are more than {MOST} objects and folders")));
        }
        self.reserved.grow(entries as u64 * ENTRY).map_err(|error| {
            self.is_full.store(true, Ordering::Relaxed);
            exhausted(error)
        })
    }

    /// Tells whether there are more entries than there may be.
    fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Relaxed)
    }
}

fn endless(problem: &str) -> Refusal {
    Refusal::new(problem, "name a folder further down; if it is small, check the endpoint and what stands in between")
}

fn exhausted(error: Exhausted) -> Refusal {
    Refusal::new(error.to_string(), CURE_EXHAUSTED)
}
