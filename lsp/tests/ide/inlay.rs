//! Inlay hints: under each line the same with its hints between `[` and `]`.

use traceql_lsp::ide::inlay::inlay;

use crate::{marked::Marked, section::Section, shop::Shop};

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    let mut text = String::new();
    for line in section.body.lines().filter(|line| !line.starts_with("  ")) {
        text.push_str(&format!("{line}\n  {}\n", hinted(section, line)));
    }
    Ok(text.trim_end().to_owned())
}

fn hinted(section: &Section, line: &str) -> String {
    let name = section.options.get("file").map_or("a.traceql", String::as_str);
    let file = Marked::new(name, line);
    // Marks are the ends of the part that is asked for.
    let part = match file.marks.as_slice() {
        [start, end] => *start..*end,
        _ => 0..file.text.len(),
    };
    let inlays = inlay(&file.analysis(section), part, Shop::shared());
    let mut text = file.text;
    for inlay in inlays.iter().rev() {
        text.insert_str(inlay.at, &format!("[{}]", inlay.label));
    }
    text
}
