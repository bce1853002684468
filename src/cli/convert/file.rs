//! The file that is written: under a name of its own until it is complete, and never over another by accident.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process,
};

use flate2::{Compression, write::GzEncoder};

use super::target::{Packing, is_stdout};
use crate::cli::{Exit, Failure, ui::Ui};

/// Where the output goes.
pub(super) enum OutFile {
    Stdout,
    /// A file that is not there yet, or that may be replaced.
    New(PathBuf),
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
            Ok(_) if !force => {
                Err(Failure::new(Exit::Usage, format!("{name} exists")).with_hint("`--force` replaces it"))
            }
            // Through links, so that the file is replaced and not the link.
            Ok(_) => Ok(OutFile::New(fs::canonicalize(out).map_err(|error| failed(out, &error))?)),
            Err(_) if folder(out).is_dir() => Ok(OutFile::New(out.to_owned())),
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
            OutFile::New(path) => {
                let part = Part::beside(&path);
                let result = File::create_new(&part.0)
                    .and_then(|file| buffered(file, packing, fill))
                    .and_then(|result| fs::rename(&part.0, &path).map(|()| result));
                result.map_err(|error| failed(&path, &error))
            }
        }
    }
}

/// A file that is not complete; it goes away unless it was given another name.
struct Part(PathBuf);

impl Part {
    /// Chooses a name in the same folder, so that renaming is a matter of the name alone. Names that begin with a dot are
    /// not read where a folder is the source.
    fn beside(path: &Path) -> Part {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Part(folder(path).join(format!(".{name}.{}.part", process::id())))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Not there any more if all went well.
        let _ = fs::remove_file(&self.0);
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
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
        io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::new(Exit::Incomplete, format!("cannot write {}: {error}", path.display()))
            .with_hint("check the space on the disk and the rights of the directory; nothing is left of the attempt"),
    }
}
