//! From shapes to a checked query: which construct may stand where, what the names mean, which types go together.
//!
//! Findings are reported in the order in which Tempo looks for them, because its verdict is that of the first one.

mod expr;
mod halves;
mod hints;
mod mend;
mod metrics;
mod pipeline;
mod release;
mod scalar;
mod shape;
mod words;

use std::sync::Arc;

use crate::{
    CheckOptions, Checked, MOST_DIAGNOSTICS, Verdict, ast,
    diagnostic::{Cause, Class, Code, Diagnostic, Edit},
    holes::Holes,
    lint,
    parse::{Parse, parse, parse_with},
    query::{Body, Field, Pipeline, Query},
    span::Span,
    vocab::release::Release,
};

use release::{Feature, is_made_by};
use shape::Shape;

/// Reads and judges a query as `options` say: `&CheckOptions { … }`, or a [`Release`] alone.
///
/// Total: any text gives a query and a verdict, in time linear in its length.
pub fn check(text: &str, options: impl Into<CheckOptions>) -> Checked {
    let mut checked = judge(text, options.into());
    if checked.verdict == Verdict::Ok {
        checked.diagnostics.extend(lint::tempo_differences(text, &checked.query));
        if let Some(holes) = &checked.holes {
            holes.take_back(text, &mut checked.diagnostics);
        }
        checked.diagnostics.sort_by_key(|found| found.primary.span);
    }
    checked
}

/// Does what [`check`] does, but for the rules that look for differences from Tempo.
pub(crate) fn judge(text: &str, options: CheckOptions) -> Checked {
    let target = options.release;
    let holes = Holes::find(text, &options.variables);
    let parsed = parse_with(text, holes.as_ref());
    let mut diagnostics = parsed.diagnostics;
    // What an old release took although newer ones do not is no error for that release.
    diagnostics.retain(|found| is_made_by(found.code, target));
    let unparsed = diagnostics.iter().any(|found| found.code.row().class == Class::Parse);
    let mut checker = Checker { text, target, holes: holes.as_ref(), diagnostics, unparsed };
    let query = match &parsed.pipeline {
        Some(pipeline) => checker.query(pipeline),
        None => Query { body: Body::Search(Pipeline { stages: Vec::new(), span: Span::at(0) }), hints: Vec::new() },
    };
    let mut understood = true;
    if let Some(holes) = &holes {
        let full = checker.is_full();
        understood = holes.take_back(text, &mut checker.diagnostics);
        // With so many findings, one that counts may not have been kept.
        checker.unparsed &= full || checker.diagnostics.iter().any(|found| found.code.row().class == Class::Parse);
    }
    let verdict = checker.verdict();
    let mut diagnostics = checker.diagnostics;
    diagnostics.sort_by_key(|found| found.primary.span);
    Checked { text: text.into(), options, holes: holes.map(Arc::new), understood, query, diagnostics, verdict }
}

/// Reads the name of one attribute or intrinsic, as it stands in a query: `span.x`, `.x`, `name`, `event:name`.
///
/// # Errors
///
/// What is wrong with the text, where it is anything else; offsets count from its beginning.
pub fn field(text: &str) -> Result<Field, Vec<Diagnostic>> {
    let Parse { pipeline, diagnostics } = parse(text);
    let mut checker = Checker { text, target: Release::Main, holes: None, diagnostics, unparsed: false };
    let alone = pipeline.as_ref().and_then(|pipeline| match pipeline.stages.as_slice() {
        [stage] if stage.hints.is_empty() => Some(&stage.expr),
        _ => None,
    });
    let field = alone.and_then(|expr| checker.field(expr)).filter(|_| checker.diagnostics.is_empty());
    field.ok_or_else(|| {
        if checker.diagnostics.is_empty() {
            let message = format!("`{}` is no attribute or intrinsic", text.trim());
            checker.report(Diagnostic::new(Code::WrongArguments, message, Span::new(0, text.len())));
        }
        checker.diagnostics
    })
}

/// Walks the shapes once and gathers findings.
struct Checker<'t> {
    text: &'t str,
    target: Release,
    holes: Option<&'t Holes>,
    diagnostics: Vec<Diagnostic>,
    /// Whether anything was found that makes the text no TraceQL.
    unparsed: bool,
}

impl<'t> Checker<'t> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.unparsed |= diagnostic.code.row().class == Class::Parse;
        if !self.is_full() {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Tells whether there are so many findings that no more are kept.
    fn is_full(&self) -> bool {
        self.diagnostics.len() >= MOST_DIAGNOSTICS
    }

    /// Tempo parses the whole text first; then the first thing that it finds wrong decides.
    fn verdict(&self) -> Verdict {
        if self.unparsed {
            return Verdict::ParseError;
        }
        match self.diagnostics.first().map(|found| found.code.row().class) {
            Some(Class::Validate) => Verdict::ValidateError,
            Some(Class::Unsupported) => Verdict::Unsupported,
            _ => Verdict::Ok,
        }
    }

    /// Tells whether a place, or a part of it, is a variable without a value.
    fn is_open(&self, span: Span) -> bool {
        self.holes.is_some_and(|holes| holes.is_open(span))
    }

    /// Tells whether a place begins with a variable.
    fn begins_with_hole(&self, span: Span) -> bool {
        self.holes.is_some_and(|holes| holes.begin_at(span.start))
    }

    fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Reports a construct that the target release does not take.
    fn needs(&mut self, feature: Feature, span: Span) {
        let row = feature.row();
        if row.legal_in(self.target) {
            return;
        }
        self.needs_release(row.what, row.from, span);
    }

    /// Reports a word or operator that came with a later release than the target.
    fn since(&mut self, what: &str, since: Release, span: Span) {
        if self.target < since {
            self.needs_release(what, since, span);
        }
    }

    fn needs_release(&mut self, what: &str, since: Release, span: Span) {
        let message = format!("{what} needs {}; the target is {}", since.at_least(), self.target);
        let cause = Cause::NeedsRelease { what: what.to_owned(), since, target: self.target };
        self.report(Diagnostic::new(Code::NeedsRelease, message, span).because(cause));
    }

    fn query(&mut self, pipeline: &ast::Pipeline<'t>) -> Query {
        let hints = self.hints(pipeline);
        let first = pipeline.stages.first().map(|stage| Shape::of(&stage.expr));
        let metrics = pipeline.stages.iter().position(|stage| Shape::of(&stage.expr) == Shape::Metrics);
        let body = match (first, metrics) {
            (Some(Shape::WrappedMetrics), _) => Body::Metrics(self.metrics_math(pipeline)),
            (_, Some(at)) => Body::Metrics(self.metrics_pipeline(pipeline, at)),
            _ => Body::Search(self.pipeline(pipeline)),
        };
        Query { body, hints }
    }

    /// Reports a condition outside of braces, with the fix that puts braces around it.
    fn missing_braces(&mut self, expr: &ast::Expr<'t>) {
        let span = expr.span;
        let found = Diagnostic::new(Code::MissingBraces, "a condition stands in braces", span)
            .help("write `{ … }` around it")
            .fix("add the braces", vec![Edit::insert(span.start, "{ "), Edit::insert(span.end, " }")]);
        self.report(found);
    }
}
