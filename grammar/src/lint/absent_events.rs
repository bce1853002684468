//! `tempo-absent-events`: in Tempo a span without events has one without a name, at its start.

use super::{
    Findings,
    reads::{each_field, every_span_passed, needs, of_many, stage_asks},
    walk::{Part, is_attribute},
};
use crate::{
    query::{Field, FieldKey, ScalarExpr, Stage, StageKind},
    span::Span,
    vocab::{intrinsics::Intrinsic, scopes::Scope},
};

/// The scopes whose intrinsics Tempo makes up.
const SCOPES: [Scope; 2] = [Scope::Event, Scope::Link];

pub(super) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    match part {
        Part::Stages(stages) => {
            let mut known = Known::default();
            for stage in *stages {
                report_stage(stage, known, findings);
                known.pass(stage);
            }
        }
        Part::Selection(selection) => {
            let Some(measured) = selection.measured else { return };
            let known = Known::of(&selection.pipeline.stages);
            for found in measured.field.iter().chain(&measured.by) {
                report(&found.field, found.span, known, findings);
            }
        }
        _ => {}
    }
}

/// Of which scopes every span is known to have an event or a link.
#[derive(Clone, Copy, Default)]
struct Known([bool; SCOPES.len()]);

impl Known {
    fn of(stages: &[Stage]) -> Known {
        Known(SCOPES.map(|scope| {
            let has = |field: &Field| of_many(field) == Some(scope);
            every_span_passed(stages, &|expr| needs(expr, &has))
        }))
    }

    fn pass(&mut self, stage: &Stage) {
        for (known, scope) in self.0.iter_mut().zip(SCOPES) {
            let has = |field: &Field| of_many(field) == Some(scope);
            *known = *known || stage_asks(stage, &|expr| needs(expr, &has));
        }
    }

    fn has(self, scope: Scope) -> bool {
        self.0.into_iter().zip(SCOPES).any(|(known, of)| known && of == scope)
    }
}

fn report_stage(stage: &Stage, known: Known, findings: &mut Findings<'_>) {
    match &stage.kind {
        StageKind::Group(expr) => each_field(expr, &mut |field, span| report(field, span, known, findings)),
        StageKind::Select(fields) => {
            fields.iter().for_each(|found| report(&found.field, found.span, known, findings));
        }
        StageKind::Scalar(filter) => {
            report_scalar(&filter.left, known, findings);
            report_scalar(&filter.right, known, findings);
        }
        StageKind::Spansets(_) | StageKind::Coalesce => {}
    }
}

fn report_scalar(expr: &ScalarExpr, known: Known, findings: &mut Findings<'_>) {
    let (aggregate, known) = match expr {
        ScalarExpr::Aggregate(aggregate) => (aggregate, known),
        ScalarExpr::Pipeline(inner, aggregate) => (aggregate, Known::of(&inner.stages)),
        ScalarExpr::Chain(chain) => {
            report_scalar(&chain.first, known, findings);
            return chain.rest.iter().for_each(|link| report_scalar(&link.operand, known, findings));
        }
        ScalarExpr::Literal(_) | ScalarExpr::Invalid => return,
    };
    if let Some(argument) = &aggregate.argument {
        each_field(argument, &mut |field, span| report(field, span, known, findings));
    }
}

fn report(field: &Field, span: Span, known: Known, findings: &mut Findings<'_>) {
    let Some(scope) = of_many(field) else { return };
    if is_attribute(field) || known.has(scope) {
        return;
    }
    let instead = match field.key {
        FieldKey::Intrinsic(Intrinsic::EventTimeSinceStart) => "`0s`",
        FieldKey::Intrinsic(Intrinsic::LinkSpanId) => "sixteen zeros",
        _ => "an empty text",
    };
    let noun = if scope == Scope::Event { "events" } else { "links" };
    let found = findings
        .diagnostic(span, format!("in Tempo `{field}` of a span without {noun} is {instead}"))
        .label(format!("absent in traceql where there are no {noun}"))
        .help(format!("keep only spans that have it: `{{ {field} != nil }}`"));
    findings.once(found);
}
