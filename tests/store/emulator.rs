//! Emulators of the services, as packages have them: each is started by the first test that needs it.

use std::{
    env,
    fs::{self, File},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// How long an emulator may take to come up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running emulator, which ends with the test.
pub(crate) struct Emulator {
    child: Child,
    pub(crate) port: u16,
    pub(crate) url: String,
    /// What it says: a line for each request.
    log: PathBuf,
}

/// Where packages put their programs when `.ci/run --stores` installs them.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/stores/bin")
}

/// Looks for a program: where it is installed for these tests, then on the path.
pub(crate) fn program(name: &str) -> Result<PathBuf, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = std::iter::once(installed()).chain(env::split_paths(&path));
    let found = folders.find_map(|folder| Some(folder.join(name)).filter(|program| program.is_file()));
    found.ok_or_else(|| format!("{name} is not installed; `.ci/run --stores` installs it"))
}

impl Emulator {
    /// Starts a program with arguments that are made of a port and a folder, and waits until it answers.
    pub(crate) fn start(
        name: &str,
        arguments: impl Fn(u16, &Path) -> Vec<String>,
        variables: &[(&str, &str)],
    ) -> Emulator {
        static STARTED: Mutex<u32> = Mutex::new(0);
        let number = {
            let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
            *started += 1;
            *started
        };
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free").port();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("store/{name}-{number}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder can be made");
        let log = folder.join("log");
        let output = File::create(&log).expect("the disk has room");
        let errors = output.try_clone().expect("a file can be opened twice");
        let program = program(name).expect("it was there");
        let child = Command::new(program)
            .args(arguments(port, &folder))
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .expect("it can be started");
        let emulator = Emulator { child, port, url: format!("http://127.0.0.1:{port}"), log };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "{name} does not come up:\n{}", emulator.log());
            thread::sleep(Duration::from_millis(50));
        }
        emulator
    }

    /// Returns what it said until now.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
