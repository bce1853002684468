//! Any text: reading, judging, mending and formatting end without a panic, and every place lies inside the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traceql_grammar::{Verdict, check, diagnostic::{Severity, apply_fixes}, format, vocab::release::Release};

fuzz_target!(|text: &str| {
    for release in [Release::V2_2, Release::Main] {
        let checked = check(text, release);
        let errors = checked.diagnostics.iter().any(|found| found.severity == Severity::Error);
        assert_eq!(errors, checked.verdict != Verdict::Ok);
        for found in &checked.diagnostics {
            let edits = found.fix.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
            let labels = found.secondary.iter().map(|label| label.span);
            for span in edits.chain(labels).chain([found.primary.span]) {
                assert!(text.get(span.range()).is_some(), "{found:?}");
            }
        }
        check(&apply_fixes(text, &checked.diagnostics), release);
    }
    if let Ok(formatted) = format(text) {
        assert_eq!(format(&formatted).as_deref(), Ok(formatted.as_str()));
        assert_eq!(check(text, Release::Main).verdict, check(&formatted, Release::Main).verdict);
    }
});
