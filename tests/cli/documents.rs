//! The documents: the README is short, and every link leads somewhere.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Bytes that the README may have, so that it is read to its end.
const README_BYTES: usize = 8192;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the README and every document below `docs`.
fn documents() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("docs")).expect("the documents are there");
    let paths = entries.map(|entry| entry.expect("a folder's entry can be read").path());
    let mut documents: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    documents.push(root().join("README.md"));
    documents.sort();
    documents
}

/// Returns the targets of the links in a text, without those in blocks of code.
fn links(text: &str) -> Vec<&str> {
    // Outside of fences is every other piece.
    let prose = text.split("```").step_by(2);
    let links = prose.flat_map(|prose| prose.split("](").skip(1));
    links.filter_map(|link| Some(link.split_once(')')?.0)).collect()
}

#[test]
fn the_readme_is_short() {
    let length = fs::read(root().join("README.md")).expect("the README is there").len();
    assert!(
        length <= README_BYTES,
        "README.md has {length} bytes, more than {README_BYTES}: move text to docs/guide.md"
    );
}

#[test]
fn links_are_found_in_prose_only() {
    let text = "[a](b.md) and ![c](d.png)\n```\n[no](code.md)\n```\n[e](f.md#g)";
    assert_eq!(links(text), ["b.md", "d.png", "f.md#g"]);
}

#[test]
fn every_relative_link_leads_to_a_file() {
    let (mut seen, mut broken) = (0, Vec::new());
    for document in documents() {
        let text = fs::read_to_string(&document).expect("documents are UTF-8");
        for link in links(&text).into_iter().filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let path = link.split('#').next().unwrap_or_default();
            seen += 1;
            if !document.with_file_name(path).exists() {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links to files that do not exist:\n  {}\n", broken.join("\n  "));
    assert!(seen > 8, "only {seen} links were found");
}
