//! Where secrets come from: the environment, files, and what commands print, each asked when it is needed.

use std::{
    collections::HashMap,
    env,
    io::{self, Read},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{
    config::{Origin, Program, shown_variable},
    store::Place,
};
use crate::{
    cli::{Exit, Failure, ui::Ui},
    output::visible::shown,
    source::small_file,
    tempo::Secret,
};

/// How long a command may take: somebody may have to type a PIN.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long what a command printed is good for. No run but one that watches is as long, and tokens run out.
const FRESH: Duration = Duration::from_secs(300);

/// How long output may lag behind the end of a command. What runs on in the background may hold it open for ever.
const LAG: Duration = Duration::from_secs(1);

/// More than any secret has.
const LARGEST: u64 = 64 << 10;

/// Stands for what a command that failed said with a secret in it, in base64 or otherwise.
const HELD_BACK: &str = "(not shown: it holds a secret)";

/// So many lines of what a command says are told.
const LINES: usize = 10;

/// What was found out already: a command runs once, as long as what it printed is fresh.
#[derive(Default)]
pub(super) struct Secrets {
    printed: HashMap<Program, (String, Instant)>,
}

impl Secrets {
    /// Finds out a value; `what` says for messages whose it is: `the token of `prod``.
    ///
    /// # Errors
    ///
    /// It is not there, or the command fails. Nothing of the value is told.
    pub(super) fn reveal(&mut self, origin: &Origin, what: &str, place: &Place, ui: &Ui) -> Result<Secret, Failure> {
        let missing = |problem: String, cure: String| Failure::new(Exit::Source, problem).with_hint(cure);
        let text = match origin {
            Origin::Text(text) => text.clone(),
            Origin::Variable(name) => {
                let shown = shown_variable(name);
                let cure =
                    || "set it, or change the context: it has the name of a variable, and not the secret".to_owned();
                match env::var(name) {
                    Ok(value) if !value.trim().is_empty() => value,
                    Ok(_) => return Err(missing(format!("{what} is to come from {shown}, which is empty"), cure())),
                    Err(env::VarError::NotPresent) => {
                        return Err(missing(format!("{what} is to come from {shown}, which is not set"), cure()));
                    }
                    Err(env::VarError::NotUnicode(_)) => {
                        return Err(missing(format!("{what} is to come from {shown}, which is not text"), cure()));
                    }
                }
            }
            Origin::File(path) => {
                let path = place.path(path);
                let failed = |problem: String| {
                    let problem = format!("{what} is to come from {}, which {problem}", path.display());
                    missing(problem, "check the path in the context, and who may read the file".to_owned())
                };
                let text = small_file::read_text(&path).map_err(|error| failed(format!("cannot be read: {error}")))?;
                if text.trim().is_empty() {
                    return Err(failed("is empty".to_owned()));
                }
                text
            }
            Origin::Command(program) => match self.printed.get(program) {
                Some((printed, since)) if since.elapsed() < FRESH => printed.clone(),
                _ => {
                    let ran = run(program, PATIENCE);
                    ran.secrets.iter().for_each(|secret| ui.secrets.add(secret));
                    let is_secret = |line: &String| ran.printed.is_err() && ui.secrets.are_in(line);
                    let said = if ran.said.iter().any(is_secret) { vec![HELD_BACK.to_owned()] } else { ran.said };
                    for line in said {
                        ui.note(&format!("the command for {what} says: {line}"));
                    }
                    let printed = ran.printed.map_err(|problem| {
                        let cure = "run the command by hand; it has to print the secret, on one line, and nothing else";
                        missing(format!("the command for {what} {problem}"), cure.to_owned())
                    })?;
                    self.printed.insert(program.clone(), (printed.clone(), Instant::now()));
                    printed
                }
            },
        };
        Ok(Secret::new(text.trim()))
    }
}

/// A command that has ended, or was ended.
struct Ran {
    /// What it printed, or what is wrong: a phrase behind its name.
    printed: Result<String, String>,
    /// What it said on stderr, without what it printed.
    said: Vec<String>,
    /// Lines and words of what it printed, the longest first.
    secrets: Vec<String>,
}

/// Runs a command for what it prints on stdout.
///
/// What it says is held back until it ends: only then is it known what of it is secret.
fn run(program: &Program, patience: Duration) -> Ran {
    let failed = |problem: String| Ran { printed: Err(problem), said: Vec::new(), secrets: Vec::new() };
    let mut command = match program {
        Program::Words(words) => {
            let Some((program, arguments)) = words.split_first() else { return failed("names no program".to_owned()) };
            let mut command = Command::new(program);
            command.args(arguments);
            command
        }
        Program::Line(line) => {
            let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
            let mut command = Command::new(shell);
            command.args([option, line]);
            command
        }
    };
    // Stdin may be what is to be searched.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return failed("cannot be run: there is no such program".to_owned());
        }
        Err(error) => return failed(format!("cannot be run: {error}")),
    };
    let (printed, said) = (child.stdout.take().map(gathered), child.stderr.take().map(gathered));
    let ended = wait(&mut child, patience);
    let until = Instant::now() + LAG;
    let bytes = |from: Option<Arc<Gathered>>| from.map_or_else(Vec::new, |from| from.take(until));
    let (printed, said) = (bytes(printed), bytes(said));
    let (said, of_secrets) = (String::from_utf8_lossy(&said), String::from_utf8_lossy(&printed));
    let (said, secrets) = (without(&said, &of_secrets), secrets_of(&of_secrets));
    let secrets = secrets.into_iter().map(str::to_owned).collect();
    let printed = match ended {
        Err(error) => Err(format!("cannot be waited for: {error}")),
        Ok(None) => Err(format!("was ended after {} seconds", patience.as_secs_f64())),
        Ok(Some(status)) if !status.success() => Err(how_it_ended(status)),
        Ok(Some(_)) => one_line(printed),
    };
    Ran { printed, said, secrets }
}

/// What has come from a command so far, read in the background.
#[derive(Default)]
struct Gathered {
    bytes: Mutex<Vec<u8>>,
    has_ended: AtomicBool,
}

/// Reads all that comes, in the background.
fn gathered(mut from: impl Read + Send + 'static) -> Arc<Gathered> {
    let gathered = Arc::new(Gathered::default());
    let into = Arc::clone(&gathered);
    thread::spawn(move || {
        let mut step = [0; 4096];
        loop {
            match from.read(&mut step) {
                Ok(0) => break,
                Ok(count) => {
                    let mut bytes = into.bytes.lock();
                    // What is beyond is read too, so that the command can end.
                    let room = (LARGEST as usize + 1).saturating_sub(bytes.len());
                    bytes.extend_from_slice(&step[..count.min(room)]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What could be read until an error counts.
                Err(_) => break,
            }
        }
        into.has_ended.store(true, Ordering::Release);
    });
    gathered
}

impl Gathered {
    /// Returns what has come when all of it is there, or at the time: a process that a command leaves in the background may
    /// keep the pipe open.
    fn take(&self, until: Instant) -> Vec<u8> {
        while !self.has_ended.load(Ordering::Acquire) && Instant::now() < until {
            thread::sleep(Duration::from_millis(2));
        }
        std::mem::take(&mut *self.bytes.lock())
    }
}

/// Waits for a command to end; `None` if it did not in time and was ended.
fn wait(child: &mut Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begun.elapsed() >= patience {
            // It may have ended in this moment.
            let _ = child.kill();
            let _ = child.wait();
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn how_it_ended(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with status {code}"),
        None => "was ended by a signal".to_owned(),
    }
}

/// Takes the one line that a command is to print.
fn one_line(printed: Vec<u8>) -> Result<String, String> {
    if printed.len() as u64 > LARGEST {
        return Err("printed too much".to_owned());
    }
    let text = String::from_utf8(printed).map_err(|_| "printed what is not text in UTF-8".to_owned())?;
    let text = text.trim();
    match text.lines().count() {
        0 => Err("printed nothing".to_owned()),
        1 => Ok(text.to_owned()),
        lines => Err(format!("printed {lines} lines")),
    }
}

/// Returns what of a command's output may be secret, the longest first: lines, and words, because a shell that tells what it
/// does quotes them in its own way.
fn secrets_of(printed: &str) -> Vec<&str> {
    let mut secrets: Vec<&str> = printed.lines().map(str::trim).chain(printed.split_whitespace()).collect();
    secrets.retain(|secret| secret.len() > 2);
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

/// Returns the last lines that a command said, without what it printed, and without what a terminal would obey.
fn without(said: &str, printed: &str) -> Vec<String> {
    let mut said = said.to_owned();
    for secret in secrets_of(printed) {
        said = said.replace(secret, "…");
    }
    let lines: Vec<String> = said.lines().map(|line| shown(line.trim_end())).filter(|line| !line.is_empty()).collect();
    lines.into_iter().rev().take(LINES).rev().collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn line(line: &str) -> Ran {
        run(&Program::Line(line.to_owned()), Duration::from_secs(30))
    }

    #[test]
    fn commands_print_one_line() {
        assert_eq!(line("echo ' hunter2 '").printed.as_deref(), Ok("hunter2"));
        let words = ["printf", "%s", "a b;$HOME"].map(str::to_owned).to_vec();
        assert_eq!(run(&Program::Words(words), PATIENCE).printed.as_deref(), Ok("a b;$HOME"), "no shell is asked");
        for (command, problem) in [
            ("true", "printed nothing"),
            ("echo a; echo hunter2", "printed 2 lines"),
            ("echo hunter2; exit 3", "ended with status 3"),
            ("printf '\\377'", "printed what is not text in UTF-8"),
            ("kill -9 $$", "was ended by a signal"),
            ("yes hunter2 | head -c 100000", "printed too much"),
        ] {
            assert_eq!(line(command).printed.expect_err(command), problem);
        }
        let nobody = Program::Words(vec!["no-such-program-at-all".to_owned()]);
        assert_eq!(run(&nobody, PATIENCE).printed.expect_err("nobody"), "cannot be run: there is no such program");
    }

    #[test]
    fn commands_have_no_stdin() {
        assert_eq!(line("cat; echo x").printed.as_deref(), Ok("x"));
    }

    #[test]
    fn slow_commands_are_ended() {
        let begun = Instant::now();
        let ran = run(&Program::Line("echo waiting >&2; sleep 60".to_owned()), Duration::from_millis(300));
        assert_eq!(ran.printed.expect_err("it is slow"), "was ended after 0.3 seconds");
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }

    #[test]
    fn what_runs_on_in_the_background_is_not_waited_for() {
        let begun = Instant::now();
        assert_eq!(line("sleep 60 & echo hunter2").printed.as_deref(), Ok("hunter2"));
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }

    #[test]
    fn what_commands_say_has_no_secrets() {
        let ran = line("set -x; echo \"got hunter2 =hunter2=\" >&2; printf '\\033[31mred\\n' >&2; echo hunter2");
        assert_eq!(ran.printed.as_deref(), Ok("hunter2"));
        let said = ran.said.join("\n");
        assert!(said.contains("got … =…=") && said.contains("␛[31mred") && !said.contains("hunter2"), "{said}");
        let ran = line("echo hunter2 >&2; echo hunter2; exit 1");
        assert_eq!(ran.said, ["…"], "of those that fail too");
        assert_eq!(ran.secrets, ["hunter2", "hunter2"]);
    }
}
