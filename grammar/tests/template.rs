//! Declared template variables: every form and kind, alone, in strings, in names, between other letters.

use std::sync::LazyLock;

use proptest::{collection::vec, prelude::*, sample::select};
use traceql_grammar::{
    CheckOptions, Checked, Verdict, check,
    diagnostic::{Diagnostic, apply_fixes},
    format, format_with,
    span::Span,
    template::{Variable, VariableKind, occurrences},
    token::lex,
    vocab::release::Release,
};

use VariableKind::{Attribute, List, Part, Value};

const KINDS: [VariableKind; 4] = [Value, List, Attribute, Part];

fn options(variables: &[(&str, VariableKind, Option<&str>)]) -> CheckOptions {
    let variables = variables.iter().map(|(name, kind, value)| Variable {
        name: (*name).to_owned(),
        kind: *kind,
        value: value.map(str::to_owned),
    });
    CheckOptions { variables: variables.collect(), ..CheckOptions::default() }
}

/// Returns the findings but for those of lint rules: their names and the text at their places.
fn findings(checked: &Checked) -> Vec<(&'static str, String)> {
    let wrong = checked.diagnostics.iter().filter(|found| found.code.row().number < "TQ07");
    wrong.map(|found| (found.code.row().name, checked.text()[found.primary.span.range()].to_owned())).collect()
}

#[track_caller]
fn finds(text: &str, options: &CheckOptions, expected: &[(&str, &str)]) {
    let found = findings(&check(text, options));
    let found: Vec<_> = found.iter().map(|(name, text)| (*name, text.as_str())).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn references_are_found_in_every_form() {
    let text = "$a ${b} ${c:regex} ${d.e:csv} ${f[\"g h\"]} [[i]] [[j:pipe]] ü$k_1; $ ${ ${} [[ [[]] $1 ${x y} [[x";
    let found: Vec<_> = occurrences(text).map(|found| (&text[found.span.range()], found.name, found.format)).collect();
    let expected = [
        ("$a", "a", None),
        ("${b}", "b", None),
        ("${c:regex}", "c", Some("regex")),
        ("${d.e:csv}", "d", Some("csv")),
        ("${f[\"g h\"]}", "f", None),
        ("[[i]]", "i", None),
        ("[[j:pipe]]", "j", Some("pipe")),
        ("$k_1", "k_1", None),
        ("$1", "1", None),
    ];
    assert_eq!(found, expected);
}

/// With none declared, a variable is what it was.
#[test]
fn undeclared_variables_are_reported() {
    finds("{ name = $x }", &options(&[]), &[("template-variable", "$x")]);
    finds("{ name = $x }", &options(&[("y", Value, None)]), &[("template-variable", "$x")]);
    finds("{ name = $x && $y }", &options(&[("y", Part, None)]), &[("template-variable", "$x")]);
}

/// Every place where a value can stand, in every form.
#[test]
fn nothing_is_said_of_an_open_value() {
    let places = [
        "{ name = @ }",
        "{ duration > @ }",
        "{ @ < duration }",
        "{ duration > @ms && status = error }",
        "{ duration > -@ }",
        "{ @ }",
        "{ !@ }",
        "{ span.a + @ * 2 > 5 }",
        "{ kind = @ || 1 = @ }",
        "{ name = \"@\" }",
        "{ name = \"a @ b\" }",
        "{ name =~ \"@\" }",
        "{ name =~ \"[a-@]{@}(@\" }",
        "{ name =~ `@` }",
        "{ span.@ = 1 }",
        "{ .@ = 1 }",
        "{ span.a@b = 1 && resource.@.c != nil }",
        "{ @.c = 1 }",
        "{ span:@ = 1 }",
        "{ span.\"a @\" = 1 }",
        "{ } | count() > @",
        "{ } | @ < count()",
        "{ } | avg(@) > 1",
        "{ } | avg(@) > 1@s",
        "{ } | by(@)",
        "{ } | select(@, span.@)",
        "{ } | rate() by (@, span.@)",
        "{ } | quantile_over_time(@, .9)",
        "{ } | quantile_over_time(duration, @, 0.@)",
        "{ } | topk(@)",
        "{ } | rate() | topk(@)",
        "{ } | rate() > @",
        "({ } | rate()) * @",
        "{ } | compare({ @ }, @)",
        "{ } with (most_recent=@)",
        "{ } with (@=true)",
        "{ } // @\n| rate()",
        "{ /* @ */ }",
    ];
    // Rankings come behind metrics.
    for place in places.iter().filter(|place| **place != "{ } | topk(@)") {
        for form in ["$x", "${x}", "${x:regex}", "[[x]]", "[[x:regex]]"] {
            // The longest name counts.
            if form == "$x" && (place.contains("@ms") || place.contains("@b") || place.contains("@s")) {
                continue;
            }
            let text = place.replace('@', form);
            for kind in KINDS {
                let checked = check(&text, options(&[("x", kind, None)]));
                assert_eq!(findings(&checked), [], "{text} as {kind:?}");
                assert_eq!(checked.verdict, Verdict::Ok, "{text}");
                assert_eq!(checked.holes().count(), place.matches('@').count(), "{text}");
            }
        }
    }
}

/// What is wrong with every value is still found.
#[test]
fn what_no_value_cures_is_reported() {
    let open = options(&[("x", Value, None)]);
    finds("{ duration = \"$x\" }", &open, &[("type-mismatch", "duration = \"$x\"")]);
    finds("{ name = '$x' }", &open, &[("single-quotes", "'$x'")]);
    finds("{ nam = $x }", &open, &[("unknown-word", "nam")]);
    finds("{ parent.$x = 1 }", &open, &[("parent-unsupported", "parent.$x")]);
    finds("{ 5 && $x }", &open, &[("wrong-operator", "&&")]);
    finds("{ name = \"a\" $x }", &open, &[("unexpected-token", "$x")]);
    finds("{ $x = 1", &open, &[("unbalanced-bracket", "{")]);
    let old = CheckOptions { release: Release::V2_5, ..open };
    finds("{ event.$x = 1 }", &old, &[("needs-release", "event.$x")]);
}

#[test]
fn parts_stand_for_operands_operators_and_stages() {
    let open = options(&[("p", Part, None)]);
    for text in [
        "$p",
        "$p | rate()",
        "{ $p }",
        "{$p}",
        "{ $p && name = \"a\" }",
        "{ name = \"a\" && $p }",
        "{ name = \"a\" $p }",
        "{ $p name = \"a\" }",
        "{ span.a $p 5 }",
        "{ span.a $p span.b }",
        "{ } $p { }",
        "{ } | $p",
        "{ } | $p | count() > 1",
        "{ } $p",
        "{ } $p rate()",
        "{ } | $p(duration, .9) by (name)",
        "{ } | rate() $p",
        "{ } | rate() by ($p)",
        "($p) >> { }",
        "{ } | select($p)",
    ] {
        assert_eq!(findings(&check(text, &open)), [], "{text}");
    }
    finds("{ $p && nam = 1 }", &open, &[("unknown-word", "nam")]);
    finds("$p | rat()", &open, &[("unknown-word", "rat")]);
}

/// A value is judged as it will be sent, at the place of the variable.
#[test]
fn values_are_judged() {
    let with = |value| options(&[("x", Value, Some(value))]);
    finds("{ name = $x }", &with("\"a\""), &[]);
    finds("{ name = \"ü$x\" }", &with("a"), &[]);
    finds("{ name = ${x} }", &with("checkout"), &[("unknown-word", "${x}")]);
    finds("{ duration > $x }", &with("\"1s\""), &[("type-mismatch", "duration > $x")]);
    finds("{ duration > ${x}ms }", &with("1"), &[]);
    finds("{ duration > ${x}ms }", &with("1s"), &[("unexpected-token", "${x}ms")]);
    finds("{ name =~ \"é($x)\" }", &with("a("), &[("bad-regex", "\"é($x)\"")]);
    finds("{ name =~ \"$x\" }", &with("a|b"), &[]);
    finds("{ $x = 1 }", &with("span.http.route"), &[]);
    finds("{ span:$x = 1 }", &with("a_very_long_name_of_no_intrinsic"), &[("unknown-intrinsic", "span:$x")]);
    finds("{ name = \"a$x }", &with("\" && kind = server"), &[]);
    finds("{ $x }", &with("name = \"a\" && kind = server"), &[]);
    finds("{ é $x }", &with("&& kind = server"), &[("unknown-word", "é")]);
    finds("$x", &with(""), &[("empty-query", "")]);
    // The format of an occurrence can have a value of its own.
    let both = options(&[("x", List, Some("a.b|c")), ("x:regex", List, Some("(a\\\\.b|c"))]);
    finds("{ name =~ \"$x\" }", &both, &[]);
    finds("{ name =~ \"${x:regex}\" }", &both, &[("bad-regex", "\"${x:regex}\"")]);
    let checked = check("{ $x }", with("name = \"a\""));
    assert_eq!(
        checked.tokens().lexemes.iter().map(|lexeme| lexeme.span).collect::<Vec<_>>()[1..4],
        [Span::new(2, 4); 3]
    );
}

#[test]
fn fixes_never_touch_a_hole() {
    for (text, kind, value, fixed) in [
        // Puts quotes around the variable.
        ("{ name = $x }", Value, Some("5"), None),
        // Inserts right before it.
        ("$x = 1", Attribute, Some("span.a"), None),
        ("$x.a = 1", Value, Some("resource"), None),
        // Ends at it.
        ("{ span.a ==$x }", Value, None, None),
        ("{ span.a == $x }", Value, None, Some("{ span.a = $x }")),
        // Moves it.
        ("{ $x < duration }", Value, Some("1s"), None),
        // Another finding keeps its fix, and what it repeats is as it is written.
        ("{ name = \"$x\" and kind = \"server\" }", Value, None, Some("{ name = \"$x\" && kind = server }")),
        ("{ span.$x = 1 || 2 }", Attribute, None, Some("{ span.$x = 1 || span.$x = 2 }")),
    ] {
        let checked = check(text, options(&[("x", kind, value)]));
        assert!(!checked.diagnostics.is_empty(), "{text}");
        assert_eq!(apply_fixes(text, &checked.diagnostics), fixed.unwrap_or(text), "{:?}", checked.diagnostics);
    }
}

#[test]
fn holes_are_kept_by_the_formatter() {
    let open = options(&[("x", Value, None), ("p", Part, None), ("v", Value, Some("a b\nc"))]);
    for (text, formatted) in [
        ("{name=$x&&$p}|rate( )by(span.${x:raw})", "{ name = $x && $p } | rate() by (span.${x:raw})"),
        ("[[p]]|topk( $x )", "[[p]] | topk($x)"),
        ("{duration>${x}ms}", "{ duration > ${x}ms }"),
        ("{$x.a=\"$v  $v\"}", "{ $x.a = \"$v  $v\" }"),
        ("{ } | $p(duration)", "{ } | $p(duration)"),
    ] {
        assert_eq!(format_with(text, &open).as_deref(), Ok(formatted), "{text}");
        assert_eq!(format_with(formatted, &open).as_deref(), Ok(formatted), "{text}");
    }
    assert!(format("{ name = $x }").is_err());
}

/// A long value in many holes does not make a short text huge.
#[test]
fn values_lengthen_a_text_only_so_far() {
    let text = format!("{{ {} }}", vec!["name = \"$x\""; 20_000].join(" || "));
    let long = "a".repeat(100_000);
    let checked = check(&text, options(&[("x", Value, Some(&long))]));
    assert_eq!(checked.verdict, Verdict::Ok);
    for piece in ["$x", "${x", "[[x", "[[x]]", "${x}", "$x ", "$x(", "\"$x", "$x.a", "{$x"] {
        let text = piece.repeat(30_000 / piece.len());
        for kind in KINDS {
            check(&text, options(&[("x", kind, None)]));
            check(&text, options(&[("x", kind, Some("(a"))]));
        }
    }
}

/// The recorded queries.
static QUERIES: LazyLock<Vec<String>> = LazyLock::new(|| {
    include_str!("../../tests/conformance/check.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("the corpus is JSON lines"))
        .map(|line| line["query"].as_str().expect("a query").to_owned())
        .collect()
});

/// Asserts what holds for the findings in any text with holes.
fn reads(text: &str, options: &CheckOptions) {
    let checked = check(text, options);
    let holes: Vec<Span> = checked.holes().collect();
    let places = |found: &Diagnostic| -> Vec<Span> {
        let labels = std::iter::once(&found.primary).chain(&found.secondary).map(|label| label.span);
        labels.chain(found.fix.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span)).collect()
    };
    for found in &checked.diagnostics {
        assert!(places(found).iter().all(|place| text.get(place.range()).is_some()), "{text:?}: {found:?}");
        for edit in found.fix.iter().flat_map(|fix| &fix.edits) {
            let touches = |hole: &&Span| hole.start <= edit.span.end && edit.span.start <= hole.end;
            assert_eq!(holes.iter().find(touches), None, "{text:?}: {found:?}");
        }
    }
    let fixed = apply_fixes(text, &checked.diagnostics);
    let names = |text: &str| occurrences(text).map(|found| found.name.to_owned()).collect::<Vec<_>>();
    assert!(names(&fixed).len() >= holes.len(), "{text:?} became {fixed:?}");
    assert!(checked.tokens().lexemes.iter().all(|lexeme| text.get(lexeme.span.range()).is_some()), "{text:?}");
    if let Ok(formatted) = format_with(text, options) {
        assert_eq!(names(&formatted), names(text), "{text:?} became {formatted:?}");
        assert_eq!(format_with(&formatted, options).as_ref(), Ok(&formatted), "{text:?}");
    }
}

#[test]
fn variables_that_do_not_occur_change_nothing() {
    let some = options(&[("x", Value, Some("1")), ("y", Part, None)]);
    for text in QUERIES.iter().filter(|text| occurrences(text).next().is_none()) {
        let (plain, with) = (check(text, Release::Main), check(text, &some));
        assert_eq!(
            (plain.query, plain.diagnostics, plain.verdict),
            (with.query, with.diagnostics, with.verdict),
            "{text}"
        );
        assert_eq!(format(text), format_with(text, &some));
    }
}

proptest! {
    #[test]
    fn holes_anywhere_are_read(
        query in select(QUERIES.as_slice()),
        cuts in vec((any::<prop::sample::Index>(), select(["$x", "${x:regex}", "[[y]]", " $y ", "ü$x", "$z"].as_slice())), 1..5),
        kinds in (select(KINDS.as_slice()), select(KINDS.as_slice())),
        value in select([
            None, Some(""), Some("1"), Some("a|b"), Some("\""), Some("span.é"), Some("} | rate("), Some("{ .a = 1 } >>"),
            Some("resource"), Some("//"), Some("a\nb"), Some("(["), Some("not"), Some("1 s"), Some("\\"), Some("trace:id"),
        ].as_slice()),
    ) {
        let mut text = query;
        for (at, hole) in cuts {
            let mut at = at.index(text.len() + 1);
            while !text.is_char_boundary(at) { at -= 1; }
            text.insert_str(at, hole);
        }
        reads(&text, &options(&[("x", kinds.0, value), ("y", kinds.1, None)]));
    }

    #[test]
    fn tokens_replaced_by_holes_are_read(
        query in select(QUERIES.as_slice()), picks in vec(any::<prop::sample::Index>(), 1..4), kind in select(KINDS.as_slice()),
        known in any::<bool>(),
    ) {
        // Each hole holds just what stood in its place.
        let lexemes = lex(&query).lexemes;
        prop_assume!(!lexemes.is_empty());
        let mut picked: Vec<usize> = picks.iter().map(|pick| pick.index(lexemes.len())).collect();
        picked.sort_unstable();
        picked.dedup();
        let (mut text, mut at, mut variables) = (String::new(), 0, Vec::new());
        for i in picked {
            let place = lexemes[i].span.range();
            text.push_str(&query[at..place.start]);
            text.push_str(&format!("${{v{i}}}"));
            at = place.end;
            let value = known.then(|| query[place].to_owned());
            variables.push(Variable { name: format!("v{i}"), kind, value });
        }
        text.push_str(&query[at..]);
        let options = CheckOptions { variables, ..CheckOptions::default() };
        reads(&text, &options);
        let (written, filled) = (check(&query, Release::Main), check(&text, &options));
        if known && occurrences(&query).next().is_none() {
            prop_assert_eq!(written.verdict, filled.verdict, "{} {:?} {:?}", text, written.diagnostics, filled.diagnostics);
        }
    }
}
