//! Files of the table `profiles` -> one such table.
//!
//! In go files of finished runs, in any of the forms, each sorted as runs write them; out comes a folder of files, which
//! a run writes its own profiles to as well. What a reader would question: one and the same run given twice counts twice.
//! A profile does not know its documents.

use super::Format;
use super::partials::{self, AT_ONCE};
use super::profiles::{Merged, PairSums, Stream, profile_batch, profile_schema, profiles_of};
use super::run::Event;
use super::writing::{ROWS_OF_BATCH, TableFile, io, other};
use crate::error::{Error, Result};
use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Profiles of one file.
const PROFILES_OF_FILE: usize = 1_000_000;

/// Profiles that are held of each file.
const ROWS: usize = 1_024;

/// The files of profiles that a path means: itself, or those in it, by name.
///
/// # Errors
///
/// [`Error::Io`] when it is not there.
pub fn profile_files(path: &Path) -> Result<Vec<PathBuf>> {
    if !std::fs::metadata(path)
        .map_err(|error| io(path, error))?
        .is_dir()
    {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| io(path, error))? {
        let path = entry.map_err(|error| io(path, error))?.path();
        if form(&path).is_some() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn form(path: &Path) -> Option<Format> {
    let ending = path.extension()?;
    let mut all = [Format::Parquet, Format::Jsonl, Format::Csv].into_iter();
    all.find(|format| ending == format.ending())
}

/// Merges profiles into a folder; how many there are. Each of `runs` is the files of one run, in their order.
///
/// # Errors
///
/// [`Error::Io`] when a file cannot be read or written, [`Error::Invalid`] when one holds no profiles, or unsorted
/// ones, or when the folder is not empty.
pub fn merge(runs: &[Vec<PathBuf>], out: &Path, format: Format) -> Result<u64> {
    std::fs::create_dir_all(out).map_err(|error| io(out, error))?;
    let mut there = std::fs::read_dir(out).map_err(|error| io(out, error))?;
    if there.next().is_some() {
        return Err(invalid("out", format!("{} is not empty", out.display())));
    }
    // Few files are open at a time, however many runs there are.
    let work = out.join(".work");
    let merged = if runs.len() > AT_ONCE {
        std::fs::create_dir_all(&work).map_err(|error| io(&work, error))?;
        let mut parts = Vec::new();
        for some in runs.chunks(AT_ONCE) {
            let path = work.join(partials::name(parts.len()));
            partials::write(&path, Merged::new(streams(some))?)?;
            parts.push(path);
        }
        partials::merged(parts, &work)?
    } else {
        Merged::new(streams(runs))?
    };
    let path = |number| out.join(format!("part-{number:06}.{}", format.ending()));
    let n = write_profiles(merged, &mut { path }, format, &mut |_| Ok(()))?;
    if work.exists() {
        std::fs::remove_dir_all(&work).map_err(|error| io(&work, error))?;
    }
    Ok(n)
}

/// A stream a run; its files are opened one after the other.
fn streams(runs: &[Vec<PathBuf>]) -> Vec<Stream> {
    let stream = |files: &Vec<PathBuf>| -> Stream {
        Box::new(
            files
                .clone()
                .into_iter()
                .flat_map(|path| match read(&path) {
                    Ok(rows) => rows,
                    Err(error) => Box::new(std::iter::once(Err(error))),
                }),
        )
    };
    runs.iter().map(stream).collect()
}

fn invalid(field: &str, message: String) -> Error {
    Error::Invalid {
        field: field.to_owned(),
        message,
    }
}

pub(super) type Batches = Box<dyn Iterator<Item = std::result::Result<RecordBatch, ArrowError>>>;

/// The profiles of a file.
fn read(path: &Path) -> Result<Stream> {
    let field = path.display().to_string();
    let Some(format) = form(path) else {
        let message = "its name must end with .parquet, .jsonl or .csv".to_owned();
        return Err(invalid(&field, message));
    };
    let batches = batches(path, format, &any_may_be_null(&profile_schema()));
    let batches = batches.map_err(|error| invalid(&field, error.to_string()))?;
    Ok(Box::new(Rows {
        field,
        batches,
        rows: VecDeque::new(),
    }))
}

/// A schema all of whose columns may be null, so that [`profiles_of`] says which one of a wrong file is.
fn any_may_be_null(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter();
    let fields = fields.map(|field| field.as_ref().clone().with_nullable(true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The batches of a file of a table of ours.
pub(super) fn batches(
    path: &Path,
    format: Format,
    schema: &SchemaRef,
) -> std::result::Result<Batches, ArrowError> {
    let schema = Arc::clone(schema);
    let file = File::open(path)?;
    Ok(match format {
        Format::Parquet => {
            let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
            Box::new(builder.with_batch_size(ROWS).build()?)
        }
        Format::Jsonl => {
            let builder = arrow::json::ReaderBuilder::new(schema).with_batch_size(ROWS);
            Box::new(builder.build(BufReader::new(file))?)
        }
        Format::Csv => {
            let builder = arrow::csv::ReaderBuilder::new(schema);
            let builder = builder.with_header(true).with_batch_size(ROWS);
            // Columns are read by their place: the names must be those of the schema.
            Box::new(builder.with_header_validation(true).build(file)?)
        }
    })
}

/// The rows of a file, one by one.
struct Rows {
    field: String,
    batches: Batches,
    rows: VecDeque<PairSums>,
}

impl Iterator for Rows {
    type Item = Result<PairSums>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.rows.is_empty() {
            let read = self.batches.next()?;
            let rows = read.map_err(|error| error.to_string());
            match rows.and_then(|batch| profiles_of(&batch)) {
                Ok(rows) => self.rows = rows.into(),
                Err(message) => {
                    let message = format!("cannot be read as profiles: {message}");
                    return Some(Err(invalid(&self.field, message)));
                }
            }
        }
        self.rows.pop_front().map(Ok)
    }
}

/// Writes profiles to files of a million; how many there are.
pub(super) fn write_profiles(
    merged: Merged,
    path: &mut dyn FnMut(usize) -> PathBuf,
    format: Format,
    watch: &mut dyn FnMut(Event<'_>) -> Result<()>,
) -> Result<u64> {
    let mut merged = merged.peekable();
    let mut n = 0;
    for number in 0.. {
        let path = path(number);
        let mut file = TableFile::create(path.clone(), format, profile_schema())?;
        let mut left = PROFILES_OF_FILE;
        while left > 0 && merged.peek().is_some() {
            let some = merged.by_ref().take(ROWS_OF_BATCH.min(left));
            let some: Vec<PairSums> = some.collect::<Result<_>>()?;
            left -= some.len();
            n += some.len() as u64;
            let rows = profile_batch(&some);
            file.write(&rows.map_err(|error| other(&path, error))?)?;
        }
        watch(Event::Step("profiles"))?;
        file.finish()?;
        if merged.peek().is_none() {
            break;
        }
    }
    Ok(n)
}
