//! What a batch reads: records, or why something is none.
//!
//! In go the values of a row of whatever file, by column; out comes a [`Record`] with a text, or a [`Reject`]. What a
//! reader would question: a record without an id gets one made of its file's name and its number there, so that two runs
//! over the same files name the same documents.

use crate::document::{Document, MAX_TEXT_BYTES};
use serde::{Deserialize, Serialize};

/// The longest record that is read, in bytes: a text of the greatest size, half of it escaped, and its metadata.
pub const MAX_RECORD_BYTES: usize = 2 * MAX_TEXT_BYTES + (1 << 20);

/// The most bytes of an id, title, date, source, speaker or language.
pub const MAX_FIELD_BYTES: usize = 4_096;

/// What a column of the input may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The text; the only one that must be there.
    Text,
    /// The document's id.
    Id,
    /// When it was published; a date `YYYY-MM-DD` first counts for periods.
    Date,
    /// Its title.
    Title,
    /// Who published it.
    Source,
    /// Who speaks whatever nobody else is said to say.
    Speaker,
    /// Its language; other than English is rejected.
    Language,
}

impl Field {
    /// All of them.
    pub const ALL: [Field; 7] = [
        Field::Text,
        Field::Id,
        Field::Date,
        Field::Title,
        Field::Source,
        Field::Speaker,
        Field::Language,
    ];

    /// Its name in messages and flags.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Field::Text => "text",
            Field::Id => "id",
            Field::Date => "date",
            Field::Title => "title",
            Field::Source => "source",
            Field::Speaker => "speaker",
            Field::Language => "language",
        }
    }

    /// Names of columns that are taken for it, the likeliest first.
    fn guesses(self) -> &'static [&'static str] {
        match self {
            Field::Text => &[
                "text",
                "body",
                "content",
                "article",
                "fulltext",
                "full_text",
                "transcript",
                "speech",
            ],
            Field::Id => &[
                "id",
                "doc_id",
                "document_id",
                "docid",
                "uuid",
                "guid",
                "url",
            ],
            Field::Date => &[
                "date",
                "published",
                "published_at",
                "publish_date",
                "publication_date",
                "timestamp",
                "datetime",
                "day",
            ],
            Field::Title => &["title", "headline"],
            Field::Source => &[
                "source",
                "outlet",
                "publisher",
                "publication",
                "newspaper",
                "domain",
            ],
            Field::Speaker => &["speaker", "speaker_name", "delegate"],
            Field::Language => &["language", "lang"],
        }
    }
}

/// What says which column of a file is the text.
pub(super) const TEXT_FLAG: &str = "--text-column";

/// Which column holds which field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    /// Names that the caller gave.
    pub given: std::collections::BTreeMap<Field, String>,
}

impl Columns {
    /// The number of the column of each field in a file with these columns, letters' case aside in guesses. `option` is
    /// what says which column is the text.
    ///
    /// # Errors
    ///
    /// A sentence when there is no text column, or a given one is not there.
    pub fn of(&self, columns: &[&str], option: &str) -> Result<Vec<(Field, usize)>, String> {
        for name in self.given.values() {
            if !columns.contains(&name.as_str()) {
                return Err(format!(
                    "there is no column {name:?}; there are {}",
                    listed(columns)
                ));
            }
        }
        self.of_object(columns, option)
    }

    /// Whether a key may be that of a field.
    pub(super) fn may_hold(&self, key: &str) -> bool {
        Field::ALL
            .into_iter()
            .any(|field| match self.given.get(&field) {
                Some(name) => name == key,
                None => field
                    .guesses()
                    .iter()
                    .any(|guess| key.eq_ignore_ascii_case(guess)),
            })
    }

    /// As [`of`](Self::of), for the keys of a JSON object: what is null is often left out.
    pub(super) fn of_object(
        &self,
        columns: &[&str],
        option: &str,
    ) -> Result<Vec<(Field, usize)>, String> {
        let mut found = Vec::new();
        for field in Field::ALL {
            let at = match self.given.get(&field) {
                Some(name) => columns.iter().position(|column| column == name),
                None => field.guesses().iter().find_map(|guess| {
                    columns
                        .iter()
                        .position(|column| column.eq_ignore_ascii_case(guess))
                }),
            };
            found.extend(at.map(|at| (field, at)));
        }
        if found.iter().all(|&(field, _)| field != Field::Text) {
            return Err(match self.given.get(&Field::Text) {
                Some(name) => format!("there is no {name:?}; there are {}", listed(columns)),
                None => format!(
                    "no column is named like a text; there are {}; say which with {option}",
                    listed(columns)
                ),
            });
        }
        Ok(found)
    }
}

/// Names of columns for a message, not more than a line of them.
pub(super) fn listed(columns: &[&str]) -> String {
    const MOST: usize = 20;
    let mut names: Vec<String> = columns
        .iter()
        .take(MOST)
        .map(|name| format!("{name:?}"))
        .collect();
    if columns.len() > MOST {
        names.push(format!("{} more", columns.len() - MOST));
    }
    names.join(", ")
}

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
    fn columns_are_guessed_and_given() {
        let columns = Columns::default();
        let names = ["URL", "Body", "lang", "x"];
        assert_eq!(
            columns.of(&names, TEXT_FLAG).unwrap(),
            [(Field::Text, 1), (Field::Id, 0), (Field::Language, 2)]
        );
        let given = Columns {
            given: [
                (Field::Text, "x".to_owned()),
                (Field::Id, "lang".to_owned()),
            ]
            .into(),
        };
        assert_eq!(
            given.of(&names, TEXT_FLAG).unwrap()[..2],
            [(Field::Text, 3), (Field::Id, 2)]
        );
        let error = columns.of(&["a", "b"], TEXT_FLAG).unwrap_err();
        assert!(
            error.contains("\"a\", \"b\"") && error.contains("--text-column"),
            "{error}"
        );
        let error = given.of(&["text"], TEXT_FLAG).unwrap_err();
        assert!(error.contains("no column \"x\""), "{error}");
    }

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
