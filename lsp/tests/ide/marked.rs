//! Files with marks in them, as sections write them.

use traceql_grammar::vocab::release::Release;
use traceql_lsp::{document::Known, ide::Analysis, lint::Options};

use crate::section::Section;

/// A file whose places are marked by `$0`.
pub(crate) struct Marked {
    pub name: String,
    /// The text without the marks.
    pub text: String,
    /// The places, in bytes of the text.
    pub marks: Vec<usize>,
}

impl Marked {
    /// Reads a text with marks.
    pub(crate) fn new(name: &str, marked: &str) -> Marked {
        let (mut text, mut marks) = (String::new(), Vec::new());
        for (index, part) in marked.split("$0").enumerate() {
            if index > 0 {
                marks.push(text.len());
            }
            text.push_str(part);
        }
        Marked { name: name.to_owned(), text, marks }
    }

    /// Reads the file as the options of a section tell.
    pub(crate) fn analysis(&self, section: &Section) -> Analysis {
        let release = section.options.get("target").map_or(Release::Main, |target| target.parse().expect("a release"));
        Analysis::new(self.name.as_str(), self.text.as_str(), &Known::default(), Options::of(release))
    }
}
