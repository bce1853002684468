//! What `tags` and `values` have in common: of which spans they tell, and how.

use clap::{Args, ValueEnum};
use traceql_grammar::Checked;

use super::{Failure, ask::checked_early, sources::Sources, time::Span, ui::Ui};
use crate::{
    output::{catalog::table::Style, csv::Csv},
    session::{Time, When},
};

/// Where spans come from, and which of them count.
#[derive(Debug, Args)]
pub(super) struct Selection {
    #[command(flatten)]
    pub(super) sources: Sources,

    /// Count only the spans that a search selects, such as `{ status = error }`; any search, with stages and structure
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    query: Option<String>,

    /// Leave out spans that end before: RFC 3339, Unix seconds, `now-1h` or `-1h`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    start: Option<Time>,

    /// Leave out spans that start after
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    end: Option<Time>,

    /// What lies so long before `--end`, or before now
    #[arg(long, value_name = "SPAN", conflicts_with = "start", allow_hyphen_values = true)]
    since: Option<Span>,

    /// How to print the answer; a pipe gets `table` too, as wide as it needs to be
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(super) format: Format,

    /// With `--format csv`, write a `'` before text that a spreadsheet would run: text that begins with `=`, `+`, `-` or `@`
    #[arg(long)]
    csv_safe: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A row for each, with counts
    Table,
    /// Tempo's response of /api/v2/search/tags, or of /api/v2/search/tag/…/values
    Json,
    /// One JSON object for each, with counts
    Jsonl,
    /// A header, and one record for each, with counts
    Csv,
}

impl Selection {
    /// Returns the search that selects spans; `None` for all spans.
    pub(super) fn query(&self) -> Result<Option<Checked>, Failure> {
        self.query.as_ref().map(|query| checked_early(query, self.sources.names())).transpose()
    }

    /// Returns how CSV is written.
    pub(super) fn csv(&self) -> Csv {
        Csv { is_safe: self.csv_safe }
    }

    /// Returns the times that spans must lie in.
    pub(super) fn when(&self) -> When {
        When { start: self.start, end: self.end, since: self.since.map(|since| since.0) }
    }
}

/// Returns how tables may be drawn.
pub(super) fn style(ui: &Ui) -> Style {
    Style { color: ui.out_color, width: ui.out_width }
}
