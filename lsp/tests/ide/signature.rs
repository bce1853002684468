//! Signatures: under each line with a `$0`, the call around it with the parameter at the cursor between `*`, and the lines of
//! its documentation.

use traceql_lsp::ide::signature::signature;

use crate::{
    marked::{Marked, under_marks},
    section::Section,
};

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    under_marks(section, |line| Ok(called(section, line)))
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
