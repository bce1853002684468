//! Runs the sections of `tests/suite/ide/*.test`: answers to an editor as text. `UPDATE=1` rewrites what they expect;
//! `tests/suite/README.md` says how they are written.

use std::{env, fs, path::Path, process::ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};

mod completion;
mod drawn;
mod folding;
mod highlight;
mod hover;
mod inlay;
mod marked;
mod on_type;
mod references;
mod rename;
mod rewrite;
#[path = "../../../tests/suite/section.rs"]
mod section;
mod selection;
mod shop;
mod signature;
mod symbols;
mod tokens;

use section::{File, Section, read};

/// Makes what a section ought to hold: the text that it has with the answer of today.
type Subject = fn(&Section) -> Result<String, String>;

/// The subjects by the names of their files.
const SUBJECTS: [(&str, Subject); 13] = [
    ("completion", completion::expect),
    ("hover", hover::expect),
    ("inlay", inlay::expect),
    ("on_type", on_type::expect),
    ("signature", signature::expect),
    ("folding", folding::expect),
    ("highlight", highlight::expect),
    ("references", references::expect),
    ("rename", rename::expect),
    ("rewrite", rewrite::expect),
    ("selection", selection::expect),
    ("symbols", symbols::expect),
    ("tokens", tokens::expect),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/suite");
    let files = read(&root, &["ide"]);
    if env::var_os("UPDATE").is_some_and(|value| value == "1") {
        files.iter().for_each(update);
        return libtest_mimic::run(&arguments, trials(&read(&root, &["ide"]))).exit_code();
    }
    libtest_mimic::run(&arguments, trials(&files)).exit_code()
}

fn trials(files: &[File]) -> Vec<Trial> {
    let sections = files.iter().flat_map(|file| file.sections.iter().map(move |section| (file, section)));
    let trial = |(file, section): (&File, &Section)| {
        let (subject, section) = (subject(file), section.clone());
        Trial::test(format!("{}::{}", file.name, section.name), move || run(subject, &section))
    };
    sections.map(trial).collect()
}

fn subject(file: &File) -> Subject {
    let found = SUBJECTS.iter().find(|(name, _)| file.name.strip_prefix("ide/") == Some(name));
    found.unwrap_or_else(|| panic!("no subject is called {}", file.name)).1
}

fn run(subject: Subject, section: &Section) -> Result<(), Failed> {
    let found = subject(section)?;
    if found == section.body {
        return Ok(());
    }
    Err(format!("expected:\n{}\n\nfound (UPDATE=1 accepts it):\n{found}", section.body).into())
}

fn update(file: &File) {
    let mut text = file.preamble.clone();
    for section in &file.sections {
        let body = subject(file)(section).unwrap_or_else(|_| section.body.clone());
        text.push_str(&format!("{}\n{body}\n\n", section.header));
    }
    fs::write(&file.path, format!("{}\n", text.trim_end())).expect("the suite can be written");
}
