//! Arrow batches -> files of a table, as Parquet, JSON lines or CSV, that appear only when they are whole.
//!
//! A file is written under a name that no reader looks for, synced, and renamed; its folder is synced, too. What a
//! reader would question: nothing removes the unfinished file after an error. Whoever resumes the run does, and until
//! then it is of use to whoever wonders what happened.

use super::Format;
use crate::error::{Error, Result};
use arrow::array::RecordBatch;
use arrow::csv::{Writer as CsvWriter, WriterBuilder as CsvBuilder};
use arrow::datatypes::SchemaRef;
use arrow::json::LineDelimitedWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Ending of a file that is being written.
pub(super) const UNFINISHED: &str = "unfinished";

/// Rows that are made and written at a time.
pub(super) const ROWS_OF_BATCH: usize = 8_192;

/// Rows of a row group: what a reader of Parquet can skip, and what is held before it is written.
const ROWS_OF_GROUP: usize = 65_536;

impl Format {
    /// The ending of the names of its files.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// A file of a table while it is written.
pub(super) struct TableFile {
    path: PathBuf,
    writer: Writer,
}

enum Writer {
    Parquet(Box<ArrowWriter<File>>),
    Jsonl(Box<LineDelimitedWriter<BufWriter<File>>>),
    Csv(Box<CsvWriter<BufWriter<File>>>),
}

impl TableFile {
    /// Begins a file; `path` is the one that it will have.
    pub(super) fn create(path: PathBuf, format: Format, schema: SchemaRef) -> Result<Self> {
        let unfinished = unfinished(&path);
        let file = File::create(&unfinished).map_err(|error| io(&unfinished, error))?;
        let writer = match format {
            Format::Parquet => {
                let level = ZstdLevel::try_new(3).map_err(|error| other(&path, error))?;
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(level))
                    .set_max_row_group_row_count(Some(ROWS_OF_GROUP))
                    .set_created_by(concat!("stance ", env!("CARGO_PKG_VERSION")).to_owned())
                    .build();
                let writer = ArrowWriter::try_new(file, schema, Some(properties));
                Writer::Parquet(Box::new(writer.map_err(|error| other(&path, error))?))
            }
            Format::Jsonl => {
                Writer::Jsonl(Box::new(LineDelimitedWriter::new(BufWriter::new(file))))
            }
            Format::Csv => {
                let mut writer = CsvBuilder::new()
                    .with_header(true)
                    .build(BufWriter::new(file));
                // The header stands there without rows, too.
                let header = writer.write(&RecordBatch::new_empty(schema));
                header.map_err(|error| other(&path, error))?;
                Writer::Csv(Box::new(writer))
            }
        };
        Ok(Self { path, writer })
    }

    /// Adds rows.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        match &mut self.writer {
            Writer::Parquet(writer) => writer.write(batch).map_err(|e| other(&self.path, e)),
            Writer::Jsonl(writer) => writer.write(batch).map_err(|e| other(&self.path, e)),
            Writer::Csv(writer) => writer.write(batch).map_err(|e| other(&self.path, e)),
        }
    }

    /// Makes the file appear.
    pub(super) fn finish(self) -> Result<()> {
        let path = self.path;
        let file = match self.writer {
            Writer::Parquet(writer) => writer.into_inner().map_err(|e| other(&path, e))?,
            Writer::Jsonl(mut writer) => {
                writer.finish().map_err(|e| other(&path, e))?;
                let inner = writer.into_inner().into_inner();
                inner.map_err(|error| io(&path, error.into_error()))?
            }
            Writer::Csv(writer) => {
                let inner = writer.into_inner().into_inner();
                inner.map_err(|error| io(&path, error.into_error()))?
            }
        };
        appear(&file, &path)
    }
}

/// Writes a small file that appears whole.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let unfinished = unfinished(path);
    let mut file = File::create(&unfinished).map_err(|error| io(&unfinished, error))?;
    file.write_all(content).map_err(|error| io(path, error))?;
    appear(&file, path)
}

/// Syncs a file and gives it its name.
pub(super) fn appear(file: &File, path: &Path) -> Result<()> {
    file.sync_all().map_err(|error| io(path, error))?;
    std::fs::rename(unfinished(path), path).map_err(|error| io(path, error))?;
    sync_folder_of(path)
}

/// Syncs the folder of a file, so that its new name outlives a power cut.
fn sync_folder_of(path: &Path) -> Result<()> {
    // Folders cannot be opened for syncing on every system.
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| io(folder, error))?;
    }
    Ok(())
}

/// The name of a file while it is written.
pub(super) fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(UNFINISHED);
    name.into()
}

pub(super) fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io {
        path: path.to_owned(),
        source,
    }
}

/// An error of Arrow or Parquet; those of the disk come wrapped in theirs.
pub(super) fn other(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    io(path, std::io::Error::other(error))
}
