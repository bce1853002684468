//! Ways to write a text inside of another: as a JSON string, as a YAML scalar, in a URL, and so on.

mod decode;
mod write;

pub(super) use write::yaml_quoted;

use std::ops::Range;

use super::{
    json,
    source_map::SourceMap,
    yaml::{block, flow},
};

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
    /// A YAML block `|`, its lines indented by so many blanks, and lines of other texts that are indented alike.
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
    /// Returns the text that `raw` stands for, with its map. `raw` is what stands between the quotes, or a part of it;
    /// of a YAML block what stands behind the indentation of its first line.
    pub fn decode(self, raw: &str) -> (String, SourceMap) {
        match self {
            Layer::Raw => (raw.to_owned(), SourceMap::verbatim(0..raw.len())),
            Layer::Json => json::decode(raw),
            Layer::YamlPlain => flow::decode(raw, flow::Quotes::Plain),
            Layer::YamlSingle => flow::decode(raw, flow::Quotes::Single),
            Layer::YamlDouble => flow::decode(raw, flow::Quotes::Double),
            Layer::YamlLiteral(indent) => block::decode_part(raw, indent, false),
            Layer::YamlFolded(indent) => block::decode_part(raw, indent, true),
            Layer::DoubledDollar => decode::doubled_dollar(raw),
            Layer::Percent => decode::percent(raw),
            Layer::ShellSingle => decode::shell_single(raw),
            Layer::ShellDouble => decode::shell_double(raw),
            Layer::Terraform => decode::terraform(raw),
        }
    }

    /// Returns how `text` is written in the middle of a text of this layer; `None` where that cannot be. A text that is
    /// put in at a place where it changes what stands beside it has to be looked at by whoever puts it there.
    pub fn write(self, text: &str) -> Option<String> {
        write::write(self, text)
    }

    /// Returns the text that stands in `document` at `span`, quotes or the header of a block included, with its map.
    pub(super) fn decode_at(self, document: &str, span: Range<usize>) -> (String, SourceMap) {
        let (start, end) = match self {
            Layer::Json
            | Layer::YamlSingle
            | Layer::YamlDouble
            | Layer::ShellSingle
            | Layer::ShellDouble
            | Layer::Terraform => (span.start + 1, span.end.saturating_sub(1)),
            _ => (span.start, span.end),
        };
        let raw = document.get(start..end.max(start)).unwrap_or_default();
        let (text, map) = match self {
            Layer::YamlLiteral(indent) => block::decode(raw, indent, false),
            Layer::YamlFolded(indent) => block::decode(raw, indent, true),
            _ => self.decode(raw),
        };
        (text, map.shifted(start))
    }

    /// Returns where each byte of `value` stands in `document`, where it is written at `span`, quotes included.
    pub(super) fn map(self, document: &str, span: Range<usize>, value: &str) -> SourceMap {
        let (decoded, map) = self.decode_at(document, span.clone());
        if decoded == value { map } else { SourceMap::made(value.len(), span) }
    }
}
