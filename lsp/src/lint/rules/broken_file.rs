//! `broken-file`: a file that should hold queries and cannot be read.

use super::{Findings, Judged};

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for remark in &judged.document.broken {
        let found = findings
            .at(&remark.span, remark.message.clone())
            .help("mend the file: nothing behind this place is judged");
        findings.file(found);
    }
}
