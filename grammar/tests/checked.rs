//! What a checked query keeps.

use traceql_grammar::{
    CheckOptions, Checked, check, diagnostic::Cause, span::Span, token::Token, vocab::release::Release,
};

/// Requests that live long, on several threads, hold it.
#[test]
fn it_can_be_kept_and_passed_between_threads() {
    fn is_free<T: Clone + Send + Sync + 'static>(value: T) -> T {
        value
    }
    let checked: Checked = is_free(check(&String::from("{ .a = 1 }"), Release::V2_8));
    assert_eq!(checked.options(), &CheckOptions::of(Release::V2_8));
    let there = std::thread::spawn({
        let checked = checked.clone();
        move || {
            let shapes = checked.shapes();
            (checked.tokens().lexemes.len(), shapes.pipeline.map(|pipeline| pipeline.span))
        }
    });
    let (tokens, span) = there.join().expect("it does not panic");
    assert_eq!((tokens, span.map(Span::range)), (5, Some(0..checked.text().len())));
    assert_eq!(checked.tokens().lexemes[0].token, Token::OpenBrace);
}

#[test]
fn options_are_taken_in_every_form() {
    let options = CheckOptions::of(Release::V2_2);
    assert_eq!(check("{ } | rate()", &options), check("{ } | rate()", Release::V2_2));
    assert_eq!(check("{ }", CheckOptions::default()), check("{ }", Release::Main));
}

/// Nobody has to read the message to know which release is needed.
#[test]
fn what_needs_a_release_says_which() {
    for (text, target, expected, since) in [
        ("{ } | rate() | topk(5)", Release::V2_6, "`topk`", Release::V2_8),
        ("({ } | rate()) * 2", Release::V3_0, "arithmetic between metrics queries", Release::Main),
    ] {
        let checked = check(text, target);
        let [found] = checked.diagnostics.as_slice() else { panic!("{:?}", checked.diagnostics) };
        let Cause::NeedsRelease { what, since: found_since, target: found_target } = &found.cause else {
            panic!("{found:?}")
        };
        assert_eq!((what.as_str(), *found_since, *found_target), (expected, since, target));
        assert_eq!(found.message, format!("{what} needs {}; the target is {target}", since.at_least()));
    }
    assert_eq!(check("{ x }", Release::Main).diagnostics[0].cause, Cause::None);
}
