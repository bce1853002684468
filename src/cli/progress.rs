//! Progress of a request: a line on stderr that appears when the request takes longer than a moment.

use std::{
    thread,
    time::{Duration, Instant},
};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::Mutex;

use super::ui::Ui;
use crate::{
    output::visible,
    session::{self, Doing, Observer},
};

/// Time for which a command may be silent before it shows progress.
const PATIENCE: Duration = Duration::from_millis(500);

/// Time between two moves of the line about a server.
const TICK: Duration = Duration::from_millis(120);

/// Shows on stderr what a request is doing.
pub(super) struct Progress {
    /// Whether a person looks at it.
    is_shown: bool,
    /// Whether what servers are asked is shown too: not where every request is shown anyway.
    shows_servers: bool,
    step: Mutex<Option<Step>>,
}

/// The step that is under way.
struct Step {
    bar: ProgressBar,
    begun: Instant,
    /// What a server is doing, and its name; `None` while something is read.
    of_server: Option<String>,
    is_drawn: bool,
}

impl Progress {
    /// Begins with nothing going on.
    pub(super) fn new(ui: &Ui) -> Progress {
        let is_shown = ui.err_is_terminal && !ui.quiet;
        Progress { is_shown, shows_servers: !ui.shows_requests, step: Mutex::default() }
    }

    fn begin(&self, total: Option<u64>, template: &str, of_server: Option<String>) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        // The templates are right; with any other the default one shows the same.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        *self.step.lock() = Some(Step { bar: bar.clone(), begun: Instant::now(), of_server, is_drawn: false });
        bar
    }
}

impl Observer for Progress {
    fn reading(&self, total: Option<u64>) {
        let template = match total {
            Some(_) => "reading {bar:30} {binary_bytes} of {binary_total_bytes}, {eta} left",
            None => "reading {spinner} {binary_bytes}",
        };
        if self.is_shown {
            self.begin(total, template, None);
        }
    }

    fn read(&self, bytes: u64) {
        if let Some(step) = &mut *self.step.lock() {
            step.bar.inc(bytes);
            if !step.is_drawn && step.begun.elapsed() > PATIENCE {
                step.is_drawn = true;
                step.bar.set_draw_target(ProgressDrawTarget::stderr());
            }
        }
    }

    fn asking(&self, server: &str, what: Doing) {
        if !self.is_shown || !self.shows_servers {
            return;
        }
        let doing = match what {
            Doing::Listing => "listing",
            Doing::Release => "finding out the release of",
            Doing::Searching => "searching",
            Doing::Measuring => "measuring on",
            Doing::Asking => "asking",
            Doing::Fetching => "fetching traces from",
        };
        let text = visible::message(&format!("{doing} {server}"));
        let bar = self.begin(None, "{spinner} {msg}", Some(text.clone()));
        bar.set_message(text);
        thread::spawn(move || {
            thread::sleep(PATIENCE);
            if !bar.is_finished() {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(TICK);
            }
        });
    }

    fn answered(&self, progress: session::Progress) {
        let session::Progress { done, of, found, bytes } = progress;
        let step = self.step.lock();
        let Some(Step { bar, of_server: Some(doing), .. }) = &*step else { return };
        let mut text = doing.clone();
        if of > 1 {
            text += &format!(": {done} of {of} requests");
        }
        if found > 0 {
            text += &format!(", {found} found");
        }
        if bytes > 0 {
            text += &format!(", {} inspected", HumanBytes(bytes));
        }
        bar.set_message(text);
    }

    /// Takes the line away, before anything else is written.
    fn done(&self) {
        if let Some(step) = self.step.lock().take() {
            step.bar.finish_and_clear();
        }
    }
}
