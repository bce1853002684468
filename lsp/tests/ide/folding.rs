//! Folding: under the line with which each part begins that can be folded, its kind and its end.

use traceql_lsp::ide::folding::folding;

use crate::{
    drawn::{drawn, file},
    section::Section,
};

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    let file = file(section);
    let folds = folding(&file.analysis(section)).into_iter();
    let places = folds.map(|fold| (fold.span, format!("{:?}", fold.kind).to_lowercase()));
    Ok(drawn(&file, &places.collect::<Vec<_>>()))
}
