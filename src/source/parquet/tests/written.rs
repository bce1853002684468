//! One-column files of the `parquet` crate, read page by page.

use std::sync::Arc;

use bytes::Bytes;
use parquet::{
    basic::{Compression, Encoding},
    column::page::{Page, PageReader},
    data_type::{
        BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
        Int64Type,
    },
    file::{
        properties::{WriterProperties, WriterVersion},
        reader::FileReader,
        serialized_reader::{SerializedFileReader, SerializedPageReader},
        writer::SerializedFileWriter,
    },
    schema::parser::parse_message_type,
};
use proptest::{collection::vec, prelude::*};

use super::{
    super::encoding::{
        Corrupt, delta,
        hybrid::{self, Run, Runs},
        plain,
        ranges::ByteRanges,
    },
    arrays, decode_whole_and_damaged,
};

/// How many rows a page has at most: few enough for most files to have several.
const PAGE: usize = 700;

/// What a page holds, taken apart.
struct Parts {
    repetition: Bytes,
    definition: Bytes,
    values: Bytes,
    encoding: Encoding,
    /// How many entries there are, with those that have no value.
    entries: usize,
}

/// A column that was written.
struct Written {
    pages: Vec<Parts>,
    dictionary: Option<(Bytes, usize)>,
}

/// Writes values as the only column of a file and takes its pages apart.
fn write<T: DataType>(
    kind: &str,
    encoding: Option<Encoding>,
    version: WriterVersion,
    values: &[T::T],
    levels: Option<(&[i16], &[i16])>,
) -> Written {
    let column = match levels {
        None => format!("message m {{ required {kind}; }}"),
        Some(_) => format!("message m {{ repeated group a {{ repeated group b {{ optional {kind}; }} }} }}"),
    };
    let mut properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_enabled(encoding.is_none())
        .set_write_batch_size(100)
        .set_data_page_row_count_limit(PAGE);
    if let Some(encoding) = encoding {
        properties = properties.set_encoding(encoding);
    }
    let schema = Arc::new(parse_message_type(&column).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let (repetition, definition) = levels.unzip();
    column.typed::<T>().write_batch(values, definition, repetition).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let file = Bytes::from(writer.into_inner().unwrap());

    let reader = SerializedFileReader::new(file.clone()).unwrap();
    let group = reader.metadata().row_group(0);
    let chunk = group.column(0);
    let descriptor = chunk.column_descr();
    let rows = usize::try_from(group.num_rows()).unwrap();
    let mut pages = SerializedPageReader::new(Arc::new(file), chunk, rows, None).unwrap();
    let mut written = Written { pages: Vec::new(), dictionary: None };
    while let Some(page) = pages.get_next_page().unwrap() {
        match page {
            Page::DictionaryPage { buf, num_values, .. } => written.dictionary = Some((buf, num_values as usize)),
            Page::DataPage { mut buf, num_values, encoding, .. } => {
                let mut take = |level: i16| {
                    if level == 0 {
                        return Bytes::new();
                    }
                    let length = buf.split_to(4);
                    buf.split_to(u32::from_le_bytes(length[..].try_into().unwrap()) as usize)
                };
                let (repetition, definition) = (take(descriptor.max_rep_level()), take(descriptor.max_def_level()));
                written.pages.push(Parts {
                    repetition,
                    definition,
                    values: buf,
                    encoding,
                    entries: num_values as usize,
                });
            }
            Page::DataPageV2 { mut buf, num_values, encoding, rep_levels_byte_len, def_levels_byte_len, .. } => {
                let repetition = buf.split_to(rep_levels_byte_len as usize);
                let definition = buf.split_to(def_levels_byte_len as usize);
                written.pages.push(Parts {
                    repetition,
                    definition,
                    values: buf,
                    encoding,
                    entries: num_values as usize,
                });
            }
        }
    }
    written
}

/// Writes required values and decodes them page by page, whole and damaged.
fn round<T: DataType, V: PartialEq + std::fmt::Debug>(
    kind: &str,
    encoding: Encoding,
    values: &[T::T],
    decode: impl Fn(&[u8], usize) -> Result<Vec<V>, Corrupt>,
) -> Vec<V> {
    let mut decoded = Vec::new();
    let written = write::<T>(kind, Some(encoding), WriterVersion::PARQUET_2_0, values, None);
    assert!(written.pages.len() >= values.len() / PAGE, "files have more than one page");
    for page in &written.pages {
        assert_eq!(page.encoding, encoding);
        decoded.extend(decode_whole_and_damaged(&page.values, |bytes| decode(bytes, page.entries)));
    }
    decoded
}

/// Values with runs: each comes as often as a number says.
fn with_runs<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    let repeat = prop_oneof![4 => 1..3usize, 1 => 3..40usize, 1 => 40..700usize];
    vec((value, repeat), 0..120)
        .prop_map(|runs| runs.into_iter().flat_map(|(value, repeat)| vec![value; repeat]).collect())
}

/// Numbers whose differences have every width.
fn numbers() -> impl Strategy<Value = Vec<i64>> {
    let number = (any::<i64>(), 0..64u32).prop_map(|(number, narrow)| number >> narrow);
    prop_oneof![
        vec(number, 0..1500),
        with_runs(any::<i64>()),
        (any::<i64>(), any::<i64>(), 0..1500i64)
            .prop_map(|(first, step, n)| (0..n).map(|i| first.wrapping_add(step.wrapping_mul(i))).collect()),
        (any::<i64>(), 0..64u32, vec(any::<i64>(), 0..1500)).prop_map(|(mut sum, narrow, steps)| {
            steps
                .into_iter()
                .map(|step| {
                    sum = sum.wrapping_add(step >> narrow);
                    sum
                })
                .collect()
        }),
    ]
}

/// Byte arrays of one length, of different lengths, and such that begin alike.
fn byte_arrays() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop_oneof![
        (0..20usize).prop_flat_map(|width| vec(vec(any::<u8>(), width), 0..900)),
        with_runs(vec(any::<u8>(), 0..40)),
        vec("/api/v[0-9]/[a-z]{0,6}", 0..900).prop_map(|texts| texts.into_iter().map(String::into_bytes).collect()),
    ]
}

fn parquet_arrays(arrays: &[Vec<u8>]) -> Vec<ByteArray> {
    arrays.iter().map(|array| ByteArray::from(array.clone())).collect()
}

fn width_of(max: i16) -> u8 {
    (i16::BITS - max.leading_zeros()) as u8
}

const VERSIONS: [WriterVersion; 2] = [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn dictionary_indices(numbers in with_runs(0..3000i64), few in 1..3000i64) {
        let numbers: Vec<i64> = numbers.into_iter().map(|number| number % few * 1_000_003).collect();
        for version in VERSIONS {
            let written = write::<Int64Type>("int64 v", None, version, &numbers, None);
            let mut dictionary = Vec::new();
            if let Some((bytes, count)) = &written.dictionary {
                plain::i64s(bytes, *count, &mut dictionary).unwrap();
            }
            let mut decoded = Vec::new();
            for page in &written.pages {
                decoded.extend(decode_whole_and_damaged(&page.values, |bytes| {
                    let mut indices = Vec::new();
                    hybrid::indices(bytes, page.entries, &mut indices).map(|()| indices)
                }));
            }
            prop_assert_eq!(decoded.len(), numbers.len());
            for (index, number) in decoded.into_iter().zip(&numbers) {
                prop_assert_eq!(dictionary[index as usize], *number);
            }
        }
    }

    #[test]
    fn levels(entries in with_runs((0..3i16, 0..4i16))) {
        // The first entry begins a row.
        let first = entries.first().map(|&(_, definition)| (0, definition));
        let entries: Vec<(i16, i16)> = first.into_iter().chain(entries.into_iter().skip(1)).collect();
        let (repetition, definition): (Vec<i16>, Vec<i16>) = entries.iter().copied().unzip();
        let values = vec![7; definition.iter().filter(|&&level| level == 3).count()];
        for version in VERSIONS {
            let levels = Some((&*repetition, &*definition));
            let written = write::<Int64Type>("int64 v", Some(Encoding::PLAIN), version, &values, levels);
            let mut decoded = Vec::new();
            for page in &written.pages {
                let [repetition, definition] = [(&page.repetition, 2), (&page.definition, 3)].map(|(bytes, max)| {
                    let levels = decode_whole_and_damaged(bytes, |bytes| {
                        let mut levels = Vec::new();
                        hybrid::levels(bytes, width_of(max), page.entries, &mut levels).map(|()| levels)
                    });
                    let runs: Vec<Run<'_>> =
                        Runs::new(bytes, width_of(max), page.entries).unwrap().map(Result::unwrap).collect();
                    let one = levels.iter().all(|&level| level == levels[0]);
                    if one && page.entries >= 16 {
                        let value = u32::from(levels[0]);
                        assert_eq!(runs, [Run::Repeated { value, count: page.entries }], "one run tells it all");
                    }
                    levels
                });
                decoded.extend(repetition.into_iter().zip(definition).map(|(r, d)| (i16::from(r), i16::from(d))));
            }
            prop_assert_eq!(&decoded, &entries);
        }
    }

    #[test]
    fn booleans(values in with_runs(any::<bool>())) {
        for encoding in [Encoding::PLAIN, Encoding::RLE] {
            let decoded = round::<BoolType, u8>("boolean v", encoding, &values, |bytes, count| {
                let mut out = Vec::new();
                let decode = if encoding == Encoding::RLE { hybrid::bools } else { hybrid::plain_bools };
                decode(bytes, count, &mut out).map(|()| out)
            });
            prop_assert_eq!(decoded, values.iter().map(|&value| u8::from(value)).collect::<Vec<u8>>());
        }
    }

    #[test]
    fn numbers_of_64_bits(values in numbers()) {
        for encoding in [Encoding::PLAIN, Encoding::DELTA_BINARY_PACKED] {
            let decoded = round::<Int64Type, i64>("int64 v", encoding, &values, |bytes, count| {
                let mut out = Vec::new();
                if encoding == Encoding::PLAIN {
                    plain::i64s(bytes, count, &mut out)?;
                } else {
                    assert!(delta::i64s(bytes, count, &mut out)? <= bytes.len());
                }
                Ok(out)
            });
            prop_assert_eq!(&decoded, &values);
        }
    }

    #[test]
    fn numbers_of_32_bits(values in numbers()) {
        let values: Vec<i32> = values.into_iter().map(|value| value as i32).collect();
        for encoding in [Encoding::PLAIN, Encoding::DELTA_BINARY_PACKED] {
            let decoded = round::<Int32Type, i32>("int32 v", encoding, &values, |bytes, count| {
                let mut out = Vec::new();
                if encoding == Encoding::PLAIN {
                    plain::i32s(bytes, count, &mut out)?;
                } else {
                    assert!(delta::i32s(bytes, count, &mut out)? <= bytes.len());
                }
                Ok(out.into_iter().map(|number| number as i32).collect())
            });
            prop_assert_eq!(&decoded, &values);
        }
    }

    #[test]
    fn floats(values in vec(any::<f64>(), 0..1500)) {
        let decoded = round::<DoubleType, u64>("double v", Encoding::PLAIN, &values, |bytes, count| {
            let mut out = Vec::new();
            plain::f64s(bytes, count, &mut out).map(|()| out.into_iter().map(f64::to_bits).collect())
        });
        prop_assert_eq!(decoded, values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>());
    }

    #[test]
    fn texts_and_ids(values in byte_arrays()) {
        let written = parquet_arrays(&values);
        for encoding in [Encoding::PLAIN, Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY] {
            let decoded = round::<ByteArrayType, Vec<u8>>("binary v", encoding, &written, |bytes, count| {
                let (mut ranges, mut buffer) = (ByteRanges::default(), Vec::new());
                match encoding {
                    Encoding::PLAIN => plain::byte_arrays(bytes, count, &mut ranges)?,
                    Encoding::DELTA_LENGTH_BYTE_ARRAY => delta::byte_arrays(bytes, count, &mut ranges)?,
                    _ => {
                        delta::prefixed_byte_arrays(bytes, count, 1 << 20, &mut buffer, &mut ranges)?;
                        return Ok(arrays(&buffer, &ranges));
                    }
                }
                Ok(arrays(bytes, &ranges))
            });
            prop_assert_eq!(&decoded, &values);
        }
    }

    #[test]
    fn fixed_length_ids(values in vec(vec(any::<u8>(), 16), 0..1500)) {
        let written: Vec<FixedLenByteArray> = parquet_arrays(&values).into_iter().map(FixedLenByteArray::from).collect();
        let kind = "fixed_len_byte_array(16) v";
        let decoded = round::<FixedLenByteArrayType, Vec<u8>>(kind, Encoding::PLAIN, &written, |bytes, count| {
            let mut ranges = ByteRanges::default();
            plain::fixed_byte_arrays(bytes, 16, count, &mut ranges).map(|()| arrays(bytes, &ranges))
        });
        prop_assert_eq!(decoded, values);
    }
}
