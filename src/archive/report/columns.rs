//! The tables of a run, batch by batch, and their columns by name.
//!
//! In goes the folder of a run; out come the batches of one of its tables, in any form, and what stands in their rows.
//! What a reader would question: a column that is not there, or is of another type, is a message and no panic, since
//! anybody may have put the file there.

use super::invalid;
use crate::archive::Format;
use crate::archive::merging::{batches, profile_files};
use crate::error::Result;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, RecordBatch, StringArray,
};
use arrow::datatypes::{Float64Type, Int32Type, SchemaRef};
use std::path::Path;

/// Hands over the batches of a table.
pub(super) fn each(
    folder: &Path,
    table: &str,
    format: Format,
    schema: &SchemaRef,
    take: &mut dyn FnMut(&RecordBatch) -> std::result::Result<(), String>,
) -> Result<()> {
    for path in profile_files(&folder.join(table))? {
        let rows = batches(&path, format, schema).map_err(|e| invalid(&path, e.to_string()))?;
        for batch in rows {
            let batch = batch.map_err(|error| invalid(&path, error.to_string()))?;
            take(&batch).map_err(|message| invalid(&path, message))?;
        }
    }
    Ok(())
}

/// The columns of a batch, by name.
pub(super) struct Columns<'b>(pub(super) &'b RecordBatch);

impl<'b> Columns<'b> {
    fn of<T>(
        &self,
        name: &str,
        typed: impl Fn(&'b ArrayRef) -> Option<&'b T>,
    ) -> std::result::Result<&'b T, String> {
        let column = self.0.column_by_name(name);
        let column = column.ok_or_else(|| format!("there is no column {name}"))?;
        typed(column).ok_or_else(|| format!("column {name} is {}", column.data_type()))
    }

    pub(super) fn text(&self, name: &str) -> std::result::Result<&'b StringArray, String> {
        self.of(name, |column| column.as_string_opt::<i32>())
    }

    pub(super) fn count(&self, name: &str) -> std::result::Result<&'b Int32Array, String> {
        self.of(name, |column| column.as_primitive_opt::<Int32Type>())
    }

    pub(super) fn number(&self, name: &str) -> std::result::Result<&'b Float64Array, String> {
        self.of(name, |column| column.as_primitive_opt::<Float64Type>())
    }

    pub(super) fn flag(&self, name: &str) -> std::result::Result<&'b BooleanArray, String> {
        self.of(name, |column| column.as_boolean_opt())
    }
}

pub(super) fn at(column: &StringArray, row: usize) -> Option<&str> {
    (!column.is_null(row)).then(|| column.value(row))
}

/// A range of the text, within its sentence.
pub(super) fn within(
    sentence: &Int32Array,
    start: &Int32Array,
    end: &Int32Array,
    row: usize,
) -> Option<std::ops::Range<usize>> {
    if start.is_null(row) || end.is_null(row) {
        return None;
    }
    let from = |n: i32| usize::try_from(n.checked_sub(sentence.value(row))?).ok();
    Some(from(start.value(row))?..from(end.value(row))?)
}
