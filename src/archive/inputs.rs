//! Arguments of a batch -> the files to read, in the order in which they are read.
//!
//! In go paths: files, folders and patterns with `*`, `?` and `[...]`; out come [`Input`]s with their form and
//! packing, told by the endings of their names (`.jsonl.gz`). What a reader would question: folders and patterns are
//! walked in the order of their names and not as the file system lists them, since a run that is resumed must meet the
//! same records in the same order.

use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How records stand in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A JSON object a line.
    Jsonl,
    /// Columns with a header, separated by this byte.
    Csv {
        /// A comma or a tabulator, or whatever the caller knows better.
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
    ".jsonl, .ndjson, .csv, .tsv or .txt, each also with .gz or .zst, or .parquet";

/// The files that `arguments` mean, each once; none within `except`, where a run writes.
///
/// In folders, files with other endings are passed over; a file that is named must have a known one.
///
/// # Errors
///
/// [`Error::Io`] when something named does not exist or cannot be listed, [`Error::Invalid`] for a pattern that is none
/// or fits nothing, and for a file with another ending.
pub fn inputs(arguments: &[PathBuf], except: Option<&Path>) -> Result<Vec<Input>> {
    Ok(inputs_and_others(arguments, except)?.0)
}

/// [`inputs`], and how many files of folders and patterns are passed over, by the ending of their names; "" for none.
///
/// # Errors
///
/// Those of [`inputs`].
pub fn inputs_and_others(
    arguments: &[PathBuf],
    except: Option<&Path>,
) -> Result<(Vec<Input>, BTreeMap<String, usize>)> {
    let mut found = Listed::default();
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
                } else {
                    found.add_or_note(path)?;
                }
            }
        } else if std::fs::metadata(argument)
            .map_err(|error| io(argument, error))?
            .is_dir()
        {
            walk(argument, &mut found)?;
        } else if !found.add(argument)? {
            let message = format!("its name must end with {ENDINGS}");
            return Err(invalid(argument, &message));
        }
    }
    // A file is the same by whatever way it was named.
    let except = except.and_then(|folder| folder.canonicalize().ok());
    let mut seen = BTreeSet::new();
    let mut is_new = |path: &Path| -> Result<bool> {
        let path = path.canonicalize().map_err(|error| io(path, error))?;
        let within = except
            .as_ref()
            .is_some_and(|folder| path.starts_with(folder));
        Ok(!within && seen.insert(path))
    };
    let mut kept = Vec::with_capacity(found.inputs.len());
    for input in found.inputs {
        if is_new(&input.path)? {
            kept.push(input);
        }
    }
    let mut others = BTreeMap::new();
    for path in found.others {
        // A link to nowhere is nothing that was passed over.
        if is_new(&path).unwrap_or(false) {
            *others.entry(ending(&path)).or_default() += 1;
        }
    }
    Ok((kept, others))
}

/// What is found.
#[derive(Default)]
struct Listed {
    inputs: Vec<Input>,
    /// Files that nothing is known to be in.
    others: Vec<PathBuf>,
}

impl Listed {
    /// Adds a file; whether its form is known.
    fn add(&mut self, path: &Path) -> Result<bool> {
        let Some((form, packing)) = Input::known(path) else {
            return Ok(false);
        };
        let bytes = std::fs::metadata(path)
            .map_err(|error| io(path, error))?
            .len();
        self.inputs.push(Input {
            path: path.to_owned(),
            form,
            packing,
            bytes,
        });
        Ok(true)
    }

    /// Adds a file whose form is known, and notes another.
    fn add_or_note(&mut self, path: PathBuf) -> Result<()> {
        if !self.add(&path)? {
            self.others.push(path);
        }
        Ok(())
    }
}

/// The ending of a file's name, `.json` or `.json.gz`.
fn ending(path: &Path) -> String {
    let last = |path: &Path| {
        let ending = path.extension()?.to_string_lossy().to_ascii_lowercase();
        Some(format!(".{ending}"))
    };
    match last(path) {
        Some(packed) if [".gz", ".zst"].contains(&packed.as_str()) => {
            last(&path.with_extension("")).unwrap_or_default() + &packed
        }
        ending => ending.unwrap_or_default(),
    }
}

/// Adds the files of a folder and of the folders in it.
fn walk(folder: &Path, found: &mut Listed) -> Result<()> {
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
        } else {
            found.add_or_note(path)?;
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
    fn others_are_told_by_their_endings() {
        for (name, expected) in [
            ("a/b.JSON", ".json"),
            ("b.json.gz", ".json.gz"),
            ("b.gz", ".gz"),
            ("b", ""),
            (".hidden", ""),
        ] {
            assert_eq!(ending(Path::new(name)), expected, "{name}");
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
        let (_, others) = inputs_and_others(
            &[folder.clone(), folder.join("*")],
            Some(&folder.join("out")),
        )
        .unwrap();
        assert_eq!(others, BTreeMap::from([(".pdf".to_owned(), 1)]));
        let error = |path: PathBuf| inputs(&[path], None).unwrap_err().to_string();
        assert!(error(folder.join("n.pdf")).contains("its name must end with"));
        assert!(error(folder.join("q*")).contains("fits no file"));
        assert!(inputs(&[folder.join("missing.txt")], None).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
