//! How a text is written inside of another: as a JSON string, as a YAML scalar, in a URL, and so on.

use std::ops::Range;

use super::{json, source_map::SourceMap};

/// A way to write a text. Several lie around a query that stands in JSON in YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// As it is: a file of its own, a Markdown fence.
    Raw,
    /// A JSON string.
    Json,
    /// A YAML scalar without quotes.
    YamlPlain,
    /// A YAML scalar in single quotes.
    YamlSingle,
    /// A YAML scalar in double quotes.
    YamlDouble,
    /// A YAML block `|`, its lines indented by so many blanks.
    YamlLiteral(usize),
    /// A YAML block `>`, its lines indented by so many blanks.
    YamlFolded(usize),
    /// `$$` stands for `$`, as in files for provisioning.
    DoubledDollar,
    /// Percent-encoded, as in URLs.
    Percent,
    /// Between single quotes of a shell.
    ShellSingle,
    /// Between double quotes of a shell.
    ShellDouble,
    /// A quoted string of Terraform.
    Terraform,
}

impl Layer {
    /// Returns where each byte of `value` stands in `document`, where it is written at `span`, quotes included.
    pub(super) fn map(self, document: &str, span: Range<usize>, value: &str) -> SourceMap {
        let (decoded, map) = match self {
            Layer::Json => json::decode(document, span.clone()),
            _ => return SourceMap::made(value.len(), span),
        };
        if decoded == value { map } else { SourceMap::made(value.len(), span) }
    }
}
