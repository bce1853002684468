//! References: the file with a cursor, and under its lines the places of the name that is there.

use traceql_lsp::ide::references::{references, subject_at};

use crate::{
    drawn::{drawn, file},
    section::Section,
};

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    let file = file(section);
    let analysis = file.analysis(section);
    let (subject, _) = subject_at(&analysis, file.marks[0]).ok_or("nothing is at the cursor")?;
    let places = references(&analysis, &subject).into_iter().map(|place| {
        let certain = if place.is_certain { "certain" } else { "likely" };
        let filter = if place.is_filter { ", filter" } else { "" };
        (place.span, format!("{certain}{filter}"))
    });
    Ok(drawn(&file, &places.collect::<Vec<_>>()))
}
