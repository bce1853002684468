//! Queries that are no queries: texts that are far too long, and inputs without end.

use std::{
    fs,
    io::{self, Write},
    path::Path,
    process::{Command, Output, Stdio},
};

use traceql_grammar::MAX_QUERY;

fn traceql(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traceql"));
    command.args(args).env_remove("TRACEQL_SOURCE").env("XDG_CONFIG_HOME", "/no-such-folder").env("COLUMNS", "80");
    command
}

/// Runs the program with a stdin that repeats `piece` until it is closed. Returns how much of it was taken.
fn with_endless_stdin(args: &[&str], piece: &[u8]) -> (Output, usize) {
    let mut child = traceql(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let block = piece.repeat((64 << 10) / piece.len());
    let writer = std::thread::spawn(move || {
        let mut taken = 0;
        loop {
            match stdin.write_all(&block) {
                Ok(()) => taken += block.len(),
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{error}");
                    return taken;
                }
            }
        }
    });
    let output = child.wait_with_output().expect("the binary ends");
    (output, writer.join().expect("writing ends with the pipe"))
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("output is UTF-8")
}

#[test]
fn a_query_without_end_is_refused() {
    for command in [&["check", "-"][..], &["fmt", "-"], &["check", "--format", "json", "-"]] {
        for piece in [b"{ } | ".as_slice(), b"\0", b"\xff", b" "] {
            let (output, taken) = with_endless_stdin(command, piece);
            assert_eq!(output.status.code(), Some(5), "{command:?}");
            let told = stderr(&output);
            assert!(told.contains("<stdin>: more than 1 MiB, which no query may have"), "{command:?}: {told}");
            assert!(taken < 4 * MAX_QUERY, "{command:?} takes {taken} bytes");
        }
    }
    #[cfg(unix)]
    for command in ["check", "fmt"] {
        let output = traceql(&[command, "/dev/zero"]).output().expect("the binary starts");
        assert_eq!(output.status.code(), Some(5), "{command}");
        assert!(stderr(&output).contains("/dev/zero: more than 1 MiB"), "{}", stderr(&output));
    }
}

#[test]
fn a_file_may_have_as_much_as_a_query() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("a_file_may_have_as_much_as_a_query");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    let file = |name: &str, bytes: usize| {
        let path = folder.join(name);
        fs::write(&path, format!("{{ }}{}", " ".repeat(bytes - 3))).expect("a file can be written");
        path.to_str().expect("a path in UTF-8").to_owned()
    };
    let (fits, long) = (file("fits.traceql", MAX_QUERY), file("long.traceql", MAX_QUERY + 1));
    let output = traceql(&["check", &fits]).output().expect("the binary starts");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    // The others count all the same.
    let output = traceql(&["check", &long, "-e", "{ .a = }"]).output().expect("the binary starts");
    assert_eq!(output.status.code(), Some(5));
    assert!(stderr(&output).contains("long.traceql: more than 1 MiB"), "{}", stderr(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("TQ0202"));
}

#[test]
fn traces_that_never_come_end_too() {
    let (output, taken) = with_endless_stdin(&["query", "{ }", "-"], b"{");
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    assert!(stderr(&output).contains("stands where"), "{}", stderr(&output));
    // Threads beside the one that finds it may be a few chunks ahead.
    assert!(taken < 512 << 20, "{taken} bytes");
    for piece in [b"\n".as_slice(), b"\0", b"x"] {
        let (output, taken) = with_endless_stdin(&["query", "{ }", "-"], piece);
        assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
        assert!(taken < 64 << 20, "{taken} bytes");
    }
}

#[test]
fn findings_are_short_however_long_the_query_is() {
    let long = |piece: &str| piece.repeat(100_000 / piece.len());
    for query in
        [long("1"), long("a"), format!("{{ .{} = }}", long("b")), format!("{{ \"{}\" = 1 }}", long("c")), long("1.")]
    {
        for format in ["human", "short", "github"] {
            let output = traceql(&["check", "--format", format, "-e", &query]).output().expect("the binary starts");
            assert_eq!(output.status.code(), Some(1));
            assert!(output.stdout.len() < 20_000, "{} bytes as {format} of {}", output.stdout.len(), &query[..10]);
        }
    }
}
