//! A finished run -> what a page tells of it: the speakers of whom there is most, whom they speak of, and how.
//!
//! In goes the folder of a run, in any form; out comes a [`Report`]. What a reader would question: tables are read twice
//! and nothing but the speakers that are shown is held, since a run may be larger than memory. Who is known by a
//! description only is left out: "the spokesman" of one document is not that of another.

mod columns;
mod passes;

use super::Format;
use super::run::Summary;
use super::writing::io;
use crate::error::{Error, Result};
use crate::profile::ProfileSums;
use crate::stance::StanceScore;
use passes::{most_spoken, pairs_of, read_rejects, read_stances};
use std::collections::BTreeMap;
use std::path::Path;

/// Speakers that are looked at before those with names are enough.
const MOST_LOOKED_AT: usize = 20_000;

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
