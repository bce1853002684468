//! The `traceql.toml` that holds for a document: the nearest one in its folder or above.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use traceql_grammar::diagnostic::Severity;

use super::{machine::Machine, settings::Settings, uri::relative};
use crate::{
    document::Known,
    lint::{
        Options,
        config::{self, Config},
    },
};

/// The name of the file.
pub(super) const NAME: &str = "traceql.toml";

/// Maximum number of folders that are looked at above a document.
const MAX_FOLDERS: usize = 64;

/// The configurations that were read, folder by folder.
#[derive(Debug, Default)]
pub(super) struct Configs {
    folders: Mutex<HashMap<PathBuf, Option<Arc<Config>>>>,
}

/// The settings by which a document is read and judged.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    /// Facts known before it is read.
    pub(super) known: Known,
    /// The options by which it is judged.
    pub(super) options: Options,
    /// Whether the configuration leaves it out.
    pub(super) is_excluded: bool,
}

impl Configs {
    /// Forgets what was read, so that it is read again.
    pub(super) fn forget(&self) {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Returns how a file is read and judged; for `None`, a document that is no file.
    pub(super) fn rules(&self, path: Option<&Path>, settings: &Settings, machine: &dyn Machine) -> Rules {
        let found = path.and_then(|path| self.nearest(path.parent()?, machine).map(|found| (path, found)));
        let mut rules = match found {
            Some((path, (folder, config))) => {
                let from_folder = relative(path, &folder).unwrap_or_default();
                let mut options = config.options_for(&from_folder);
                options.level = config.level.unwrap_or(Severity::Info);
                let known = Known { tempo: config.tempo.clone() };
                Rules { known, options, is_excluded: config.is_excluded(&from_folder) }
            }
            None => Rules::default(),
        };
        rules.options.release = settings.target.unwrap_or(rules.options.release);
        rules.options.level = settings.level.unwrap_or(rules.options.level);
        rules.options.today = machine.today();
        rules
    }

    /// Returns the configuration in a folder or above it. One that cannot be read counts as empty: what is wrong with it is
    /// told where it is open.
    fn nearest(&self, folder: &Path, machine: &dyn Machine) -> Option<(PathBuf, Arc<Config>)> {
        folder.ancestors().take(MAX_FOLDERS).find_map(|folder| Some((folder.to_owned(), self.at(folder, machine)?)))
    }

    /// Returns the configuration that lies in a folder.
    fn at(&self, folder: &Path, machine: &dyn Machine) -> Option<Arc<Config>> {
        let all = || self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all().get(folder) {
            return known.clone();
        }
        let text = machine.read(&folder.join(NAME));
        let config = text.map(|text| Arc::new(config::parse(&text).unwrap_or_default()));
        all().insert(folder.to_owned(), config.clone());
        config
    }
}
