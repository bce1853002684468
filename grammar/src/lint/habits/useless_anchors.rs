//! `useless-anchors`: a pattern has to match the whole text, with or without `^` and `$`.

use super::{
    super::{Findings, walk::Part},
    pattern::pattern,
};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Binary(binary) = part else { return };
    let Some(pattern) = pattern(binary, findings) else { return };
    // The rules about such patterns remove the anchors, or have no use for them.
    let is_told = pattern.is_everything() || pattern.is_plain() && !pattern.is_of_id();
    let anchors = match pattern.anchors {
        _ if is_told => return,
        (true, true) => "`^` and `$` change",
        (true, false) => "`^` changes",
        (false, true) => "`$` changes",
        (false, false) => return,
    };
    let found = findings
        .diagnostic(pattern.literal.span, format!("{anchors} nothing at the ends of a pattern"))
        .label("matched against the whole text")
        .help("remove them; a part of a text is found with `.*` around it")
        .fix("remove the anchors", pattern.without_anchors());
    findings.add(found);
}
