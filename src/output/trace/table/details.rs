//! What stands below a span: why it failed, its attributes, links and events.

use std::io;

use hashbrown::{HashMap, HashSet};
use traceql_grammar::vocab::intrinsics::Intrinsic;

use super::{Drawing, EVENT, GAP, MARGIN, Pieces, layout::Branches};
use crate::{
    model::{ids::SpanId, result::Datum},
    output::{
        style::Ink,
        text::short_duration,
        trace::{values::Value, view::Of},
        visible::shown,
    },
};

/// The lines below spans, and what was told already.
pub(super) struct Details<'d, 'v> {
    drawing: &'d Drawing<'v>,
    /// For each service how many resources it has, and for each resource how many scopes.
    resources_of_service: HashMap<usize, HashSet<u32>>,
    scopes_of_resource: HashMap<u32, HashSet<Option<u32>>>,
    /// The span below which each resource was told, and those for its scopes.
    told_resources: HashMap<u32, SpanId>,
    told_scopes: HashSet<(u32, Option<u32>)>,
}

impl<'d, 'v> Details<'d, 'v> {
    pub(super) fn new(drawing: &'d Drawing<'v>) -> Details<'d, 'v> {
        let mut details = Details {
            drawing,
            resources_of_service: HashMap::new(),
            scopes_of_resource: HashMap::new(),
            told_resources: HashMap::new(),
            told_scopes: HashSet::new(),
        };
        if drawing.below.attributes {
            for row in drawing.view.trace.rows.clone() {
                let resource = drawing.view.resource(row);
                let service = drawing.view.service_number(row);
                details.resources_of_service.entry(service).or_default().insert(resource);
                details.scopes_of_resource.entry(resource).or_default().insert(drawing.view.scope(row));
            }
        }
        details
    }

    /// Writes the lines below a span.
    pub(super) fn write(
        &mut self,
        out: &mut dyn io::Write,
        row: u32,
        branches: &Branches,
        has_children: bool,
    ) -> io::Result<()> {
        let view = self.drawing.view;
        let below = Below { drawing: self.drawing, guides: branches.below(self.drawing.layout.levels(), has_children) };
        if view.is_error(row) && !view.message(row).is_empty() {
            below.write(out, Ink::FAILED, &format!("error: {}", shown(view.message(row))))?;
        }
        if self.drawing.below.attributes {
            self.write_attributes(out, row, &below)?;
        }
        if self.drawing.below.events {
            for event in view.events(row) {
                below.write_event(out, row, event)?;
            }
        }
        Ok(())
    }

    fn write_attributes(&mut self, out: &mut dyn io::Write, row: u32, below: &Below<'_, '_>) -> io::Result<()> {
        let view = self.drawing.view;
        let spans = view.spans;
        below.write_intrinsic(out, Intrinsic::SpanId, &spans.id[row as usize].to_string())?;
        if !view.is_error(row) && !view.message(row).is_empty() {
            below.write_intrinsic(out, Intrinsic::StatusMessage, view.message(row))?;
        }
        below.write_all(out, Of::Span, row)?;
        self.write_origin(out, row, below)?;
        for link in view.links(row) {
            let (trace, span) = (spans.links.trace_id[link as usize], spans.links.span_id[link as usize]);
            below.write_intrinsic(out, Intrinsic::LinkTraceId, &trace.to_string())?;
            below.write_intrinsic(out, Intrinsic::LinkSpanId, &span.to_string())?;
            below.write_all(out, Of::Link, link)?;
        }
        match view.dropped(row) {
            Some(dropped) => below.write(out, Ink::ASIDE, &format!("({dropped})")),
            None => Ok(()),
        }
    }

    /// Writes the resource and the scope of a span: whole where they come first; later on only where a service has
    /// several resources, or a resource several scopes, so that the span's own is known.
    fn write_origin(&mut self, out: &mut dyn io::Write, row: u32, below: &Below<'_, '_>) -> io::Result<()> {
        let view = self.drawing.view;
        let (resource, scope) = (view.resource(row), view.scope(row));
        let several_scopes = self.scopes_of_resource.get(&resource).is_some_and(|scopes| scopes.len() > 1);
        let first = self.told_scopes.insert((resource, scope));
        if let Some(scope) = scope.filter(|_| first || several_scopes) {
            let scopes = &view.spans.scopes;
            let (name, version) = (scopes.name[scope as usize], scopes.version[scope as usize]);
            for (intrinsic, text) in
                [(Intrinsic::InstrumentationName, name), (Intrinsic::InstrumentationVersion, version)]
            {
                if !view.text(text).is_empty() {
                    below.write_intrinsic(out, intrinsic, view.text(text))?;
                }
            }
            if first {
                below.write_all(out, Of::Scope, scope)?;
            }
        }
        match self.told_resources.get(&resource) {
            None => {
                self.told_resources.insert(resource, view.spans.id[row as usize]);
                below.write_all(out, Of::Resource, resource)
            }
            Some(told) => {
                let resources = self.resources_of_service.get(&view.service_number(row));
                if resources.is_none_or(|resources| resources.len() < 2) {
                    return Ok(());
                }
                below.write(out, Ink::ASIDE, &format!("(resource as of span {told})"))
            }
        }
    }
}

/// Where the lines below a span stand.
struct Below<'d, 'v> {
    drawing: &'d Drawing<'v>,
    guides: String,
}

impl Below<'_, '_> {
    fn line(&self) -> Pieces {
        let mut line = self.drawing.line();
        line.pad_to(MARGIN);
        line.push(Ink::ASIDE, &self.guides);
        line
    }

    /// Writes text, cut to the width.
    fn write(&self, out: &mut dyn io::Write, ink: Ink, text: &str) -> io::Result<()> {
        let mut line = self.line();
        line.push_cut(ink, text, self.drawing.layout.width);
        line.write(out)
    }

    fn write_intrinsic(&self, out: &mut dyn io::Write, intrinsic: Intrinsic, text: &str) -> io::Result<()> {
        self.write_value(out, 0, &intrinsic.scoped(), &Value::Seen(Datum::String(text.to_owned())))
    }

    fn write_all(&self, out: &mut dyn io::Write, of: Of, row: u32) -> io::Result<()> {
        let indent = if of == Of::Event { GAP } else { 0 };
        for (key, value) in self.drawing.view.attributes(of, row) {
            self.write_value(out, indent, &of.named(key), &value)?;
        }
        Ok(())
    }

    fn write_value(&self, out: &mut dyn io::Write, indent: usize, name: &str, value: &Value) -> io::Result<()> {
        let width = self.drawing.layout.width;
        let mut line = self.line();
        line.pad_to(line.width() + indent);
        line.push_cut(Ink::ASIDE, &format!("{} = ", shown(name)), width);
        line.push_cut(Ink::PLAIN, &value.literal(width), width);
        line.write(out)
    }

    /// Writes an event: its name, when it came since the start of the span, a mark on the axis, and its attributes.
    fn write_event(&self, out: &mut dyn io::Write, row: u32, event: u32) -> io::Result<()> {
        let Drawing { view, layout, axis, .. } = self.drawing;
        let events = &view.spans.events;
        let (time, start) = (events.time[event as usize], view.spans.start[row as usize]);
        let mut line = self.line();
        line.push_cut(Ink::MARK, &EVENT.to_string(), layout.tree_end());
        line.push_cut(Ink::PLAIN, " ", layout.tree_end());
        line.push_cut(Ink::PLAIN, &shown(view.text(events.name[event as usize])), layout.tree_end());
        let sign = if time < start { '-' } else { '+' };
        let since = format!("{sign}{}", short_duration(time.abs_diff(start)));
        // An event long before or after its span may have more digits than any duration.
        line.pad_to(layout.tree_end() + GAP);
        self.drawing.push_right(&mut line, Ink::ASIDE, &since);
        line.pad_to(layout.bar_at());
        let at = axis.half(time) / 2;
        if line.width() <= layout.bar_at() + at {
            line.pad_to(layout.bar_at() + at);
            line.push(Ink::MARK, &EVENT.to_string());
        }
        line.write(out)?;
        self.write_all(out, Of::Event, event)
    }
}
