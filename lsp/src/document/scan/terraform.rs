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
    // A value that Terraform puts in is not known, and `$${` is what a dashboard gets as `${`.
    finder.pass_over(before, "a query into which Terraform puts a value", |_, found| {
        is_computed(text, found.span.clone())
    });
    for holder in finder.document.holders.iter_mut().skip(before) {
        if holder.kind == HolderKind::SavedQuery {
            holder.kind = HolderKind::Terraform;
        }
    }
}

/// Tells whether Terraform puts something into a part of a file.
fn is_computed(text: &str, span: std::ops::Range<usize>) -> bool {
    let raw = text.get(span).unwrap_or_default();
    ["${", "%{"].iter().any(|mark| raw.match_indices(mark).any(|(at, _)| !raw[..at].ends_with(&mark[..1])))
}
