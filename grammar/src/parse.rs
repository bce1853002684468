//! Text into shapes: lexing, repair, the generated parser.

use lalrpop_util::lalrpop_mod;

use crate::{
    MAX_NESTING, MAX_QUERY, MOST_DIAGNOSTICS,
    ast::{Expr, ExprKind, Pipeline},
    diagnostic::{Code, Diagnostic},
    holes::Holes,
    repair,
    span::Span,
    token::{self, Lexed},
};

lalrpop_mod!(
    #[allow(
        missing_docs,
        unreachable_pub,
        unused,
        clippy::all,
        clippy::unwrap_used,
        clippy::pedantic,
        reason = "generated"
    )]
    grammar
);

/// A text in shapes.
#[derive(Clone, Debug)]
pub struct Parse<'t> {
    /// What could be read; `None` if there is nothing.
    pub pipeline: Option<Pipeline<'t>>,
    /// What is wrong, all of class [`crate::diagnostic::Class::Parse`].
    pub diagnostics: Vec<Diagnostic>,
}

/// What the generated parser reports while it builds.
#[derive(Default)]
pub struct Sink {
    too_deep: Option<Span>,
}

impl Sink {
    /// Notes a place where nesting went too deep; the first one counts.
    pub fn too_deep(&mut self, place: Option<Span>) {
        self.too_deep = self.too_deep.or(place);
    }
}

/// Makes a bracketed expression, or the stand-in for it where brackets nest too deep.
pub fn nest<'t>(sink: &mut Sink, kind: ExprKind<'t>, span: Span, inside: u16) -> Expr<'t> {
    if usize::from(inside) >= MAX_NESTING {
        sink.too_deep(Some(span));
        return Expr::missing(span);
    }
    Expr { kind, span, nesting: inside + 1 }
}

/// Reads a query text. Total, and linear in the length of the text; one of more than [`MAX_QUERY`] bytes is not read.
pub fn parse(text: &str) -> Parse<'_> {
    parse_with(text, None)
}

/// Reads a query text with holes in it.
pub(crate) fn parse_with<'t>(text: &'t str, holes: Option<&'t Holes>) -> Parse<'t> {
    if text.len() > MAX_QUERY {
        return Parse { pipeline: None, diagnostics: vec![too_long(text)] };
    }
    let lexed = match holes {
        Some(holes) => {
            let lexed = holes.lex(text);
            Lexed { lexemes: holes.place(lexed.lexemes), ..lexed }
        }
        None => token::lex(text),
    };
    let repaired = repair::repair(text, lexed, holes.is_some());
    let mut diagnostics = repaired.diagnostics;
    if repaired.lexemes.is_empty() {
        return Parse { pipeline: None, diagnostics };
    }
    let mut sink = Sink::default();
    let tokens = repaired
        .lexemes
        .into_iter()
        .map(|lexeme| Ok((lexeme.span.start as usize, lexeme.token, lexeme.span.end as usize)));
    let parsed: Result<_, lalrpop_util::ParseError<usize, _, ()>> =
        grammar::PipelineParser::new().parse(&mut sink, tokens);
    let pipeline = match parsed {
        Ok(pipeline) => Some(pipeline),
        Err(error) => {
            // Repair hands over only what the grammar takes; should it ever fail to, say so instead of nothing.
            diagnostics.push(unexpected(&error, text));
            None
        }
    };
    if let Some(place) = sink.too_deep.filter(|_| diagnostics.len() < MOST_DIAGNOSTICS) {
        let found = Diagnostic::new(Code::NestingTooDeep, "this nests more than 256 deep", place)
            .label("brackets and prefix operators count")
            .help("remove brackets that are not needed, or split the query into stages with `|`");
        diagnostics.push(found);
    }
    Parse { pipeline, diagnostics }
}

fn too_long(text: &str) -> Diagnostic {
    let message = format!("the query has {} bytes, more than the {MAX_QUERY} that a query may have", text.len());
    Diagnostic::new(Code::QueryTooLong, message, Span::at(0))
        .help("split the query; many values of one attribute are shorter as one regular expression: `=~ \"a|b\"`")
}

fn unexpected<T>(error: &lalrpop_util::ParseError<usize, T, ()>, text: &str) -> Diagnostic {
    use lalrpop_util::ParseError::{ExtraToken, InvalidToken, UnrecognizedEof, UnrecognizedToken, User};
    let span = match error {
        UnrecognizedToken { token: (start, _, end), .. } | ExtraToken { token: (start, _, end) } => {
            Span::new(*start, *end)
        }
        InvalidToken { location } | UnrecognizedEof { location, .. } => Span::at(*location),
        User { .. } => Span::at(text.len()),
    };
    let what = match text.get(span.range()) {
        Some(found) if !found.is_empty() => format!("`{found}` cannot stand here"),
        _ => "something is missing here".to_owned(),
    };
    Diagnostic::new(Code::UnexpectedToken, what, span)
}
