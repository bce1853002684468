//! A Tempo server as a source: its HTTP API, each question as one call that waits and can be given up.
//!
//! ```text
//! Settings ─► Server ─► Question, windows of a long range ─► Transport: headers, retries, redirects, bounds
//!                                       │
//!          the model's types ◄─ merge ◄─ decode ◄─ Reply
//! ```
//!
//! Everything outside of this folder is synchronous. What a server takes at once is asked for at once; what is longer is
//! cut (`windows`), a few windows are asked about at a time (`flight`), and a server that refuses teaches what it takes
//! (`limits`). Nothing here knows what is best asked of a server and what is better done here.

mod address;
mod decode;
mod error;
mod fault;
mod flight;
mod limits;
mod merge;
mod metrics;
pub mod release_cache;
mod reply;
mod search;
mod server;
mod settings;
mod transport;
mod version;
mod watcher;
mod windows;

pub use crate::model::progress::Progress;

pub use self::{
    address::shown_url,
    error::{Kind, RemoteError},
    flight::Call,
    server::{Answer, RemoteTrace, Server},
    settings::{Auth, ClientCertificate, Retries, Secret, Settings},
    version::ServerRelease,
    watcher::{Event, Watcher},
};
// Parts of a `MetricsRequest`.
pub use crate::plan::remote::{Combine, Shape};
