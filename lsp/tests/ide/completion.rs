//! Completion: under each line with a `$0`, the first words that are offered there.

use traceql_lsp::ide::{completion::completion, usage::Usage};

use crate::{
    marked::{Marked, under_marks},
    section::Section,
    shop::Shop,
};

/// Maximum number of words that are written for a place.
const MOST_SHOWN: usize = 10;

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    under_marks(section, |line| Ok(offered(section, &line.replace("\\n", "\n"))))
}

fn offered(section: &Section, line: &str) -> String {
    let file = Marked::new("a.traceql", line);
    let items = completion(&file.analysis(section), file.marks[0], Shop::shared(), &Usage::default()).items;
    let written = items.iter().take(MOST_SHOWN).map(|item| {
        let old = if item.is_deprecated { " (deprecated)" } else { "" };
        let insert = item.snippet.as_ref().unwrap_or(&item.insert);
        let insert = if *insert == item.label { String::new() } else { format!(" -> {insert}") };
        format!("  {}{insert}{old}\n", item.label)
    });
    let written: String = written.collect();
    if written.is_empty() { "  nothing\n".to_owned() } else { written }
}
