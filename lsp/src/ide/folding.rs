//! Folding: queries, stages, brackets and comments that span several lines of the file.

use std::ops::Range;

use super::{
    Analysis,
    highlight::pairs,
    terms::{Meaning, Term, stages},
    terms_of,
};
use crate::document::holder::HolderKind;

/// A part of a file that can be folded. It spans several lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// The kind of part.
    pub kind: FoldKind,
}

/// The kinds of parts that can be folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FoldKind {
    /// A query in a file of another kind.
    Query,
    /// A stage.
    Stage,
    /// Brackets with what is in them.
    Brackets,
    /// Comments.
    Comment,
}

/// Returns the parts of a file that can be folded, in order, the larger ones first.
pub fn folding(analysis: &Analysis) -> Vec<Fold> {
    let text = analysis.text();
    let has_break = |span: &Range<usize>| text.get(span.clone()).is_some_and(|part| part.contains('\n'));
    let mut folds = Vec::new();
    for (holder, _, found) in analysis.written().filter(|(_, _, found)| has_break(&found.span)) {
        if holder.kind != HolderKind::File {
            folds.push(Fold { span: found.span.clone(), kind: FoldKind::Query });
        }
        let terms = terms_of(holder, found);
        let stages = stages(&terms).into_iter().map(|span| (span, FoldKind::Stage));
        let brackets = pairs(&terms).into_iter().map(|[begin, end]| (begin.start..end.end, FoldKind::Brackets));
        let comments = comments(&found.text, &terms).into_iter().map(|span| (span, FoldKind::Comment));
        let parts = stages.chain(brackets).chain(comments);
        folds.extend(parts.map(|(span, kind)| Fold { span: found.map.to_file(span), kind }));
    }
    folds.retain(|fold| has_break(&fold.span));
    folds.sort_by_key(|fold| (fold.span.start, usize::MAX - fold.span.end));
    folds.dedup_by(|later, first| later.span == first.span);
    folds
}

/// Returns the comments of a query; those on lines that follow each other are one.
fn comments(text: &str, terms: &[Term<'_>]) -> Vec<Range<usize>> {
    let mut comments: Vec<Range<usize>> = Vec::new();
    let mut is_behind_comment = false;
    for term in terms {
        let is_comment = term.meaning == Meaning::Comment;
        if is_comment {
            let follows = |last: &&mut Range<usize>| {
                text.get(last.end..term.span.start).is_some_and(|between| between.matches('\n').count() < 2)
            };
            match comments.last_mut().filter(|_| is_behind_comment).filter(follows) {
                Some(last) => last.end = term.span.end,
                None => comments.push(term.span.clone()),
            }
        }
        is_behind_comment = is_comment;
    }
    comments
}
