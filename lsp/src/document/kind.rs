//! The kinds of files that may hold queries, told by their names and, without a name that tells, by how they begin.

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One query.
    Query,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// Markdown.
    Markdown,
    /// Commands of a shell: scripts, Makefiles, Dockerfiles.
    Shell,
    /// Terraform.
    Terraform,
    /// Any other text.
    Other,
}

/// The kinds by the end of a name, without a dot.
const EXTENSIONS: &[(&str, Kind)] = &[
    ("traceql", Kind::Query),
    ("json", Kind::Json),
    ("yaml", Kind::Yaml),
    ("yml", Kind::Yaml),
    ("md", Kind::Markdown),
    ("mdx", Kind::Markdown),
    ("markdown", Kind::Markdown),
    ("sh", Kind::Shell),
    ("bash", Kind::Shell),
    ("zsh", Kind::Shell),
    ("mk", Kind::Shell),
    ("dockerfile", Kind::Shell),
    ("tf", Kind::Terraform),
    ("tofu", Kind::Terraform),
];

/// The beginnings of names without an extension that hold commands.
const COMMANDS: &[&str] = &["makefile", "gnumakefile", "dockerfile", "containerfile", "justfile"];

impl Kind {
    /// Tells the kind of a file by its path and its text.
    pub(super) fn of(name: &str, text: &str) -> Kind {
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        let known = EXTENSIONS.iter().find(|(end, _)| extension == Some(end)).map(|(_, kind)| *kind);
        if let Some(kind) = known {
            return kind;
        }
        if COMMANDS.iter().any(|command| name.starts_with(command)) {
            return Kind::Shell;
        }
        match text.trim_start_matches('\u{feff}').trim_start().as_bytes() {
            _ if extension.is_some() => Kind::Other,
            [b'{' | b'[', ..] => Kind::Json,
            [b'#', b'!', ..] => Kind::Shell,
            [b'-', b'-', b'-', ..] => Kind::Yaml,
            _ => Kind::Other,
        }
    }
}
