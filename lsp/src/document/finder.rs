//! What is collected while a file is read.

use std::ops::Range;

use super::{
    Known,
    holder::{Document, Holder, HolderKind, Remark, Target},
    words,
};

/// Nesting of values at most, over all texts inside of texts.
pub(super) const DEEPEST: usize = 256;

/// What has been found so far, and what was known before.
pub(super) struct Finder<'k> {
    /// What was known before.
    pub(super) known: &'k Known,
    /// What has been found.
    pub(super) document: Document,
    /// Whether links to queries may be in the file.
    pub(super) has_links: bool,
}

impl<'k> Finder<'k> {
    /// Begins with nothing found in a file.
    pub(super) fn new(known: &'k Known, file: &str) -> Finder<'k> {
        Finder { known, document: Document::default(), has_links: words::has_link(file) }
    }

    /// Returns what was found, in order of the file.
    pub(super) fn finish(mut self) -> Document {
        self.document.holders.sort_by_key(|holder| holder.span.start);
        self.document.broken.sort_by_key(|remark| remark.span.start);
        self.document.untold.sort_by_key(|remark| remark.span.start);
        self.document
    }

    /// Keeps a place that may hold a query of which nothing tells the language.
    pub(super) fn untold(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.document.untold.push(Remark { span, message: message.into() });
    }

    /// Keeps a place that cannot be read.
    pub(super) fn broken(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.document.broken.push(Remark { span, message: message.into() });
    }
}

/// Makes a holder without a name.
pub(super) fn holder(kind: HolderKind, targets: Vec<Target>, span: Range<usize>) -> Holder {
    Holder { kind, title: None, id: None, description: None, panel_type: None, dashboard: None, targets, span }
}
