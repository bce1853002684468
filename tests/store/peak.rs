//! Runs a program and looks at how much memory it takes.

use std::{
    fs,
    io::Read,
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

/// How a run went, and its maximum resident memory in bytes; 0 where the system does not say.
pub(crate) struct Peak {
    pub(crate) output: Output,
    pub(crate) bytes: u64,
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Peak {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let read = |from: Option<Box<dyn Read + Send>>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            from.expect("it is piped").read_to_end(&mut bytes).expect("pipes can be read");
            bytes
        })
    };
    let stdout = read(stdout.map(|from| Box::new(from) as Box<dyn Read + Send>));
    let stderr = read(stderr.map(|from| Box::new(from) as Box<dyn Read + Send>));
    let status = format!("/proc/{}/status", child.id());
    let mut bytes = 0;
    // The system keeps the maximum, so that it is enough to look now and then.
    let exit = loop {
        bytes = bytes.max(fs::read_to_string(&status).ok().and_then(|text| high_water(&text)).unwrap_or(0));
        if let Some(exit) = child.try_wait().expect("it can be waited for") {
            break exit;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let bytes_of = |thread: thread::JoinHandle<Vec<u8>>| thread.join().expect("pipes can be read");
    Peak { output: Output { status: exit, stdout: bytes_of(stdout), stderr: bytes_of(stderr) }, bytes }
}

fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
