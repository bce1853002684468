//! Where the readers of JSON put what they read, and how they go on behind damage.

use super::{
    brackets::{ObjectEnd, Patience, object_end},
    builder::FragmentBuilder,
    fault::{Decoded, Fault, fault},
    json::{Cursor, MAX_ANY},
};

/// What a reader fills and whom it tells.
pub(super) struct Intake<'s> {
    /// Takes the spans.
    pub(super) builder: &'s mut FragmentBuilder,
    /// Is told of damage behind which reading goes on, and returns whether it shall.
    pub(super) tell: &'s mut dyn FnMut(&Fault) -> bool,
    /// How long the ends of damaged values are looked for.
    pub(super) patience: &'s mut Patience,
}

impl Intake<'_> {
    /// Reads the elements of an array, each of which is a record of its own: a damaged one is taken back, told and
    /// stepped over.
    ///
    /// # Errors
    ///
    /// What comes after a damaged element cannot be found, or nobody wants to know it. The whole elements stay taken.
    pub(super) fn elements<'a>(
        &mut self,
        json: &mut Cursor<'a>,
        read: &mut dyn FnMut(&mut Cursor<'a>, &mut Self) -> Decoded<()>,
    ) -> Decoded<()> {
        let Some(mut elements) = json.array()? else { return Ok(()) };
        while json.element(&mut elements)? {
            self.part(json, &mut |json, intake| read(json, intake))?;
        }
        Ok(())
    }

    /// Reads one value, an element or a member, which is a record of its own. See [`Intake::elements`].
    pub(super) fn part<'a>(
        &mut self,
        json: &mut Cursor<'a>,
        read: &mut dyn FnMut(&mut Cursor<'a>, &mut Self) -> Decoded<()>,
    ) -> Decoded<()> {
        json.peek();
        let start = json.at();
        self.builder.mark();
        if let Err(fault) = read(json, self) {
            self.builder.rollback();
            let Some(end) = end_of_damaged(json.text(), start, self.patience) else { return Err(fault) };
            if !(self.tell)(&fault) {
                return Err(fault);
            }
            json.go_to(end);
        }
        self.builder.mark();
        Ok(())
    }
}

/// Returns where a damaged value ends that begins at `start`: nothing is wrong with its JSON, or its brackets match and
/// what follows can follow a value. `None` if that cannot be known, or was looked for too often.
fn end_of_damaged(text: &str, start: usize, patience: &mut Patience) -> Option<usize> {
    if !patience.is_left() {
        return None;
    }
    let mut sound = Cursor::new(text, start);
    if sound.skip(MAX_ANY).is_ok() {
        return Some(sound.at());
    }
    let looked_at = match object_end(text.as_bytes(), start) {
        ObjectEnd::At(end) => {
            let mut behind = Cursor::new(text, end);
            if matches!(behind.peek(), Some(b',' | b']' | b'}')) {
                return Some(end);
            }
            behind.at()
        }
        ObjectEnd::Broken(at) => at,
        ObjectEnd::Beyond => text.len(),
    };
    patience.lose(looked_at - start);
    None
}

/// How deep lists of lists may stand around what is read.
const MAX_LISTS_AROUND: usize = 4;

/// Reads a value, or the elements of the lists in whose place it stands.
pub(super) fn each<'a>(
    json: &mut Cursor<'a>,
    intake: &mut Intake<'_>,
    read: &mut dyn FnMut(&mut Cursor<'a>, &mut Intake<'_>) -> Decoded<()>,
) -> Decoded<()> {
    each_below(json, intake, read, MAX_LISTS_AROUND)
}

fn each_below<'a>(
    json: &mut Cursor<'a>,
    intake: &mut Intake<'_>,
    read: &mut dyn FnMut(&mut Cursor<'a>, &mut Intake<'_>) -> Decoded<()>,
    lists: usize,
) -> Decoded<()> {
    match (json.peek(), lists) {
        (Some(b'['), 0) => fault(json.at(), format!("lists in lists, more than {MAX_LISTS_AROUND} deep")),
        (Some(b'['), _) => intake.elements(json, &mut |json, intake| each_below(json, intake, read, lists - 1)),
        _ => read(json, intake),
    }
}
