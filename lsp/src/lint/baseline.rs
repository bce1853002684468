//! A list of findings that are known, so that only new ones are told.
//!
//! An entry names the rule, the file, the query by a hash, and the panel; no line, so that it stays right when the file
//! changes elsewhere. Two findings that are alike in all of this are two entries.

use std::collections::BTreeMap;

use super::{About, Finding};
use crate::document::{Document, json, node::Node};

/// The form that is written and read.
const VERSION: &str = "1";

/// A finding as it is known again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The path of the file as it is named to the linter, with `/`.
    pub file: String,
    /// The number of the panel or the uid of the rule; empty where there is none.
    pub panel: String,
    /// The name of the rule.
    pub rule: String,
    /// The hash of the query, in hexadecimal; empty for what is not about a query.
    pub query: String,
}

/// Findings that are known, each with how often it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline(BTreeMap<Entry, usize>);

impl Entry {
    /// Makes the entry of a finding in a file.
    pub fn of(file: &str, document: &Document, finding: &Finding) -> Entry {
        let holder = finding.about.holder().and_then(|at| document.holders.get(at));
        let query = match finding.about {
            About::Query { target, .. } => holder.and_then(|holder| holder.targets.get(target)),
            // What is told of a target stands in it.
            About::Holder(_) => holder.and_then(|holder| {
                let is_around = |start: usize, end: usize| start <= finding.span.start && finding.span.end <= end;
                holder.targets.iter().find(|target| is_around(target.span.start, target.span.end))
            }),
            About::File => None,
        };
        let query = query.and_then(|target| target.sent()).map(|found| hash(&found.text)).unwrap_or_default();
        let panel = holder.and_then(|holder| holder.id.clone()).unwrap_or_default();
        Entry { file: file.to_owned(), panel, rule: finding.diagnostic.code.row().name.to_owned(), query }
    }
}

impl Baseline {
    /// Adds a finding.
    pub fn add(&mut self, entry: Entry) {
        *self.0.entry(entry).or_default() += 1;
    }

    /// Takes out one entry that is like this one; tells whether there was one.
    pub fn take(&mut self, entry: &Entry) -> bool {
        let Some(count) = self.0.get_mut(entry) else { return false };
        *count -= 1;
        if *count == 0 {
            self.0.remove(entry);
        }
        true
    }

    /// Takes out of the findings of a file those that are known. What stays in the list is not found any more.
    pub fn filter(&mut self, file: &str, document: &Document, findings: &mut Vec<Finding>) {
        findings.retain(|finding| !self.take(&Entry::of(file, document, finding)));
    }

    /// Returns how many findings are in the list.
    pub fn len(&self) -> usize {
        self.0.values().sum()
    }

    /// Tells whether no finding is in the list.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many findings of a file are in the list.
    pub fn len_of(&self, file: &str) -> usize {
        self.0.iter().filter(|(entry, _)| entry.file == file).map(|(_, count)| count).sum()
    }

    /// Reads the list.
    ///
    /// # Errors
    ///
    /// The byte at which the text is wrong, with a sentence about it.
    pub fn parse(text: &str) -> Result<Baseline, (usize, String)> {
        let root = json::parse(text).map_err(|broken| (broken.at, broken.message))?;
        let wrong = |node: &Node<'_>, message: &str| (node.span.start, message.to_owned());
        let version = root.get("version").ok_or_else(|| wrong(&root, "a baseline has a `version`"))?;
        if version.value != crate::document::node::Value::Number(VERSION) {
            return Err(wrong(version, "this version is not known; write the list anew"));
        }
        let entries = root.get("findings").ok_or_else(|| wrong(&root, "a baseline has `findings`"))?;
        let mut baseline = Baseline::default();
        for entry in entries.items() {
            let text = |name: &str| entry.get(name).and_then(Node::str).map(str::to_owned);
            let (Some(file), Some(rule)) = (text("file"), text("rule")) else {
                return Err(wrong(entry, "an entry has a `file` and a `rule`"));
            };
            baseline.add(Entry {
                file,
                rule,
                panel: text("panel").unwrap_or_default(),
                query: text("query").unwrap_or_default(),
            });
        }
        Ok(baseline)
    }

    /// Writes the list: sorted, one entry a line.
    pub fn write(&self) -> String {
        let mut text = format!("{{\n  \"version\": {VERSION},\n  \"findings\": [");
        let mut is_first = true;
        for (entry, count) in &self.0 {
            for _ in 0..*count {
                text.push_str(if is_first { "\n    {" } else { ",\n    {" });
                is_first = false;
                let parts =
                    [("file", &entry.file), ("panel", &entry.panel), ("rule", &entry.rule), ("query", &entry.query)];
                let filled = parts.into_iter().filter(|(_, value)| !value.is_empty());
                let parts: Vec<String> =
                    filled.map(|(name, value)| format!("\"{name}\": {}", super::interpolate::json(value))).collect();
                text.push_str(&parts.join(", "));
                text.push('}');
            }
        }
        text.push_str(if is_first { "]\n}\n" } else { "\n  ]\n}\n" });
        text
    }
}

/// Returns a number for a query's text, in hexadecimal, that does not change with its white space: 64-bit FNV-1a.
pub fn hash(text: &str) -> String {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    let words = text.split_whitespace().flat_map(|word| word.bytes().chain([b' ']));
    format!("{:016x}", words.fold(START, step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        document::{Known, read},
        lint::{Options, lint},
    };

    const FILE: &str = r#"{"panels": [
        {"id": 3, "targets": [{"datasource": {"type": "tempo"}, "query": "{ status = \"a\" || status = \"b\" }"}]},
        {"id": 4, "targets": [{"datasource": {"type": "tempo"}, "query": "{ name = 'x' }", "queryType": "search"}]}]}"#;

    fn list(name: &str, text: &str) -> Baseline {
        let document = read("a.json", text, &Known::default());
        let mut baseline = Baseline::default();
        lint(&document, &Options::default()).iter().for_each(|found| baseline.add(Entry::of(name, &document, found)));
        baseline
    }

    #[test]
    fn entries_are_sorted_and_read_as_they_were_written() {
        let baseline = list("dir/a.json", FILE);
        let text = baseline.write();
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("rule")).collect();
        assert!(lines.is_sorted_by(|a, b| a.trim_end_matches(',') <= b.trim_end_matches(',')), "{text}");
        assert_eq!(lines.len(), baseline.len());
        assert!(
            lines[0].contains(r#"{"file": "dir/a.json", "panel": "3", "rule": "type-mismatch", "query": ""#),
            "{text}"
        );
        assert_eq!(Baseline::parse(&text), Ok(baseline));
        assert_eq!(Baseline::parse(&Baseline::default().write()), Ok(Baseline::default()));
    }

    #[test]
    fn what_is_known_is_passed_over_wherever_it_stands() {
        let mut baseline = list("a.json", FILE);
        let count = baseline.len();
        let moved = FILE.replace("[\n", "[\n\n\n").replace("\\\" ||", "\\\"   ||");
        let document = read("a.json", &moved, &Known::default());
        let mut findings = lint(&document, &Options::default());
        assert_eq!(findings.len(), count);
        baseline.filter("a.json", &document, &mut findings);
        assert!(findings.is_empty() && baseline.is_empty(), "{findings:?} {baseline:?}");
    }

    #[test]
    fn what_is_not_known_stays_and_what_is_mended_is_left() {
        let mut baseline = list("a.json", FILE);
        let new = FILE.replace("status = \\\"a\\\"", "kind = \\\"a\\\"");
        let document = read("a.json", &new, &Known::default());
        let mut findings = lint(&document, &Options::default());
        baseline.filter("a.json", &document, &mut findings);
        assert_eq!((findings.len(), baseline.len_of("a.json"), baseline.len_of("b.json")), (2, 2, 0));
    }

    #[test]
    fn a_list_that_is_none_is_told_with_its_place() {
        assert_eq!(Baseline::parse("{}"), Err((0, "a baseline has a `version`".to_owned())));
        let text = "{\"version\": 1, \"findings\": [{\"file\": \"a\"}]}";
        assert_eq!(Baseline::parse(text), Err((28, "an entry has a `file` and a `rule`".to_owned())));
        assert!(Baseline::parse("{\"version\": 2, \"findings\": []}").is_err());
        assert!(Baseline::parse("[").is_err());
    }
}
