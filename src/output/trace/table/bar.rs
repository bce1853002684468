//! The bar of a span on the trace's time, to half a column.

use super::{Drawing, EVENT, Pieces};
use crate::output::style::Ink;

/// What stands in half a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Half {
    #[default]
    Nothing,
    /// The span is on its way.
    Running,
    /// And the critical path is in it.
    Critical,
}

/// Adds the bar of a span to a line, without blanks behind it.
///
/// Where the critical path is in the span itself the bar is solid. A bar has half a column at least; what is shorter on
/// the critical path may not be solid anywhere.
pub(super) fn push(line: &mut Pieces, drawing: &Drawing<'_>, row: u32) {
    let (view, axis) = (drawing.view, &drawing.axis);
    let mut halves = vec![Half::Nothing; axis.halves()];
    let (start, end) = view.waterfall.drawn(row);
    let first = axis.half(start);
    let behind = axis.nearest_half(end).max(first + 1);
    fill(&mut halves, first, behind, Half::Running);
    for stretch in view.own_stretches(row) {
        let (first, behind) = (axis.nearest_half(stretch.start), axis.nearest_half(stretch.end));
        fill(&mut halves, first, behind, Half::Critical);
    }
    let mut cells: Vec<char> = halves.as_chunks::<2>().0.iter().map(cell).collect();
    if drawing.below.events {
        for event in view.events(row) {
            let at = axis.half(view.spans.events.time[event as usize]) / 2;
            if let Some(cell) = cells.get_mut(at) {
                *cell = EVENT;
            }
        }
    }
    let length = cells.iter().rposition(|cell| *cell != ' ').map_or(0, |last| last + 1);
    let ink = if view.is_error(row) { Ink::FAILED } else { drawing.color(row) };
    for run in cells[..length].chunk_by(|a, b| (*a == EVENT) == (*b == EVENT)) {
        let is_event = run.first() == Some(&EVENT);
        line.push(if is_event { Ink::MARK } else { ink }, &run.iter().collect::<String>());
    }
}

fn fill(halves: &mut [Half], first: usize, behind: usize, half: Half) {
    let behind = behind.min(halves.len());
    if let Some(part) = halves.get_mut(first..behind) {
        part.fill(half);
    }
}

fn cell(halves: &[Half; 2]) -> char {
    use Half::{Critical, Nothing, Running};
    match halves {
        [Nothing, Nothing] => ' ',
        [Running, Nothing] => '╸',
        [Nothing, Running] => '╺',
        [Running, Running] => '━',
        [Critical, Nothing] => '▌',
        [Nothing, Critical] => '▐',
        // A column has one shape: the path goes before.
        [Critical, _] | [_, Critical] => '█',
    }
}
