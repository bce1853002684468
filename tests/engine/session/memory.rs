//! Memory goes back: a session that has answered a thousand requests takes no more than after two hundred.

use std::{
    fs,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use traceql::session::{Cancel, Error, Observer, Request, Session, run};

use super::{file, requests, shop};

/// How many requests there are.
const REQUESTS: usize = 1000;

/// How often memory is looked at again, and how many requests lie between two looks.
const SAMPLES: usize = 8;
const BETWEEN: usize = 50;

/// After so many requests memory is measured first: by then all that is kept is kept.
const WARM: usize = 200;

/// How many threads ask.
const THREADS: usize = 4;

/// Cancels its request as soon as something was read.
struct Impatient<'c> {
    cancel: &'c Cancel,
}

impl Observer for Impatient<'_> {
    fn read(&self, _: u64) {
        self.cancel.cancel();
    }
}

/// Asks from the `from`th request on until the `to`th, on all threads; returns how many were cancelled.
fn ask(session: &Session, requests: &[Request], from: usize, to: usize) -> usize {
    let (next, cancelled) = (AtomicUsize::new(from), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= to {
                        break;
                    }
                    let request = &requests[at % requests.len()];
                    let cancel = Cancel::new();
                    let impatient = Impatient { cancel: &cancel };
                    let answer = match at % 10 {
                        0 => run(session, request, &cancel, &impatient),
                        _ => super::ask(session, request),
                    };
                    match answer {
                        Ok(_) => {}
                        Err(Error::Cancelled) if at % 10 == 0 => {
                            cancelled.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(error) => panic!("request {at}: {error}"),
                    }
                }
            });
        }
    });
    cancelled.into_inner()
}

/// Returns the resident memory of this process, in KiB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it tells resident memory");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("it is a number")
}

/// Runs in a process of its own: memory is that of a whole process. See the test below.
#[test]
#[ignore = "runs in a process of its own, which another test starts"]
fn a_thousand_requests() {
    let block = file("tests/blocks/shop-vParquet4").display().to_string();
    let session = Session::over([shop(), block]);
    let requests = requests(&session);
    let mut cancelled = ask(&session, &requests, 0, WARM);
    let warm = resident();
    cancelled += ask(&session, &requests, WARM, REQUESTS);
    // What is resident goes up and down by a few percent from one moment to the next; what is kept only grows.
    let mut end = resident();
    for sample in 0..SAMPLES {
        let from = REQUESTS + sample * BETWEEN;
        cancelled += ask(&session, &requests, from, from + BETWEEN);
        end = end.min(resident());
    }
    let allowed = warm + warm / 20;
    println!("{warm} KiB after {WARM} requests, {end} KiB after {REQUESTS}, {cancelled} cancelled");
    assert!(cancelled >= REQUESTS / 20, "only {cancelled} requests were cancelled while they ran");
    assert!(end <= allowed, "{warm} KiB after {WARM} requests, {end} KiB after {REQUESTS}");
}

#[test]
fn a_thousand_requests_leave_no_memory_behind() {
    let this = std::env::current_exe().expect("it runs");
    let name = "session::memory::a_thousand_requests";
    let ran = Command::new(this).args(["--exact", name, "--ignored", "--nocapture"]).output().expect("it starts");
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{told}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(told.contains("1 passed"), "{told}");
}
