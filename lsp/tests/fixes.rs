//! What fixes do to files: whatever the file is written like, only the bytes of queries change, and each query arrives as it is
//! meant.

use proptest::prelude::*;

use traceql_lsp::{
    document::{self, Known},
    lint::{Options, fix::fixed},
};

/// Queries with something to fix, and some without.
const QUERIES: [&str; 12] = [
    "{ status = \"error\" }",
    "{ kind = 'server' && status = \"ok\" }",
    "{ name = 'a \"b\" c' }",
    "{ .a = 1 and .b = 2 }",
    "status = error",
    "{ status == error }",
    "{ name =~ \"checkout\" } | rate()",
    "{ span.x = \"caffè 🚀\" && status = \"error\" }",
    "{ true } | select(name)",
    "{ name = \"\\\\ \\\"x\\\" \\t\" && kind = 'client' }",
    "{ span:id = \"0ABC1234567890DE\"\n  || status = \"error\" } // '🚀' \"x\": y",
    "{ name = `a'b` }",
];

fn query() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&QUERIES[..])
}

/// Writes a text between double quotes, each character in one of its forms.
fn quoted(text: &str, forms: &[u8], is_yaml: bool) -> String {
    let mut written = String::from("\"");
    for (c, form) in text.chars().zip(forms.iter().cycle()) {
        match (c, form % 8) {
            // Readers of YAML do not agree about pairs of them.
            (c, 0) if !is_yaml || c.len_utf16() == 1 => {
                let mut units = [0; 2];
                c.encode_utf16(&mut units).iter().for_each(|unit| written.push_str(&format!("\\u{unit:04x}")));
            }
            ('"' | '\\', _) => written.extend(['\\', c]),
            ('\n', _) => written.push_str("\\n"),
            ('/', 1..4) if !is_yaml => written.push_str("\\/"),
            (c, _) => written.push(c),
        }
    }
    written.push('"');
    written
}

/// A dashboard in JSON with these queries. `blank` stands where white space may.
fn json_file(queries: &[&str], forms: &[u8], blank: &str) -> String {
    let panel = |(at, query): (usize, &&str)| {
        format!(
            "{{{blank}\"id\":{at},{blank}\"type\" : \"table\",\"title\":\"it's \\\"x\\\" \\u00e9\",{blank}\"targets\":[{{\
             \"datasource\":{{\"type\":\"tempo\"}},{blank}\"query\"{blank}: {},\"queryType\":\"traceql\"}}{blank}]}}",
            quoted(query, forms, false)
        )
    };
    let panels: Vec<String> = queries.iter().enumerate().map(panel).collect();
    format!("{{{blank}\"panels\":[{}]{blank}}}{blank}", panels.join(&format!(",{blank}")))
}

/// A scalar in YAML with this text, in a style that can hold it.
fn yaml_scalar(text: &str, style: u8, forms: &[u8], indent: usize) -> String {
    let blanks = " ".repeat(indent);
    match style % 4 {
        0 => quoted(text, forms, true),
        1 if !text.contains('\n') => format!("'{}'", text.replace('\'', "''")),
        2 => format!("|-\n{blanks}{}", text.replace('\n', &format!("\n{blanks}"))),
        3 if !text.contains('\n') => format!(">-\n{blanks}{text}"),
        _ => format!("|2\n  {blanks}{}", text.replace('\n', &format!("\n  {blanks}"))),
    }
}

/// Alert rules in YAML with these queries.
fn yaml_file(queries: &[&str], styles: &[u8], forms: &[u8]) -> String {
    let mut file = "apiVersion: 1 # one\ngroups:\n- rules:\n".to_owned();
    for (at, (query, style)) in queries.iter().zip(styles.iter().cycle()).enumerate() {
        file.push_str(&format!(
            "  - uid: r{at}\n    title: \"a: 'b' é\"   # c\n    data:\n    - refId: A\n      model:\n        \
             datasource: {{type: tempo}}\n        query: {}\n        queryType: traceql\n",
            yaml_scalar(query, *style, forms, 10)
        ));
    }
    file
}

/// A ConfigMap with the dashboard in it.
fn config_map(json: &str) -> String {
    let lines: String = json.lines().map(|line| format!("    {line}\n")).collect();
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: 'x' }}\ndata:\n  a.json: |\n{lines}")
}

/// Returns what the file says beside its queries, and the queries.
fn apart(name: &str, text: &str) -> (String, Vec<String>) {
    let document = document::read(name, text, &Known::default());
    let (mut beside, mut queries, mut at) = (String::new(), Vec::new(), 0);
    for found in document.targets().filter_map(|(_, target)| target.query.as_ref()) {
        beside.push_str(&text[at..found.span.start]);
        beside.push('…');
        at = found.span.end;
        queries.push(found.text.clone());
    }
    beside.push_str(&text[at..]);
    (beside, queries)
}

/// Returns a query with its fixes, by way of a file that holds nothing else.
fn alone(query: &str) -> String {
    fixed("a.traceql", query, &Known::default(), &Options::default(), false).text
}

/// Fixes a file, and holds what must be true of any. Returns the text with its queries as this crate reads them.
fn check(name: &str, text: &str, count: usize) -> Result<(String, Vec<String>), TestCaseError> {
    let (beside, queries) = apart(name, text);
    prop_assert_eq!(queries.len(), count, "every query is found in {}", text);
    let mend = |text: &str| fixed(name, text, &Known::default(), &Options::default(), false);
    let new = mend(text);
    let (still_beside, new_queries) = apart(name, &new.text);
    prop_assert_eq!(still_beside, beside, "what stands beside the queries");
    for (old, new) in queries.iter().zip(&new_queries) {
        let ends = [new, old].map(|query| alone(query).trim_end().to_owned());
        prop_assert_eq!(&ends[0], &ends[1], "what is left to fix leads to the same query");
    }
    let again = mend(&new.text);
    prop_assert!(again.applied.is_empty(), "a second run fixes {:?}", again.applied);
    Ok((new.text, new_queries))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn json_keeps_all_but_its_queries(
        queries in prop::collection::vec(query(), 1..5),
        forms in prop::collection::vec(any::<u8>(), 1..30),
        blank in prop::sample::select(&["", " ", "\n\t", "\r\n  ", "\n"][..]),
        has_mark in any::<bool>(),
    ) {
        let text = if has_mark { "\u{feff}" } else { "" }.to_owned() + &json_file(&queries, &forms, blank);
        let (new, read) = check("a.json", &text, queries.len())?;
        let other: serde_json::Value = serde_json::from_str(new.trim_start_matches('\u{feff}')).expect("JSON");
        for (at, (query, read)) in queries.iter().zip(&read).enumerate() {
            prop_assert_eq!(read, &alone(query));
            prop_assert_eq!(other["panels"][at]["targets"][0]["query"].as_str(), Some(read.as_str()));
        }
    }

    #[test]
    fn yaml_keeps_all_but_its_queries(
        queries in prop::collection::vec(query(), 1..5),
        styles in prop::collection::vec(any::<u8>(), 1..5),
        forms in prop::collection::vec(any::<u8>(), 1..30),
        has_crlf in any::<bool>(),
    ) {
        let text = yaml_file(&queries, &styles, &forms);
        let text = if has_crlf { text.replace('\n', "\r\n") } else { text };
        let (new, read) = check("a.yaml", &text, queries.len())?;
        let other: serde_norway::Value = serde_norway::from_str(&new).expect("YAML");
        for (at, read) in read.iter().enumerate() {
            let query = &other["groups"][0]["rules"][at]["data"][0]["model"]["query"];
            prop_assert_eq!(query.as_str(), Some(read.as_str()));
        }
    }

    #[test]
    fn dashboards_in_yaml_keep_all_but_their_queries(
        queries in prop::collection::vec(query(), 1..5),
        forms in prop::collection::vec(any::<u8>(), 1..30),
    ) {
        let text = config_map(&json_file(&queries, &forms, "\n "));
        let (new, read) = check("a.yaml", &text, queries.len())?;
        let other: serde_norway::Value = serde_norway::from_str(&new).expect("YAML");
        let inner = other["data"]["a.json"].as_str().expect("a text");
        let inner: serde_json::Value = serde_json::from_str(inner).expect("JSON");
        for (at, (query, read)) in queries.iter().zip(&read).enumerate() {
            prop_assert_eq!(read, &alone(query));
            prop_assert_eq!(inner["panels"][at]["targets"][0]["query"].as_str(), Some(read.as_str()));
        }
    }
}
