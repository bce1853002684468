//! The header that stands before every page of a Parquet file, as far as sizes and checksums go.
//!
//! A header is a struct in Thrift's compact protocol: fields with rising numbers, each behind a byte with its distance from
//! the number before and its type. The fields 1 to 4 are numbers (kind of page, size unpacked, size as stored, checksum);
//! the fields 5, 7 and 8 are structs, of which the kind of page tells the one that is there.

use std::ops::Range;

use super::thrift::{Cursor, Field, INT32, STRUCT, to_varint, zigzag_of};

/// What a header tells of its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageHeader {
    /// Bytes of the page once it is unpacked.
    pub unpacked: u32,
    /// Bytes of the page as it is stored.
    pub stored: u32,
    /// CRC-32 of the page as it is stored, if the writer put one in.
    pub checksum: Option<u32>,
    /// Bytes of the header itself.
    pub length: usize,
    /// Where in the header the checksum stands, or belongs: empty if there is none.
    place: Range<usize>,
}

/// The kinds of pages by their numbers, each with the field that describes it.
const KINDS: [(i64, i16); 3] = [(0, 5), (2, 7), (3, 8)];

/// The field with the checksum.
const CHECKSUM: i16 = 4;

impl PageHeader {
    /// Reads the header at the beginning of `bytes`; `None` if there is none.
    pub fn parse(bytes: &[u8]) -> Option<PageHeader> {
        let mut cursor = Cursor::new(bytes);
        let (mut numbers, mut described) = ([None; 5], None);
        let mut place = None;
        let mut last = 0;
        loop {
            let start = cursor.position();
            let Some(Field { number, kind }) = cursor.field(last)? else { break };
            if number <= last {
                return None;
            }
            if number > CHECKSUM {
                place.get_or_insert(start..start);
            }
            match number {
                1..=CHECKSUM if kind == INT32 => {
                    *numbers.get_mut(usize::try_from(number).ok()?)? = Some(cursor.int()?);
                    if number == CHECKSUM {
                        place = Some(start..cursor.position());
                    }
                }
                5..=8 if kind == STRUCT => {
                    if described.replace(number).is_some() {
                        return None;
                    }
                    cursor.skip(kind)?;
                }
                1..=8 => return None,
                _ => cursor.skip(kind)?,
            }
            last = number;
        }
        let [_, page, unpacked, stored, checksum] = numbers;
        let is_described = KINDS.iter().any(|kind| (Some(kind.0), Some(kind.1)) == (page, described));
        is_described.then_some(PageHeader {
            unpacked: u32::try_from(unpacked?).ok()?,
            stored: u32::try_from(stored?).ok()?,
            // The format has no unsigned numbers.
            checksum: checksum.and_then(|sum| i32::try_from(sum).ok()).map(i32::cast_unsigned),
            length: cursor.position(),
            place: place?,
        })
    }

    /// Returns this header, which begins `bytes`, with another checksum or with none.
    pub fn with_checksum(&self, bytes: &[u8], checksum: Option<u32>) -> Option<Vec<u8>> {
        let (before, rest) = (bytes.get(..self.place.start)?, bytes.get(self.place.end..self.length)?);
        // The field behind says how far its number is from the one before.
        let (next, rest) = rest.split_first()?;
        let step = 1 << 4;
        let mut header = before.to_vec();
        let next = match (self.place.is_empty(), checksum) {
            (true, None) | (false, Some(_)) => *next,
            (true, Some(_)) => next.checked_sub(step)?,
            (false, None) => next.checked_add(step)?,
        };
        if let Some(checksum) = checksum {
            header.push(step | INT32);
            to_varint(zigzag_of(i64::from(checksum.cast_signed())), &mut header);
        }
        header.push(next);
        header.extend_from_slice(rest);
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The header of a data page of the second version: 300 bytes, of which 200 are stored.
    const HEADER: [u8; 12] = [0x15, 6, 0x15, 0xd8, 4, 0x15, 0x90, 3, 0x5c, 0x15, 2, 0];

    fn header() -> Vec<u8> {
        [&HEADER[..], &[0]].concat()
    }

    #[test]
    fn sizes_and_lengths_are_read() {
        let bytes = [header(), vec![1, 2, 3]].concat();
        let read = PageHeader::parse(&bytes).expect("it is a header");
        assert_eq!((read.unpacked, read.stored, read.checksum, read.length), (300, 200, None, 13));
    }

    #[test]
    fn headers_that_contradict_themselves_are_none() {
        assert_eq!(PageHeader::parse(&[]), None);
        for cut in 0..header().len() {
            assert_eq!(PageHeader::parse(&header()[..cut]), None, "{cut}");
        }
        let changed = |at: usize, byte: u8| {
            let mut header = header();
            header[at] = byte;
            PageHeader::parse(&header)
        };
        // Another kind of page than the one that is described, a size below 0, a number that is a text, a number twice.
        assert_eq!([changed(1, 0), changed(6, 0x91), changed(5, 0x18), changed(5, 0x05)], [None, None, None, None]);
    }

    proptest! {
        #[test]
        fn checksums_go_in_and_come_out(first: u32, second: u32) {
            let plain = header();
            let with = |bytes: &[u8], checksum| {
                let read = PageHeader::parse(bytes).expect("it is a header");
                read.with_checksum(bytes, checksum).expect("it can hold one")
            };
            let once = with(&plain, Some(first));
            prop_assert_eq!(PageHeader::parse(&once).and_then(|read| read.checksum), Some(first));
            let twice = with(&once, Some(second));
            prop_assert_eq!(PageHeader::parse(&twice).and_then(|read| read.checksum), Some(second));
            prop_assert_eq!(with(&twice, None), plain.clone());
            prop_assert_eq!(with(&plain, None), plain);
        }

        #[test]
        fn any_bytes_are_read_to_their_end(bytes: Vec<u8>) {
            if let Some(read) = PageHeader::parse(&bytes) {
                prop_assert!(read.length <= bytes.len());
            }
        }
    }
}
