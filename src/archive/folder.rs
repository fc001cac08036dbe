//! The folder of a batch run: where its files stand, and what is found there.
//!
//! In goes the folder, new or with a run that was begun; out come the journal and the parts that are done, with everything
//! else removed. What a reader would question: a file that the journal names and that is not there is an error, not a
//! part to be made again. Somebody moved it, and would find its rows twice.

use super::Format;
use super::journal::{Journal, Part, remove_others};
use super::partials;
use super::run::{Batch, Summary};
use super::writing::io;
use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where things stand in the folder.
pub(super) struct Layout<'a> {
    pub out: &'a Path,
    pub format: Format,
}

impl Layout<'_> {
    pub(super) fn folder(&self, table: &str) -> PathBuf {
        self.out.join(table)
    }

    pub(super) fn part(&self, table: &str, number: usize) -> PathBuf {
        let name = format!("part-{number:06}.{}", self.format.ending());
        self.folder(table).join(name)
    }

    pub(super) fn work(&self) -> PathBuf {
        self.out.join(".work")
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.work().join("journal.jsonl")
    }

    pub(super) fn summary(&self) -> PathBuf {
        self.out.join("run.json")
    }
}

/// The summary, if the run was finished before.
pub(super) fn finished(
    batch: &Batch<'_>,
    layout: &Layout<'_>,
    settings: &serde_json::Value,
) -> Result<Option<Summary>> {
    let path = layout.summary();
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text.map_err(|error| io(&path, error))?,
    };
    if !batch.resume {
        return Err(taken(layout, "a finished run"));
    }
    let summary: Summary = serde_json::from_str(&text).map_err(|error| Error::Corpus {
        file: path.display().to_string(),
        line: error.line(),
        message: error.to_string(),
    })?;
    super::journal::same(&summary.settings, settings)?;
    clear(layout)?;
    Ok(Some(summary))
}

fn taken(layout: &Layout<'_>, what: &str) -> Error {
    Error::Invalid {
        field: "out".to_owned(),
        message: format!("{} holds {what}", layout.out.display()),
    }
}

/// Begins the journal or goes on with it, and removes what no finished part has made.
pub(super) fn open(
    batch: &Batch<'_>,
    layout: &Layout<'_>,
    settings: &serde_json::Value,
) -> Result<(Journal, Vec<Part>, File)> {
    let tables = ["stances", "profiles", "rejects"];
    let begun = layout.journal().exists();
    if begun && !batch.resume {
        return Err(taken(
            layout,
            "a run that was begun; --resume goes on with it",
        ));
    }
    for folder in tables
        .map(|table| layout.folder(table))
        .into_iter()
        .chain([layout.work()])
    {
        std::fs::create_dir_all(&folder).map_err(|error| io(&folder, error))?;
    }
    let lock = lock(layout)?;
    if !begun {
        let is_empty = |table| {
            let folder = layout.folder(table);
            let mut entries = std::fs::read_dir(&folder).map_err(|error| io(&folder, error))?;
            Ok::<_, Error>(entries.next().is_none())
        };
        for table in tables {
            if !is_empty(table)? {
                return Err(taken(layout, &format!("files in {table}/")));
            }
        }
        remove_others(&layout.work(), |name| name == LOCK)?;
        let journal = Journal::create(layout.journal(), settings)?;
        return Ok((journal, Vec::new(), lock));
    }
    let (journal, done) = Journal::resume(layout.journal(), settings)?;
    let mut wanted = BTreeSet::from([layout.journal(), layout.work().join(LOCK)]);
    for part in &done {
        wanted.insert(layout.part("stances", part.number));
        wanted.insert(layout.work().join(partials::name(part.number)));
        if part.counts.rejects > 0 {
            wanted.insert(layout.part("rejects", part.number));
        }
    }
    // What is noted must be there, and nothing else.
    for path in &wanted {
        if !path.exists() {
            return Err(Error::Invalid {
                field: path.display().to_string(),
                message: "is missing, and the journal says that it was made".to_owned(),
            });
        }
    }
    for folder in tables
        .map(|table| layout.folder(table))
        .into_iter()
        .chain([layout.work()])
    {
        remove_others(&folder, |name| wanted.contains(&folder.join(name)))?;
    }
    Ok((journal, done, lock))
}

/// The name of the file that a run holds locked.
const LOCK: &str = "lock";

/// Keeps other runs away from the folder for as long as the file is open.
fn lock(layout: &Layout<'_>) -> Result<File> {
    let path = layout.work().join(LOCK);
    let file = File::create(&path).map_err(|error| io(&path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(taken(layout, "a run that is going on")),
        // Some file systems have no locks; then nobody is kept away.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(io(&path, error)),
    }
}

/// Removes what only a run that goes on needs.
pub(super) fn clear(layout: &Layout<'_>) -> Result<()> {
    let work = layout.work();
    match std::fs::remove_dir_all(&work) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(|error| io(&work, error)),
    }
}
