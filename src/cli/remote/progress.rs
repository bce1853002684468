//! How far a server is, for people who wait for it.

use std::{thread, time::Duration};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::super::{time::PATIENCE, ui::Ui};
use crate::tempo::Progress;

/// How often the line on the terminal moves.
const TICK: Duration = Duration::from_millis(120);

/// A line on stderr that comes when an answer takes longer than a moment, and only if somebody looks.
pub(super) struct Waiting {
    bar: ProgressBar,
    what: String,
}

impl Waiting {
    /// Begins to wait; nothing is shown yet. `what` is done with the server.
    pub(super) fn new(what: String, is_shown: bool) -> Waiting {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        // The template is right; with any other the default one shows the same.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.set_message(what.clone());
        if is_shown {
            let bar = bar.clone();
            thread::spawn(move || {
                thread::sleep(PATIENCE);
                if !bar.is_finished() {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                    bar.enable_steady_tick(TICK);
                }
            });
        }
        Waiting { bar, what }
    }

    /// Shows how far it is.
    pub(super) fn advance(&self, progress: Progress) {
        let Progress { done, of, found, bytes } = progress;
        let mut text = self.what.clone();
        if of > 1 {
            text += &format!(": {done} of {of} requests");
        }
        if found > 0 {
            text += &format!(", {found} found");
        }
        if bytes > 0 {
            text += &format!(", {} inspected", HumanBytes(bytes));
        }
        self.bar.set_message(text);
    }
}

/// Takes the line away.
impl Drop for Waiting {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Tells whether somebody looks.
pub(super) fn is_wanted(ui: &Ui) -> bool {
    ui.err_is_terminal && !ui.quiet
}
