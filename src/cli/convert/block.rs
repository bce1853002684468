//! The arguments of blocks: whose spans they are, and what the block is called.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    path::Path,
};

use clap::Args;

use super::target::is_stdout;
use crate::{
    cli::{Exit, Failure},
    model::{batch::Batch, cancel::Cancel},
    output::{
        cancellable::is_cancelled,
        tempo_block::{Error, Options, Written, write},
    },
};

/// What a block of Tempo is called.
#[derive(Debug, Args)]
pub(super) struct BlockArgs {
    /// Whose spans they are, for `--to tempo-block`; without it `single-tenant`, that of a Tempo with one tenant
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,

    /// The block's id, a UUID, for `--to tempo-block`; without it a random one
    #[arg(long, value_name = "UUID")]
    block_id: Option<String>,
}

impl BlockArgs {
    /// Fails if any of them is given, which is for formats that are no blocks.
    pub(super) fn none(&self) -> Result<(), Failure> {
        let given = [("--tenant", &self.tenant), ("--block-id", &self.block_id)];
        match given.iter().find(|(_, value)| value.is_some()) {
            Some((name, _)) => Err(Failure::new(Exit::Usage, format!("{name} is only for blocks"))
                .with_hint("add `--to tempo-block`, or leave it out")),
            None => Ok(()),
        }
    }

    /// Checks what can be checked before reading.
    pub(super) fn options(&self, out: &Path, force: bool) -> Result<Options, Failure> {
        if force {
            return Err(Failure::new(Exit::Usage, "--force is not for blocks, which are never replaced")
                .with_hint("remove the block's directory, or choose another `--block-id`"));
        }
        if is_stdout(out) {
            return Err(Failure::new(Exit::Usage, "a block is a directory and cannot be written to stdout")
                .with_hint("name the directory that holds the tenants' directories"));
        }
        if out.exists() && !out.is_dir() {
            return Err(Failure::new(Exit::Usage, format!("{} is no directory", out.display()))
                .with_hint("name the directory that holds the tenants' directories"));
        }
        let mut options = Options::new(self.block_id.clone().unwrap_or_else(random_id));
        if let Some(tenant) = &self.tenant {
            options.tenant.clone_from(tenant);
        }
        options.check(out).map_err(|error| failed(&error))?;
        Ok(options)
    }
}

/// Writes a block.
pub(super) fn write_block(
    out: &Path,
    batches: &[Batch],
    options: &Options,
    cancel: &Cancel,
) -> Result<Written, Failure> {
    write(out, batches, options, cancel).map_err(|error| failed(&error))
}

fn failed(error: &Error) -> Failure {
    let message = error.to_string();
    match error {
        Error::Tenant(_) => Failure::new(Exit::Usage, message).with_hint("name one directory, without a path"),
        Error::BlockId(_) => Failure::new(Exit::Usage, message).with_hint(
            "leave `--block-id` out for a random one, or give one such as 0c0b5ed9-8ef8-4b6c-8a5c-2d1f1f3c9a77",
        ),
        Error::Exists(_) => Failure::new(Exit::Usage, message)
            .with_hint("remove it, or choose another `--block-id`: blocks are never replaced"),
        Error::Empty => Failure::new(Exit::Nothing, message),
        Error::Io { error, .. } if is_cancelled(error) => Failure::Silent(Exit::Interrupted),
        Error::Io { .. } | Error::Parquet { .. } => Failure::new(Exit::Incomplete, message)
            .with_hint("check the space on the disk and the rights of the directory; nothing is left of the attempt"),
    }
}

/// Returns a random UUID (version 4).
fn random_id() -> String {
    // Each state is seeded by the system; nothing secret hangs on it.
    let random = || u128::from(RandomState::new().build_hasher().finish());
    let bits = random() << 64 | random();
    // Version 4, variant 1.
    let bits = bits & !(0xf << 76 | 0b11 << 62) | 0x4 << 76 | 0b10 << 62;
    let text = format!("{bits:032x}");
    let part = |from: usize, to: usize| &text[from..to];
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::random_id;

    #[test]
    fn ids_are_random_uuids() {
        let ids: Vec<String> = (0..50).map(|_| random_id()).collect();
        for id in &ids {
            let parts: Vec<&str> = id.split('-').collect();
            assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
            assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
        assert!(ids.iter().enumerate().all(|(at, id)| !ids[..at].contains(id)));
    }
}
