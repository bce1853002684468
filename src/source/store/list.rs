//! Finds blocks and files in a bucket, level by level: what lies in blocks is not listed.

use std::sync::Arc;

use object_store::{ListResult, ObjectMeta, ObjectStoreExt, path::Path};
use tokio::task::JoinSet;

use crate::{
    model::tempo_block::{DATA_FILE, META_FILE},
    source::{
        error::Refusal,
        input::{BESIDE_BLOCKS, Input, Origin},
    },
};

use super::{Answer, Store, address::Address, file::Object, folder::StoreFolder};

/// How many folders are listed at once.
const AT_ONCE: usize = 16;

/// Finds what an address names, in order of names.
pub(super) fn inputs(store: &Arc<Store>, address: &Address) -> Result<Vec<Input>, Refusal> {
    store.wait(find(store, address))
}

async fn find(store: &Arc<Store>, address: &Address) -> Result<Vec<Input>, Refusal> {
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
    let mut found = walk(store, &root).await?;
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
async fn walk(store: &Arc<Store>, root: &Path) -> Result<Vec<Input>, Refusal> {
    let (mut blocks, mut files) = (Vec::new(), Vec::new());
    let (mut waiting, mut listing) = (vec![root.clone()], JoinSet::new());
    loop {
        while listing.len() < AT_ONCE
            && let Some(folder) = waiting.pop()
        {
            listing.spawn(list(Arc::clone(store), folder));
        }
        let Some(listed) = listing.join_next().await else { break };
        let (folder, ListResult { common_prefixes, objects, .. }) = listed
            .unwrap_or_else(|error| Err(Refusal::new(format!("a request broke off: {error}"), "try again").into()))
            .map_err(|answer| answer.refusal)?;
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
        waiting.extend(common_prefixes.into_iter().filter(|folder| !is_hidden(folder)));
    }
    let is_beside = |path: &Path| path.filename().is_some_and(|name| BESIDE_BLOCKS.contains(&name));
    files.retain(|object| blocks.is_empty() || !is_beside(&object.location));
    blocks.extend(files.into_iter().map(|object| file_input(store, object)));
    Ok(blocks)
}

async fn list(store: Arc<Store>, folder: Path) -> Result<(Path, ListResult), Answer> {
    let listed = store.ask(&folder, store.client.list_with_delimiter(Some(&folder))).await?;
    Ok((folder, listed))
}
