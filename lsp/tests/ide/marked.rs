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

/// Writes an answer under each line with a `$0`, in the place of the lines that begin with two blanks.
pub(crate) fn under_marks(
    section: &Section,
    answer: impl Fn(&str) -> Result<String, String>,
) -> Result<String, String> {
    let mut text = String::new();
    for line in section.body.lines().filter(|line| !line.starts_with("  ")) {
        text.push_str(line);
        text.push('\n');
        if line.contains("$0") {
            text.push_str(&answer(line)?);
        }
    }
    Ok(text.trim_end().to_owned())
}
