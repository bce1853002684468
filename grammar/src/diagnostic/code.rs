//! The table of diagnostic codes. A code is never reused.
//!
//! It holds the codes of every crate, those of lint rules that look at dashboards or files included: so numbers and names
//! are unique, and one list serves `traceql explain` and SARIF.

use super::{Class, Severity};

macro_rules! codes {
    ($($id:ident $number:literal $name:literal $class:ident $severity:ident $summary:literal;)*) => {
        /// A kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $summary] $id,)*
        }

        /// Every code, in order of its number.
        pub static CODES: &[CodeRow] = &[
            $(CodeRow {
                id: Code::$id, number: $number, name: $name, class: Class::$class, severity: Severity::$severity,
                summary: $summary,
                page: include_str!(concat!("codes/", $name, ".md")),
            },)*
        ];
    };
}

/// What is known of a code.
#[derive(Debug)]
pub struct CodeRow {
    /// Which code.
    pub id: Code,
    /// The stable number: `TQ0301`.
    pub number: &'static str,
    /// The stable name: `type-mismatch`.
    pub name: &'static str,
    /// At which point it stops a query.
    pub class: Class,
    /// How bad its findings are where a rule does not say otherwise.
    pub severity: Severity,
    /// One line that says what is wrong.
    pub summary: &'static str,
    /// The page that `traceql explain` prints, in Markdown.
    pub page: &'static str,
}

codes! {
    // 01: characters and words.
    UnexpectedCharacter "TQ0101" "unexpected-character" Parse Error "a character that TraceQL has no use for";
    UnterminatedString "TQ0102" "unterminated-string" Parse Error "a string without its closing quote";
    UnterminatedComment "TQ0103" "unterminated-comment" Parse Error "a comment without its end";
    BadEscape "TQ0104" "bad-escape" Parse Error "an escape sequence that strings do not have";
    BadNumber "TQ0105" "bad-number" Parse Error "a number that cannot be read";
    BadDuration "TQ0106" "bad-duration" Parse Error "a duration that cannot be read";
    SingleQuotes "TQ0107" "single-quotes" Parse Error "text in single quotes";
    UnknownWord "TQ0108" "unknown-word" Parse Error "a word that TraceQL does not have";
    UnscopedName "TQ0109" "unscoped-name" Parse Error "an attribute's name without a scope before it";
    BadAttributeName "TQ0110" "bad-attribute-name" Parse Error "a scope without an attribute's name right behind it";
    UnknownIntrinsic "TQ0111" "unknown-intrinsic" Parse Error "a scope that has no such intrinsic";
    WrongCase "TQ0112" "wrong-case" Parse Error "a word in the wrong case";
    BadNameEscape "TQ0113" "bad-name-escape" Parse Error "an escape sequence that quoted names do not have";
    BacktickName "TQ0114" "backtick-name" Parse Error "an attribute's name in backticks";
    // 02: the order of words.
    UnexpectedToken "TQ0201" "unexpected-token" Parse Error "something that cannot stand where it stands";
    MissingOperand "TQ0202" "missing-operand" Parse Error "an operator or a list with nothing on one side";
    UnbalancedBracket "TQ0203" "unbalanced-bracket" Parse Error "a bracket without its partner";
    EmptyQuery "TQ0204" "empty-query" Parse Error "a query without anything in it";
    ForeignOperator "TQ0205" "foreign-operator" Parse Error "an operator from another language";
    ForeignSyntax "TQ0206" "foreign-syntax" Parse Error "a construct from another query language";
    MissingBraces "TQ0207" "missing-braces" Parse Error "a condition outside of braces";
    MissingParentheses "TQ0208" "missing-parentheses" Parse Error "a function without its parentheses";
    WrongStage "TQ0209" "wrong-stage" Parse Error "a stage that cannot stand at this place of the pipeline";
    WrongArguments "TQ0210" "wrong-arguments" Parse Error "arguments that the function does not take";
    MisplacedNil "TQ0211" "misplaced-nil" Parse Error "`nil` beside something other than `=` and `!=`";
    NestingTooDeep "TQ0212" "nesting-too-deep" Parse Error "brackets or operators nested more than 256 deep";
    BadHint "TQ0213" "bad-hint" Parse Error "a hint that is not `name=literal`";
    BadScalar "TQ0214" "bad-scalar" Parse Error "arithmetic between literals that cannot be computed";
    TemplateVariable "TQ0215" "template-variable" Parse Error "a dashboard variable that nothing has replaced";
    QueryTooLong "TQ0216" "query-too-long" Parse Error "a text of more than 1 MiB";
    // 03: types.
    TypeMismatch "TQ0301" "type-mismatch" Validate Error "values of types that cannot be compared or combined";
    WrongOperator "TQ0302" "wrong-operator" Validate Error "an operator that the type does not have";
    NotBoolean "TQ0303" "not-boolean" Validate Error "a filter that is not a condition";
    BadRegex "TQ0304" "bad-regex" Validate Error "a regular expression that cannot be read";
    RegexNotLiteral "TQ0305" "regex-not-literal" Validate Error "a regular expression that is not a literal";
    NeverNil "TQ0306" "never-nil" Validate Error "a test whether something that always is there is absent";
    NotNumeric "TQ0307" "not-numeric" Validate Error "an aggregate over something that is no number";
    ConstantArgument "TQ0308" "constant-argument" Validate Error "an aggregate or group over a constant";
    // 04: arguments of functions.
    QuantileRange "TQ0401" "quantile-range" Validate Error "a quantile below 0 or above 1";
    BadLimit "TQ0402" "bad-limit" Validate Error "a limit of 0";
    BadCompare "TQ0403" "bad-compare" Validate Error "arguments out of range for `compare()`";
    CompareStages "TQ0404" "compare-stages" Validate Error "`compare()` with further stages or arithmetic";
    // 05: what Tempo reads but does not run.
    ParentUnsupported "TQ0501" "parent-unsupported" Unsupported Error "`parent`, which Tempo does not run";
    ScalarUnsupported "TQ0502" "scalar-unsupported" Unsupported Error "a comparison of aggregates that Tempo does not run";
    NeedsRelease "TQ0503" "needs-release" Unsupported Error "something that the chosen Tempo release does not take";
    TooManyGroups "TQ0504" "too-many-groups" Unsupported Error "more fields after `by` than Tempo takes";
    // 06: habits that cost or mislead, whoever answers. A warning is one whose findings are nearly always right; what only the
    // data or the author can tell is information.
    DurationWithoutUnit "TQ0601" "duration-without-unit" Lint Warning "a duration compared with a bare number, which counts nanoseconds";
    IntrinsicAsAttribute "TQ0602" "intrinsic-as-attribute" Lint Warning "an attribute with the name of an intrinsic";
    StatusCodeAsText "TQ0603" "status-code-as-text" Lint Warning "a status code compared with text, although it is a number";
    UnknownHint "TQ0604" "unknown-hint" Lint Warning "a hint that nothing reads, or with a value of the wrong type";
    UnscopedAttribute "TQ0605" "unscoped-attribute" Lint Info "an attribute without its scope, which is looked for twice";
    ConstantCondition "TQ0606" "constant-condition" Lint Warning "a condition that is always true or always false";
    DuplicateCondition "TQ0607" "duplicate-condition" Lint Warning "a condition that stands there twice";
    ContradictoryCondition "TQ0608" "contradictory-condition" Lint Warning "tests of one value that cannot both hold";
    PlainWordRegex "TQ0609" "plain-word-regex" Lint Warning "a regular expression that is plain text";
    MatchAllRegex "TQ0610" "match-all-regex" Lint Warning "a regular expression that every text matches";
    UselessAnchors "TQ0611" "useless-anchors" Lint Info "`^` or `$` at the ends of a pattern, which is anchored anyway";
    UnboundedGroup "TQ0612" "unbounded-group" Lint Warning "a series for each value of something that has no end of them";
    NegativeDropsAbsent "TQ0613" "negative-drops-absent" Lint Info "`!=` or `!~`, which drops spans without the attribute";
    DeprecatedName "TQ0614" "deprecated-name" Lint Info "a name that the semantic conventions have replaced";
    SplitEventTests "TQ0615" "split-event-tests" Lint Warning "tests that no single event or link can pass together";
    CommentedStage "TQ0616" "commented-stage" Lint Warning "a stage inside a comment, which does not run";
    // 07: where Tempo answers differently; the names are those of the rules. What is true of very many queries and matters
    // only over unusual data is information.
    TempoNegation "TQ0701" "tempo-negation" Lint Warning "a negated comparison, which Tempo answers wrongly";
    TempoNumbers "TQ0702" "tempo-numbers" Lint Info "a number literal, which Tempo finds in one numeric type only";
    TempoLiteralFirst "TQ0703" "tempo-literal-first" Lint Warning "a literal on the left, which Tempo compares the wrong way round";
    TempoArrays "TQ0704" "tempo-arrays" Lint Info "`!=` or `!~`, which Tempo answers differently for arrays";
    TempoPower "TQ0705" "tempo-power" Lint Warning "`^` between whole numbers, which Tempo computes with its sides exchanged";
    TempoMissingIsFalse "TQ0706" "tempo-missing-is-false" Lint Warning "a bare attribute in a condition, which spoils the whole in Tempo where it is absent";
    TempoRunTimeErrors "TQ0707" "tempo-run-time-errors" Lint Info "an operation that makes Tempo refuse the whole query for one odd span";
    TempoUnscopedNil "TQ0708" "tempo-unscoped-nil" Lint Warning "an unscoped test for `nil`, which matches nearly every span in Tempo";
    TempoRootless "TQ0709" "tempo-rootless" Lint Info "a structural operator, which Tempo answers only in traces with a root";
    TempoIds "TQ0710" "tempo-ids" Lint Warning "an operator on ids that Tempo refuses or answers differently";
    TempoAggregates "TQ0711" "tempo-aggregates" Lint Info "an aggregate over an attribute, which Tempo computes over one type only";
    TempoMetricsValues "TQ0712" "tempo-metrics-values" Lint Info "a metrics function over an attribute, which Tempo computes differently";
    TempoAbsentEvents "TQ0713" "tempo-absent-events" Lint Info "an intrinsic of events or links, which Tempo makes up for spans without any";
    TempoDedicatedNil "TQ0714" "tempo-dedicated-nil" Lint Info "an attribute with a column of its own, whose absence Tempo shows as text";
    TempoUnionStructural "TQ0715" "tempo-union-structural" Lint Warning "`&>>` or `&<<`, which drops spans in Tempo";
    TempoAfterSelect "TQ0716" "tempo-after-select" Lint Warning "a field that only stages behind `select` read, which Tempo does not give them";
    TempoOrPredicates "TQ0717" "tempo-or-predicates" Lint Warning "a measured field that is tested under `||`, of which Tempo loses values";
    TempoOrConstant "TQ0718" "tempo-or-constant" Lint Warning "a constant side of `||`, beside which Tempo finds too little";
    TempoCompareFields "TQ0719" "tempo-compare-fields" Lint Warning "a field that Tempo's `compare` does not know";
    TempoEventValues "TQ0720" "tempo-event-values" Lint Warning "a shown value of an event or link, which Tempo takes from the last one";
    TempoSeveralEvents "TQ0721" "tempo-several-events" Lint Info "a test of event or link attributes, which misses matches in Tempo";
    TempoLostMetadata "TQ0722" "tempo-lost-metadata" Lint Warning "a stage after which Tempo's answer lacks what the trace is called";
    TempoByThenRelation "TQ0723" "tempo-by-then-relation" Lint Warning "a relation behind `by`, which mixes up the groups in Tempo";
    TempoSpanOnlyMetrics "TQ0724" "tempo-span-only-metrics" Lint Warning "a field of the trace in a metrics filter, which Tempo has not fetched there";
    TempoArrayLabels "TQ0725" "tempo-array-labels" Lint Info "a label by an attribute, of which Tempo melts arrays into one series";
    // 08: panels, rules, variables and files.
    BrokenFile "TQ0801" "broken-file" Lint Error "a file that should hold queries and cannot be read";
    UnknownSuppression "TQ0802" "unknown-suppression" Lint Warning "a suppression that names no rule or no day";
    UnusedSuppression "TQ0803" "unused-suppression" Lint Warning "a suppression of something that is not found";
    UnknownQueryType "TQ0804" "unknown-query-type" Lint Error "a query type that Grafana does not have";
    SearchWithoutFilters "TQ0805" "search-without-filters" Lint Error "a query text beside the search form, which does not look at it";
    BadTableType "TQ0806" "bad-table-type" Lint Error "a `tableType` that Grafana does not have";
    BadMetricsQueryType "TQ0807" "bad-metrics-query-type" Lint Error "a `metricsQueryType` that Grafana does not have";
    MissingDataSource "TQ0808" "missing-data-source" Lint Error "a data source that nothing in the file defines";
    UndefinedVariable "TQ0809" "undefined-variable" Lint Error "a variable that the dashboard does not have";
    ForeignInterval "TQ0810" "foreign-interval" Lint Error "an interval that only Prometheus and Loki replace";
    MultiValueEquals "TQ0811" "multi-value-equals" Lint Warning "a variable with several values behind `=` or `!=`";
    UnescapedInRegex "TQ0812" "unescaped-in-regex" Lint Warning "a variable in a regular expression whose values are no plain text there";
    AlertNotMetrics "TQ0813" "alert-not-metrics" Lint Error "an alert rule whose query finds traces";
    AlertWithVariable "TQ0814" "alert-with-variable" Lint Error "a variable in an alert rule";
    HiddenByFirst "TQ0815" "hidden-by-first" Lint Error "a search behind another one in a panel, which is never sent";
    MixedPanel "TQ0816" "mixed-panel" Lint Error "a search and a metrics query in one panel";
    MetricsInTracesPanel "TQ0817" "metrics-in-traces-panel" Lint Error "a metrics query in a panel that shows a trace";
    SearchInTracesPanel "TQ0818" "search-in-traces-panel" Lint Error "a search in a panel that shows one trace";
    SearchInGraphPanel "TQ0819" "search-in-graph-panel" Lint Warning "a search in a panel that draws series";
    MistakenForMetrics "TQ0820" "mistaken-for-metrics" Lint Error "a search that Grafana takes for a metrics query";
    FiltersBesideQuery "TQ0821" "filters-beside-query" Lint Warning "ad hoc filters, which do nothing for queries in TraceQL";
    LimitAboveCap "TQ0822" "limit-above-cap" Lint Warning "more traces or spans than Tempo gives by default";
    RepeatedQuery "TQ0823" "repeated-query" Lint Info "one query in several panels of a dashboard";
}

impl Code {
    /// Returns the code's row.
    pub fn row(self) -> &'static CodeRow {
        &CODES[self as usize]
    }

    /// Finds a code by number or name, in any case.
    pub fn find(text: &str) -> Option<Code> {
        let is = |row: &&CodeRow| row.number.eq_ignore_ascii_case(text) || row.name.eq_ignore_ascii_case(text);
        CODES.iter().find(is).map(|row| row.id)
    }
}
