//! Rows of Arrow batches, as records: of a Parquet file, or of a table that a caller sends.
//!
//! In go a batch and which columns hold what; out comes what each row is. What a reader would question: whatever type a
//! column has is turned into text by Arrow's casts, dates and numbers included, but the text itself must be text. A
//! number there means that the columns are mixed up.

use super::records::{Columns, Field, Found, Value, found};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};

/// Which columns of a table hold which fields.
///
/// # Errors
///
/// A sentence when none could be the text, or it is not of a type of texts.
pub fn table_columns(
    schema: &Schema,
    columns: &Columns,
) -> std::result::Result<Vec<(Field, usize)>, String> {
    let fields = schema.fields().iter();
    let names: Vec<&str> = fields.map(|field| field.name().as_str()).collect();
    let found = columns.of(&names)?;
    for &(field, at) in &found {
        let kind = schema.field(at).data_type();
        if field == Field::Text && !is_text(kind) {
            let name = schema.field(at).name();
            return Err(format!("column {name:?} is {kind}, a text must be Utf8"));
        }
    }
    Ok(found)
}

/// The rows of a batch as records, numbered from `first`; `columns` are those of [`table_columns`].
pub fn table_records<'a>(
    batch: &RecordBatch,
    columns: &[(Field, usize)],
    input: &'a str,
    first: u64,
) -> impl Iterator<Item = Found> + use<'a> {
    let texts = TextColumns::of(batch, columns);
    let rows = (0..batch.num_rows()).zip(first..);
    rows.map(move |(row, position)| texts.found(row, input, position))
}

/// The columns of a batch that hold fields, as text.
#[derive(Default)]
pub(super) struct TextColumns(Vec<(Field, std::result::Result<ArrayRef, &'static str>)>);

impl TextColumns {
    pub(super) fn of(batch: &RecordBatch, columns: &[(Field, usize)]) -> Self {
        let column = |&(field, at): &(Field, usize)| {
            let text = cast(batch.column(at), &DataType::LargeUtf8);
            (field, text.map_err(|_| "of a type that is no text"))
        };
        Self(columns.iter().map(column).collect())
    }

    /// What stands in a row.
    pub(super) fn found(&self, row: usize, input: &str, position: u64) -> Found {
        let values = self.0.iter().map(|(field, column)| {
            let value = match column {
                Err(what) => Value::Other(what),
                Ok(column) if column.is_null(row) => Value::Null,
                Ok(column) => Value::Text(column.as_string::<i64>().value(row).to_owned()),
            };
            (*field, value)
        });
        found(input, position, values.collect())
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
