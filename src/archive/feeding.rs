//! The thread of a run that reads, and says of every record what is to be done.
//!
//! In go inputs; out come, by number, documents to score, documents whose text came before, rejects, and the ends of
//! parts, as many as a [`Room`] has room for. What a reader would question: what depends on order (which id is a
//! duplicate, where a part ends, which text was there before) is settled here, by one thread, so that no result depends
//! on the number of threads that score.

mod items;
mod part;
mod remembered;
mod room;
mod scoring;

use super::inputs::Input;
use super::journal::Part;
use super::reader::Reader;
use super::records::{Found, Record, Reject};
use super::run::Batch;
use super::seen::{Place, Seen, key};
use crate::error::{Error, Result};
use items::Task;
use part::Open;
use remembered::Remembered;
use sha2::Digest;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::Sender;

pub(super) use items::{Item, Origin, Scored};
pub(super) use room::Room;
pub(super) use scoring::score;

/// Bytes of text after which a part ends, whatever the number of its records.
const BYTES_OF_PART: usize = 64 << 20;

/// The thread that reads.
pub(super) struct Feeding<'a> {
    pub(super) batch: &'a Batch<'a>,
    /// Parts that are done.
    pub(super) done: &'a [Part],
    pub(super) work: std::path::PathBuf,
    pub(super) room: &'a Room,
    pub(super) read_bytes: &'a AtomicU64,
    pub(super) tasks: Sender<Task>,
    pub(super) items: Sender<(u64, Item)>,
}

/// Nobody wants anything any more.
struct Closed;

impl Feeding<'_> {
    /// Reads everything.
    pub(super) fn run(self) {
        let mut number = 0;
        let last = match self.read(&mut number) {
            Ok(()) => Item::Ended,
            Err(Some(error)) => Item::Failed(error),
            Err(None) => return,
        };
        let _closed = self.items.send((number, last));
    }

    /// Reads all inputs; no error when nobody wants more.
    fn read(&self, number: &mut u64) -> std::result::Result<(), Option<Error>> {
        let mut ids = Seen::new(self.work.clone(), "ids");
        let mut texts = Seen::new(self.work.clone(), "texts");
        let mut remembered = Remembered::new();
        let mut open = Open::default();
        for (place, input) in (0..).zip(self.batch.inputs) {
            for (mut found, position) in self.open(input).zip(0..) {
                if self.batch.ids_per_file {
                    name_file(&mut found, &input.name());
                }
                let passed = open.number < self.done.len();
                open.take(&found);
                let item = match found {
                    Found::Reject(reject) => Err(reject),
                    Found::Record(record) => {
                        self.checked(record, input, place, position, &mut ids)?
                    }
                };
                let repeated = match &item {
                    Ok(record) => texts.insert(key(&[&record.text]), place)?.is_some(),
                    Err(_) => false,
                };
                if !passed {
                    self.send(number, item, input, position, repeated, &mut remembered)
                        .map_err(|Closed| None)?;
                }
                if open.n_records >= self.batch.part_records || open.n_bytes >= BYTES_OF_PART {
                    self.end(number, &mut open)?;
                }
            }
        }
        if open.n_records > 0 {
            self.end(number, &mut open)?;
        }
        if open.number < self.done.len() {
            return Err(Some(changed(open.number)));
        }
        Ok(())
    }

    fn open(&self, input: &Input) -> Reader<'_> {
        Reader::open(input, self.batch.columns, self.read_bytes)
    }

    /// The record, if its id is new and its text not too long.
    fn checked(
        &self,
        record: Record,
        input: &Input,
        place: Place,
        position: u64,
        ids: &mut Seen,
    ) -> Result<std::result::Result<Record, Reject>> {
        let reason = if let Some(before) = ids.insert(key(&[&record.id]), place)? {
            let file = self.batch.inputs.get(before as usize).map(Input::name);
            let way_out = if before == place || self.batch.ids_per_file {
                ""
            } else {
                "; --ids-per-file keeps ids of files apart"
            };
            let (id, file) = (&record.id, file.unwrap_or_default());
            format!("id {id:?} came before in {file:?}{way_out}")
        } else if record.text.len() > self.batch.max_text_bytes {
            let (size, limit) = (record.text.len(), self.batch.max_text_bytes);
            format!("text is {size} bytes, the limit is {limit}")
        } else {
            return Ok(Ok(record));
        };
        Ok(Err(Reject {
            document_id: record.id,
            input: input.name(),
            position,
            reason,
        }))
    }

    /// Hands a record or reject on.
    fn send(
        &self,
        number: &mut u64,
        item: std::result::Result<Record, Reject>,
        input: &Input,
        position: u64,
        repeated: bool,
        remembered: &mut Remembered,
    ) -> std::result::Result<(), Closed> {
        let n_bytes = item.as_ref().map_or(0, |record| record.text.len());
        if !self.room.enter(n_bytes) {
            return Err(Closed);
        }
        let this = *number;
        *number += 1;
        let mut record = match item {
            Ok(record) => record,
            Err(reject) => return self.out(this, Item::Reject(reject)),
        };
        let origin = Origin {
            id: record.id.clone(),
            date: record.date.clone(),
            source: record.source.take(),
            input: input.name(),
            position,
            n_bytes,
            repeated,
        };
        let (slot, is_new) = remembered.slot(&record);
        if !is_new {
            return self.out(this, Item::Document(origin, slot));
        }
        let task = Task {
            number: this,
            origin,
            record,
            slot,
        };
        self.tasks.send(task).map_err(|_| Closed)
    }

    fn out(&self, number: u64, item: Item) -> std::result::Result<(), Closed> {
        self.items.send((number, item)).map_err(|_| Closed)
    }

    /// Ends a part; one that is done must be the same as it was.
    fn end(&self, number: &mut u64, open: &mut Open) -> std::result::Result<(), Option<Error>> {
        let part = std::mem::take(open);
        open.number = part.number + 1;
        let digest = format!("{:.32x}", part.digest.finalize());
        let item = match self.done.get(part.number) {
            Some(done) if done.digest != digest => return Err(Some(changed(part.number))),
            Some(_) => Item::Passed,
            None => Item::End(digest),
        };
        if !self.room.enter(0) {
            return Err(None);
        }
        let this = *number;
        *number += 1;
        self.out(this, item).map_err(|Closed| None)
    }
}

/// Puts the name of its file before an id that the file gives. One that was made has it: `FILE#NUMBER`, or the path of a
/// text file. The colon keeps the two apart, since given ids are often numbers.
fn name_file(found: &mut Found, name: &str) {
    let (id, position) = match found {
        Found::Record(record) => (&mut record.id, record.position),
        Found::Reject(reject) => (&mut reject.document_id, reject.position),
    };
    if *id != *name && *id != format!("{name}#{position}") {
        id.insert_str(0, &format!("{name}:"));
    }
}

fn changed(part: usize) -> Error {
    Error::Invalid {
        field: "inputs".to_owned(),
        message: format!("have changed since part {part} of the run that is to be resumed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_a_file_gives_are_named_after_it() {
        for (id, position, expected) in [
            ("1", 0, "a.csv:1"),
            ("a.csv2", 0, "a.csv:a.csv2"),
            ("a.csv#1", 0, "a.csv:a.csv#1"),
            ("a.csv#1", 1, "a.csv#1"),
            ("a.csv", 0, "a.csv"),
        ] {
            let record = Record {
                id: id.to_owned(),
                position,
                ..Record::default()
            };
            let mut found = Found::Record(record.clone());
            name_file(&mut found, "a.csv");
            let named = Record {
                id: expected.to_owned(),
                ..record
            };
            assert_eq!(found, Found::Record(named));
        }
    }
}
