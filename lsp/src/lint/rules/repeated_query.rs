//! `repeated-query`: one query in several panels of a dashboard.

use std::collections::HashMap;

use traceql_grammar::{MOST_DIAGNOSTICS, span::Span};

use super::{Findings, Judged, Place};
use crate::document::holder::HolderKind;

/// Panels with a query from which on it counts as repeated.
const MANY: usize = 3;

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    let mut by_text: HashMap<(Option<usize>, String), Vec<Place<'_>>> = HashMap::new();
    let mut order = Vec::new();
    let shown = judged.targets().filter(|place| place.holder.kind == HolderKind::Panel && !place.target.is_hidden);
    for place in shown {
        let Some(found) = place.found().filter(|_| place.target.built.is_none()) else { continue };
        let text = found.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let key = (place.holder.dashboard, text);
        let places = by_text.entry(key.clone()).or_insert_with(|| {
            order.push(key);
            Vec::new()
        });
        // Twice in one panel is a matter of that panel.
        if places.last().is_none_or(|last| last.at != place.at) {
            places.push(place);
        }
    }
    for key in order {
        let Some((first, others)) = by_text.get(&key).and_then(|places| places.split_first()) else { continue };
        if others.len() + 1 < MANY {
            continue;
        }
        let mut found = findings
            .at(&first.span(), format!("{} panels of the dashboard ask for the same", others.len() + 1))
            .help("ask once, and show the answer in the other panels through the data source `-- Dashboard --`");
        for place in others.iter().take(MOST_DIAGNOSTICS) {
            let span = place.span();
            found = found.also(Span::new(span.start, span.end), "the same query");
        }
        findings.holder(first.at, found);
    }
}
