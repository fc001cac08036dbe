//! Rows of Arrow batches, as records: of a Parquet file, or of a table that a caller sends.
//!
//! In go a batch and which columns hold what; out comes what each row is. What a reader would question: whatever type a
//! column has is turned into text by Arrow's casts, dates and numbers included, but the text itself must be text. A
//! number there means that the columns are mixed up.

use super::records::{Columns, Field, Found, Value, found};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};
use std::sync::Arc;

/// Which columns of a table hold which fields; `option` is what says which is the text.
///
/// # Errors
///
/// A sentence when none could be the text, or it is not of a type of texts.
pub fn table_columns(
    schema: &Schema,
    columns: &Columns,
    option: &str,
) -> std::result::Result<Vec<(Field, usize)>, String> {
    let fields = schema.fields().iter();
    let names: Vec<&str> = fields.map(|field| field.name().as_str()).collect();
    let found = columns.of(&names, option)?;
    for &(field, at) in &found {
        let kind = schema.field(at).data_type();
        if field == Field::Text && !is_text(kind) {
            let name = schema.field(at).name();
            return Err(format!("column {name:?} is {kind}, a text must be Utf8"));
        }
    }
    Ok(found)
}

/// The columns of a batch that hold fields. Values are turned into text one by one: a column as a whole can be worth far
/// more bytes than its batch (a dictionary that repeats one long value), and one value that is no text must not spoil the
/// others.
#[derive(Default)]
pub struct TextColumns(Vec<(Field, ArrayRef)>);

impl TextColumns {
    /// The columns that [`table_columns`] found.
    #[must_use]
    pub fn of(batch: &RecordBatch, columns: &[(Field, usize)]) -> Self {
        let column = |&(field, at): &(Field, usize)| (field, Arc::clone(batch.column(at)));
        Self(columns.iter().map(column).collect())
    }

    /// What stands in a row, which must be one of the batch; `position` is its number in `input`.
    #[must_use]
    pub fn found(&self, row: usize, input: &str, position: u64) -> Found {
        let values = self
            .0
            .iter()
            .map(|(field, column)| (*field, value(column, row)));
        found(input, position, values.collect())
    }
}

fn value(column: &ArrayRef, row: usize) -> Value {
    let text = if let Some(texts) = column.as_string_opt::<i32>() {
        (!texts.is_null(row)).then(|| texts.value(row).to_owned())
    } else if let Some(texts) = column.as_string_opt::<i64>() {
        (!texts.is_null(row)).then(|| texts.value(row).to_owned())
    } else if let Some(texts) = column.as_string_view_opt() {
        (!texts.is_null(row)).then(|| texts.value(row).to_owned())
    } else {
        match cast(&column.slice(row, 1), &DataType::LargeUtf8) {
            Err(_) => return Value::Other("of a type that is no text"),
            Ok(one) => match one.as_string_opt::<i64>() {
                Some(texts) if texts.len() == 1 && !texts.is_null(0) => {
                    Some(texts.value(0).to_owned())
                }
                Some(_) | None => None,
            },
        }
    };
    text.map_or(Value::Null, Value::Text)
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
