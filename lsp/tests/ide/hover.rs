//! Hover: under each line with a `$0`, the part that is explained and the page; `  ` begins each of its lines.
//!
//! The option `file` gives the line another kind of file: `[file=a.json]`.

use traceql_lsp::{catalog::Nothing, ide::hover::hover};

use crate::{
    marked::{Marked, under_marks},
    section::Section,
    shop::Shop,
};

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    under_marks(section, |line| Ok(explained(section, &line.replace("\\n", "\n"))))
}

fn explained(section: &Section, line: &str) -> String {
    let name = section.options.get("file").map_or("a.traceql", String::as_str);
    let file = Marked::new(name, line);
    let analysis = file.analysis(section);
    let is_empty = section.options.get("catalog").is_some_and(|name| name == "nothing");
    let found = match is_empty {
        true => hover(&analysis, file.marks[0], &Nothing),
        false => hover(&analysis, file.marks[0], Shop::shared()),
    };
    let Some(found) = found else { return "  nothing\n".to_owned() };
    let mut text = format!("  at {}\n", file.text[found.span].replace('\n', "\\n"));
    // A section has no empty lines within an answer.
    for line in found.markdown.lines().filter(|line| !line.is_empty()) {
        text.push_str(&format!("  {line}\n"));
    }
    text
}
