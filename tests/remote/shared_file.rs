//! The file of contexts under many processes at once, and files that never end.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shared-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

fn traceql(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traceql"));
    command.args(args).env("XDG_CONFIG_HOME", folder).env_remove("TRACEQL_CONFIG").stderr(Stdio::piped());
    command.stdout(Stdio::piped());
    command
}

/// Returns the names that the file has, as the program reads them.
fn names(folder: &Path) -> Vec<String> {
    let output = traceql(folder, &["context", "list", "--format", "json"]).output().expect("the binary runs");
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let contexts = list["contexts"].as_array().into_iter().flatten();
    contexts.map(|context| context["name"].as_str().unwrap_or_default().to_owned()).collect()
}

fn add(folder: &Path, name: &str) -> Child {
    traceql(folder, &["context", "add", name, "http://localhost:3200"]).spawn().expect("the binary starts")
}

#[test]
fn many_processes_add_contexts_and_none_is_lost() {
    let folder = folder("many");
    let children: Vec<Child> = (0..20).map(|at| add(&folder, &format!("c{at}"))).collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{output:?}");
    }
    let mut found = names(&folder);
    found.sort();
    let mut expected: Vec<String> = (0..20).map(|at| format!("c{at}")).collect();
    expected.sort();
    assert_eq!(found, expected);
    let removed: Vec<Child> = (0..10)
        .map(|at| traceql(&folder, &["context", "remove", &format!("c{at}")]).spawn().expect("the binary starts"))
        .collect();
    let used: Vec<Child> = (10..20)
        .map(|at| traceql(&folder, &["context", "use", &format!("c{at}")]).spawn().expect("the binary starts"))
        .collect();
    for child in removed.into_iter().chain(used) {
        assert!(child.wait_with_output().expect("it ends").status.success());
    }
    assert_eq!(names(&folder).len(), 10);
}

#[test]
fn a_process_that_is_killed_leaves_a_whole_file() {
    let folder = folder("killed");
    let mut known = 0;
    for round in 0..60_u64 {
        let mut child = add(&folder, &format!("c{round}"));
        thread::sleep(Duration::from_micros(round * 700 % 20_000));
        let _ = child.kill();
        let ended = child.wait_with_output().expect("it ends");
        let found = names(&folder).len();
        assert!(found == known || found == known + 1, "{found} after {known}");
        assert!(!ended.status.success() || found == known + 1, "what was said is done");
        known = found;
    }
    // What killed processes left is no hindrance.
    assert!(add(&folder, "last").wait_with_output().expect("it ends").status.success());
    assert_eq!(names(&folder).len(), known + 1);
}

#[cfg(unix)]
#[test]
fn the_file_keeps_its_permissions_and_its_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder("mode");
    fs::create_dir_all(folder.join("traceql")).expect("a folder can be made");
    let (link, real) = (folder.join("traceql/config.toml"), folder.join("real.toml"));
    fs::write(&real, "# mine\n").expect("a file can be written");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("it is ours");
    symlink(&real, &link).expect("a link can be made");
    assert!(add(&folder, "a").wait_with_output().expect("it ends").status.success());
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert_eq!(fs::metadata(&real).expect("it is there").permissions().mode() & 0o777, 0o640);
    assert!(fs::read_to_string(&real).expect("it is text").starts_with("# mine\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn files_that_never_end_are_refused() {
    let folder = folder("endless");
    let large = folder.join("large");
    fs::write(&large, vec![b'#'; (1 << 20) + 1]).expect("the disk has room");
    let large = large.to_str().expect("it is UTF-8");
    for file in ["/dev/zero", large] {
        let variable = crate::peak::run(traceql(&folder, &["context", "list"]).env("TRACEQL_CONFIG", file));
        let option = |option: &str| {
            let args = ["query", "{ }", "http://127.0.0.1:1", option, file];
            crate::peak::run(&mut traceql(&folder, &args))
        };
        let header = format!("@{file}");
        let header = crate::peak::run(&mut traceql(&folder, &["query", "{ }", "http://h", "--header", &header]));
        for ran in [variable, option("--token-file"), option("--cacert"), header] {
            let told = String::from_utf8_lossy(&ran.output.stderr);
            assert!(matches!(ran.output.status.code(), Some(2 | 5)) && told.contains(file), "{told}");
            assert!(ran.bytes < 100 << 20, "{} bytes: {told}", ran.bytes);
        }
    }
}
