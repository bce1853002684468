//! Writes spans as OTLP JSON. No text that comes here needs an escape.

use std::fmt::Write;

/// A span.
#[derive(Default)]
pub(super) struct Span {
    pub(super) trace: u128,
    pub(super) id: u64,
    /// 0 for roots.
    pub(super) parent: u64,
    /// An index into the services.
    pub(super) service: usize,
    pub(super) name: String,
    pub(super) kind: u8,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) attributes: Attributes,
    /// The status message of a span that failed.
    pub(super) error: Option<String>,
    /// Time, name, attributes.
    pub(super) event: Option<(u64, &'static str, Attributes)>,
    /// Trace and span.
    pub(super) link: Option<(u128, u64)>,
}

/// A list of attributes, written already.
#[derive(Clone, Default)]
pub(super) struct Attributes(String);

impl Attributes {
    fn add(&mut self, key: &str, value: std::fmt::Arguments<'_>) {
        let comma = if self.0.is_empty() { "" } else { "," };
        let _ = write!(self.0, r#"{comma}{{"key":"{key}","value":{{{value}}}}}"#);
    }

    pub(super) fn add_text(&mut self, key: &str, value: &str) {
        self.add(key, format_args!(r#""stringValue":"{value}""#));
    }

    pub(super) fn add_int(&mut self, key: &str, value: i64) {
        self.add(key, format_args!(r#""intValue":"{value}""#));
    }

    pub(super) fn add_float(&mut self, key: &str, value: f64) {
        self.add(key, format_args!(r#""doubleValue":{value}"#));
    }

    pub(super) fn add_bool(&mut self, key: &str, value: bool) {
        self.add(key, format_args!(r#""boolValue":{value}"#));
    }

    pub(super) fn add_texts(&mut self, key: &str, values: &[String]) {
        let values: Vec<_> = values.iter().map(|value| format!(r#"{{"stringValue":"{value}"}}"#)).collect();
        self.add(key, format_args!(r#""arrayValue":{{"values":[{}]}}"#, values.join(",")));
    }

    pub(super) fn text(mut self, key: &str, value: &str) -> Attributes {
        self.add_text(key, value);
        self
    }

    pub(super) fn int(mut self, key: &str, value: i64) -> Attributes {
        self.add_int(key, value);
        self
    }

    pub(super) fn bool(mut self, key: &str, value: bool) -> Attributes {
        self.add_bool(key, value);
        self
    }
}

/// An export request: spans grouped by the service that sent them.
pub(super) struct Request<'s> {
    services: &'s [(&'static str, &'static str, &'static str)],
    spans: Vec<String>,
}

impl<'s> Request<'s> {
    pub(super) fn new(services: &'s [(&'static str, &'static str, &'static str)]) -> Request<'s> {
        Request { services, spans: vec![String::new(); services.len()] }
    }

    pub(super) fn add(&mut self, span: &Span) {
        let out = &mut self.spans[span.service];
        if !out.is_empty() {
            out.push(',');
        }
        let Span { trace, id, parent, name, kind, start, end, attributes, .. } = span;
        let _ = write!(out, r#"{{"traceId":"{trace:032x}","spanId":"{id:016x}","#);
        if *parent != 0 {
            let _ = write!(out, r#""parentSpanId":"{parent:016x}","#);
        }
        let _ =
            write!(out, r#""name":"{name}","kind":{kind},"startTimeUnixNano":"{start}","endTimeUnixNano":"{end}","#);
        let _ = write!(out, r#""attributes":[{}],"#, attributes.0);
        if let Some((time, name, attributes)) = &span.event {
            let attributes = &attributes.0;
            let _ =
                write!(out, r#""events":[{{"timeUnixNano":"{time}","name":"{name}","attributes":[{attributes}]}}],"#);
        }
        if let Some((trace, id)) = span.link {
            let _ = write!(out, r#""links":[{{"traceId":"{trace:032x}","spanId":"{id:016x}"}}],"#);
        }
        let _ = match &span.error {
            None => write!(out, r#""status":{{}}}}"#),
            Some(message) if message.is_empty() => write!(out, r#""status":{{"code":2}}}}"#),
            Some(message) => write!(out, r#""status":{{"code":2,"message":"{message}"}}}}"#),
        };
    }

    pub(super) fn finish(self) -> String {
        let mut out = r#"{"resourceSpans":["#.to_owned();
        let mut first = true;
        for ((name, namespace, language), spans) in self.services.iter().zip(&self.spans) {
            if spans.is_empty() {
                continue;
            }
            let mut resource = Attributes::default()
                .text("service.name", name)
                .text("service.namespace", namespace)
                .text("service.version", &format!("2.{}.0", name.len() % 4))
                .text("telemetry.sdk.language", language)
                .text("k8s.pod.name", &format!("{name}-7d9f-{:05x}", name.len() * 7919))
                .text("deployment.environment", "production")
                .int("process.pid", 100 + name.len() as i64);
            resource.add_texts("process.command_args", &[format!("/app/{name}"), "--verbose".to_owned()]);
            let comma = if std::mem::take(&mut first) { "" } else { "," };
            let _ = write!(
                out,
                r#"{comma}{{"resource":{{"attributes":[{}]}},"scopeSpans":[{{"scope":{{"name":"{language}-tracer","version":"1.4.0"}},"spans":[{spans}]}}]}}"#,
                resource.0
            );
        }
        out.push_str("]}");
        out
    }
}
