//! Rows of `stances` -> profiles, and profiles -> merged profiles and rows of the table `profiles`.
//!
//! A [`PairSums`] is what a run knows of a speaker and an actor, over all documents or over those of a period: sums
//! only, so that any split of an archive gives the same profiles. What a reader would question: merging reads sorted
//! streams and holds one profile of each, since an archive can name more pairs than memory holds.

use super::stances::{DocumentRows, about};
use crate::error::{Error, Result};
use crate::profile::{Period, ProfileSums, keep_longer, period_of};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

/// Whose stance toward whom, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pair {
    /// Id of the speaker.
    pub speaker_id: String,
    /// Id of the actor.
    pub actor_id: String,
    /// The period; none where none was asked for or the date is not known.
    pub period: Option<String>,
}

/// The profile of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairSums {
    /// Whose and which.
    pub pair: Pair,
    /// The longest name of the speaker; of several the last in alphabetical order.
    pub speaker_name: String,
    /// The longest name of the actor.
    pub actor_name: String,
    /// Documents in which the pair is.
    pub n_documents: u64,
    /// The sums.
    pub sums: ProfileSums,
}

impl PairSums {
    fn merge(&mut self, other: PairSums) {
        keep_longer(&mut self.speaker_name, other.speaker_name);
        keep_longer(&mut self.actor_name, other.actor_name);
        self.n_documents = self.n_documents.saturating_add(other.n_documents);
        self.sums.merge(&other.sums);
    }
}

/// Profiles of some documents.
#[derive(Debug, Default)]
pub struct Profiles {
    held: BTreeMap<Pair, PairSums>,
}

impl Profiles {
    /// Adds the rows of a document that count.
    pub fn add(&mut self, document: &DocumentRows, period: Option<Period>) {
        let period = period.and_then(|period| period_of(document.date.as_deref()?, period));
        let mut pairs = BTreeSet::new();
        for row in document.rows.iter().filter(|row| document.counted(row)) {
            let (Some(speaker_id), Some(speaker_name)) = (&row.speaker_id, &row.speaker_name)
            else {
                continue;
            };
            let pair = Pair {
                speaker_id: speaker_id.clone(),
                actor_id: row.actor_id.clone(),
                period: period.clone(),
            };
            let one = PairSums {
                pair: pair.clone(),
                speaker_name: speaker_name.clone(),
                actor_name: row.actor_name.clone(),
                n_documents: u64::from(pairs.insert(pair.clone())),
                sums: ProfileSums::of(&row.score),
            };
            match self.held.get_mut(&pair) {
                Some(held) => held.merge(one),
                None => {
                    self.held.insert(pair, one);
                }
            }
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The profiles, by pair.
    pub fn finish(self) -> impl Iterator<Item = PairSums> {
        self.held.into_values()
    }
}

/// A sorted stream of profiles.
pub type Stream = Box<dyn Iterator<Item = Result<PairSums>>>;

/// Profiles of several sorted streams, each pair once, sorted.
pub struct Merged {
    streams: Vec<Stream>,
    /// The next profile of each stream that has one.
    heads: Vec<Option<PairSums>>,
    order: BinaryHeap<Reverse<(Pair, usize)>>,
}

impl Merged {
    /// Begins to read.
    ///
    /// # Errors
    ///
    /// Those of the streams.
    pub fn new(streams: Vec<Stream>) -> Result<Self> {
        let mut merged = Self {
            heads: streams.iter().map(|_| None).collect(),
            streams,
            order: BinaryHeap::new(),
        };
        (0..merged.streams.len()).try_for_each(|stream| merged.advance(stream))?;
        Ok(merged)
    }

    /// Reads the next profile of a stream.
    fn advance(&mut self, stream: usize) -> Result<()> {
        let (Some(from), Some(head)) = (self.streams.get_mut(stream), self.heads.get_mut(stream))
        else {
            return Ok(());
        };
        if let Some(next) = from.next().transpose()? {
            self.order.push(Reverse((next.pair.clone(), stream)));
            *head = Some(next);
        }
        Ok(())
    }

    /// The stream's next profile that is not yet merged.
    fn take(&mut self, stream: usize, pair: &Pair) -> Result<Option<PairSums>> {
        let taken = self.heads.get_mut(stream).and_then(Option::take);
        self.advance(stream)?;
        let head = self.heads.get(stream).and_then(Option::as_ref);
        if head.is_some_and(|head| head.pair < *pair) {
            return Err(Error::Invalid {
                field: "profiles".to_owned(),
                message: format!("are not sorted by speaker, actor and period after {pair:?}"),
            });
        }
        Ok(taken)
    }
}

impl Iterator for Merged {
    type Item = Result<PairSums>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut merged: Option<PairSums> = None;
        loop {
            let same = match (self.order.peek(), &merged) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(Reverse((pair, _))), Some(merged)) => *pair == merged.pair,
            };
            if !same {
                return merged.map(Ok);
            }
            let Reverse((pair, stream)) = self.order.pop()?;
            match (self.take(stream, &pair), &mut merged) {
                (Err(error), _) => return Some(Err(error)),
                (Ok(None), _) => {}
                (Ok(Some(one)), None) => merged = Some(one),
                (Ok(Some(one)), Some(merged)) => merged.merge(one),
            }
        }
    }
}

/// The columns of `profiles`, in their order. All but the first ten follow from these.
#[must_use]
pub fn profile_schema() -> SchemaRef {
    let mut fields = Vec::new();
    for name in ["speaker_id", "speaker_name", "actor_id", "actor_name"] {
        fields.push(Field::new(name, DataType::Utf8, false));
    }
    fields.push(Field::new("period", DataType::Utf8, true));
    for name in COUNTS {
        fields.push(Field::new(name, DataType::Int64, false));
    }
    for name in NUMBERS {
        fields.push(Field::new(name, DataType::Float64, false));
    }
    fields.push(Field::new("stance", DataType::Utf8, false));
    Arc::new(Schema::new_with_metadata(fields, about("profiles")))
}

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
pub fn profile_batch(profiles: &[PairSums]) -> std::result::Result<RecordBatch, ArrowError> {
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
pub fn profiles_of(batch: &RecordBatch) -> std::result::Result<Vec<PairSums>, String> {
    let column = |name: &str, kind: &DataType| {
        let column = batch.column_by_name(name);
        let column = column.ok_or_else(|| format!("there is no column {name}"))?;
        arrow::compute::cast(column, kind)
            .map_err(|_| format!("column {name} is {}, it must be {kind}", column.data_type()))
    };
    let names = [
        "speaker_id",
        "speaker_name",
        "actor_id",
        "actor_name",
        "period",
    ];
    let texts = names.map(|name| column(name, &DataType::Utf8));
    let counts = COUNTS.map(|name| column(name, &DataType::Int64));
    let mut profiles = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let text = |at: usize| -> std::result::Result<Option<String>, String> {
            let column: &ArrayRef = texts[at].as_ref().map_err(String::clone)?;
            let value = column.as_string::<i32>();
            Ok((!value.is_null(row)).then(|| value.value(row).to_owned()))
        };
        let must =
            |at: usize| text(at)?.ok_or_else(|| format!("{} is null in row {row}", names[at]));
        let count = |at: usize| -> std::result::Result<i64, String> {
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
