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
    /// Groups and aggregates of all spansets, in the order in which each got them.
    pub(super) attributes: Vec<Attribute<'p>>,
}

/// The name and value of a group or aggregate.
pub(super) type Attribute<'p> = (&'p str, Operand<'p>);

/// One spanset. There may be millions, so that none has memory of its own.
#[derive(Debug)]
pub(super) struct Set {
    /// The trace's place in the batch.
    pub(super) trace: usize,
    /// Where its rows, rising, lie in [`Split::rows`].
    pub(super) rows: Range<usize>,
    /// Where its groups and aggregates lie in [`Split::attributes`].
    pub(super) attributes: Range<usize>,
}

impl<'p> Split<'p> {
    /// Adds a spanset, if it has rows.
    fn push(&mut self, trace: usize, rows: &[u32], attributes: impl IntoIterator<Item = Attribute<'p>>) {
        if rows.is_empty() {
            return;
        }
        let (first_row, first_attribute) = (self.rows.len(), self.attributes.len());
        self.rows.extend_from_slice(rows);
        self.attributes.extend(attributes);
        self.sets.push(Set {
            trace,
            rows: first_row..self.rows.len(),
            attributes: first_attribute..self.attributes.len(),
        });
    }

    pub(super) fn rows_of(&self, set: &Set) -> &[u32] {
        &self.rows[set.rows.clone()]
    }

    pub(super) fn attributes_of(&self, set: &Set) -> &[Attribute<'p>] {
        &self.attributes[set.attributes.clone()]
    }
}

/// Runs all stages of the plan.
pub(super) fn run<'p>(plan: &'p Plan, view: &View<'p>, batch: &Batch) -> Result<Sets<'p>, SearchError> {
    let mut runner = Runner { plan, view, batch, filters: plan.filters.iter().map(|_| None).collect() };
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
    /// The spans that match each filter, of those that come to the stage that holds it.
    filters: Vec<Option<Bitmap>>,
}

impl<'p> Runner<'_, 'p> {
    /// Answers all filters of a stage for all spans that come to it.
    fn prepare(&mut self, stage: &Stage, sets: &Sets<'_>) {
        let among = match sets {
            Sets::All => None,
            Sets::Flat(rows) => Some(Bitmap::from_rows(self.view.spans.len(), rows)),
            Sets::Split(split) => Some(Bitmap::from_rows(self.view.spans.len(), &split.rows)),
        };
        let mut filters = Vec::new();
        filters_of(stage, &mut filters);
        for id in filters {
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
                Sets::Split(split) => {
                    let mut kept = Split::default();
                    for set in &split.sets {
                        let rows = self.select(expr, Some(split.rows_of(set)))?;
                        kept.push(set.trace, &rows, split.attributes_of(set).iter().copied());
                    }
                    Sets::Split(kept)
                }
            }),
            Stage::Scalar(scalar) => self.scalar(scalar, sets),
            Stage::Group { expr, key, arithmetic } => {
                let split = self.split(sets);
                let mut groups = Split::default();
                for set in &split.sets {
                    group(self.view, expr, *arithmetic, split.rows_of(set), |value, rows| {
                        let attributes = split.attributes_of(set).iter().copied();
                        groups.push(set.trace, rows, attributes.chain([(key.as_str(), value)]));
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
                    split.push(trace, rows, []);
                }
            }
            Sets::Split(given) => split = given,
        }
        split
    }

    /// Selects spans, of one spanset of each trace or of whole traces.
    fn select(&self, expr: &'p Spansets, input: Option<&[u32]>) -> Result<Vec<u32>, SearchError> {
        match expr {
            Spansets::Filter(id) => {
                let matching = self.filters[id.0 as usize].as_ref().expect("filters are answered before their stage");
                Ok(match input {
                    None => matching.rows().collect(),
                    Some(rows) => rows.iter().copied().filter(|row| matching.contains(*row)).collect(),
                })
            }
            Spansets::Pipeline(stages) => {
                let input = match input {
                    None => Sets::All,
                    Some(rows) => Sets::Flat(rows.to_vec()),
                };
                let sets = stages.iter().try_fold(input, |sets, stage| self.stage(stage, sets))?;
                self.single(sets)
            }
            Spansets::Chain(first, rest) => {
                let mut left = self.select(first, input)?;
                for (op, operand) in rest {
                    let right = self.select(operand, input)?;
                    left = combine(self.batch, *op, &left, &right);
                }
                Ok(left)
            }
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
        let split = self.split(sets);
        let mut kept = Split::default();
        for set in &split.sets {
            let rows = split.rows_of(set);
            let mut side = Side::default();
            let left = self.number(&scalar.left, rows, &mut side)?;
            let right = self.number(&scalar.right, rows, &mut side)?;
            if compare(scalar.op, left, right) != Some(true) {
                continue;
            }
            let attributes = split.attributes_of(set).iter().copied().chain(side.attributes);
            match side.piped {
                None => kept.push(set.trace, rows, attributes),
                Some(piped) if side.reads_input => kept.push(set.trace, &union(rows, &piped), attributes),
                Some(piped) => kept.push(set.trace, &piped, attributes),
            }
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
