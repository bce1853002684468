//! `filters-beside-query`: a dashboard with ad hoc filters, which do nothing for queries in TraceQL.

use super::{Findings, Judged};
use crate::document::{holder::HolderKind, variable::VariableKind};

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for (at, dashboard) in judged.document.dashboards.iter().enumerate() {
        let of_tempo = |name: Option<&str>| {
            let mut sources = judged.targets().filter(|place| place.holder.dashboard == Some(at));
            name.is_some()
                && sources.any(|place| {
                    let source = place.target.data_source.name.as_ref().map(|name| name.value.as_str());
                    let is_raw = place.query.is_some() && place.target.built.is_none();
                    place.holder.kind == HolderKind::Panel && is_raw && source == name
                })
        };
        let filters = dashboard.variables.iter().filter(|variable| variable.kind == VariableKind::AdHoc);
        for variable in filters.filter(|variable| of_tempo(variable.data_source.as_deref())) {
            let found = findings
                .at(&variable.span, format!("the filters of `{}` do nothing for queries in TraceQL", variable.name))
                .label("Grafana adds them only to the queries of the search form")
                .help("write variables into the queries, or take the filters out");
            findings.file(found);
        }
    }
}
