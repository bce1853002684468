//! What changed between releases of Tempo, apart from words and operators: those say themselves since when they are.

use crate::{diagnostic::Code, vocab::release::Release};

macro_rules! features {
    ($($id:ident $from:ident $until:expr, $what:literal;)*) => {
        /// A construct that some releases take.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Feature { $(#[doc = $what] $id,)* }

        static FEATURES: &[FeatureRow] = &[
            $(FeatureRow { from: Release::$from, until: $until, what: $what },)*
        ];
    };
}

/// When a construct is legal.
pub(super) struct FeatureRow {
    /// The first release that takes it.
    pub(super) from: Release,
    /// The first release that takes it no more.
    until: Option<Release>,
    /// The construct, for messages.
    pub(super) what: &'static str,
}

features! {
    NotEqualNil V2_3 None, "`!= nil`";
    EqualNil V2_10 None, "`= nil`";
    // 2.8 and 2.9 made `nil` part of `=` and `!=` but forgot it on the left of `=`.
    NilEqual V2_10 None, "`nil =`";
    NilEqualOld V2_3 Some(Release::V2_8), "`nil =`";
    NilEqualNil V2_8 None, "`nil = nil`";
    Hints V2_4 None, "`with (…)`";
    ScopeInName V2_4 None, "a name that begins like a scope";
    InnerQuotes V2_3 None, "quotes inside an attribute's name";
    AnyPattern V2_0 Some(Release::V3_0), "a regular expression that is not a literal";
    UncheckedPattern V2_0 Some(Release::V2_4), "an invalid regular expression";
    SelectExpression V2_2 Some(Release::V2_4), "an expression in `select`";
    FoldedScalar Main None, "arithmetic between literals beside an aggregate or metrics function";
    RankingChain V3_0 None, "more than one stage behind a metrics function";
    MetricsFilter V3_0 None, "a comparison behind a metrics function";
    MetricsMath Main None, "arithmetic between metrics queries";
    UnboundedCompare V2_6 Some(Release::Main), "more than 1000 values in `compare()`";
}

impl Feature {
    /// Returns the feature's row.
    pub(super) fn row(self) -> &'static FeatureRow {
        &FEATURES[self as usize]
    }
}

impl FeatureRow {
    /// Tells whether a release takes the construct.
    pub(super) fn legal_in(&self, release: Release) -> bool {
        self.from <= release && self.until.is_none_or(|until| release < until)
    }
}

/// Findings of the lexer that older releases did not make, with the first release that does.
static REFUSED_SINCE: [(Code, Release); 2] =
    [(Code::BadNameEscape, Release::V2_3), (Code::BacktickName, Release::V2_3)];

/// Tells whether the release makes this finding.
pub(super) fn is_made_by(code: Code, release: Release) -> bool {
    REFUSED_SINCE.iter().all(|(refused, since)| *refused != code || *since <= release)
}
