//! Holders of queries in a document: panels, alert rules, links and so on, with the settings beside each query.

use std::ops::Range;

use super::{layer::Layer, source_map::SourceMap, variable::Variable};

/// The queries of a file, with the things that hold them. All places are bytes of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The holders of queries, in order of the file.
    pub holders: Vec<Holder>,
    /// The dashboards, in order of the file.
    pub dashboards: Vec<Dashboard>,
    /// Parts that should hold queries and cannot be read.
    pub broken: Vec<Remark>,
    /// Parts that may hold a query, but nothing tells of which language.
    pub untold: Vec<Remark>,
}

/// A place with a sentence about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The place.
    pub span: Range<usize>,
    /// The sentence: lower case, without a full stop.
    pub message: String,
}

/// A dashboard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dashboard {
    /// Its title.
    pub title: Option<String>,
    /// Its variables.
    pub variables: Vec<Variable>,
    /// The data sources that the file itself names: uid and type, of `__inputs` (`${DS_TEMPO}`) for example.
    pub data_sources: Vec<(String, String)>,
}

/// One thing that holds queries.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    /// The kind of thing.
    pub kind: HolderKind,
    /// The name that people know: the title of a panel or rule; `None` if it has none.
    pub title: Option<Setting<String>>,
    /// The number of a panel or the uid of a rule, as text.
    pub id: Option<String>,
    /// The description, in which suppressions stand.
    pub description: Option<Setting<String>>,
    /// The type of a panel: `table`, `traces`, `timeseries`.
    pub panel_type: Option<Setting<String>>,
    /// The dashboard that it belongs to: an index into [`Document::dashboards`].
    pub dashboard: Option<usize>,
    /// The variables for whose values a panel, or a row around it, is repeated: each copy has one value of them.
    pub repeats: Vec<String>,
    /// Its queries, and beside them the targets of Tempo that have none.
    pub targets: Vec<Target>,
    /// Its place.
    pub span: Range<usize>,
}

/// The kinds of holders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HolderKind {
    /// A `.traceql` file.
    File,
    /// A panel of a dashboard.
    Panel,
    /// A panel that dashboards share.
    LibraryPanel,
    /// A link of a panel, a field or a dashboard that opens a query.
    Link,
    /// An alert rule.
    AlertRule,
    /// A rule that records series.
    RecordingRule,
    /// A correlation of a data source with a Tempo.
    Correlation,
    /// A derived field of a Loki data source.
    DerivedField,
    /// The address of a query in Grafana.
    ExploreUrl,
    /// A query that Grafana keeps under a name.
    SavedQuery,
    /// A string in a Terraform file.
    Terraform,
    /// A code block in Markdown.
    CodeBlock,
    /// A command in a script.
    Command,
}

/// A value of a setting with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Its place, with quotes.
    pub span: Range<usize>,
}

/// A query with what stands beside it: a target of a panel, the model of a rule, and so on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// The letter by which the holder calls it.
    pub ref_id: Option<String>,
    /// The query; `None` if the target has none, or needs none.
    pub query: Option<Found>,
    /// The query that Grafana builds of the filters, for a target of type `traceqlSearch`. [`Target::query`] is what is
    /// written beside them, which Grafana ignores then.
    pub built: Option<Found>,
    /// The data source.
    pub data_source: DataSource,
    /// `queryType`.
    pub query_type: Option<Setting<String>>,
    /// Whether the panel does not show it.
    pub is_hidden: bool,
    /// The wanted number of traces.
    pub limit: Option<Setting<i64>>,
    /// The wanted number of spans of a spanset.
    pub spss: Option<Setting<i64>>,
    /// `tableType`.
    pub table_type: Option<Setting<String>>,
    /// `metricsQueryType`.
    pub metrics_query_type: Option<Setting<String>>,
    /// `step`.
    pub step: Option<Setting<String>>,
    /// The number of complete filters in the search form.
    pub filters: usize,
    /// Its place.
    pub span: Range<usize>,
}

/// The data source of a target, as far as the file tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataSource {
    /// The name in the file: a uid, a name, or a variable.
    pub name: Option<Setting<String>>,
    /// Whether it is defined nowhere in a file that defines its data sources: `${DS_TEMPO}` without an input.
    pub is_missing: bool,
}

/// A query as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The text as Grafana reads it, with its variables in place.
    pub text: String,
    /// The place in the file of each byte of the text.
    pub map: SourceMap,
    /// The ways in which it is written there, from the innermost layer to the outermost.
    pub layers: Vec<Layer>,
    /// Whether the text is a condition without braces, as Traces Drilldown saves it.
    pub is_condition: bool,
    /// The bytes of the file that hold it, with quotes.
    pub span: Range<usize>,
}

impl Document {
    /// Returns each target with its holder, in order of the file.
    pub fn targets(&self) -> impl Iterator<Item = (&Holder, &Target)> {
        self.holders.iter().flat_map(|holder| holder.targets.iter().map(move |target| (holder, target)))
    }

    /// Returns the variables that a holder's queries may use.
    pub fn variables(&self, holder: &Holder) -> &[Variable] {
        holder.dashboard.and_then(|at| self.dashboards.get(at)).map_or(&[], |dashboard| &dashboard.variables)
    }

    /// Tells whether nothing was found, broken or untold.
    pub fn is_empty(&self) -> bool {
        self.holders.is_empty() && self.broken.is_empty() && self.untold.is_empty()
    }
}

impl Found {
    /// Tells whether Grafana takes the text for a trace ID: it is of hexadecimal digits only.
    pub fn is_trace_id(&self) -> bool {
        let text = self.text.trim();
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit())
    }
}

impl Target {
    /// Returns the query that Grafana sends to Tempo.
    pub fn sent(&self) -> Option<&Found> {
        self.built.as_ref().or(self.query.as_ref())
    }
}
