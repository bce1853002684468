//! What `tags` and `values` have in common: of which spans they tell, and how.

use clap::{Args, ValueEnum};
use traceql_grammar::{query::Query, vocab::release::Release};

#[cfg(feature = "remote")]
use super::query::{Recent, recent};
use super::{
    Exit, Failure,
    query::checked,
    sources::Sources,
    time::{self, Span, Time},
    ui::Ui,
};
#[cfg(feature = "remote")]
use crate::tempo::CatalogRequest;
use crate::{
    output::{catalog::table::Style, text::counted},
    plan::{LowerError, TimeRange},
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
    /// Returns the search that selects spans: all of them if none is given.
    pub(super) fn query(&self, ui: &Ui) -> Result<Query, Failure> {
        match &self.query {
            Some(query) => checked(query, &self.sources, ui),
            None => Ok(traceql_grammar::check("{ }", Release::Main).query),
        }
    }

    /// Returns the times that spans must lie in.
    pub(super) fn range(&self) -> Result<Option<TimeRange>, Failure> {
        Ok(match time::bounds(self.start, self.end, self.since)? {
            (None, None) => None,
            (start, end) => Some(TimeRange { start: start.unwrap_or(0), end: end.unwrap_or(u64::MAX) }),
        })
    }

    /// Returns what servers are asked for: in the last hour, if no times are given.
    #[cfg(feature = "remote")]
    pub(super) fn of_servers(&self, ui: &Ui) -> Result<CatalogRequest, Failure> {
        let Recent { range, is_usual } = recent(self.start, self.end, self.since)?;
        if is_usual {
            ui.note("the last hour is asked for; `--since 24h` asks for a day");
        }
        if self.query.is_some() {
            ui.note("servers narrow what they list by one filter of `--query`, and only as far as they can tell");
        }
        Ok(CatalogRequest { query: self.query.clone(), range: Some(range), limit: None })
    }

    /// Tells whether not all spans count.
    pub(super) fn is_narrow(&self) -> bool {
        self.query.is_some() || self.start.or(self.end).is_some() || self.since.is_some()
    }

    /// Says that none of so many spans counts, and why that may be.
    pub(super) fn tell_nothing_selected(&self, spans: u64, ui: &Ui) {
        let among = format!("among {}", counted(spans, "span"));
        ui.note(&match (&self.query, self.is_narrow()) {
            (Some(_), _) if spans > 0 => format!("nothing matches the query {among}"),
            (None, true) if spans > 0 => format!("nothing lies in the time range {among}"),
            _ => "there are no spans".to_owned(),
        });
    }
}

/// Says why spans cannot be selected.
pub(super) fn no_plan(error: &LowerError) -> Failure {
    let failure = Failure::new(Exit::Query, error.to_string());
    match error {
        LowerError::NotASearch => Failure::new(Exit::Query, "`--query` selects spans, and a metrics query has none")
            .with_hint("keep the part before the metrics function: `{ … }`"),
        _ => failure,
    }
}

/// Returns how tables may be drawn.
pub(super) fn style(ui: &Ui) -> Style {
    Style { color: ui.out_color, width: ui.out_width }
}
