//! Tempo servers as backends: the client of `tempo`, and the file that remembers releases.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
};

use traceql_grammar::{query::Field, vocab::release::Release};

use crate::{
    model::{
        catalog::TagScope,
        ids::TraceId,
        names::{ListedValues, Names},
        result::SearchResult,
        series::MetricsResult,
        units::SECOND,
    },
    plan::remote::{CatalogRequest, MetricsRequest, SearchRequest},
    source::small_file,
    tempo::{
        self, Kind, RemoteError, Server,
        release_cache::{lookup, remember},
    },
};

use super::{Backend, Error, Fetched, Problem, Source, Told, backend::Call};

/// A Tempo server.
#[derive(Debug)]
pub struct Tempo {
    server: Server,
    name: String,
    /// The file that remembers releases for a day; `None` to ask each time.
    releases: Option<PathBuf>,
}

impl Tempo {
    /// Makes a client for the server at a URL, without login and the like; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// The URL cannot be used.
    pub fn open(url: &str) -> Result<Tempo, Error> {
        let server = Server::open(&tempo::Settings::new(url))?;
        let name = server.url().to_owned();
        Ok(Tempo::new(server, name, None))
    }

    /// Takes a client. `name` is what people call the server, free of secrets; `releases` is a file that remembers releases
    /// for a day.
    pub fn new(server: Server, name: impl Into<String>, releases: Option<PathBuf>) -> Tempo {
        Tempo { server, name: name.into(), releases }
    }
}

impl From<Tempo> for Source {
    fn from(server: Tempo) -> Source {
        Source::server(server)
    }
}

impl Backend for Tempo {
    fn name(&self) -> &str {
        &self.name
    }

    fn identity(&self) -> Option<String> {
        let tenant = self.server.tenant().unwrap_or_default();
        Some(format!("{}\t{}\t{tenant:016x}", self.name, self.server.url()))
    }

    fn release(&self, now: u64, call: Call<'_>) -> Result<Release, Error> {
        let (url, now) = (self.server.url(), now / SECOND);
        let file = self.releases.as_deref();
        // What cannot be read is asked for.
        let known = || file.and_then(|file| small_file::read_text(file).ok()).unwrap_or_default();
        if let Some(release) = lookup(&known(), url, now) {
            return Ok(release);
        }
        let release = asked(call, |call| self.server.release(call))?.release;
        if let Some(file) = file {
            // Other processes may have written meanwhile. What cannot be written is asked for again.
            let _ = replace(file, &remember(&known(), url, release, now));
        }
        Ok(release)
    }

    fn search(
        &self,
        request: &SearchRequest,
        call: Call<'_>,
        parts: &dyn Fn(&dyn Fn() -> SearchResult),
    ) -> Result<Told<SearchResult>, Error> {
        let search = |call: tempo::Call<'_>| self.server.search_in_parts(request, call, parts);
        let tempo::Answer { value, notes } = asked(call, search)?;
        Ok(Told { value, notes })
    }

    fn metrics(&self, request: &MetricsRequest, call: Call<'_>) -> Result<Told<MetricsResult>, Error> {
        let tempo::Answer { value, notes } = asked(call, |call| self.server.metrics(request, call))?;
        Ok(Told { value, notes })
    }

    fn tags(&self, scope: Option<TagScope>, request: &CatalogRequest, call: Call<'_>) -> Result<Names, Error> {
        asked(call, |call| self.server.tags(scope.map(TagScope::word), request, call))
    }

    fn values(&self, field: &Field, request: &CatalogRequest, call: Call<'_>) -> Result<ListedValues, Error> {
        asked(call, |call| self.server.values(&field.to_string(), request, call))
    }

    fn traces(
        &self,
        ids: &[TraceId],
        call: Call<'_>,
        sink: &mut dyn FnMut(TraceId, Option<Fetched>),
    ) -> Result<(), Error> {
        let mut sink = |id, trace: Option<tempo::RemoteTrace>| {
            let fetched =
                trace.map(|tempo::RemoteTrace { input, inspected, partial }| Fetched { input, inspected, partial });
            sink(id, fetched);
        };
        asked(call, |call| self.server.traces(ids, None, call, &mut sink))
    }
}

/// Asks the client.
fn asked<T>(call: Call<'_>, question: impl FnOnce(tempo::Call<'_>) -> Result<T, RemoteError>) -> Result<T, Error> {
    question(tempo::Call { cancel: call.cancel.flag(), progress: call.progress }).map_err(Error::from)
}

impl From<RemoteError> for Error {
    fn from(error: RemoteError) -> Error {
        let problem = Problem { name: error.url.clone(), problem: error.what(), cure: error.cure.clone() };
        match error.kind {
            Kind::Cancelled => Error::Cancelled,
            Kind::Settings => Error::Settings(problem),
            _ => Error::Server(problem),
        }
    }
}

/// Replaces a file at once, so that no reader meets half of it.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = file.with_extension(process::id().to_string());
    fs::write(&new, text)?;
    fs::rename(&new, file).inspect_err(|_| drop(fs::remove_file(&new)))
}
