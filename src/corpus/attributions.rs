//! Attributions: whole texts with source, cue and content spans, and entities where known (PolNeAR's
//! form).

use super::{broken, records};
use crate::document::{Document, OffsetEncoding, OffsetMap};
use crate::error::Result;
use serde::Deserialize;
use std::path::Path;

/// Byte ranges of a span that may be broken into pieces.
pub type SpanPieces = Vec<(usize, usize)>;

/// A labelled attribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledAttribution {
    /// Who says it; may be empty.
    pub source: SpanPieces,
    /// The words that report; may be empty.
    pub cue: SpanPieces,
    /// What is said.
    pub content: SpanPieces,
}

/// A named entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntitySpan {
    /// Byte range in the text.
    pub span: (usize, usize),
    /// Index into the kinds of the entity layer.
    pub kind: usize,
}

/// A text with its labels.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributionText {
    /// The text.
    pub document: Document,
    /// Its sentences, as byte ranges.
    pub sentences: Vec<(usize, usize)>,
    /// Its tokens, as byte ranges: what token figures count.
    pub tokens: Vec<(usize, usize)>,
    /// Its attributions.
    pub attributions: Vec<LabelledAttribution>,
    /// Its named entities.
    pub entities: Vec<EntitySpan>,
}

#[derive(Deserialize)]
struct RawText {
    id: String,
    text: String,
    attributions: Vec<RawAttribution>,
    sents: Vec<Vec<(usize, usize, String, String)>>,
}

#[derive(Deserialize)]
struct RawAttribution {
    source: Vec<[usize; 2]>,
    cue: Vec<[usize; 2]>,
    content: Vec<[usize; 2]>,
}

fn entity_kind(name: &str) -> Option<usize> {
    ["PERSON", "ORGANIZATION", "LOCATION", "MISC"]
        .iter()
        .position(|kind| *kind == name)
}

/// Reads a file of texts with attributions.
///
/// # Errors
///
/// As [`read_rows`](super::read_rows).
pub fn read_attributions(path: &Path) -> Result<Vec<AttributionText>> {
    let mut texts = Vec::new();
    records(path, |line, raw: RawText| {
        let fail = |message: &str| broken(path, line, message);
        let document = Document::new(raw.id, raw.text).map_err(|e| fail(&e.to_string()))?;
        let map = OffsetMap::new(document.text(), OffsetEncoding::Utf32);
        let bytes = |start: usize, end: usize| {
            let range = map
                .to_bytes(start)
                .zip(map.to_bytes(end))
                .filter(|(s, e)| s <= e);
            range.ok_or_else(|| fail(&format!("span {start}..{end} is outside the text")))
        };
        let pieces = |spans: &[[usize; 2]]| {
            spans
                .iter()
                .map(|s| bytes(s[0], s[1]))
                .collect::<Result<SpanPieces>>()
        };
        let attributions = raw
            .attributions
            .iter()
            .map(|a| {
                Ok(LabelledAttribution {
                    source: pieces(&a.source)?,
                    cue: pieces(&a.cue)?,
                    content: pieces(&a.content)?,
                })
            })
            .collect::<Result<_>>()?;
        let (mut sentences, mut tokens, mut entities) =
            (Vec::new(), Vec::new(), Vec::<EntitySpan>::new());
        for sentence in &raw.sents {
            let (Some(first), Some(last)) = (sentence.first(), sentence.last()) else {
                continue;
            };
            sentences.push(bytes(first.0, last.1)?);
            let mut previous = None;
            for (start, end, _, name) in sentence {
                let span = bytes(*start, *end)?;
                tokens.push(span);
                let kind = entity_kind(name);
                match (kind, entities.last_mut()) {
                    (Some(kind), Some(open)) if previous == Some(kind) => open.span.1 = span.1,
                    (Some(kind), _) => entities.push(EntitySpan { span, kind }),
                    (None, _) => {}
                }
                previous = kind;
            }
        }
        texts.push(AttributionText {
            document,
            sentences,
            tokens,
            attributions,
            entities,
        });
        Ok(())
    })?;
    Ok(texts)
}
