//! What was no document -> rows of the table `rejects`.

use super::records::Reject;
use super::stances::about;
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use std::sync::Arc;

/// The columns of `rejects`, in their order.
#[must_use]
pub fn schema() -> SchemaRef {
    let field = |(name, kind): (&str, DataType)| Field::new(name, kind, false);
    let fields = [
        ("document_id", DataType::Utf8),
        ("input", DataType::Utf8),
        ("position", DataType::Int64),
        ("reason", DataType::Utf8),
    ];
    let fields: Vec<Field> = fields.map(field).into();
    Arc::new(Schema::new_with_metadata(fields, about("rejects")))
}

/// Rejects as an Arrow batch.
///
/// # Errors
///
/// Those of Arrow when columns and schema do not fit, which would be a bug.
pub fn batch(rejects: &[Reject]) -> Result<RecordBatch, ArrowError> {
    let texts: [fn(&Reject) -> &str; 3] = [|r| &r.document_id, |r| &r.input, |r| &r.reason];
    let [ids, inputs, reasons] = texts.map(|text| -> ArrayRef {
        Arc::new(
            rejects
                .iter()
                .map(|reject| Some(text(reject)))
                .collect::<StringArray>(),
        )
    });
    let positions = rejects
        .iter()
        .map(|r| i64::try_from(r.position).unwrap_or(i64::MAX));
    let positions: ArrayRef = Arc::new(positions.collect::<Int64Array>());
    RecordBatch::try_new(schema(), vec![ids, inputs, positions, reasons])
}
