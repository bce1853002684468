//! What must hold of the code as a whole: which part may know which, how long a file is, what is documented.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// For each part of the root crate the parts that it must not name: everything that does not lie along its arrows.
///
/// ```text
/// main ─► cli ─► { repl, session, output, lsp }        repl ─► { session, output, lsp }
/// session ─► { tempo, source, exec } ─► plan ─► model ─► grammar        output ─► model        lsp ─► grammar
/// ```
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("model", &["plan", "exec", "source", "output", "tempo", "session", "repl", "cli"]),
    ("plan", &["exec", "source", "output", "tempo", "session", "repl", "cli"]),
    ("exec", &["source", "output", "tempo", "session", "repl", "cli"]),
    ("source", &["exec", "output", "tempo", "session", "repl", "cli"]),
    // A trace of a server is an input, and is read as a file is.
    ("tempo", &["exec", "output", "session", "repl", "cli"]),
    ("output", &["plan", "exec", "source", "tempo", "session", "repl", "cli"]),
    ("session", &["output", "repl", "cli"]),
    ("repl", &["cli"]),
];

/// Lines from which on a file needs a reason to be one file.
const LONG: usize = 450;

/// Lines that no file has.
const TOO_LONG: usize = 800;

/// Files over [`LONG`] lines, each with the reason why they are one subject.
const LONG_FILES: &[(&str, &str)] = &[];

/// A source file: its path from the root of the repository, and its text.
pub(super) struct File {
    path: String,
    pub(super) text: String,
}

impl File {
    /// Returns the lines of code, without line comments, each with its number.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let code = |line| match str::find(line, "//") {
            // `://` is part of an address in a string.
            Some(at) if !line[..at].ends_with(':') => &line[..at],
            _ => line,
        };
        self.text.lines().map(code).enumerate().map(|(i, line)| (i + 1, line))
    }
}

pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns every file below `folder` with the extension, in order of their paths.
pub(super) fn files(folder: &str, extension: &str) -> Vec<File> {
    let (mut folders, mut found) = (vec![root().join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("a folder's entry can be read").path();
            if path.is_dir() {
                // Fuzzing builds below `tests`.
                if !path.ends_with("target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|found| found == extension) {
                let text = fs::read_to_string(&path).expect("sources are UTF-8");
                let path = path.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
                found.push(File { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Returns the sources of the three crates.
fn sources() -> Vec<File> {
    let sources: Vec<File> = ["src", "grammar/src", "lsp/src"].iter().flat_map(|folder| files(folder, "rs")).collect();
    assert!(sources.len() > 20, "the sources are where this test looks for them");
    sources
}

/// Tells whether `text` has `word` with nothing before it that would make it another word.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Fails with a list of what is wrong.
pub(super) fn none(findings: &[String], rule: &str) {
    assert!(findings.is_empty(), "{rule}:\n  {}\n", findings.join("\n  "));
}

/// Returns the first names behind `prefix` in code: `a` and `b` of `crate::{a::x, b}`.
fn names_after(code: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut name) = (0, String::new());
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => names.push(std::mem::take(&mut name)),
                    c if depth == 0 => name.push(c),
                    _ => {}
                }
            }
            names.push(name);
        } else {
            names.push(rest.to_owned());
        }
    }
    let word = |name: &String| name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    names.iter().map(word).filter(|name: &String| !name.is_empty()).collect()
}

#[test]
fn names_after_a_prefix() {
    let names = names_after("use crate::{model::{batch, ids}, plan}; crate::exec::run(); mycrate::x", "crate::");
    assert_eq!(names, ["model", "plan", "exec"]);
}

#[test]
fn parts_do_not_know_what_they_must_not_know() {
    let mut findings = Vec::new();
    for (part, forbidden) in FORBIDDEN {
        for file in files(&format!("src/{part}"), "rs") {
            let code: String = file.code().map(|(_, line)| format!("{line}\n")).collect();
            let mut names = names_after(&code, "crate::");
            names.extend(names_after(&code, "traceql::"));
            // `super::` as often as the file is deep leads to the root of the crate.
            let depth = file.path.matches('/').count() - usize::from(file.path.ends_with("/mod.rs"));
            names.extend((depth..depth + 3).flat_map(|supers| names_after(&code, &"super::".repeat(supers))));
            findings.extend(
                names
                    .iter()
                    .filter(|name| forbidden.contains(&name.as_str()))
                    .map(|name| format!("{} -> {name}", file.path)),
            );
        }
    }
    none(&findings, "arrows between the parts of the root crate that must not exist");
}

#[test]
fn a_session_knows_only_the_traits_of_the_language_server() {
    let mut findings = Vec::new();
    for file in files("src/session", "rs") {
        let code: String = file.code().map(|(_, line)| format!("{line}\n")).collect();
        let names = names_after(&code, "traceql_lsp::");
        let others = names.iter().filter(|name| !["catalog", "runner", "Catalog", "Runner"].contains(&name.as_str()));
        findings.extend(others.map(|name| format!("{} -> traceql_lsp::{name}", file.path)));
    }
    none(&findings, "of the language server a session implements the traits Catalog and Runner, and uses nothing else");
}

#[test]
fn crates_do_not_depend_on_what_they_must_not_know() {
    let mut findings = Vec::new();
    let rules: &[(&str, &[&str])] = &[
        ("grammar/Cargo.toml", &["tokio", "serde", "ariadne", "clap", "traceql"]),
        ("lsp/Cargo.toml", &["traceql", "clap", "ariadne"]),
    ];
    for (path, forbidden) in rules {
        let manifest = fs::read_to_string(root().join(path)).expect("the manifest is there");
        let mut in_dependencies = false;
        for line in manifest.lines() {
            if line.starts_with('[') {
                in_dependencies = line.ends_with("dependencies]") && !line.contains("dev-");
            }
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            let is_forbidden = forbidden.contains(&name) || path.starts_with("grammar") && name.starts_with("traceql");
            if in_dependencies && is_forbidden {
                findings.push(format!("{path} -> {name}"));
            }
        }
    }
    none(&findings, "dependencies that must not exist");
}

#[test]
fn only_the_command_line_touches_the_outside() {
    const OUTSIDE: &[&str] = &[
        "println!",
        "print!",
        "eprintln!",
        "eprint!",
        "dbg!",
        "io::stdout",
        "io::stderr",
        "stdout()",
        "stderr()",
        "std::env",
        "env::var",
        "env::args",
        "process::exit",
    ];
    const CLOCK: &[&str] = &["SystemTime", "Instant::now", "Timestamp::now", "Zoned::now"];
    const LANGUAGE: &[&str] = &["std::fs", "std::net", "std::process", "std::thread", "std::time"];
    let mut findings = Vec::new();
    for file in sources() {
        if file.path.starts_with("src/cli/") || file.path == "src/main.rs" {
            continue;
        }
        let also = if file.path.starts_with("grammar/") || file.path.starts_with("lsp/") { LANGUAGE } else { &[] };
        // A session counts times from one now, and takes the time of what it explains.
        let clock = if file.path.starts_with("src/session/") { &[] } else { CLOCK };
        for (number, line) in file.code() {
            let words = OUTSIDE.iter().chain(also).chain(clock).filter(|word| has_word(line, word));
            findings.extend(words.map(|word| format!("{}:{number}: {word}", file.path)));
        }
    }
    none(
        &findings,
        "stdout, stderr and the environment belong to src/cli, the clock to src/session too, files to the root crate",
    );
}

/// Tells whether a line defines a static that can change, or keeps something for the whole process.
fn is_process_wide(line: &str) -> bool {
    const WORDS: &[&str] = &["mem::forget", "_exit", "thread_local!", "signal_hook", "libc::signal", "ctrl_c"];
    const CHANGING: &[&str] = &["Atomic", "OnceLock", "OnceCell", "Once", "LazyLock", "Mutex", "RwLock"];
    let is_static = |line: &str| has_word(line, "static ") && !line.contains("'static") && line.contains(':');
    let changes = || CHANGING.iter().any(|word| line.contains(word));
    WORDS.iter().any(|word| line.contains(word)) || is_static(line) && changes()
}

#[test]
fn only_main_changes_the_process() {
    assert!(is_process_wide("    static RUNTIME: OnceLock<Runtime> = OnceLock::new();"));
    assert!(is_process_wide("mem::forget(answer);") && !is_process_wide("static HEX: [u8; 256] = digits();"));
    let mut findings = Vec::new();
    for file in sources().iter().filter(|file| file.path != "src/main.rs") {
        let lines = file.code().filter(|(_, line)| is_process_wide(line));
        findings.extend(lines.map(|(number, line)| format!("{}:{number}: {}", file.path, line.trim())));
    }
    none(
        &findings,
        "what holds for the whole process (statics that change, signal handlers, `_exit`) stands in src/main.rs",
    );
}

#[test]
fn features_are_named_where_parts_are_joined() {
    let named: Vec<String> = sources()
        .iter()
        .filter(|file| file.text.contains("feature = \"remote\""))
        .map(|file| file.path.clone())
        .collect();
    let joints = [
        "src/cli/mod.rs",
        // Its test holds a document about all features against the table.
        "src/cli/reference.rs",
        "src/lib.rs",
        "src/output/mod.rs",
        "src/plan/mod.rs",
        "src/session/mod.rs",
        "src/source/mod.rs",
    ];
    let findings: Vec<String> = named.into_iter().filter(|path| !joints.contains(&path.as_str())).collect();
    none(&findings, "the feature `remote` is named where modules are declared, and nowhere else");
}

#[test]
fn what_is_shown_passes_one_place() {
    // Each way out with the files that may use it: those make hidden characters visible, or write nothing of the data.
    const WAYS: &[(&str, &[&str])] = &[
        ("io::stdout", &["src/main.rs", "src/cli/ui.rs", "src/cli/failure.rs"]),
        ("io::stderr", &["src/cli/ui.rs"]),
        ("ProgressDrawTarget::stderr", &["src/cli/progress.rs"]),
        (
            "serde_json::to_",
            &[
                "src/output/visible.rs",
                "src/output/tempo_block/files.rs",
                "src/model/any_value.rs",
                "src/model/secrets.rs",
            ],
        ),
        ("serde_json::ser", &["src/output/go_json.rs"]),
    ];
    let mut findings = Vec::new();
    for file in files("src", "rs") {
        for (way, allowed) in WAYS.iter().filter(|(_, allowed)| !allowed.contains(&file.path.as_str())) {
            let lines = file.code().filter(|(_, line)| line.contains(way));
            findings.extend(lines.map(|(number, _)| format!("{}:{number}: {way}, not in {allowed:?}", file.path)));
        }
    }
    none(
        &findings,
        "messages go through `Ui`, JSON through `output::visible`: nothing of the data reaches a terminal raw",
    );
}

#[test]
fn only_output_serialises() {
    let mut findings = Vec::new();
    // The server speaks a protocol in JSON.
    let of_formats = |file: &&File| file.path.starts_with("src/output/") || file.path.starts_with("lsp/src/server/");
    for file in sources().iter().filter(|file| !of_formats(file)) {
        // The readers of Parquet are called `Serialized…`.
        let lines = file.code().filter(|(_, line)| has_word(&line.replace("Serialized", ""), "Serialize"));
        findings.extend(lines.map(|(number, _)| format!("{}:{number}", file.path)));
    }
    none(&findings, "formats are contracts: `Serialize` belongs to src/output, and to the server's protocol");
}

/// Returns the sources and tests, without the tables of words, which are as long as there are words.
fn measured() -> Vec<File> {
    let all = ["tests", "benches"].iter().flat_map(|folder| files(folder, "rs")).chain(sources());
    all.filter(|file| !file.path.starts_with("grammar/src/vocab/")).collect()
}

#[test]
fn files_say_their_subject_and_are_not_too_long() {
    let mut findings = Vec::new();
    for file in measured() {
        if !file.text.starts_with("//! ") {
            findings.push(format!("{}: does not begin with `//!` and its subject", file.path));
        }
        let length = file.text.lines().count();
        if length > TOO_LONG {
            findings.push(format!("{}: {length} lines, more than {TOO_LONG}", file.path));
        }
    }
    none(&findings, "one file, one subject");
}

#[test]
fn long_files_have_a_reason() {
    let mut findings = Vec::new();
    for file in measured() {
        let (length, named) = (file.text.lines().count(), LONG_FILES.iter().any(|(path, _)| *path == file.path));
        if length > LONG && !named {
            findings.push(format!("{}: {length} lines, more than {LONG}: look for the second subject", file.path));
        } else if length <= LONG && named {
            findings.push(format!("{}: only {length} lines; take it off the list of long files", file.path));
        }
    }
    let missing = LONG_FILES.iter().filter(|(path, _)| !root().join(path).exists());
    findings.extend(missing.map(|(path, _)| format!("{path}: is on the list of long files and does not exist")));
    none(&findings, "long files are on a list, with the reason");
}

#[test]
fn licences_and_changelog_are_there() {
    for path in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md", "test", ".ci/run"] {
        assert!(Path::new(&root().join(path)).exists(), "{path} is missing");
    }
}
