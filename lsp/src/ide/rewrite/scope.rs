//! `.x` as `span.x` or `resource.x`.

use traceql_grammar::{
    diagnostic::Edit,
    token::Token,
    vocab::scopes::{Scope, conventional},
};

use super::{Proposal, shown, subject::Subject};

pub(super) fn propose(subject: &Subject<'_>) -> Vec<Proposal> {
    let Some(found) = subject.token(|token| matches!(token, Token::Attribute(_))) else { return Vec::new() };
    let Token::Attribute(attribute) = &found.token else { return Vec::new() };
    let Some(name) = attribute.name.as_deref().filter(|_| attribute.scope == Scope::Any) else { return Vec::new() };
    let written = subject.text_of(found.span);
    // `parent.x` has the point of `parent.` only.
    let Some(at) = written.find('.').map(|at| if attribute.of_parent { at + 1 } else { at }) else { return Vec::new() };
    let first = conventional(name);
    let second = if first == Scope::Resource { Scope::Span } else { Scope::Resource };
    let proposal = |scope: Scope| {
        let scope = scope.word();
        let inserted = if attribute.of_parent { format!("{scope}.") } else { scope.to_owned() };
        let title = format!("Write `{}`", shown(&format!("{}{inserted}{}", &written[..at], &written[at..])));
        let at = u32::try_from(found.span.range().start + at).ok()?;
        Some(Proposal::inline(title, vec![Edit::insert(at, inserted)]))
    };
    [first, second].into_iter().filter_map(proposal).collect()
}
