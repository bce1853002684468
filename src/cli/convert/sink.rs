//! Where converted traces go: into a file, or into the files of a block.

use std::path::PathBuf;

use super::{
    Convert,
    file::OutFile,
    target::{self, Packing, is_stdout},
};
#[cfg(feature = "tempo-block")]
use crate::output::tempo_block;
use crate::{
    cli::{Failure, ui::Ui},
    model::batch::Batch,
    output::{
        losses::Losses,
        traces::{Format, Stream},
    },
};

/// Where traces go.
pub(super) struct Sink {
    /// What is told on stderr as the place; `None` for stdout.
    place: Option<PathBuf>,
    /// The format's name for people.
    title: &'static str,
    kind: Kind,
}

enum Kind {
    /// A format in which traces stand one behind the other.
    Stream(Format, Packing, OutFile),
    /// A block below the place.
    #[cfg(feature = "tempo-block")]
    Block(PathBuf, tempo_block::Options),
}

/// What was written.
pub(super) struct Written {
    /// The file or folder; `None` for stdout.
    pub(super) place: Option<PathBuf>,
    /// The format's name for people.
    pub(super) title: &'static str,
    /// What the format has no place for.
    pub(super) losses: Losses,
}

impl Sink {
    /// Checks whether what is asked for may be written; nothing is made yet.
    pub(super) fn new(command: &Convert) -> Result<Sink, Failure> {
        let out = &command.out;
        #[cfg(feature = "tempo-block")]
        match command.to {
            Some(to) if to.format().is_none() => {
                let options = command.block.options(out, command.force)?;
                return Ok(Sink { place: None, title: to.title(), kind: Kind::Block(out.clone(), options) });
            }
            _ => command.block.none()?,
        }
        let file = OutFile::new(out, command.force)?;
        let (target, packing) = target::of(out, command.to)?;
        let format = target.format().expect("no file's name stands for a block");
        let place = (!is_stdout(out)).then(|| out.clone());
        Ok(Sink { place, title: target.title(), kind: Kind::Stream(format, packing, file) })
    }

    /// Writes whole traces.
    pub(super) fn write(self, batches: Vec<Batch>, ui: &mut Ui) -> Result<Written, Failure> {
        let Sink { place, title, kind } = self;
        match kind {
            Kind::Stream(format, packing, file) => {
                let losses = file.write(packing, ui, |out| {
                    let mut stream = Stream::new(out, format);
                    // What is written is given back at once.
                    for batch in batches {
                        stream.batch(&batch)?;
                    }
                    stream.finish()
                })?;
                Ok(Written { place, title, losses })
            }
            #[cfg(feature = "tempo-block")]
            Kind::Block(out, options) => {
                let written = super::block::write_block(&out, &batches, &options, &ui.cancel)?;
                Ok(Written { place: Some(written.folder), title, losses: written.losses })
            }
        }
    }
}
