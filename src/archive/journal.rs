//! The journal of a run: which parts of it are done.
//!
//! A file of JSON lines in the run's folder: first the settings that its rows depend on, then a line for every part
//! whose files have appeared. What a reader would question: a last line without an end is dropped. It was being written
//! when the run was killed, and the part is made again.

use super::writing::{io, write_whole};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A run's counts, or those of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Records that were read, rejects among them.
    pub records: u64,
    /// Records that were scored.
    pub documents: u64,
    /// Records that were not.
    pub rejects: u64,
    /// Documents whose text had come before.
    pub repeated: u64,
    /// Sentences of the documents.
    pub sentences: u64,
    /// Bytes of their texts.
    pub text_bytes: u64,
    /// Rows of `stances`.
    pub rows: u64,
    /// Documents with a date that does not begin with `YYYY-MM-DD`, so that they are in no period.
    #[serde(default)]
    pub unread_dates: u64,
    /// Documents that mention somebody and in which nobody speaks.
    #[serde(default)]
    pub voiceless: u64,
}

impl Counts {
    /// Adds those of another part.
    pub fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.documents += other.documents;
        self.rejects += other.rejects;
        self.repeated += other.repeated;
        self.sentences += other.sentences;
        self.text_bytes += other.text_bytes;
        self.rows += other.rows;
        self.unread_dates += other.unread_dates;
        self.voiceless += other.voiceless;
    }
}

/// A part that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) number: usize,
    /// What was read: a run that is resumed must meet the same.
    pub(super) digest: String,
    pub(super) counts: Counts,
}

/// The journal, open for more.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Begins a journal with the run's settings.
    pub(super) fn create(path: PathBuf, settings: &serde_json::Value) -> Result<Self> {
        write_whole(&path, format!("{settings}\n").as_bytes())?;
        Self::at(path)
    }

    /// Goes on with a journal: it, and the parts that are done.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when the settings are others, with the first that is.
    pub(super) fn resume(path: PathBuf, settings: &serde_json::Value) -> Result<(Self, Vec<Part>)> {
        let text = std::fs::read_to_string(&path).map_err(|error| io(&path, error))?;
        let whole = text.rfind('\n').map_or("", |end| text.split_at(end + 1).0);
        let mut lines = whole.lines();
        let broken = |line: usize, error: &serde_json::Error| Error::Corpus {
            file: path.display().to_string(),
            line,
            message: format!("is no line of a journal: {error}"),
        };
        let first = serde_json::from_str(lines.next().unwrap_or_default());
        let first: serde_json::Value = first.map_err(|error| broken(1, &error))?;
        same(&first, settings)?;
        let parts = lines
            .enumerate()
            .map(|(at, line)| serde_json::from_str(line).map_err(|error| broken(at + 2, &error)));
        let parts = parts.collect::<Result<Vec<Part>>>()?;
        // Without what was not whole.
        write_whole(&path, whole.as_bytes())?;
        Ok((Self::at(path)?, parts))
    }

    fn at(path: PathBuf) -> Result<Self> {
        let file = File::options().append(true).open(&path);
        let file = file.map_err(|error| io(&path, error))?;
        Ok(Self { path, file })
    }

    /// Notes that a part is done: from here on it is.
    pub(super) fn add(&mut self, part: &Part) -> Result<()> {
        let line = serde_json::to_string(part).map_err(|error| Error::Internal {
            message: error.to_string(),
        })?;
        let written = writeln!(self.file, "{line}").and_then(|()| self.file.sync_data());
        written.map_err(|error| io(&self.path, error))
    }
}

/// Whether settings are the same.
pub(super) fn same(before: &serde_json::Value, now: &serde_json::Value) -> Result<()> {
    if before == now {
        return Ok(());
    }
    let empty = serde_json::Map::new();
    let of = |value| serde_json::Value::as_object(value).unwrap_or(&empty);
    let (before, now) = (of(before), of(now));
    let other = now
        .iter()
        .find(|&(key, value)| before.get(key) != Some(value));
    let (field, value) = other.map_or(("settings", "others".to_owned()), |(key, value)| {
        (key.as_str(), short(value))
    });
    let was = before
        .get(field)
        .map_or_else(|| "nothing".to_owned(), short);
    Err(Error::Invalid {
        field: field.to_owned(),
        message: format!("is {value}, but the run that is to be resumed began with {was}"),
    })
}

fn short(value: &serde_json::Value) -> String {
    const MOST: usize = 200;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", text.split_at(end).0),
        None => text,
    }
}

/// Removes whatever in `folder` is not wanted; a folder that is not there holds nothing.
pub(super) fn remove_others(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|error| io(folder, error))?,
    };
    for entry in entries {
        let path = entry.map_err(|error| io(folder, error))?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        // A folder is nobody's file of ours.
        if !wanted(name) && !path.is_dir() {
            std::fs::remove_file(&path).map_err(|error| io(&path, error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_torn_line_is_dropped_and_other_settings_are_named() {
        let folder = std::env::temp_dir().join(format!("stance-journal-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("journal.jsonl");
        let settings = json!({"model": "a", "dedupe": false});
        let part = |number| Part {
            number,
            digest: "d".to_owned(),
            counts: Counts {
                records: 3,
                ..Counts::default()
            },
        };
        let mut journal = Journal::create(path.clone(), &settings).unwrap();
        (0..2).for_each(|number| journal.add(&part(number)).unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        for cut in 1..=40 {
            std::fs::write(&path, text.split_at(text.len() - cut).0).unwrap();
            let (_, parts) = Journal::resume(path.clone(), &settings).unwrap();
            assert_eq!(parts, [part(0)], "{cut}");
        }
        let mut journal = Journal::resume(path.clone(), &settings).unwrap().0;
        journal.add(&part(1)).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        let other = json!({"model": "b", "dedupe": false});
        let error = Journal::resume(path, &other).err().unwrap().to_string();
        assert_eq!(
            error,
            "model: is \"b\", but the run that is to be resumed began with \"a\""
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
