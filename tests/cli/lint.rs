//! `traceql lint` over a repository of all kinds of files: what it finds, mends, lists and leaves alone.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use super::program::folder;

/// The finding that every file of the repository has.
const MISTAKE: &str = "a status cannot be compared with a string";

fn traceql(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traceql"));
    command.current_dir(folder).arg("lint").args(args).env_remove("NO_COLOR").env_remove("COLUMNS");
    command
}

fn lint(folder: &Path, args: &[&str]) -> Output {
    traceql(folder, args).output().expect("the binary starts")
}

fn with_stdin(folder: &Path, args: &[&str], stdin: &str) -> Output {
    let mut command = traceql(folder, args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    child.stdin.take().expect("a pipe").write_all(stdin.as_bytes()).expect("stdin is read");
    child.wait_with_output().expect("the binary ends")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output is UTF-8")
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
    fs::write(path, text).expect("a file can be written");
}

/// Returns every file of the repository by its path.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let (mut folders, mut files) = (vec![folder.to_owned()], BTreeMap::new());
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).expect("it is below").to_string_lossy().replace('\\', "/");
            files.insert(name, fs::read_to_string(&path).expect("the files are text"));
        }
    }
    files
}

/// Makes a copy of the repository, with a folder that git ignores.
fn repository(test: &str) -> PathBuf {
    let folder = folder(&format!("lint-{test}"));
    for (name, text) in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/lint/repo")) {
        write(&folder, &name, text);
    }
    write(&folder, ".gitignore", "build/\n");
    write(&folder, "build/made.traceql", "{ status = \"error\" }");
    write(&folder, ".hidden/own.traceql", "{ status = \"error\" }");
    folder
}

/// Returns the files that findings name.
fn named(output: &Output) -> Vec<&str> {
    let mut names: Vec<&str> = text(&output.stdout).lines().filter_map(|line| line.split(':').next()).collect();
    names.dedup();
    names
}

fn git(folder: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=t", "-c", "user.email=t@example.org"]).args(args);
    let output = command.output().expect("git is there");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn queries_are_found_mended_and_listed_in_all_kinds_of_files() {
    let folder = repository("all");
    let before = files(&folder);
    let output = lint(&folder, &[".", "--format", "concise"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let expected = [
        ".github/workflows/nightly.yml",
        "alerting/rules.yaml",
        "dashboards/cart.v2.json",
        "dashboards/shop.json",
        "docs/runbook.md",
        "kubernetes/dashboards.yaml",
        "provisioning/datasources.yaml",
        "queries/failed.traceql",
        "scripts/count.sh",
        "terraform/alerts.tf",
    ];
    assert_eq!(named(&output), expected, "{}", text(&output.stdout));
    assert_eq!(text(&output.stdout).matches(MISTAKE).count(), expected.len() + 1, "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("in panel `Folded` (3)"), "{}", text(&output.stdout));

    // A diff says what is to be done, and does nothing.
    let output = lint(&folder, &["--diff"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(files(&folder), before);
    let patch = text(&output.stdout).to_owned();

    let output = lint(&folder, &["--fix", "--format", "concise"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stderr).contains("note: fixed 11 findings in 10 files\n"), "{output:?}");
    assert_eq!(named(&output), ["dashboards/shop.json"], "{}", text(&output.stdout));
    let mended = files(&folder);
    for name in expected {
        let meant = before[name]
            .replace("status = \"error\"", "status = error")
            .replace("status = \\\"error\\\"", "status = error")
            .replace("status = \\u0022error\\u0022", "status = error");
        assert_eq!(mended[name], meant, "only the query has changed in {name}");
    }
    assert_eq!(mended["build/made.traceql"], before["build/made.traceql"]);

    // The diff is one that `patch` takes.
    let again = repository("all-patched");
    let mut child = Command::new("git").current_dir(&again).args(["apply", "-"]).stdin(Stdio::piped()).spawn();
    let child = child.as_mut().expect("git is there");
    child.stdin.take().expect("a pipe").write_all(patch.as_bytes()).expect("git reads it");
    assert!(child.wait().expect("git ends").success());
    assert_eq!(files(&again), mended);

    // What is left is put on a list.
    let output = lint(&folder, &["--baseline", "known.json", "--update-baseline"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), "note: 1 finding written to known.json\n"));
    let output = lint(&folder, &["--baseline", "known.json"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""), "{output:?}");
    assert_eq!(lint(&folder, &["--fix", "--baseline", "known.json"]).status.code(), Some(0));
    assert_eq!(files(&folder).len(), mended.len() + 1, "nothing is left behind");

    // A finding that is mended by hand leaves its entry behind.
    write(&folder, "dashboards/shop.json", "{}");
    let output = lint(&folder, &["--baseline", "known.json"]);
    assert!(text(&output.stderr).contains("known.json lists 1 finding not there any more"), "{output:?}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn json_holds_by_its_schema() {
    let folder = repository("json");
    let schema = lint(&folder, &["--schema", "json"]);
    let schema: Value = serde_json::from_str(text(&schema.stdout)).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    for args in [&["--format", "json", "--level", "info"][..], &["--format", "json", "no-such-file"]] {
        let output = lint(&folder, args);
        let found: Value = serde_json::from_str(text(&output.stdout)).expect("the output is JSON");
        let errors: Vec<String> = validator.iter_errors(&found).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    let output = lint(&folder, &["--format", "json", "dashboards/shop.json"]);
    let found: Value = serde_json::from_str(text(&output.stdout)).expect("the output is JSON");
    let file = fs::read_to_string(folder.join("dashboards/shop.json")).expect("it is there");
    let first = &found["findings"][0];
    let offset = |name: &str| first[name]["offset"].as_u64().expect("a number") as usize;
    assert_eq!(&file[offset("start")..offset("end")], "status = \\\"error\\\"");
    assert_eq!((&first["holder"]["title"], &first["holder"]["dashboard"]), (&"Failed calls".into(), &"Shop".into()));
    let edit = &first["fixes"][0]["edits"][0];
    let place = |name: &str| edit[name].as_u64().expect("a number") as usize;
    assert_eq!((&file[place("start")..place("end")], &edit["text"]), ("\\\"error\\\"", &"error".into()));
    let schema = lint(&folder, &["--schema", "config"]);
    let schema: Value = serde_json::from_str(text(&schema.stdout)).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one");
}

#[test]
fn sarif_of_files_is_valid_and_keeps_its_fingerprints() {
    let folder = repository("sarif");
    let schema = fs::read_to_string("tests/cli/sarif/sarif-schema-2.1.0.json").expect("the schema is there");
    let schema = serde_json::from_str(&schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let fingerprints = || {
        let output = lint(&folder, &["--format", "sarif", "--level", "info"]); // traceql lint --format sarif
        let log: Value = serde_json::from_str(text(&output.stdout)).expect("the output is JSON");
        let errors: Vec<String> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        let results = log["runs"][0]["results"].as_array().expect("results").clone();
        assert!(results.len() > 10);
        results.iter().map(|result| result["partialFingerprints"].to_string()).collect::<Vec<_>>()
    };
    let before = fingerprints();
    let path = folder.join("dashboards/shop.json");
    let moved = fs::read_to_string(&path).expect("it is there").replace("{\n  \"title\"", "{\n\n\n  \"title\"");
    fs::write(path, moved).expect("it can be written");
    assert_eq!(fingerprints(), before);
}

#[test]
fn every_format_tells_every_finding() {
    let folder = repository("formats");
    let count = text(&lint(&folder, &["--format", "concise"]).stdout).lines().count();
    for (format, mark) in [
        ("full", "] error: "),
        ("json", "\"code\":"),
        ("sarif", "\"ruleIndex\":"),
        ("github", "::error file="),
        ("gitlab", "\"check_name\":"),
        ("junit", "<failure "),
        ("checkstyle", "<error "),
        ("rdjson", "\"severity\":"),
        ("markdown", "\n| error |"),
    ] {
        let output = lint(&folder, &["--format", format]);
        assert_eq!(text(&output.stdout).matches(mark).count(), count, "{format}: {}", text(&output.stdout));
        assert_eq!(output.status.code(), Some(1), "{format}");
    }
    let output = lint(&folder, &["--statistics"]);
    assert!(text(&output.stdout).starts_with("11  TQ0301  type-mismatch"), "{}", text(&output.stdout));
}

#[test]
fn only_changed_queries_are_told() {
    let folder = repository("changed");
    git(&folder, &["init", "-q", "-b", "main"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "before"]);
    let changed = |args: &[&str]| lint(&folder, &[&["--format", "concise", "--changed-since", "main"], args].concat());
    let output = changed(&[]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""), "{output:?}");

    // Above the query, in the other panel, and in a file that git does not know.
    let path = folder.join("dashboards/shop.json");
    let shop = fs::read_to_string(&path).expect("it is there");
    let shop = shop.replace("\"Shop\"", "\"The shop\"").replace("{ span.service", "{ resource.service");
    fs::write(&path, shop).expect("it can be written");
    write(&folder, "queries/ü \"new\".traceql", "{ status = \"error\" }");
    let output = changed(&[]);
    let lines: Vec<&str> = text(&output.stdout).lines().collect();
    assert_eq!((output.status.code(), lines.len()), (Some(1), 2), "{lines:?}");
    assert!(lines[0].starts_with("dashboards/shop.json:30:"), "{lines:?}");
    assert!(lines[1].starts_with("queries/ü \"new\".traceql:1:3:"), "{lines:?}");
    // From a folder below, too.
    let output = lint(&folder.join("queries"), &["--format", "concise", "--changed-since", "HEAD"]);
    assert_eq!(text(&output.stdout).lines().count(), 1, "{output:?}");

    for (revision, said) in [("no-such-branch", "git does not tell"), ("--output=x", "no git revision")] {
        let output = lint(&folder, &["--changed-since", revision]);
        let wrong = format!("--changed-since={revision}");
        let output = if revision.starts_with('-') { lint(&folder, &[&wrong]) } else { output };
        assert!(text(&output.stderr).contains(said), "{output:?}");
        assert_eq!(output.status.code(), Some(2));
    }
    assert!(!folder.join("x").exists());
}

#[test]
fn stdin_has_the_name_that_it_is_given() {
    let folder = folder("lint-stdin");
    let panel = r#"{"panels": [{"id": 1, "title": "A", "type": "table", "datasource": {"type": "tempo", "uid": "t"},
        "targets": [{"refId": "A", "queryType": "traceql", "query": "{ status = \"error\" }"}]}]}"#;
    let output = with_stdin(&folder, &["-", "--format", "concise", "--stdin-filename", "a/b.json"], panel);
    assert!(text(&output.stdout).starts_with("a/b.json:2:"), "{output:?}");
    assert_eq!(output.status.code(), Some(1));
    let output = with_stdin(&folder, &["-", "--format", "concise"], panel);
    assert!(text(&output.stdout).starts_with("<stdin>:2:"), "JSON is told by its look: {output:?}");
    let output = with_stdin(&folder, &["-", "--format", "concise"], "{ status = \"error\" }");
    assert!(text(&output.stdout).starts_with("<stdin>:1:3:"), "{output:?}");

    // With `--fix` stdout is the file, and what is left goes to stderr.
    let output = with_stdin(&folder, &["-", "--fix", "--stdin-filename", "b.json"], panel);
    assert_eq!(text(&output.stdout), panel.replace("\\\"error\\\"", "error"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let output = with_stdin(&folder, &["-", "--fix", "--format", "concise"], "{ status = \"error\" && }");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("<stdin>:1:"), "{output:?}");
    assert_eq!(with_stdin(&folder, &["-", "other"], panel).status.code(), Some(2));
}

#[test]
fn what_cannot_be_read_is_told_if_it_is_named() {
    let folder = folder("lint-broken");
    write(&folder, "broken.json", "{\"panels\": [{\"datasource\": {\"type\": \"tempo\"}, \"targets\": [");
    write(&folder, "picture.json", b"\x89PNG\0\0");
    write(&folder, "wide.json", b"\xff\xfe{\0");
    write(&folder, "latin1.md", b"caf\xe9 tempo");
    let output = lint(&folder, &["--format", "concise"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(named(&output), ["broken.json"]);
    let output = lint(&folder, &["--verbose"]);
    for passed in
        ["picture.json: passed over: not a text", "wide.json: passed over: UTF-16", "latin1.md: passed over: byte 3"]
    {
        assert!(text(&output.stderr).contains(passed), "{passed}: {output:?}");
    }
    let output = lint(&folder, &["picture.json", "wide.json", "latin1.md", "missing.json", "none/*.json"]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    assert_eq!(text(&output.stderr).matches("error: ").count(), 5, "{output:?}");
    let output = lint(&folder, &["picture.json", "broken.json", "--format", "concise"]);
    assert_eq!((output.status.code(), named(&output)), (Some(5), vec!["broken.json"]), "the others count all the same");
}

#[test]
fn the_configuration_leaves_out_and_sets_levels() {
    let folder = repository("config");
    write(
        &folder,
        "traceql.toml",
        "exclude = [\"docs\", \"scripts/*.sh\"]\n[lint.rules]\nundefined-variable = \"off\"\n",
    );
    let output = lint(&folder, &["--format", "concise"]);
    assert!(!named(&output).contains(&"docs/runbook.md") && named(&output).len() == 8, "{:?}", named(&output));
    assert!(!text(&output.stdout).contains("missing"), "{}", text(&output.stdout));
    // From a folder below it is found too, and counts from its own place.
    let output = lint(&folder.join("scripts"), &["--format", "concise"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""), "{output:?}");
    // What is named is looked at, unless it is to be left out all the same.
    let named_one = ["--format", "concise", "docs/runbook.md"];
    assert_eq!(lint(&folder, &named_one).status.code(), Some(1));
    assert_eq!(lint(&folder, &[&named_one[..], &["--force-exclude"]].concat()).status.code(), Some(0));
    let absolute = folder.join("docs/runbook.md");
    let absolute = absolute.to_str().expect("it is UTF-8");
    assert_eq!(lint(&folder, &["--force-exclude", absolute]).status.code(), Some(0));
    assert_eq!(named(&lint(&folder, &["--format", "concise", absolute])), ["docs/runbook.md"]);
    let args = ["-", "--fix", "--force-exclude", "--stdin-filename", "docs/runbook.md"];
    let output = with_stdin(&folder, &args, "```traceql\n{ status = \"error\" }\n```\n");
    assert!(text(&output.stdout).contains("\"error\"") && output.status.success(), "{output:?}");

    write(&folder, "other.toml", "[lint]\nstrictly = true\n");
    let output = lint(&folder, &["--config", "other.toml"]);
    assert!(text(&output.stderr).starts_with("error: other.toml:2:1: unknown key `strictly`"), "{output:?}");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(lint(&folder, &["--config", "gone.toml"]).status.code(), Some(2));
}

#[test]
fn what_cannot_be_told_is_told_with_verbose() {
    let folder = folder("lint-untold");
    let panel = r#"{"panels": [{"id": 1, "title": "A", "type": "table", "targets": [{"refId": "A", "query": "{ status = \"error\" }"}]},
        {"id": 2, "title": "B", "type": "table", "datasource": {"type": "tempo", "uid": "t"}, "targets": []}]}"#;
    write(&folder, "a.json", panel);
    let output = lint(&folder, &["--verbose", "--format", "concise"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""), "{output:?}");
    assert!(text(&output.stderr).contains("note: a.json:1:"), "{output:?}");
    assert_eq!(text(&lint(&folder, &[]).stderr), "note: no queries in 1 file\n");
}

#[test]
fn globs_and_folders_list_each_file_once_and_in_order() {
    let folder = repository("globs");
    let output =
        lint(&folder, &["--format", "concise", "dashboards", "**/*.json", "queries/*.traceql", "dashboards/shop.json"]);
    assert_eq!(named(&output), ["dashboards/cart.v2.json", "dashboards/shop.json", "queries/failed.traceql"]);
    assert_eq!(text(&output.stdout).lines().count(), 4, "{}", text(&output.stdout));
}

#[cfg(unix)]
#[test]
fn mending_keeps_links_and_permissions() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = folder("lint-links");
    write(&folder, "a.traceql", "{ status = \"error\" }");
    let file = folder.join("a.traceql");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("permissions can be set");
    symlink("a.traceql", folder.join("link.traceql")).expect("a link can be made");
    assert_eq!(lint(&folder, &["--fix", "link.traceql"]).status.code(), Some(0));
    assert!(folder.join("link.traceql").is_symlink());
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "{ status = error }");
    let before = fs::metadata(&file).and_then(|data| data.modified()).expect("a time");
    assert_eq!(lint(&folder, &["--fix"]).status.code(), Some(0));
    let after = fs::metadata(&file).expect("it is there");
    assert_eq!((after.permissions().mode() & 0o777, after.modified().expect("a time")), (0o640, before));
}

#[test]
fn hidden_characters_of_files_are_shown() {
    let folder = folder("lint-hidden");
    let panel = "{\"panels\": [{\"id\": 1, \"title\": \"a\\u001b[31m\\u202e\", \"type\": \"table\", \"datasource\": {\"type\": \
                 \"tempo\"}, \"targets\": [{\"queryType\": \"traceql\", \"query\": \"{ status = \\\"\\u001b\\\" }\"}]}]}";
    write(&folder, "a.json", panel);
    for format in ["full", "concise", "json", "sarif", "github", "gitlab", "junit", "checkstyle", "rdjson", "markdown"]
    {
        let output = lint(&folder, &["--format", format]);
        let said = text(&output.stdout);
        assert!(said.contains("TQ0301") || said.contains("type-mismatch"), "{format}: {said}");
        assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{format}: {said}");
    }
}

#[test]
fn check_mends_files_in_place_and_prints_queries() {
    let folder = folder("check-fix");
    write(&folder, "a/b.traceql", "{ status = \"error\" }\r\n");
    write(&folder, "a/c.json", "{}");
    let check = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_traceql")).current_dir(&folder).arg("check").args(args).output();
        output.expect("the binary starts")
    };
    let output = check(&["--diff", "."]);
    let expected =
        "--- a/a/b.traceql\n+++ b/a/b.traceql\n@@ -1 +1 @@\n-{ status = \"error\" }\r\n+{ status = error }\r\n";
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), expected), "{output:?}");
    let output = check(&["--fix", "**/*.traceql"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""), "{output:?}");
    assert_eq!(text(&output.stderr), "note: fixed 1 finding in 1 query\n");
    assert_eq!(fs::read_to_string(folder.join("a/b.traceql")).expect("it is there"), "{ status = error }\r\n");

    let output = check(&["--fix", "-e", "{ status = \"error\" && kind = \"server\" }", "--format", "short"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "{ status = error && kind = server }\n"));
    assert_eq!(text(&output.stderr), "note: fixed 2 findings in 1 query\n");
    let output = check(&["--fix", "-e", "{ .a = }", "--format", "short"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), "{ .a = }\n"));
    assert!(text(&output.stderr).starts_with("<query>:1:8: error[TQ0202]"), "what is left is told: {output:?}");
    assert_eq!(check(&["--unsafe", "-e", "{ }"]).status.code(), Some(2));
    fs::create_dir(folder.join("empty")).expect("a folder can be made");
    assert_eq!(check(&["empty"]).status.code(), Some(5));
}
