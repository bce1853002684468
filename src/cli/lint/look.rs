//! One file: read, linted, mended if that is asked for. Of its text nothing is kept.

use std::path::Path;

use traceql_lsp::{
    document::{self, Document, holder::Remark, lines::Lines},
    lint::{self, Finding, fix},
};

use super::{
    Failure, Lint, Listed, baseline,
    changed::{self, Changed},
    found,
    read::{self, Unread},
    settings::Settings,
};
use crate::{
    cli::{difference::unified, whole_file},
    model::cancel::Cancel,
    output::diagnostic::report::Source,
};

/// Looks at files, several at once.
pub(super) struct Looker<'l> {
    command: &'l Lint,
    /// The settings of the run.
    pub(super) settings: &'l Settings,
    changed: Option<Changed>,
    /// The findings that are known.
    pub(super) baseline: Option<baseline::Listed>,
    cancel: Cancel,
}

/// The result of the look at one file.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// The name that is shown.
    pub(super) name: String,
    /// Whether an argument names it.
    pub(super) is_named: bool,
    /// The reason why it was not looked at.
    pub(super) unread: Option<Unread>,
    /// The reason why it could not be mended.
    pub(super) unwritten: Option<Failure>,
    /// The number of its queries.
    pub(super) queries: usize,
    /// Places that may hold a query: `file:line:column: sentence`.
    pub(super) untold: Vec<String>,
    /// Its findings, if there are some.
    pub(super) source: Option<Source>,
    /// The number of findings that are mended, or would be.
    pub(super) mended: usize,
    /// The change by mending, as a unified diff.
    pub(super) diff: Option<String>,
}

/// The result of the look at a text.
pub(super) struct Judged {
    /// The findings and counts.
    pub(super) looked: Looked,
    /// The mended text, if it differs.
    pub(super) mended: Option<String>,
}

impl<'l> Looker<'l> {
    /// Reads what is needed once.
    pub(super) fn new(command: &'l Lint, settings: &'l Settings, cancel: Cancel) -> Result<Looker<'l>, Failure> {
        let changed = command.changed_since.as_deref().map(Changed::since).transpose()?;
        let baseline = command.baseline.as_deref().map(|file| baseline::Listed::new(file, command.update_baseline));
        Ok(Looker { command, settings, changed, baseline: baseline.transpose()?, cancel })
    }

    /// Returns the lines that are looked at, if these are not all.
    pub(super) fn changed(&self) -> Option<&Changed> {
        self.changed.as_ref()
    }

    /// Looks at a file, and mends it if that is asked for.
    pub(super) fn look(&self, file: &Listed) -> Looked {
        let name = self.settings.name_of(&file.path);
        let text = match read::file(&file.path) {
            Ok(text) => text,
            Err(unread) => {
                return Looked { name, is_named: file.is_named, unread: Some(unread), ..Looked::default() };
            }
        };
        let lines = self.changed.as_ref().and_then(|changed| changed.lines(&file.path));
        let Judged { mut looked, mended } = self.judge(&name, &text, lines);
        looked.is_named = file.is_named;
        looked.source.iter_mut().for_each(|source| source.file = Some(name.clone()));
        if let Some(mended) = mended.filter(|_| self.command.fix) {
            looked.unwritten = whole_file::replace(&file.path, &mended, &self.cancel).err();
        }
        looked
    }

    /// Judges a text, and mends it if that is asked for. The name tells what kind of file it is.
    pub(super) fn judge(&self, name: &str, text: &str, lines: Option<&changed::Lines>) -> Judged {
        let known = &self.settings.known;
        let mut document = document::read(name, text, known);
        if document.is_empty() {
            return Judged { looked: Looked { name: name.to_owned(), ..Looked::default() }, mended: None };
        }
        let options = self.settings.options(Path::new(name));
        let mut choose = |text: &str, document: &Document, found| chosen(text, document, found, lines);
        let mut looked = Looked { name: name.to_owned(), ..Looked::default() };
        let mut mended = None;
        if self.command.fix || self.command.diff {
            let fixed = fix::fixed_where(name, text, known, &options, self.command.takes_unsafe, &mut choose);
            if fixed.text != text {
                document = document::read(name, &fixed.text, known);
                looked.mended = fixed.applied.len();
                looked.diff = self.command.diff.then(|| unified(name, text, &fixed.text));
                mended = Some(fixed.text);
            }
        }
        let text = mended.as_deref().unwrap_or(text);
        let mut findings = choose(text, &document, lint::lint(&document, &options));
        if let Some(baseline) = &self.baseline {
            baseline.filter(name, &document, &mut findings);
        }
        looked.untold = untold(name, text, &document.untold);
        looked.queries = document.targets().filter(|(_, target)| target.sent().is_some()).count();
        let findings = found::findings(text, &document, findings);
        if !findings.is_empty() {
            looked.source = Some(Source { file: None, name: name.to_owned(), text: None, findings });
        }
        Judged { looked, mended }
    }
}

/// Returns those of the findings that are on changed lines, if these are not all.
fn chosen(text: &str, document: &Document, mut found: Vec<Finding>, changed: Option<&changed::Lines>) -> Vec<Finding> {
    if let Some(changed) = changed.filter(|_| !found.is_empty()) {
        let lines = Lines::new(text);
        found.retain(|finding| {
            let span = place(document, finding);
            changed.touch(lines.position(span.start).line..=lines.position(span.end).line)
        });
    }
    found
}

/// Returns the bytes of the file whose change brings a finding up: the whole query, or what the finding marks.
fn place(document: &Document, finding: &Finding) -> std::ops::Range<usize> {
    let query = found::target(document, finding.about).and_then(|target| target.sent());
    query.map_or_else(|| finding.span.clone(), |query| query.span.clone())
}

/// Writes remarks with their places.
fn untold(name: &str, text: &str, remarks: &[Remark]) -> Vec<String> {
    if remarks.is_empty() {
        return Vec::new();
    }
    let lines = Lines::new(text);
    let line = |remark: &Remark| {
        let at = lines.position(remark.span.start);
        format!("{name}:{}:{}: {}", at.line, at.column, remark.message)
    };
    remarks.iter().map(line).collect()
}
