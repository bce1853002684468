//! Nested lists as Parquet stores them: flat, each entry with how deep it is and which list it continues.

/// The entries of one place in the schema, each with its levels.
///
/// Every list of the layout is required and holds required groups, so that lists alone make levels: an entry that is
/// there has its list's depth as definition level, and the lowest list that it continues as repetition level.
pub(super) struct Level<T> {
    /// How many lists the entries stand in.
    pub(super) depth: i16,
    /// How deep each entry goes: `depth` where there is an item, less where a list around it is empty.
    pub(super) def: Vec<i16>,
    /// Which list each entry continues; 0 begins a row.
    pub(super) rep: Vec<i16>,
    /// The items, in order of the entries that go as deep as `depth`.
    pub(super) items: Vec<T>,
}

impl<T> Level<T> {
    /// Makes a level without entries.
    pub(super) fn new(depth: i16) -> Level<T> {
        Level { depth, def: Vec::new(), rep: Vec::new(), items: Vec::new() }
    }

    /// Adds an item.
    pub(super) fn push(&mut self, rep: i16, item: T) {
        self.push_empty(self.depth, rep);
        self.items.push(item);
    }

    /// Adds an entry that says that a list is empty.
    fn push_empty(&mut self, def: i16, rep: i16) {
        self.def.push(def);
        self.rep.push(rep);
    }

    /// Makes the level of lists that the items hold.
    pub(super) fn below<C, I: IntoIterator<Item = C>>(&self, children: impl Fn(&T) -> I) -> Level<C> {
        let mut below = Level::new(self.depth + 1);
        let mut items = self.items.iter();
        for (def, rep) in self.def.iter().zip(&self.rep) {
            let item = if *def == self.depth { items.next() } else { None };
            let mut rep = *rep;
            let mut is_empty = true;
            for child in item.into_iter().flat_map(&children) {
                below.push(rep, child);
                rep = below.depth;
                is_empty = false;
            }
            if is_empty {
                below.push_empty(*def, rep);
            }
        }
        below
    }

    /// Returns the values of the items that have one, and the definition levels of all entries: an item with a value is
    /// one deeper than the others.
    pub(super) fn optional<V>(&self, value: impl Fn(&T) -> Option<V>) -> (Vec<V>, Vec<i16>) {
        let mut values = Vec::new();
        let mut items = self.items.iter();
        let mut deeper = |def: &i16| {
            let item = if *def == self.depth { items.next() } else { None };
            let value = item.and_then(&value);
            let def = *def + i16::from(value.is_some());
            values.extend(value);
            def
        };
        let def = self.def.iter().map(&mut deeper).collect();
        (values, def)
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    /// Makes a level of two rows.
    fn rows() -> Level<Vec<Vec<u8>>> {
        let mut rows = Level::new(0);
        rows.push(0, vec![vec![1, 2], vec![], vec![3]]);
        rows.push(0, vec![]);
        rows
    }

    #[test]
    fn lists_of_lists_have_the_levels_of_the_format() {
        let lists = rows().below(Clone::clone);
        assert_eq!((&*lists.def, &*lists.rep, lists.items.len()), (&[1, 1, 1, 0][..], &[0, 1, 1, 0][..], 3));
        let values = lists.below(Clone::clone);
        assert_eq!((&*values.def, &*values.rep), (&[2, 2, 1, 2, 0][..], &[0, 2, 1, 1, 0][..]));
        assert_eq!(values.items, [1, 2, 3]);
    }

    #[test]
    fn optional_values_are_one_deeper() {
        let lists = rows().below(Clone::clone);
        let (values, def) = lists.optional(|list| list.first().copied());
        assert_eq!((values, def), (vec![1, 3], vec![2, 1, 2, 0]));
    }
}
