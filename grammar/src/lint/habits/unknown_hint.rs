//! `unknown-hint`: a hint that Tempo does not know, or whose value has another type, does nothing.

use super::super::{Findings, walk::Part};
use crate::{
    diagnostic::{Diagnostic, Edit},
    query::Hint,
    value::Type,
    vocab::{
        hints::{HINTS, HintRow, find},
        nearest::nearest,
    },
};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Query(query) = part else { return };
    for hint in &query.hints {
        match find(&hint.name) {
            None => {
                let found = unknown(hint, findings);
                findings.add(found);
            }
            Some(row) if !row.types.contains(&hint.value.ty()) => {
                let found = mistyped(hint, row, findings);
                findings.add(found);
            }
            Some(_) => {}
        }
    }
}

fn unknown(hint: &Hint, findings: &Findings<'_>) -> Diagnostic {
    let found = findings.diagnostic(hint.name_span, format!("no hint is called `{}`", hint.name)).label("ignored");
    match nearest(&hint.name, HINTS.iter().map(|row| row.name)) {
        Some(name) => found
            .help(format!("write `{name}`"))
            .unsafe_fix(format!("write `{name}`"), vec![Edit::replace(hint.name_span, name)]),
        None => found.help("remove it; `most_recent`, `sample` and `exemplars` are the usual ones"),
    }
}

fn mistyped(hint: &Hint, row: &HintRow, findings: &Findings<'_>) -> Diagnostic {
    let types: Vec<&str> = row.types.iter().filter(|ty| **ty != Type::Float).map(|ty| named(*ty)).collect();
    findings
        .diagnostic(hint.span, format!("the hint `{}` has a value of the wrong type", hint.name))
        .label(format!("ignored, because it is {}", hint.value.ty().with_article()))
        .help(format!("`{}` takes {}, for example `{}={}`", row.name, types.join(" or "), row.name, row.example))
}

fn named(ty: Type) -> &'static str {
    match ty {
        Type::Int | Type::Float => "a number",
        _ => ty.with_article(),
    }
}
