//! Files that hold queries, and the positions inside them.
//!
//! ```text
//! file ─► json / yaml ─► Node ─► grafana ─┐
//!    └──► scan (Markdown, shell, …) ──────┴─► Document ─► Holder ─► Target ─► Found
//! ```
//!
//! [`read`] looks into a file and gives a [`Document`]: every query with the map from its bytes to the bytes of the file, and
//! the settings that stand beside it. It never fails: what cannot be read is in [`Document::broken`].

mod decoded;
pub mod edit;
mod finder;
mod grafana;
pub mod holder;
pub mod json;
mod json_template;
mod kind;
pub mod layer;
pub mod lines;
pub mod node;
mod scan;
mod source;
pub mod source_map;
pub mod variable;
mod words;
pub mod yaml;

pub use holder::Document;

use traceql_grammar::template::occurrences;

use finder::Finder;
use grafana::Way;
use holder::{Found, HolderKind, Target};
use kind::Kind;
use layer::Layer;
use source::Source;
use source_map::SourceMap;

/// Facts known before a file is read.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The uids and names of data sources that are a Tempo.
    pub tempo: Vec<String>,
}

/// Looks for queries in a file. `name` is its path, of which the end tells what kind of file it is; `text` is all of it.
pub fn read(name: &str, text: &str, known: &Known) -> Document {
    let kind = Kind::of(name, text);
    if kind == Kind::Query {
        return query_file(text);
    }
    if !words::may_hold_query(text, known) {
        return Document::default();
    }
    let mut finder = Finder::new(known, text);
    match kind {
        Kind::Json => json_file(&mut finder, text),
        Kind::Yaml => yaml_file(&mut finder, text),
        _ => scan::read(&mut finder, &Source::file(text), kind),
    }
    finder.finish()
}

/// Reads a file of JSON: one value, or one after the other.
fn json_file(finder: &mut Finder<'_>, text: &str) {
    let source = Source::file(text);
    let (nodes, broken) = json::parse_all(text);
    if broken.is_some() && template_of_json(finder, &source, text, Way::default()) {
        return;
    }
    for node in &nodes {
        grafana::read(finder, &source, node, Way::default());
    }
    // Nothing but Terraform doubles the sign, in a template of which it fills the other variables.
    if memchr::memmem::find(text.as_bytes(), b"$${").is_some() {
        finder.pass_over(0, "a template whose values are put in later", |_, found| {
            occurrences(&found.text).next().is_some()
        });
    }
    if let Some(broken) = broken {
        grafana::broken(finder, &source, broken, Kind::Json);
    }
}

/// Reads a text that would be JSON without the actions of a template in it; tells whether it is one.
fn template_of_json(finder: &mut Finder<'_>, source: &Source<'_>, text: &str, way: Way<'_>) -> bool {
    let written = json_template::without_actions(text);
    let Some(node) = written.as_deref().and_then(|written| json::parse(written).ok()) else { return false };
    finder.has_actions = true;
    grafana::read(finder, source, &node, way);
    true
}

/// Reads a file of YAML documents.
fn yaml_file(finder: &mut Finder<'_>, text: &str) {
    let source = Source::file(text);
    let parsed = yaml::parse(text);
    for node in &parsed.documents {
        grafana::read(finder, &source, node, Way::default());
    }
    for broken in parsed.broken {
        grafana::broken(finder, &source, broken, Kind::Yaml);
    }
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
    Document { holders: vec![finder::holder(HolderKind::File, vec![target], whole)], ..Document::default() }
}
