//! The binary as its users meet it: examples with their output, pipes, signals and files.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

fn traceql(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traceql"));
    command.args(args).env_remove("TRACEQL_SOURCE").env_remove("NO_COLOR").env_remove("COLUMNS");
    // Not the contexts of whoever runs the tests.
    command.env_remove("TRACEQL_CONFIG").env("XDG_CONFIG_HOME", "/no-such-folder");
    command
}

fn output_with_stdin(args: &[&str], stdin: &[u8]) -> Output {
    let mut child = traceql(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("a pipe").write_all(stdin).expect("stdin is read");
    child.wait_with_output().expect("the binary ends")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output is UTF-8")
}

/// Makes an empty folder for a test's files.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// Runs the commands in files and compares what they print; `UPDATE=1` writes it there instead.
fn run_examples(test: &str, files: &str, columns: &str) {
    if env::var_os("UPDATE").is_some() && env::var_os("TRYCMD").is_none() {
        // The runner has a variable of its own, which only a new process can be given.
        let program = env::current_exe().expect("this program has a path");
        let module = module_path!().split_once("::").map_or("", |(_, module)| module);
        let test = format!("{module}::{test}");
        let status = Command::new(program).args(["--exact", &test]).env("TRYCMD", "overwrite").status();
        assert!(status.expect("this program starts").success());
        return;
    }
    trycmd::TestCases::new().env("COLUMNS", columns).env("XDG_CONFIG_HOME", "/no-such-folder").case(files);
}

#[test]
fn examples() {
    run_examples("examples", "tests/cli/*.trycmd", "80");
}

#[cfg(feature = "tempo-block")]
#[test]
fn examples_of_blocks() {
    // What an earlier run has written is in the way: blocks are never replaced.
    let written = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/blocks/convert.in/blocks");
    let _ = fs::remove_dir_all(&written);
    run_examples("examples_of_blocks", "tests/cli/blocks/*.trycmd", "80");
    let _ = fs::remove_dir_all(&written);
}

#[cfg(feature = "remote")]
#[test]
fn examples_of_contexts() {
    run_examples("examples_of_contexts", "tests/cli/context/*.trycmd", "80");
}

#[test]
fn the_readme_tells_the_truth() {
    run_examples("the_readme_tells_the_truth", "README.md", "110");
}

#[test]
fn the_guide_tells_the_truth() {
    run_examples("the_guide_tells_the_truth", "docs/guide.md", "110");
}

#[test]
fn queries_come_from_stdin() {
    let output = output_with_stdin(&["check", "--format", "short", "-"], b"{ status = \"error\" }\n");
    assert!(text(&output.stdout).starts_with("<stdin>:1:3: error[TQ0301]"), "{output:?}");
    assert_eq!(output.status.code(), Some(1));
    let output = output_with_stdin(&["check", "-"], b"{ .\xff }");
    assert!(text(&output.stderr).contains("<stdin>: byte 3 (0xff) is not UTF-8"), "{output:?}");
    assert_eq!(output.status.code(), Some(5));
}

#[test]
fn a_closed_pipe_is_success() {
    let commands: [&[&str]; 9] = [
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["check", "--format", "sarif", "-e", "{"],
        &["query", "{ }", "examples/shop.otlp.jsonl", "--limit", "0"],
        &["values", "span:id", "examples/shop.otlp.jsonl", "--limit", "0"],
        &["convert", "examples/shop.otlp.jsonl", "-o", "-"],
        &["trace", "5737d2", "examples/shop.otlp.jsonl"],
        &["trace", "5737d2", "examples/shop.otlp.jsonl", "--format", "html"],
    ];
    for args in commands {
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        drop(reader);
        let output = traceql(args).stdout(writer).stderr(Stdio::piped()).output().expect("the binary runs");
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn colours_follow_one_decision() {
    let colored = |args: &[&str], variables: &[(&str, &str)]| {
        let output = traceql(args).envs(variables.iter().copied()).output().expect("the binary runs");
        text(&output.stdout).contains('\x1b')
    };
    let check = ["check", "-e", "{"];
    let always = ["--color", "always", "check", "-e", "{"];
    let never = ["check", "-e", "{", "--color=never"];
    assert!(!colored(&check, &[]), "no terminal, no colours");
    assert!(colored(&check, &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&check, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(colored(&always, &[("NO_COLOR", "1")]), "what is said now beats the environment");
    assert!(!colored(&never, &[("CLICOLOR_FORCE", "1")]));
    assert!(colored(&["--color", "always", "check", "--help"], &[]));
}

#[test]
fn every_command_shows_real_examples() {
    let help = traceql(&["--help"]).output().expect("the binary runs");
    let commands = text(&help.stdout).lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = commands.map_while(|line| line.split_whitespace().next()).collect();
    assert!(commands.len() >= 6, "{commands:?}");
    for command in commands {
        let help = traceql(&[command, "--help"]).output().expect("the binary runs");
        let examples = text(&help.stdout).lines().filter(|line| line.contains(&format!("traceql {command} "))).count();
        // The usage line is one of them.
        assert!(examples >= 3, "`{command} --help` has {examples} examples");
    }
}

#[test]
fn files_are_formatted_in_place() {
    let folder = folder("fmt");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("the file can be written");
        path.to_str().expect("the path is UTF-8").to_owned()
    };
    let read = |path: &str| std::fs::read_to_string(path).expect("the file can be read");
    let ugly = write("ugly.traceql", "// why\n{status=error}\n\n");
    let broken = write("broken.traceql", "{ status = }");
    let output = traceql(&["fmt", &ugly, &broken]).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(text(&output.stderr).contains("broken.traceql:1:"), "{output:?}");
    assert_eq!(read(&ugly), "// why\n{ status = error }\n");
    assert_eq!(read(&broken), "{ status = }", "an invalid query stays as it is");

    let before = std::fs::metadata(&ugly).and_then(|data| data.modified()).expect("a time");
    let output = traceql(&["fmt", &ugly]).output().expect("the binary runs");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), "note: 1 file, 0 changed\n"));
    assert_eq!(std::fs::metadata(&ugly).and_then(|data| data.modified()).expect("a time"), before, "left alone");
    let names: Vec<_> =
        std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names.len(), 2, "nothing else is left behind: {names:?}");
}

#[test]
fn formatting_keeps_the_line_ends_of_windows() {
    let folder = folder("fmt-crlf");
    let path = folder.join("a.traceql");
    let file = path.to_str().expect("the path is UTF-8");
    std::fs::write(&path, "// why\r\n{status=error}\r\n").expect("the file can be written");
    let output = traceql(&["fmt", file, "-e", "{}"]).output().expect("the binary runs");
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("{ }\n", "note: 2 queries, 2 changed\n"));
    assert_eq!(std::fs::read_to_string(&path).expect("the file can be read"), "// why\r\n{ status = error }\r\n");
    let output = traceql(&["fmt", "--check", file]).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_missing_file_keeps_no_other_from_being_formatted() {
    let folder = folder("fmt-missing");
    let path = folder.join("a.traceql");
    std::fs::write(&path, "{}").expect("the file can be written");
    let files = [folder.join("missing.traceql"), path.clone()].map(|path| path.to_string_lossy().into_owned());
    let output = traceql(&["fmt", &files[0], &files[1]]).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    assert_eq!(std::fs::read_to_string(&path).expect("the file can be read"), "{ }\n");
}

#[cfg(unix)]
#[test]
fn formatting_keeps_links_and_permissions() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = folder("fmt-links");
    let (file, link) = (folder.join("file.traceql"), folder.join("link.traceql"));
    std::fs::write(&file, "{status=error}").expect("the file can be written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("permissions can be set");
    symlink("file.traceql", &link).expect("a link can be made");
    let output = traceql(&["fmt", link.to_str().expect("the path is UTF-8")]).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(link.is_symlink());
    assert_eq!(std::fs::read_to_string(&file).expect("the file can be read"), "{ status = error }\n");
    let mode = std::fs::metadata(&file).expect("the file is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn stdin_is_formatted_to_stdout() {
    let output = output_with_stdin(&["fmt", "-"], b"{status=error}\n");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "{ status = error }\n"));
}

#[test]
fn sources_come_from_stdin_and_from_the_environment() {
    let file = "tests/cli/query.in/cart.jsonl";
    let traces = std::fs::read(file).expect("the file can be read");
    let output = output_with_stdin(&["query", "{ status = error }", "-", "--format", "csv"], &traces);
    assert_eq!((output.status.code(), text(&output.stdout).lines().count()), (Some(0), 3), "{output:?}");
    let from_variable = traceql(&["query", "{ status = error }", "--format", "csv"])
        .env("TRACEQL_SOURCE", file)
        .output()
        .expect("the binary runs");
    assert_eq!(from_variable.stdout, output.stdout);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    // Linux has a device that is always full.
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = traceql(&["man"]).stdout(full).stderr(Stdio::piped()).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(text(&output.stderr).starts_with("error: cannot write the output: No space left"), "{output:?}");
}

#[test]
fn the_manual_page_holds_every_command() {
    let page = traceql(&["man"]).output().expect("the binary runs");
    let page = text(&page.stdout);
    assert!(page.contains(".TH traceql 1"), "{page}");
    assert!(page.contains("\n.SH \"EXIT STATUS\"\n") && page.contains("\n.SH ENVIRONMENT\n"), "{page}");
    assert!(page.contains("[\\fISOURCE\\fR \\[u2026]]") && page.contains("[\\fIFILE\\fR \\[u2026]]"), "{page}");
    for command in
        ["query", "tags", "values", "check", "lint", "fmt", "explain", "convert", "trace", "completions", "man"]
    {
        assert!(page.contains(&format!(".SH \"TRACEQL {}\"", command.to_uppercase())), "{command}");
        assert!(page.contains(&format!("\\&traceql {command}")), "{command} has no example");
    }
    if cfg!(feature = "remote") {
        for command in ["", " ADD", " LIST", " REMOVE", " TEST", " USE"] {
            assert!(page.contains(&format!(".SH \"TRACEQL CONTEXT{command}\"")), "{command}");
        }
    }
}

#[test]
fn every_shell_gets_a_script() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = traceql(&["completions", shell]).output().expect("the binary runs");
        assert!(output.status.success() && text(&output.stdout).contains("keep-going"), "{shell}");
    }
}

#[test]
fn converted_files_are_whole_or_not_there() {
    let folder = folder("convert");
    let path = |name: &str| folder.join(name).to_str().expect("the path is UTF-8").to_owned();
    let names = || {
        let entries = std::fs::read_dir(&folder).expect("the folder is there");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        names
    };
    let convert = |args: &[&str]| {
        let output = traceql(&[&["convert"], args].concat()).output().expect("the binary runs");
        (output.status.code(), text(&output.stderr).to_owned())
    };
    let example = "examples/shop.otlp.jsonl";
    assert_eq!(convert(&[example, "-o", &path("a.jsonl"), "-q"]), (Some(0), String::new()));
    let written = std::fs::read(path("a.jsonl")).expect("the file is there");

    // A source may be replaced by what is made of it.
    assert_eq!(convert(&[&path("a.jsonl"), "-o", &path("a.jsonl"), "--force", "-q"]), (Some(0), String::new()));
    assert_eq!(std::fs::read(path("a.jsonl")).expect("the file is there"), written);

    std::fs::write(path("bad.jsonl"), "{").expect("the file can be written");
    assert_eq!(convert(&[&path("bad.jsonl"), "-o", &path("b.jsonl"), "-q"]).0, Some(5));
    assert_eq!(convert(&[&path("bad.jsonl"), "-o", &path("a.jsonl"), "--force", "-q"]).0, Some(5));
    assert_eq!(std::fs::read(path("a.jsonl")).expect("the file is there"), written, "what was there stays");
    assert_eq!(names(), ["a.jsonl", "bad.jsonl"], "and nothing else is left");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_on_a_full_disk_is_told() {
    let args = ["convert", "examples/shop.otlp.jsonl", "--to", "otlp", "-o", "/dev/full"];
    let output = traceql(&args).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).starts_with("error: cannot write /dev/full: No space left"), "{output:?}");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_stays_a_link() {
    let folder = folder("convert-link");
    std::fs::write(folder.join("old.jsonl"), "old").expect("the file can be written");
    std::os::unix::fs::symlink("old.jsonl", folder.join("link.jsonl")).expect("a link can be made");
    let link = folder.join("link.jsonl");
    let args = ["convert", "examples/shop.otlp.jsonl", "--force", "-o", link.to_str().expect("the path is UTF-8")];
    assert!(traceql(&args).status().expect("the binary runs").success());
    assert!(link.is_symlink());
    assert!(std::fs::read(folder.join("old.jsonl")).expect("the file is there").starts_with(b"{\"resourceSpans\""));
}

#[cfg(feature = "tempo-block")]
#[test]
fn damaged_pages_of_blocks_are_told_and_skipped() {
    /// A byte in the page with the durations.
    const DURATIONS: usize = 13_871;
    let folder = folder("damaged-page");
    let block = "tests/blocks/zoo-vParquet5/single-tenant/00000000-0000-4000-8000-000000000001";
    let block = Path::new(env!("CARGO_MANIFEST_DIR")).join(block);
    fs::copy(block.join("meta.json"), folder.join("meta.json")).expect("it is there");
    let mut data = fs::read(block.join("data.parquet")).expect("it is there");
    data[DURATIONS] ^= 1;
    fs::write(folder.join("data.parquet"), data).expect("the folder was made");
    let folder = folder.to_str().expect("it is UTF-8");
    let query = |options: &[&str]| {
        let options = [&["query", "{ duration > 1ms }", folder][..], options].concat();
        traceql(&options).output().expect("the binary starts")
    };
    let failed = query(&[]);
    let said = text(&failed.stderr);
    assert_eq!((failed.status.code(), text(&failed.stdout)), (Some(5), ""), "{said}");
    assert!(said.contains("/data.parquet, byte 13"), "{said}");
    assert!(
        said.contains("page 1 of column rs.ss.Spans.DurationNano in row group 1 does not have the checksum"),
        "{said}"
    );
    let skipped = query(&["--keep-going"]);
    assert_eq!(skipped.status.code(), Some(4), "{}", text(&skipped.stderr));
    assert!(text(&skipped.stderr).contains("skipped"), "{}", text(&skipped.stderr));
}
