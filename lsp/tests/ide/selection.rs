//! Selection: a file with a cursor, and under its lines the parts around it, the smallest first.

use traceql_lsp::ide::selection::selection;

use crate::{
    drawn::{drawn, file},
    section::Section,
};

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    let file = file(section);
    let spans = selection(&file.analysis(section), file.marks[0]).into_iter().enumerate();
    let places = spans.map(|(at, span)| (span, (at + 1).to_string()));
    Ok(drawn(&file, &places.collect::<Vec<_>>()))
}
