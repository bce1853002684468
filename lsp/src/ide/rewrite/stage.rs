//! A stage on a line of its own.

use traceql_grammar::{ast::Pipeline, diagnostic::Edit, span::Span, token::Token};

use super::{
    Proposal, RewriteKind,
    subject::{Node, Subject, holds},
};

/// Blanks by which a stage is indented, as the formatter does it.
const INDENT: &str = "  ";

pub(super) fn propose(subject: &Subject<'_>) -> Vec<Proposal> {
    let proposal = subject.path.iter().rev().find_map(|step| match step.node {
        Node::Pipeline(pipeline) => proposal(subject, pipeline),
        Node::Expr(_) => None,
    });
    proposal.into_iter().collect()
}

fn proposal(subject: &Subject<'_>, pipeline: &Pipeline<'_>) -> Option<Proposal> {
    let stages = pipeline.stages.get(1..)?;
    let stage = stages.iter().rev().find(|stage| {
        let place = Span { start: pipe_before(subject, stage.expr.span.start).unwrap_or(u32::MAX), end: u32::MAX };
        holds(place, subject.selected)
    })?;
    let pipe = pipe_before(subject, stage.expr.span.start)? as usize;
    let before = subject.text.get(..pipe)?;
    let kept = before.trim_end_matches([' ', '\t']);
    if kept.is_empty() || kept.ends_with('\n') {
        return None;
    }
    let first_line = subject.text.get(..pipeline.span.range().start)?;
    let line = first_line.rfind('\n').map_or(0, |at| at + 1);
    let line = subject.text.get(line..)?;
    let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
    let edit = Edit::replace(Span::new(kept.len(), pipe), format!("\n{indent}{INDENT}"));
    Some(Proposal {
        title: "Put the stage on a line of its own".to_owned(),
        kind: RewriteKind::Extract,
        edits: vec![edit],
    })
}

/// Returns the place of the pipe before a stage.
fn pipe_before(subject: &Subject<'_>, stage: u32) -> Option<u32> {
    let before = subject.tokens.iter().rev().find(|found| found.token == Token::Pipe && found.span.end <= stage)?;
    Some(before.span.start)
}
