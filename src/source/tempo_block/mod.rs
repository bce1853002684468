//! Tempo's own blocks: folders with a Parquet file, in which a row is a trace.
//!
//! vParquet3, 4 and 5 are read. What is taken from the layout: the paths of columns, what the levels of lists mean, which
//! attributes have columns of their own (`meta.json` names them), how nested-set numbers tell a tree, and the filters of
//! trace ids. See `model::tempo_block` for what reading and writing share.

mod attributes;
mod build;
mod children;
mod columns;
mod entries;
mod extras;
mod ids;
mod layout;
mod links;
mod lookup;
mod needs;
mod open;
mod others;
mod prune;
mod scan;
mod shape;
mod traces;
mod tree;
mod watch;
mod words;

use crate::model::projection::Core;

pub(crate) use self::{
    lookup::{LookedUp, look_up},
    open::{Block, BlockFault, Files, Folder, Memory, Opened},
    scan::{Wanted, Window, scan, trace_ids, windows},
};

/// What loose spans have: all that they need to be put together with others.
const LOOSE: Core = Core { tree: false, child_count: false, roots: false, services: false, ..Core::ALL };
