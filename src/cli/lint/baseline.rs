//! The list of known findings: read before files are looked at, and written after it.

use std::{fs, path::Path};

use parking_lot::Mutex;
use traceql_lsp::{
    document::{Document, lines::Lines},
    lint::{
        Finding,
        baseline::{Baseline, Entry},
    },
};

use super::{Exit, Failure, read::Unread};
use crate::{cli::whole_file, model::cancel::Cancel, output::text::counted};

/// The known findings, while several files are looked at. The entries of a file are its own, so their order does not matter.
#[derive(Debug)]
pub(super) enum Listed {
    /// Findings that are left out.
    Known(Mutex<Baseline>),
    /// Findings that are gathered, to be written.
    New(Mutex<Baseline>),
}

impl Listed {
    /// Reads the list, or begins a new one.
    pub(super) fn new(file: &Path, is_new: bool) -> Result<Listed, Failure> {
        if is_new {
            return Ok(Listed::New(Mutex::default()));
        }
        let name = file.display();
        let text = fs::read_to_string(file).map_err(|error| {
            Failure::new(Exit::Usage, format!("cannot read the baseline {name}: {}", Unread::Failed(error)))
                .with_hint("`--update-baseline` writes it")
        })?;
        let baseline = Baseline::parse(&text).map_err(|(at, message)| {
            let at = Lines::new(&text).position(at);
            Failure::new(Exit::Usage, format!("{name}:{}:{}: {message}", at.line, at.column))
                .with_hint("`--update-baseline` writes it anew")
        })?;
        Ok(Listed::Known(Mutex::new(baseline)))
    }

    /// Takes out what is known of the findings of a file, or all of them if they are gathered.
    pub(super) fn filter(&self, file: &str, document: &Document, findings: &mut Vec<Finding>) {
        match self {
            Listed::Known(baseline) => baseline.lock().filter(file, document, findings),
            Listed::New(baseline) => {
                let mut baseline = baseline.lock();
                findings.drain(..).for_each(|finding| baseline.add(Entry::of(file, document, &finding)));
            }
        }
    }

    /// Writes what was gathered, and says how much that is, or how much of what is known was not found.
    pub(super) fn close(&self, file: &Path, is_whole: bool, cancel: &Cancel) -> Result<Option<String>, Failure> {
        let name = file.display();
        match self {
            Listed::Known(baseline) => {
                let left = baseline.lock().len();
                let what = counted(left as u64, "finding");
                let note =
                    || format!("{name} lists {what} not there any more; `--update-baseline` takes out what is gone");
                Ok((is_whole && left > 0).then(note))
            }
            Listed::New(baseline) => {
                let baseline = baseline.lock();
                whole_file::replace(file, &baseline.write(), cancel)?;
                Ok(Some(format!("{} written to {name}", counted(baseline.len() as u64, "finding"))))
            }
        }
    }
}
