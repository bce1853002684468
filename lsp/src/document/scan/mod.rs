//! Texts that hold queries beside other things: addresses, Markdown, commands, Terraform.

pub(super) mod urls;

use super::{finder::Finder, grafana::target::Around, holder::HolderKind, kind::Kind, source::Source};

/// Looks for queries in a text of some kind.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>, kind: Kind) {
    urls::read(finder, Around::bare(source), HolderKind::ExploreUrl, None);
}
