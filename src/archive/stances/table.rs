//! Rows of many documents -> Arrow batches of the table `stances`.
//!
//! Out come the table's columns, and batches of a bounded number of rows and bytes. What a reader would question: the
//! table is flat and repeats ids and names in every row. Whoever opens it in a database wants to count and group without
//! joins, and Parquet stores what repeats once a page.

use super::{DocumentRows, Place, StanceRow};
use crate::analysis::ModelIdentity;
use crate::profile::ProfileSums;
use crate::stance::StanceScore;
use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, RecordBatch,
    StringBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use std::sync::Arc;

/// Version of the tables. A column may be added at the end without a new one.
pub const SCHEMA_VERSION: &str = "1";

/// Rows and bytes of sentences of one Arrow batch.
const BATCH: (usize, usize) = (8_192, 32 << 20);

/// The columns of `stances`, in their order; `docs/archives.md` says what each holds.
#[must_use]
pub fn schema() -> SchemaRef {
    let text = |name: &str, nullable: bool| Field::new(name, DataType::Utf8, nullable);
    let count = |name: &str, nullable: bool| Field::new(name, DataType::Int32, nullable);
    let place = |name: &str, nullable: bool| {
        ["start", "end", "start_char", "end_char"]
            .map(|edge| count(&format!("{name}_{edge}"), nullable))
    };
    let mut fields = vec![
        text("document_id", false),
        text("date", true),
        text("source", true),
        count("sentence", false),
    ];
    fields.extend(place("sentence", false));
    fields.extend([
        text("sentence_hash", false),
        text("sentence_text", true),
        text("speaker_id", true),
        text("speaker_name", true),
        text("speaker_kind", true),
        text("actor_id", false),
        text("actor_name", false),
        text("actor_type", false),
        text("holder_kind", false),
        text("speech", true),
    ]);
    fields.extend(place("target", false));
    fields.extend(place("holder", true));
    let numbers = ["p_none", "p_favour", "p_neutral", "p_against", "score"];
    fields.extend(numbers.map(|name| Field::new(name, DataType::Float64, false)));
    let sums = ["sum_favour", "sum_neutral", "sum_against"];
    fields.extend(sums.map(|name| Field::new(name, DataType::Int64, false)));
    fields.extend([
        text("stance", false),
        Field::new("counted", DataType::Boolean, false),
        text("model_name", false),
        text("model_sha256", false),
    ]);
    Arc::new(Schema::new_with_metadata(fields, about("stances")))
}

/// What the metadata of a table says of it.
pub(in crate::archive) fn about(table: &str) -> std::collections::HashMap<String, String> {
    [("stance.table", table), ("stance.schema", SCHEMA_VERSION)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

/// A row and the document that it is of.
type One<'a> = (&'a DocumentRows, &'a StanceRow);

/// The rows of documents as Arrow batches of bounded size; an empty one without rows.
///
/// # Errors
///
/// Those of Arrow when columns and schema do not fit, which would be a bug.
pub fn batches(
    documents: &[DocumentRows],
    model: &ModelIdentity,
) -> Result<Vec<RecordBatch>, ArrowError> {
    let mut batches = Vec::new();
    let (mut rows, mut n_bytes): (Vec<One<'_>>, usize) = (Vec::new(), 0);
    for document in documents {
        for row in document.rows.iter() {
            let bytes = row.sentence_text.as_ref().map_or(0, |text| text.len());
            if rows.len() >= BATCH.0 || (n_bytes + bytes > BATCH.1 && !rows.is_empty()) {
                batches.push(batch(&rows, model)?);
                (rows, n_bytes) = (Vec::new(), 0);
            }
            n_bytes += bytes;
            rows.push((document, row));
        }
    }
    if !rows.is_empty() || batches.is_empty() {
        batches.push(batch(&rows, model)?);
    }
    Ok(batches)
}

fn batch(rows: &[One<'_>], model: &ModelIdentity) -> Result<RecordBatch, ArrowError> {
    let all = || rows.iter().copied();
    fn texts<'a>(all: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
        let mut column = StringBuilder::new();
        all.for_each(|value| column.append_option(value));
        Arc::new(column.finish())
    }
    fn counts(all: impl Iterator<Item = Option<i32>>) -> ArrayRef {
        let mut column = Int32Builder::new();
        all.for_each(|value| column.append_option(value));
        Arc::new(column.finish())
    }
    let places = |place: fn(&StanceRow) -> Option<Place>| {
        let edges: [fn(Place) -> i32; 4] =
            [|p| p.start, |p| p.end, |p| p.start_char, |p| p.end_char];
        edges.map(|edge| counts(all().map(|(_, row)| place(row).map(edge))))
    };
    let mut columns = vec![
        texts(all().map(|(d, _)| Some(d.document_id.as_str()))),
        texts(all().map(|(d, _)| d.date.as_deref())),
        texts(all().map(|(d, _)| d.source.as_deref())),
        counts(all().map(|(_, row)| Some(row.sentence))),
    ];
    columns.extend(places(|row| Some(row.sentence_at)));
    let row_texts: [fn(&StanceRow) -> Option<&str>; 10] = [
        |row| Some(&row.sentence_hash),
        |row| row.sentence_text.as_deref(),
        |row| row.speaker_id.as_deref(),
        |row| row.speaker_name.as_deref(),
        |row| row.speaker_kind,
        |row| Some(&row.actor_id),
        |row| Some(&row.actor_name),
        |row| Some(row.actor_type),
        |row| Some(row.holder_kind),
        |row| row.speech,
    ];
    columns.extend(row_texts.map(|text| texts(all().map(|(_, row)| text(row)))));
    columns.extend(places(|row| Some(row.target_at)));
    columns.extend(places(|row| row.holder_at));
    let numbers: [fn(&StanceScore) -> f64; 5] = [
        |score| score.none,
        |score| score.favour,
        |score| score.neutral,
        |score| score.against,
        StanceScore::score,
    ];
    columns.extend(numbers.map(|number| -> ArrayRef {
        let mut column = Float64Builder::new();
        all().for_each(|(_, row)| column.append_value(number(&row.score)));
        Arc::new(column.finish())
    }));
    let sums: [fn(&ProfileSums) -> i64; 3] = [|s| s.favour, |s| s.neutral, |s| s.against];
    columns.extend(sums.map(|sum| -> ArrayRef {
        let mut column = Int64Builder::new();
        all().for_each(|(_, row)| column.append_value(sum(&ProfileSums::of(&row.score))));
        Arc::new(column.finish())
    }));
    columns.push(texts(all().map(|(_, row)| Some(row.score.stance().name()))));
    let mut counted = BooleanBuilder::new();
    all().for_each(|(d, row): One<'_>| counted.append_value(d.counted(row)));
    columns.push(Arc::new(counted.finish()));
    columns.push(texts(all().map(|_| Some(model.name.as_str()))));
    columns.push(texts(all().map(|_| Some(model.sha256.as_str()))));
    RecordBatch::try_new(schema(), columns)
}
