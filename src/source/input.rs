//! Finds what is to be read: files, directories, globs, stdin and URLs.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use globset::GlobBuilder;

#[cfg(feature = "cloud")]
use super::store;
#[cfg(feature = "tempo-block")]
use super::tempo_block::{Files, Folder, Memory};
use super::{
    environment::Environment,
    error::{Place, SourceError},
    remembered::version_of,
};
use crate::model::budget::HeldBytes;
#[cfg(feature = "tempo-block")]
use crate::model::tempo_block::{DATA_FILE, META_FILE};

/// The files of a block that stand for it even where blocks cannot be read, so that this is said once.
#[cfg(not(feature = "tempo-block"))]
const DATA_FILE: &str = "data.parquet";
#[cfg(not(feature = "tempo-block"))]
const META_FILE: &str = "meta.json";

/// The first filter of trace ids, which every block has.
const FIRST_FILTER: &str = "bloom-0";

/// Something that can be read once: a file, stdin, or bytes in memory.
#[derive(Clone, Debug)]
pub struct Input {
    pub(super) name: String,
    pub(super) origin: Origin,
}

/// Where the bytes of an [`Input`] come from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    File(PathBuf),
    Stdin,
    Memory(Arc<[u8]>),
    /// Bytes that count as long as the input is there.
    Held(Arc<HeldBytes>),
    /// A block of Tempo's, wherever its files are.
    #[cfg(feature = "tempo-block")]
    Block(Arc<dyn Files>),
    /// A file in a store.
    #[cfg(feature = "cloud")]
    Object(store::Object),
    /// A folder that cannot be listed; reading it fails.
    Refused(super::error::Refusal),
}

impl Input {
    /// Makes an input of bytes in memory; `name` stands in errors.
    pub fn memory(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Input {
        Input { name: name.into(), origin: Origin::Memory(bytes.into()) }
    }

    /// Makes an input of bytes in memory that count as long as the input is there; `name` stands in errors.
    pub fn held(name: impl Into<String>, bytes: HeldBytes) -> Input {
        Input { name: name.into(), origin: Origin::Held(Arc::new(bytes)) }
    }

    /// Makes an input that fails with this error where it is read.
    fn refused(error: SourceError) -> Input {
        let SourceError { file, problem, cure, .. } = error;
        Input { name: file, origin: Origin::Refused(super::error::Refusal { problem, cure }) }
    }

    /// Returns why the input cannot be read, as far as that is known without reading.
    pub fn refusal(&self) -> Option<SourceError> {
        match &self.origin {
            Origin::Refused(refusal) => Some(missing(&self.name, &refusal.problem, &refusal.cure)),
            _ => None,
        }
    }

    /// Makes an input of a block of Tempo's in memory: the names of its files and what they hold; `name` stands in errors.
    #[cfg(feature = "tempo-block")]
    pub fn block_in_memory(name: impl Into<String>, files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Input {
        let files = files.into_iter().map(|(name, bytes)| (name, bytes.into())).collect();
        Input { name: name.into(), origin: Origin::Block(Arc::new(Memory(files))) }
    }

    /// Makes the input of stdin, which can be read once.
    pub fn stdin() -> Input {
        Input { name: "stdin".to_owned(), origin: Origin::Stdin }
    }

    fn file(path: PathBuf) -> Input {
        Input { name: path.display().to_string(), origin: Origin::File(path) }
    }

    #[cfg(feature = "tempo-block")]
    fn block(folder: PathBuf) -> Input {
        Input { name: folder.display().to_string(), origin: Origin::Block(Arc::new(Folder(folder))) }
    }

    /// Returns the name that errors use: the path, or `stdin`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how many bytes there are to read; `None` for stdin and where the file system does not say.
    pub fn size(&self) -> Option<u64> {
        match &self.origin {
            Origin::File(path) => fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|data| data.len()),
            Origin::Stdin => None,
            Origin::Memory(bytes) => Some(bytes.len() as u64),
            Origin::Held(bytes) => Some(bytes.len() as u64),
            #[cfg(feature = "tempo-block")]
            Origin::Block(files) => files.size(),
            #[cfg(feature = "cloud")]
            Origin::Object(object) => Some(object.size()),
            Origin::Refused(_) => Some(0),
        }
    }
}

impl Input {
    /// Returns a text that is another one as soon as what there is to read changes; `None` if that cannot be told.
    pub fn version(&self) -> Option<String> {
        match &self.origin {
            Origin::File(path) => version_of(path),
            Origin::Stdin | Origin::Memory(_) | Origin::Held(_) => None,
            #[cfg(feature = "tempo-block")]
            Origin::Block(files) => files.version(),
            #[cfg(feature = "cloud")]
            Origin::Object(_) => None,
            Origin::Refused(_) => None,
        }
    }
}

/// Finds the inputs that the arguments of a command name.
///
/// An argument is a file, a directory (everything below it, hidden names left out), a glob (`*`, `**`, `?`, `[a-z]`,
/// `{a,b}`) or `-` for stdin. What a directory or glob yields is in order of names; what is named twice comes once.
///
/// # Errors
///
/// An argument that names nothing, or a directory that cannot be listed.
pub fn find(arguments: &[String]) -> Result<Vec<Input>, SourceError> {
    find_anywhere(arguments, &Environment::default())
}

/// Tells whether an argument is a URL that [`find_anywhere`] knows.
pub fn is_store(argument: &str) -> bool {
    #[cfg(feature = "cloud")]
    let known = store::is_store(argument);
    #[cfg(not(feature = "cloud"))]
    let known = {
        let _ = argument;
        false
    };
    known
}

/// Finds the inputs that the arguments of a command name, in stores too: `s3://`, `gs://` and `az://` with a bucket and
/// what in it, a file or a folder. The environment tells how to get there.
///
/// # Errors
///
/// As [`find`]; or a store that cannot be reached, or refuses.
pub fn find_anywhere(arguments: &[String], environment: &Environment) -> Result<Vec<Input>, SourceError> {
    #[cfg(not(feature = "cloud"))]
    let _ = environment;
    let mut inputs = Vec::new();
    for argument in arguments {
        if argument == "-" {
            inputs.push(Input::stdin());
            continue;
        }
        #[cfg(feature = "cloud")]
        if store::is_store(argument) {
            inputs.extend(store::find(argument, environment)?);
            continue;
        }
        let path = Path::new(argument);
        match fs::metadata(path) {
            Ok(data) if data.is_dir() => {
                let (files, refused) = walk(path);
                if files.is_empty() && refused.is_empty() {
                    return Err(missing(
                        argument,
                        "the directory holds no files",
                        "name a directory that holds trace files",
                    ));
                }
                inputs.extend(refused.into_iter().map(Input::refused));
                inputs.extend(files.into_iter().map(input));
            }
            Ok(_) => inputs.push(input(path.to_owned())),
            Err(_) if argument.contains(['*', '?', '[', '{']) => inputs.extend(expand(argument)?),
            Err(error) => return Err(unreadable(path, &error)),
        }
    }
    let mut seen = HashSet::new();
    inputs.retain(|input| {
        seen.insert(match &input.origin {
            Origin::File(path) => fs::canonicalize(path).unwrap_or_else(|_| path.clone()),
            Origin::Stdin | Origin::Memory(_) | Origin::Held(_) => PathBuf::from("-"),
            #[cfg(feature = "tempo-block")]
            Origin::Block(_) => fs::canonicalize(&input.name).unwrap_or_else(|_| PathBuf::from(&input.name)),
            #[cfg(feature = "cloud")]
            Origin::Object(_) => PathBuf::from(&input.name),
            Origin::Refused(_) => PathBuf::from(&input.name),
        })
    });
    Ok(inputs)
}

/// Makes the input of a path: the traces of a block stand for the block.
fn input(path: PathBuf) -> Input {
    #[cfg(feature = "tempo-block")]
    if let Some(folder) = path.parent().filter(|folder| {
        path.ends_with(DATA_FILE) && Folder::is_block(folder) || path.ends_with(META_FILE) && lacks_data(folder)
    }) {
        return Input::block(folder.to_owned());
    }
    Input::file(path)
}

/// Files that Tempo keeps beside blocks, and beside the folders of tenants: they hold no traces.
pub(super) const BESIDE_BLOCKS: [&str; 6] =
    ["index.json.gz", "index.pb.zst", "meta.compacted.json", "nocompact.flg", "tempo_cluster_seed.json", "work.json"];

/// Tells whether a folder is what is left of a block without its traces, as of one that is half copied.
fn lacks_data(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).is_file();
    has(META_FILE) && has(FIRST_FILTER) && !has(DATA_FILE)
}

/// Leaves out what belongs to blocks, but for the traces themselves; where these are missing, `meta.json` stands for the
/// block, so that it can be named. A block that was compacted into another one has no traces of its own any more.
fn without_parts_of_blocks(files: &mut Vec<PathBuf>) {
    let blocks: HashSet<PathBuf> = files
        .iter()
        .filter_map(|file| {
            let folder = file.parent()?;
            let is_block = file.ends_with(DATA_FILE) || file.ends_with(META_FILE) && lacks_data(folder);
            is_block.then(|| folder.to_owned())
        })
        .collect();
    files.retain(|file| {
        let is_beside = file.file_name().is_some_and(|name| BESIDE_BLOCKS.iter().any(|other| name == *other));
        match file.parent().filter(|folder| blocks.contains(*folder)) {
            Some(folder) if file.ends_with(META_FILE) => lacks_data(folder),
            Some(folder) => file.ends_with(DATA_FILE) && !is_compacted(folder),
            None => blocks.is_empty() || !is_beside,
        }
    });
}

fn is_compacted(folder: &Path) -> bool {
    folder.join("meta.compacted.json").is_file() && !folder.join("meta.json").is_file()
}

/// Lists the files that a glob matches.
fn expand(glob: &str) -> Result<Vec<Input>, SourceError> {
    let matcher = match GlobBuilder::new(glob).literal_separator(true).build() {
        Ok(glob) => glob.compile_matcher(),
        Err(error) => {
            let problem = format!("no such file, and no glob either: {}", error.kind());
            return Err(missing(glob, &problem, "check the path for typing mistakes"));
        }
    };
    // The directories before the first special character need no search.
    let special = glob.find(['*', '?', '[', '{']).unwrap_or(glob.len());
    let root = glob[..special].rfind('/').map_or("", |end| &glob[..=end]);
    let (mut files, mut refused) = (Vec::new(), Vec::new());
    if root.is_empty() {
        (files, refused) = walk(Path::new("."));
        for path in &mut files {
            if let Ok(rest) = path.strip_prefix(".") {
                *path = rest.to_owned();
            }
        }
    } else if Path::new(root).is_dir() {
        (files, refused) = walk(Path::new(root));
    }
    // Who names the folder of a block means the block.
    let is_named = |path: &PathBuf| {
        let folder = path.parent().filter(|_| path.ends_with(DATA_FILE));
        matcher.is_match(path) || folder.is_some_and(|folder| matcher.is_match(folder))
    };
    files.retain(is_named);
    if files.is_empty() && refused.is_empty() {
        return Err(missing(
            glob,
            "no file matches",
            "`**` stands for any number of directories, `*` for part of one name",
        ));
    }
    Ok(refused.into_iter().map(Input::refused).chain(files.into_iter().map(input)).collect())
}

/// Lists all files below a directory in order of their names, without recursion and without following links to
/// directories; and the directories that cannot be listed. What goes away meanwhile is left out.
fn walk(root: &Path) -> (Vec<PathBuf>, Vec<SourceError>) {
    let mut directories = vec![root.to_owned()];
    let (mut files, mut refused) = (Vec::new(), Vec::new());
    while let Some(directory) = directories.pop() {
        let mut refuse = |path: &Path, error: &std::io::Error| refused.push(unreadable(path, error));
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) => {
                refuse(&directory, &error);
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    refuse(&directory, &error);
                    break;
                }
            };
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => directories.push(entry.path()),
                Ok(kind) if kind.is_file() || kind.is_symlink() && entry.path().is_file() => files.push(entry.path()),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => refuse(&entry.path(), &error),
            }
        }
    }
    files.sort();
    refused.sort_by(|a, b| a.file.cmp(&b.file));
    without_parts_of_blocks(&mut files);
    (files, refused)
}

fn missing(file: &str, problem: &str, cure: &str) -> SourceError {
    SourceError { file: file.to_owned(), place: Place::File, problem: problem.to_owned(), cure: cure.to_owned() }
}

/// Makes the error for a file or directory that the system does not give out.
pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> SourceError {
    use std::io::ErrorKind;
    let (problem, cure) = match error.kind() {
        ErrorKind::NotFound => ("no such file or directory".to_owned(), "check the path for typing mistakes"),
        ErrorKind::PermissionDenied => ("permission denied".to_owned(), "make the file readable for this user"),
        _ => (format!("cannot be read: {error}"), "check the disk, or copy the file to another one"),
    };
    missing(&path.display().to_string(), &problem, cure)
}
