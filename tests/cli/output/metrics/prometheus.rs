//! Metrics as Prometheus' own JSON.

use serde_json::Value as Json;
use traceql::{
    model::{
        result::Datum,
        series::{Series, Times},
    },
    output::metrics::prometheus,
};

use super::{INSTANT, START, answer, series, string};
use crate::output::written;

#[test]
fn prometheus_gets_a_matrix_of_a_range() {
    let times = Times::Range { first: START, step: 500_000_000, len: 4 };
    let all = vec![
        series(&[("__name__", string("rate"))], &[0.0, 0.25, f64::NAN, f64::INFINITY]),
        series(
            &[("span.http.method", string("GET \"/\"\n")), ("duration", Datum::Duration(1_500_000))],
            &[f64::NEG_INFINITY, 1e-7, 1.5e-10, 1e21],
        ),
        series(&[("span.x", string("left out"))], &[f64::NAN; 4]),
        series(&[("p", Datum::Float(0.99)), ("__bucket", Datum::Float(2.0))], &[-0.5, 123_456_789.0, f64::NAN, 1e-6]),
    ];
    let text = written(|out| prometheus::write(out, &answer(times, all)));
    assert_eq!(
        text,
        concat!(
            r#"{"status":"success","data":{"resultType":"matrix","result":["#,
            r#"{"metric":{"__name__":"rate"},"values":[[1767225600,"0"],[1767225600.500,"0.25"],[1767225601.500,"+Inf"]]},"#,
            r#"{"metric":{"duration":"1.5ms","span_http_method":"GET \"/\"\n"},"#,
            r#""values":[[1767225600,"-Inf"],[1767225600.500,"1e-07"],[1767225601,"1.5e-10"],[1767225601.500,"1e+21"]]},"#,
            r#"{"metric":{"__bucket":"2","p":"0.99"},"values":[[1767225600,"-0.5"],[1767225600.500,"123456789"],[1767225601.500,"0.000001"]]}"#,
            "]}}\n"
        )
    );
    let read: Json = serde_json::from_str(&text).expect("valid JSON");
    assert_eq!(read["data"]["result"][0]["values"][1][0].as_f64(), Some(1_767_225_600.5));
    assert_eq!(read["data"]["result"][1]["metric"]["span_http_method"], "GET \"/\"\n");
}

#[test]
fn prometheus_gets_a_vector_of_an_instant() {
    let x = |value: Datum, sample: f64| series(&[("resource.service.name", value)], &[sample]);
    let all = vec![x(string(""), 2.0), x(Datum::Nil, 0.0), x(string("shop"), f64::NAN), x(Datum::Bool(true), 0.5)];
    assert_eq!(
        written(|out| prometheus::write(out, &answer(INSTANT, all))),
        concat!(
            r#"{"status":"success","data":{"resultType":"vector","result":["#,
            r#"{"metric":{"resource_service_name":""},"value":[1767225601.500,"2"]},"#,
            r#"{"metric":{"resource_service_name":"nil"},"value":[1767225601.500,"0"]},"#,
            r#"{"metric":{"resource_service_name":"true"},"value":[1767225601.500,"0.5"]}]}}"#,
            "\n"
        )
    );
}

/// Returns the labels of each series as Prometheus gets them, and checks that its rules hold.
fn prometheus_labels(all: &[&[(&str, Datum)]]) -> Vec<String> {
    let all: Vec<Series> = all.iter().map(|labels| series(labels, &[1.0])).collect();
    let text = written(|out| prometheus::write(out, &answer(INSTANT, all.clone())));
    let read: Json = serde_json::from_str(&text).expect("valid JSON");
    let metrics: Vec<&Json> =
        read["data"]["result"].as_array().expect("a list").iter().map(|found| &found["metric"]).collect();
    assert_eq!(metrics.len(), all.len());
    let mut known = Vec::new();
    for (metric, series) in metrics.iter().zip(&all) {
        let labels = metric.as_object().expect("labels");
        assert_eq!(labels.len(), series.labels.len(), "{text}");
        for name in labels.keys() {
            let first = name.chars().next().expect("a name is not empty");
            assert!(first.is_ascii_alphabetic() || first == '_', "{text}");
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{text}");
        }
        let mut key: Vec<_> = labels.iter().filter(|(_, value)| *value != "").collect();
        key.sort_by_key(|(name, _)| *name);
        assert!(!known.contains(&key), "two series are one: {text}");
        known.push(key);
    }
    metrics.iter().map(ToString::to_string).collect()
}

#[test]
fn prometheus_gets_each_label_under_a_name_of_its_own() {
    let one = || Datum::Int(1);
    let both = prometheus_labels(&[&[("span.http.method", one()), ("span.http_method", one())]]);
    assert_eq!(both, [r#"{"span_http_method":"1","span_http_method_2":"1"}"#]);
    // In series of their own too: they would be one series otherwise.
    let apart = prometheus_labels(&[&[("span.a.b", one())], &[("span.a_b", one())], &[("span.a-b", one())]]);
    assert_eq!(apart, [r#"{"span_a_b":"1"}"#, r#"{"span_a_b_2":"1"}"#, r#"{"span_a_b_3":"1"}"#]);
    // Names that are taken already, before or after.
    let taken = prometheus_labels(&[&[("._bucket", one()), ("._name__", one()), ("__bucket", one())]]);
    assert_eq!(taken, [r#"{"__bucket":"1","__bucket_2":"1","__name___2":"1"}"#]);
    let numbered = prometheus_labels(&[&[("span.x", one()), ("span.x_2", one()), ("span:x", one())]]);
    assert_eq!(numbered, [r#"{"span_x":"1","span_x_2":"1","span_x_3":"1"}"#]);
    let odd = prometheus_labels(&[&[("span.\"größe in °\"", one())], &[("1st", one())]]);
    assert_eq!(odd, [r#"{"span__gr__e_in___":"1"}"#, r#"{"_st":"1"}"#]);
}

#[test]
fn prometheus_gets_values_of_different_types_apart() {
    let with = |values: &[Datum]| {
        let labels: Vec<Vec<(&str, Datum)>> = values.iter().map(|value| vec![("span.x", value.clone())]).collect();
        let series: Vec<&[(&str, Datum)]> = labels.iter().map(Vec::as_slice).collect();
        prometheus_labels(&series)
            .iter()
            .map(|metric| metric.trim_start_matches(r#"{"span_x":"#).trim_end_matches('}').to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(with(&[Datum::Int(200), string("404"), Datum::Nil]), [r#""200""#, r#""404""#, r#""nil""#]);
    assert_eq!(with(&[Datum::Int(200), string("200"), string("404")]), [r#""200""#, r#""\"200\"""#, r#""404""#]);
    assert_eq!(with(&[Datum::Nil, string("nil")]), [r#""nil""#, r#""\"nil\"""#]);
    assert_eq!(with(&[Datum::Int(1), Datum::Float(1.0)]), [r#""1""#, r#""1.0""#]);
    // A text that reads as another one's quoted form.
    assert_eq!(with(&[Datum::Int(1), string("1"), string("\"1\"")]), [r#""1""#, r#""\"1\"""#, r#""\"\\\"1\\\"\"""#]);
    let list = |values: &[&str]| Datum::Array(values.iter().map(|text| string(text)).collect());
    assert_eq!(with(&[list(&["a, b"]), list(&["a", "b"])]), [r#""[\"a, b\"]""#, r#""[\"a\", \"b\"]""#]);
    // To Prometheus an empty label is none.
    assert_eq!(
        prometheus_labels(&[&[("a", Datum::Int(1)), ("b", string(""))], &[("a", Datum::Int(1))]]),
        [r#"{"a":"1","b":"\"\""}"#, r#"{"a":"1"}"#]
    );
}
