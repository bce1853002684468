//! What holds for a run: the configuration, and what the command line says over it.

use std::path::Path;

use traceql_grammar::{diagnostic::Severity, vocab::release::Release};
use traceql_lsp::{document::Known, lint::Options};

use super::{Failure, Lint};

/// The settings of a run.
#[derive(Debug)]
pub(super) struct Settings {
    /// How documents are judged.
    pub(super) options: Options,
    /// What is known before a file is read.
    pub(super) known: Known,
    /// The findings to look at.
    pub(super) level: Severity,
    /// Whether warnings fail.
    pub(super) is_strict: bool,
}

impl Settings {
    /// Reads the configuration.
    pub(super) fn new(command: &Lint) -> Result<Settings, Failure> {
        let options = Options { release: command.target.unwrap_or(Release::Main) };
        let level = command.level.map_or(Severity::Warning, Severity::from);
        Ok(Settings { options, known: Known::default(), level, is_strict: command.strict })
    }

    /// Tells whether the configuration leaves a file or a folder out.
    pub(super) fn is_excluded(&self, _path: &Path) -> bool {
        false
    }
}
