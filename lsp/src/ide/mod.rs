//! Answers to an editor, without a protocol and without IO. Places are bytes of the file.

use crate::{
    document::{self, Document, Known},
    lint::Options,
};

/// A file as it is now, read once for all answers.
#[derive(Clone, Debug)]
pub struct Analysis {
    name: String,
    document: Document,
    options: Options,
}

impl Analysis {
    /// Reads a file. `name` is its path, as for [`document::read`].
    pub fn new(name: impl Into<String>, text: &str, known: &Known, options: Options) -> Analysis {
        let name = name.into();
        let document = document::read(&name, text, known);
        Analysis { name, document, options }
    }

    /// Returns the name of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the queries of the file with what holds them.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Returns the settings by which the file is judged.
    pub fn options(&self) -> &Options {
        &self.options
    }
}
