//! `multi-value-equals`: a variable that can have several values behind `=` or `!=`, which compare with the text `a|b`.

use traceql_grammar::{
    diagnostic::{Applicability, Edit, Fix},
    ops::Op,
    span::Span,
    token::Token,
};

use super::{Findings, Judged};
use crate::lint::{
    interpolate::is_regex_character,
    variables::{Meaning, Reference, told},
};

pub(super) fn check(judged: &Judged<'_>, findings: &mut Findings<'_>) {
    for query in judged.queries {
        let has_several = |reference: &&Reference<'_>| match reference.meaning {
            Meaning::Defined(variable) => !reference.is_single && (variable.is_multi || variable.includes_all),
            _ => false,
        };
        if !query.references.iter().any(|reference| has_several(&reference)) {
            continue;
        }
        let lexed = query.checked.tokens();
        for reference in query.references.iter().filter(has_several) {
            let Meaning::Defined(variable) = reference.meaning else { continue };
            let at = lexed.lexemes.partition_point(|lexeme| lexeme.span.end <= reference.span.start);
            let (Some(before), Some(literal)) =
                (at.checked_sub(1).and_then(|at| lexed.lexemes.get(at)), lexed.lexemes.get(at))
            else {
                continue;
            };
            let (op, right) = match before.token {
                Token::Op(Op::Eq) => ("=", "=~"),
                Token::Op(Op::Ne) => ("!=", "!~"),
                _ => continue,
            };
            let is_text = matches!(literal.token, Token::String(_));
            // Without quotes the text of `All` may be anything that Tempo takes.
            if !is_text && !variable.is_multi && variable.all_value.is_some() {
                continue;
            }
            // Tempo refuses several values without quotes: told where the values are known.
            let place = query.place(literal.span);
            let is_told = |span: Span| span.start < place.end && place.start < span.end;
            if query.diagnostics.iter().any(|(found, case)| case.is_some() && is_told(found.primary.span)) {
                continue;
            }
            let several = if variable.is_multi { "several values" } else { "`All`" };
            let label = match &variable.all_value {
                Some(text) if !variable.is_multi => format!("`All` stands for `{text}`, which no value is"),
                _ => "several values stand there as `a|b`, which no value is".to_owned(),
            };
            let mut found = findings
                .of(place, format!("`{op}` compares with {several} of `{}` as one text", reference.name))
                .label(label)
                .help("let the variable have one value, or put it between quotes behind `=~` or `!~`");
            let is_whole = literal.span.start + 1 == reference.span.start && reference.span.end + 1 == literal.span.end;
            if is_text && is_whole && !reference.is_part {
                let is_special = told(variable).any(|value| value.contains(|c| is_regex_character(c) || c == '"'));
                // With all values chosen `!=` excludes nothing, and `!~` excludes all.
                let is_known = told(variable).next().is_some() && !is_special && op == "=";
                let is_joined = matches!(reference.format, None | Some("pipe"));
                let written = match is_special {
                    // In backquotes, because a backslash before a point is none that quoted texts have.
                    true => format!("`${{{}:regex}}`", reference.name),
                    false if is_joined => query.text_of(literal.span).to_owned(),
                    false => format!("\"${{{}}}\"", reference.name),
                };
                let mut edits = vec![Edit::replace(query.place(before.span), right)];
                if written != query.text_of(literal.span) {
                    edits.push(Edit::replace(place, &written));
                }
                found = found.help(format!("compare with a regular expression: {right} {written}"));
                found.fix = Some(Fix {
                    title: format!("write {right} {written}"),
                    edits,
                    applicability: if is_known { Applicability::Safe } else { Applicability::Unsafe },
                });
            }
            findings.query(query, found);
        }
    }
}
