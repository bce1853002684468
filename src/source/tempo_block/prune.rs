//! Finds the rows that can matter, by statistics, dictionaries and page indexes, before spans are looked at.
//!
//! Everything here is a doubt that is removed: rows are kept unless something proves that they cannot matter.

use std::{cell::RefCell, collections::BTreeSet, ops::Range, sync::Arc};

use ::parquet::file::page_index::column_index::ColumnIndexMetaData;
use traceql_grammar::{
    query::{Field, FieldKey},
    value::{Kind, Status},
    vocab::{intrinsics::Intrinsic, scopes::Scope},
};

use crate::{
    model::{batch::SERVICE_NAME, operand::Operand, otlp_enums},
    plan::{Condition, TimeRange, ValueTest},
    source::parquet::{
        file::{Chunk, Dictionary, ParquetFault, ParquetFile},
        page::{Pages, pages_with, read_dictionaries},
        rows::RowSet,
    },
};

use super::layout::{AttributeValues, Layout, Links};

/// What rules rows out.
pub(super) struct Pruner<'b> {
    pub(super) file: &'b ParquetFile,
    pub(super) layout: &'b Layout,
    pub(super) group: usize,
    /// Pages that were unpacked to look at them.
    pub(super) pages: RefCell<Pages>,
    /// The leaves whose indexes were asked for.
    pub(super) asked: RefCell<BTreeSet<usize>>,
}

/// A leaf with the values of an intrinsic, and what they are.
enum Leaf {
    Statuses(usize),
    Kinds(usize),
    Numbers(usize),
    Texts(usize),
}

impl Pruner<'_> {
    /// Returns the rows, of `rows`, in which a condition can hold.
    pub(super) fn condition(&self, condition: &Condition, rows: &RowSet) -> Result<RowSet, ParquetFault> {
        match condition {
            Condition::All(conditions) => {
                let mut left = rows.clone();
                // What indexes tell costs nothing; a look at pages is for the rows that they leave.
                for condition in conditions {
                    left = self.by_index(condition, &left)?;
                }
                for condition in conditions {
                    if left.is_empty() {
                        break;
                    }
                    left = self.condition(condition, &left)?;
                }
                Ok(left)
            }
            Condition::Any(conditions) => {
                let mut found = RowSet::empty();
                for condition in conditions {
                    found = found.or(&self.condition(condition, rows)?);
                }
                Ok(found)
            }
            Condition::Value(field, test) => {
                let left = self.by_index(condition, rows)?;
                if left.is_empty() { Ok(left) } else { self.by_pages(field, test, &left) }
            }
        }
    }

    /// Returns the rows of traces that lie in a time, at least in part.
    pub(super) fn times(&self, range: TimeRange, rows: &RowSet) -> Result<RowSet, ParquetFault> {
        let [starts, ends] = [self.layout.trace_start, self.layout.trace_end];
        let chunks = self.chunks(&[starts, ends])?;
        let [starts, ends] = &chunks[..] else { return Ok(rows.clone()) };
        let rows = within(starts, rows, |low, _| low as u64 <= range.end);
        Ok(within(ends, &rows, |_, high| range.start <= high as u64))
    }

    /// Looks up some leaves of the row group.
    fn chunks(&self, leaves: &[usize]) -> Result<Vec<Arc<Chunk>>, ParquetFault> {
        self.asked.borrow_mut().extend(leaves);
        self.file.chunks(self.group, leaves)
    }

    /// Returns the rows that page indexes and dictionaries leave.
    pub(super) fn by_index(&self, condition: &Condition, rows: &RowSet) -> Result<RowSet, ParquetFault> {
        match condition {
            Condition::All(conditions) => {
                conditions.iter().try_fold(rows.clone(), |left, condition| self.by_index(condition, &left))
            }
            Condition::Any(conditions) => {
                let mut found = RowSet::empty();
                for condition in conditions {
                    found = found.or(&self.by_index(condition, rows)?);
                }
                Ok(found)
            }
            Condition::Value(field, test) => match &field.key {
                FieldKey::Intrinsic(intrinsic) => self.intrinsic(*intrinsic, test, rows),
                FieldKey::Attribute(scope, key) => {
                    let mut found = RowSet::empty();
                    for scope in scopes(*scope) {
                        found = found.or(&self.attribute(*scope, key, test, rows)?);
                    }
                    Ok(found)
                }
                FieldKey::Parent => Ok(rows.clone()),
            },
        }
    }

    fn intrinsic(&self, intrinsic: Intrinsic, test: &ValueTest, rows: &RowSet) -> Result<RowSet, ParquetFault> {
        let coded = |leaf: usize, holds: &dyn Fn(i64) -> bool| {
            let chunks = self.chunks(&[leaf])?;
            let Some(chunk) = chunks.first() else { return Ok(rows.clone()) };
            // Codes are few; those of later releases are as good as none.
            Ok(within(chunk, rows, |low, high| (low.max(0)..=high.min(CODES)).any(holds) || high > CODES || low < 0))
        };
        match self.leaf(intrinsic) {
            Some(Leaf::Statuses(leaf)) => coded(leaf, &|code| test.holds(Operand::Status(otlp_enums::status(code)))),
            Some(Leaf::Kinds(leaf)) => coded(leaf, &|code| test.holds(Operand::Kind(otlp_enums::kind(code)))),
            Some(Leaf::Numbers(leaf)) => self.numbers(leaf, test, rows),
            Some(Leaf::Texts(leaf)) => self.texts(leaf, test, rows),
            None => Ok(rows.clone()),
        }
    }

    /// Returns the leaf whose statistics tell of an intrinsic, if there is one that does.
    fn leaf(&self, intrinsic: Intrinsic) -> Option<Leaf> {
        let layout = self.layout;
        match intrinsic {
            Intrinsic::Status => Some(Leaf::Statuses(layout.status)),
            Intrinsic::Kind => Some(Leaf::Kinds(layout.kind)),
            Intrinsic::Duration => Some(Leaf::Numbers(layout.duration)),
            Intrinsic::ChildCount => layout.child_count.map(Leaf::Numbers),
            Intrinsic::Name => Some(Leaf::Texts(layout.name)),
            Intrinsic::RootName => Some(Leaf::Texts(layout.root_name)),
            Intrinsic::RootService => Some(Leaf::Texts(layout.root_service)),
            Intrinsic::EventName => Some(Leaf::Texts(layout.event_name)),
            Intrinsic::InstrumentationName => Some(Leaf::Texts(layout.scope_name)),
            Intrinsic::InstrumentationVersion => Some(Leaf::Texts(layout.scope_version)),
            Intrinsic::StatusMessage
            | Intrinsic::TraceDuration
            | Intrinsic::TraceId
            | Intrinsic::SpanId
            | Intrinsic::ParentId
            | Intrinsic::EventTimeSinceStart
            | Intrinsic::LinkTraceId
            | Intrinsic::LinkSpanId
            | Intrinsic::NestedSetLeft
            | Intrinsic::NestedSetRight
            | Intrinsic::NestedSetParent => None,
        }
    }

    /// Returns the rows whose pages can have a number that passes.
    fn numbers(&self, leaf: usize, test: &ValueTest, rows: &RowSet) -> Result<RowSet, ParquetFault> {
        let chunks = self.chunks(&[leaf])?;
        match (chunks.first(), test.numbers()) {
            // Bounds as floats are near enough if they are taken one step wider.
            (Some(chunk), Some((low, high))) => Ok(within(chunk, rows, |least, most| {
                (least as f64).next_down() <= high && low <= (most as f64).next_up()
            })),
            _ => Ok(rows.clone()),
        }
    }

    /// Returns the rows, or none if the dictionary of a column has no text that passes.
    fn texts(&self, leaf: usize, test: &ValueTest, rows: &RowSet) -> Result<RowSet, ParquetFault> {
        let holds = |text: &[u8]| test.holds(Operand::Str(&String::from_utf8_lossy(text)));
        let chunks = self.chunks(&[leaf])?;
        read_dictionaries(self.file, &chunks)?;
        let Some(chunk) = chunks.first() else { return Ok(rows.clone()) };
        match chunk.complete_dictionary().as_deref() {
            // A place without a text has an empty one, where texts cannot be missing.
            Some(Dictionary::Texts(texts)) if !texts.iter().any(holds) && !holds(b"") => Ok(RowSet::empty()),
            _ => Ok(rows.clone()),
        }
    }

    fn attribute(&self, scope: Scope, key: &str, test: &ValueTest, rows: &RowSet) -> Result<RowSet, ParquetFault> {
        if scope == Scope::Link && matches!(self.layout.links, Links::Encoded(_)) {
            return Ok(rows.clone());
        }
        let mut found = RowSet::empty();
        if scope == Scope::Resource && key == SERVICE_NAME {
            found = self.texts(self.layout.service, test, rows)?;
        }
        for dedicated in self.layout.dedicated(scope, key) {
            found = found.or(&self.own_column(dedicated.leaf, test, rows)?);
        }
        if let Some(list) = self.layout.attributes.get(&scope) {
            let named = |text: &[u8]| text == key.as_bytes();
            let chunks = self.chunks(&[list.key])?;
            read_dictionaries(self.file, &chunks)?;
            let dictionary = chunks.first().and_then(|chunk| chunk.complete_dictionary());
            let is_there = match dictionary.as_deref() {
                Some(Dictionary::Texts(texts)) => texts.iter().any(named),
                _ => true,
            };
            if is_there {
                found = found.or(&self.list_values(list.values, test, rows)?);
            }
        }
        Ok(found)
    }

    /// Returns the rows in which an attribute with a column of its own can pass.
    fn own_column(&self, leaf: usize, test: &ValueTest, rows: &RowSet) -> Result<RowSet, ParquetFault> {
        let is_number = self.file.chunk_metadata(self.group, leaf).column_type() == ::parquet::basic::Type::INT64;
        if is_number {
            return if test.wants_text() || test.wants_bools() {
                Ok(RowSet::empty())
            } else {
                self.numbers(leaf, test, rows)
            };
        }
        if test.wants_numbers() || test.wants_bools() {
            return Ok(RowSet::empty());
        }
        let holds = |text: &[u8]| test.holds(Operand::Str(&String::from_utf8_lossy(text)));
        let chunks = self.chunks(&[leaf])?;
        read_dictionaries(self.file, &chunks)?;
        let Some(chunk) = chunks.first() else { return Ok(rows.clone()) };
        match chunk.complete_dictionary().as_deref() {
            Some(Dictionary::Texts(texts)) if !texts.iter().any(holds) => Ok(RowSet::empty()),
            _ => Ok(rows.clone()),
        }
    }

    /// Returns the rows in which a list has a value that passes, under whatever key.
    fn list_values(&self, values: AttributeValues, test: &ValueTest, rows: &RowSet) -> Result<RowSet, ParquetFault> {
        let (AttributeValues::Lists { text, int, float, .. } | AttributeValues::Single { text, int, float, .. }) =
            values
        else {
            return Ok(rows.clone());
        };
        let arrays_elsewhere = matches!(values, AttributeValues::Single { .. });
        if arrays_elsewhere {
            return Ok(rows.clone());
        }
        if test.wants_text() {
            let holds = |text: &[u8]| test.holds(Operand::Str(&String::from_utf8_lossy(text)));
            let chunks = self.chunks(&[text])?;
            read_dictionaries(self.file, &chunks)?;
            let dictionary = chunks.first().and_then(|chunk| chunk.complete_dictionary());
            return match dictionary.as_deref() {
                Some(Dictionary::Texts(texts)) if !texts.iter().any(holds) => Ok(RowSet::empty()),
                _ => Ok(rows.clone()),
            };
        }
        if test.wants_numbers() {
            return Ok(self.numbers(int, test, rows)?.or(&self.floats(float, test, rows)?));
        }
        Ok(rows.clone())
    }

    fn floats(&self, leaf: usize, test: &ValueTest, rows: &RowSet) -> Result<RowSet, ParquetFault> {
        let chunks = self.chunks(&[leaf])?;
        let (Some(chunk), Some((low, high))) = (chunks.first(), test.numbers()) else { return Ok(rows.clone()) };
        let Some(ColumnIndexMetaData::DOUBLE(bounds)) = &chunk.bounds else { return Ok(rows.clone()) };
        Ok(pages(chunk, rows, |page| {
            if bounds.is_null_page(page) {
                return false;
            }
            match (bounds.min_value(page), bounds.max_value(page)) {
                // What is no number has no place in an order.
                (Some(least), Some(most)) if !least.is_nan() && !most.is_nan() => *least <= high && low <= *most,
                _ => true,
            }
        }))
    }

    /// Returns the rows that are left once the places in dictionaries of pages were looked at.
    fn by_pages(&self, field: &Field, test: &ValueTest, rows: &RowSet) -> Result<RowSet, ParquetFault> {
        match &field.key {
            FieldKey::Intrinsic(intrinsic) => match self.leaf(*intrinsic) {
                Some(Leaf::Texts(leaf)) => self.sieve(leaf, rows, &|text| test.holds(Operand::Str(text)), true),
                Some(Leaf::Statuses(_) | Leaf::Kinds(_) | Leaf::Numbers(_)) | None => Ok(rows.clone()),
            },
            FieldKey::Attribute(scope, key) => {
                let mut found = RowSet::empty();
                for scope in scopes(*scope) {
                    found = found.or(&self.attribute_pages(*scope, key, test, rows)?);
                }
                Ok(found)
            }
            FieldKey::Parent => Ok(rows.clone()),
        }
    }

    fn attribute_pages(
        &self,
        scope: Scope,
        key: &str,
        test: &ValueTest,
        rows: &RowSet,
    ) -> Result<RowSet, ParquetFault> {
        if scope == Scope::Link && matches!(self.layout.links, Links::Encoded(_)) {
            return Ok(rows.clone());
        }
        let rows = &self.attribute(scope, key, test, rows)?;
        if rows.is_empty() {
            return Ok(RowSet::empty());
        }
        let holds = |text: &str| test.holds(Operand::Str(text));
        let mut found = RowSet::empty();
        if scope == Scope::Resource && key == SERVICE_NAME {
            found = self.sieve(self.layout.service, rows, &holds, true)?;
        }
        for dedicated in self.layout.dedicated(scope, key) {
            let left = self.own_column(dedicated.leaf, test, rows)?;
            let is_text = self.file.chunk_metadata(self.group, dedicated.leaf).column_type()
                == ::parquet::basic::Type::BYTE_ARRAY;
            let left = match is_text && test.wants_text() {
                true => self.sieve(dedicated.leaf, &left, &holds, false)?,
                false => left,
            };
            found = found.or(&left);
        }
        if let Some(list) = self.layout.attributes.get(&scope) {
            let mut left = self.list_values(list.values, test, rows)?;
            if let AttributeValues::Lists { text, .. } = list.values
                && test.wants_text()
                && !left.is_empty()
            {
                left = self.sieve(text, &left, &holds, false)?;
            }
            if !left.is_empty() {
                left = self.sieve(list.key, &left, &|text| text == key, false)?;
            }
            found = found.or(&left);
        }
        Ok(found)
    }

    /// Returns the rows whose pages have a text that passes. `always` tells that every place has a text, so that the
    /// dictionary may lack the empty one.
    fn sieve(
        &self,
        leaf: usize,
        rows: &RowSet,
        holds: &dyn Fn(&str) -> bool,
        always: bool,
    ) -> Result<RowSet, ParquetFault> {
        let chunks = self.chunks(&[leaf])?;
        read_dictionaries(self.file, &chunks)?;
        let Some(chunk) = chunks.first() else { return Ok(rows.clone()) };
        let dictionary = chunk.complete_dictionary();
        let Some(Dictionary::Texts(texts)) = dictionary.as_deref() else { return Ok(rows.clone()) };
        if always && holds("") {
            return Ok(rows.clone());
        }
        let wanted: Vec<bool> = texts.iter().map(|text| holds(&String::from_utf8_lossy(text))).collect();
        let some = wanted.iter().filter(|wanted| **wanted).count();
        if some == 0 {
            return Ok(RowSet::empty());
        }
        // Where many pass, hardly a page has none of them.
        if some > FEW && some * 8 > wanted.len() || chunk.pages.len() < 2 {
            return Ok(rows.clone());
        }
        pages_with(self.file, chunk, rows, &wanted, &mut self.pages.borrow_mut())
    }
}

/// So many texts of a dictionary are few.
const FEW: usize = 2;

/// The highest code of a status or a kind that means something.
const CODES: i64 = if Kind::ALL.len() > Status::ALL.len() { Kind::ALL.len() as i64 } else { Status::ALL.len() as i64 };

/// Returns the scopes in which an attribute is looked for.
fn scopes(scope: Scope) -> &'static [Scope] {
    match scope {
        Scope::Any => &[Scope::Span, Scope::Resource],
        Scope::Span => &[Scope::Span],
        Scope::Resource => &[Scope::Resource],
        Scope::Event => &[Scope::Event],
        Scope::Link => &[Scope::Link],
        Scope::Instrumentation => &[Scope::Instrumentation],
    }
}

/// Returns the rows of the pages that can matter.
fn pages(chunk: &Arc<Chunk>, rows: &RowSet, can: impl Fn(usize) -> bool) -> RowSet {
    let mut left = RowSet::empty();
    for (at, page) in chunk.pages.iter().enumerate() {
        if can(at) {
            rows.within(page.rows.clone()).for_each(|range: Range<u32>| left.push(range));
        }
    }
    left
}

/// Returns the rows of the pages whose least and greatest whole number can matter.
fn within(chunk: &Arc<Chunk>, rows: &RowSet, can: impl Fn(i64, i64) -> bool) -> RowSet {
    // Unsigned numbers that do not fit are kept as they are, and then nothing is known of the order.
    let sound = |least: i64, most: i64| least > most || can(least, most);
    match &chunk.bounds {
        Some(ColumnIndexMetaData::INT64(bounds)) => pages(chunk, rows, |page| {
            !bounds.is_null_page(page)
                && match (bounds.min_value(page), bounds.max_value(page)) {
                    (Some(least), Some(most)) => sound(*least, *most),
                    _ => true,
                }
        }),
        Some(ColumnIndexMetaData::INT32(bounds)) => pages(chunk, rows, |page| {
            !bounds.is_null_page(page)
                && match (bounds.min_value(page), bounds.max_value(page)) {
                    (Some(least), Some(most)) => sound(i64::from(*least), i64::from(*most)),
                    _ => true,
                }
        }),
        _ => rows.clone(),
    }
}
