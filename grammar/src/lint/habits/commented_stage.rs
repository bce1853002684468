//! `commented-stage`: a comment that reads as a stage of the pipeline.

use super::super::{Findings, walk::Part};
use crate::{CheckOptions, Verdict, check::judge};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Query(_) = part else { return };
    for comment in findings.comments.clone() {
        if holds_stage(findings.text_of(comment)) {
            let found = findings
                .diagnostic(comment, "a stage stands in a comment and does not run")
                .label("reads as a stage")
                .help("remove it, or take it out of the comment");
            findings.add(found);
        }
    }
}

/// Tells whether a comment holds stages, and nothing else.
fn holds_stage(comment: &str) -> bool {
    let inside = match comment.strip_prefix("//") {
        Some(line) => line,
        None => comment.strip_prefix("/*").and_then(|rest| rest.strip_suffix("*/")).unwrap_or_default(),
    };
    let stage = inside.trim();
    stage.starts_with('|')
        && !stage.starts_with("||")
        && judge(&format!("{{ }} {stage}"), CheckOptions::default()).verdict == Verdict::Ok
}
