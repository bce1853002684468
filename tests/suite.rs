//! Runs the sections of `tests/suite/**/*.test`; `UPDATE=1` rewrites what they expect. `tests/suite/README.md` says how
//! they are written.

use std::{env, fs, path::Path, process::ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use traceql_grammar::diagnostic::CODES;

mod suite {
    pub(crate) mod answer;
    pub(crate) mod finding;
    pub(crate) mod load;
    pub(crate) mod section;
    pub(crate) mod series;
    pub(crate) mod split;
}

use suite::{
    answer, finding,
    load::{self, Loaded},
    section::{File, Section, read},
    series, split,
};

/// Folders whose sections are run here. Those of `ide` are run with the editor's crate.
const FOLDERS: [&str; 7] = ["syntax", "types", "lint", "format", "search", "metrics", "plan"];

/// The subject of a file's sections.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// What is wrong with queries.
    Check,
    /// Habits in queries, which only `lint` reports.
    Lint,
    /// How a query is laid out.
    Format,
    /// What a search finds.
    Search,
    /// What a metrics query gives.
    Metrics,
    /// How a query is shared with a server.
    Plan,
}

impl Kind {
    /// Returns the subject that the folder of a file tells.
    fn of(file: &File) -> Kind {
        match file.name.split('/').next() {
            Some("format") => Kind::Format,
            Some("search") => Kind::Search,
            Some("metrics") => Kind::Metrics,
            Some("plan") => Kind::Plan,
            _ if file.name == "lint/habits" => Kind::Lint,
            _ => Kind::Check,
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
    let files = read(&root, &FOLDERS);
    if env::var_os("UPDATE").is_some_and(|value| value == "1") {
        for file in &files {
            update(file);
        }
        return libtest_mimic::run(&arguments, trials(&read(&root, &FOLDERS))).exit_code();
    }
    libtest_mimic::run(&arguments, trials(&files)).exit_code()
}

fn trials(files: &[File]) -> Vec<Trial> {
    let mut trials = Vec::new();
    for file in files {
        let mut spans = None;
        for section in &file.sections {
            if section.is_load() {
                spans = Some(section.body.clone());
                continue;
            }
            let (kind, section, spans) = (Kind::of(file), section.clone(), spans.clone());
            let name = format!("{}::{}", file.name, section.name);
            trials.push(Trial::test(name, move || run(kind, &section, spans.as_deref())));
        }
    }
    let text: String = files.iter().flat_map(|file| &file.sections).map(|section| section.body.as_str()).collect();
    trials.push(Trial::test("every code is found somewhere", move || every_code(&text)));
    trials
}

fn every_code(suite: &str) -> Result<(), Failed> {
    // A text of 1 MiB has its test in the grammar; what stands around queries is shown by files of lsp/tests/lint.
    let shown = CODES.iter().filter(|row| row.name != "query-too-long" && !row.number.starts_with("TQ08"));
    let missing: Vec<&str> =
        shown.filter(|row| !suite.contains(&format!("^ {} ", row.number))).map(|row| row.name).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("no section finds {}", missing.join(", ")).into()) }
}

fn run(kind: Kind, section: &Section, spans: Option<&str>) -> Result<(), Failed> {
    let loaded = spans.map(load::load).transpose()?;
    let found = expect(kind, section, loaded.as_ref())?;
    if found == section.body {
        return Ok(());
    }
    let marked = |text: &str, other: &str| {
        let other: Vec<&str> = other.lines().collect();
        text.lines()
            .map(|line| format!("{} {line}\n", if other.contains(&line) { ' ' } else { '>' }))
            .collect::<String>()
    };
    Err(format!(
        "expected:\n{}\nfound (UPDATE=1 accepts it):\n{}",
        marked(&section.body, &found),
        marked(&found, &section.body)
    )
    .into())
}

/// Returns the body of the section as it should be.
fn expect(kind: Kind, section: &Section, loaded: Option<&Loaded>) -> Result<String, String> {
    let loaded = || loaded.ok_or("no `load` section stands before this one");
    match kind {
        Kind::Check => finding::expect(section, finding::checked),
        Kind::Lint => finding::expect(section, finding::linted),
        Kind::Format => finding::expect_format(section),
        Kind::Search => answer::expect(section, loaded()?),
        Kind::Metrics => series::expect(section, loaded()?),
        Kind::Plan => split::expect(section),
    }
}

fn update(file: &File) {
    let mut text = file.preamble.clone();
    let mut loaded = None;
    for section in &file.sections {
        let body = if section.is_load() {
            loaded = load::load(&section.body).ok();
            section.body.clone()
        } else {
            expect(Kind::of(file), section, loaded.as_ref()).unwrap_or_else(|_| section.body.clone())
        };
        text.push_str(&format!("{}\n{}\n", section.header, body));
        text.push('\n');
    }
    let text = format!("{}\n", text.trim_end());
    fs::write(&file.path, text).expect("the suite can be written");
}

impl Section {
    /// Tells whether the section holds spans.
    fn is_load(&self) -> bool {
        self.name == "load"
    }

    /// Returns the paragraphs of the body.
    fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.body.split("\n\n").map(|paragraph| paragraph.trim_matches('\n')).filter(|paragraph| !paragraph.is_empty())
    }
}
