//! Rows of a CSV or TSV file, as records.
//!
//! In go bytes of a file, unpacked; out comes what each row is. Fields may be quoted and hold separators and line ends.
//! What a reader would question: the parser's core is driven by hand. The usual reader of the same crate holds a whole
//! row in memory however long it is, and a file with one quotation mark too many is one row to its end.

use super::records::{Columns, Field, Found, MAX_RECORD_BYTES, Reject, found, value_of};
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
}

/// Rows with a header.
pub(super) struct CsvRows<R> {
    from: R,
    core: Reader,
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
            core: ReaderBuilder::new().delimiter(separator).build(),
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
        };
        let names: Vec<String> = (0..n)
            .map(|at| {
                String::from_utf8_lossy(rows.field(at))
                    .trim_start_matches('\u{feff}')
                    .trim()
                    .to_owned()
            })
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        rows.n_columns = n;
        Ok(columns.of(&names).map(|found| {
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

    /// Reads a row into `output` and `ends`.
    fn row(&mut self) -> Result<Row> {
        let (mut n_out, mut n_ends) = (0, 0);
        let mut long = None;
        loop {
            let input = self.from.fill_buf()?;
            let ended = input.is_empty();
            let (output, ends) = (self.output.get_mut(n_out..), self.ends.get_mut(n_ends..));
            let (result, n_in, out, end) =
                self.core
                    .read_record(input, output.unwrap_or(&mut []), ends.unwrap_or(&mut []));
            self.from.consume(n_in);
            n_out += out;
            n_ends += end;
            match result {
                ReadRecordResult::InputEmpty if ended => {}
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
            Row::Whole(n) if n != self.n_columns => reject(format!(
                "record has {n} columns, the header has {}",
                self.n_columns
            )),
            Row::Whole(_) => {
                let values = self
                    .columns
                    .iter()
                    .map(|&(field, at)| (field, value_of(self.field(at))));
                Ok(Some(found(input, position, values.collect())))
            }
        }
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
        assert_eq!(
            all(b"text\n\xff\n", b','),
            ["0! text is not valid UTF-8: first bad byte at offset 0"]
        );
        assert_eq!(all(b"", b','), ["there is no header"]);
        assert!(all(b"a,b\n1,2\n", b',')[0].contains("no column is named like a text"));
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
