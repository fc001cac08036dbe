//! Scored records -> the files of a run's parts, in order.
//!
//! In come items from all threads, numbered as their records stand in the inputs; out come the files of a part, which
//! appear whole, and a line in the journal. What a reader would question: items that come early wait in a map. Their
//! number is bounded by the room that the feeding thread has.

use super::feeding::{Item, Origin, Room, Scored};
use super::folder::Layout;
use super::journal::{Counts, Journal, Part};
use super::partials;
use super::profiles::Profiles;
use super::records::Reject;
use super::rejects;
use super::run::{Batch, Event, Progress};
use super::stances::{DocumentRows, batches, schema};
use super::writing::{ROWS_OF_BATCH, TableFile, other};
use crate::error::{Error, Result};
use crate::profile::{Period, period_of};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

/// Bytes of documents after which their rows are written.
const BYTES_OF_BATCH: usize = 16 << 20;

/// What writes the parts.
pub(super) struct Writing<'a, 'w> {
    batch: &'a Batch<'a>,
    layout: &'a Layout<'a>,
    journal: Journal,
    /// Number of the open part, or of the next.
    part: usize,
    open: Option<OpenPart>,
    progress: Progress,
    watch: &'w mut dyn FnMut(Event<'_>) -> Result<()>,
}

/// The part that is being written.
struct OpenPart {
    stances: TableFile,
    pending: Vec<DocumentRows>,
    n_pending: usize,
    pending_bytes: usize,
    rejects: Vec<Reject>,
    profiles: Profiles,
    counts: Counts,
}

impl<'a, 'w> Writing<'a, 'w> {
    /// What writes the parts from number `part` on.
    pub(super) fn new(
        batch: &'a Batch<'a>,
        layout: &'a Layout<'a>,
        journal: Journal,
        part: usize,
        progress: Progress,
        watch: &'w mut dyn FnMut(Event<'_>) -> Result<()>,
    ) -> Self {
        Self {
            batch,
            layout,
            journal,
            part,
            open: None,
            progress,
            watch,
        }
    }

    /// What was done, in earlier runs as well, and in how many parts.
    pub(super) fn done(&self) -> (Counts, usize) {
        (self.progress.counts, self.part)
    }

    /// Writes what comes, in order.
    pub(super) fn all(
        &mut self,
        items: &Receiver<(u64, Item)>,
        room: &Room,
        read_bytes: &AtomicU64,
    ) -> Result<()> {
        let mut early = BTreeMap::new();
        let mut next = 0;
        for (number, item) in items {
            early.insert(number, item);
            while let Some(item) = early.remove(&next) {
                next += 1;
                let bytes = match &item {
                    Item::Document(origin, _) => origin.n_bytes,
                    Item::Ended => return Ok(()),
                    Item::Reject(_) | Item::End(_) | Item::Passed | Item::Failed(_) => 0,
                };
                self.take(item)?;
                let waiting = room.leave(bytes) as u64;
                // What was read is not done: some of it is still on its way.
                let share = next as f64 / (next + waiting) as f64;
                self.progress.read_bytes =
                    (read_bytes.load(Ordering::Relaxed) as f64 * share) as u64;
                (self.watch)(Event::Progress(&self.progress))?;
            }
        }
        // Otherwise the end was told.
        Err(Error::Internal {
            message: "a thread of the run stopped".to_owned(),
        })
    }

    fn take(&mut self, item: Item) -> Result<()> {
        match item {
            Item::Passed | Item::Ended => Ok(()),
            Item::Failed(error) => Err(error),
            Item::End(digest) => self.end(digest),
            Item::Reject(reject) => self.reject(reject),
            Item::Document(origin, slot) => match slot.get() {
                Some(scored) => self.document(origin, scored),
                None => Err(Error::Internal {
                    message: "rows of a text are missing".to_owned(),
                }),
            },
        }
    }

    fn open(&mut self) -> Result<&mut OpenPart> {
        if self.open.is_none() {
            let path = self.layout.part("stances", self.part);
            self.open = Some(OpenPart {
                stances: TableFile::create(path, self.batch.format, schema())?,
                pending: Vec::new(),
                n_pending: 0,
                pending_bytes: 0,
                rejects: Vec::new(),
                profiles: Profiles::default(),
                counts: Counts::default(),
            });
        }
        self.open.as_mut().ok_or_else(|| Error::Internal {
            message: "no part is open".to_owned(),
        })
    }

    fn reject(&mut self, reject: Reject) -> Result<()> {
        let counts = Counts {
            records: 1,
            rejects: 1,
            ..Counts::default()
        };
        let open = self.open()?;
        open.counts.add(&counts);
        open.rejects.push(reject);
        self.progress.counts.add(&counts);
        let (n, most) = (self.progress.counts.rejects, self.batch.max_rejects);
        if n <= most {
            return Ok(());
        }
        Err(Error::Invalid {
            field: "rejects".to_owned(),
            message: format!("{n} records were rejected, max_rejects is {most}"),
        })
    }

    fn document(&mut self, origin: Origin, scored: &Scored) -> Result<()> {
        let scored = match scored {
            Ok(scored) => scored,
            Err(reason) => {
                return self.reject(Reject {
                    document_id: origin.id,
                    input: origin.input,
                    position: origin.position,
                    reason: reason.clone(),
                });
            }
        };
        let date = origin.date.as_deref();
        let unread_date = date.is_some_and(|date| period_of(date, Period::Day).is_none());
        let counts = Counts {
            records: 1,
            documents: 1,
            rejects: 0,
            repeated: u64::from(origin.repeated),
            sentences: scored.n_sentences as u64,
            text_bytes: origin.n_bytes as u64,
            rows: scored.rows.len() as u64,
            unread_dates: u64::from(unread_date),
            voiceless: u64::from(scored.is_voiceless),
        };
        let document = DocumentRows {
            document_id: origin.id,
            date: origin.date,
            source: origin.source,
            counts: !(self.batch.dedupe && origin.repeated),
            rows: std::sync::Arc::clone(&scored.rows),
        };
        let period = self.batch.period;
        let open = self.open()?;
        open.counts.add(&counts);
        open.profiles.add(&document, period);
        open.n_pending += document.rows.len();
        open.pending_bytes += origin.n_bytes;
        open.pending.push(document);
        let full = open.n_pending >= ROWS_OF_BATCH || open.pending_bytes >= BYTES_OF_BATCH;
        self.progress.counts.add(&counts);
        if full { self.flush() } else { Ok(()) }
    }

    /// Writes the rows that wait.
    fn flush(&mut self) -> Result<()> {
        let model = self.batch.scorer.model().identity();
        let path = self.layout.part("stances", self.part);
        let open = self.open()?;
        let rows = batches(&open.pending, &model);
        for rows in rows.map_err(|error| other(&path, error))? {
            open.stances.write(&rows)?;
        }
        open.pending.clear();
        (open.n_pending, open.pending_bytes) = (0, 0);
        Ok(())
    }

    /// Makes the part appear.
    fn end(&mut self, digest: String) -> Result<()> {
        self.flush()?;
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        (self.watch)(Event::Step("stances"))?;
        open.stances.finish()?;
        if !open.rejects.is_empty() {
            (self.watch)(Event::Step("rejects"))?;
            let path = self.layout.part("rejects", self.part);
            let mut file = TableFile::create(path.clone(), self.batch.format, rejects::schema())?;
            let rows = rejects::batch(&open.rejects);
            file.write(&rows.map_err(|error| other(&path, error))?)?;
            file.finish()?;
        }
        (self.watch)(Event::Step("partials"))?;
        let path = self.layout.work().join(partials::name(self.part));
        partials::write(&path, open.profiles.finish().map(Ok))?;
        (self.watch)(Event::Step("journal"))?;
        self.journal.add(&Part {
            number: self.part,
            digest,
            counts: open.counts,
        })?;
        self.part += 1;
        Ok(())
    }
}
