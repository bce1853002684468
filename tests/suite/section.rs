//! Files of the suite, cut into sections.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

/// What the sections of a file test; the folder says it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
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

/// A file with sections.
pub(crate) struct File {
    pub path: PathBuf,
    /// Folder and file name, without the extension.
    pub name: String,
    pub kind: Kind,
    /// What stands before the first section.
    pub preamble: String,
    pub sections: Vec<Section>,
}

/// A test, or spans for the tests behind it.
#[derive(Clone)]
pub(crate) struct Section {
    /// The line `--- name [option=value …]`.
    pub header: String,
    pub name: String,
    pub options: HashMap<String, String>,
    /// Everything up to the next header, without blank lines around it.
    pub body: String,
}

impl Section {
    /// Tells whether the section holds spans.
    pub(crate) fn is_load(&self) -> bool {
        self.name == "load"
    }

    /// Returns the paragraphs of the body.
    pub(crate) fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.body.split("\n\n").map(|paragraph| paragraph.trim_matches('\n')).filter(|paragraph| !paragraph.is_empty())
    }
}

/// Reads every file of the suite.
pub(crate) fn read(root: &Path) -> Vec<File> {
    let mut files = Vec::new();
    for (folder, kind) in [
        ("syntax", Kind::Check),
        ("types", Kind::Check),
        ("lint", Kind::Check),
        ("format", Kind::Format),
        ("search", Kind::Search),
        ("metrics", Kind::Metrics),
        ("plan", Kind::Plan),
    ] {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        for entry in entries {
            let path = entry.expect("a folder's entry can be read").path();
            if path.extension().is_some_and(|extension| extension == "test") {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let text = fs::read_to_string(&path).expect("the suite is UTF-8");
                let (preamble, sections) = cut(&text);
                let kind = if folder == "lint" && stem == "habits" { Kind::Lint } else { kind };
                files.push(File { path, name: format!("{folder}/{stem}"), kind, preamble, sections });
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

fn cut(text: &str) -> (String, Vec<Section>) {
    let mut preamble = String::new();
    let mut sections: Vec<Section> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(title) = line.strip_prefix("--- ") {
            let (name, options) = title.trim_end().split_once('[').unwrap_or((title, ""));
            let options = options.trim_end_matches(']').split_whitespace();
            sections.push(Section {
                header: line.trim_end().to_owned(),
                name: name.trim().to_owned(),
                options: options
                    .filter_map(|option| option.split_once('='))
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
                body: String::new(),
            });
        } else {
            sections.last_mut().map_or(&mut preamble, |section| &mut section.body).push_str(line);
        }
    }
    for section in &mut sections {
        section.body = section.body.trim_matches('\n').to_owned();
    }
    (preamble, sections)
}
