//! Analyses -> rows of the table `stances`.
//!
//! In go a document and its analysis; out comes a row for every sentence, holder and actor. What a reader would question:
//! rows that no profile counts are there as well, and marked, so that whoever counts otherwise finds them.

mod table;

use crate::analysis::{Analysis, Voice};
use crate::attribution::AttributionKind;
use crate::document::spans::Spans;
use crate::document::{Document, OffsetEncoding, OffsetMap, Span};
use crate::instance::Instance;
use crate::stance::{HolderKind, StanceScore};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) use table::about;
pub use table::{SCHEMA_VERSION, batches, schema};

/// The longest sentence that rows hold, in bytes. Every row repeats it, and what has no full stop for pages is a table or a
/// list and no evidence.
pub const MAX_SENTENCE_BYTES: usize = 16_384;

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
