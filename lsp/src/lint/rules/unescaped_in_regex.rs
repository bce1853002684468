//! `unescaped-in-regex`: a variable in a regular expression whose values hold what means something else there.

use traceql_grammar::{
    diagnostic::{Edit, Severity},
    ops::Op,
    token::Token,
};

use super::{Findings, Judged};
use crate::{
    document::variable::VariableKind,
    lint::{
        interpolate::is_regex_character,
        variables::{Meaning, told},
    },
};

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for query in judged.queries {
        let is_raw = |format: Option<&str>| matches!(format, None | Some("pipe" | "raw"));
        let references = query.references.iter().filter(|reference| is_raw(reference.format) && !reference.is_part);
        let of_data = references.filter_map(|reference| match reference.meaning {
            Meaning::Defined(variable) if is_from_data(variable.kind) => Some((reference, variable)),
            _ => None,
        });
        let mut of_data = of_data.peekable();
        if of_data.peek().is_none() {
            continue;
        }
        let lexed = query.checked.tokens();
        for (reference, variable) in of_data {
            let at = lexed.lexemes.partition_point(|lexeme| lexeme.span.end <= reference.span.start);
            let before = at.checked_sub(1).and_then(|at| lexed.lexemes.get(at)).map(|lexeme| &lexeme.token);
            let is_regex = matches!(before, Some(Token::Op(Op::Match | Op::NotMatch)));
            let Some(literal) = lexed.lexemes.get(at).filter(|lexeme| matches!(lexeme.token, Token::String(_))) else {
                continue;
            };
            if !is_regex {
                continue;
            }
            // A point stands for itself too, so that little goes wrong.
            let breaks = |value: &&str| value.contains(|c| is_regex_character(c) && c != '.');
            let has_point = |value: &&str| value.contains('.');
            let Some((value, level)) = told(variable)
                .find(breaks)
                .map(|value| (value, Severity::Warning))
                .or_else(|| told(variable).find(has_point).map(|value| (value, Severity::Info)))
            else {
                continue;
            };
            let found = findings
                .of(
                    query.place(reference.span),
                    format!("the value `{value}` of `{}` is no plain text in a regular expression", reference.name),
                )
                .label("put in as it is, without escape sequences")
                .help(format!("write the whole as =~ `${{{}:regex}}`, in backquotes", reference.name))
                .severity(level);
            let is_whole = literal.span.start + 1 == reference.span.start && reference.span.end + 1 == literal.span.end;
            let written = format!("`${{{}:regex}}`", reference.name);
            // Grafana's own field for queries has trouble with backquotes, so it is offered only.
            let found = match is_whole {
                true => {
                    let edit = Edit::replace(query.place(literal.span), &written);
                    found.unsafe_fix(format!("write {written}"), vec![edit])
                }
                false => found,
            };
            findings.query(query, found);
        }
    }
}

/// Tells whether a variable's values come from data. What an author has written for a regular expression is meant as one, and
/// so is what people type into a field.
fn is_from_data(kind: VariableKind) -> bool {
    kind == VariableKind::Query
}
