//! Highlights: the other places of the name at the cursor, or the bracket that belongs to the one there.

use std::ops::Range;

use super::{
    Analysis,
    references::{Subject, written},
    terms::{Meaning, Term, term_at},
    terms_of,
};

/// A place that belongs to what is at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// The reason for it.
    pub kind: HighlightKind,
}

/// The reasons for highlights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HighlightKind {
    /// The same name.
    Same,
    /// A name that may be the same: one of them lacks the scope.
    Likely,
    /// A bracket of the pair.
    Bracket,
}

/// Returns the places in a file that belong to what is at a byte of it.
pub fn highlight(analysis: &Analysis, offset: usize) -> Vec<Highlight> {
    let Some(query) = analysis.query_at(offset) else { return Vec::new() };
    let terms = terms_of(query.holder, query.found);
    if let Some(subject) = term_at(&terms, query.at).and_then(Subject::of) {
        let places = written(analysis, &subject).into_iter();
        let kind = |is_certain| if is_certain { HighlightKind::Same } else { HighlightKind::Likely };
        return places.map(|place| Highlight { span: place.span, kind: kind(place.is_certain) }).collect();
    }
    let pair = pair(&terms, query.at).into_iter().flatten();
    pair.map(|span| Highlight { span: query.found.map.to_file(span), kind: HighlightKind::Bracket }).collect()
}

/// Returns the bracket that a place touches and the one that belongs to it; the one behind the place comes first.
fn pair(terms: &[Term<'_>], at: usize) -> Option<[Range<usize>; 2]> {
    let is_bracket = |term: &&Term<'_>| matches!(term.meaning, Meaning::Bracket(_));
    let touching = |behind: bool| {
        terms.iter().filter(is_bracket).find(|term| at == if behind { term.span.start } else { term.span.end })
    };
    let pairs = pairs(terms);
    let of = |term: &Term<'_>| pairs.iter().find(|pair| pair.contains(&term.span)).cloned();
    touching(true).and_then(of).or_else(|| touching(false).and_then(of))
}

/// Returns the brackets of a query in pairs. A closing one that fits none of those that are open belongs to nothing.
pub(super) fn pairs(terms: &[Term<'_>]) -> Vec<[Range<usize>; 2]> {
    let mut open: Vec<(char, Range<usize>)> = Vec::new();
    // Keeps the search below short in a text of brackets that do not fit.
    let (mut braces, mut parens) = (0usize, 0usize);
    let mut pairs = Vec::new();
    for term in terms {
        let Meaning::Bracket(bracket) = term.meaning else { continue };
        let opening = match bracket {
            '}' if braces > 0 => '{',
            ')' if parens > 0 => '(',
            '}' | ')' => continue,
            _ => {
                *(if bracket == '{' { &mut braces } else { &mut parens }) += 1;
                open.push((bracket, term.span.clone()));
                continue;
            }
        };
        while let Some((bracket, begin)) = open.pop() {
            *(if bracket == '{' { &mut braces } else { &mut parens }) -= 1;
            if bracket == opening {
                pairs.push([begin, term.span.clone()]);
                break;
            }
        }
    }
    pairs
}
