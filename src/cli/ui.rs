//! One decision about colour, width and talk, for everything that is written.

use std::{
    env,
    ffi::OsString,
    io::{self, BufWriter, IsTerminal, Write},
    ops::RangeInclusive,
};

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;

use super::Leftover;
use crate::{
    model::{cancel::Cancel, secrets::Secrets},
    output::{
        diagnostic::{Judged, human},
        style::Ink,
        text::wrapped,
        visible::message,
    },
};

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorWhen {
    Auto,
    Always,
    Never,
}

impl From<ColorWhen> for clap::ColorChoice {
    fn from(when: ColorWhen) -> clap::ColorChoice {
        match when {
            ColorWhen::Auto => clap::ColorChoice::Auto,
            ColorWhen::Always => clap::ColorChoice::Always,
            ColorWhen::Never => clap::ColorChoice::Never,
        }
    }
}

/// Finds `--color` in arguments that are not parsed yet; [`ColorWhen::Auto`] if it is absent or wrong.
pub(super) fn color_of(args: &[OsString]) -> ColorWhen {
    let mut args = args.iter().filter_map(|arg| arg.to_str());
    let mut word = None;
    while let Some(arg) = args.next() {
        match arg {
            "--" => break,
            "--color" => word = args.next(),
            _ => word = arg.strip_prefix("--color=").or(word),
        }
    }
    word.and_then(|word| ColorWhen::from_str(word, false).ok()).unwrap_or(ColorWhen::Auto)
}

/// Where output goes, and what may be written there.
pub(super) struct Ui {
    out: BufWriter<Box<dyn Write + Send>>,
    /// Whether stdout takes colours.
    pub(super) out_color: bool,
    /// Whether stderr takes colours.
    pub(super) err_color: bool,
    /// The columns of the terminal on stdout; `None` if there is none, and lines may be as long as they like.
    pub(super) out_width: Option<usize>,
    /// The lines of the terminal on stdout; `None` if there is none.
    pub(super) out_height: Option<usize>,
    /// Whether somebody looks at stderr.
    pub(super) err_is_terminal: bool,
    /// Whether only errors are wanted on stderr.
    pub(super) quiet: bool,
    /// Whether notes are said; not again and again.
    pub(super) notes: bool,
    /// Whether each request to a server is shown on stderr.
    pub(super) shows_requests: bool,
    /// Masked in all that is told on stderr.
    pub(super) secrets: Secrets,
    /// Cancelled by Ctrl-C.
    pub(super) cancel: Cancel,
    /// Answers that need not be freed if the process ends now.
    pub(super) leftovers: Vec<Leftover>,
}

impl Ui {
    /// Looks at the terminal and the environment.
    pub(super) fn new(color: ColorWhen, quiet: bool, secrets: Secrets, cancel: Cancel) -> Ui {
        let decide = |auto: ColorChoice| match color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            // Knows NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM=dumb, and whether there is a terminal.
            ColorWhen::Auto => auto != ColorChoice::Never,
        };
        Ui {
            out_color: decide(AutoStream::choice(&io::stdout())),
            err_color: decide(AutoStream::choice(&io::stderr())),
            out_width: columns()
                .or_else(|| terminal_size::terminal_size_of(io::stdout()).map(|(w, _)| w.0.into()))
                .map(bounded),
            out_height: terminal_size::terminal_size_of(io::stdout()).map(|(_, h)| h.0.into()),
            err_is_terminal: io::stderr().is_terminal(),
            quiet,
            notes: true,
            shows_requests: false,
            secrets,
            cancel,
            leftovers: Vec::new(),
            out: BufWriter::new(stdout()),
        }
    }

    /// Returns the writer for data.
    pub(super) fn out(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    /// Writes out what is buffered.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Returns the columns that diagnostics on stderr may take.
    pub(super) fn err_width(&self) -> usize {
        let terminal = || terminal_size::terminal_size_of(io::stderr()).map(|(w, _)| w.0.into());
        columns().or_else(terminal).map_or(DEFAULT_WIDTH, bounded)
    }

    /// Says something that the user may want to know; not if told to be quiet.
    pub(super) fn note(&self, text: &str) {
        if !self.quiet && self.notes {
            self.talk("note", Ink::NOTE, text);
        }
    }

    /// Says that something is not right although the work went on; not if told to be quiet.
    pub(super) fn warn(&self, text: &str) {
        if !self.quiet {
            self.talk("warning", Ink::WARNING, text);
        }
    }

    /// Says what is wrong with a query.
    pub(super) fn findings(&self, judged: Judged) {
        let style = human::Style { color: self.err_color, width: self.err_width() };
        let mut text = Vec::new();
        human::write(&mut text, &[judged], style).expect("memory takes everything");
        // If stderr is closed, there is no reader to be told.
        let _ = self.write_err(&String::from_utf8_lossy(&text));
    }

    /// Says why the work stopped.
    pub(super) fn error(&self, text: &str, hint: Option<&str>) {
        self.talk("error", Ink::ERROR, text);
        if let Some(hint) = hint {
            // Not broken into lines: it may hold something to copy.
            self.say("help", Ink::NOTE, &message(hint));
        }
    }

    /// Writes a text of several lines that is laid out already.
    pub(super) fn write_err(&self, text: &str) -> io::Result<()> {
        io::stderr().write_all(self.secrets.masked(text).as_bytes())
    }

    /// Breaks between words what a terminal would break within.
    fn talk(&self, word: &str, ink: Ink, text: &str) {
        let text = message(&self.secrets.masked(text));
        if !self.err_is_terminal {
            return self.say(word, ink, &text);
        }
        let lead = word.len() + ": ".len();
        let lines = wrapped(&text, self.err_width().saturating_sub(lead));
        self.say(word, ink, &lines.join(&format!("\n{:lead$}", "")));
    }

    fn say(&self, word: &str, ink: Ink, text: &str) {
        let (word, text) = (ink.paint(self.err_color, word), self.secrets.masked(text));
        Ui::put(&format!("{word}: {text}"));
    }

    /// Writes a line, of which everything may be shown.
    pub(super) fn put(line: &str) {
        // Whole lines, because threads write between each other. If stderr is closed, there is no reader to be told.
        let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
    }
}

/// Opens stdout without the standard library's own buffer, which looks for line ends in all that passes.
#[cfg(unix)]
fn stdout() -> Box<dyn Write + Send> {
    use std::{fs::File, os::fd::AsFd};
    match io::stdout().as_fd().try_clone_to_owned() {
        Ok(copy) => Box::new(File::from(copy)),
        // A closed one takes everything, as programs expect.
        Err(_) => Box::new(io::stdout()),
    }
}

/// Opens stdout.
#[cfg(not(unix))]
fn stdout() -> Box<dyn Write + Send> {
    Box::new(io::stdout())
}

/// The width for diagnostics where there is no terminal.
pub(super) const DEFAULT_WIDTH: usize = 100;

/// The fewest and the most columns that output is made for.
const WIDTHS: RangeInclusive<usize> = 20..=1000;

/// Returns what the user, or the test, says about the width.
fn columns() -> Option<usize> {
    let said = env::var("COLUMNS").ok()?;
    let number = !said.is_empty() && said.bytes().all(|byte| byte.is_ascii_digit());
    // What is too large for a number is large.
    number.then(|| said.parse().unwrap_or(usize::MAX)).filter(|columns| *columns > 0)
}

/// Returns the width nearest to `columns` that output is made for.
fn bounded(columns: usize) -> usize {
    columns.clamp(*WIDTHS.start(), *WIDTHS.end())
}
