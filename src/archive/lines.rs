//! JSON lines and whole files, as records.
//!
//! In go bytes of a file, unpacked; out comes what each line is. A line that is longer than a record may be is passed
//! over without being held in memory. What a reader would question: a blank line is nothing, not a reject, since files
//! often end with one.

mod objects;

use super::records::{
    Columns, Field, Found, MAX_RECORD_BYTES, Reject, TEXT_FLAG, UTF16, Value, found, listed,
    looks_like_utf16, value_of,
};
use crate::document::MAX_TEXT_BYTES;
use objects::{Kept, value_of_json};
use std::collections::BTreeMap;
use std::io::{BufRead, Read, Result};

/// What a line is.
enum Line {
    End,
    Whole,
    /// Longer than may be; how long.
    Long(u64),
}

/// Reads a line into `line`, without its end, up to `limit` bytes of it.
fn read_line(from: &mut impl BufRead, line: &mut Vec<u8>, limit: usize) -> Result<Line> {
    line.clear();
    let mut n: u64 = 0;
    loop {
        let buffer = from.fill_buf()?;
        if buffer.is_empty() {
            return Ok(match n {
                0 => Line::End,
                n if n > limit as u64 => Line::Long(n),
                _ => Line::Whole,
            });
        }
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or(buffer);
        n += part.len() as u64;
        if n <= limit as u64 {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        from.consume(used);
        if end.is_some() {
            return Ok(if n > limit as u64 {
                Line::Long(n)
            } else {
                Line::Whole
            });
        }
    }
}

/// JSON objects, a line each.
pub(super) struct JsonLines<R> {
    from: R,
    line: Vec<u8>,
    position: u64,
    /// Objects so far, and the keys of the first.
    n_objects: u64,
    first: Vec<String>,
    /// The key of each field that an object with a text had.
    told: BTreeMap<Field, String>,
}

impl<R: BufRead> JsonLines<R> {
    pub(super) fn new(from: R) -> Self {
        Self {
            from,
            line: Vec::new(),
            position: 0,
            n_objects: 0,
            first: Vec::new(),
            told: BTreeMap::new(),
        }
    }

    /// Which key held which field so far; an error if no object has a text, or a key that is given.
    pub(super) fn told(
        &self,
        columns: &Columns,
    ) -> std::result::Result<Vec<(Field, String)>, String> {
        if self.n_objects > 0 {
            let keys: Vec<&str> = self.first.iter().map(String::as_str).collect();
            let mut given = columns.given.iter();
            if let Some((_, name)) = given.find(|&(field, _)| !self.told.contains_key(field)) {
                let (n, keys) = (self.n_objects, listed(&keys));
                return Err(format!(
                    "none of {n} records has {name:?}; there are {keys}"
                ));
            }
            if !self.told.contains_key(&Field::Text) {
                columns.of_object(&keys, TEXT_FLAG)?;
            }
        }
        let told = self.told.iter();
        Ok(told.map(|(&field, key)| (field, key.clone())).collect())
    }

    /// The next record or reject; none at the end.
    pub(super) fn next(&mut self, input: &str, columns: &Columns) -> Result<Option<Found>> {
        loop {
            let read = read_line(&mut self.from, &mut self.line, MAX_RECORD_BYTES)?;
            let position = self.position;
            let reject = |reason: String| {
                Ok(Some(Found::Reject(Reject {
                    document_id: format!("{input}#{position}"),
                    input: input.to_owned(),
                    position,
                    reason,
                })))
            };
            match read {
                Line::End => return Ok(None),
                Line::Long(n) => {
                    self.position += 1;
                    return reject(format!(
                        "record is {n} bytes, the limit is {MAX_RECORD_BYTES}"
                    ));
                }
                Line::Whole if self.line.trim_ascii().is_empty() => {}
                Line::Whole => {
                    self.position += 1;
                    let line = self
                        .line
                        .strip_prefix("\u{feff}".as_bytes())
                        .unwrap_or(&self.line);
                    if let Err(error) = std::str::from_utf8(line) {
                        let at = error.valid_up_to();
                        return reject(format!(
                            "record is not valid UTF-8: first bad byte at offset {at}"
                        ));
                    }
                    return match Kept::read(line, columns) {
                        Ok(kept) => match self.values(&kept, columns) {
                            Ok(values) => Ok(Some(found(input, position, values))),
                            Err(reason) => reject(reason),
                        },
                        Err(error) if error.is_data() => {
                            reject("record is JSON, but not an object".to_owned())
                        }
                        Err(error) => reject(format!("record is not JSON: {error}")),
                    };
                }
            }
        }
    }
}

impl<R> JsonLines<R> {
    /// The values of an object's fields.
    fn values(
        &mut self,
        kept: &Kept,
        columns: &Columns,
    ) -> std::result::Result<Vec<(Field, Value)>, String> {
        let wanted = kept.values.iter().map(|(key, _)| key.as_str());
        let names: Vec<&str> = wanted
            .chain(kept.others.iter().map(String::as_str))
            .collect();
        if self.n_objects == 0 {
            self.first = names.iter().map(|&name| name.to_owned()).collect();
        }
        self.n_objects += 1;
        let found = columns.of_object(&names, TEXT_FLAG)?;
        let told = |&(field, at): &(Field, usize)| Some((field, kept.values.get(at)?));
        let told: Vec<_> = found.iter().filter_map(told).collect();
        for (field, (key, _)) in &told {
            self.told.entry(*field).or_insert_with(|| key.clone());
        }
        let values = told
            .into_iter()
            .map(|(field, (_, value))| (field, value_of_json(field, value)));
        Ok(values.collect())
    }
}

/// A file that is one text.
pub(super) fn whole_file(from: &mut impl Read, input: &str) -> Result<Found> {
    let mut bytes = Vec::new();
    from.take(MAX_TEXT_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    let id = (Field::Id, Value::Text(input.to_owned()));
    let reject = |reason: String| {
        Found::Reject(Reject {
            document_id: input.to_owned(),
            input: input.to_owned(),
            position: 0,
            reason,
        })
    };
    if bytes.len() > MAX_TEXT_BYTES {
        return Ok(reject(format!(
            "text is more than {MAX_TEXT_BYTES} bytes, which is the limit"
        )));
    }
    if looks_like_utf16(&bytes) {
        return Ok(reject(UTF16.to_owned()));
    }
    Ok(found(input, 0, vec![id, (Field::Text, value_of(&bytes))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<String> {
        let mut lines = JsonLines::new(text);
        let columns = Columns::default();
        let mut told = Vec::new();
        while let Some(found) = lines.next("f", &columns).unwrap() {
            told.push(match found {
                Found::Record(record) => format!("{}={}", record.id, record.text),
                Found::Reject(reject) => format!("{}! {}", reject.position, reject.reason),
            });
        }
        told
    }

    #[test]
    fn lines_are_records_or_rejects() {
        let text = "\u{feff}{\"id\": 7, \"body\": \"A.\"}\n\n{\"text\": \"B.\"}\r\n[1]\n{\"text\": 3}\n{broken\n{\"text\": \"C.\"}";
        let told = all(text.as_bytes());
        assert_eq!(
            told[..4],
            [
                "7=A.",
                "f#1=B.",
                "2! record is JSON, but not an object",
                "3! text is a number, it must be text"
            ]
        );
        assert!(told[4].starts_with("4! record is not JSON"), "{told:?}");
        assert_eq!(told[5], "f#5=C.");
        let told = all(b"{\"text\": \"A.\", \"x\": [{}, {\"y\": 1e999}], \"text\": \"B.\", \"id\": [1]}\n{\"text\": \"\\ud800\"}\n");
        assert_eq!(
            told,
            [
                "0! id is a list, it must be text",
                "1! text is a text with half a surrogate, it must be text"
            ]
        );
        let told = all(b"{\"text\": \"\xff\"}\n");
        assert_eq!(
            told,
            ["0! record is not valid UTF-8: first bad byte at offset 10"]
        );
    }

    #[test]
    fn a_key_that_no_object_has_is_told() {
        let text = "{\"id\": 1, \"body\": \"A.\"}\n{broken\n{\"body\": \"B.\", \"on\": null}\n";
        let cases = [
            (None, "id, text"),
            (Some((Field::Date, "on")), "date, id, text"),
            (
                Some((Field::Date, "nope")),
                "none of 2 records has \"nope\"; there are \"id\", \"body\"",
            ),
            (
                Some((Field::Text, "nope")),
                "none of 2 records has \"nope\"; there are \"id\", \"body\"",
            ),
        ];
        for (given, expected) in cases {
            let columns = Columns {
                given: given
                    .into_iter()
                    .map(|(field, name)| (field, name.to_owned()))
                    .collect(),
            };
            let mut lines = JsonLines::new(text.as_bytes());
            assert_eq!(lines.told(&columns), Ok(Vec::new()));
            while lines.next("f", &columns).unwrap().is_some() {}
            let told = lines.told(&columns).map(|told| {
                let mut names: Vec<&str> = told.iter().map(|(field, _)| field.name()).collect();
                names.sort_unstable();
                names.join(", ")
            });
            assert_eq!(told.unwrap_or_else(|error| error), expected);
        }
        let mut lines = JsonLines::new(&b"{\"words\": \"A.\"}\n"[..]);
        let columns = Columns::default();
        lines.next("f", &columns).unwrap();
        let error = lines.told(&columns).unwrap_err();
        assert!(error.contains("there are \"words\"; say which"), "{error}");
    }

    #[test]
    fn a_long_line_is_passed_over() {
        let mut long = Vec::from(&b"{\"text\": \""[..]);
        long.resize(MAX_RECORD_BYTES + 10, b'x');
        long.extend_from_slice(b"\"}\n{\"text\": \"A.\"}\n");
        let told = all(&long);
        assert_eq!(told.len(), 2);
        assert!(
            told[0].starts_with("0! record is 34603020 bytes, the limit is"),
            "{told:?}"
        );
        assert_eq!(told[1], "f#1=A.");
    }
}
