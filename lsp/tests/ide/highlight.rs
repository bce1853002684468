//! Highlights: the file with a cursor, and under its lines the places that belong to it.

use traceql_lsp::ide::highlight::highlight;

use crate::{
    drawn::{drawn, file},
    section::Section,
};

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    let file = file(section);
    let found = highlight(&file.analysis(section), file.marks[0]).into_iter();
    let places = found.map(|found| (found.span, format!("{:?}", found.kind).to_lowercase()));
    Ok(drawn(&file, &places.collect::<Vec<_>>()))
}
