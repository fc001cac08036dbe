//! An input, opened: whatever its form and packing, one record after the other.
//!
//! In goes an [`Input`]; out come its records and rejects, in order. What a reader would question: a file that breaks off
//! is a reject at the place where it does, and not the end of the run. What was read of it stands.

use super::csv::CsvRows;
use super::inputs::{Form, Input, Packing};
use super::lines::{JsonLines, whole_file};
use super::records::{Columns, Field, Found, Reject, UTF16, looks_like_utf16};
use super::tables::ParquetRows;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that are read of a file at a time, and of a packed one, whose bytes are worth many times as many.
const BUFFER: usize = 1 << 18;
const PACKED_BUFFER: usize = 1 << 14;

type Bytes<'a> = Box<dyn BufRead + 'a>;

enum Rows<'a> {
    Lines(JsonLines<Bytes<'a>>),
    Csv(Box<CsvRows<Bytes<'a>>>),
    Parquet(Box<ParquetRows>),
    Text(Bytes<'a>),
    End,
}

/// The records of one file.
pub struct Reader<'a> {
    name: String,
    columns: &'a Columns,
    rows: Rows<'a>,
    n_read: u64,
    /// Bytes of all inputs that were read, and those of them of this file, where its rows tell.
    bytes: &'a AtomicU64,
    size: u64,
    /// What could not be opened.
    broken: Option<String>,
}

/// A file whose bytes are counted as they are taken, not as they are read ahead.
struct Counted<'a> {
    from: BufReader<File>,
    bytes: &'a AtomicU64,
}

impl Counted<'_> {
    fn count(&self, n: usize) {
        self.bytes.fetch_add(n as u64, Ordering::Relaxed);
    }
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.from.read(buffer)?;
        self.count(n);
        Ok(n)
    }
}

impl BufRead for Counted<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.from.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.from.consume(n);
        self.count(n);
    }
}

impl<'a> Reader<'a> {
    /// Opens a file; bytes that are read of it are added to `bytes`. One that cannot be read is a reject.
    #[must_use]
    pub fn open(input: &Input, columns: &'a Columns, bytes: &'a AtomicU64) -> Self {
        let (rows, broken) = match rows(input, columns, bytes) {
            Ok(rows) => (rows, None),
            Err(message) => (Rows::End, Some(message)),
        };
        Self {
            name: input.name(),
            columns,
            rows,
            n_read: 0,
            bytes,
            size: input.bytes,
            broken,
        }
    }

    /// Which column holds which field: as the header says, or as the JSON objects had them that were read so far.
    ///
    /// # Errors
    ///
    /// A sentence, when the file cannot be read, or has no column that could be the text, or not one that is given.
    pub fn told(&self) -> Result<Vec<(Field, String)>, String> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        Ok(match &self.rows {
            Rows::Csv(rows) => rows.told(),
            Rows::Lines(rows) => rows.told(self.columns)?,
            Rows::Parquet(rows) => rows.told(),
            Rows::Text(_) | Rows::End => Vec::new(),
        })
    }
}

impl Iterator for Reader<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        let read = match (self.broken.take(), &mut self.rows) {
            (Some(message), _) => Err(message),
            (None, Rows::Lines(rows)) => rows
                .next(&self.name, self.columns)
                .map_err(|error| broken_off(&error)),
            (None, Rows::Csv(rows)) => rows.next(&self.name).map_err(|error| broken_off(&error)),
            (None, Rows::Parquet(rows)) => {
                let found = rows.next(&self.name);
                // Pages are read here and there, so that rows tell better how far it is.
                self.bytes
                    .fetch_add(rows.share_of(self.size), Ordering::Relaxed);
                found
            }
            (None, Rows::Text(bytes)) => {
                let read = whole_file(bytes, &self.name)
                    .map(Some)
                    .map_err(|error| broken_off(&error));
                self.rows = Rows::End;
                read
            }
            (None, Rows::End) => Ok(None),
        };
        let found = match read {
            Ok(found) => found,
            Err(reason) => {
                self.rows = Rows::End;
                Some(Found::Reject(Reject {
                    document_id: format!("{}#{}", self.name, self.n_read),
                    input: self.name.clone(),
                    position: self.n_read,
                    reason,
                }))
            }
        };
        self.n_read += u64::from(found.is_some());
        found
    }
}

fn rows<'a>(input: &Input, columns: &Columns, bytes: &'a AtomicU64) -> Result<Rows<'a>, String> {
    let file = File::open(&input.path).map_err(|error| format!("cannot be read: {error}"))?;
    if input.form == Form::Parquet {
        return Ok(Rows::Parquet(Box::new(ParquetRows::new(file, columns)?)));
    }
    let size = match input.packing {
        Packing::Plain => BUFFER,
        Packing::Gzip | Packing::Zstd => PACKED_BUFFER,
    };
    let file = Counted {
        from: BufReader::with_capacity(size, file),
        bytes,
    };
    let mut unpacked: Bytes<'a> = match input.packing {
        Packing::Plain => Box::new(file),
        Packing::Gzip => {
            let decoder = flate2::bufread::MultiGzDecoder::new(file);
            Box::new(BufReader::with_capacity(BUFFER, decoder))
        }
        Packing::Zstd => {
            let decoder = zstd::Decoder::with_buffer(file).map_err(|error| broken_off(&error))?;
            Box::new(BufReader::with_capacity(BUFFER, decoder))
        }
    };
    if input.form != Form::Text {
        let start = unpacked.fill_buf().map_err(|error| broken_off(&error))?;
        if looks_like_utf16(start) {
            return Err(UTF16.to_owned());
        }
    }
    Ok(match input.form {
        Form::Jsonl => Rows::Lines(JsonLines::new(unpacked)),
        Form::Csv { separator } => {
            let rows =
                CsvRows::new(unpacked, separator, columns).map_err(|error| broken_off(&error))?;
            Rows::Csv(Box::new(rows?))
        }
        Form::Text | Form::Parquet => Rows::Text(unpacked),
    })
}

fn broken_off(error: &std::io::Error) -> String {
    format!("the file breaks off: {error}")
}
