//! Renaming: a paragraph is a file with a cursor, `->` and the new name, then the file with the new name, or why not.

use traceql_lsp::{
    document::edit::apply,
    ide::rename::{NewName, prepare_rename, rename},
};

use crate::{drawn::named, section::Section};

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    let paragraphs: Result<Vec<String>, String> =
        section.body.split("\n\n").map(|part| paragraph(section, part)).collect();
    Ok(paragraphs?.join("\n\n"))
}

fn paragraph(section: &Section, part: &str) -> Result<String, String> {
    let (marked, rest) = part.split_once("\n->").ok_or("a paragraph has no new name")?;
    let name = rest.lines().next().unwrap_or_default();
    let answer = renamed(section, marked, name.strip_prefix(' ').unwrap_or(name));
    Ok(format!("{marked}\n->{name}\n{}", answer.unwrap_or_else(|reason| format!("refused: {reason}"))))
}

fn renamed(section: &Section, marked: &str, name: &str) -> Result<String, String> {
    let file = named(section, marked);
    let analysis = file.analysis(section);
    let Some(found) = prepare_rename(&analysis, file.marks[0])? else { return Err("no query is here".to_owned()) };
    // The end of a line cannot hold what it stands for.
    let new = NewName::read(&name.replace("\\n", "\n"))?;
    let renamed = rename(&analysis, &found.subject, &new)?;
    let left = if renamed.left.is_empty() { String::new() } else { format!("\nleft: {}", renamed.left.len()) };
    Ok(apply(&file.text, renamed.edits) + &left)
}
