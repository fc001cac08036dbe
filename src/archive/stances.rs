//! Analyses -> rows of the table `stances`.
//!
//! In go a document and its analysis; out comes a row for every sentence, holder and actor, and from the rows of many
//! documents an Arrow batch. What a reader would question: the table is flat and repeats ids and names in every row.
//! Whoever opens it in a database wants to count and group without joins, and Parquet stores what repeats once a page.

use crate::analysis::{Analysis, ModelIdentity, Voice};
use crate::attribution::AttributionKind;
use crate::document::spans::Spans;
use crate::document::{Document, OffsetEncoding, OffsetMap, Span};
use crate::instance::Instance;
use crate::profile::ProfileSums;
use crate::stance::{HolderKind, StanceScore};
use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, RecordBatch,
    StringBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Version of the tables. A column may be added at the end without a new one.
pub const SCHEMA_VERSION: &str = "1";

/// The longest sentence that rows hold, in bytes. Every row repeats it, and what has no full stop for pages is a table or a
/// list and no evidence.
pub const MAX_SENTENCE_BYTES: usize = 16_384;

/// Rows and bytes of sentences of one Arrow batch.
const BATCH: (usize, usize) = (8_192, 32 << 20);

/// One holder's stance on one actor in one sentence. Offsets count from the start of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct StanceRow {
    /// Number of the sentence, from 0.
    pub sentence: i32,
    /// The sentence, in bytes and in characters.
    pub sentence_at: Place,
    /// First 16 bytes of the SHA-256 of the sentence, in hexadecimal.
    pub sentence_hash: String,
    /// The sentence itself, unless it was not wanted or has more than [`MAX_SENTENCE_BYTES`].
    pub sentence_text: Option<Arc<str>>,
    /// Id of the holder; none for the narrator.
    pub speaker_id: Option<String>,
    /// Name of the holder.
    pub speaker_name: Option<String>,
    /// `person`, `organisation`, `country`, `group`, or `unnamed` for one whom the text never names: such ids mean
    /// somebody within a document and anybody beyond it.
    pub speaker_kind: Option<&'static str>,
    /// Id of the actor.
    pub actor_id: String,
    /// Name of the actor.
    pub actor_name: String,
    /// Type of the actor.
    pub actor_type: &'static str,
    /// `named`, `implicit` or `author`.
    pub holder_kind: &'static str,
    /// `direct`, `indirect` or `mixed`, where the target stands in what the holder is reported to say.
    pub speech: Option<&'static str>,
    /// The target.
    pub target_at: Place,
    /// The holder, where the sentence mentions it.
    pub holder_at: Option<Place>,
    /// Probabilities of none, favour, neutral and against.
    pub score: StanceScore,
    /// Whether the pair is one that a reader of the document would list.
    pub listed: bool,
}

/// A stretch of text in bytes and in characters (Unicode scalar values), half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// First byte.
    pub start: i32,
    /// Byte after the last.
    pub end: i32,
    /// First character.
    pub start_char: i32,
    /// Character after the last.
    pub end_char: i32,
}

/// The rows of one document and what they share.
#[derive(Debug, Clone)]
pub struct DocumentRows {
    /// Id of the document.
    pub document_id: String,
    /// Its date, as it was given.
    pub date: Option<String>,
    /// Who published it.
    pub source: Option<String>,
    /// Whether the document counts in profiles: not, when its text came before and texts count once.
    pub counts: bool,
    /// Its rows, in order of the text.
    pub rows: Arc<Vec<StanceRow>>,
}

impl DocumentRows {
    /// Whether a row counts in `profiles`.
    #[must_use]
    pub fn counted(&self, row: &StanceRow) -> bool {
        self.counts && row.listed
    }
}

/// The rows of a document; `with_text` keeps the sentences themselves.
#[must_use]
pub fn rows(document: &Document, analysis: &Analysis, with_text: bool) -> Vec<StanceRow> {
    let map = OffsetMap::new(document.text(), OffsetEncoding::Utf32);
    let place = |span: Span| Place {
        start: small(span.start()),
        end: small(span.end()),
        start_char: small(map.from_bytes(span.start())),
        end_char: small(map.from_bytes(span.end())),
    };
    let mut texts: BTreeMap<usize, (String, Option<Arc<str>>)> = BTreeMap::new();
    let contents = contents(analysis);
    let evidence = analysis.profiles.iter().flat_map(|p| &p.evidence);
    let listed: BTreeSet<usize> = evidence.map(|evidence| evidence.instance).collect();
    let mut row = |(number, instance): (usize, &Instance)| {
        let sentence = analysis
            .sentences
            .get(instance.sentence)
            .copied()
            .unwrap_or(instance.target);
        let (hash, text) = texts.entry(instance.sentence).or_insert_with(|| {
            let text = document.slice(sentence);
            let kept = with_text && text.len() <= MAX_SENTENCE_BYTES;
            let hash = Sha256::digest(text.as_bytes());
            (format!("{hash:.32x}"), kept.then(|| text.into()))
        });
        let actor = &analysis.actors[instance.actor];
        let speaker = instance.speaker.map(|speaker| &analysis.speakers[speaker]);
        StanceRow {
            sentence: small(instance.sentence),
            sentence_at: place(sentence),
            sentence_hash: hash.clone(),
            sentence_text: text.clone(),
            speaker_id: speaker.map(|speaker| speaker.id.clone()),
            speaker_name: speaker.map(|speaker| speaker.name.clone()),
            speaker_kind: speaker.map(|speaker| speaker.kind.as_str()),
            actor_id: actor.id.clone(),
            actor_name: actor.name.clone(),
            actor_type: actor.kind.as_str(),
            holder_kind: match instance.kind {
                HolderKind::Named => "named",
                HolderKind::Implicit => "implicit",
                HolderKind::Author => "author",
            },
            speech: speech(analysis, &contents, instance),
            target_at: place(instance.target),
            holder_at: instance.holder.map(place),
            score: instance.score,
            listed: listed.contains(&number),
        }
    };
    analysis
        .instances
        .iter()
        .enumerate()
        .map(&mut row)
        .collect()
}

/// The contents of the attributions in each sentence, with the attributions' numbers.
fn contents(analysis: &Analysis) -> BTreeMap<usize, Spans> {
    let mut by_sentence: BTreeMap<usize, Vec<(Span, usize)>> = BTreeMap::new();
    for (number, attribution) in analysis.attributions.iter().enumerate() {
        for content in &attribution.contents {
            let all = by_sentence.entry(content.sentence).or_default();
            all.push((content.span, number));
        }
    }
    let spans = by_sentence.into_iter();
    spans.map(|(at, all)| (at, Spans::new(all))).collect()
}

/// How the holder of an instance is reported to say it.
fn speech(
    analysis: &Analysis,
    contents: &BTreeMap<usize, Spans>,
    instance: &Instance,
) -> Option<&'static str> {
    let voice = Voice::Speaker(instance.speaker?);
    let around = contents.get(&instance.sentence)?.around(instance.target);
    let mut said = around.into_iter();
    let number = said.find(|&number| analysis.voices[number] == voice)?;
    let attribution = &analysis.attributions[number];
    Some(match attribution.kind {
        AttributionKind::Direct => "direct",
        AttributionKind::Indirect => "indirect",
        AttributionKind::Mixed => "mixed",
    })
}

/// Offsets and numbers of sentences fit: a text has at most 16 MiB.
fn small(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

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
pub(super) fn about(table: &str) -> std::collections::HashMap<String, String> {
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
