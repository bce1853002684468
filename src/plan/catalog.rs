//! How attributes and their values will be counted: of which spans, and which columns that takes.

use traceql_grammar::query::{Body, Field, Pipeline, Query};

use crate::model::{
    catalog::TagScope,
    intrinsic_facts::{IntrinsicFacts, Owner, Values, facts, intrinsics},
    projection::Projection,
};

use super::{
    FieldId, Limits, LowerError, Plan, TimeRange,
    lower::{Lowering, finish},
    metrics::is_span_local,
    pick::Pruning,
    scan::{needs_parent, needs_trace},
};

/// How the spans are found that count.
#[derive(Debug)]
pub(crate) struct SelectionPlan {
    /// Finds them.
    pub(crate) plan: Plan,
    /// How much must be there to tell whether a span counts, and with what.
    pub(crate) reach: Reach,
    /// Leaves out spans no time of which lies in it.
    pub(crate) range: Option<TimeRange>,
    projection: Projection,
}

/// How much of a trace a decision about one of its spans takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The span.
    Span,
    /// The spans that match one of the filters of [`Plan::scan`].
    Matching,
    /// All spans.
    Trace,
}

/// How the names of attributes will be counted.
#[derive(Debug)]
pub struct TagsPlan {
    /// Of which spans.
    pub(crate) selection: SelectionPlan,
    /// In which scope; `None` for all.
    pub(crate) scope: Option<TagScope>,
}

/// How the values of an attribute will be counted.
#[derive(Debug)]
pub struct ValuesPlan {
    /// Of which spans.
    pub(crate) selection: SelectionPlan,
    /// Binds the attribute, its only field. Not the selection's plan: there an attribute without a scope may have its
    /// value from others that are read too, and so the selection would depend on what is counted.
    pub(crate) values: Plan,
}

/// Makes the plan for counting the attributes of the spans that a checked search selects.
pub fn lower_tags(query: &Query, scope: Option<TagScope>, range: Option<TimeRange>) -> Result<TagsPlan, LowerError> {
    let (mut selection, _) = select(query, range)?;
    selection.projection.extend(&columns(scope));
    Ok(TagsPlan { selection, scope })
}

/// Makes the plan for counting the values that the spans which a checked search selects have of a field.
pub fn lower_values(query: &Query, field: &Field, range: Option<TimeRange>) -> Result<ValuesPlan, LowerError> {
    let (mut selection, pipeline) = select(query, range)?;
    let mut lowering = Lowering::default();
    lowering.field(field)?;
    let values = finish(lowering, Vec::new(), Vec::new(), pipeline, Limits::default(), None);
    selection.projection.extend(values.projection());
    if needs_trace(field) {
        selection.reach = Reach::Trace;
    }
    if needs_parent(field) {
        // No parent may be missing, whether or not it is selected itself.
        selection.plan.pick = None;
    }
    Ok(ValuesPlan { selection, values })
}

impl TagsPlan {
    /// Returns the columns that a reader must build.
    pub fn projection(&self) -> &Projection {
        &self.selection.projection
    }

    /// Returns what a reader may leave out.
    pub fn pruning(&self) -> &Pruning {
        self.selection.plan.pruning()
    }
}

impl ValuesPlan {
    /// The number of what is counted.
    pub(crate) const FIELD: FieldId = FieldId(0);

    /// Returns the columns that a reader must build.
    pub fn projection(&self) -> &Projection {
        &self.selection.projection
    }

    /// Returns what a reader may leave out.
    pub fn pruning(&self) -> &Pruning {
        self.selection.plan.pruning()
    }

    /// Returns what is counted.
    pub fn field(&self) -> &Field {
        &self.values.fields[ValuesPlan::FIELD.0 as usize]
    }
}

/// Makes the plan of a search.
fn select(query: &Query, range: Option<TimeRange>) -> Result<(SelectionPlan, &Pipeline), LowerError> {
    let Body::Search(pipeline) = &query.body else { return Err(LowerError::NotASearch) };
    let mut lowering = Lowering::default();
    let stages = lowering.pipeline(pipeline)?;
    // The range is one of spans here; the plan's would be one of traces.
    let mut plan = finish(lowering, stages, Vec::new(), pipeline, Limits::default(), None);
    plan.pruning.range = range;
    let reach = match plan.scan {
        None => Reach::Trace,
        Some(_) if plan.stages.iter().all(is_span_local) => Reach::Span,
        Some(_) => Reach::Matching,
    };
    let mut projection = plan.projection().clone();
    projection.core.start |= range.is_some();
    projection.core.duration |= range.is_some();
    Ok((SelectionPlan { plan, reach, range, projection }, pipeline))
}

/// Finds the columns that all names of a scope live in.
fn columns(scope: Option<TagScope>) -> Projection {
    // Of intrinsics the values are counted, or how many spans have events or links.
    let is_read =
        |facts: &IntrinsicFacts| facts.values == Values::Few || matches!(facts.owner, Owner::Event | Owner::Link);
    let mut of_intrinsics = Projection::default();
    intrinsics(is_read).for_each(|intrinsic| of_intrinsics.add(facts(intrinsic).column));
    match scope {
        Some(TagScope::Span | TagScope::Resource | TagScope::Instrumentation) => {
            Projection { every_attribute: true, ..Projection::default() }
        }
        Some(TagScope::Intrinsic) => of_intrinsics,
        Some(TagScope::Event | TagScope::Link) | None => {
            Projection { core: of_intrinsics.core, ..Projection::everything() }
        }
    }
}
