//! Which columns of a block a projection needs.

use std::sync::Arc;

use traceql_grammar::vocab::scopes::Scope;

use crate::{
    model::{batch::SERVICE_NAME, projection::Projection},
    source::parquet::{
        column::{Column, Levels},
        file::ParquetFault,
    },
};

use super::{
    attributes::{Wanted, has_values},
    columns::Columns,
    layout::{Dedicated, EventTime, Layout, Links},
    shape::Shape,
};

/// Reads the leaves that a projection needs for sure, at once.
pub(super) fn load(columns: &mut Columns<'_>, layout: &Layout, projection: &Projection) -> Result<(), ParquetFault> {
    let core = projection.core;
    let mut leaves = vec![(layout.trace_start, Levels::Both), (layout.trace_end, Levels::Both)];
    let wanted = [
        (wants_start(projection), layout.start),
        (core.id, layout.span_id),
        (core.parent_id, layout.parent_span_id),
        (core.duration, layout.duration),
        (core.kind, layout.kind),
        (core.status, layout.status),
        (core.name, layout.name),
        (projection.status_message, layout.status_message),
        (core.child_count && layout.child_count.is_some(), layout.child_count.unwrap_or_default()),
    ];
    let mut wanted: Vec<usize> = wanted.iter().filter(|(wanted, _)| *wanted).map(|(_, leaf)| *leaf).collect();
    let keys = self::wanted(projection, Scope::Span);
    let own = own_columns(columns, layout).filter(|own| keys.has(own.key.as_bytes()) && has_values(columns, own.leaf));
    wanted.extend(own.map(|own| own.leaf));
    if leaf_with_levels(columns, layout).is_none() {
        // One of them tells for all how they are nested.
        let smallest = columns.smallest(wanted.iter().copied());
        leaves.extend(smallest.or_else(|| columns.smallest(span_leaves(layout))).map(|leaf| (leaf, Levels::Both)));
    }
    leaves.extend(wanted.into_iter().map(|leaf| (leaf, Levels::Picked)));
    if core.tree {
        let of_tree = [layout.nested_left, layout.nested_right, layout.nested_parent];
        leaves.extend(of_tree.map(|leaf| (leaf, Levels::Definition)));
    }
    let of_rows = [
        (core.trace_id, layout.trace_id),
        (core.roots, layout.root_service),
        (core.roots, layout.root_name),
        (wants_service(projection), layout.service),
        (wants_scopes(projection), layout.scope_name),
        (wants_scopes(projection), layout.scope_version),
    ];
    leaves.extend(of_rows.iter().filter(|(wanted, _)| *wanted).map(|(_, leaf)| (*leaf, Levels::Both)));
    if core.services {
        leaves.extend(layout.services.iter().flatten().map(|leaf| (*leaf, Levels::Both)));
    }
    if wants_events(projection) {
        let (EventTime::SinceStart(time) | EventTime::Unix(time)) = layout.event_time;
        leaves.extend([(time, Levels::Both), (layout.event_name, Levels::Both)]);
    }
    if wants_links(projection)
        && let Links::Columns(trace, span) = layout.links
    {
        leaves.extend([(trace, Levels::Both), (span, Levels::Both)]);
    }
    columns.load(&leaves)
}

/// Returns the leaves that have one entry for each span.
fn span_leaves(layout: &Layout) -> impl Iterator<Item = usize> {
    [
        layout.start,
        layout.duration,
        layout.status,
        layout.kind,
        layout.name,
        layout.span_id,
        layout.parent_span_id,
        layout.status_message,
    ]
    .into_iter()
}

/// Returns the columns of attributes of spans that have one entry for each span, none of them an array.
fn own_columns<'l>(columns: &Columns<'_>, layout: &'l Layout) -> impl Iterator<Item = &'l Dedicated> {
    layout.dedicated.iter().filter(|own| own.scope == Scope::Span && columns.is_of_spans(own.leaf))
}

/// Returns a leaf with one entry for each span that is here with all its levels.
fn leaf_with_levels(columns: &Columns<'_>, layout: &Layout) -> Option<Arc<Column>> {
    columns.with_levels(span_leaves(layout).chain(own_columns(columns, layout).map(|own| own.leaf)))
}

/// Finds out how spans, resources and scopes hang together.
pub(super) fn shape(columns: &mut Columns<'_>, layout: &Layout) -> Result<Shape, ParquetFault> {
    let column = match leaf_with_levels(columns, layout) {
        Some(column) => column,
        None => columns.nested(layout.status)?,
    };
    Shape::of(column, columns.rows().len())
}

/// Tells whether starts are needed.
pub(super) fn wants_start(projection: &Projection) -> bool {
    // Events are stored with their distance from it.
    projection.core.start || projection.everything || wants_events(projection)
}

/// Tells whether it matters which spans have which resource.
pub(super) fn wants_resources(projection: &Projection) -> bool {
    projection.every_attribute || projection.everything || projection.keys(Scope::Resource).next().is_some()
}

/// Tells whether the services of resources are needed.
pub(super) fn wants_service(projection: &Projection) -> bool {
    projection.every_attribute
        || projection.everything
        || projection.keys(Scope::Resource).any(|key| key == SERVICE_NAME)
}

/// Tells whether instrumentation scopes are needed.
pub(super) fn wants_scopes(projection: &Projection) -> bool {
    projection.scopes
        || projection.every_attribute
        || projection.everything
        || projection.keys(Scope::Instrumentation).next().is_some()
}

/// Tells whether events are needed.
pub(super) fn wants_events(projection: &Projection) -> bool {
    projection.events || projection.everything || projection.keys(Scope::Event).next().is_some()
}

/// Tells whether links are needed.
pub(super) fn wants_links(projection: &Projection) -> bool {
    projection.links || projection.everything || projection.keys(Scope::Link).next().is_some()
}

/// Returns which attributes of a scope are wanted.
pub(super) fn wanted(projection: &Projection, scope: Scope) -> Wanted<'_> {
    let every = projection.every_attribute && !matches!(scope, Scope::Event | Scope::Link);
    match projection.everything || every {
        true => Wanted::Every,
        false => Wanted::Keys(projection.keys(scope).collect()),
    }
}
