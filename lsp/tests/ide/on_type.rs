//! Indentation while typing: each paragraph is a file with `$0` behind what was typed, and below `=>` the file after it.

use traceql_lsp::{document::edit::apply, ide::on_type::on_type};

use crate::{marked::Marked, section::Section};

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    let paragraphs = section.body.split("\n\n").map(|paragraph| {
        let text = paragraph.split("\n=>\n").next().unwrap_or(paragraph);
        let name = section.options.get("file").map_or("a.traceql", String::as_str);
        let file = Marked::new(name, text);
        let at = file.marks[0];
        let typed = file.text[..at].chars().next_back().unwrap_or('\n');
        let edits: Vec<_> = on_type(&file.analysis(section), at, typed).into_iter().collect();
        format!("{text}\n=>\n{}", apply(&file.text, edits))
    });
    let paragraphs: Vec<String> = paragraphs.collect();
    Ok(paragraphs.join("\n\n").trim_end().to_owned())
}
