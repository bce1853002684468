//! Operators: their spelling, how tightly they bind, and how a flat list of operands becomes a tree.

pub mod resolve;

use crate::vocab::release::Release;

macro_rules! operators {
    ($($id:ident $text:literal $level:literal $since:ident $doc:literal;)*) => {
        /// An operator between two operands, as it is spelled. What it means depends on the operands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Op { $(#[doc = concat!("`", $text, "`: ", $doc)] $id,)* }

        /// Every operator between two operands, in the order of [`Op`].
        pub static OPERATORS: &[OperatorRow] = &[
            $(OperatorRow { op: Op::$id, text: $text, level: $level, since: Release::$since, doc: $doc },)*
        ];
    };
}

/// What is known of an operator.
#[derive(Debug)]
pub struct OperatorRow {
    /// Which operator.
    pub op: Op,
    /// Its spelling.
    pub text: &'static str,
    /// How tightly it binds: an operator of a higher level is computed first. All but `^` group from the left.
    pub level: u8,
    /// The first Tempo release that takes it between spansets, or, for arithmetic, between expressions.
    pub since: Release,
    /// One line for hover texts.
    pub doc: &'static str,
}

// Tempo's levels: `&&` and `||` share one, and so do comparisons with the structural operators.
operators! {
    And "&&" 2 V2_0 "both";
    Or "||" 2 V2_0 "either or both";
    Eq "=" 3 V2_0 "is equal";
    Ne "!=" 3 V2_0 "is there and not equal";
    Lt "<" 3 V2_3 "is less; between spansets: the right spans that are parents of left ones";
    Le "<=" 3 V2_0 "is at most";
    Gt ">" 3 V2_2 "is greater; between spansets: the right spans that are children of left ones";
    Ge ">=" 3 V2_0 "is at least";
    Match "=~" 3 V2_0 "the whole text matches the regular expression";
    NotMatch "!~" 3 V2_3 "the text does not match; between spansets: the right spans that are no siblings of left ones";
    Descendant ">>" 3 V2_2 "the right spans that are below left ones";
    Ancestor "<<" 3 V2_3 "the right spans that are above left ones";
    Sibling "~" 3 V2_2 "the right spans that are siblings of left ones";
    NotChild "!>" 3 V2_3 "the right spans that are no children of left ones";
    NotParent "!<" 3 V2_3 "the right spans that are no parents of left ones";
    NotDescendant "!>>" 3 V2_3 "the right spans that are not below left ones";
    NotAncestor "!<<" 3 V2_3 "the right spans that are not above left ones";
    UnionChild "&>" 3 V2_5 "parents on the left with their children on the right";
    UnionParent "&<" 3 V2_5 "children on the left with their parents on the right";
    UnionDescendant "&>>" 3 V2_5 "left spans with the right spans below them";
    UnionAncestor "&<<" 3 V2_5 "left spans with the right spans above them";
    UnionSibling "&~" 3 V2_5 "siblings on both sides";
    Add "+" 4 V2_1 "sum";
    Sub "-" 4 V2_1 "difference";
    Mul "*" 6 V2_1 "product";
    Div "/" 6 V2_1 "quotient; of whole numbers without the rest";
    Mod "%" 6 V2_1 "rest of a division";
    Pow "^" 7 V2_1 "power; groups from the right";
}

impl OperatorRow {
    /// Returns the documentation of one of the operator's two meanings, or the only one that it has.
    pub fn doc_of(&self, is_between_spansets: bool) -> &'static str {
        match self.doc.split_once("; between spansets: ") {
            Some((_, meaning)) if is_between_spansets => meaning,
            Some((meaning, _)) => meaning,
            None => self.doc,
        }
    }
}

impl Op {
    /// Returns the operator's row.
    pub fn row(self) -> &'static OperatorRow {
        &OPERATORS[self as usize]
    }

    /// Returns the operator as written.
    pub fn text(self) -> &'static str {
        self.row().text
    }

    /// Returns what the operator means between expressions over a span, if it means anything there.
    pub fn as_binary(self) -> Option<BinaryOp> {
        Some(match self {
            Op::And => BinaryOp::And,
            Op::Or => BinaryOp::Or,
            Op::Match => BinaryOp::Match,
            Op::NotMatch => BinaryOp::NotMatch,
            _ => match self.as_compare() {
                Some(op) => BinaryOp::Compare(op),
                None => BinaryOp::Arithmetic(self.as_arithmetic()?),
            },
        })
    }

    /// Returns the comparison that the operator is.
    pub fn as_compare(self) -> Option<CompareOp> {
        Some(match self {
            Op::Eq => CompareOp::Eq,
            Op::Ne => CompareOp::Ne,
            Op::Lt => CompareOp::Lt,
            Op::Le => CompareOp::Le,
            Op::Gt => CompareOp::Gt,
            Op::Ge => CompareOp::Ge,
            _ => return None,
        })
    }

    /// Returns the arithmetic that the operator is.
    pub fn as_arithmetic(self) -> Option<ArithmeticOp> {
        Some(match self {
            Op::Add => ArithmeticOp::Add,
            Op::Sub => ArithmeticOp::Sub,
            Op::Mul => ArithmeticOp::Mul,
            Op::Div => ArithmeticOp::Div,
            Op::Mod => ArithmeticOp::Mod,
            Op::Pow => ArithmeticOp::Pow,
            _ => return None,
        })
    }

    /// Returns what the operator means between spansets, if it means anything there.
    pub fn as_spanset(self) -> Option<SpansetOp> {
        use Relation::{Ancestor, Child, Descendant, Parent, Sibling};
        Some(match self {
            Op::And => SpansetOp::And,
            Op::Or => SpansetOp::Or,
            Op::Gt => SpansetOp::Related(Child),
            Op::Lt => SpansetOp::Related(Parent),
            Op::Descendant => SpansetOp::Related(Descendant),
            Op::Ancestor => SpansetOp::Related(Ancestor),
            Op::Sibling => SpansetOp::Related(Sibling),
            Op::NotChild => SpansetOp::Unrelated(Child),
            Op::NotParent => SpansetOp::Unrelated(Parent),
            Op::NotDescendant => SpansetOp::Unrelated(Descendant),
            Op::NotAncestor => SpansetOp::Unrelated(Ancestor),
            Op::NotMatch => SpansetOp::Unrelated(Sibling),
            Op::UnionChild => SpansetOp::Union(Child),
            Op::UnionParent => SpansetOp::Union(Parent),
            Op::UnionDescendant => SpansetOp::Union(Descendant),
            Op::UnionAncestor => SpansetOp::Union(Ancestor),
            Op::UnionSibling => SpansetOp::Union(Sibling),
            _ => return None,
        })
    }
}

/// Returns how the operator is written that means what is asked for.
fn text_where(means: impl Fn(Op) -> bool) -> &'static str {
    OPERATORS.iter().find(|row| means(row.op)).map_or("", |row| row.text)
}

/// `-x` or `!x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// Arithmetic negation.
    Neg,
    /// Logical negation.
    Not,
}

impl UnaryOp {
    /// Returns how tightly the operator binds, on the scale of [`OperatorRow::level`]: Tempo gives unary `-` the level of
    /// binary `-`, and `!` one between `+` and `*`.
    pub fn level(self) -> u8 {
        match self {
            UnaryOp::Neg => Op::Sub.row().level,
            UnaryOp::Not => 5,
        }
    }

    /// Returns the operator as written.
    pub fn text(self) -> &'static str {
        match self {
            UnaryOp::Neg => "-",
            UnaryOp::Not => "!",
        }
    }
}

/// A comparison that has an order or equality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl CompareOp {
    /// Returns the operator as written.
    pub fn text(self) -> &'static str {
        text_where(|op| op.as_compare() == Some(self))
    }

    /// Returns the operator that means the same with its sides exchanged.
    pub fn flipped(self) -> CompareOp {
        match self {
            CompareOp::Lt => CompareOp::Gt,
            CompareOp::Le => CompareOp::Ge,
            CompareOp::Gt => CompareOp::Lt,
            CompareOp::Ge => CompareOp::Le,
            same => same,
        }
    }
}

/// Arithmetic between numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
}

impl ArithmeticOp {
    /// Returns the operator as written.
    pub fn text(self) -> &'static str {
        text_where(|op| op.as_arithmetic() == Some(self))
    }
}

/// An operator between two expressions over a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `&&`
    And,
    /// `||`
    Or,
    /// A comparison.
    Compare(CompareOp),
    /// `=~`
    Match,
    /// `!~`
    NotMatch,
    /// Arithmetic.
    Arithmetic(ArithmeticOp),
}

impl BinaryOp {
    /// Returns the operator as written.
    pub fn text(self) -> &'static str {
        text_where(|op| op.as_binary() == Some(self))
    }
}

/// How two spans of a trace lie to each other; the result of an operator is taken from its right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `>`: the right span is a child of the left one.
    Child,
    /// `<`: the right span is the parent of the left one.
    Parent,
    /// `>>`: the right span is below the left one.
    Descendant,
    /// `<<`: the right span is above the left one.
    Ancestor,
    /// `~`: both have the same parent.
    Sibling,
}

/// An operator between spansets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpansetOp {
    /// `&&`: the spans of both sides, if neither is empty.
    And,
    /// `||`: the spans of both sides.
    Or,
    /// `>`, `>>`, …: right spans that have the relation to some left span.
    Related(Relation),
    /// `!>`, `!>>`, …: right spans that have it to no left span.
    Unrelated(Relation),
    /// `&>`, `&>>`, …: the spans of both sides that take part in the relation.
    Union(Relation),
}

impl SpansetOp {
    /// Returns the operator as written.
    pub fn text(self) -> &'static str {
        text_where(|op| op.as_spanset() == Some(self))
    }
}
