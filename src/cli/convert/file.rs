//! The file that is written: never over another by accident, and only when it is complete.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

use super::target::{Packing, is_stdout};
use crate::{
    cli::{
        Exit, Failure,
        ui::Ui,
        whole_file::{self, Replace},
    },
    output::{cancellable::is_cancelled, folder::folder},
};

/// Where the output goes.
pub(super) enum OutFile {
    Stdout,
    /// A file that is not there yet, or that may be replaced.
    Whole(PathBuf, Replace),
    /// Something else that can be written to, such as a pipe.
    Special(PathBuf),
}

impl OutFile {
    /// Checks whether `out` may be written; nothing is made yet.
    pub(super) fn new(out: &Path, force: bool) -> Result<OutFile, Failure> {
        let name = out.display();
        if is_stdout(out) {
            return Ok(OutFile::Stdout);
        }
        match fs::metadata(out) {
            Ok(data) if data.is_dir() => {
                Err(Failure::new(Exit::Usage, format!("{name} is a directory")).with_hint("name a file in it"))
            }
            Ok(data) if !data.is_file() => Ok(OutFile::Special(out.to_owned())),
            Ok(_) if !force => Err(exists(out)),
            Ok(_) => Ok(OutFile::Whole(out.to_owned(), Replace::Existing)),
            Err(_) if let Some(missing) = whole_file::dangling_link(out) => {
                let problem = format!("{name} is a link to {}, which is not there", missing.display());
                Err(Failure::new(Exit::Usage, problem)
                    .with_hint("remove the link, or name the file that it should lead to"))
            }
            Err(_) if folder(out).is_dir() => {
                Ok(OutFile::Whole(out.to_owned(), if force { Replace::Existing } else { Replace::Nothing }))
            }
            Err(_) => {
                let problem = format!("cannot write {name}: {} is no directory", folder(out).display());
                Err(Failure::new(Exit::Usage, problem)
                    .with_hint("make the directory, or check the path for typing mistakes"))
            }
        }
    }

    /// Lets `fill` write what the file is to hold. If it fails, what was there before is there after.
    pub(super) fn write<T>(
        self,
        packing: Packing,
        ui: &mut Ui,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<T>,
    ) -> Result<T, Failure> {
        match self {
            OutFile::Stdout => {
                let result = packed(ui.out(), packing, fill)?;
                ui.flush()?;
                Ok(result)
            }
            OutFile::Special(path) => {
                let file = File::options().write(true).open(&path);
                file.and_then(|file| buffered(file, packing, fill)).map_err(|error| failed(&path, &error))
            }
            OutFile::Whole(path, replace) => {
                whole_file::write(&path, replace, &ui.cancel, |out| packed(out, packing, fill)).map_err(|error| {
                    let is_there = error.kind() == io::ErrorKind::AlreadyExists;
                    if is_there && replace == Replace::Nothing { exists(&path) } else { failed(&path, &error) }
                })
            }
        }
    }
}

fn exists(out: &Path) -> Failure {
    Failure::new(Exit::Usage, format!("{} exists", out.display())).with_hint("`--force` replaces it")
}

fn buffered<T>(file: File, packing: Packing, fill: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    let result = packed(&mut out, packing, fill)?;
    out.flush()?;
    Ok(result)
}

fn packed<T>(
    out: &mut dyn Write,
    packing: Packing,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<T>,
) -> io::Result<T> {
    match packing {
        Packing::None => fill(out),
        Packing::Gzip => {
            let mut out = GzEncoder::new(out, Compression::default());
            let result = fill(&mut out)?;
            out.finish().map(|_| result)
        }
        Packing::Zstd => {
            // 0 is the level that zstd itself holds for best.
            let mut out = zstd::Encoder::new(out, 0)?;
            let result = fill(&mut out)?;
            out.finish().map(|_| result)
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        _ if is_cancelled(error) => Failure::Silent(Exit::Interrupted),
        io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::new(Exit::Incomplete, format!("cannot write {}: {error}", path.display()))
            .with_hint("check the space on the disk and the rights of the directory; nothing is left of the attempt"),
    }
}
