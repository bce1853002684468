//! One request under way: reads inputs into collectors and asks servers, and tells the observer.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use traceql_grammar::{Checked, query::Query};

use crate::{
    exec::{Collector, Needs},
    model::{batch::Fragment, cancel::Cancel, note::Note, profile::Profile, projection::Projection, trace_id::TypedId},
    plan::stops,
    source::{self, Input, ReadOptions, ReadReport},
};

use super::{Backend, Call, Doing, Error, Found, Observer, Session, Source};

/// Context of one request: session, sources, token and observer.
#[derive(Clone, Copy)]
pub(super) struct Run<'r> {
    pub(super) session: &'r Session,
    /// The sources as they were when the request began.
    pub(super) sources: &'r [Source],
    pub(super) cancel: &'r Cancel,
    pub(super) observer: &'r (dyn Observer + Sync),
    /// The current time, in Unix nanoseconds: all times of a request count from one now.
    pub(super) now: u64,
}

/// Makes of a collector's answer what the observer gets.
pub(super) type AsFound<'f, A> = &'f (dyn Fn(A) -> Found + Sync);

impl Run<'_> {
    /// Reads inputs into a collector and takes its answer; `bytes` is what servers looked at before. `as_found` makes of parts
    /// of the answer what the observer gets; `None` where they are no parts of the request's answer.
    ///
    /// # Errors
    ///
    /// An input cannot be read, the request was cancelled, or what was read has no answer.
    pub(super) fn collect<C>(
        &self,
        inputs: &[Input],
        collector: C,
        bytes: u64,
        as_found: Option<AsFound<'_, C::Answer>>,
    ) -> Result<(C::Answer, ReadReport), Error>
    where
        C: Collector + Send,
        C::Answer: Send,
        C::Error: Send,
        Error: From<C::Error>,
    {
        let read = self.read_into(inputs, &collector, None, as_found)?;
        let bytes = read.bytes.saturating_add(bytes);
        Ok((self.on_threads(|| collector.finish(bytes))?, read))
    }

    /// Reads inputs into a collector, and counts what that takes if there is a profile.
    ///
    /// # Errors
    ///
    /// As [`Run::collect`].
    pub(super) fn read_into<C: Collector>(
        &self,
        inputs: &[Input],
        collector: &C,
        profile: Option<&Profile>,
        as_found: Option<AsFound<'_, C::Answer>>,
    ) -> Result<ReadReport, Error> {
        let Needs { projection, pruning } = collector.needs();
        let loose = ReadOptions::loose(projection, self.session.settings().keep_going);
        let options = ReadOptions { pruning: Some(pruning), scan: Some(collector), profile, ..loose };
        let parts = as_found.and_then(|as_found| Some((Parts::of(self.observer)?, as_found)));
        let read = AtomicU64::new(0);
        let progress = |bytes: u64| {
            let read = read.fetch_add(bytes, Ordering::Relaxed) + bytes;
            if let Some((parts, as_found)) = &parts {
                parts.tell(|| collector.so_far(read)?.ok().map(as_found));
            }
        };
        self.read(inputs, options, &progress, &|fragment| collector.observe(fragment))
    }

    /// Reads the spans of traces whose ids fit. What cannot look them up is read to its end, and then `observe` gets other
    /// spans too.
    ///
    /// # Errors
    ///
    /// An input cannot be read, or the request was cancelled.
    pub(super) fn look_up(
        &self,
        inputs: &[Input],
        trace: TypedId,
        observe: &(dyn Fn(Fragment) + Sync),
    ) -> Result<ReadReport, Error> {
        let everything = Projection::everything();
        let loose = ReadOptions::loose(&everything, self.session.settings().keep_going);
        self.read(inputs, ReadOptions { trace: Some(trace), ..loose }, &|_| {}, observe)
    }

    /// Reads inputs; `progress` is told what the observer is told too.
    pub(super) fn read(
        &self,
        inputs: &[Input],
        options: ReadOptions<'_>,
        progress: &(dyn Fn(u64) + Sync),
        observe: &(dyn Fn(Fragment) + Sync),
    ) -> Result<ReadReport, Error> {
        let remembered = Some(&self.session.shared.remembered);
        let options = ReadOptions { cancel: Some(self.cancel), remembered, ..options };
        // With stdin, or a file that does not tell its size, there is nothing to be a part of.
        self.observer.reading(inputs.iter().map(Input::size).sum());
        let told = |bytes| {
            self.observer.read(bytes);
            progress(bytes);
        };
        let report = self.on_threads(|| source::read(inputs, &options, &told, observe));
        self.observer.done();
        self.go_on()?;
        Ok(report?)
    }

    /// Asks a server something, until it is answered or the request is cancelled.
    ///
    /// # Errors
    ///
    /// What the question says.
    pub(super) fn ask<T>(
        &self,
        server: &dyn Backend,
        what: Doing,
        question: impl FnOnce(Call<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.go_on()?;
        self.observer.asking(server.name(), what);
        let _watching = self.cancel.watch();
        let answer = question(Call { cancel: self.cancel, progress: &|progress| self.observer.answered(progress) });
        self.observer.done();
        self.go_on()?;
        answer
    }

    /// Goes on unless the request was cancelled.
    ///
    /// # Errors
    ///
    /// It was.
    pub(super) fn go_on(&self) -> Result<(), Error> {
        if self.cancel.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// Works on the threads of the session.
    pub(super) fn on_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.session.shared.threads {
            Some(threads) => threads.install(work),
            None => work(),
        }
    }
}

/// Tells parts of an answer, not more often than they are wanted.
pub(super) struct Parts<'o> {
    observer: &'o (dyn Observer + Sync),
    every: Duration,
    last: Mutex<Instant>,
}

impl<'o> Parts<'o> {
    /// Begins to tell; `None` if the observer wants no parts.
    pub(super) fn of(observer: &'o (dyn Observer + Sync)) -> Option<Parts<'o>> {
        let every = observer.wants_parts()?;
        Some(Parts { observer, every, last: Mutex::new(Instant::now()) })
    }

    /// Tells a part if it is time; other threads go on meanwhile.
    pub(super) fn tell(&self, part: impl FnOnce() -> Option<Found>) {
        let Some(mut last) = self.last.try_lock() else { return };
        if last.elapsed() < self.every {
            return;
        }
        if let Some(part) = part() {
            self.observer.part(part);
        }
        // To make a part takes time: that counts as waiting.
        *last = Instant::now();
    }
}

/// Returns a query that can be run here: more is run than Tempo runs.
///
/// # Errors
///
/// It has errors.
pub(super) fn runnable(checked: &Checked) -> Result<&Query, Error> {
    if checked.diagnostics.iter().any(stops) { Err(invalid(checked)) } else { Ok(&checked.query) }
}

/// Says what keeps a query from being run.
pub(super) fn invalid(checked: &Checked) -> Error {
    let mut checked = checked.clone();
    checked.diagnostics.retain(stops);
    Error::Query(Box::new(checked))
}

/// Says what was wrong with inputs although they were read.
pub(super) fn damage(read: &ReadReport) -> Vec<Note> {
    let skipped = |error: &source::SourceError| Note::Skipped {
        place: format!("{}{}", error.file, error.place),
        problem: error.problem.clone(),
    };
    let mut notes: Vec<Note> = read.first_damages.iter().map(skipped).collect();
    let described = read.first_damages.len() as u64;
    if read.damaged > described {
        notes.push(Note::MoreSkipped(read.damaged - described));
    }
    if read.reversed > 0 {
        notes.push(Note::Reversed(read.reversed));
    }
    notes
}
