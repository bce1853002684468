//! `match-all-regex`: every text matches `.*`.

use super::{
    super::{
        Findings,
        walk::{Part, is_service_name},
    },
    pattern::{Pattern, pattern},
};
use crate::{
    diagnostic::Edit,
    query::{Field, FieldKey},
    vocab::intrinsics::Intrinsic,
};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Binary(binary) = part else { return };
    let Some(pattern) = pattern(binary, findings).filter(Pattern::is_everything) else { return };
    let (field, span) = (pattern.field, pattern.literal.span);
    if pattern.is_negative {
        let found = findings
            .diagnostic(span, "no text passes `!~` with a pattern that every text matches")
            .label("every text matches")
            .help(format!("write `{field} = nil` to ask whether it is absent"));
        return findings.add(found);
    }
    let found = findings.diagnostic(span, "every text matches this regular expression").label("asks for nothing");
    findings.add(if is_always_text(field) {
        found.help("leave the comparison out; every span passes")
    } else {
        let test = format!("{field} != nil");
        let found = found.help(format!("write `{test}` to ask whether it is there"));
        match binary.whole {
            Some(whole) => found.unsafe_fix(format!("write `{test}`"), vec![Edit::replace(whole, test)]),
            None => found,
        }
    });
}

/// Tells whether every span has the field, as a text.
fn is_always_text(field: &Field) -> bool {
    use Intrinsic::{Name, StatusMessage};
    is_service_name(field) || !field.of_parent && matches!(field.key, FieldKey::Intrinsic(Name | StatusMessage))
}
