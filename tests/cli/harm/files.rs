//! Files that are written: whole or not at all, and never over another by accident.

#![cfg(unix)]

use std::{
    fs::{self, File, Permissions},
    io::Write,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{output, traceql};
use crate::program::folder;

/// How often each signal is sent.
const ROUNDS: u32 = 6;

/// Writes a file of traces, each with one span.
fn traces(path: &Path, count: u32) {
    let mut out = std::io::BufWriter::new(File::create(path).expect("the file can be made"));
    for n in 1..=count {
        let span = format!(
            r#"{{"traceId":"{n:032x}","spanId":"{n:016x}","name":"span {n}","startTimeUnixNano":"1767225600000000000","endTimeUnixNano":"1767225601000000000"}}"#
        );
        writeln!(out, r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#).expect("it can be written");
    }
}

fn signal(child: &Child, name: &str) {
    // It may have ended already.
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).stderr(Stdio::null()).status();
    sent.expect("`kill` runs");
}

/// Starts a command, and sends it a signal after a part of the time that it takes. Returns how it ended.
fn killed(command: &mut Command, name: &str, after: Duration) -> ExitStatus {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
    thread::sleep(after);
    signal(&child, name);
    child.wait().expect("it ends")
}

/// Runs a command to its end, then again and again with a signal at moments all over the time that it took. `check` is told
/// the signal.
fn at_any_moment(signals: &[&str], mut command: impl FnMut() -> Command, mut check: impl FnMut(&str)) {
    let begun = Instant::now();
    assert!(output(&mut command()).status.success());
    let whole = begun.elapsed();
    check("none");
    for name in signals {
        for round in 0..ROUNDS {
            killed(&mut command(), name, whole * round / ROUNDS + whole / (2 * ROUNDS));
            check(name);
        }
    }
}

/// Returns the names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    entries.map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_killed_run_leaves_a_whole_file_or_none() {
    let folder = folder("a_killed_run_leaves_a_whole_file_or_none");
    let (source, out) = (folder.join("in.jsonl"), folder.join("out"));
    traces(&source, 4000);
    fs::create_dir(&out).expect("it can be made");
    for packed in ["x.jsonl", "x.jsonl.gz"] {
        let file = out.join(packed);
        let command = || {
            let mut command = traceql();
            command.arg("convert").arg(&source).arg("-o").arg(&file);
            command
        };
        let mut whole = Vec::new();
        at_any_moment(&["KILL", "TERM", "INT", "HUP"], command, |signal| {
            let found = names(&out);
            for name in &found {
                assert!(name == packed || (signal == "KILL" && name.starts_with('.')), "{signal} left {name}");
            }
            if found.iter().any(|name| name == packed) {
                let bytes = fs::read(&file).expect("it is there");
                if whole.is_empty() {
                    whole = bytes;
                } else {
                    assert!(bytes == whole, "{signal} left a part of the file");
                }
            }
            for name in found {
                fs::remove_file(out.join(name)).expect("it is there");
            }
        });
    }
}

#[cfg(feature = "tempo-block")]
#[test]
fn a_killed_run_leaves_a_whole_block_or_none() {
    let folder = folder("a_killed_run_leaves_a_whole_block_or_none");
    let (source, out) = (folder.join("in.jsonl"), folder.join("blocks"));
    traces(&source, 1500);
    let id = "0c0b5ed9-8ef8-4b6c-8a5c-2d1f1f3c9a77";
    let command = || {
        let mut command = traceql();
        command.args(["convert", "--to", "tempo-block", "--block-id", id, "-o"]).arg(&out).arg(&source);
        command
    };
    at_any_moment(&["KILL", "TERM", "INT", "HUP"], command, |signal| {
        let tenant = out.join("single-tenant");
        if tenant.is_dir() {
            for name in names(&tenant) {
                assert!(name == id || (signal == "KILL" && name.starts_with('.')), "{signal} left {name}");
            }
        }
        if tenant.join(id).exists() {
            let ran = output(traceql().args(["values", "name", "--limit", "0", "--format", "jsonl"]).arg(&out));
            assert_eq!(String::from_utf8_lossy(&ran.stdout).lines().count(), 1500, "{signal} left a part of the block");
        }
        let _ = fs::remove_dir_all(&out);
    });
}

#[test]
fn a_killed_formatter_leaves_the_old_query_or_the_new_one() {
    let folder = folder("a_killed_formatter_leaves_the_old_query_or_the_new_one");
    let (old, new) = ("{status=error}|select( name )", "{ status = error } | select(name)\n");
    let files: Vec<_> = (0..40).map(|n| folder.join(format!("{n}.traceql"))).collect();
    let reset = || files.iter().for_each(|file| fs::write(file, old).expect("it can be written"));
    let command = || {
        reset();
        let mut command = traceql();
        command.arg("fmt").args(&files);
        command
    };
    at_any_moment(&["KILL", "TERM", "INT"], command, |signal| {
        for file in &files {
            let text = fs::read_to_string(file).expect("it is there");
            assert!(text == old || text == new, "{signal} left {text:?}");
        }
        for name in names(&folder).into_iter().filter(|name| !name.ends_with(".traceql")) {
            assert!(signal == "KILL" && name.starts_with('.'), "{signal} left {name}");
            fs::remove_file(folder.join(name)).expect("it is there");
        }
    });
}

#[test]
fn a_file_that_comes_meanwhile_stays() {
    let folder = folder("a_file_that_comes_meanwhile_stays");
    let out = folder.join("x.jsonl");
    for (force, expected) in [(false, Some(2)), (true, Some(0))] {
        let _ = fs::remove_file(&out);
        let mut command = traceql();
        command.args(["convert", "-", "-o"]).arg(&out).args(force.then_some("--force"));
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let line = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001"}]}]}]}"#;
        // The reader is there when more than a pipe holds is gone.
        stdin.write_all(format!("{line}\n").repeat(4000).as_bytes()).expect("stdin is read");
        fs::write(&out, "mine").expect("it can be written");
        drop(stdin);
        let ran = child.wait_with_output().expect("it ends");
        assert_eq!(ran.status.code(), expected, "{}", String::from_utf8_lossy(&ran.stderr));
        assert_eq!(fs::read(&out).expect("it is there") == b"mine", !force);
        assert_eq!(names(&folder), ["x.jsonl"]);
    }
}

#[test]
fn a_replaced_file_keeps_its_mode_and_a_link_stays_a_link() {
    let folder = folder("a_replaced_file_keeps_its_mode_and_a_link_stays_a_link");
    let (source, file, link, dangling) =
        (folder.join("in.jsonl"), folder.join("old.jsonl"), folder.join("link.jsonl"), folder.join("dangling.jsonl"));
    traces(&source, 3);
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    for wanted in [0o600, 0o640, 0o664] {
        fs::write(&file, "old").expect("it can be written");
        fs::set_permissions(&file, Permissions::from_mode(wanted)).expect("it is ours");
        assert!(output(traceql().args(["convert", "--force"]).arg(&source).arg("-o").arg(&file)).status.success());
        assert_eq!((mode(&file), fs::read(&file).expect("it is there").len() > 3), (wanted, true));
    }
    symlink("old.jsonl", &link).expect("a link can be made");
    fs::write(&file, "old").expect("it can be written");
    assert!(output(traceql().args(["convert", "--force"]).arg(&source).arg("-o").arg(&link)).status.success());
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert!(fs::read(&file).expect("it is there").len() > 3);
    symlink("nowhere.jsonl", &dangling).expect("a link can be made");
    for force in [&[][..], &["--force"]] {
        let ran = output(traceql().arg("convert").args(force).arg(&source).arg("-o").arg(&dangling));
        assert_eq!(ran.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&ran.stderr).contains("is a link to nowhere.jsonl, which is not there"));
        assert!(fs::symlink_metadata(&dangling).expect("it is there").is_symlink());
    }
}

#[test]
fn a_file_that_cannot_be_written_is_not_counted_as_changed() {
    let folder = folder("a_file_that_cannot_be_written_is_not_counted_as_changed");
    let file = folder.join("x.traceql");
    fs::write(&file, "{status=error}").expect("it can be written");
    // A limit on the size of files is what a full disk is like.
    let script =
        format!("trap '' XFSZ; ulimit -f 0; exec '{}' fmt '{}'", env!("CARGO_BIN_EXE_traceql"), file.display());
    let ran = output(Command::new("sh").args(["-c", &script]));
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("cannot write it") && said.contains("1 file, 0 changed"), "{said}");
    assert_eq!((ran.status.code(), fs::read_to_string(&file).ok().as_deref()), (Some(5), Some("{status=error}")));
    assert_eq!(names(&folder), ["x.traceql"]);
}

#[test]
fn a_folder_that_cannot_be_listed_is_skipped_if_told_so() {
    // A place that every user can reach, because the program runs as a user without rights to the folder.
    let root = std::env::temp_dir().join(format!("traceql-unlisted-{}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    let locked = root.join("data/locked");
    fs::create_dir_all(&locked).expect("it can be made");
    fs::set_permissions(&root, Permissions::from_mode(0o755)).expect("it is ours");
    let program = root.join("traceql");
    fs::copy(env!("CARGO_BIN_EXE_traceql"), &program).expect("it can be copied");
    traces(&root.join("data/a.jsonl"), 3);
    traces(&locked.join("b.jsonl"), 3);
    fs::set_permissions(&locked, Permissions::from_mode(0o000)).expect("it is ours");
    let run = |keep_going: bool| {
        let mut command = Command::new(&program);
        command.args(["values", "name", "--format", "jsonl"]).arg(root.join("data")).env_clear().stdin(Stdio::null());
        command.args(keep_going.then_some("--keep-going"));
        // The user `nobody`; whoever is not root has no rights anyway.
        if fs::read_dir(&locked).is_ok() {
            std::os::unix::process::CommandExt::uid(&mut command, 65534);
        }
        let ran = output(&mut command);
        (
            ran.status.code(),
            String::from_utf8_lossy(&ran.stdout).lines().count(),
            String::from_utf8_lossy(&ran.stderr).into_owned(),
        )
    };
    let (status, found, said) = run(false);
    assert_eq!((status, found), (Some(5), 0), "{said}");
    assert!(said.contains("locked: permission denied"), "{said}");
    let (status, found, said) = run(true);
    assert_eq!((status, found), (Some(4), 3), "{said}");
    assert!(said.contains("locked: permission denied"), "{said}");
    fs::set_permissions(&locked, Permissions::from_mode(0o755)).expect("it is ours");
    fs::remove_dir_all(&root).expect("it is ours");
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_written_is_a_failure() {
    for args in [&["--help"][..], &["query", "--help"], &["--version"]] {
        let full = File::options().write(true).open("/dev/full").expect("Linux has it");
        let ran = traceql().args(args).stdout(full).output().expect("the binary starts");
        assert_eq!(ran.status.code(), Some(4), "{}", String::from_utf8_lossy(&ran.stderr));
    }
}
