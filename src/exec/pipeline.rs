//! Runs the stages of a plan over the rows of a batch.

use std::ops::Range;

use traceql_grammar::ops::SpansetOp;

use crate::{
    model::{
        batch::{Batch, Trace},
        operand::{Operand, arithmetic, compare},
    },
    plan::{FilterId, Number, Plan, Scalar, Spansets, Stage, Test},
};

use super::{
    aggregate::aggregate,
    bitmap::Bitmap,
    filter::select,
    group::group,
    search::SearchError,
    structural::{combine, runs, union},
    view::View,
};

/// The spansets of all traces of a batch.
#[derive(Debug)]
pub(super) enum Sets<'p> {
    /// Every trace whole.
    All,
    /// At most one spanset for each trace, without attributes: the rows of all, rising.
    Flat(Vec<u32>),
    /// Any number of spansets for each trace.
    Split(Split<'p>),
}

/// Spansets that groups and aggregates have made.
#[derive(Debug, Default)]
pub(super) struct Split<'p> {
    /// The rows of all spansets, one behind the other.
    pub(super) rows: Vec<u32>,
    /// The spansets, in order of their traces.
    pub(super) sets: Vec<Set>,
    /// Groups and aggregates of all spansets. A stage adds to them and copies none: queries may have thousands of stages.
    attributes: Vec<Told<'p>>,
}

/// The name and value of a group or aggregate.
pub(super) type Attribute<'p> = (&'p str, Operand<'p>);

/// A group or aggregate of a spanset, or of several that were one when they got it.
#[derive(Debug)]
struct Told<'p> {
    /// The place in [`Split::attributes`] of the one that the spanset got before, or [`NONE`].
    before: usize,
    attribute: Attribute<'p>,
}

/// The place of an attribute of a spanset that has none.
const NONE: usize = usize::MAX;

/// One spanset. There may be millions, so that none has memory of its own.
#[derive(Debug)]
pub(super) struct Set {
    /// The trace's place in the batch.
    pub(super) trace: usize,
    /// Where its rows, rising, lie in [`Split::rows`].
    pub(super) rows: Range<usize>,
    /// The place in [`Split::attributes`] of the group or aggregate that it got last, or [`NONE`].
    last: usize,
}

impl<'p> Split<'p> {
    /// Adds a spanset, if it has rows. `last` is the group or aggregate that it had last, to which `attributes` are added.
    fn push(&mut self, trace: usize, rows: &[u32], last: usize, attributes: impl IntoIterator<Item = Attribute<'p>>) {
        if rows.is_empty() {
            return;
        }
        let first_row = self.rows.len();
        self.rows.extend_from_slice(rows);
        let last = attributes.into_iter().fold(last, |before, attribute| {
            self.attributes.push(Told { before, attribute });
            self.attributes.len() - 1
        });
        self.sets.push(Set { trace, rows: first_row..self.rows.len(), last });
    }

    /// Takes the groups and aggregates out, for the spansets that come of these.
    fn next(&mut self) -> Split<'p> {
        Split { attributes: std::mem::take(&mut self.attributes), ..Split::default() }
    }

    pub(super) fn rows_of(&self, set: &Set) -> &[u32] {
        &self.rows[set.rows.clone()]
    }

    /// Returns the groups and aggregates of a spanset, in the order in which it got them.
    pub(super) fn attributes_of(&self, set: &Set) -> Vec<Attribute<'p>> {
        let mut attributes: Vec<Attribute<'p>> = Vec::new();
        let mut at = set.last;
        while let Some(told) = self.attributes.get(at) {
            attributes.push(told.attribute);
            at = told.before;
        }
        attributes.reverse();
        attributes
    }
}

/// Runs all stages of the plan.
pub(super) fn run<'p>(plan: &'p Plan, view: &View<'p>, batch: &Batch) -> Result<Sets<'p>, SearchError> {
    let filters = plan.filters.iter().map(|_| None).collect();
    let mut runner = Runner { plan, view, batch, filters, prepared: Vec::new() };
    let mut sets = in_range(plan, batch);
    for stage in &plan.stages {
        runner.prepare(stage, &sets);
        sets = runner.stage(stage, sets)?;
    }
    Ok(sets)
}

/// Keeps the traces that lie in the time range: what happens in others cannot even be an error.
fn in_range<'p>(plan: &Plan, batch: &Batch) -> Sets<'p> {
    let Some(range) = plan.range else { return Sets::All };
    let lies_in = |trace: &Trace| range.meets(trace.start, trace.end);
    if batch.traces.iter().all(lies_in) {
        return Sets::All;
    }
    Sets::Flat(batch.traces.iter().filter(|trace| lies_in(trace)).flat_map(|trace| trace.rows.clone()).collect())
}

struct Runner<'r, 'p> {
    plan: &'p Plan,
    view: &'r View<'p>,
    batch: &'r Batch,
    /// The spans that match each filter of the current stage, of those that come to it.
    filters: Vec<Option<Bitmap>>,
    /// The filters of the current stage.
    prepared: Vec<FilterId>,
}

impl<'p> Runner<'_, 'p> {
    /// Answers all filters of a stage for all spans that come to it.
    fn prepare(&mut self, stage: &Stage, sets: &Sets<'_>) {
        for id in self.prepared.drain(..) {
            self.filters[id.0 as usize] = None;
        }
        filters_of(stage, &mut self.prepared);
        if self.prepared.is_empty() {
            return;
        }
        let among = match sets {
            Sets::All => None,
            Sets::Flat(rows) => Some(Bitmap::from_rows(self.view.spans.len(), rows)),
            Sets::Split(split) => Some(Bitmap::from_rows(self.view.spans.len(), &split.rows)),
        };
        for id in &self.prepared {
            let test = &self.plan.filters[id.0 as usize];
            self.filters[id.0 as usize] = Some(select(self.view, test, among.as_ref()));
        }
    }

    fn stage(&self, stage: &'p Stage, sets: Sets<'p>) -> Result<Sets<'p>, SearchError> {
        match stage {
            // `{ }` changes nothing.
            Stage::Spansets(Spansets::Filter(id))
                if matches!(self.plan.filters[id.0 as usize], Test::Constant(true)) =>
            {
                Ok(sets)
            }
            Stage::Spansets(Spansets::Pipeline(stages)) => {
                stages.iter().try_fold(sets, |sets, stage| self.stage(stage, sets))
            }
            Stage::Spansets(expr) => Ok(match sets {
                Sets::All => Sets::Flat(self.select(expr, None)?),
                Sets::Flat(rows) => Sets::Flat(self.select(expr, Some(&rows))?),
                Sets::Split(mut split) => {
                    let mut kept = split.next();
                    for set in &split.sets {
                        let rows = self.select(expr, Some(split.rows_of(set)))?;
                        kept.push(set.trace, &rows, set.last, []);
                    }
                    Sets::Split(kept)
                }
            }),
            Stage::Scalar(scalar) => self.scalar(scalar, sets),
            Stage::Group { expr, key, arithmetic } => {
                let mut split = self.split(sets);
                let mut groups = split.next();
                for set in &split.sets {
                    group(self.view, expr, *arithmetic, split.rows_of(set), |value, rows| {
                        groups.push(set.trace, rows, set.last, [(key.as_str(), value)]);
                    });
                }
                Ok(Sets::Split(groups))
            }
            Stage::Coalesce => Ok(match sets {
                Sets::Split(split) => {
                    // Spansets stand in order of their traces, so sorting mixes no traces. No span is in two of them.
                    let mut rows = split.rows;
                    rows.sort_unstable();
                    Sets::Flat(rows)
                }
                whole => whole,
            }),
        }
    }

    /// Gives every trace its own spanset.
    fn split(&self, sets: Sets<'p>) -> Split<'p> {
        let mut split = Split::default();
        match sets {
            Sets::All => {
                let rows: Vec<u32> = (0..self.view.spans.len() as u32).collect();
                split = self.split(Sets::Flat(rows));
            }
            Sets::Flat(rows) => {
                for (trace, rows) in runs(&self.batch.traces, &rows) {
                    split.push(trace, rows, NONE, []);
                }
            }
            Sets::Split(given) => split = given,
        }
        split
    }

    /// Selects spans, of one spanset of each trace or of whole traces.
    fn select(&self, expr: &'p Spansets, input: Option<&[u32]>) -> Result<Vec<u32>, SearchError> {
        Ok(self.operand(expr, input)?.rows)
    }

    /// Selects the spans of an operand.
    fn operand(&self, expr: &'p Spansets, input: Option<&[u32]>) -> Result<Selected, SearchError> {
        match expr {
            Spansets::Filter(id) => {
                let matching = self.filters[id.0 as usize].as_ref().expect("filters are answered before their stage");
                Ok(Selected::of(match input {
                    None => matching.rows().collect(),
                    Some(rows) => rows.iter().copied().filter(|row| matching.contains(*row)).collect(),
                }))
            }
            Spansets::Pipeline(stages) => {
                let input = match input {
                    None => Sets::All,
                    Some(rows) => Sets::Flat(rows.to_vec()),
                };
                let sets = stages.iter().try_fold(input, |sets, stage| self.stage(stage, sets))?;
                Ok(match sets {
                    Sets::All => Selected::of((0..self.view.spans.len() as u32).collect()),
                    Sets::Flat(rows) => Selected::of(rows),
                    Sets::Split(split) => Selected::of_split(split),
                })
            }
            Spansets::Chain(first, rest) => {
                let mut left = self.operand(first, input)?;
                for (op, operand) in rest {
                    let right = self.operand(operand, input)?;
                    if !matches!(op, SpansetOp::And | SpansetOp::Or) {
                        self.can_be_related(&left, &right)?;
                    }
                    left = Selected::of(combine(self.batch, *op, &left.rows, &right.rows));
                }
                Ok(left)
            }
        }
    }

    /// Fails if a trace has spans on both sides of a relation, and several spansets on one.
    fn can_be_related(&self, left: &Selected, right: &Selected) -> Result<(), SearchError> {
        let has = |side: &Selected, trace: usize| {
            let rows = &self.batch.traces[trace].rows;
            let at = side.rows.partition_point(|row| *row < rows.start);
            side.rows.get(at).is_some_and(|row| rows.contains(row))
        };
        let mut several = left.several.iter().chain(&right.several);
        match several.any(|trace| has(left, *trace) && has(right, *trace)) {
            true => Err(SearchError::SeveralSpansets),
            false => Ok(()),
        }
    }

    /// Takes the only spanset of each trace.
    fn single(&self, sets: Sets<'p>) -> Result<Vec<u32>, SearchError> {
        match sets {
            Sets::All => Ok((0..self.view.spans.len() as u32).collect()),
            Sets::Flat(rows) => Ok(rows),
            Sets::Split(split) if split.sets.windows(2).any(|pair| pair[0].trace == pair[1].trace) => {
                Err(SearchError::SeveralSpansets)
            }
            Sets::Split(split) => Ok(split.rows),
        }
    }

    fn scalar(&self, scalar: &'p Scalar, sets: Sets<'p>) -> Result<Sets<'p>, SearchError> {
        let mut split = self.split(sets);
        let mut kept = split.next();
        for set in &split.sets {
            let rows = split.rows_of(set);
            let mut side = Side::default();
            let left = self.number(&scalar.left, rows, &mut side)?;
            let right = self.number(&scalar.right, rows, &mut side)?;
            if compare(scalar.op, left, right) != Some(true) {
                continue;
            }
            let both;
            let rows = match &side.piped {
                None => rows,
                Some(piped) if side.reads_input => {
                    both = union(rows, piped);
                    &both
                }
                Some(piped) => piped,
            };
            kept.push(set.trace, rows, set.last, side.attributes);
        }
        Ok(Sets::Split(kept))
    }

    fn number(&self, number: &'p Number, rows: &[u32], side: &mut Side<'p>) -> Result<Operand<'p>, SearchError> {
        Ok(match number {
            Number::Literal(value) => Operand::from_literal(value),
            Number::Aggregate(of) => {
                let value = aggregate(self.view, of, rows);
                side.reads_input = true;
                side.attributes.push((&of.key, value));
                value
            }
            Number::Pipeline(stages, of) => {
                let input = Sets::Flat(rows.to_vec());
                let sets = stages.iter().try_fold(input, |sets, stage| self.stage(stage, sets))?;
                let piped = self.single(sets)?;
                // Nothing is selected, so there is nothing to compare: as with `&&`, both sides must take part.
                let value = if piped.is_empty() { Operand::Absent } else { aggregate(self.view, of, &piped) };
                side.piped = Some(match side.piped.take() {
                    Some(other) => combine(self.batch, SpansetOp::Or, &other, &piped),
                    None => piped,
                });
                value
            }
            Number::Chain(first, rest) => {
                let mut left = self.number(first, rows, side)?;
                for (op, operand) in rest {
                    left = arithmetic(*op, left, self.number(operand, rows, side)?);
                }
                left
            }
        })
    }
}

/// The spans of an operand of a spanset operator.
struct Selected {
    /// The rows of all traces, rising.
    rows: Vec<u32>,
    /// The traces that have several spansets.
    several: Vec<usize>,
}

impl Selected {
    /// Takes one spanset of each trace.
    fn of(rows: Vec<u32>) -> Selected {
        Selected { rows, several: Vec::new() }
    }

    /// Takes all spansets of each trace together.
    fn of_split(split: Split<'_>) -> Selected {
        let pairs = split.sets.windows(2).filter(|pair| pair[0].trace == pair[1].trace);
        let several = pairs.map(|pair| pair[0].trace).collect();
        // Spansets stand in order of their traces, so sorting mixes no traces.
        let mut rows = split.rows;
        rows.sort_unstable();
        Selected { rows, several }
    }
}

/// What the numbers of a scalar filter leave behind.
#[derive(Default)]
struct Side<'p> {
    attributes: Vec<Attribute<'p>>,
    /// Whether an aggregate of the current spanset was asked for.
    reads_input: bool,
    /// The spans that pipelines selected.
    piped: Option<Vec<u32>>,
}

/// Collects the filters of a stage, those of operands in parentheses included.
fn filters_of(stage: &Stage, filters: &mut Vec<FilterId>) {
    match stage {
        Stage::Spansets(expr) => filters_of_expr(expr, filters),
        Stage::Scalar(scalar) => {
            filters_of_number(&scalar.left, filters);
            filters_of_number(&scalar.right, filters);
        }
        Stage::Group { .. } | Stage::Coalesce => {}
    }
}

fn filters_of_expr(expr: &Spansets, filters: &mut Vec<FilterId>) {
    match expr {
        Spansets::Filter(id) => filters.push(*id),
        Spansets::Pipeline(stages) => stages.iter().for_each(|stage| filters_of(stage, filters)),
        Spansets::Chain(first, rest) => {
            filters_of_expr(first, filters);
            rest.iter().for_each(|(_, operand)| filters_of_expr(operand, filters));
        }
    }
}

fn filters_of_number(number: &Number, filters: &mut Vec<FilterId>) {
    match number {
        Number::Literal(_) | Number::Aggregate(_) => {}
        Number::Pipeline(stages, _) => stages.iter().for_each(|stage| filters_of(stage, filters)),
        Number::Chain(first, rest) => {
            filters_of_number(first, filters);
            rest.iter().for_each(|(_, operand)| filters_of_number(operand, filters));
        }
    }
}
