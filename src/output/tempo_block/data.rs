//! Writes the file with the traces, row group after row group.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom},
    path::Path,
    sync::Arc,
};

use parquet::file::writer::SerializedFileWriter;
use rayon::prelude::*;

use crate::{
    model::{cancel::Cancel, gather::Place},
    output::cancellable::go_on,
};

use super::{
    Error, encode,
    fill::fill,
    group::Group,
    schema,
    table::{Own, Table},
};

/// What `meta.json` says of the file.
pub(super) struct Data {
    /// Its bytes.
    pub(super) size: u64,
    /// The bytes of the footer, without its length and the closing magic.
    pub(super) footer_size: u32,
}

/// Writes row groups of the given traces, until the token is cancelled.
pub(super) fn write(
    path: &Path,
    tables: &[Table<'_>],
    groups: &[Vec<Place>],
    own: &[Own],
    cancel: &Cancel,
) -> Result<Data, Error> {
    let failed = |error| Error::Parquet { path: path.to_owned(), error };
    let io_failed = |error| Error::Io { path: path.to_owned(), error };
    let nodes = schema::trace(own);
    let schema = schema::schema(&nodes).map_err(failed)?;
    let leaves = schema::leaves(nodes);
    let file = File::options().read(true).write(true).create_new(true).open(path).map_err(io_failed)?;
    let properties = Arc::new(encode::properties().build());
    let mut writer = SerializedFileWriter::new(BufWriter::new(file), schema, properties).map_err(failed)?;
    for traces in groups {
        go_on(cancel).map_err(io_failed)?;
        let group = Group::new(tables, traces);
        let description = writer.schema_descr();
        let columns: Vec<_> = leaves
            .par_iter()
            .enumerate()
            .map(|(number, leaf)| encode::encode(&fill(&group, &leaf.read), leaf.storage, &description.column(number)))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        let mut row_group = writer.next_row_group().map_err(failed)?;
        for (pages, close) in columns {
            go_on(cancel).map_err(io_failed)?;
            row_group.append_column(&pages, close).map_err(failed)?;
        }
        row_group.close().map_err(failed)?;
    }
    let file = writer.into_inner().map_err(failed)?.into_inner();
    file.map_err(io::IntoInnerError::into_error).and_then(measure).map_err(io_failed)
}

/// Makes sure that the file is on the disk, and measures it.
fn measure(mut file: File) -> io::Result<Data> {
    file.sync_all()?;
    let size = file.metadata()?.len();
    // The footer's length and the magic close the file.
    file.seek(SeekFrom::End(-8))?;
    let mut length = [0; 4];
    file.read_exact(&mut length)?;
    Ok(Data { size, footer_size: u32::from_le_bytes(length) })
}
