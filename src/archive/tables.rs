//! Rows of a Parquet file, as records.
//!
//! In goes a file; out comes what each row is. Whatever type a column has is turned into text by Arrow's casts, dates and
//! numbers included, but a text must be text. What a reader would question: only the columns that are asked for are
//! read, in batches of a few rows, so a wide table of long texts costs the memory of those few.

use super::records::{Columns, Field, Found, Value, found};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rows that are held at a time.
const BATCH: usize = 64;

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
    /// The columns of the batch, as text; in the order of `columns`.
    texts: Vec<(Field, std::result::Result<ArrayRef, &'static str>)>,
    row: usize,
    n_rows: usize,
    position: u64,
}

impl ParquetRows {
    /// Looks at the file's schema. The inner error says what is wrong with it.
    pub(super) fn new(file: File, columns: &Columns) -> std::result::Result<Self, String> {
        let builder = caught(|| ParquetRecordBatchReaderBuilder::try_new(file));
        let builder = builder.map_err(|error| format!("is no Parquet file: {error}"))?;
        let schema: &Schema = builder.schema();
        let names: Vec<&str> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        let found = columns.of(&names)?;
        for &(field, at) in &found {
            let kind = schema.field(at).data_type();
            if field == Field::Text && !is_text(kind) {
                return Err(format!(
                    "column {:?} is {kind}, a text must be Utf8",
                    names[at]
                ));
            }
        }
        let told = found.iter().filter_map(|&(_, at)| names.get(at));
        let told = told.map(|&name| name.to_owned()).collect();
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
            names: told,
            n_all: n_all.unsigned_abs().max(1),
            told_bytes: 0,
            texts: Vec::new(),
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
        let values = self.texts.iter().map(|(field, column)| {
            let value = match column {
                Err(what) => Value::Other(what),
                Ok(column) if column.is_null(self.row) => Value::Null,
                Ok(column) => Value::Text(column.as_string::<i64>().value(self.row).to_owned()),
            };
            (*field, value)
        });
        let found = found(input, self.position, values.collect());
        self.row += 1;
        self.position += 1;
        Ok(Some(found))
    }

    fn take(&mut self, batch: &RecordBatch) {
        self.row = 0;
        self.n_rows = batch.num_rows();
        let column = |&(field, at): &(Field, usize)| {
            let text = cast(batch.column(at), &DataType::LargeUtf8);
            (field, text.map_err(|_| "of a type that is no text"))
        };
        self.texts = self.columns.iter().map(column).collect();
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

fn is_text(kind: &DataType) -> bool {
    let kind = if let DataType::Dictionary(_, values) = kind {
        values
    } else {
        kind
    };
    matches!(
        kind,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}
