//! Profiles <-> Arrow batches of the table `profiles`.
//!
//! In go profiles, out come batches with all that follows from them; in go batches of such a table, out come the
//! profiles. What a reader would question: shares, scores and verdicts are written and never read. They follow from the
//! sums, and only sums can be merged.

use super::{Pair, PairSums};
use crate::archive::stances::about;
use crate::profile::ProfileSums;
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use std::sync::Arc;

/// The columns of `profiles`, in their order. All but the first twelve follow from these.
#[must_use]
pub fn profile_schema() -> SchemaRef {
    let mut fields = Vec::new();
    for name in TEXTS {
        fields.push(Field::new(name, DataType::Utf8, name == "period"));
    }
    for name in COUNTS {
        fields.push(Field::new(name, DataType::Int64, false));
    }
    for name in NUMBERS {
        fields.push(Field::new(name, DataType::Float64, false));
    }
    fields.push(Field::new("stance", DataType::Utf8, false));
    Arc::new(Schema::new_with_metadata(fields, about("profiles")))
}

const TEXTS: [&str; 5] = [
    "speaker_id",
    "speaker_name",
    "actor_id",
    "actor_name",
    "period",
];

const COUNTS: [&str; 7] = [
    "n_documents",
    "n_favour",
    "n_neutral",
    "n_against",
    "sum_favour",
    "sum_neutral",
    "sum_against",
];

const NUMBERS: [&str; 6] = [
    "share_favour",
    "share_neutral",
    "share_against",
    "score",
    "interval_low",
    "interval_high",
];

/// Profiles as an Arrow batch.
///
/// # Errors
///
/// Those of Arrow when columns and schema do not fit, which would be a bug.
pub fn profile_batch(profiles: &[PairSums]) -> Result<RecordBatch, ArrowError> {
    let texts: [fn(&PairSums) -> Option<&str>; 5] = [
        |p| Some(&p.pair.speaker_id),
        |p| Some(&p.speaker_name),
        |p| Some(&p.pair.actor_id),
        |p| Some(&p.actor_name),
        |p| p.pair.period.as_deref(),
    ];
    let counts: [fn(&PairSums) -> i64; 7] = [
        |p| whole(p.n_documents),
        |p| whole(p.sums.n_favour),
        |p| whole(p.sums.n_neutral),
        |p| whole(p.sums.n_against),
        |p| p.sums.favour,
        |p| p.sums.neutral,
        |p| p.sums.against,
    ];
    let numbers: [fn(&PairSums) -> f64; 6] = [
        |p| p.sums.shares()[0],
        |p| p.sums.shares()[1],
        |p| p.sums.shares()[2],
        |p| p.sums.score(),
        |p| p.sums.interval().0,
        |p| p.sums.interval().1,
    ];
    let mut columns: Vec<ArrayRef> = Vec::new();
    for text in texts {
        columns.push(Arc::new(profiles.iter().map(text).collect::<StringArray>()));
    }
    for count in counts {
        columns.push(Arc::new(
            profiles
                .iter()
                .map(|p| Some(count(p)))
                .collect::<Int64Array>(),
        ));
    }
    for number in numbers {
        columns.push(Arc::new(
            profiles
                .iter()
                .map(|p| Some(number(p)))
                .collect::<Float64Array>(),
        ));
    }
    let verdicts = profiles.iter().map(|p| Some(p.sums.verdict().name()));
    columns.push(Arc::new(verdicts.collect::<StringArray>()));
    RecordBatch::try_new(profile_schema(), columns)
}

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The profiles of a batch of the table `profiles`, wherever it comes from.
///
/// # Errors
///
/// A sentence when a column is missing, of another type, or holds what cannot be.
pub fn profiles_of(batch: &RecordBatch) -> Result<Vec<PairSums>, String> {
    let column = |name: &str, kind: &DataType| {
        let column = batch.column_by_name(name);
        let column = column.ok_or_else(|| format!("there is no column {name}"))?;
        arrow::compute::cast(column, kind)
            .map_err(|_| format!("column {name} is {}, it must be {kind}", column.data_type()))
    };
    let texts = TEXTS.map(|name| column(name, &DataType::Utf8));
    let counts = COUNTS.map(|name| column(name, &DataType::Int64));
    let mut profiles = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let text = |at: usize| -> Result<Option<String>, String> {
            let column: &ArrayRef = texts[at].as_ref().map_err(String::clone)?;
            let value = column.as_string::<i32>();
            Ok((!value.is_null(row)).then(|| value.value(row).to_owned()))
        };
        let must =
            |at: usize| text(at)?.ok_or_else(|| format!("{} is null in row {row}", TEXTS[at]));
        let count = |at: usize| -> Result<i64, String> {
            let column: &ArrayRef = counts[at].as_ref().map_err(String::clone)?;
            let value = column.as_primitive::<Int64Type>();
            let value = (!value.is_null(row)).then(|| value.value(row));
            value
                .filter(|&n| n >= 0)
                .ok_or_else(|| format!("{} is null or negative in row {row}", COUNTS[at]))
        };
        let natural = |at: usize| count(at).map(i64::unsigned_abs);
        profiles.push(PairSums {
            pair: Pair {
                speaker_id: must(0)?,
                actor_id: must(2)?,
                period: text(4)?,
            },
            speaker_name: must(1)?,
            actor_name: must(3)?,
            n_documents: natural(0)?,
            sums: ProfileSums {
                n_favour: natural(1)?,
                n_neutral: natural(2)?,
                n_against: natural(3)?,
                favour: count(4)?,
                neutral: count(5)?,
                against: count(6)?,
            },
        });
    }
    Ok(profiles)
}
