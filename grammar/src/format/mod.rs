//! The formatter: the same tokens and comments, laid out anew.
//!
//! It works on tokens, not on the checked query, so that everything is kept as it is written: the spelling of numbers and
//! names, quotes, comments. A query that fits is one line. Otherwise each stage of the pipeline begins a line, and a filter
//! that still does not fit breaks before its `&&` and `||`.
//!
//! Line breaks of the input are not kept, except around comments that go to the end of their line.

mod layout;

use crate::{
    CheckOptions, Verdict,
    check::judge,
    diagnostic::{Class, Diagnostic},
    ops::Op,
    span::Span,
    token::{Lexeme, Token},
};

use layout::{Layout, Piece};

/// Lays a query out anew: same meaning, same comments, without a line break at the end.
///
/// Formatting the result again changes nothing. Returns what is wrong with the text if it is no TraceQL (class
/// [`Class::Parse`]).
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    format_with(text, &CheckOptions::default())
}

/// Does what [`format()`] does, and leaves the declared variables of the options as they are written. Their values do not
/// matter: the text has to be TraceQL whatever they are. A text of which too little is known, because it would be no
/// TraceQL without a variable beside the place, stays as it is written.
pub fn format_with(text: &str, options: &CheckOptions) -> Result<String, Vec<Diagnostic>> {
    let mut options = options.clone();
    options.variables.iter_mut().for_each(|variable| variable.value = None);
    let checked = judge(text, options);
    if checked.verdict == Verdict::ParseError {
        return Err(checked.diagnostics.into_iter().filter(|found| found.code.row().class == Class::Parse).collect());
    }
    if !checked.understood {
        return Ok(text.trim_end().to_owned());
    }
    let lexed = checked.tokens();
    let mut formatter = Formatter {
        text,
        comments: &lexed.comments,
        layout: Layout::default(),
        frames: Vec::new(),
        before: Before::Glue,
        empty: false,
    };
    // Comments at the top and at the end stand outside of the pipeline's group, so that they do not break it.
    formatter.comments_before(lexed.lexemes.first().map_or(u32::MAX, |first| first.span.start));
    formatter.open_stages();
    for (i, lexeme) in lexed.lexemes.iter().enumerate() {
        formatter.lexeme(lexeme, lexed.lexemes.get(i + 1));
    }
    formatter.close_stages();
    formatter.comments_before(u32::MAX);
    Ok(formatter.layout.print())
}

/// What stands before the next token, as far as the layout depends on it.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    /// Something that an operand ends with.
    Operand,
    /// The word of a call: its arguments follow without a space.
    Called,
    /// `by` behind a call: its list follows.
    By,
    /// `with`: hints follow.
    With,
    /// Something with a space behind it.
    Other,
    /// Something without a space behind it: an opening parenthesis, a prefix operator, a scope.
    Glue,
}

/// What is open around a token.
#[derive(Clone, Copy)]
enum Frame {
    /// Stages: the query itself, or a pipeline in parentheses.
    Stages {
        /// Whether the group of the current stage is open, and then whether its next lines are indented.
        stage: Option<bool>,
        /// Whether the lines of the next stages are indented.
        indented: bool,
    },
    /// `{ … }`, or parentheses around a part of an expression.
    Condition,
    /// The arguments of a call or of `by`.
    Arguments,
    /// The hints behind `with`.
    Hints,
}

struct Formatter<'t> {
    text: &'t str,
    /// The comments that have not been written.
    comments: &'t [Span],
    layout: Layout<'t>,
    frames: Vec<Frame>,
    before: Before,
    /// Whether the token before opened a bracket that is closed at once.
    empty: bool,
}

impl<'t> Formatter<'t> {
    /// Writes a token and the comments before it.
    fn lexeme(&mut self, lexeme: &Lexeme<'t>, next: Option<&Lexeme<'t>>) {
        let frame = self.frames.last().copied().unwrap_or(Frame::Condition);
        let operand_before = self.before == Before::Operand;
        let paren_next = next.is_some_and(|next| next.token == Token::OpenParen);
        let bracket_next = paren_next || next.is_some_and(|next| next.token == Token::OpenBrace);
        match (&lexeme.token, frame) {
            (Token::OpenBrace | Token::OpenParen, _) => self.open(lexeme, frame, next),
            (Token::CloseBrace | Token::CloseParen, _) => self.close(lexeme),
            (Token::Comma, _) => {
                self.comments_before(lexeme.span.start);
                self.layout.push(Piece::NoSpace);
                self.text(lexeme, Before::Other);
                self.layout.push(Piece::Line { flat: " " });
            }
            (Token::Pipe, _) => {
                self.close_stage();
                self.indent_stages();
                self.line(lexeme);
                self.open_stage();
            }
            (Token::With, _) => {
                self.close_stage();
                self.indent_stages();
                // On a line of its own only if it does not fit behind the last stage.
                self.layout.push(Piece::Open);
                self.line(lexeme);
                self.layout.push(Piece::Close);
                self.before = Before::With;
            }
            (Token::Op(Op::And | Op::Or), Frame::Condition) => self.line(lexeme),
            (Token::Op(Op::Eq), Frame::Hints) => {
                self.comments_before(lexeme.span.start);
                self.text(lexeme, Before::Glue);
            }
            // Between spansets, or between the operands of metrics arithmetic.
            (Token::Op(_) | Token::Minus, Frame::Stages { .. }) if operand_before && bracket_next => {
                self.indent_stage();
                self.line(lexeme);
            }
            (Token::Minus | Token::Bang, _) if !operand_before => self.spaced(lexeme, Before::Glue),
            (Token::Op(_) | Token::Minus | Token::Bang, _) => self.spaced(lexeme, Before::Other),
            (Token::Scope(_), _) => self.spaced(lexeme, Before::Glue),
            (Token::By, _) if operand_before => self.spaced(lexeme, Before::By),
            (Token::By | Token::Word(_), _) if paren_next => self.spaced(lexeme, Before::Called),
            // A variable that is not declared, in what is not judged.
            (Token::Unknown(_), _) if next.is_some_and(|next| next.span.start == lexeme.span.end) => {
                self.spaced(lexeme, Before::Glue);
            }
            // A variable for the name of a function.
            (Token::Missing, _) if paren_next && next.is_some_and(|next| next.span.start == lexeme.span.end) => {
                self.spaced(lexeme, Before::Called);
            }
            _ => self.spaced(lexeme, Before::Operand),
        }
    }

    /// Writes the comments that begin before `offset`.
    fn comments_before(&mut self, offset: u32) {
        while let Some((comment, rest)) = self.comments.split_first()
            && comment.start < offset
        {
            self.comments = rest;
            let text = self.text.get(comment.range()).unwrap_or_default();
            if text.starts_with("//") {
                self.layout.push(if self.begins_line(*comment) { Piece::Break } else { Piece::Space });
                self.layout.push(Piece::LineComment(text.trim_end()));
                self.layout.push(Piece::Break);
            } else {
                // Behind a name and before an operator, a comment without spaces would become a part of them.
                self.layout.push(Piece::Space);
                self.layout.push(Piece::Text(text));
                self.layout.push(Piece::Space);
            }
        }
    }

    /// Tells whether only white space stands before the comment on its line.
    fn begins_line(&self, comment: Span) -> bool {
        let before = self.text.get(..comment.start as usize).unwrap_or_default();
        before.trim_end_matches([' ', '\t', '\r']).ends_with('\n')
    }

    fn text(&mut self, lexeme: &Lexeme<'t>, before: Before) {
        self.layout.push(Piece::Text(self.text.get(lexeme.span.range()).unwrap_or_default()));
        self.before = before;
    }

    fn space(&mut self) {
        if !matches!(self.before, Before::Glue | Before::Called) {
            self.layout.push(Piece::Space);
        }
    }

    /// Writes a token, with a space before it where one belongs there.
    fn spaced(&mut self, lexeme: &Lexeme<'t>, before: Before) {
        self.space();
        self.comments_before(lexeme.span.start);
        self.text(lexeme, before);
    }

    /// Writes a token before which the group may break.
    fn line(&mut self, lexeme: &Lexeme<'t>) {
        self.comments_before(lexeme.span.start);
        self.layout.push(Piece::Line { flat: " " });
        self.text(lexeme, Before::Other);
    }

    fn open(&mut self, lexeme: &Lexeme<'t>, frame: Frame, next: Option<&Lexeme<'t>>) {
        let brace = lexeme.token == Token::OpenBrace;
        let inside = match (self.before, frame) {
            _ if brace => Frame::Condition,
            (Before::Called | Before::By, _) => Frame::Arguments,
            (Before::With, _) => Frame::Hints,
            (_, Frame::Stages { .. }) => Frame::Stages { stage: None, indented: false },
            _ => Frame::Condition,
        };
        self.space();
        self.comments_before(lexeme.span.start);
        let comment = self.comments.first().map_or(u32::MAX, |comment| comment.start);
        self.empty = next.is_some_and(|next| {
            matches!(next.token, Token::CloseBrace | Token::CloseParen) && next.span.start <= comment
        });
        self.layout.push(Piece::Open);
        self.text(lexeme, Before::Glue);
        if self.empty {
            self.frames.push(Frame::Condition);
            return;
        }
        self.layout.push(Piece::Indent);
        self.layout.push(Piece::Line { flat: if brace { " " } else { "" } });
        match inside {
            Frame::Stages { .. } => self.open_stages(),
            frame => self.frames.push(frame),
        }
    }

    fn close(&mut self, lexeme: &Lexeme<'t>) {
        let flat = if lexeme.token == Token::CloseBrace { " " } else { "" };
        self.comments_before(lexeme.span.start);
        if std::mem::take(&mut self.empty) {
            self.frames.pop();
            if !flat.is_empty() {
                self.layout.push(Piece::Space);
            }
        } else {
            self.close_stages();
            self.layout.push(Piece::Outdent);
            self.layout.push(Piece::Line { flat });
        }
        self.text(lexeme, Before::Operand);
        self.layout.push(Piece::Close);
    }

    fn open_stages(&mut self) {
        self.frames.push(Frame::Stages { stage: None, indented: false });
        self.layout.push(Piece::Open);
        self.open_stage();
    }

    /// Leaves the innermost frame, and the groups in it if it holds stages.
    fn close_stages(&mut self) {
        self.close_stage();
        if let Some(Frame::Stages { indented, .. }) = self.frames.pop() {
            if indented {
                self.layout.push(Piece::Outdent);
            }
            self.layout.push(Piece::Close);
        }
    }

    fn open_stage(&mut self) {
        if let Some(Frame::Stages { stage, .. }) = self.frames.last_mut() {
            *stage = Some(false);
            self.layout.push(Piece::Open);
        }
    }

    fn close_stage(&mut self) {
        if let Some(Frame::Stages { stage, .. }) = self.frames.last_mut()
            && let Some(indented) = stage.take()
        {
            if indented {
                self.layout.push(Piece::Outdent);
            }
            self.layout.push(Piece::Close);
        }
    }

    /// Moves the further lines of the stage to the right.
    fn indent_stage(&mut self) {
        if let Some(Frame::Stages { stage: Some(indented), .. }) = self.frames.last_mut()
            && !std::mem::replace(indented, true)
        {
            self.layout.push(Piece::Indent);
        }
    }

    /// Moves the further stages to the right.
    fn indent_stages(&mut self) {
        if let Some(Frame::Stages { indented, .. }) = self.frames.last_mut()
            && !std::mem::replace(indented, true)
        {
            self.layout.push(Piece::Indent);
        }
    }
}
