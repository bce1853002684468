//! Metrics as JSON lines and CSV.

use serde_json::Value as Json;
use traceql::{
    model::{
        result::Datum,
        series::{Form, MetricsResult, label},
    },
    output::{csv::Csv, metrics::flat},
};
use traceql_grammar::{value::Kind, vocab::intrinsics::INTRINSICS};

use super::{INSTANT, answer, odd, series, string};
use crate::output::written;

#[test]
fn jsonl_has_a_row_for_each_series_and_time() {
    let text = written(|out| flat::write_jsonl(out, &odd()));
    assert_eq!(
        text,
        concat!(
            r#"{"time":"2026-01-01T00:00:00.000000000Z","span.x":"say \"hi\", <you>\n","name":"","span.\"a b\"":null,"status":null,"duration":null,"kind":null,"value":0.0}"#,
            "\n",
            r#"{"time":"2026-01-01T00:01:00.000000000Z","span.x":"say \"hi\", <you>\n","name":"","span.\"a b\"":null,"status":null,"duration":null,"kind":null,"value":2.0}"#,
            "\n",
            r#"{"time":"2026-01-01T00:00:30.000000000Z","span.x":null,"name":null,"span.\"a b\"":1.0,"status":"error","duration":null,"kind":null,"value":0.1}"#,
            "\n",
            r#"{"time":"2026-01-01T00:01:00.000000000Z","span.x":null,"name":null,"span.\"a b\"":1.0,"status":"error","duration":null,"kind":null,"value":1e+21}"#,
            "\n",
            r#"{"time":"2026-01-01T00:00:00.000000000Z","span.x":false,"name":null,"span.\"a b\"":null,"status":null,"duration":1500,"kind":"server","value":"Infinity"}"#,
            "\n",
            r#"{"time":"2026-01-01T00:00:30.000000000Z","span.x":false,"name":null,"span.\"a b\"":null,"status":null,"duration":1500,"kind":"server","value":"-Infinity"}"#,
            "\n",
            r#"{"time":"2026-01-01T00:01:00.000000000Z","span.x":null,"name":null,"span.\"a b\"":null,"status":null,"duration":null,"kind":null,"value":1.0}"#,
            "\n",
            r#"{"time":"2026-01-01T00:00:00.000000000Z","span.x":-7,"name":"nil","span.\"a b\"":null,"status":null,"duration":null,"kind":null,"value":1.0}"#,
            "\n",
        )
    );
    for line in text.lines() {
        let row: Json = serde_json::from_str(line).expect("valid JSON");
        assert_eq!(row.as_object().map(serde_json::Map::len), Some(8));
    }
}

#[test]
fn csv_has_a_record_for_each_series_and_time() {
    assert_eq!(
        written(|out| flat::write_csv(out, &odd(), Csv::default())),
        concat!(
            "time,span.x,name,\"span.\"\"a b\"\"\",status,duration,kind,value\n",
            "2026-01-01T00:00:00.000000000Z,\"say \"\"hi\"\", <you>\n\",\"\",,,,,0\n",
            "2026-01-01T00:01:00.000000000Z,\"say \"\"hi\"\", <you>\n\",\"\",,,,,2\n",
            "2026-01-01T00:00:30.000000000Z,,,1,error,,,0.1\n",
            "2026-01-01T00:01:00.000000000Z,,,1,error,,,1e+21\n",
            "2026-01-01T00:00:00.000000000Z,false,,,,1500,server,Infinity\n",
            "2026-01-01T00:00:30.000000000Z,false,,,,1500,server,-Infinity\n",
            "2026-01-01T00:01:00.000000000Z,,,,,,,1\n",
            "2026-01-01T00:00:00.000000000Z,-7,nil,,,,,1\n",
        )
    );
    let instant = answer(INSTANT, vec![series(&[("p", Datum::Float(0.5))], &[0.25])]);
    assert_eq!(
        written(|out| flat::write_csv(out, &instant, Csv::default())),
        "time,p,value\n2026-01-01T00:00:01.500000000Z,0.5,0.25\n"
    );
}

#[test]
fn rows_of_a_comparison_name_the_attribute_in_a_column() {
    let side =
        |side: &str, name: &str, value: Datum| series(&[(label::META_TYPE, string(side)), (name, value)], &[1.0]);
    let all = vec![
        side(label::SELECTION, "kind", Datum::Kind(Kind::Client)),
        side(label::SELECTION_TOTAL, "kind", Datum::Nil),
        side(label::SELECTION_TOTAL, "name", Datum::Nil),
        series(&[(label::META_ERROR, string(label::TOO_MANY_VALUES)), ("name", Datum::Nil)], &[0.0]),
        side(label::BASELINE, "span.x", string("")),
        side(label::BASELINE, "span.x", Datum::Int(7)),
        series(&[(label::META_TYPE, string(label::BASELINE)), ("span.never", Datum::Nil)], &[f64::NAN]),
    ];
    let result = MetricsResult { form: Form::Comparison, ..answer(INSTANT, all) };
    let time = "2026-01-01T00:00:01.500000000Z";
    assert_eq!(
        written(|out| flat::write_csv(out, &result, Csv::default())),
        format!(
            "time,__meta_type,attribute,attribute_value,value\n\
             {time},selection,kind,client,1\n\
             {time},selection_total,kind,,1\n\
             {time},selection_total,name,,1\n\
             {time},__too_many_values__,name,,0\n\
             {time},baseline,span.x,\"\",1\n\
             {time},baseline,span.x,7,1\n"
        )
    );
    let rows = written(|out| flat::write_jsonl(out, &result));
    let row = |at: usize| rows.lines().nth(at).unwrap_or_default().to_owned();
    let expected = |rest: &str| format!("{{\"time\":\"{time}\",\"__meta_type\":{rest}}}");
    assert_eq!(row(0), expected(r#""selection","attribute":"kind","attribute_value":"client","value":1.0"#));
    assert_eq!(row(1), expected(r#""selection_total","attribute":"kind","attribute_value":null,"value":1.0"#));
    assert_eq!(row(3), expected(r#""__too_many_values__","attribute":"name","attribute_value":null,"value":0.0"#));
    assert_eq!(row(5), expected(r#""baseline","attribute":"span.x","attribute_value":7,"value":1.0"#));
    // The columns are the same of an answer without series.
    let nothing = MetricsResult { series: Vec::new(), ..result };
    assert_eq!(
        written(|out| flat::write_csv(out, &nothing, Csv::default())),
        "time,__meta_type,attribute,attribute_value,value\n"
    );
}

#[test]
fn no_label_is_called_as_the_other_columns_are() {
    let fields = INTRINSICS.iter().map(|row| row.canonical);
    let others = [label::NAME, label::BUCKET, label::QUANTILE, label::META_TYPE, label::META_ERROR];
    for name in fields.chain(others) {
        assert!(!["time", "value"].contains(&name), "`{name}` is a column of every answer");
    }
}
