//! Answers to an editor: pure functions from a file, a place in it and what the catalog knows to plain values.
//!
//! No protocol and no IO here. Places are bytes of the file; what is inserted is written as its file writes texts.

pub mod completion;
mod documentation;
mod fields;
pub mod folding;
pub mod highlight;
pub mod hover;
pub mod inlay;
pub mod on_type;
pub mod references;
pub mod rename;
pub mod rewrite;
pub mod selection;
pub mod signature;
pub mod symbols;
mod terms;
pub mod tokens;
mod units;
pub mod usage;

use std::sync::Arc;

use traceql_grammar::Checked;

use crate::{
    document::{
        self, Document, Known,
        holder::{Found, Holder, HolderKind, Target},
    },
    lint::Options,
};
use terms::{Term, terms};

/// A file as it is now, read once for all answers.
#[derive(Clone, Debug)]
pub struct Analysis {
    name: String,
    text: Arc<str>,
    document: Document,
    options: Options,
}

/// A query of a file, at a place in it.
#[derive(Clone, Copy, Debug)]
pub struct QueryAt<'a> {
    /// The holder of the query.
    pub holder: &'a Holder,
    /// The target that sends it.
    pub target: &'a Target,
    /// The query.
    pub found: &'a Found,
    /// The place, in bytes of the query's text.
    pub at: usize,
}

impl Analysis {
    /// Reads a file. `name` is its path, as for [`document::read`].
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>, known: &Known, options: Options) -> Analysis {
        let (name, text) = (name.into(), text.into());
        let document = document::read(&name, &text, known);
        Analysis { name, text, document, options }
    }

    /// Returns the name of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the queries of the file with what holds them.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Returns the settings by which the file is judged.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Returns the query at a byte of the file, the place right behind it included.
    pub fn query_at(&self, offset: usize) -> Option<QueryAt<'_>> {
        self.document.targets().find_map(|(holder, target)| {
            let found = target.query.as_ref().filter(|found| !found.layers.is_empty())?;
            let is_inside = found.span.start <= offset && offset <= found.span.end;
            let at = found.map.to_text(offset).filter(|_| is_inside)?;
            Some(QueryAt { holder, target, found, at })
        })
    }

    /// Returns the queries that are written in the file, with what holds them.
    fn written(&self) -> impl Iterator<Item = (&Holder, &Target, &Found)> {
        self.document.targets().filter_map(|(holder, target)| {
            let found = target.query.as_ref().filter(|found| !found.layers.is_empty())?;
            Some((holder, target, found))
        })
    }

    /// Checks the text of a query for the release of the settings, with the variables of its dashboard declared.
    pub fn check(&self, query: QueryAt<'_>) -> Checked {
        crate::lint::cases::checked(&self.document, query.holder, query.found, &self.options)
    }
}

/// Returns the terms of a query. Everywhere but in a file of its own it may have variables.
fn terms_of<'t>(holder: &Holder, found: &'t Found) -> Vec<Term<'t>> {
    terms(&found.text, holder.kind != HolderKind::File)
}
