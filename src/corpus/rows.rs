//! Rows: texts in sentences, with who (holder) stands how toward whom (actor) in each.

use super::{broken, bytes_of, records};
use crate::error::Result;
use crate::stance::Stance;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Holder id of the narrator's rows.
pub const AUTHOR: &str = "AUTHOR";

/// One label.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledRow {
    /// Number of the sentence.
    pub sentence: usize,
    /// Id of the holder; none for the narrator.
    pub holder: Option<String>,
    /// Byte range of the holder in its sentence, if mentioned there.
    pub holder_span: Option<(usize, usize)>,
    /// Id of the actor.
    pub actor: String,
    /// Byte range of the target in its sentence.
    pub target_span: (usize, usize),
    /// The label.
    pub label: Stance,
    /// 1 debatable, 2 likely, 3 sure.
    pub confidence: u8,
}

/// A text with its labels.
#[derive(Debug, Clone, PartialEq)]
pub struct RowsText {
    /// Id of the text.
    pub id: String,
    /// The sentences.
    pub sentences: Vec<String>,
    /// Speaker id of each sentence, for speeches and transcripts.
    pub turns: Option<Vec<String>>,
    /// Name forms of every speaker id.
    pub speakers: BTreeMap<String, Vec<String>>,
    /// Name forms of every actor id.
    pub actors: BTreeMap<String, Vec<String>>,
    /// The labels.
    pub rows: Vec<LabelledRow>,
    /// Whether the text shows which pairs a reader would list. One that is labelled more closely than others does not.
    pub pairs: bool,
}

#[derive(Deserialize)]
struct RawText {
    id: String,
    sentences: Vec<String>,
    turns: Option<Vec<String>>,
    speakers: BTreeMap<String, Vec<String>>,
    actors: BTreeMap<String, Vec<String>>,
    rows: Vec<RawRow>,
    pairs: Option<bool>,
}

#[derive(Deserialize)]
struct RawRow {
    sentence: usize,
    holder: String,
    holder_span: Option<[usize; 2]>,
    actor: String,
    target_span: [usize; 2],
    label: Stance,
    #[serde(default = "sure")]
    confidence: u8,
}

fn sure() -> u8 {
    3
}

/// Reads a file of labelled texts.
///
/// # Errors
///
/// [`Error::Io`](crate::error::Error::Io), or [`Error::Corpus`](crate::error::Error::Corpus) with the
/// line of a record that breaks the form: an unknown label, a span outside its sentence, an id
/// without name forms.
pub fn read_rows(path: &Path) -> Result<Vec<RowsText>> {
    let mut texts = Vec::new();
    records(path, |line, raw: RawText| {
        let fail = |message: String| broken(path, line, message);
        if raw
            .turns
            .as_ref()
            .is_some_and(|turns| turns.len() != raw.sentences.len())
        {
            return Err(fail(format!(
                "turns: not one for each of {} sentences",
                raw.sentences.len()
            )));
        }
        let mut rows = Vec::with_capacity(raw.rows.len());
        for (i, row) in raw.rows.into_iter().enumerate() {
            let sentence = raw.sentences.get(row.sentence).ok_or_else(|| {
                fail(format!(
                    "rows[{i}].sentence is {}, there are {}",
                    row.sentence,
                    raw.sentences.len()
                ))
            })?;
            let bytes = |name: &str, span: [usize; 2]| {
                bytes_of(sentence, span).ok_or_else(|| {
                    fail(format!(
                        "rows[{i}].{name} is {span:?}, outside its sentence"
                    ))
                })
            };
            let author = row.holder == AUTHOR;
            if !author && !raw.speakers.contains_key(&row.holder) {
                return Err(fail(format!(
                    "rows[{i}].holder {:?} is not in speakers",
                    row.holder
                )));
            }
            if !raw.actors.contains_key(&row.actor) {
                return Err(fail(format!(
                    "rows[{i}].actor {:?} is not in actors",
                    row.actor
                )));
            }
            if !(1..=3).contains(&row.confidence) {
                return Err(fail(format!(
                    "rows[{i}].confidence is {}, it must be 1 to 3",
                    row.confidence
                )));
            }
            rows.push(LabelledRow {
                sentence: row.sentence,
                holder_span: row
                    .holder_span
                    .map(|span| bytes("holder_span", span))
                    .transpose()?,
                target_span: bytes("target_span", row.target_span)?,
                holder: (!author).then_some(row.holder),
                actor: row.actor,
                label: row.label,
                confidence: row.confidence,
            });
        }
        texts.push(RowsText {
            id: raw.id,
            sentences: raw.sentences,
            turns: raw.turns,
            speakers: raw.speakers,
            actors: raw.actors,
            rows,
            pairs: raw.pairs.unwrap_or(true),
        });
        Ok(())
    })?;
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_teaches_pairs_unless_it_says_no() {
        let path = std::env::temp_dir().join(format!("stance-rows-{}.jsonl", std::process::id()));
        let text = r#""sentences": [], "speakers": {}, "actors": {}, "rows": []"#;
        let lines = [
            format!(r#"{{"id": "a", {text}}}"#),
            format!(r#"{{"id": "b", "pairs": false, {text}}}"#),
        ];
        std::fs::write(&path, lines.join("\n")).unwrap();
        let texts = read_rows(&path);
        std::fs::remove_file(&path).unwrap();
        let pairs: Vec<bool> = texts.unwrap().iter().map(|text| text.pairs).collect();
        assert_eq!(pairs, [true, false]);
    }
}
