//! The sources of a session: what may be added, and what of it is read.

use std::{
    io::{self, Read},
    sync::Arc,
};

use crate::{
    model::shown_url::shown_url,
    source::{self, Input, Place, SourceError},
};

use super::{Backend, Doing, Error, Problem, run::Run};

/// Something that has spans.
#[derive(Clone, Debug)]
pub enum Source {
    /// Data: a file, a directory, a glob, `-` for stdin, or the URL of something in an object store. It is looked for
    /// when a request runs.
    Data(String),
    /// An input that is there already.
    Input(Input),
    /// A server.
    Server(Arc<dyn Backend>),
}

impl Source {
    /// Returns what the source is called unless it is given another name.
    pub fn name(&self) -> &str {
        match self {
            Source::Data(name) => name,
            Source::Input(input) => input.name(),
            Source::Server(server) => server.name(),
        }
    }
}

impl Source {
    /// Makes the source of a server.
    pub fn server(server: impl Backend + 'static) -> Source {
        Source::Server(Arc::new(server))
    }
}

impl From<&str> for Source {
    fn from(name: &str) -> Source {
        Source::Data(name.to_owned())
    }
}

impl From<String> for Source {
    fn from(name: String) -> Source {
        Source::Data(name)
    }
}

impl From<Input> for Source {
    fn from(input: Input) -> Source {
        Source::Input(input)
    }
}

/// The name of stdin as a source.
const STDIN: &str = "-";

/// State of stdin, which can be read once.
#[derive(Debug, Default)]
pub(super) enum Stdin {
    #[default]
    Unread,
    /// It was read by a request.
    Read,
    /// It is kept.
    Kept(Input),
}

impl Run<'_> {
    /// Returns the servers among the sources.
    pub(super) fn servers(&self) -> Vec<Arc<dyn Backend>> {
        let servers = self.sources.iter().filter_map(|source| match source {
            Source::Server(server) => Some(Arc::clone(server)),
            Source::Data(_) | Source::Input(_) => None,
        });
        servers.collect()
    }

    /// Tells whether any source is no server.
    pub(super) fn has_data(&self) -> bool {
        self.sources.iter().any(|source| !matches!(source, Source::Server(_)))
    }

    /// Finds what is read, which may be nothing beside servers. `again` tells whether the request reads it more than once.
    ///
    /// # Errors
    ///
    /// A source is missing, or there are none.
    pub(super) fn inputs(&self, again: bool) -> Result<Vec<Input>, Error> {
        if self.sources.is_empty() {
            return Err(Error::NoSources);
        }
        let settings = self.session.settings();
        // Whatever runs here over traces of servers reads the other sources more than once.
        let beside_servers = self.sources.iter().any(|source| matches!(source, Source::Server(_)));
        let keeps_stdin = again || beside_servers || settings.keeps_stdin;
        let (mut names, mut inputs, mut of_stdin) = (Vec::new(), Vec::new(), false);
        for source in self.sources {
            match source {
                Source::Data(name) if name == STDIN => of_stdin = true,
                Source::Data(name) => names.push(name.clone()),
                Source::Input(input) => inputs.push(input.clone()),
                Source::Server(_) => {}
            }
        }
        if let Some(url) = names.iter().find(|name| name.contains("://") && !source::is_store(name)) {
            return Err(Error::NotASource(not_known(url)));
        }
        let store = names.iter().find(|name| source::is_store(name));
        store.iter().for_each(|name| self.observer.asking(&shown_url(name), Doing::Listing));
        let found = source::find_anywhere(&names, &settings.environment);
        store.iter().for_each(|_| self.observer.done());
        let mut found = found?;
        found.extend(inputs);
        if !settings.keep_going
            && let Some(error) = found.iter().find_map(Input::refusal)
        {
            return Err(error.into());
        }
        if of_stdin {
            found.push(self.stdin(keeps_stdin)?);
        }
        Ok(found)
    }

    /// Returns stdin: as it comes, or from memory.
    fn stdin(&self, keep: bool) -> Result<Input, Error> {
        let mut stdin = self.session.shared.stdin.lock();
        match &*stdin {
            Stdin::Kept(input) => return Ok(input.clone()),
            Stdin::Read => {
                return Err(Error::NotASource(Problem {
                    name: "stdin".to_owned(),
                    problem: "was read already".to_owned(),
                    cure: "name a file, or keep stdin in memory".to_owned(),
                }));
            }
            Stdin::Unread => {}
        }
        if !keep {
            *stdin = Stdin::Read;
            return Ok(Input::stdin());
        }
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(|error| SourceError {
            file: "stdin".to_owned(),
            place: Place::File,
            problem: format!("cannot be read: {error}"),
            cure: "name a file".to_owned(),
        })?;
        let input = Input::memory("stdin", bytes);
        *stdin = Stdin::Kept(input.clone());
        Ok(input)
    }
}

/// Says that a server is not read as a file is.
pub(super) fn only_queries(server: &dyn Backend) -> Problem {
    Problem {
        name: server.name().to_owned(),
        problem: "of a server only what a query finds can be had".to_owned(),
        cure: "`traceql trace ID --format otlp` writes one of its traces".to_owned(),
    }
}

/// Says that nothing can be read at a URL.
fn not_known(url: &str) -> Problem {
    let shown = shown_url(url);
    let (scheme, rest) = shown.split_once("://").unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    let (problem, cure) = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => ("this is a server, and not read as a file is", "name it where servers are asked"),
        "s3" | "s3a" | "gs" | "az" | "azure" | "abfs" | "abfss" | "adl" => {
            ("this traceql was built without object stores", "build it with the feature `cloud`, or copy the blocks")
        }
        _ => (
            "no source has such a URL",
            "`http://`, `https://`, `s3://`, `gs://` and `az://` are read; name a file without `://`",
        ),
    };
    Problem { name: format!("{scheme}://{host}"), problem: problem.to_owned(), cure: cure.to_owned() }
}
