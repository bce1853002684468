//! The values of intrinsics: how each is read, and in which column it lies as it is.

use traceql_grammar::vocab::intrinsics::Intrinsic;

use crate::model::{batch::Tree, dictionary::StrId, operand::Operand};

use super::view::{At, View, first};

/// Where the values of an intrinsic lie, for code that goes through a whole column at once.
pub(super) enum Storage<'a> {
    /// One text of each span.
    Texts(&'a [StrId]),
    /// One text of each library.
    LibraryTexts(&'a [StrId]),
    /// One text of each event.
    EventTexts(&'a [StrId]),
    /// The column of durations.
    Durations,
    /// The column of statuses.
    Statuses,
    /// The column of kinds.
    Kinds,
    /// Each trace has one, which [`View::trace_value`] reads.
    Traces,
    /// Each event has one, which [`View::intrinsic`] computes.
    Events,
    /// Each link has one, which [`View::intrinsic`] computes.
    Links,
    /// Each span has one, which [`View::intrinsic`] computes; or there is no column here.
    Spans,
}

impl<'a> View<'a> {
    /// Finds where the values of an intrinsic lie.
    pub(super) fn storage(&self, intrinsic: Intrinsic) -> Storage<'a> {
        let spans = self.spans;
        let of_libraries =
            |texts: &'a [StrId]| if spans.scope.is_empty() { Storage::Spans } else { Storage::LibraryTexts(texts) };
        match intrinsic {
            Intrinsic::Name => Storage::Texts(&spans.name),
            Intrinsic::StatusMessage if spans.status_message.is_empty() => Storage::Spans,
            Intrinsic::StatusMessage => Storage::Texts(&spans.status_message),
            Intrinsic::InstrumentationName => of_libraries(&spans.scopes.name),
            Intrinsic::InstrumentationVersion => of_libraries(&spans.scopes.version),
            Intrinsic::EventName => Storage::EventTexts(&spans.events.name),
            Intrinsic::Duration => Storage::Durations,
            Intrinsic::Status => Storage::Statuses,
            Intrinsic::Kind => Storage::Kinds,
            Intrinsic::TraceId | Intrinsic::TraceDuration | Intrinsic::RootName | Intrinsic::RootService => {
                Storage::Traces
            }
            Intrinsic::EventTimeSinceStart => Storage::Events,
            Intrinsic::LinkTraceId | Intrinsic::LinkSpanId => Storage::Links,
            Intrinsic::SpanId
            | Intrinsic::ParentId
            | Intrinsic::ChildCount
            | Intrinsic::NestedSetLeft
            | Intrinsic::NestedSetRight
            | Intrinsic::NestedSetParent => Storage::Spans,
        }
    }

    /// Reads an intrinsic.
    pub(super) fn intrinsic(&self, intrinsic: Intrinsic, at: At) -> Operand<'a> {
        let (spans, row) = (self.spans, at.row as usize);
        let scope = || spans.scope.get(row).map(|scope| *scope as usize);
        match intrinsic {
            Intrinsic::Duration => Operand::Duration(nanoseconds(spans.duration[row])),
            Intrinsic::Name => self.text(spans.name[row]),
            Intrinsic::Status => Operand::Status(spans.status[row]),
            Intrinsic::StatusMessage => self.text(spans.status_message.get(row).copied().unwrap_or(StrId::EMPTY)),
            Intrinsic::Kind => Operand::Kind(spans.kind[row]),
            Intrinsic::SpanId => Operand::SpanId(spans.id[row]),
            Intrinsic::ParentId => Operand::SpanId(spans.parent_id[row]),
            Intrinsic::TraceId => Operand::TraceId(self.trace_id(at.row)),
            Intrinsic::InstrumentationName => self.text(scope().map_or(StrId::EMPTY, |scope| spans.scopes.name[scope])),
            Intrinsic::InstrumentationVersion => {
                self.text(scope().map_or(StrId::EMPTY, |scope| spans.scopes.version[scope]))
            }
            Intrinsic::EventName => self.of_event(at, |event| self.text(spans.events.name[event])),
            Intrinsic::EventTimeSinceStart => self.of_event(at, |event| {
                Operand::Duration(spans.events.time[event].wrapping_sub(spans.start[row]) as i64)
            }),
            Intrinsic::LinkTraceId => self.of_link(at, |link| Operand::TraceId(spans.links.trace_id[link])),
            Intrinsic::LinkSpanId => self.of_link(at, |link| Operand::SpanId(spans.links.span_id[link])),
            Intrinsic::ChildCount => self.of_tree(|tree| i64::from(tree.child_count[row])),
            Intrinsic::NestedSetLeft => self.of_tree(|tree| i64::from(tree.left[row])),
            Intrinsic::NestedSetRight => self.of_tree(|tree| i64::from(tree.right[row])),
            Intrinsic::NestedSetParent => self.of_tree(|tree| i64::from(tree.nested_parent[row])),
            Intrinsic::RootName | Intrinsic::RootService | Intrinsic::TraceDuration => match self.trace_of(at.row) {
                Some(trace) => self.trace_value(intrinsic, trace),
                None => Operand::Absent,
            },
        }
    }

    /// Reads an intrinsic that all spans of a trace share; a trace without a root has empty names.
    pub(super) fn trace_value(&self, intrinsic: Intrinsic, trace: u32) -> Operand<'a> {
        let Some(batch) = self.batch() else { return Operand::Absent };
        let (facts, trace) = (batch.facts.get(trace as usize), &batch.traces[trace as usize]);
        let root = trace.root.map(|row| row as usize);
        match intrinsic {
            Intrinsic::TraceId => Operand::TraceId(trace.id),
            Intrinsic::TraceDuration => Operand::Duration(nanoseconds(trace.end.saturating_sub(trace.start))),
            Intrinsic::RootName | Intrinsic::RootService if facts.is_some() => {
                let root = facts.and_then(|facts| facts.root).unwrap_or((StrId::EMPTY, StrId::EMPTY));
                self.text(if intrinsic == Intrinsic::RootName { root.1 } else { root.0 })
            }
            Intrinsic::RootName => self.text(root.map_or(StrId::EMPTY, |row| self.spans.name[row])),
            Intrinsic::RootService => self
                .text(root.map_or(StrId::EMPTY, |row| self.spans.resources.service[self.spans.resource[row] as usize])),
            Intrinsic::Duration
            | Intrinsic::Name
            | Intrinsic::Status
            | Intrinsic::StatusMessage
            | Intrinsic::Kind
            | Intrinsic::SpanId
            | Intrinsic::ParentId
            | Intrinsic::ChildCount
            | Intrinsic::EventName
            | Intrinsic::EventTimeSinceStart
            | Intrinsic::LinkTraceId
            | Intrinsic::LinkSpanId
            | Intrinsic::InstrumentationName
            | Intrinsic::InstrumentationVersion
            | Intrinsic::NestedSetLeft
            | Intrinsic::NestedSetRight
            | Intrinsic::NestedSetParent => Operand::Absent,
        }
    }

    fn of_event(&self, at: At, value: impl Fn(usize) -> Operand<'a>) -> Operand<'a> {
        match at.event {
            Some(event) => value(event as usize),
            None => first(self.events(at.row), |event| value(event as usize)),
        }
    }

    fn of_link(&self, at: At, value: impl Fn(usize) -> Operand<'a>) -> Operand<'a> {
        match at.link {
            Some(link) => value(link as usize),
            None => first(self.links(at.row), |link| value(link as usize)),
        }
    }

    fn of_tree(&self, value: impl Fn(&Tree) -> i64) -> Operand<'a> {
        self.batch().map_or(Operand::Absent, |batch| Operand::Int(value(&batch.tree)))
    }
}

/// Durations beyond 292 years are cut.
pub(super) fn nanoseconds(unsigned: u64) -> i64 {
    i64::try_from(unsigned).unwrap_or(i64::MAX)
}
