//! Rows of a Parquet file, as records.
//!
//! In goes a file; out comes what each row is. What a reader would question: only the columns that are asked for are
//! read, in batches of a few rows, so a wide table of long texts costs the memory of those few.

use super::batches::{TextColumns, table_columns};
use super::records::{Columns, Field, Found, TEXT_FLAG};
use arrow::array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rows that are held at a time. A row may hold 16 MB of text, or more before it is rejected.
const BATCH: usize = 8;

/// Rows of a Parquet file.
pub(super) struct ParquetRows {
    batches: ParquetRecordBatchReader,
    columns: Vec<(Field, usize)>,
    /// The names of these columns.
    names: Vec<String>,
    /// Rows of the file.
    n_all: u64,
    /// Bytes that were told of.
    told_bytes: u64,
    /// The batch that is being read.
    texts: TextColumns,
    row: usize,
    n_rows: usize,
    position: u64,
}

impl ParquetRows {
    /// Looks at the file's schema. The inner error says what is wrong with it.
    pub(super) fn new(file: File, columns: &Columns) -> std::result::Result<Self, String> {
        let builder = caught(|| ParquetRecordBatchReaderBuilder::try_new(file));
        let builder = builder.map_err(|error| format!("is no Parquet file: {error}"))?;
        let found = table_columns(builder.schema(), columns, TEXT_FLAG)?;
        let name = |&(_, at): &(Field, usize)| builder.schema().field(at).name().clone();
        let names = found.iter().map(name).collect();
        let n_all = builder.metadata().file_metadata().num_rows();
        // A projection keeps the order of the file.
        let mut order: Vec<usize> = found.iter().map(|&(_, at)| at).collect();
        order.sort_unstable();
        order.dedup();
        let mask = ProjectionMask::roots(builder.parquet_schema(), order.iter().copied());
        let batches = builder.with_projection(mask).with_batch_size(BATCH).build();
        let placed = found
            .into_iter()
            .filter_map(|(field, at)| Some((field, order.iter().position(|&other| other == at)?)));
        Ok(Self {
            batches: batches.map_err(|error| error.to_string())?,
            columns: placed.collect(),
            names,
            n_all: n_all.unsigned_abs().max(1),
            told_bytes: 0,
            texts: TextColumns::default(),
            row: 0,
            n_rows: 0,
            position: 0,
        })
    }

    /// Which column holds which field.
    pub(super) fn told(&self) -> Vec<(Field, String)> {
        let fields = self.columns.iter().map(|&(field, _)| field);
        fields.zip(self.names.iter().cloned()).collect()
    }

    /// Bytes of a file of `size` bytes that were read since the last call, by the share of its rows.
    pub(super) fn share_of(&mut self, size: u64) -> u64 {
        let share = self.position.min(self.n_all) as f64 / self.n_all as f64;
        let bytes = (size as f64 * share) as u64;
        let more = bytes.saturating_sub(self.told_bytes);
        self.told_bytes += more;
        more
    }

    /// The next record or reject; none at the end. An error is one of the file: there is no next one after it.
    pub(super) fn next(&mut self, input: &str) -> std::result::Result<Option<Found>, String> {
        while self.row == self.n_rows {
            match caught(|| self.batches.next().transpose())? {
                None => return Ok(None),
                Some(batch) => self.take(&batch),
            }
        }
        let (texts, row, position) = (&self.texts, self.row, self.position);
        let found = caught(|| Ok::<_, String>(texts.found(row, input, position)))?;
        self.row += 1;
        self.position += 1;
        Ok(Some(found))
    }

    fn take(&mut self, batch: &RecordBatch) {
        self.row = 0;
        self.n_rows = batch.num_rows();
        self.texts = TextColumns::of(batch, &self.columns);
    }
}

/// What reading comes to. The crate means to answer broken files with errors, but has answered some with a panic.
fn caught<T, E: std::fmt::Display>(
    read: impl FnOnce() -> std::result::Result<T, E>,
) -> std::result::Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(|error| error.to_string()),
        Err(_) => Err("the file is broken".to_owned()),
    }
}
