//! Rewriting: under each line with one `$0`, or two around a part, the rewrites that are offered there and what they make.

use traceql_lsp::{document::edit::apply, ide::rewrite::rewrites};

use crate::{
    marked::{Marked, under_marks},
    section::Section,
};

/// What stands before and behind a query in the files of the option `host`.
const HOSTS: [(&str, &str, &str, &str); 4] = [
    ("query", "a.traceql", "", ""),
    (
        "json",
        "a.json",
        r#"{"panels": [{"title": "Slow carts", "datasource": {"type": "tempo"}, "targets": [{"query": ""#,
        r#""}]}]}"#,
    ),
    (
        "yaml",
        "a.yaml",
        "panels:\n  - title: Slow carts\n    datasource: {type: tempo}\n    targets:\n      - query: ",
        "\n",
    ),
    ("markdown", "notes.md", "# Notes\n\n```traceql\n", "\n```\n"),
];

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    under_marks(section, |line| offered(section, &line.replace("⏎", "\n")))
}

fn offered(section: &Section, line: &str) -> Result<String, String> {
    let host = section.options.get("host").map_or("query", String::as_str);
    let host = HOSTS.iter().find(|(name, ..)| *name == host).ok_or("no such host")?;
    let (_, name, before, behind) = *host;
    let file = Marked::new(name, &format!("{before}{line}{behind}"));
    let (first, last) = (file.marks[0], *file.marks.last().expect("a mark"));
    let mut written = String::new();
    for rewrite in rewrites(&file.analysis(section), first..last) {
        written.push_str(&format!("  {}\n", rewrite.title));
        if let Some(new) = rewrite.new_file {
            written.push_str(&format!("    {}: {}\n", new.name, new.text.replace('\n', "⏎")));
            continue;
        }
        let new = apply(&file.text, rewrite.edits);
        let new = new.strip_prefix(before).and_then(|new| new.strip_suffix(behind)).ok_or("the host changed")?;
        written.push_str(&format!("    {}\n", new.replace('\n', "⏎")));
    }
    Ok(if written.is_empty() { "  nothing\n".to_owned() } else { written })
}
