//! The threads of a run: one reads, some score, and what comes out is in the order of the input.
//!
//! In go inputs; out come, by number, documents with their rows, rejects, and the ends of parts. A [`Room`] bounds what
//! is on its way, in documents and in bytes of text, since an analysis takes about a hundred times the memory of its
//! text. What a reader would question: what depends on order (which id is a duplicate, where a part ends, which text was
//! there before) is settled by the one thread that reads, so that no result depends on the number of threads.

use super::inputs::Input;
use super::journal::Part;
use super::reader::Reader;
use super::records::{Found, Record, Reject};
use super::run::Batch;
use super::seen::{Key, Place, Seen, key};
use super::stances::{StanceRow, rows};
use crate::encoder::Worker;
use crate::error::{Error, Result};
use lru::LruCache;
use sha2::{Digest, Sha256};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

/// Bytes of text on their way; a longer one goes alone.
const MOST_BYTES: usize = 4 << 20;

/// Documents on their way, a thread.
const MOST_DOCUMENTS: usize = 64;

/// Bytes of texts whose rows are kept for when they come again; and the longest of them, since long texts come twice
/// seldom and have many rows.
const REMEMBERED_BYTES: usize = 8 << 20;
const REMEMBERED_TEXT: usize = 1 << 16;

/// Bytes of text after which a part ends, whatever the number of its records.
const BYTES_OF_PART: usize = 64 << 20;

/// What a text says.
pub(super) struct TextRows {
    pub(super) rows: Arc<Vec<StanceRow>>,
    pub(super) n_sentences: usize,
    /// Whether nobody speaks in it, see [`Analysis::is_voiceless`](crate::analysis::Analysis::is_voiceless).
    pub(super) is_voiceless: bool,
}

/// What a text says, or why it says nothing.
pub(super) type Scored = std::result::Result<TextRows, String>;

/// Where the rows of a text will stand.
pub(super) type Slot = Arc<OnceLock<Scored>>;

/// What is known of a document without its text.
pub(super) struct Origin {
    pub(super) id: String,
    pub(super) date: Option<String>,
    pub(super) source: Option<String>,
    pub(super) input: String,
    pub(super) position: u64,
    pub(super) n_bytes: usize,
    /// Whether its text had come before.
    pub(super) repeated: bool,
}

/// What comes out, in order.
pub(super) enum Item {
    Document(Origin, Slot),
    Reject(Reject),
    /// A part is over; its digest.
    End(String),
    /// A part that was done before is passed over.
    Passed,
    /// Everything was read.
    Ended,
    /// The run cannot go on.
    Failed(Error),
}

/// A document to score.
pub(super) struct Task {
    number: u64,
    origin: Origin,
    record: Record,
    slot: Slot,
}

/// What is on its way.
pub(super) struct Room {
    held: Mutex<Held>,
    freed: Condvar,
    most_documents: usize,
}

#[derive(Default)]
struct Held {
    items: usize,
    bytes: usize,
    closed: bool,
}

impl Room {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            held: Mutex::default(),
            freed: Condvar::new(),
            most_documents: MOST_DOCUMENTS * threads.max(1),
        }
    }

    /// Waits for room; false when nobody wants anything any more.
    fn enter(&self, bytes: usize) -> bool {
        // Counts are whole after every statement.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        while !held.closed
            && held.items > 0
            && (held.items >= self.most_documents || held.bytes + bytes > MOST_BYTES)
        {
            held = self
                .freed
                .wait(held)
                .unwrap_or_else(PoisonError::into_inner);
        }
        held.items += 1;
        held.bytes += bytes;
        !held.closed
    }

    /// Makes room again; how many are still on their way.
    pub(super) fn leave(&self, bytes: usize) -> usize {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.items = held.items.saturating_sub(1);
        held.bytes = held.bytes.saturating_sub(bytes);
        self.freed.notify_all();
        held.items
    }

    /// Closes it when dropped, whatever happens: who waits for room that nobody makes would wait for ever.
    pub(super) fn closing(&self) -> Closing<'_> {
        Closing(self)
    }

    /// Lets nobody in any more.
    fn close(&self) {
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed = true;
        self.freed.notify_all();
    }
}

/// Closes a room when dropped.
pub(super) struct Closing<'a>(&'a Room);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

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

/// The part that is being read.
#[derive(Default)]
struct Open {
    number: usize,
    n_records: usize,
    n_bytes: usize,
    digest: Sha256,
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

impl Open {
    /// Counts a record: everything of it that rows depend on.
    fn take(&mut self, found: &Found) {
        self.n_records += 1;
        let mut digest = |part: &str| {
            self.digest.update((part.len() as u64).to_le_bytes());
            self.digest.update(part.as_bytes());
        };
        match found {
            Found::Record(record) => {
                self.n_bytes += record.text.len();
                [&record.id, &record.text]
                    .into_iter()
                    .for_each(|part| digest(part));
                let Record {
                    date,
                    title,
                    source,
                    speaker,
                    ..
                } = record;
                for part in [date, title, source, speaker] {
                    digest(part.as_deref().unwrap_or("\0"));
                }
            }
            Found::Reject(reject) => {
                [&reject.document_id, &reject.reason]
                    .into_iter()
                    .for_each(|part| digest(part));
            }
        }
    }
}

/// The slots of texts that came lately.
struct Remembered {
    slots: LruCache<Key, (Slot, usize)>,
    n_bytes: usize,
}

impl Remembered {
    fn new() -> Self {
        Self {
            slots: LruCache::unbounded(),
            n_bytes: 0,
        }
    }

    /// The slot of a record's text, and whether nobody fills it yet.
    fn slot(&mut self, record: &Record) -> (Slot, bool) {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let key = key(&[&record.text, &text(&record.title), &text(&record.speaker)]);
        if let Some((slot, _)) = self.slots.get(&key) {
            return (Arc::clone(slot), false);
        }
        let slot = Slot::default();
        if record.text.len() > REMEMBERED_TEXT {
            return (slot, true);
        }
        // With what the slot itself takes, or short texts would be remembered by the million.
        let n_bytes = record.text.len() + 512;
        self.n_bytes += n_bytes;
        self.slots.put(key, (Arc::clone(&slot), n_bytes));
        while self.n_bytes > REMEMBERED_BYTES
            && let Some((_, (_, n_bytes))) = self.slots.pop_lru()
        {
            self.n_bytes = self.n_bytes.saturating_sub(n_bytes);
        }
        (slot, true)
    }
}

/// A thread that scores.
pub(super) fn score(
    batch: &Batch<'_>,
    worker: &Worker,
    tasks: &Mutex<Receiver<Task>>,
    items: &Sender<(u64, Item)>,
) {
    loop {
        // Held while it waits: the others wait for the same.
        let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Task {
            number,
            origin,
            record,
            slot,
        }) = next
        else {
            return;
        };
        // A bug must cost one document and not the run.
        let scored = catch_unwind(AssertUnwindSafe(|| scored(batch, worker, record)));
        let scored = scored.unwrap_or_else(|_| Err("internal error, please report it".to_owned()));
        let _first = slot.set(scored);
        if items.send((number, Item::Document(origin, slot))).is_err() {
            return;
        }
    }
}

fn scored(batch: &Batch<'_>, worker: &Worker, record: Record) -> Scored {
    let document = record.document(batch.transcript, batch.speaker.as_deref());
    let document = document.map_err(|error| error.to_string())?;
    let workers = std::slice::from_ref(worker);
    let analysis = batch.scorer.analyze(&document, &batch.options, workers);
    let analysis = analysis.map_err(|error| error.to_string())?;
    Ok(TextRows {
        rows: Arc::new(rows(&document, &analysis, batch.sentences)),
        n_sentences: analysis.sentences.len(),
        is_voiceless: analysis.is_voiceless(),
    })
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
