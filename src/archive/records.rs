//! What a batch reads: records, or why something is none.
//!
//! In go the values of a row of whatever file, by column; out comes a [`Record`] with a text, or a [`Reject`]. What a
//! reader would question: a record without an id gets one made of its file's name and its number there, so that two runs
//! over the same files name the same documents.

mod columns;

use crate::document::{Document, MAX_TEXT_BYTES};
use serde::{Deserialize, Serialize};

pub use columns::{Columns, Field};
pub(super) use columns::{TEXT_FLAG, listed};

/// The longest record that is read, in bytes: a text of the greatest size, half of it escaped, and its metadata.
pub const MAX_RECORD_BYTES: usize = 2 * MAX_TEXT_BYTES + (1 << 20);

/// The most bytes of an id, title, date, source, speaker or language.
pub const MAX_FIELD_BYTES: usize = 4_096;

/// A document as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its date.
    pub date: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Who published it.
    pub source: Option<String>,
    /// Who speaks it.
    pub speaker: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// Its number in its file, from 0.
    pub position: u64,
}

impl Record {
    /// The document of the record; `transcript` reads lines of the form `NAME: text` as turns, and `speaker` speaks where
    /// the record does not say who.
    ///
    /// # Errors
    ///
    /// Those of [`Document::new`].
    pub fn document(
        self,
        transcript: bool,
        speaker: Option<&str>,
    ) -> crate::error::Result<Document> {
        let mut document = if transcript {
            Document::transcript(self.id, self.text)?
        } else {
            Document::new(self.id, self.text)?
        };
        if let Some(title) = self.title {
            document = document.with_title(title);
        }
        if let Some(speaker) = self.speaker.as_deref().or(speaker) {
            document = document.with_speaker(speaker);
        }
        Ok(document)
    }
}

/// Why something is no document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The document's id, if it had one.
    pub document_id: String,
    /// The file.
    pub input: String,
    /// Number of the record in its file, from 0.
    pub position: u64,
    /// What is wrong, with field, bound and value.
    pub reason: String,
}

/// What stands at one place of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A document.
    Record(Record),
    /// Something else.
    Reject(Reject),
}

/// The value of a field as a file gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing.
    Null,
    /// Text that is valid UTF-8.
    Text(String),
    /// Bytes that are not, from this offset on.
    Broken(usize),
    /// Something that is no text: what it is.
    Other(&'static str),
}

/// The record of `values` at a place.
pub(super) fn found(input: &str, position: u64, values: Vec<(Field, Value)>) -> Found {
    let mut record = Record {
        position,
        ..Record::default()
    };
    let mut wrong = None;
    for (field, value) in values {
        let name = field.name();
        let bound = if field == Field::Text {
            MAX_TEXT_BYTES
        } else {
            MAX_FIELD_BYTES
        };
        let text = match value {
            Value::Null => continue,
            Value::Text(text) if text.len() > bound => {
                let message = format!("{name} is {} bytes, the limit is {bound}", text.len());
                wrong.get_or_insert(message);
                continue;
            }
            Value::Text(text) => text,
            Value::Broken(offset) => {
                wrong.get_or_insert(format!(
                    "{name} is not valid UTF-8: first bad byte at offset {offset}"
                ));
                continue;
            }
            Value::Other(what) => {
                wrong.get_or_insert(format!("{name} is {what}, it must be text"));
                continue;
            }
        };
        let given = Some(text.clone()).filter(|text| !text.trim().is_empty());
        match field {
            Field::Text => record.text = text,
            Field::Id => record.id = text,
            Field::Date => record.date = given,
            Field::Title => record.title = given,
            Field::Source => record.source = given,
            Field::Speaker => record.speaker = given.map(|name| name.trim().to_owned()),
            Field::Language => record.language = given,
        }
    }
    if wrong.is_none() && record.text.trim().is_empty() {
        wrong = Some("text is empty".to_owned());
    }
    let english = |language: &String| {
        let name = language.trim().to_ascii_lowercase();
        let name = name.split(['-', '_']).next();
        name.is_some_and(|name| ["en", "eng", "english"].contains(&name))
    };
    if wrong.is_none()
        && let Some(language) = record
            .language
            .as_ref()
            .filter(|language| !english(language))
    {
        wrong = Some(format!("language is {language:?}, the model reads \"en\""));
    }
    if record.id.is_empty() {
        record.id = format!("{input}#{position}");
    }
    match wrong {
        None => Found::Record(record),
        Some(reason) => Found::Reject(Reject {
            document_id: record.id,
            input: input.to_owned(),
            position,
            reason,
        }),
    }
}

/// What is wrong with a file that [`looks_like_utf16`].
pub(super) const UTF16: &str = "the file looks like UTF-16, it must be UTF-8";

/// Whether a file that begins so is in UTF-16, as spreadsheets save text: with its mark, or with half a letter that is 0.
pub(super) fn looks_like_utf16(start: &[u8]) -> bool {
    matches!(
        start,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]
    )
}

/// Bytes as a value.
pub(super) fn value_of(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::Text(text.to_owned()),
        Err(error) => Value::Broken(error.valid_up_to()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_speaker_is_none() {
        for (given, speaker) in [("", None), (" \n", None), (" Ana Ruiz ", Some("Ana Ruiz"))] {
            let text = |text: &str| Value::Text(text.to_owned());
            let values = vec![(Field::Text, text("a")), (Field::Speaker, text(given))];
            match found("f", 0, values) {
                Found::Record(record) => assert_eq!(record.speaker.as_deref(), speaker),
                Found::Reject(reject) => panic!("{reject:?}"),
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let text = |text: &str| Value::Text(text.to_owned());
        let long = "x".repeat(MAX_FIELD_BYTES + 1);
        let cases = [
            (vec![(Field::Text, text(" \n"))], "text is empty"),
            (vec![], "text is empty"),
            (
                vec![(Field::Text, Value::Other("a number"))],
                "text is a number, it must be text",
            ),
            (
                vec![(Field::Text, Value::Broken(7))],
                "text is not valid UTF-8: first bad byte at offset 7",
            ),
            (
                vec![(Field::Text, text("a")), (Field::Title, text(&long))],
                "title is 4097 bytes, the limit is 4096",
            ),
            (
                vec![(Field::Text, text("a")), (Field::Language, text("de"))],
                "language is \"de\", the model reads \"en\"",
            ),
        ];
        for (values, expected) in cases {
            match found("f", 3, values) {
                Found::Reject(reject) => {
                    assert_eq!(
                        (reject.reason.as_str(), reject.document_id.as_str()),
                        (expected, "f#3")
                    );
                }
                Found::Record(record) => panic!("{expected}: {record:?}"),
            }
        }
        let values = vec![
            (Field::Text, text("a")),
            (Field::Id, text("d1")),
            (Field::Language, text("en-GB")),
        ];
        match found("f", 0, values) {
            Found::Record(record) => assert_eq!((record.id.as_str(), record.date), ("d1", None)),
            Found::Reject(reject) => panic!("{reject:?}"),
        }
    }
}
