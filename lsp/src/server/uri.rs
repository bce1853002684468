//! Addresses of documents as paths, and back.

use std::path::{Component, Path, PathBuf};

use tower_lsp::ls_types::Uri;

/// Returns the path of an address; `None` for one that is no file, such as that of a text that was never saved.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    if uri.scheme().as_str() != "file" {
        return None;
    }
    uri.to_file_path().map(|path| plain(&path))
}

/// Returns the address of a path.
pub(super) fn uri(path: &Path) -> Option<Uri> {
    Uri::from_file_path(path)
}

/// Returns what a document is called, so that its end tells what kind of file it is. A text without a name is a query, unless
/// the client says that it is something else.
pub(super) fn name(uri: &Uri, language: &str) -> String {
    let name = path(uri).map_or_else(|| uri.path().as_str().to_owned(), |path| path.to_string_lossy().into_owned());
    let has_end = Path::new(&name).extension().is_some();
    let end = match language {
        "traceql" => "traceql",
        _ if has_end => return name,
        "json" | "jsonc" => "json",
        "yaml" => "yaml",
        "markdown" => "md",
        "shellscript" => "sh",
        "terraform" => "tf",
        _ => return name,
    };
    if Path::new(&name).extension().is_some_and(|found| found == end) { name } else { format!("{name}.{end}") }
}

/// Returns a path from a folder, with `/`; `None` if it does not lie in it.
pub(super) fn relative(path: &Path, folder: &Path) -> Option<String> {
    let parts = path.strip_prefix(folder).ok()?.components();
    Some(parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"))
}

/// Returns a path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_names_a_text_without_a_name() {
        let names = [
            ("untitled:Untitled-1", "traceql", "Untitled-1.traceql"),
            ("file:///a%20b/c.json", "json", "/a b/c.json"),
            ("file:///a/c.tmpl", "traceql", "/a/c.tmpl.traceql"),
            ("untitled:x", "markdown", "x.md"),
            ("untitled:x", "plaintext", "x"),
        ];
        for (address, language, expected) in names {
            assert_eq!(name(&address.parse().unwrap(), language), expected);
        }
    }

    #[test]
    fn only_files_have_paths() {
        assert_eq!(path(&"untitled:x".parse().unwrap()), None);
        assert_eq!(path(&"file:///a/./b/../c".parse().unwrap()), Some("/a/c".into()));
        assert_eq!(relative(Path::new("/a/b/c"), Path::new("/a")).as_deref(), Some("b/c"));
        assert_eq!(relative(Path::new("/a"), Path::new("/b")), None);
    }
}
