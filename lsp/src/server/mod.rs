//! The language server: the protocol around what the other modules know.
//!
//! ```text
//! session ─► backend ─► Snapshot ─► reading (document, lint) ─► findings, actions, formatting ─► client
//! ```
//!
//! [`serve`] speaks with one client over any pair of byte streams. What it needs of the machine comes in with [`Parts`]. This is
//! the only module with types of the protocol in it; the others count in bytes.

mod abilities;
mod actions;
mod backend;
mod client;
mod commands;
mod completions;
mod configs;
mod documents;
mod findings;
mod formatting;
mod frame;
mod hovers;
mod inlays;
mod lenses;
mod listing;
mod machine;
mod markup;
mod names;
mod outbox;
mod outlines;
mod place;
mod pulls;
mod ranges;
mod reading;
mod session;
mod settings;
mod signatures;
mod state;
mod status;
mod tasks;
mod tokens;
mod uri;
mod usages;
mod welcome;
mod workspace;

use std::{sync::Arc, time::Duration};

use crate::runner::Runner;

pub use machine::{ENDS, Machine};
pub use session::{Ending, serve};

/// The parts of a server.
#[derive(Clone)]
pub struct Parts {
    /// Files, processes and the calendar.
    pub machine: Arc<dyn Machine>,
    /// The runner of queries; `None` where nothing can run them.
    pub runner: Option<Arc<dyn Runner>>,
    /// The version that the server tells the client.
    pub version: String,
    /// Maximum time that the client may take to answer a request.
    pub patience: Duration,
    /// Time between two looks whether the client's process runs.
    pub look_for_client: Duration,
}

impl Parts {
    /// Returns the parts with the times that serve well.
    pub fn new(machine: Arc<dyn Machine>, version: impl Into<String>) -> Parts {
        let (patience, look_for_client) = (Duration::from_secs(30), Duration::from_secs(5));
        Parts { machine, runner: None, version: version.into(), patience, look_for_client }
    }
}
