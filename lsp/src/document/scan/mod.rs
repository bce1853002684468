//! Texts that hold queries beside other things: addresses, Markdown, commands, Terraform.

mod hcl;
mod markdown;
mod shell;
mod terraform;
pub(super) mod urls;

use super::{finder::Finder, grafana::target::Around, holder::HolderKind, kind::Kind, source::Source};

/// Looks for queries in a text of some kind.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>, kind: Kind) {
    match kind {
        Kind::Markdown => markdown::read(finder, source),
        Kind::Shell => shell::read(finder, source),
        Kind::Terraform => terraform::read(finder, source),
        Kind::Query | Kind::Json | Kind::Yaml | Kind::Other => {}
    }
    if finder.has_links {
        urls::read(finder, Around::bare(source), HolderKind::ExploreUrl, None);
    }
}
