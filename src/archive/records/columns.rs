//! Which column of a file holds which field.
//!
//! In go the names of a file's columns, and those that the caller gave; out comes the number of the column of each
//! [`Field`]. What a reader would question: a field of which nobody said anything is looked for by the names that it
//! mostly has, the likeliest first, and the caller is told which were taken.

use serde::{Deserialize, Serialize};

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
pub(in crate::archive) const TEXT_FLAG: &str = "--text-column";

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
    pub(in crate::archive) fn may_hold(&self, key: &str) -> bool {
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
    pub(in crate::archive) fn of_object(
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
pub(in crate::archive) fn listed(columns: &[&str]) -> String {
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
}
