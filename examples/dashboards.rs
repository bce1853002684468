//! Writes made-up Grafana dashboards, a third of their panels with TraceQL:
//! `cargo run --example dashboards -- FOLDER --count 1000 --panels 44`.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

/// Queries as dashboards have them, some of them wrong.
const QUERIES: [&str; 12] = [
    "{ resource.service.name = \"cart\" && status = error }",
    "{ resource.service.name =~ \"$service\" && duration > 500ms } | select(name, span.http.route)",
    "{ status = \"error\" }",
    "{ kind = server } | rate() by (resource.service.name)",
    "{ resource.service.name = \"$service\" } | quantile_over_time(duration, .5, .9, .99)",
    "{ span.http.status_code >= 500 } | count_over_time() by (span.http.route)",
    "{ name = \"GET /cart\" } >> { span.db.system = \"postgresql\" && duration > 100ms }",
    "{ .service.name = \"checkout\" && span.http.method = \"POST\" }",
    "{ trace:rootService = \"frontend\" && span.rpc.grpc.status_code > 0 }",
    "{ resource.k8s.namespace.name = \"$namespace\" && event:name = \"exception\" }",
    "{ kind = client } | avg_over_time(duration) by (span.server.address)",
    "{ span.http.status_code = \"500\" } | select(span.user.id)",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((folder, options)) = arguments.split_first() else { return usage() };
    let (mut count, mut panels) = (1000, 44);
    for pair in options.chunks(2) {
        match (pair[0].as_str(), pair.get(1).and_then(|number| number.parse().ok())) {
            ("--count", Some(number)) => count = number,
            ("--panels", Some(number)) => panels = number,
            _ => return usage(),
        }
    }
    for at in 0..count {
        let path = Path::new(folder).join(format!("team-{:02}/dashboard-{at:04}.json", at % 25));
        let folder = path.parent().expect("the path has a folder");
        if let Err(error) = fs::create_dir_all(folder).and_then(|()| fs::write(&path, dashboard(at, panels))) {
            let _ = writeln!(io::stderr(), "{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    let _ = writeln!(io::stderr(), "usage: dashboards FOLDER [--count N] [--panels N]");
    ExitCode::from(2)
}

fn dashboard(at: usize, panels: usize) -> String {
    let mut text = format!(
        "{{\n  \"annotations\": {{ \"list\": [] }},\n  \"editable\": true,\n  \"schemaVersion\": 41,\n  \"title\": \"Team {} \
         service {at}\",\n  \"uid\": \"made-{at:04}\",\n  \"templating\": {{ \"list\": [\n{},\n{} ] }},\n  \"panels\": [\n",
        at % 25,
        variable("service", true),
        variable("namespace", false),
    );
    for panel in 0..panels {
        let query = (panel % 3 == 0).then(|| QUERIES[(at * 7 + panel / 3) % QUERIES.len()]);
        text.push_str(if panel == 0 { "" } else { ",\n" });
        push_panel(&mut text, panel, query);
    }
    text.push_str("\n  ]\n}\n");
    text
}

fn variable(name: &str, is_multi: bool) -> String {
    format!(
        "    {{ \"name\": \"{name}\", \"type\": \"query\", \"multi\": {is_multi}, \"includeAll\": {is_multi}, \"datasource\": \
         {{ \"type\": \"tempo\", \"uid\": \"tempo\" }}, \"current\": {{ \"text\": \"cart\", \"value\": \"cart\" }} }}"
    )
}

/// Adds a panel: of Tempo if it has a query, else of Prometheus.
fn push_panel(text: &mut String, panel: usize, query: Option<&str>) {
    let is_metrics = query.is_none_or(|query| query.contains("_over_time") || query.contains("rate()"));
    let kind = if is_metrics { "timeseries" } else { "table" };
    let source = if query.is_some() { "tempo" } else { "prometheus" };
    let target = match query {
        Some(query) => format!(
            "\"queryType\": \"traceql\", \"limit\": 20, \"tableType\": \"traces\", \"query\": \"{}\"",
            query.replace('"', "\\\"")
        ),
        None => format!(
            "\"expr\": \"sum(rate(http_server_requests_seconds_count{{service=~\\\"$service\\\", panel=\\\"{panel}\\\"}}[5m])) by \
             (route)\", \"legendFormat\": \"{{{{route}}}}\", \"range\": true"
        ),
    };
    let _ = write!(
        text,
        "    {{\n      \"id\": {},\n      \"title\": \"Panel {panel}\",\n      \"type\": \"{kind}\",\n      \"datasource\": {{ \
         \"type\": \"{source}\", \"uid\": \"{source}\" }},\n      \"gridPos\": {{ \"h\": 8, \"w\": 12, \"x\": {}, \"y\": {} }},\n",
        panel + 1,
        panel % 2 * 12,
        panel / 2 * 8,
    );
    text.push_str(
        "      \"fieldConfig\": {\n        \"defaults\": {\n          \"color\": { \"mode\": \"palette-classic\" },\n",
    );
    text.push_str("          \"custom\": {\n");
    for option in ["axisBorderShow", "axisCenteredZero", "axisColorMode", "axisLabel", "axisPlacement", "barAlignment"]
    {
        let _ = writeln!(text, "            \"{option}\": \"auto\",");
    }
    text.push_str("            \"lineWidth\": 1\n          },\n          \"thresholds\": { \"mode\": \"absolute\", \"steps\": [\n");
    for step in 0..4 {
        let comma = if step < 3 { "," } else { "" };
        let _ = writeln!(text, "            {{ \"color\": \"green\", \"value\": {} }}{comma}", step * 250);
    }
    text.push_str("          ] }\n        },\n        \"overrides\": [\n");
    for name in 0..6 {
        let comma = if name < 5 { "," } else { "" };
        let _ = writeln!(
            text,
            "          {{ \"matcher\": {{ \"id\": \"byName\", \"options\": \"series {name}\" }}, \"properties\": [{{ \"id\": \
             \"color\", \"value\": {{ \"fixedColor\": \"#{name}f{name}a{name}c\", \"mode\": \"fixed\" }} }}] }}{comma}"
        );
    }
    let _ = write!(
        text,
        "        ]\n      }},\n      \"options\": {{ \"legend\": {{ \"calcs\": [], \"displayMode\": \"list\", \"placement\": \
         \"bottom\", \"showLegend\": true }}, \"tooltip\": {{ \"mode\": \"single\", \"sort\": \"none\" }} }},\n      \"targets\": [\n        \
         {{ \"refId\": \"A\", \"datasource\": {{ \"type\": \"{source}\", \"uid\": \"{source}\" }}, {target} }}\n      ]\n    }}"
    );
}
