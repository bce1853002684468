//! The binary as its users meet it: examples with their output, pipes, signals and files.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

fn traceql(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traceql"));
    command.args(args).env_remove("TRACEQL_SOURCE").env_remove("NO_COLOR").env_remove("COLUMNS");
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
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

#[test]
fn examples() {
    trycmd::TestCases::new().env("COLUMNS", "80").case("tests/cli/*.trycmd").case("README.md");
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
    let commands: [&[&str]; 5] = [
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["check", "--format", "sarif", "-e", "{"],
        &["query", "{ }", "examples/shop.otlp.jsonl", "--limit", "0"],
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
