//! The tables of words: complete, in the order of their enums, and spelled as the lexer reads them.

use traceql_grammar::{
    diagnostic::CODES,
    ops::{ArithmeticOp, BinaryOp, CompareOp, OPERATORS, Op, SpansetOp},
    token::{Token, lex},
    vocab::{
        functions::{AggregateFn, FUNCTIONS, Function, MetricsFn},
        hints::HINTS,
        intrinsics::INTRINSICS,
        scopes::SCOPES,
    },
};

#[test]
fn operators_are_read_as_their_rows_spell_them() {
    for row in OPERATORS {
        let tokens: Vec<_> = lex(row.text).lexemes.into_iter().map(|lexeme| lexeme.token).collect();
        let token = if row.op == Op::Sub { Token::Minus } else { Token::Op(row.op) };
        assert_eq!(tokens, [token], "{}", row.text);
    }
}

/// What an operator means between spans or spansets is written as the operator.
#[test]
fn operators_keep_their_spelling() {
    for row in OPERATORS {
        let meanings = [
            row.op.as_binary().map(BinaryOp::text),
            row.op.as_compare().map(CompareOp::text),
            row.op.as_arithmetic().map(ArithmeticOp::text),
            row.op.as_spanset().map(SpansetOp::text),
        ];
        assert!(meanings.iter().any(Option::is_some), "{}", row.text);
        for text in meanings.into_iter().flatten() {
            assert_eq!(text, row.text);
        }
    }
}

#[test]
fn rows_stand_where_their_ids_look_for_them() {
    for row in OPERATORS {
        assert!(std::ptr::eq(row, row.op.row()), "{}", row.text);
    }
    for row in INTRINSICS {
        assert!(std::ptr::eq(row, row.id.row()), "{}", row.canonical);
    }
    for row in SCOPES {
        assert!(std::ptr::eq(row, row.scope.row()), "{}", row.word);
    }
    for row in CODES {
        assert!(std::ptr::eq(row, row.id.row()), "{}", row.name);
    }
    assert!(CODES.is_sorted_by(|a, b| a.number < b.number));
}

/// A scope is read by the lexer wherever its word and a point stand before a name.
#[test]
fn scopes_are_read_as_their_rows_spell_them() {
    for row in SCOPES {
        let text = format!("{}.x", row.word);
        let tokens: Vec<_> = lex(&text).lexemes.into_iter().map(|lexeme| lexeme.token).collect();
        let [Token::Attribute(attribute)] = tokens.as_slice() else { panic!("{text}: {tokens:?}") };
        assert_eq!((attribute.scope, attribute.of_parent), (row.scope, false), "{text}");
    }
}

/// A new function has to be added here, which the compiler asks for; then its row has to follow, because a call looks it up
/// without a way to fail.
#[test]
fn every_function_has_a_row() {
    let aggregates = match AggregateFn::Count {
        AggregateFn::Count | AggregateFn::Min | AggregateFn::Max | AggregateFn::Avg | AggregateFn::Sum => 5,
    };
    let metrics = match MetricsFn::Rate {
        MetricsFn::Rate
        | MetricsFn::CountOverTime
        | MetricsFn::MinOverTime
        | MetricsFn::MaxOverTime
        | MetricsFn::AvgOverTime
        | MetricsFn::SumOverTime
        | MetricsFn::QuantileOverTime
        | MetricsFn::HistogramOverTime
        | MetricsFn::Compare => 9,
    };
    let others = match Function::By {
        Function::Aggregate(_) | Function::Metrics(_) => 0,
        Function::By | Function::Coalesce | Function::Select | Function::TopK | Function::BottomK => 5,
    };
    assert_eq!(FUNCTIONS.len(), aggregates + metrics + others);
    for row in FUNCTIONS {
        // Each id and each name once.
        assert!(std::ptr::eq(row, row.id.row()), "{}", row.name);
        assert_eq!(Function::from_name(row.name), Some(row.id));
    }
}

#[test]
fn intrinsics_are_found_by_each_of_their_spellings() {
    use traceql_grammar::vocab::intrinsics::Intrinsic;
    for row in INTRINSICS {
        assert!(row.bare.is_none_or(|word| Intrinsic::from_bare(word) == Some(row.id)), "{}", row.canonical);
        assert!(row.scoped.is_none_or(|(scope, word)| Intrinsic::from_scoped(scope, word) == Some(row.id)));
        assert_eq!(row.canonical, row.bare.map_or_else(|| row.id.scoped(), str::to_owned));
    }
}

/// The example of each hint is a value of a type that it takes, and its name is free for hints.
#[test]
fn hints_take_their_examples() {
    use traceql_grammar::{
        CheckOptions, check,
        lint::{Known, lint},
    };
    for row in HINTS {
        let query = format!("{{ }} with ({}={})", row.name, row.example);
        let checked = check(&query, CheckOptions::of(row.since));
        assert_eq!(checked.query.hints.len(), 1, "{query}: {:?}", checked.diagnostics);
        assert!(row.types.contains(&checked.query.hints[0].value.ty()), "{query}");
        assert_eq!(lint(&checked, &Known::default()), [], "{query}");
    }
}
