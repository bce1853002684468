//! Files that hold queries, and the positions inside them.
//!
//! ```text
//! file ─► json / yaml ─► Node ─► grafana ─┐
//!    └──► scan (Markdown, shell, …) ──────┴─► Document ─► Holder ─► Target ─► Found
//! ```
//!
//! [`read`] looks into a file and gives a [`Document`]: every query with the map from its bytes to the bytes of the
//! file, and the settings that stand beside it. It never fails: what cannot be read is in [`Document::broken`].

mod decoded;
pub mod edit;
pub mod holder;
pub mod json;
pub mod layer;
pub mod lines;
pub mod node;
pub mod source_map;
pub mod variable;
pub mod yaml;

pub use holder::Document;

use holder::{Found, Holder, HolderKind, Target};
use layer::Layer;
use source_map::SourceMap;

/// What is known before a file is read.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The uids and names of data sources that are a Tempo.
    pub tempo: Vec<String>,
}

/// Looks for queries in a file. `name` is its path, of which the end tells what kind of file it is; `text` is all of
/// it.
pub fn read(name: &str, text: &str, _known: &Known) -> Document {
    if name.ends_with(".traceql") { query_file(text) } else { Document::default() }
}

/// Reads a file that is one query.
fn query_file(text: &str) -> Document {
    let whole = 0..text.len();
    let found = Found {
        text: text.to_owned(),
        map: SourceMap::verbatim(whole.clone()),
        layers: vec![Layer::Raw],
        is_condition: false,
        span: whole.clone(),
    };
    let target = Target { query: Some(found), span: whole.clone(), ..Target::default() };
    let holder = Holder {
        kind: HolderKind::File,
        title: None,
        id: None,
        description: None,
        panel_type: None,
        dashboard: None,
        targets: vec![target],
        span: whole,
    };
    Document { holders: vec![holder], ..Document::default() }
}
