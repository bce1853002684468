//! Text into tokens. Never stops: what nobody knows becomes [`Token::Unknown`].

mod number;
pub(crate) mod string;

use std::borrow::Cow;

use logos::{Lexer, Logos};

use crate::{
    MOST_DIAGNOSTICS,
    diagnostic::{Code, Diagnostic, Edit},
    ops::Op,
    span::Span,
    vocab::scopes::Scope,
};

/// A token with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Lexeme<'t> {
    /// What it is.
    pub token: Token<'t>,
    /// Where it stands; empty for one that repair put in.
    pub span: Span,
}

/// A text in tokens.
#[derive(Clone, Debug, Default)]
pub struct Lexed<'t> {
    /// Everything but white space and comments, in order.
    pub lexemes: Vec<Lexeme<'t>>,
    /// The comments, in order.
    pub comments: Vec<Span>,
    /// What is wrong with single tokens.
    pub diagnostics: Vec<Diagnostic>,
}

/// A token. White space and comments are none.
#[derive(Logos, Clone, Debug, PartialEq)]
#[logos(skip r"[ \t\r\n]+")]
#[logos(extras = Extras)]
pub enum Token<'t> {
    /// `{`
    #[token("{")]
    OpenBrace,
    /// `}`
    #[token("}")]
    CloseBrace,
    /// `(`
    #[token("(")]
    OpenParen,
    /// `)`
    #[token(")")]
    CloseParen,
    /// `,`
    #[token(",")]
    Comma,
    /// `|`
    #[token("|")]
    Pipe,
    /// `-`, before an operand or between two.
    #[token("-")]
    Minus,
    /// `!`
    #[token("!")]
    Bang,
    /// Any operator that stands only between operands.
    #[token("&&", |_| Op::And)]
    #[token("||", |_| Op::Or)]
    #[token("=", |_| Op::Eq)]
    #[token("!=", |_| Op::Ne)]
    #[token("<", |_| Op::Lt)]
    #[token("<=", |_| Op::Le)]
    #[token(">", |_| Op::Gt)]
    #[token(">=", |_| Op::Ge)]
    #[token("=~", |_| Op::Match)]
    #[token("!~", |_| Op::NotMatch)]
    #[token(">>", |_| Op::Descendant)]
    #[token("<<", |_| Op::Ancestor)]
    #[token("~", |_| Op::Sibling)]
    #[token("!>", |_| Op::NotChild)]
    #[token("!<", |_| Op::NotParent)]
    #[token("!>>", |_| Op::NotDescendant)]
    #[token("!<<", |_| Op::NotAncestor)]
    #[token("&>", |_| Op::UnionChild)]
    #[token("&<", |_| Op::UnionParent)]
    #[token("&>>", |_| Op::UnionDescendant)]
    #[token("&<<", |_| Op::UnionAncestor)]
    #[token("&~", |_| Op::UnionSibling)]
    #[token("+", |_| Op::Add)]
    #[token("*", |_| Op::Mul)]
    #[token("/", |_| Op::Div)]
    #[token("%", |_| Op::Mod)]
    #[token("^", |_| Op::Pow)]
    Op(Op),
    /// `by`
    #[token("by")]
    By,
    /// `with`
    #[token("with")]
    With,
    /// A word: an intrinsic, a function, a literal such as `error`, or nothing that is known.
    #[regex(r"[A-Za-z_][A-Za-z0-9_]*", word)]
    #[regex(r"[^\x00-\x7F]", foreign_letter)]
    Word(&'t str),
    /// A scope that an intrinsic's word follows: `span:`, `trace:`.
    #[token("span:", scope_word)]
    #[token("trace:", scope_word)]
    #[token("event:", scope_word)]
    #[token("link:", scope_word)]
    #[token("instrumentation:", scope_word)]
    Scope(&'t str),
    /// An attribute; `name` is `None` where nothing stands behind the point.
    #[token(".", |lex| attribute(lex, Scope::Any, false))]
    #[token("span.", |lex| attribute(lex, Scope::Span, false))]
    #[token("resource.", |lex| attribute(lex, Scope::Resource, false))]
    #[token("event.", |lex| attribute(lex, Scope::Event, false))]
    #[token("link.", |lex| attribute(lex, Scope::Link, false))]
    #[token("instrumentation.", |lex| attribute(lex, Scope::Instrumentation, false))]
    #[token("parent.", |lex| attribute(lex, Scope::Any, true))]
    #[token("parent.span.", |lex| attribute(lex, Scope::Span, true))]
    #[token("parent.resource.", |lex| attribute(lex, Scope::Resource, true))]
    Attribute(AttributeName<'t>),
    /// A whole number.
    Int(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A duration in nanoseconds.
    Duration(i64),
    /// Text with quotes and escapes resolved.
    #[token("\"", string::quoted)]
    #[token("`", string::raw)]
    #[token("'", string::single_quoted)]
    #[token("“", string::typographic)]
    #[token("‘", string::typographic)]
    String(Cow<'t, str>),
    /// Something that cannot be read; a diagnostic says why.
    Invalid,
    /// A character that TraceQL has no use for.
    Unknown(char),
    /// Nothing: repair puts it where an operand is missing.
    Missing,
    /// Any number; becomes one of the above.
    #[regex(r"[0-9]|\.[0-9]", number::number)]
    #[doc(hidden)]
    Number(number::Number),
    /// Becomes an entry of [`Lexed::comments`].
    #[regex(r"//[^\n]*", allow_greedy = true)]
    #[token("/*", block_comment)]
    #[doc(hidden)]
    Comment,
}

/// An attribute as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeName<'t> {
    /// True behind `parent.`.
    pub of_parent: bool,
    /// The scope before the point.
    pub scope: Scope,
    /// The name without quotes; `None` where nothing stands behind the point.
    pub name: Option<Cow<'t, str>>,
    /// How the name is quoted, which old releases of Tempo care for.
    pub quoting: Quoting,
}

/// How an attribute's name is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// No quotes, or quotes that every release reads.
    Plain,
    /// A quoted part behind the beginning of the name holds what would end a bare name.
    Inner,
}

/// What the lexer gathers besides tokens.
#[derive(Default)]
pub struct Extras {
    diagnostics: Vec<Diagnostic>,
    open: string::Open,
}

/// Cuts `text` into tokens.
pub fn lex(text: &str) -> Lexed<'_> {
    // Places are 32 bits wide; Tempo takes 128 KiB.
    let limit = text.len().min(u32::MAX as usize);
    let limit = (limit.saturating_sub(3)..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let text = &text[..limit];
    // Tempo's scanner skips a byte order mark at the very beginning only.
    let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lexer = Token::lexer(text);
    lexer.bump(skipped);
    refuse_nul(text, &mut lexer.extras.diagnostics);
    let mut lexed = Lexed::default();
    // A token is four bytes or so on average, white space included.
    lexed.lexemes.reserve(text.len() / 4 + 4);
    while let Some(token) = lexer.next() {
        let range = lexer.span();
        let span = Span::new(range.start.max(skipped), range.end);
        let token = match token {
            Ok(Token::Comment) => {
                lexed.comments.push(span);
                continue;
            }
            Ok(Token::Number(number)) => number.into_token(span, lexer.slice(), &mut lexer.extras.diagnostics),
            Ok(token) => token,
            // Found already.
            Err(()) if lexer.slice() == "\0" => continue,
            Err(()) => Token::Unknown(lexer.slice().chars().next().unwrap_or_default()),
        };
        lexed.lexemes.push(Lexeme { token, span });
        lexer.extras.diagnostics.truncate(MOST_DIAGNOSTICS);
    }
    lexed.diagnostics = lexer.extras.diagnostics;
    lexed
}

/// Reports NUL characters, which Tempo's scanner refuses everywhere, in comments too.
fn refuse_nul(text: &str, diagnostics: &mut Vec<Diagnostic>) {
    for (at, _) in text.match_indices('\0').take(MOST_DIAGNOSTICS) {
        let span = Span::new(at, at + 1);
        let found = Diagnostic::new(Code::UnexpectedCharacter, "a NUL character cannot stand in a query", span)
            .help("remove it")
            .fix("remove the character", vec![Edit::remove(span)]);
        diagnostics.push(found);
    }
}

/// Tells whether `c` ends an attribute's name outside quotes.
///
/// Everything else is part of the name, `+ - * / % : ; [ ] @ # $ ' .` included.
pub fn ends_attribute_name(c: char) -> bool {
    c.is_whitespace() || matches!(c, '{' | '}' | '(' | ')' | '=' | '~' | '!' | '<' | '>' | '&' | '|' | '^' | ',')
}

/// Takes the letters that are not ASCII into the word as well.
fn word<'t>(lex: &mut Lexer<'t, Token<'t>>) -> &'t str {
    let more = lex.remainder().find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(lex.remainder().len());
    lex.bump(more);
    lex.slice()
}

/// A word that begins with a letter outside ASCII; any other character is unknown.
fn foreign_letter<'t>(lex: &mut Lexer<'t, Token<'t>>) -> Result<&'t str, ()> {
    if lex.slice().chars().all(char::is_alphabetic) { Ok(word(lex)) } else { Err(()) }
}

/// The scope without its colon.
fn scope_word<'t>(lex: &mut Lexer<'t, Token<'t>>) -> &'t str {
    lex.slice().trim_end_matches(':')
}

fn block_comment<'t>(lex: &mut Lexer<'t, Token<'t>>) {
    let begin = lex.span().start;
    match lex.remainder().find("*/") {
        Some(length) => lex.bump(length + 2),
        None => {
            lex.bump(lex.remainder().len());
            let span = Span::new(begin, lex.span().end);
            let found =
                Diagnostic::new(Code::UnterminatedComment, "this comment never ends", Span::new(begin, begin + 2))
                    .label("begins here")
                    .help("end it with `*/`")
                    .fix("end the comment", vec![Edit::insert(span.end, " */")]);
            lex.extras.diagnostics.push(found);
        }
    }
}

/// Reads the name behind a scope and its point: bare and quoted parts in any order.
fn attribute<'t>(lex: &mut Lexer<'t, Token<'t>>, scope: Scope, of_parent: bool) -> AttributeName<'t> {
    let rest = lex.remainder();
    let bare = rest.find(|c| c == '"' || ends_attribute_name(c)).unwrap_or(rest.len());
    let mut attribute = AttributeName { of_parent, scope, name: None, quoting: Quoting::Plain };
    if !rest[bare..].starts_with('"') {
        if let Some(length) = string::backtick_name(rest) {
            return string::backtick(lex, &attribute, length);
        }
        lex.bump(bare);
        attribute.name = (bare > 0).then(|| Cow::Borrowed(&rest[..bare]));
        return attribute;
    }
    let (length, name) = string::attribute_name(lex, bare, &mut attribute.quoting);
    lex.bump(length);
    attribute.name = Some(Cow::Owned(name));
    attribute
}

impl Token<'_> {
    /// Tells whether an operand can begin with the token.
    pub fn begins_operand(&self) -> bool {
        use Token::{Attribute, Bang, By, Duration, Float, Int, Invalid, Minus, Missing, Scope, String, Word};
        let punctuation = matches!(self, Token::OpenBrace | Token::OpenParen | Bang | Minus);
        punctuation
            || matches!(self, By | Word(_) | Scope(_) | Attribute(_) | Int(_) | Float(_) | Duration(_) | String(_))
            || matches!(self, Invalid | Missing)
    }

    /// Tells whether an operand can end with the token.
    pub fn ends_operand(&self) -> bool {
        matches!(self, Token::CloseBrace | Token::CloseParen)
            || self.begins_operand()
                && !matches!(self, Token::OpenBrace | Token::OpenParen | Token::Bang | Token::Minus | Token::Scope(_))
    }
}
