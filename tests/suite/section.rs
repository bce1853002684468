//! Files of the suite, cut into sections.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

/// A file with sections.
pub(crate) struct File {
    pub path: PathBuf,
    /// Folder and file name, without the extension.
    pub name: String,
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

/// Reads every file of some folders of the suite.
pub(crate) fn read(root: &Path, folders: &[&str]) -> Vec<File> {
    let mut files = Vec::new();
    for folder in folders {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        for entry in entries {
            let path = entry.expect("a folder's entry can be read").path();
            if path.extension().is_some_and(|extension| extension == "test") {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let text = fs::read_to_string(&path).expect("the suite is UTF-8");
                let (preamble, sections) = cut(&text);
                files.push(File { path, name: format!("{folder}/{stem}"), preamble, sections });
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
