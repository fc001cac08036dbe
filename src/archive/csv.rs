//! Rows of a CSV or TSV file, as records.
//!
//! In go bytes of a file, unpacked; out comes what each row is. Fields may be quoted and hold separators and line ends.
//! What a reader would question: the parser's core is driven by hand. The usual reader of the same crate holds a whole
//! row in memory however long it is, and a file with one quotation mark too many is one row to its end. Such a row is a
//! reject here, and what it swallowed is not read again: where its mark should have been closed cannot be known.
//!
//! A line of TSV is always a row. Most exports do not quote there, and a text that begins with what somebody says must
//! not run on to the next mark, lines below. What others do quote is told by its whole form, see [`unquoted`]; a quoted
//! field of theirs with a tabulator or a line end in it is broken up.

use super::records::{
    Columns, Field, Found, MAX_RECORD_BYTES, Reject, TEXT_FLAG, Value, found, value_of,
};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use std::io::{BufRead, Result};

/// The most columns a row may have.
const MAX_COLUMNS: usize = 4_096;

/// What a row is.
#[derive(Debug, PartialEq, Eq)]
enum Row {
    End,
    /// This many fields.
    Whole(usize),
    /// More bytes or fields than may be: what there is too much of.
    Long(&'static str),
    /// One that the end of the file ends within quotation marks.
    Open,
}

/// Rows with a header.
pub(super) struct CsvRows<R> {
    from: R,
    core: Reader,
    separator: u8,
    /// Whether the file is read to its end, and ended by a line end.
    ended: bool,
    /// Fields of the row, one after the other.
    output: Vec<u8>,
    /// Where each field ends.
    ends: Vec<usize>,
    columns: Vec<(Field, usize)>,
    /// The names of these columns.
    names: Vec<String>,
    n_columns: usize,
    position: u64,
}

impl<R: BufRead> CsvRows<R> {
    /// Reads the header, too. The inner error says what is wrong with it.
    pub(super) fn new(
        from: R,
        separator: u8,
        columns: &Columns,
    ) -> Result<std::result::Result<Self, String>> {
        let mut rows = Self {
            from,
            core: ReaderBuilder::new()
                .delimiter(separator)
                .quoting(separator != b'\t')
                .build(),
            separator,
            ended: false,
            output: vec![0; 1 << 16],
            ends: vec![0; MAX_COLUMNS],
            columns: Vec::new(),
            names: Vec::new(),
            n_columns: 0,
            position: 0,
        };
        let n = match rows.row()? {
            Row::Whole(n) => n,
            Row::End => return Ok(Err("there is no header".to_owned())),
            Row::Long(what) => return Ok(Err(format!("the header has too many {what}"))),
            Row::Open => {
                let message = "the header has a quotation mark that is never closed".to_owned();
                return Ok(Err(message));
            }
        };
        let names: Vec<String> = (0..n)
            .map(|at| {
                let name = String::from_utf8_lossy(rows.field(at));
                let name = name.trim_start_matches('\u{feff}').trim();
                rows.content(name.to_owned())
            })
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        rows.n_columns = n;
        let found = columns
            .of(&names, TEXT_FLAG)
            .map_err(|message| match names[..] {
                [one] if separator != b'\t' && one.contains([',', ';', '|', '\t']) => {
                    format!("{message}; --delimiter says what separates columns")
                }
                _ => message,
            });
        Ok(found.map(|found| {
            let named = found.iter().filter_map(|&(_, at)| names.get(at));
            rows.names = named.map(|&name| name.to_owned()).collect();
            rows.columns = found;
            rows
        }))
    }

    /// Which column holds which field.
    pub(super) fn told(&self) -> Vec<(Field, String)> {
        let fields = self.columns.iter().map(|&(field, _)| field);
        fields.zip(self.names.iter().cloned()).collect()
    }

    fn field(&self, at: usize) -> &[u8] {
        let start = at
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied()
            .unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.output.get(start..end).unwrap_or(&[])
    }

    fn value(&self, at: usize) -> Value {
        match value_of(self.field(at)) {
            Value::Text(text) => Value::Text(self.content(text)),
            other @ (Value::Null | Value::Broken(_) | Value::Other(_)) => other,
        }
    }

    /// What a field holds: the core has unquoted those of CSV.
    fn content(&self, text: String) -> String {
        match self.separator {
            b'\t' => unquoted(text),
            _ => text,
        }
    }

    /// Reads a row into `output` and `ends`.
    fn row(&mut self) -> Result<Row> {
        let (mut n_out, mut n_ends) = (0, 0);
        let (mut long, mut open) = (None, false);
        loop {
            let input = self.from.fill_buf()?;
            // At the end a line end more: it ends a row, and only within quotation marks it is a part of one.
            let last = input.is_empty() && !self.ended;
            let input: &[u8] = if last { b"\n" } else { input };
            let (output, ends) = (self.output.get_mut(n_out..), self.ends.get_mut(n_ends..));
            let (result, n_in, out, end) =
                self.core
                    .read_record(input, output.unwrap_or(&mut []), ends.unwrap_or(&mut []));
            if last {
                self.ended = n_in > 0;
                open = out > 0;
            } else {
                self.from.consume(n_in);
            }
            n_out += out;
            n_ends += end;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.output.len() < MAX_RECORD_BYTES => {
                    self.output
                        .resize((2 * self.output.len()).min(MAX_RECORD_BYTES), 0);
                }
                // What is too long is read to its end and forgotten.
                ReadRecordResult::OutputFull => {
                    long = Some("bytes");
                    n_out = 0;
                }
                ReadRecordResult::OutputEndsFull => {
                    long = long.or(Some("columns"));
                    n_ends = 0;
                }
                ReadRecordResult::Record if open => return Ok(Row::Open),
                ReadRecordResult::Record => {
                    return Ok(long.map_or(Row::Whole(n_ends), Row::Long));
                }
                ReadRecordResult::End => return Ok(Row::End),
            }
        }
    }

    /// The next record or reject; none at the end.
    pub(super) fn next(&mut self, input: &str) -> Result<Option<Found>> {
        let row = self.row()?;
        let position = self.position;
        self.position += 1;
        let reject = |reason: String| {
            Ok(Some(Found::Reject(Reject {
                document_id: format!("{input}#{position}"),
                input: input.to_owned(),
                position,
                reason,
            })))
        };
        match row {
            Row::End => Ok(None),
            Row::Long("bytes") => reject(format!(
                "record is more than {MAX_RECORD_BYTES} bytes, which is the limit"
            )),
            Row::Long(_) => reject(format!(
                "record has more than {MAX_COLUMNS} columns, which is the limit"
            )),
            Row::Open => reject(format!(
                "record {position} has a quotation mark that is never closed, \
                 so that it holds all to the end of the file"
            )),
            Row::Whole(n) if n != self.n_columns => reject(format!(
                "record has {n} columns, the header has {}",
                self.n_columns
            )),
            Row::Whole(_) => {
                let values = self
                    .columns
                    .iter()
                    .map(|&(field, at)| (field, self.value(at)));
                Ok(Some(found(input, position, values.collect())))
            }
        }
    }
}

/// A field of TSV without the quotation marks around it, if it is quoted: they stand at both ends, and those between
/// are doubled. A text that is one quotation as a whole looks the same and loses its marks, too.
fn unquoted(text: String) -> String {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.replace("\"\"", "").contains('"') => inner.replace("\"\"", "\""),
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], separator: u8) -> Vec<String> {
        let mut rows = match CsvRows::new(text, separator, &Columns::default()).unwrap() {
            Ok(rows) => rows,
            Err(message) => return vec![message],
        };
        let mut told = Vec::new();
        while let Some(found) = rows.next("f").unwrap() {
            told.push(match found {
                Found::Record(record) => format!("{}={}", record.id, record.text),
                Found::Reject(reject) => format!("{}! {}", reject.position, reject.reason),
            });
        }
        told
    }

    #[test]
    fn rows_are_records_or_rejects() {
        let text = "\u{feff}id,text\r\n1,\"A, \"\"B\"\"\nC.\"\r\n2\n3,\n,D.";
        assert_eq!(
            all(text.as_bytes(), b','),
            [
                "1=A, \"B\"\nC.",
                "1! record has 1 columns, the header has 2",
                "2! text is empty",
                "f#3=D."
            ]
        );
        assert_eq!(all(b"text\tid\nA.\tx\n", b'\t'), ["x=A."]);
        assert_eq!(all(b"text;id\n\"A; b.\";x\n", b';'), ["x=A; b."]);
        let told = all(b"text;id\nA.;x\n", b',');
        assert!(told[0].contains("\"text;id\"; say which"), "{told:?}");
        assert!(told[0].ends_with("; --delimiter says what separates columns"));
        assert_eq!(
            all(b"text\n\xff\n", b','),
            ["0! text is not valid UTF-8: first bad byte at offset 0"]
        );
        assert_eq!(all(b"", b','), ["there is no header"]);
        assert!(all(b"a,b\n1,2\n", b',')[0].contains("no column is named like a text"));
    }

    #[test]
    fn a_row_whose_quotation_mark_is_never_closed_is_a_reject() {
        let never = |position: u64| {
            format!(
                "{position}! record {position} has a quotation mark that is never closed, \
                 so that it holds all to the end of the file"
            )
        };
        let text =
            "id,text\n1,Ruiz praised Norway.\n2,\"Maar condemned Russia.\n3,Brandt praised Oman.\n";
        assert_eq!(
            all(text.as_bytes(), b','),
            ["1=Ruiz praised Norway.".to_owned(), never(1)]
        );
        for open in ["text\n\"", "text\n\"A.", "text\n\"A.\"\"", "text\n\"A.\n\n"] {
            assert_eq!(all(open.as_bytes(), b','), [never(0)], "{open:?}");
        }
        for (closed, record) in [
            ("text\n\"A.\"", "f#0=A."),
            ("text\n\"A.\"\r\n\r\n", "f#0=A."),
            ("text\n\"A.\"\"\"", "f#0=A.\""),
            ("text\nA \"b", "f#0=A \"b"),
        ] {
            assert_eq!(all(closed.as_bytes(), b','), [record], "{closed:?}");
        }
        let mut long = Vec::from(&b"text\n\""[..]);
        long.resize(MAX_RECORD_BYTES + (1 << 20), b'x');
        assert_eq!(all(&long, b','), [never(0)]);
        let header = all(b"id,\"text\n1,A.\n", b',');
        assert_eq!(
            header,
            ["the header has a quotation mark that is never closed"]
        );
    }

    #[test]
    fn a_line_of_tsv_keeps_its_quotation_marks_unless_it_is_quoted_as_a_whole() {
        let text = "\"id\"\ttext\n\
            1\t\"We will fight Russia,\" Maar said. \"Norway is bad.\"\n\
            2\t\"Maar condemned Russia.\n\
            3\t\"Maar, of Oman, said \"\"no\"\".\"\n\
            4\tShe said \"no\"\n\
            5\t\"\n\
            6\t\"\"\n";
        assert_eq!(
            all(text.as_bytes(), b'\t'),
            [
                "1=\"We will fight Russia,\" Maar said. \"Norway is bad.\"",
                "2=\"Maar condemned Russia.",
                "3=Maar, of Oman, said \"no\".",
                "4=She said \"no\"",
                "5=\"",
                "5! text is empty",
            ]
        );
    }

    #[test]
    fn a_long_row_is_passed_over() {
        let mut text = Vec::from(&b"text\n\""[..]);
        text.resize(MAX_RECORD_BYTES + (1 << 20), b'x');
        text.extend_from_slice(b"\"\nA.\n");
        let told = all(&text, b',');
        assert!(told[0].starts_with("0! record is more than"), "{}", told[0]);
        assert_eq!(told[1..], ["f#1=A."]);
        let mut wide = Vec::from(&b"text\n"[..]);
        wide.resize(wide.len() + MAX_COLUMNS + 5, b',');
        wide.extend_from_slice(b"\nA.\n");
        assert_eq!(all(&wide, b',').len(), 2);
    }
}
