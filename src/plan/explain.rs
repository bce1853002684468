//! Plans in words.

use hashbrown::HashSet;
use traceql_grammar::{
    query::{self, Body, Expr, Link, MetricsExpr, Query, SecondStage, SpansetExpr},
    span::Span,
    value::Value,
};

use crate::model::explain::{Explained, Kind, Picking, Sorting};

use super::{
    FilterId, MetricsPlan, Need, Pick, Plan,
    matching::Matcher,
    pick::{Condition, ValueTest},
    test::LeafTest,
};

impl Plan {
    /// Says how the search will be done; `text` is what the query was made of.
    pub fn explain(&self, query: &Query, text: &str) -> Explained {
        let texts = Texts(text);
        let stages = match &query.body {
            Body::Search(pipeline) => texts.pipeline(pipeline),
            Body::Metrics(_) => Vec::new(),
        };
        let some = |limit: Option<usize>| limit.filter(|limit| *limit > 0);
        Explained {
            query: text.to_owned(),
            kind: Kind::Search { traces: some(self.limits.traces), spans: some(self.limits.spans_per_spanset) },
            sorts: match texts.sorted(self) {
                Some(filters) => Sorting::Spans(distinct(filters)),
                None => Sorting::Traces,
            },
            picks: self.pick.as_ref().map(|(pick, columns)| Picking {
                spans: matches!(pick, Pick::Spans(_)),
                what: texts.pick(self, pick),
                columns: columns.clone(),
            }),
            condition: self.pruning.condition.as_ref().map(|condition| words(condition, false)),
            range: self.pruning.range.map(|range| (range.start, range.end)),
            columns: self.projection.clone(),
            stages,
            servers: Vec::new(),
            here: true,
        }
    }
}

impl MetricsPlan {
    /// Says how the series will be computed; `text` is what the query was made of.
    pub fn explain(&self, query: &Query, text: &str) -> Explained {
        let texts = Texts(text);
        let mut stages = Vec::new();
        if let Body::Metrics(expr) = &query.body {
            texts.metrics(expr, &mut stages);
        }
        let window = self.options.window;
        let sorted: Option<Vec<Vec<String>>> =
            self.measures.iter().map(|measure| texts.sorted(&measure.plan)).collect();
        let picks = self.first.as_ref().map(|columns| {
            let picks =
                || self.measures.iter().filter_map(|measure| Some((&measure.plan, &measure.plan.pick.as_ref()?.0)));
            let what = distinct(picks().map(|(plan, pick)| texts.pick(plan, pick)).collect());
            let spans = picks().all(|(_, pick)| matches!(pick, Pick::Spans(_)));
            Picking { spans, what: what.join(" or "), columns: columns.clone() }
        });
        Explained {
            query: text.to_owned(),
            kind: Kind::Metrics { step: window.step, instant: window.instant, series: self.options.max_series },
            sorts: match sorted {
                Some(filters) => Sorting::Spans(distinct(filters.concat())),
                None => Sorting::Traces,
            },
            picks,
            condition: self.pruning().condition.as_ref().map(|condition| words(condition, false)),
            range: self.pruning().range.map(|range| (range.start, range.end)),
            columns: self.projection().clone(),
            stages,
            servers: Vec::new(),
            here: true,
        }
    }
}

/// Leaves out what came before.
fn distinct(texts: Vec<String>) -> Vec<String> {
    let mut known = HashSet::with_capacity(texts.len());
    texts.into_iter().filter(|text| known.insert(text.clone())).collect()
}

/// The text of a query, of which parts are quoted.
struct Texts<'t>(&'t str);

impl Texts<'_> {
    /// Returns what stands at a place, on one line; `None` where a comment keeps it from being that.
    fn quote(&self, span: Span) -> Option<String> {
        let text = self.0.get(span.range())?;
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        (lines.len() < 2 || !text.contains("//")).then(|| lines.join(" "))
    }

    fn filter(&self, expr: &Expr) -> String {
        let text = match self.quote(expr.span).filter(|text| !text.is_empty()) {
            Some(text) => text,
            None => expr.to_string(),
        };
        braced(&text)
    }

    /// Returns the filter that a number stands for.
    fn numbered(&self, plan: &Plan, id: FilterId) -> String {
        let span = plan.filter_spans.get(id.0 as usize).copied().unwrap_or_default();
        braced(&self.quote(span).unwrap_or_else(|| "…".to_owned()))
    }

    /// Returns the filters that decide about single spans; `None` if it takes whole traces.
    fn sorted(&self, plan: &Plan) -> Option<Vec<String>> {
        plan.scan.as_ref().map(|filters| filters.iter().map(|id| self.numbered(plan, *id)).collect())
    }

    fn pick(&self, plan: &Plan, pick: &Pick) -> String {
        match pick {
            Pick::Spans(filters) => distinct(filters.iter().map(|id| self.numbered(plan, *id)).collect()).join(" or "),
            Pick::Traces(need) => self.need(plan, need, false),
        }
    }

    fn need(&self, plan: &Plan, need: &Need, inside: bool) -> String {
        let (needs, word) = match need {
            Need::Nothing => return "any span".to_owned(),
            Need::Span(id) => return self.numbered(plan, *id),
            Need::All(needs) => (needs, " and "),
            Need::Any(needs) => (needs, " or "),
        };
        let all = distinct(needs.iter().map(|need| self.need(plan, need, true)).collect());
        joined(&all, word, inside)
    }

    fn pipeline(&self, pipeline: &query::Pipeline) -> Vec<String> {
        pipeline.stages.iter().map(|stage| self.stage(stage)).collect()
    }

    fn stage(&self, stage: &query::Stage) -> String {
        match &stage.kind {
            query::StageKind::Spansets(expr) => self.spansets(expr),
            query::StageKind::Scalar(filter) => self.quote(filter.span).unwrap_or_else(|| "…".to_owned()),
            query::StageKind::Group(expr) => {
                format!("by({})", self.quote(expr.span).unwrap_or_else(|| expr.to_string()))
            }
            query::StageKind::Coalesce => "coalesce()".to_owned(),
            query::StageKind::Select(fields) => {
                let fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
                format!("select({})", fields.join(", "))
            }
        }
    }

    fn spansets(&self, expr: &SpansetExpr) -> String {
        match expr {
            SpansetExpr::Filter(filter) => self.filter(&filter.condition),
            SpansetExpr::Pipeline(pipeline) => format!("({})", self.pipeline(pipeline).join(" | ")),
            SpansetExpr::Chain(chain) => {
                let mut text = self.spansets(&chain.first);
                for Link { op, operand, .. } in &chain.rest {
                    text += &format!(" {} {}", op.text(), self.spansets(operand));
                }
                text
            }
        }
    }

    /// Adds the stages of all operands, and what is made of them.
    fn metrics(&self, expr: &MetricsExpr, stages: &mut Vec<String>) {
        match expr {
            MetricsExpr::Pipeline(pipeline) => {
                stages.extend(self.pipeline(&pipeline.spansets));
                stages.push(self.quote(pipeline.stage.span).unwrap_or_else(|| "…".to_owned()));
            }
            MetricsExpr::Literal(value) => stages.push(value.to_string()),
            MetricsExpr::Chain(chain) => {
                self.metrics(&chain.first, stages);
                for Link { op, operand, .. } in &chain.rest {
                    let mut inner = Vec::new();
                    self.metrics(operand, &mut inner);
                    stages.push(format!("{} {}", op.text(), inner.join(" | ")));
                }
            }
            MetricsExpr::Staged(inner, second) => {
                self.metrics(inner, stages);
                stages.extend(second.iter().map(|step| match &step.stage {
                    SecondStage::TopK(n) => format!("topk({n})"),
                    SecondStage::BottomK(n) => format!("bottomk({n})"),
                    SecondStage::Filter(op, value) => format!("{} {value}", op.text()),
                }));
            }
            MetricsExpr::Invalid => {}
        }
    }
}

fn braced(text: &str) -> String {
    match text.trim() {
        "" | "true" | "{ }" | "{}" => "{ }".to_owned(),
        text => format!("{{ {text} }}"),
    }
}

fn joined(parts: &[String], word: &str, inside: bool) -> String {
    let text = parts.join(word);
    if inside && parts.len() > 1 { format!("({text})") } else { text }
}

/// Returns a condition as text; `inside` of another one it stands in parentheses.
fn words(condition: &Condition, inside: bool) -> String {
    let (conditions, word) = match condition {
        Condition::All(conditions) => (conditions, " and "),
        Condition::Any(conditions) if conditions.is_empty() => return "nothing".to_owned(),
        Condition::Any(conditions) => (conditions, " or "),
        Condition::Value(field, test) => return format!("{field} {}", comparison(test)),
    };
    let parts = distinct(conditions.iter().map(|condition| words(condition, conditions.len() > 1)).collect());
    joined(&parts, word, inside)
}

fn comparison(ValueTest(test): &ValueTest) -> String {
    match test {
        LeafTest::Compare(op, Value::String(text)) => format!("{} {text:?}", op.text()),
        LeafTest::Compare(op, value) => format!("{} {value}", op.text()),
        LeafTest::Match(matcher, wanted) => {
            format!("{} {:?}", if *wanted { "=~" } else { "!~" }, pattern(matcher))
        }
        LeafTest::Present(true) => "!= nil".to_owned(),
        LeafTest::Present(false) => "= nil".to_owned(),
        LeafTest::Is(truth) => format!("= {truth}"),
    }
}

fn pattern(matcher: &Matcher) -> String {
    match matcher {
        Matcher::Anything => ".*".to_owned(),
        Matcher::Literal(text) => text.to_string(),
        Matcher::OneOf(texts) => {
            let mut texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
            texts.sort_unstable();
            texts.join("|")
        }
        Matcher::Prefix(text) => format!("{text}.*"),
        Matcher::Suffix(text) => format!(".*{text}"),
        Matcher::Contains(finder) => format!(".*{}.*", String::from_utf8_lossy(finder.needle())),
        Matcher::Pattern(regex) => {
            let text = regex.as_str();
            text.strip_prefix("^(?s:").and_then(|text| text.strip_suffix(")$")).unwrap_or(text).to_owned()
        }
    }
}
