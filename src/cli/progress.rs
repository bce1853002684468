//! How far reading is, for people who wait for it.

use std::{sync::OnceLock, time::Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{time::PATIENCE, ui::Ui};
use crate::source::Input;

/// A bar on stderr that comes when reading takes longer than a moment, and only if somebody looks.
pub(super) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    wanted: bool,
    shown: OnceLock<()>,
}

impl Progress {
    /// Begins to wait; nothing is shown yet.
    pub(super) fn new(inputs: &[Input], ui: &Ui) -> Progress {
        // With stdin, or a file that does not tell its size, there is nothing to be a part of.
        let total = inputs.iter().map(Input::size).sum::<Option<u64>>();
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let template = match total {
            Some(_) => "reading {bar:30} {binary_bytes} of {binary_total_bytes}, {eta} left",
            None => "reading {spinner} {binary_bytes}",
        };
        // The templates are right; with any other the default one shows the same.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Progress { bar, begun: Instant::now(), wanted: ui.err_is_terminal && !ui.quiet, shown: OnceLock::new() }
    }

    /// Counts bytes that were read.
    pub(super) fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
        if self.wanted && self.begun.elapsed() > PATIENCE {
            self.shown.get_or_init(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
        }
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
