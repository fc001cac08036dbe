//! Arguments of a batch -> the files to read, in the order in which they are read.
//!
//! In go paths: files, folders and patterns with `*`, `?` and `[...]`; out come [`Input`]s with their form and
//! packing, told by the endings of their names (`.jsonl.gz`). What a reader would question: folders and patterns are
//! walked in the order of their names and not as the file system lists them, since a run that is resumed must meet the
//! same records in the same order.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// How records stand in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A JSON object a line.
    Jsonl,
    /// Columns with a header, separated by this byte.
    Csv {
        /// A comma or a tabulator.
        separator: u8,
    },
    /// Apache Parquet.
    Parquet,
    /// The whole file is one text.
    Text,
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// By gzip, several members in a row included.
    Gzip,
    /// By Zstandard, several frames in a row included.
    Zstd,
}

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub path: PathBuf,
    /// How records stand in it.
    pub form: Form,
    /// How it is compressed.
    pub packing: Packing,
    /// Its size on disk, in bytes.
    pub bytes: u64,
}

impl Input {
    /// Its path, as messages and ids have it.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The file at `path`; none if the ending of its name is none that is known.
    fn known(path: &Path) -> Option<(Form, Packing)> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let (name, packing) = if let Some(name) = name.strip_suffix(".gz") {
            (name, Packing::Gzip)
        } else if let Some(name) = name.strip_suffix(".zst") {
            (name, Packing::Zstd)
        } else {
            (name.as_str(), Packing::Plain)
        };
        let form = match name.rsplit_once('.')?.1 {
            "jsonl" | "ndjson" => Form::Jsonl,
            "csv" => Form::Csv { separator: b',' },
            "tsv" => Form::Csv { separator: b'\t' },
            "parquet" if packing == Packing::Plain => Form::Parquet,
            "txt" => Form::Text,
            _ => return None,
        };
        Some((form, packing))
    }
}

/// The endings that [`inputs`] knows, for messages.
pub const ENDINGS: &str =
    ".jsonl, .ndjson, .csv, .tsv and .txt, each also with .gz or .zst, and .parquet";

/// The files that `arguments` mean, each once; none within `except`, where a run writes.
///
/// In folders, files with other endings are passed over; a file that is named must have a known one.
///
/// # Errors
///
/// [`Error::Io`] when something named does not exist or cannot be listed, [`Error::Invalid`] for a pattern that is none
/// or fits nothing, and for a file with another ending.
pub fn inputs(arguments: &[PathBuf], except: Option<&Path>) -> Result<Vec<Input>> {
    let mut found: Vec<Input> = Vec::new();
    for argument in arguments {
        let text = argument.to_string_lossy();
        if !argument.exists() && text.contains(['*', '?', '[']) {
            let paths = glob::glob(&text).map_err(|error| invalid(argument, &error.to_string()))?;
            // The crate lists in the order of names.
            let paths = paths.map(|path| {
                path.map_err(|error| io(error.path(), std::io::Error::other(error.to_string())))
            });
            let paths: Vec<PathBuf> = paths.collect::<Result<_>>()?;
            if paths.is_empty() {
                return Err(invalid(argument, "fits no file"));
            }
            for path in paths {
                if path.is_dir() {
                    walk(&path, &mut found)?;
                } else if Input::known(&path).is_some() {
                    add(&path, &mut found)?;
                }
            }
        } else if std::fs::metadata(argument)
            .map_err(|error| io(argument, error))?
            .is_dir()
        {
            walk(argument, &mut found)?;
        } else {
            add(argument, &mut found)?;
        }
    }
    // A file is the same by whatever way it was named.
    let except = except.and_then(|folder| folder.canonicalize().ok());
    let mut seen = std::collections::BTreeSet::new();
    let mut kept = Vec::with_capacity(found.len());
    for input in found {
        let path = input
            .path
            .canonicalize()
            .map_err(|error| io(&input.path, error))?;
        let within = except
            .as_ref()
            .is_some_and(|folder| path.starts_with(folder));
        if !within && seen.insert(path) {
            kept.push(input);
        }
    }
    Ok(kept)
}

fn add(path: &Path, found: &mut Vec<Input>) -> Result<()> {
    let (form, packing) = Input::known(path)
        .ok_or_else(|| invalid(path, &format!("its name must end with {ENDINGS}")))?;
    let bytes = std::fs::metadata(path)
        .map_err(|error| io(path, error))?
        .len();
    found.push(Input {
        path: path.to_owned(),
        form,
        packing,
        bytes,
    });
    Ok(())
}

/// Adds the files of a folder and of the folders in it.
fn walk(folder: &Path, found: &mut Vec<Input>) -> Result<()> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| io(folder, error))? {
        let entry = entry.map_err(|error| io(folder, error))?;
        // A link to a folder is not followed: it could lead back here.
        let kind = entry.file_type().map_err(|error| io(folder, error))?;
        entries.push((entry.path(), kind.is_dir()));
    }
    entries.sort();
    for (path, is_folder) in entries {
        if is_folder {
            walk(&path, found)?;
        } else if Input::known(&path).is_some() {
            add(&path, found)?;
        }
    }
    Ok(())
}

fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io {
        path: path.to_owned(),
        source,
    }
}

fn invalid(path: &Path, message: &str) -> Error {
    Error::Invalid {
        field: path.display().to_string(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_tell_form_and_packing() {
        let cases = [
            ("a.jsonl", Some((Form::Jsonl, Packing::Plain))),
            ("b/A.NDJSON.GZ", Some((Form::Jsonl, Packing::Gzip))),
            (
                "a.csv.zst",
                Some((Form::Csv { separator: b',' }, Packing::Zstd)),
            ),
            (
                "a.tsv",
                Some((Form::Csv { separator: b'\t' }, Packing::Plain)),
            ),
            ("a.b.parquet", Some((Form::Parquet, Packing::Plain))),
            ("a.parquet.gz", None),
            ("a.txt", Some((Form::Text, Packing::Plain))),
            ("txt", None),
            ("a.pdf", None),
        ];
        for (name, expected) in cases {
            assert_eq!(Input::known(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn folders_and_patterns_are_read_in_the_order_of_names() {
        let folder = std::env::temp_dir().join(format!("stance-inputs-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("m")).unwrap();
        std::fs::create_dir_all(folder.join("out")).unwrap();
        for name in ["z.txt", "a.jsonl", "m/b.csv", "n.pdf", "out/c.jsonl"] {
            std::fs::write(folder.join(name), "x").unwrap();
        }
        let names = |arguments: &[PathBuf]| -> Vec<String> {
            let all = inputs(arguments, Some(&folder.join("out")))
                .unwrap()
                .into_iter();
            all.map(|input| {
                input
                    .path
                    .strip_prefix(&folder)
                    .unwrap()
                    .display()
                    .to_string()
            })
            .collect()
        };
        assert_eq!(
            names(std::slice::from_ref(&folder)),
            ["a.jsonl", "m/b.csv", "z.txt"]
        );
        assert_eq!(
            names(&[folder.join("z.txt"), folder.join("*")]),
            ["z.txt", "a.jsonl", "m/b.csv"]
        );
        let error = |path: PathBuf| inputs(&[path], None).unwrap_err().to_string();
        assert!(error(folder.join("n.pdf")).contains("its name must end with"));
        assert!(error(folder.join("q*")).contains("fits no file"));
        assert!(inputs(&[folder.join("missing.txt")], None).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
