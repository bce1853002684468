//! Symbols: a file, `=>`, and its parts with their kinds and lines, each below the one that it is in.

use traceql_lsp::ide::symbols::{Symbol, outline, symbols};

use crate::{drawn::named, marked::Marked, section::Section};

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    let (text, _) = section.body.split_once("\n=>").unwrap_or((&section.body, ""));
    let file = named(section, text);
    let analysis = file.analysis(section);
    let mut lines = String::new();
    let all = if section.options.contains_key("outline") { outline(&analysis) } else { symbols(&analysis) };
    all.iter().for_each(|symbol| write(&file, symbol, 0, &mut lines));
    Ok(format!("{text}\n=>\n{}", lines.trim_end()).trim_end().to_owned())
}

fn write(file: &Marked, symbol: &Symbol, depth: usize, lines: &mut String) {
    let detail = if symbol.detail.is_empty() { String::new() } else { format!(" [{}]", symbol.detail) };
    let kind = format!("{:?}", symbol.kind).to_lowercase();
    let span = format!("{}-{}", file.place(symbol.span.start), file.place(symbol.span.end));
    let at = file.place(symbol.selection.start);
    lines.push_str(&format!("{}{}{detail}: {kind} {span}, at {at}\n", "  ".repeat(depth), symbol.name));
    symbol.children.iter().for_each(|child| write(file, child, depth + 1, lines));
}
