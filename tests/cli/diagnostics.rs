//! Findings in each format, made by hand.

use traceql::output::diagnostic::{
    Judged, checkstyle, full, github, gitlab, human, json, junit, markdown, rdjson,
    report::{Excerpted, Finding, Place, Report, Source},
    sarif, short,
};
use traceql_grammar::{
    Verdict,
    diagnostic::{CODES, Code, Diagnostic, Edit},
    span::Span,
};

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("memory takes everything");
    String::from_utf8(out).expect("output is UTF-8")
}

fn drawn(judged: &[Judged], color: bool) -> String {
    let text = written(|out| human::write(out, judged, human::Style { color, width: 80 }));
    assert!(!text.lines().any(|line| line.ends_with(' ')), "blanks at the end of a line:\n{text}");
    // So that the expected text can begin on a line of its own.
    format!("\n{text}")
}

fn judged(text: &str, file: Option<&str>, diagnostics: Vec<Diagnostic>) -> Judged {
    Judged { text: text.to_owned(), file: file.map(str::to_owned), diagnostics, verdict: Verdict::ValidateError }
}

fn mismatch(text: &str, file: Option<&str>) -> Judged {
    let at = text.find("status").expect("the query has it");
    let finding = Diagnostic::new(Code::TypeMismatch, "`status` is compared with text", Span::new(at, at + 16))
        .label("a status is a word, not text")
        .also(Span::new(at, at + 6), "this is a status")
        .help("status words stand without quotes")
        .fix("compare with the status word", vec![Edit::replace(Span::new(at + 9, at + 16), "error")]);
    judged(text, file, vec![finding])
}

const QUERY: &str = "{ status = \"error\" }";

#[test]
fn people_see_place_reason_and_cure() {
    assert_eq!(
        drawn(&[mismatch(QUERY, None)], false),
        r#"
[TQ0301] error: `status` is compared with text
   ╭─[ <query>:1:3 ]
   │
 1 │ { status = "error" }
   │   ───┬────┬───────
   │      │    ╰───────── a status is a word, not text
   │      │
   │      ╰────────────── this is a status
   │
   │ help: status words stand without quotes
   │ fix:  compare with the status word
   │       { status = error }
───╯
"#
    );
}

#[test]
fn findings_have_a_blank_line_between_them() {
    let query = "{ .ü = 1 }\n  | by(name,\n     status)\n\t| count() > \u{1b}[31m\n";
    let findings = vec![
        Diagnostic::new(Code::WrongArguments, "`by` takes one expression", Span::new(13, 34)).label("two given"),
        Diagnostic::new(Code::TempoNegation, "a negated comparison", Span::new(2, 9)),
        Diagnostic::new(Code::UnexpectedToken, "the query ends too early", Span::at(query.len()))
            .label("more is wanted"),
    ];
    assert_eq!(
        drawn(&[judged(query, Some("-"), findings)], false),
        "
[TQ0210] error: `by` takes one expression
   ╭─[ <stdin>:2:2 ]
   │
 2 │ ╭─▶   | by(name,
 3 │ ├─▶      status)
   │ │
   │ ╰────────────────── two given
───╯

[TQ0701] warning: a negated comparison
   ╭─[ <stdin>:1:3 ]
   │
 1 │ { .ü = 1 }
   │   ───┬──
   │      ╰──── here
───╯

[TQ0201] error: the query ends too early
   ╭─[ <stdin>:5:1 ]
   │
 4 │  | count() > ␛[31m
   │                    │
   │                    ╰─ more is wanted
───╯
"
    );
}

#[test]
fn several_fixes_are_shown_together() {
    let mut query = mismatch("{ status = \"error\"\n  && kind = \"server\" }\n", None);
    let kind = Diagnostic::new(Code::TypeMismatch, "`kind` is compared with text", Span::new(24, 39))
        .fix("compare with the kind", vec![Edit::replace(Span::new(31, 39), "server")]);
    query.diagnostics.push(kind);
    let text = drawn(&[query.clone(), mismatch(QUERY, None)], false);
    assert!(text.contains("\n\nall fixes applied:\n  { status = error\n    && kind = server }\n\n["), "{text}");
    assert_eq!(text.matches("all fixes applied").count(), 1, "one fix is shown where it is");
}

#[test]
fn long_lines_are_cut_and_the_place_stays_true() {
    let query = format!("{{ {}status = \"error\"{} }}", ".b = 2 && ".repeat(300), " && .c = 3".repeat(200));
    assert_eq!(
        drawn(&[mismatch(&query, Some("queries/long.traceql"))], false),
        r#"
[TQ0301] error: `status` is compared with text
   ╭─[ queries/long.traceql:1:3003 ]
   │
 1 │ …&& .b = 2 && .b = 2 && status = "error" && .c = 3 && .c = 3 && .c = …
   │                         ───┬────┬───────
   │                            │    ╰───────── a status is a word, not text
   │                            │
   │                            ╰────────────── this is a status
   │
   │ help: status words stand without quotes
   │ fix:  compare with the status word
───╯
"#
    );
}

#[test]
fn an_empty_query_has_a_place_too() {
    let finding = Diagnostic::new(Code::EmptyQuery, "the query is empty", Span::at(0)).help("`{ }` finds every span");
    assert_eq!(
        drawn(&[judged("", None, vec![finding])], false),
        "
[TQ0204] error: the query is empty
   ╭─[ <query>:1:1 ]
   │
 1 │
   │ │
   │ ╰─ here
   │
   │ help: `{ }` finds every span
───╯
"
    );
}

#[test]
fn long_advice_is_broken_between_words() {
    let help = "a stage is a filter in braces, a comparison of aggregates, a group, or a metrics function";
    let finding = Diagnostic::new(Code::UnknownWord, "there is no stage `x`", Span::new(0, 1)).help(help);
    let text = drawn(&[judged("x", None, vec![finding])], false);
    let broken = "
   │ help: a stage is a filter in braces, a comparison of aggregates, a group,
   │       or a metrics function
";
    assert!(text.contains(broken), "{text}");
}

#[test]
fn more_findings_than_anybody_reads_are_counted() {
    let finding = |at| Diagnostic::new(Code::UnexpectedToken, "wrong", Span::new(at, at + 1));
    let text = drawn(&[judged(&"(".repeat(100), None, (0..100).map(finding).collect())], false);
    assert_eq!(text.matches("[TQ0201]").count(), 20);
    assert!(text.ends_with("\n\n… and 80 more findings in <query>\n"), "{text}");
}

#[test]
fn every_place_of_an_odd_text_can_be_marked() {
    let text = "a\r\nü\u{2028}\t\n\n日本\u{85}\u{b}\u{c}x\0\n";
    for start in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
        for end in (start..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let finding = Diagnostic::new(Code::UnexpectedToken, "wrong", Span::new(start, end));
            let finding = finding.label("here").also(Span::at(end), "there");
            let shown = drawn(&[judged(text, None, vec![finding])], false);
            assert!(shown.contains("here") && shown.contains("there"), "{start}..{end}:{shown}");
        }
    }
}

#[test]
fn colours_only_add_escapes() {
    let colored = drawn(&[mismatch(QUERY, None)], true);
    assert!(colored.contains("\x1b[31m[TQ0301] error:"), "{colored:?}");
    let (mut plain, mut rest) = (String::new(), colored.as_str());
    while let Some((before, escape)) = rest.split_once('\x1b') {
        plain.push_str(before);
        rest = escape.split_once('m').expect("only colours are written").1;
    }
    assert_eq!(plain + rest, drawn(&[mismatch(QUERY, None)], false));
}

#[test]
fn json_tells_fixes_that_need_a_look() {
    let finding = Diagnostic::new(Code::WrongStage, "`count()` must be compared", Span::new(6, 13))
        .unsafe_fix("compare it with 0", vec![Edit::insert(13, " > 0")]);
    let text = written(|out| json::write(out, &[judged("{ } | count()", None, vec![finding])]));
    assert!(text.contains(r#""fixes":[{"title":"compare it with 0","applicability":"unsafe","edits":[{"#), "{text}");
}

#[test]
fn json_has_every_field_in_its_order() {
    let second = Judged { verdict: Verdict::Ok, ..judged("{\n}", Some("a b.traceql"), Vec::new()) };
    assert_eq!(
        written(|out| json::write(out, &[mismatch("{ .ü = 1\n&& status = \"error\" }", None), second])),
        concat!(
            r#"{"queries":[{"query":"{ .ü = 1\n&& status = \"error\" }","file":null,"verdict":"validate_error","#,
            r#""diagnostics":[{"code":"TQ0301","name":"type-mismatch","severity":"error","#,
            r#""message":"`status` is compared with text","help":"status words stand without quotes","#,
            r#""start":{"offset":13,"line":2,"column":4},"end":{"offset":29,"line":2,"column":20},"#,
            r#""fixes":[{"title":"compare with the status word","applicability":"safe","edits":[{"start":22,"end":29,"text":"error"}]}]}]},"#,
            r#"{"query":"{\n}","file":"a b.traceql","verdict":"ok","diagnostics":[]}]}"#,
            "\n"
        )
    );
}

#[test]
fn short_has_one_line_for_each() {
    let finding = Diagnostic::new(Code::TempoNegation, "two\nlines", Span::new(3, 4));
    let both =
        [mismatch("{ .ü = 1\n&& status = \"error\" }", Some("a.traceql")), judged("{\n\n}", None, vec![finding])];
    assert_eq!(
        written(|out| short::write(out, &Report::of(&both))),
        "a.traceql:2:4: error[TQ0301] `status` is compared with text\n<query>:3:1: warning[TQ0701] two␊lines\n"
    );
}

#[test]
fn github_gets_its_escapes() {
    let finding = Diagnostic::new(Code::TempoNegation, "100 %,\nand: more", Span::new(0, 3));
    let both = [mismatch(QUERY, Some("a,b:c/q.traceql")), judged("{\n}", Some("q.traceql"), vec![finding])];
    assert_eq!(
        written(|out| github::write(out, &Report::of(&both))),
        concat!(
            "::error file=a%2Cb%3Ac/q.traceql,line=1,endLine=1,col=3,endColumn=19,title=TQ0301 type-mismatch",
            "::a,b:c/q.traceql:1:3: `status` is compared with text%0Astatus words stand without quotes\n",
            "::warning file=q.traceql,line=1,endLine=2,title=TQ0701 tempo-negation",
            "::q.traceql:1:1: 100 %25,␊and: more\n",
        )
    );
    assert!(
        written(|out| github::write(out, &Report::of(&[mismatch(QUERY, None)]))).starts_with("::error title=TQ0301")
    );
}

#[test]
fn sarif_describes_its_rules_and_points_at_them() {
    let both = [mismatch(QUERY, Some("my queries/ü.traceql")), mismatch("{ .ü = 1\n&& status = \"error\" }", None)];
    let text = written(|out| sarif::write(out, &Report::of(&both)));
    let log: serde_json::Value = serde_json::from_str(&text).expect("valid JSON");
    let run = &log["runs"][0];
    assert_eq!((&log["version"], &run["columnKind"]), (&"2.1.0".into(), &"unicodeCodePoints".into()));
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), CODES.len());
    for result in run["results"].as_array().expect("results") {
        let rule = &rules[result["ruleIndex"].as_u64().expect("an index") as usize];
        assert_eq!((&rule["id"], &rule["name"]), (&result["ruleId"], &"type-mismatch".into()));
        assert_eq!(result["level"], "error");
        assert_eq!(result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"], "error");
    }
    assert_eq!(run["artifacts"][0]["location"]["uri"], "my%20queries/%C3%BC.traceql");
    assert_eq!(run["artifacts"][1]["contents"]["text"], both[1].text);
    assert_eq!(run["artifacts"][1]["location"]["uri"], "query-2");
    let place = &run["results"][1]["locations"][0]["physicalLocation"];
    assert_eq!(
        (&place["artifactLocation"]["index"], &place["artifactLocation"]["uri"]),
        (&1.into(), &"query-2".into())
    );
    let region = &place["region"];
    let numbers = ["startLine", "startColumn", "endLine", "endColumn", "byteOffset", "byteLength"];
    assert_eq!(numbers.map(|key| region[key].as_u64()), [2, 4, 2, 20, 13, 16].map(Some));
}

/// Two findings in a file whose name needs escapes, and one in a text without a file.
fn odd() -> Report {
    let mut first = mismatch("{ .ü = 1\n&& status = \"error\" }", Some("my queries/<ü>.traceql"));
    let second = Diagnostic::new(Code::TempoNegation, "100 % `a|b` & \u{1b}<c>", Span::new(0, 3));
    first.diagnostics.push(second.unsafe_fix("twice", vec![Edit::insert(0, "a"), Edit::remove(Span::new(2, 4))]));
    Report::of(&[first, mismatch(QUERY, None)])
}

#[test]
fn gitlab_gets_unique_fingerprints() {
    let text = written(|out| gitlab::write(out, &odd()));
    let issues: Vec<serde_json::Value> = serde_json::from_str(&text).expect("valid JSON");
    let fingerprints: std::collections::BTreeSet<&str> =
        issues.iter().filter_map(|issue| issue["fingerprint"].as_str()).collect();
    assert_eq!(fingerprints.len(), 3, "{text}");
    assert_eq!((&issues[0]["severity"], &issues[1]["severity"]), (&"major".into(), &"minor".into()));
    assert_eq!(issues[0]["location"]["lines"], serde_json::json!({ "begin": 2, "end": 2 }));
    assert_eq!(issues[0]["check_name"], "type-mismatch");
}

#[test]
fn reviewdog_counts_columns_in_bytes() {
    let text = written(|out| rdjson::write(out, &odd()));
    let root: serde_json::Value = serde_json::from_str(&text).expect("valid JSON");
    let [first, second] = [0, 1].map(|at| &root["diagnostics"][at]);
    assert_eq!(first["location"]["range"]["start"], serde_json::json!({ "line": 2, "column": 4 }));
    assert_eq!(second["location"]["range"]["end"], serde_json::json!({ "line": 1, "column": 4 }));
    assert_eq!(first["suggestions"][0]["text"], "error");
    assert_eq!(second.get("suggestions"), None, "two edits only make sense together");
    let wide = judged("{ .ü = 1 }", None, vec![Diagnostic::new(Code::NeverNil, "x", Span::new(6, 7))]);
    let text = written(|out| rdjson::write(out, &Report::of(&[wide])));
    assert!(text.contains("\"column\": 7"), "{text}");
}

#[test]
fn checkstyle_is_xml() {
    assert_eq!(
        written(|out| checkstyle::write(out, &odd())),
        r#"<?xml version="1.0" encoding="UTF-8"?>
<checkstyle version="4.3">
  <file name="my queries/&lt;ü&gt;.traceql">
    <error line="2" column="4" severity="error" message="`status` is compared with text" source="traceql.type-mismatch"/>
    <error line="1" column="1" severity="warning" message="100 % `a|b` &amp; ␛&lt;c&gt;" source="traceql.tempo-negation"/>
  </file>
  <file name="&lt;query&gt;">
    <error line="1" column="3" severity="error" message="`status` is compared with text" source="traceql.type-mismatch"/>
  </file>
</checkstyle>
"#
    );
}

#[test]
fn junit_has_a_test_for_each_finding_or_one_that_passed() {
    let text = written(|out| junit::write(out, &odd()));
    assert!(text.contains("<testsuites name=\"traceql\" tests=\"3\" failures=\"3\" errors=\"0\">"), "{text}");
    assert!(
        text.contains(
            "<testcase name=\"TQ0301 type-mismatch 2:4\" classname=\"my queries/&lt;ü&gt;.traceql\">\n      \
             <failure type=\"error\" message=\"`status` is compared with text\">my queries/&lt;ü&gt;.traceql:2:4: \
             `status` is compared with text\nstatus words stand without quotes</failure>"
        ),
        "{text}"
    );
    let text = written(|out| junit::write(out, &Report::default()));
    assert!(text.contains("tests=\"1\" failures=\"0\"") && text.contains("<testcase name=\"no findings\""), "{text}");
}

#[test]
fn markdown_keeps_a_finding_in_its_row() {
    assert_eq!(
        written(|out| markdown::write(out, &odd())),
        "### TraceQL

2 errors, 1 warning, 0 remarks in 2 queries of 2 files.

| Level | Place | Rule | Finding |
|---|---|---|---|
| error | my queries/&lt;ü>.traceql:2:4 | TQ0301 type-mismatch | `status` is compared with text |
| error | &lt;query>:1:3 | TQ0301 type-mismatch | `status` is compared with text |
| warning | my queries/&lt;ü>.traceql:1:1 | TQ0701 tempo-negation | 100 % `a\\|b` &amp; ␛&lt;c> |
"
    );
}

#[test]
fn sarif_is_valid_by_its_schema() {
    let schema = std::fs::read_to_string("tests/cli/sarif/sarif-schema-2.1.0.json").expect("the schema is there");
    let schema = serde_json::from_str(&schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    for report in [odd(), Report::default()] {
        let log = serde_json::from_str(&written(|out| sarif::write(out, &report))).expect("valid JSON");
        let errors: Vec<String> =
            validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    let wrong = serde_json::json!({ "version": "2.1.0", "runs": [{ "tool": {} }] });
    assert!(!validator.is_valid(&wrong), "the schema finds mistakes");
}

#[test]
fn parts_of_files_keep_their_line_numbers() {
    let place = traceql_lsp::document::lines::Lines::new("");
    let finding = Diagnostic::new(Code::TypeMismatch, "wrong", Span::new(4, 10)).label("not this").help("another");
    let finding = Finding {
        diagnostic: finding,
        excerpt: "one\ntwo\nthree".into(),
        kind: Excerpted::Part(998),
        place: Place::of(&place, 0..0),
        case: None,
        holder: None,
        fix: None,
    };
    let source = Source { file: None, name: "a.json".to_owned(), text: None, findings: vec![finding] };
    let report = Report { sources: vec![source], ..Report::default() };
    let drawn = |color| written(|out| full::write(out, &report, human::Style { color, width: 80 }));
    assert_eq!(
        drawn(false),
        "[TQ0301] error: wrong
      ╭─[ a.json:1:1 ]
      │
  999 │ ╭─▶ two
 1000 │ ├─▶ three
      │ │
      │ ╰────────── not this
      │
      │ help: another
──────╯
"
    );
    assert!(drawn(true).contains("999 │") && drawn(true).contains("[TQ0301]"), "{}", drawn(true));
}
