//! That an answer does not depend on what statistics and dictionaries let readers leave out.

use std::collections::BTreeSet;

use traceql::{
    exec::{Collector, Search},
    model::{attributes::Cell, projection::Projection, result::TraceMatch},
    plan::{Limits, TimeRange, lower},
    source::{Input, ReadOptions, read},
};
use traceql_grammar::{Verdict, check, query::Query, vocab::release::Release};

use super::{Numbers, VERSIONS, dataset, inputs, loose, recorded};

/// Fields with literals to compare them with: those that occur, and some that do not.
fn vocabulary(dataset: &[Input]) -> Vec<(String, Vec<String>)> {
    let mut fields: Vec<(String, BTreeSet<String>)> = Vec::new();
    let mut add = |field: &str, literal: String| match fields.iter_mut().find(|(other, _)| other == field) {
        Some((_, literals)) => drop(literals.insert(literal)),
        None => fields.push((field.to_owned(), [literal].into())),
    };
    for fragment in loose(dataset, &Projection::everything(), false).unwrap().0 {
        let spans = &fragment.spans;
        let quoted = |id| format!("{:?}", spans.dictionary.get(id));
        for name in &spans.name {
            add("name", quoted(*name));
            add("rootName", quoted(*name));
        }
        spans.resources.service.iter().for_each(|name| {
            add("rootServiceName", quoted(*name));
            add("resource.service.name", quoted(*name));
        });
        spans.events.name.iter().for_each(|name| add("event:name", quoted(*name)));
        spans.duration.iter().step_by(7).for_each(|duration| add("duration", format!("{duration}ns")));
        let tables = [
            ("span.", &spans.attributes),
            ("resource.", &spans.resources.attributes),
            (".", &spans.attributes),
            (".", &spans.resources.attributes),
            ("event.", &spans.events.attributes),
            ("link.", &spans.links.attributes),
        ];
        for (scope, columns) in tables {
            for column in columns.iter() {
                let field = match column.key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte)) {
                    true => format!("{scope}{}", column.key),
                    false => format!("{scope}{:?}", column.key),
                };
                for cell in column.cells.iter().take(40) {
                    add(
                        &field,
                        match cell {
                            Cell::Str(id) => quoted(*id),
                            Cell::Int(value) => value.to_string(),
                            Cell::Float(value) if value.is_finite() => format!("{value:?}"),
                            Cell::Bool(value) => value.to_string(),
                            Cell::Float(_) | Cell::Array(_) | Cell::Other(_) => "1".to_owned(),
                        },
                    );
                }
            }
        }
    }
    for (field, literals) in [
        ("status", &["error", "ok", "unset"][..]),
        ("kind", &["server", "client", "internal", "unspecified"]),
        ("statusMessage", &["\"\"", "\"boom\""]),
        // Of a span that hangs on nothing vParquet5 says another number.
        ("span:childCount", &["0"]),
        ("traceDuration", &["1ms", "1s"]),
        ("span.missing", &["1", "\"a\"", "true"]),
        (".missing", &["nil"]),
    ] {
        literals.iter().for_each(|literal| add(field, (*literal).to_owned()));
    }
    fields.into_iter().map(|(field, literals)| (field, literals.into_iter().collect())).collect()
}

fn comparison(numbers: &mut Numbers, fields: &[(String, Vec<String>)]) -> String {
    let (field, literals) = &fields[numbers.below(fields.len())];
    // Now and then one of another field, and so perhaps of another type.
    let literals = if numbers.below(6) == 0 { &fields[numbers.below(fields.len())].1 } else { literals };
    let literal = &literals[numbers.below(literals.len())];
    let operator = match literal.starts_with('"') {
        true => numbers.pick(&["=", "=", "=", "!=", "=~", "!~", ">", "<="]),
        false => numbers.pick(&["=", "=", "!=", "<", "<=", ">", ">="]),
    };
    format!("{field} {operator} {literal}")
}

fn filter(numbers: &mut Numbers, fields: &[(String, Vec<String>)]) -> String {
    let mut text = comparison(numbers, fields);
    while numbers.below(2) == 0 {
        let more = comparison(numbers, fields);
        text = match numbers.below(4) {
            0 => format!("({text}) || {more}"),
            1 => format!("!({text}) && {more}"),
            _ => format!("({text}) && {more}"),
        };
    }
    format!("{{ {text} }}")
}

fn query(numbers: &mut Numbers, fields: &[(String, Vec<String>)]) -> String {
    let one = filter(numbers, fields);
    match numbers.below(6) {
        0..3 => one,
        3 => format!("{one} | count() > 1"),
        _ => {
            let operator = numbers.pick(&["&&", "||", ">>", "<", "~", "!>>", "!<", "&>"]);
            format!("{one} {operator} {}", filter(numbers, fields))
        }
    }
}

/// Answers a query, with pruning or without.
fn answer(query: &Query, range: Option<TimeRange>, inputs: &[Input], prunes: bool) -> Vec<TraceMatch> {
    let search = Search::new(lower(query, Limits::default(), range).unwrap()).of_inputs(inputs.len());
    let options = ReadOptions {
        pruning: prunes.then(|| search.plan().pruning()),
        scan: Some(&search),
        ..ReadOptions::loose(search.plan().projection(), false)
    };
    read(inputs, &options, &|_| {}, &|fragment| search.observe(fragment)).unwrap();
    search.finish(0).map(|result| result.traces).unwrap_or_default()
}

#[test]
fn answers_are_those_of_files_with_pruning_and_without() {
    for name in ["zoo", "shop"] {
        let of_file = inputs(&[dataset(name)]);
        let fields = vocabulary(&of_file);
        let of_blocks = VERSIONS.map(|version| (version, inputs(&[recorded(name, version)])));
        let mut numbers = Numbers(7);
        let (mut asked, mut answered) = (0, 0);
        while asked < 120 {
            let text = query(&mut numbers, &fields);
            let checked = check(&text, Release::Main);
            if !matches!(checked.verdict, Verdict::Ok | Verdict::Unsupported) {
                continue;
            }
            asked += 1;
            // The datasets cover an hour or two from here.
            let hour = 3_600_000_000_000;
            let start = 1_767_225_600_000_000_000 + numbers.below(60) as u64 * (hour / 60);
            let range = (numbers.below(4) == 0).then(|| TimeRange { start, end: start + hour / 4 });
            let expected = answer(&checked.query, range, &of_file, true);
            answered += usize::from(!expected.is_empty());
            for (version, block) in &of_blocks {
                for prunes in [false, true] {
                    let found = answer(&checked.query, range, block, prunes);
                    let of = format!("{name} {version}, pruning {prunes}, {range:?}: {text}");
                    found.iter().zip(&expected).for_each(|(found, expected)| assert_eq!(found, expected, "{of}"));
                    assert_eq!(found.len(), expected.len(), "{of}");
                }
            }
        }
        assert!(answered > asked / 5, "only {answered} of {asked} queries found something");
    }
}
