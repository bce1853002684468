//! Commands of an editor: running a query, opening a trace, the text of a query inside of another text.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tower_lsp::{
    jsonrpc::{Error, Result},
    ls_types::{
        ApplyWorkspaceEditParams, Position, ShowDocumentParams, Uri,
        request::{ApplyWorkspaceEdit, ShowDocument},
    },
};
use traceql_grammar::{diagnostic::Edit, span::Span};

use super::{
    actions::{difference, edit},
    documents::Snapshot,
    listing,
    reading::Reading,
    state::{State, failed},
    uri,
};
use crate::{
    document::{
        edit::in_file,
        holder::{Found, Holder},
        layer::Layer,
    },
    lint::filled::{Filled, filled},
    runner::{Answer, Request, Runner},
    stop::Stop,
};

/// The names of the commands.
pub(super) const NAMES: [&str; 9] = [
    "traceql.catalog",
    "traceql.chooseSource",
    "traceql.exploreUrl",
    "traceql.explainPlan",
    "traceql.extractQuery",
    "traceql.openTrace",
    "traceql.replaceQuery",
    "traceql.runQuery",
    "traceql.sources",
];

/// The argument of a command, which is one object.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Argument {
    query: Option<String>,
    uri: Option<Uri>,
    position: Option<Position>,
    source: Option<String>,
    range: Option<String>,
    limit: Option<usize>,
    text: Option<String>,
    field: Option<String>,
    trace_id: Option<String>,
    grafana: Option<String>,
    data_source: Option<String>,
    /// Whether the answer is shown as a document.
    show: bool,
    /// Whether the client is asked to make the edit.
    apply: bool,
}

/// The subject of a command, as it was when the command came.
pub(super) struct Context {
    state: Arc<State>,
    snapshot: Option<Arc<Snapshot>>,
    stop: Stop,
}

impl Context {
    /// Takes the snapshot of the document that the argument names; `stop` gives the command up.
    pub(super) fn new(state: Arc<State>, argument: &Value, stop: Stop) -> Context {
        let address = argument.get("uri").and_then(Value::as_str).and_then(|address| address.parse().ok());
        let snapshot = address.and_then(|address: Uri| state.documents.get(&address));
        Context { state, snapshot, stop }
    }
}

/// Returns the title under which a command is shown that takes a while; `None` for one that does not.
pub(super) fn title(command: &str) -> Option<&'static str> {
    match command {
        "traceql.runQuery" => Some("Running query"),
        "traceql.explainPlan" => Some("Explaining query"),
        "traceql.openTrace" => Some("Opening trace"),
        _ => None,
    }
}

/// Runs a command.
///
/// # Errors
///
/// The argument is not understood, or the command fails.
pub(super) fn run(command: &str, argument: &Value, context: &Context) -> Result<Value> {
    let argument = match argument {
        Value::Null => Argument::default(),
        value => Argument::deserialize(value).map_err(|error| Error::invalid_params(error.to_string()))?,
    };
    match command {
        "traceql.runQuery" => {
            let (request, notes) = request(&argument, context)?;
            let answer = runner(context)?.run(&request, &context.stop).map_err(|why| ended(why, context))?;
            shown("query", &argument, &noted(answer, notes), context)
        }
        "traceql.explainPlan" => {
            let (request, notes) = request(&argument, context)?;
            let answer = runner(context)?.explain(&request, &context.stop).map_err(|why| ended(why, context))?;
            shown("plan", &argument, &noted(answer, notes), context)
        }
        "traceql.openTrace" => {
            let id = argument.trace_id.as_deref().ok_or_else(|| Error::invalid_params("`traceId` is missing"))?;
            let source = argument.source.clone().or_else(|| context.state.settings().source);
            let answer = runner(context)?.trace(id, source.as_deref(), &context.stop);
            let answer = answer.map_err(|why| ended(why, context))?;
            shown("trace", &argument, &answer, context)
        }
        "traceql.catalog" => catalog(&argument, context),
        "traceql.sources" => Ok(sources(context)),
        "traceql.chooseSource" => {
            let chosen = argument.source.filter(|source| !source.trim().is_empty());
            let settings = super::settings::Settings { source: chosen, ..context.state.settings() };
            context.state.set_settings(settings);
            // The names are fetched before they are wanted.
            context.state.catalog().names(None);
            Ok(sources(context))
        }
        "traceql.exploreUrl" => explore_url(&argument, context),
        "traceql.extractQuery" => extract(&argument, context),
        "traceql.replaceQuery" => replace(&argument, context),
        _ => Err(Error::method_not_found()),
    }
}

/// Returns what is to be run, the query of the argument or the one at its place, and notes on the values of its variables.
fn request(argument: &Argument, context: &Context) -> Result<(Request, Vec<String>)> {
    let Filled { text: query, values } = match &argument.query {
        Some(query) => Filled { text: query.clone(), values: Vec::new() },
        None => at(argument, context, |place| place.filled())?.map_err(|unknown| unknown_values(&unknown))?,
    };
    if argument.limit == Some(0) {
        return Err(Error::invalid_params("`limit` is 0; leave it out for the usual number of traces"));
    }
    let notes = values.into_iter().map(|(name, value)| format!("`{name}` stands for `{value}`, as the file has it"));
    let source = source(argument, context);
    Ok((Request { query, source, range: argument.range.clone(), limit: argument.limit }, notes.collect()))
}

fn unknown_values(unknown: &[String]) -> Error {
    let names: Vec<String> = unknown.iter().map(|name| format!("`{name}`")).collect();
    let are = if names.len() == 1 { "is" } else { "are" };
    failed(format!("the value of {} {are} not in the file; run the query with a value in its place", names.join(", ")))
}

/// Returns the source that the argument names, or else the settings.
fn source(argument: &Argument, context: &Context) -> Option<String> {
    let named = argument.source.clone().filter(|source| !source.trim().is_empty());
    named.or_else(|| context.state.settings().source)
}

/// A query in a document.
struct Place<'a> {
    snapshot: &'a Snapshot,
    reading: &'a Reading,
    holder: &'a Holder,
    found: &'a Found,
}

impl Place<'_> {
    fn filled(&self) -> std::result::Result<Filled, Vec<String>> {
        filled(self.reading.document(), self.holder, self.found)
    }
}

/// Adds notes to an answer, and to what people read of it.
fn noted(mut answer: Answer, notes: Vec<String>) -> Answer {
    for note in notes {
        answer.markdown.push_str(&format!("\n- {note}"));
        answer.notes.push(note);
    }
    answer
}

/// Hands the query at the place of the argument to `take`.
fn at<T>(argument: &Argument, context: &Context, take: impl FnOnce(Place<'_>) -> T) -> Result<T> {
    let (Some(_), Some(position)) = (&argument.uri, argument.position) else {
        return Err(Error::invalid_params("`query` is missing, or `uri` and `position`"));
    };
    let snapshot = context.snapshot.as_deref().ok_or_else(|| failed("the document is not open".to_owned()))?;
    let offset = snapshot.places().offset(&snapshot.text, position);
    let reading = context.state.reading(snapshot);
    let found = reading.queries(offset..offset).next();
    let (holder, _, found) = found.ok_or_else(|| failed("no query stands at this place".to_owned()))?;
    Ok(take(Place { snapshot, reading, holder, found }))
}

fn runner(context: &Context) -> Result<&dyn Runner> {
    let runner = context.state.parts.runner.as_deref();
    runner.ok_or_else(|| failed("this server has nothing to run queries on".to_owned()))
}

/// Returns an answer as a value, after it was shown where that is wanted.
fn shown(kind: &str, argument: &Argument, answer: &Answer, context: &Context) -> Result<Value> {
    let value: Value = serde_json::from_str(&answer.json).map_err(|_| Error::internal_error())?;
    let mut object = match value {
        Value::Object(object) => object,
        other => Map::from_iter([("answer".to_owned(), other)]),
    };
    if argument.show && context.state.abilities().shows_documents {
        show(kind, &answer.markdown, context);
    }
    object.insert("notes".to_owned(), json!(answer.notes));
    object.insert("complete".to_owned(), json!(answer.is_complete));
    object.insert("markdown".to_owned(), json!(answer.markdown));
    Ok(Value::Object(object))
}

/// Keeps an answer as a file, and asks the client to open it.
fn show(kind: &str, markdown: &str, context: &Context) {
    let kept = context.state.parts.machine.keep(&format!("{kind}.md"), markdown);
    let Some(uri) = kept.and_then(|path| uri::uri(&path)) else { return };
    let client = context.state.client.clone();
    tokio::spawn(async move {
        let params = ShowDocumentParams { uri, external: None, take_focus: Some(false), selection: None };
        // The answer is in the result of the command too.
        let _ = client.request::<ShowDocument>(params).await;
    });
}

fn sources(context: &Context) -> Value {
    let sources = context.state.parts.runner.as_ref().map_or_else(Vec::new, |runner| runner.sources());
    let source = context.state.settings().source.or_else(|| context.state.catalog().status().source);
    json!({"sources": sources, "source": source})
}

/// Returns the names or values that are known of a source.
fn catalog(argument: &Argument, context: &Context) -> Result<Value> {
    let source = argument.source.clone().or_else(|| context.state.settings().source);
    let catalog = runner(context)?.catalog(source.as_deref());
    let query = argument.query.as_deref();
    match &argument.field {
        None => Ok(listing::attributes(&*catalog, query)),
        Some(name) => match traceql_grammar::field(name) {
            Ok(_) => Ok(listing::values(&*catalog, name, query)),
            Err(_) => Err(Error::invalid_params(format!("`{}` is no attribute", name.escape_debug()))),
        },
    }
}

/// Returns the address at which Grafana opens a query. Variables whose values are not known stay as they are.
fn explore_url(argument: &Argument, context: &Context) -> Result<Value> {
    let Some(grafana) = argument.grafana.as_deref().map(str::trim).filter(|grafana| !grafana.is_empty()) else {
        return Err(Error::invalid_params(
            "`grafana` is missing: the address of Grafana, as `https://grafana.example.com`",
        ));
    };
    let text = match &argument.query {
        Some(query) => query.clone(),
        None => at(argument, context, |place| {
            place.filled().map_or_else(|_| place.found.text.clone(), |filled| filled.text)
        })?,
    };
    let uid = argument.data_source.as_deref().unwrap_or("tempo");
    let source = json!({"type": "tempo", "uid": uid});
    let from = argument.range.as_deref().map_or_else(|| "now-1h".to_owned(), |range| format!("now-{range}"));
    let query = json!({"refId": "A", "datasource": source, "queryType": "traceql", "query": text});
    let panes = json!({"a": {"datasource": uid, "queries": [query], "range": {"from": from, "to": "now"}}});
    let panes = Layer::Percent.write(&panes.to_string()).ok_or_else(Error::internal_error)?;
    let grafana = grafana.trim_end_matches('/');
    Ok(json!({"url": format!("{grafana}/explore?schemaVersion=1&orgId=1&panes={panes}")}))
}

/// Returns the query at a place as it is meant, and where it stands.
fn extract(argument: &Argument, context: &Context) -> Result<Value> {
    at(argument, context, |Place { snapshot, found, .. }| {
        let range = snapshot.places().range(&snapshot.text, &found.span);
        json!({"query": found.text, "range": range, "version": snapshot.version})
    })
}

/// Returns the edit that puts another text in the place of a query, written as the file needs it.
fn replace(argument: &Argument, context: &Context) -> Result<Value> {
    let text = argument.text.as_deref().ok_or_else(|| Error::invalid_params("`text` is missing"))?;
    let edits = at(argument, context, |Place { snapshot, found, .. }| {
        let change = difference(&found.text, text);
        if change.span.is_empty() && change.text.is_empty() {
            return Some(edit(snapshot, Vec::new()));
        }
        let number = |at: usize| u32::try_from(at).ok();
        let span = Span { start: number(change.span.start)?, end: number(change.span.end)? };
        let edits = in_file(found, &snapshot.text, &[Edit::replace(span, change.text)])?;
        Some(edit(snapshot, edits))
    })?;
    let edit = edits.ok_or_else(|| failed("the file cannot hold this text as it holds the query".to_owned()))?;
    if argument.apply && context.state.abilities().applies_edits {
        let client = context.state.client.clone();
        let params = ApplyWorkspaceEditParams { label: Some("Replace query".to_owned()), edit: edit.clone() };
        tokio::spawn(async move {
            // The client says itself why it did not make the edit.
            let _ = client.request::<ApplyWorkspaceEdit>(params).await;
        });
    }
    Ok(json!({"edit": edit}))
}

/// Returns the error of a command that has no answer, or was given up.
fn ended(why: String, context: &Context) -> Error {
    if context.stop.is_stopped() { Error::request_cancelled() } else { failed(why) }
}
