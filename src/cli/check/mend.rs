//! `--fix` and `--diff`: queries with their fixes made.

use traceql_grammar::{
    diagnostic::{Applicability, Diagnostic, apply_fixes},
    vocab::release::Release,
};

use super::super::{Failure, difference::unified, inputs::Input, ui::Ui, whole_file};
use crate::output::{diagnostic::report::with_slashes, text::counted, visible::shown_lines};

/// Maximum number of rounds of fixes: a fix may make another one possible.
const ROUNDS: usize = 10;

/// The use that is made of fixes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mending {
    /// Whether files are written; otherwise the differences are shown.
    pub(super) is_written: bool,
    /// Whether fixes are made after which a query may mean something else.
    pub(super) takes_unsafe: bool,
}

/// The amount that was mended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mended {
    /// The findings.
    pub(super) findings: usize,
    /// The queries.
    pub(super) queries: usize,
}

impl Mending {
    /// Mends a query where it stands, or shows how that would change it. Returns the text that is to be judged.
    pub(super) fn mend(
        self,
        input: &Input,
        text: String,
        release: Release,
        mended: &mut Mended,
        ui: &mut Ui,
    ) -> Result<String, Failure> {
        let (new, findings) = self.mended(&text, release);
        mended.findings += findings;
        mended.queries += usize::from(findings > 0);
        if !self.is_written {
            let name = input.name().unwrap_or_else(|| "<query>".to_owned());
            let name = if name == "-" { "<stdin>".to_owned() } else { with_slashes(&name) };
            let diff = unified(&name, &text, &new);
            let diff = if ui.out_height.is_some() { shown_lines(&diff) } else { diff };
            write!(ui.out(), "{diff}")?;
            return Ok(text);
        }
        match input {
            Input::Text(_) | Input::Stdin => {
                let shown = if ui.out_height.is_some() { shown_lines(&new) } else { new.clone() };
                let end = if new.ends_with('\n') { "" } else { "\n" };
                write!(ui.out(), "{shown}{end}")?;
            }
            Input::File(path) if new != text => whole_file::replace(path, &new, &ui.cancel)?,
            Input::File(_) => {}
        }
        Ok(new)
    }

    /// Returns the text with its fixes made, and how many these are.
    fn mended(self, text: &str, release: Release) -> (String, usize) {
        let (mut text, mut count) = (text.to_owned(), 0);
        for _ in 0..ROUNDS {
            let mut diagnostics = traceql_grammar::check(&text, release).diagnostics;
            diagnostics.retain(|found| self.takes(found));
            let new = apply_fixes(&text, &diagnostics);
            if new == text {
                break;
            }
            count += made(&text, &diagnostics);
            text = new;
        }
        (text, count)
    }

    /// Tells whether a finding has a fix that is to be made.
    fn takes(self, found: &Diagnostic) -> bool {
        found.fix.as_ref().is_some_and(|fix| self.takes_unsafe || fix.applicability == Applicability::Safe)
    }

    /// Says what was done, or what would be.
    pub(super) fn tell(self, mended: Mended, ui: &Ui) {
        let findings = counted(mended.findings as u64, "finding");
        let queries = crate::output::diagnostic::queries(mended.queries);
        if !self.is_written && mended.findings == 0 {
            ui.note("there is nothing that `--fix` would mend");
        } else if !self.is_written {
            ui.note(&format!("`--fix` would mend {findings} in {queries}"));
        } else if mended.findings > 0 {
            ui.note(&format!("fixed {findings} in {queries}"));
        }
    }
}

/// Counts the fixes that are made together: one that touches another's place is left out.
fn made(text: &str, diagnostics: &[Diagnostic]) -> usize {
    let mut before = text.to_owned();
    let changes = |upto: usize| {
        let after = apply_fixes(text, &diagnostics[..=upto]);
        let is_made = after != before;
        before = after;
        is_made
    };
    (0..diagnostics.len()).map(changes).filter(|is_made| *is_made).count()
}
