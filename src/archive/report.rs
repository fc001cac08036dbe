//! A finished run -> what a page tells of it: the speakers of whom there is most, whom they speak of, and how.
//!
//! In goes the folder of a run, in any form; out comes a [`Report`]. What a reader would question: tables are read twice
//! and nothing but the speakers that are shown is held, since a run may be larger than memory. Who is known by a
//! description only is left out: "the spokesman" of one document is not that of another.

use super::Format;
use super::merging::{batches, profile_files};
use super::profiles::{profile_schema, profiles_of};
use super::rejects;
use super::run::Summary;
use super::stances;
use super::writing::io;
use crate::error::{Error, Result};
use crate::profile::{Period, ProfileSums, keep_longer, period_of};
use crate::stance::StanceScore;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, RecordBatch, StringArray,
};
use arrow::datatypes::{Float64Type, Int32Type, SchemaRef};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Pieces of evidence of a pair.
const EVIDENCE: usize = 3;

/// Speakers that are looked at before those with names are enough.
const MOST_LOOKED_AT: usize = 20_000;

/// Rejects that are listed.
const REJECTS: usize = 50;

/// What is shown of a run.
#[derive(Debug)]
pub struct Report {
    /// The run itself.
    pub summary: Summary,
    /// Speakers, those of most instances first.
    pub speakers: Vec<Speaker>,
    /// Actors of the heat map, by id, those of most instances first.
    pub actors: Vec<String>,
    /// Documents that have a row in `stances`.
    pub n_with_rows: u64,
    /// Rows by kind of holder, and of them those that count.
    pub kinds: BTreeMap<String, [u64; 2]>,
    /// Rejects by reason, numbers in it aside, and how many.
    pub reasons: BTreeMap<String, u64>,
    /// The first rejects: document, place, reason.
    pub rejects: Vec<[String; 3]>,
}

/// A speaker and whom it speaks of.
#[derive(Debug, Default)]
pub struct Speaker {
    /// Its id.
    pub id: String,
    /// Its longest name.
    pub name: String,
    /// What kind of voice it is, as most rows have it.
    pub kind: String,
    /// Its pairs, those of most instances first.
    pub pairs: Vec<Pair>,
}

/// What a speaker says of an actor.
#[derive(Debug, Default)]
pub struct Pair {
    /// Id of the actor.
    pub actor_id: String,
    /// Its longest name.
    pub actor_name: String,
    /// Documents with the pair.
    pub n_documents: u64,
    /// The sums.
    pub sums: ProfileSums,
    /// The sums by month.
    pub months: BTreeMap<String, ProfileSums>,
    /// The surest sentences.
    pub evidence: Vec<Evidence>,
}

/// A sentence that shows a stance.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Document.
    pub document_id: String,
    /// Its date.
    pub date: Option<String>,
    /// The sentence; none where the run left sentences out.
    pub text: Option<String>,
    /// The target in it, in bytes.
    pub target: std::ops::Range<usize>,
    /// The holder in it.
    pub holder: Option<std::ops::Range<usize>>,
    /// The stance.
    pub score: StanceScore,
    hash: String,
}

#[cfg(test)]
impl Evidence {
    pub(super) fn new(
        text: &str,
        target: std::ops::Range<usize>,
        holder: Option<std::ops::Range<usize>>,
        score: StanceScore,
    ) -> Self {
        Self {
            document_id: "d".to_owned(),
            date: None,
            text: Some(text.to_owned()),
            target,
            holder,
            score,
            hash: String::new(),
        }
    }
}

/// Reads a run; at most `n_speakers` speakers and `n_actors` actors are shown.
///
/// # Errors
///
/// [`Error::Io`] when the folder holds no finished run or a file cannot be read, [`Error::Invalid`] for a table that is
/// none.
pub fn report(folder: &Path, n_speakers: usize, n_actors: usize) -> Result<Report> {
    let path = folder.join("run.json");
    let text = std::fs::read_to_string(&path).map_err(|error| io(&path, error))?;
    let summary: Summary = serde_json::from_str(&text).map_err(|error| Error::Corpus {
        file: path.display().to_string(),
        line: error.line(),
        message: error.to_string(),
    })?;
    let format = format_of(&summary, &path)?;
    let mut report = Report {
        summary,
        speakers: Vec::new(),
        actors: Vec::new(),
        n_with_rows: 0,
        kinds: BTreeMap::new(),
        reasons: BTreeMap::new(),
        rejects: Vec::new(),
    };
    // Some turn out to be known by a description only; then more are looked at.
    let mut most = 4 * n_speakers;
    let speakers = loop {
        let likely = most_spoken(folder, format, most)?;
        let mut speakers = pairs_of(folder, format, &likely)?;
        (report.n_with_rows, report.kinds) = (0, BTreeMap::new());
        read_stances(folder, format, &mut speakers, &mut report)?;
        speakers.retain(|_, speaker| speaker.kind != "unnamed");
        if speakers.len() >= n_speakers || likely.len() < most || most > MOST_LOOKED_AT {
            break speakers;
        }
        most *= 4;
    };
    read_rejects(folder, format, &mut report)?;
    let n = |speaker: &Speaker| speaker.pairs.iter().map(|pair| pair.sums.n()).sum::<u64>();
    let mut speakers: Vec<Speaker> = speakers.into_values().collect();
    for speaker in &mut speakers {
        speaker
            .pairs
            .sort_by_key(|pair| (std::cmp::Reverse(pair.sums.n()), pair.actor_id.clone()));
    }
    speakers.sort_by_key(|speaker| (std::cmp::Reverse(n(speaker)), speaker.id.clone()));
    speakers.truncate(n_speakers);
    let mut actors: BTreeMap<&str, u64> = BTreeMap::new();
    for pair in speakers.iter().flat_map(|speaker| &speaker.pairs) {
        *actors.entry(&pair.actor_id).or_default() += pair.sums.n();
    }
    let mut actors: Vec<(&str, u64)> = actors.into_iter().collect();
    actors.sort_by_key(|&(id, n)| (std::cmp::Reverse(n), id));
    report.actors = actors
        .iter()
        .take(n_actors)
        .map(|&(id, _)| id.to_owned())
        .collect();
    report.speakers = speakers;
    Ok(report)
}

fn format_of(summary: &Summary, path: &Path) -> Result<Format> {
    let all = [Format::Parquet, Format::Jsonl, Format::Csv];
    let ending = summary
        .settings
        .get("format")
        .and_then(serde_json::Value::as_str);
    let format = all
        .into_iter()
        .find(|format| Some(format.ending()) == ending);
    format.ok_or_else(|| invalid(path, format!("its format is {ending:?}")))
}

fn invalid(path: &Path, message: String) -> Error {
    Error::Invalid {
        field: path.display().to_string(),
        message,
    }
}

/// Hands over the batches of a table.
fn each(
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

/// The ids of the speakers of most instances. Profiles are sorted by speaker, so one count is held and the best.
fn most_spoken(folder: &Path, format: Format, most: usize) -> Result<BTreeSet<String>> {
    let mut best: BTreeSet<(u64, String)> = BTreeSet::new();
    let mut open = (0, String::new());
    let mut close = |open: (u64, String)| {
        best.insert(open);
        if best.len() > most {
            best.pop_first();
        }
    };
    each(
        folder,
        "profiles",
        format,
        &profile_schema(),
        &mut |batch| {
            for profile in profiles_of(batch)? {
                if profile.pair.speaker_id != open.1 {
                    close(std::mem::replace(&mut open, (0, profile.pair.speaker_id)));
                }
                open.0 += profile.sums.n();
            }
            Ok(())
        },
    )?;
    close(open);
    Ok(best
        .into_iter()
        .filter(|&(n, _)| n > 0)
        .map(|(_, id)| id)
        .collect())
}

/// The speakers of these ids and their pairs, over all periods.
fn pairs_of(
    folder: &Path,
    format: Format,
    ids: &BTreeSet<String>,
) -> Result<BTreeMap<String, Speaker>> {
    let mut speakers: BTreeMap<String, Speaker> = BTreeMap::new();
    each(
        folder,
        "profiles",
        format,
        &profile_schema(),
        &mut |batch| {
            for profile in profiles_of(batch)? {
                if !ids.contains(&profile.pair.speaker_id) {
                    continue;
                }
                let speaker = speakers.entry(profile.pair.speaker_id.clone()).or_default();
                speaker.id = profile.pair.speaker_id;
                keep_longer(&mut speaker.name, profile.speaker_name);
                let last = speaker.pairs.last_mut();
                let pair = match last.filter(|pair| pair.actor_id == profile.pair.actor_id) {
                    Some(pair) => pair,
                    None => {
                        speaker.pairs.push(Pair::default());
                        let Some(pair) = speaker.pairs.last_mut() else {
                            continue;
                        };
                        pair.actor_id = profile.pair.actor_id;
                        pair
                    }
                };
                keep_longer(&mut pair.actor_name, profile.actor_name);
                pair.n_documents += profile.n_documents;
                pair.sums.merge(&profile.sums);
            }
            Ok(())
        },
    )?;
    Ok(speakers)
}

/// The columns of a batch, by name.
struct Columns<'b>(&'b RecordBatch);

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

    fn text(&self, name: &str) -> std::result::Result<&'b StringArray, String> {
        self.of(name, |column| column.as_string_opt::<i32>())
    }

    fn count(&self, name: &str) -> std::result::Result<&'b Int32Array, String> {
        self.of(name, |column| column.as_primitive_opt::<Int32Type>())
    }

    fn number(&self, name: &str) -> std::result::Result<&'b Float64Array, String> {
        self.of(name, |column| column.as_primitive_opt::<Float64Type>())
    }

    fn flag(&self, name: &str) -> std::result::Result<&'b BooleanArray, String> {
        self.of(name, |column| column.as_boolean_opt())
    }
}

fn at(column: &StringArray, row: usize) -> Option<&str> {
    (!column.is_null(row)).then(|| column.value(row))
}

/// A range of the text, within its sentence.
fn within(
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

/// Reads kinds, months and evidence of the speakers, and what there is of rows.
fn read_stances(
    folder: &Path,
    format: Format,
    speakers: &mut BTreeMap<String, Speaker>,
    report: &mut Report,
) -> Result<()> {
    let mut kinds: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut last_document = String::new();
    let mut places: BTreeMap<(String, String), (String, usize)> = BTreeMap::new();
    for (id, speaker) in speakers.iter() {
        for (number, pair) in speaker.pairs.iter().enumerate() {
            let key = (id.clone(), pair.actor_id.clone());
            places.insert(key, (id.clone(), number));
        }
    }
    each(
        folder,
        "stances",
        format,
        &stances::schema(),
        &mut |batch| {
            let columns = Columns(batch);
            let documents = columns.text("document_id")?;
            let [
                dates,
                texts,
                hashes,
                speaker_ids,
                speaker_kinds,
                actor_ids,
                holder_kinds,
            ] = [
                "date",
                "sentence_text",
                "sentence_hash",
                "speaker_id",
                "speaker_kind",
                "actor_id",
                "holder_kind",
            ]
            .map(|name| columns.text(name));
            let (dates, texts, hashes) = (dates?, texts?, hashes?);
            let (speaker_ids, speaker_kinds) = (speaker_ids?, speaker_kinds?);
            let (actor_ids, holder_kinds) = (actor_ids?, holder_kinds?);
            let [sentence, target_start, target_end, holder_start, holder_end] = [
                "sentence_start",
                "target_start",
                "target_end",
                "holder_start",
                "holder_end",
            ]
            .map(|name| columns.count(name));
            let (sentence, target_start, target_end) = (sentence?, target_start?, target_end?);
            let (holder_start, holder_end) = (holder_start?, holder_end?);
            let [none, favour, neutral, against] =
                ["p_none", "p_favour", "p_neutral", "p_against"].map(|name| columns.number(name));
            let (none, favour, neutral, against) = (none?, favour?, neutral?, against?);
            let counted = columns.flag("counted")?;
            for row in 0..batch.num_rows() {
                if documents.value(row) != last_document {
                    documents.value(row).clone_into(&mut last_document);
                    report.n_with_rows += 1;
                }
                let kind = holder_kinds.value(row).to_owned();
                let kind = report.kinds.entry(kind).or_default();
                kind[0] += 1;
                kind[1] += u64::from(counted.value(row));
                let Some(speaker_id) = at(speaker_ids, row).filter(|_| counted.value(row)) else {
                    continue;
                };
                let key = (speaker_id.to_owned(), actor_ids.value(row).to_owned());
                let Some((speaker, number)) = places.get(&key) else {
                    continue;
                };
                if let Some(kind) = at(speaker_kinds, row) {
                    *kinds.entry((speaker.clone(), kind.to_owned())).or_default() += 1;
                }
                let pairs = speakers.get_mut(speaker).map(|speaker| &mut speaker.pairs);
                let Some(pair) = pairs.and_then(|pairs| pairs.get_mut(*number)) else {
                    continue;
                };
                let score = StanceScore {
                    none: none.value(row),
                    favour: favour.value(row),
                    neutral: neutral.value(row),
                    against: against.value(row),
                };
                let date = at(dates, row);
                if let Some(month) = date.and_then(|date| period_of(date, Period::Month)) {
                    pair.months.entry(month).or_default().add(&score);
                }
                keep_surest(
                    &mut pair.evidence,
                    Evidence {
                        document_id: documents.value(row).to_owned(),
                        date: date.map(str::to_owned),
                        text: at(texts, row).map(str::to_owned),
                        target: within(sentence, target_start, target_end, row).unwrap_or_default(),
                        holder: within(sentence, holder_start, holder_end, row),
                        score,
                        hash: hashes.value(row).to_owned(),
                    },
                );
            }
            Ok(())
        },
    )?;
    let mut most: BTreeMap<&str, u64> = BTreeMap::new();
    for ((speaker, kind), n) in &kinds {
        if *n > most.get(speaker.as_str()).copied().unwrap_or(0) {
            most.insert(speaker, *n);
            if let Some(speaker) = speakers.get_mut(speaker) {
                speaker.kind.clone_from(kind);
            }
        }
    }
    Ok(())
}

/// Keeps the surest sentences, each once: polar ones that are likely there come first.
fn keep_surest(evidence: &mut Vec<Evidence>, one: Evidence) {
    if evidence.iter().any(|other| other.hash == one.hash) {
        return;
    }
    evidence.push(one);
    let sure = |e: &Evidence| (e.score.favour - e.score.against).abs();
    evidence.sort_by(|a, b| sure(b).total_cmp(&sure(a)));
    evidence.truncate(EVIDENCE);
}

fn read_rejects(folder: &Path, format: Format, report: &mut Report) -> Result<()> {
    each(
        folder,
        "rejects",
        format,
        &rejects::schema(),
        &mut |batch| {
            let columns = Columns(batch);
            let [documents, inputs, reasons] =
                ["document_id", "input", "reason"].map(|name| columns.text(name));
            let (documents, inputs, reasons) = (documents?, inputs?, reasons?);
            for row in 0..batch.num_rows() {
                let reason = reasons.value(row);
                // "text is 5000000 bytes" and "text is 6000000 bytes" are one reason.
                let kind: String = reason
                    .split(' ')
                    .map(|word| {
                        if word.contains(|c: char| c.is_ascii_digit() || c == '"') {
                            "\u{2026}"
                        } else {
                            word
                        }
                    })
                    .collect::<Vec<_>>()
                    .join(" ");
                *report.reasons.entry(kind).or_default() += 1;
                if report.rejects.len() < REJECTS {
                    let all = [documents.value(row), inputs.value(row), reason];
                    report.rejects.push(all.map(str::to_owned));
                }
            }
            Ok(())
        },
    )
}
