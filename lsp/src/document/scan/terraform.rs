//! Terraform files: dashboards and rules that are written as objects or as JSON.

use super::{
    super::{finder::Finder, grafana, holder::HolderKind, source::Source},
    hcl,
};

/// Looks for queries in a file.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>) {
    let text = source.text();
    let before = finder.document.holders.len();
    grafana::read(finder, source, &hcl::parse(text), grafana::Way::default());
    let found = &mut finder.document.holders;
    for holder in found.iter_mut().skip(before) {
        // A value that Terraform puts in is not known, and `$${` is what a dashboard gets as `${`.
        holder
            .targets
            .retain(|target| target.query.as_ref().is_none_or(|query| !is_computed(text, query.span.clone())));
        if holder.kind == HolderKind::SavedQuery {
            holder.kind = HolderKind::Terraform;
        }
    }
    let mut at = 0;
    found.retain(|holder| {
        at += 1;
        at <= before || !holder.targets.is_empty()
    });
}

/// Tells whether Terraform puts something into a part of a file.
fn is_computed(text: &str, span: std::ops::Range<usize>) -> bool {
    let raw = text.get(span).unwrap_or_default();
    ["${", "%{"].iter().any(|mark| raw.match_indices(mark).any(|(at, _)| !raw[..at].ends_with(&mark[..1])))
}
