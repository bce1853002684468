//! `missing-data-source`: a data source that nothing in the file defines.

use super::{Findings, Judged};

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for place in judged.targets().filter(|place| place.target.data_source.is_missing) {
        let Some(name) = &place.target.data_source.name else { continue };
        let found = findings
            .at(&name.span, format!("nothing defines the data source `{}`", name.value))
            .label("Grafana finds no data source of this name")
            .help("add an input or a variable of this name, or write the uid of the data source");
        findings.holder(place.at, found);
    }
}
