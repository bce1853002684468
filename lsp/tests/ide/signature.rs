//! Signatures: under each line with a `$0`, the call around it with the parameter at the cursor between `*`, and the lines of
//! its documentation.

use traceql_lsp::ide::signature::signature;

use crate::{marked::Marked, section::Section};

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    let mut text = String::new();
    for line in section.body.lines().filter(|line| !line.starts_with("  ")) {
        text.push_str(line);
        text.push('\n');
        if line.contains("$0") {
            text.push_str(&called(section, line));
        }
    }
    Ok(text.trim_end().to_owned())
}

fn called(section: &Section, line: &str) -> String {
    let file = Marked::new("a.traceql", line);
    let Some(found) = signature(&file.analysis(section), file.marks[0]) else { return "  nothing\n".to_owned() };
    let mut label = found.label;
    if let Some(active) = found.parameters.get(found.active) {
        label.insert(active.end, '*');
        label.insert(active.start, '*');
    }
    let mut text = format!("  {label}\n");
    if section.options.contains_key("documentation") {
        found.documentation.lines().filter(|line| !line.is_empty()).for_each(|line| text += &format!("    {line}\n"));
    }
    text
}
