//! Operators: their spelling, how tightly they bind, and how a flat list of operands becomes a tree.

/// `-x` or `!x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// Arithmetic negation.
    Neg,
    /// Logical negation.
    Not,
}

impl UnaryOp {
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
        match self {
            CompareOp::Eq => "=",
            CompareOp::Ne => "!=",
            CompareOp::Lt => "<",
            CompareOp::Le => "<=",
            CompareOp::Gt => ">",
            CompareOp::Ge => ">=",
        }
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
        match self {
            ArithmeticOp::Add => "+",
            ArithmeticOp::Sub => "-",
            ArithmeticOp::Mul => "*",
            ArithmeticOp::Div => "/",
            ArithmeticOp::Mod => "%",
            ArithmeticOp::Pow => "^",
        }
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
        match self {
            BinaryOp::And => "&&",
            BinaryOp::Or => "||",
            BinaryOp::Compare(op) => op.text(),
            BinaryOp::Match => "=~",
            BinaryOp::NotMatch => "!~",
            BinaryOp::Arithmetic(op) => op.text(),
        }
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
        use Relation::{Ancestor, Child, Descendant, Parent, Sibling};
        match self {
            SpansetOp::And => "&&",
            SpansetOp::Or => "||",
            SpansetOp::Related(Child) => ">",
            SpansetOp::Related(Parent) => "<",
            SpansetOp::Related(Descendant) => ">>",
            SpansetOp::Related(Ancestor) => "<<",
            SpansetOp::Related(Sibling) => "~",
            SpansetOp::Unrelated(Child) => "!>",
            SpansetOp::Unrelated(Parent) => "!<",
            SpansetOp::Unrelated(Descendant) => "!>>",
            SpansetOp::Unrelated(Ancestor) => "!<<",
            SpansetOp::Unrelated(Sibling) => "!~",
            SpansetOp::Union(Child) => "&>",
            SpansetOp::Union(Parent) => "&<",
            SpansetOp::Union(Descendant) => "&>>",
            SpansetOp::Union(Ancestor) => "&<<",
            SpansetOp::Union(Sibling) => "&~",
        }
    }
}
