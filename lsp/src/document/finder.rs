//! The collection of queries while a file is read.

use std::ops::Range;

use traceql_grammar::template;

use super::{
    Known,
    holder::{Document, Found, Holder, HolderKind, Remark, Target},
    layer::Layer,
    words,
};

/// Nesting of values at most, over all texts inside of texts.
pub(super) const DEEPEST: usize = 256;

/// The queries found so far, with the settings of the search.
pub(super) struct Finder<'k> {
    /// Facts known before the file was read.
    pub(super) known: &'k Known,
    /// The queries found so far.
    pub(super) document: Document,
    /// Whether links to queries may be in the file.
    pub(super) has_links: bool,
    /// Whether the file is JSON only without the actions of a template in it.
    pub(super) has_actions: bool,
}

impl<'k> Finder<'k> {
    /// Begins with nothing found in a file.
    pub(super) fn new(known: &'k Known, file: &str) -> Finder<'k> {
        Finder { known, document: Document::default(), has_links: words::has_link(file), has_actions: false }
    }

    /// Returns what was found, in order of the file.
    pub(super) fn finish(mut self) -> Document {
        self.pass_over(0, "a query into which a variable of the environment is put", |_, found| {
            is_of_environment(found)
        });
        let has_actions = self.has_actions;
        self.pass_over(0, "a template whose values are put in later", |holder, found| {
            has_actions && found.text.contains("{{") || is_template(holder, found)
        });
        self.document.holders.sort_by_key(|holder| holder.span.start);
        self.document.broken.sort_by_key(|remark| remark.span.start);
        self.document.untold.sort_by_key(|remark| remark.span.start);
        self.document
    }

    /// Takes out the queries of which `is_unknown` says that they are not known, of the holders from `first` on.
    pub(super) fn pass_over(&mut self, first: usize, message: &str, is_unknown: impl Fn(&Holder, &Found) -> bool) {
        let Document { holders, untold, .. } = &mut self.document;
        let mut emptied = false;
        for holder in holders.iter_mut().skip(first) {
            let mut targets = std::mem::take(&mut holder.targets);
            targets.retain(|target| {
                let Some(found) = target.sent().filter(|found| is_unknown(holder, found)) else { return true };
                untold.push(Remark { span: found.span.clone(), message: message.to_owned() });
                false
            });
            emptied |= targets.is_empty();
            holder.targets = targets;
        }
        if emptied {
            holders.retain(|holder| !holder.targets.is_empty());
        }
    }

    /// Keeps a place that may hold a query of which nothing tells the language.
    pub(super) fn untold(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.document.untold.push(Remark { span, message: message.into() });
    }

    /// Keeps a place that cannot be read.
    pub(super) fn broken(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.document.broken.push(Remark { span, message: message.into() });
    }
}

/// Tells whether a query is a template: of Helm and the like in YAML, of Go in the links of a rule, of a program in an address that
/// stands in its text.
fn is_template(holder: &Holder, found: &Found) -> bool {
    let is_yaml = |layer: &Layer| {
        matches!(
            layer,
            Layer::YamlPlain
                | Layer::YamlSingle
                | Layer::YamlDouble
                | Layer::YamlLiteral(_)
                | Layer::YamlFolded(_)
                | Layer::Percent
        )
    };
    let has_braces = found.text.contains("{{") && found.layers.iter().any(is_yaml);
    let is_loose = holder.dashboard.is_none() && matches!(holder.kind, HolderKind::ExploreUrl | HolderKind::Link);
    has_braces || (is_loose && template::occurrences(&found.text).next().is_some())
}

/// Tells whether Grafana puts a variable of the environment into a query: files for provisioning name one with a single `$`. A
/// name in small letters is rather a variable of a dashboard, which is wrong there.
fn is_of_environment(found: &Found) -> bool {
    let is_capital = |name: &str| name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    // As the outermost layer it is that of a text in a Terraform file.
    let outermost = found.layers.len().saturating_sub(1);
    found.layers[..outermost].contains(&Layer::DoubledDollar)
        && template::occurrences(&found.text).any(|variable| {
            let sign = variable.span.range().start;
            is_capital(variable.name) && found.map.to_file(sign..sign + 1).len() == 1
        })
}

/// Makes a holder without a name.
pub(super) fn holder(kind: HolderKind, targets: Vec<Target>, span: Range<usize>) -> Holder {
    Holder {
        kind,
        title: None,
        id: None,
        description: None,
        panel_type: None,
        dashboard: None,
        repeats: Vec::new(),
        targets,
        span,
    }
}
