//! The engine behind the commands of an editor: a session over the sources.

use std::{collections::HashMap, io, path::PathBuf, sync::Arc};

use parking_lot::Mutex;
use traceql_grammar::query::Body;
use traceql_lsp::{
    catalog::{Catalog, Nothing},
    runner::{Answer, Request as Asked, Runner},
    stop::Stop,
};

use crate::{
    cli::{
        Failure,
        ask::checked,
        sources::Sources,
        time::Span,
        ui::{ColorWhen, Ui},
    },
    exec::Lookup,
    model::{cancel::Cancel, note::Note, secrets::Secrets, shown_url::shown_url},
    output::{
        explain, metrics,
        notes::sentence,
        search,
        style::{PageStyle, Style},
        trace,
    },
    session::{
        self, CatalogSettings, Explain, Explained, Found, Metrics, Quiet, Request, Search, Session, SourceCatalog, When,
    },
};

use crate::model::trace_id::TypedId;

/// Maximum number of sources whose names and values are known at a time.
const MAX_CATALOGS: usize = 32;

/// A function that is called after a catalog has come to know more.
type Told = Arc<dyn Fn() + Send + Sync>;

/// Runs queries over the sources of the command line, or over one that the editor names.
pub(super) struct Engine {
    opener: Arc<Opener>,
    secrets: Secrets,
    /// The folder in which catalogs are kept.
    folder: Option<PathBuf>,
    /// The catalogs of sources; the usual one has no name.
    catalogs: Mutex<HashMap<Option<String>, Arc<SourceCatalog>>>,
    watchers: Arc<Mutex<Vec<Told>>>,
}

/// Opens sources.
struct Opener {
    sources: Sources,
    secrets: Secrets,
    /// The session over the sources of the command line, once it was asked.
    usual: Mutex<Option<Arc<Session>>>,
}

impl Engine {
    /// Makes an engine that keeps names and values in a folder. Nothing is opened before it is asked for.
    pub(super) fn new(sources: Sources, secrets: Secrets, folder: Option<PathBuf>) -> Engine {
        let opener = Opener { sources, secrets: secrets.clone(), usual: Mutex::new(None) };
        Engine { opener: Arc::new(opener), secrets, folder, catalogs: Mutex::default(), watchers: Arc::default() }
    }

    /// Opens a session over a source; over the usual ones if none is named.
    fn open(&self, source: Option<&str>) -> Result<Arc<Session>, String> {
        self.opener.open(source)
    }

    /// Asks a session.
    fn ask(session: &Session, request: &Request, stop: &Stop) -> Result<session::Answer, String> {
        let cancel = Cancel::new();
        let of_editor = cancel.clone();
        stop.on_stop(move || of_editor.cancel());
        session::run(session, request, &cancel, &Quiet).map_err(|error| headline(error.into()))
    }

    /// Makes the catalog of a source.
    fn make_catalog(&self, source: Option<&str>) -> SourceCatalog {
        let settings = CatalogSettings {
            name: source.map(str::to_owned),
            folder: self.folder.clone(),
            secrets: self.secrets.clone(),
            clock: None,
        };
        let (opener, source) = (Arc::clone(&self.opener), source.map(str::to_owned));
        let watchers = Arc::clone(&self.watchers);
        let told = move || {
            let watchers = watchers.lock().clone();
            watchers.iter().for_each(|told| told());
        };
        SourceCatalog::new(move || opener.open(source.as_deref()), told, settings)
    }
}

impl Opener {
    /// Opens a session over a source; over the usual ones if none is named.
    fn open(&self, source: Option<&str>) -> Result<Arc<Session>, String> {
        // Nothing is written to stdout, which belongs to the editor.
        let mut ui = Ui::new(ColorWhen::Never, true, self.secrets.clone(), Cancel::new());
        let Some(source) = source else {
            let mut usual = self.usual.lock();
            if let Some(session) = &*usual {
                return Ok(Arc::clone(session));
            }
            let session = Arc::new(self.sources.open(&mut ui).map_err(headline)?);
            *usual = Some(Arc::clone(&session));
            return Ok(session);
        };
        if source == "-" {
            return Err("`-` cannot be read here: the editor speaks over stdin".to_owned());
        }
        self.sources.open_named(&[source.to_owned()], &mut ui).map(Arc::new).map_err(headline)
    }
}

impl Runner for Engine {
    fn run(&self, asked: &Asked, stop: &Stop) -> Result<Answer, String> {
        let session = self.open(asked.source.as_deref())?;
        let request = match request(asked, &session)? {
            Explained::Search(search) => Request::Search(search),
            Explained::Metrics(metrics) => Request::Metrics(metrics),
        };
        let answer = Engine::ask(&session, &request, stop)?;
        let (json, text) = match &answer.found {
            Found::Search(matches) => (
                written(|out| search::json::write(out, &matches.result))?,
                written(|out| search::table::write(out, &matches.result, PLAIN))?,
            ),
            Found::Metrics(result) => {
                let style = metrics::table::Style { color: false, width: Some(WIDTH), height: None };
                (
                    written(|out| metrics::json::write(out, result))?,
                    written(|out| metrics::table::write(out, result, style))?,
                )
            }
            _ => Default::default(),
        };
        Ok(told(json, &asked.query, &text, &answer))
    }

    fn explain(&self, asked: &Asked, stop: &Stop) -> Result<Answer, String> {
        let session = self.open(asked.source.as_deref())?;
        let request = Request::Explain(Explain { of: request(asked, &session)?, is_run: false });
        let answer = Engine::ask(&session, &request, stop)?;
        let Found::Explained(explained, ran) = &answer.found else { return Ok(Answer::default()) };
        let json = written(|out| explain::json::write(out, explained, ran.as_ref()))?;
        let text = written(|out| {
            explain::table::write(out, explained, ran.as_ref(), PageStyle { color: false, width: WIDTH })
        })?;
        Ok(told(json, &asked.query, &text, &answer))
    }

    fn trace(&self, id: &str, source: Option<&str>, stop: &Stop) -> Result<Answer, String> {
        let typed =
            TypedId::parse(id.trim()).map_err(|error| format!("`{}` is no trace id: {error}", id.escape_debug()))?;
        let session = self.open(source)?;
        let answer = Engine::ask(&session, &Request::Trace(session::Trace { id: typed }), stop)?;
        let Found::Trace(located) = &answer.found else { return Ok(Answer::default()) };
        let batch = match &located.lookup {
            Lookup::Found(batch) => batch,
            Lookup::Several { .. } => return Err(format!("several traces begin with `{}`", id.trim())),
            Lookup::Nothing => return Err(format!("no trace has the id `{}`", id.trim())),
        };
        let json = written(|out| trace::json::write(out, Some(&**batch), answer.read.bytes))?;
        let json = with_waterfall(&json, &written(|out| trace::html::write_data(out, batch))?)?;
        let below = trace::table::Below { events: false, attributes: false };
        let text = written(|out| trace::table::write(out, batch, below, PLAIN))?;
        Ok(told(json, id, &text, &answer))
    }

    fn sources(&self) -> Vec<String> {
        // Opening runs the commands that give tokens: what is named needs none.
        let named = self.opener.sources.named();
        if !named.is_empty() {
            let shown = |name: &String| if name.contains("://") { shown_url(name) } else { name.clone() };
            return named.iter().map(shown).collect();
        }
        self.open(None).map_or_else(|_| Vec::new(), |session| session.names())
    }

    fn catalog(&self, source: Option<&str>) -> Arc<dyn Catalog> {
        let mut catalogs = self.catalogs.lock();
        let source = source.map(str::to_owned);
        if let Some(catalog) = catalogs.get(&source) {
            return Arc::clone(catalog) as Arc<dyn Catalog>;
        }
        // A catalog that were dropped would forget when its server was asked.
        if catalogs.len() >= MAX_CATALOGS {
            return Arc::new(Nothing);
        }
        let catalog = Arc::new(self.make_catalog(source.as_deref()));
        catalogs.insert(source, Arc::clone(&catalog));
        catalog
    }

    fn watch(&self, told: Told) {
        self.watchers.lock().push(told);
    }
}

/// Columns of an answer in Markdown.
const WIDTH: usize = 100;

/// The style of tables in Markdown.
const PLAIN: Style = Style { color: false, width: Some(WIDTH) };

/// Makes the request of a query, which is a search or a metrics query.
fn request(asked: &Asked, session: &Session) -> Result<Explained, String> {
    let query = checked(&asked.query, session, std::iter::empty()).map_err(headline)?;
    let span = asked.range.as_deref().map(str::parse::<Span>).transpose();
    let since = span.map_err(|error| format!("`range` is {error}"))?.map(|span| span.0);
    let when = When { since, ..When::default() };
    Ok(match &query.query.body {
        Body::Search(_) => {
            let mut search = Search { when, ..Search::new(query) };
            search.limits.traces = asked.limit.or(search.limits.traces);
            Explained::Search(search)
        }
        Body::Metrics(_) => Explained::Metrics(Metrics { when, ..Metrics::new(query) }),
    })
}

/// Adds the data of the page of a trace to its JSON.
fn with_waterfall(json: &str, waterfall: &str) -> Result<String, String> {
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text);
    let joined = read(json).and_then(|mut trace| {
        if let Some(trace) = trace.as_object_mut() {
            trace.insert("waterfall".to_owned(), read(waterfall)?);
        }
        Ok(trace.to_string())
    });
    joined.map_err(|error| format!("the answer cannot be written: {error}"))
}

/// Returns what a writer writes.
fn written(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<String, String> {
    let mut bytes = Vec::new();
    write(&mut bytes).map_err(|error| format!("the answer cannot be written: {error}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Makes an answer with everything that is to be said beside it.
fn told(json: String, title: &str, text: &str, answer: &session::Answer) -> Answer {
    let notes: Vec<String> = answer.notes.iter().map(|note: &Note| sentence(note)).collect();
    let mut markdown = format!("{}\n", fenced("traceql", title));
    if !text.trim().is_empty() {
        markdown.push_str(&format!("\n{}\n", fenced("text", text)));
    }
    for note in &notes {
        markdown.push_str(&format!("\n- {note}"));
    }
    Answer { json, markdown, notes, is_complete: answer.is_complete }
}

/// Returns a block of Markdown whose fence is longer than any row of backquotes in it.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}

/// Returns why something failed, in a line.
fn headline(failure: Failure) -> String {
    match failure {
        Failure::Message { message, .. } => message,
        Failure::Query(checked) => match checked.diagnostics.first() {
            Some(first) => first.message.clone(),
            None => "the query is invalid".to_owned(),
        },
        Failure::Silent(_) | Failure::ClosedPipe => "the request was cancelled".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_what_stands_in_it() {
        assert_eq!(fenced("text", "a ``` b\n"), "````text\na ``` b\n````");
    }
}
