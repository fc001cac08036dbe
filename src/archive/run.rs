//! A batch run: inputs in, the tables `stances`, `profiles` and `rejects` out, in parts that appear whole.
//!
//! A part is a fixed number of records. Its files are written, synced and renamed, and then it is noted in a journal;
//! a run that is resumed reads its inputs again, passes over the parts in the journal and makes the others. What a
//! reader would question: reading again what is done. It takes a hundredth of the time of scoring, needs no notes on
//! where a record starts in a packed file, and shows whether the inputs are still the same.

use super::Format;
use super::feeding::{Feeding, Item, Origin, Room, Scored, score};
use super::inputs::Input;
use super::journal::{Counts, Journal, Part, remove_others};
use super::partials;
use super::profiles::{Merged, PairSums, Profiles, profile_batch, profile_schema};
use super::records::{Columns, Reject};
use super::rejects;
use super::stances::{DocumentRows, SCHEMA_VERSION, batches, schema};
use super::writing::{TableFile, io, other, write_whole};
use crate::encoder::Worker;
use crate::error::{Error, Result};
use crate::profile::Period;
use crate::scorer::{Options, Scorer};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};

/// Rows, and bytes of their documents, after which rows are written.
const ROWS_OF_BATCH: usize = 8_192;
const BYTES_OF_BATCH: usize = 16 << 20;

/// Inputs that are listed in the settings; of more, a hash tells whether they are the same.
const LISTED: usize = 1_000;

/// Profiles of one file.
const PROFILES_OF_FILE: usize = 1_000_000;

/// Everything that a run needs.
#[derive(Debug)]
pub struct Batch<'a> {
    /// What is read, in order.
    pub inputs: &'a [Input],
    /// Which column holds which field.
    pub columns: &'a Columns,
    /// The folder that is written to.
    pub out: &'a Path,
    /// What scores.
    pub scorer: &'a Scorer,
    /// Threads that score.
    pub workers: &'a [Worker],
    /// What is wanted of an analysis.
    pub options: Options<'a>,
    /// SHA-256 of the caller's actors, so that a run is resumed with the same.
    pub registry_sha256: Option<String>,
    /// Whether lines of the form `NAME: text` are turns.
    pub transcript: bool,
    /// Who speaks where a record does not say.
    pub speaker: Option<String>,
    /// The form of the tables.
    pub format: Format,
    /// Over what time profiles are summed up; all time if none.
    pub period: Option<Period>,
    /// Whether a text that came before counts in profiles again (not, if true).
    pub dedupe: bool,
    /// Whether `stances` holds the sentences themselves.
    pub sentences: bool,
    /// Records of a part, at least 1.
    pub part_records: usize,
    /// The longest text, in bytes; longer ones are rejected.
    pub max_text_bytes: usize,
    /// Rejects after which the run stops.
    pub max_rejects: u64,
    /// Whether to go on with the run in `out`.
    pub resume: bool,
}

/// What happens in a run.
#[derive(Debug)]
pub enum Event<'a> {
    /// A document was scored, rejected or passed over.
    Progress(&'a Progress),
    /// Something is about to be written for good. For tests of what a crash leaves behind.
    Step(&'static str),
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// What was done in all, in earlier runs as well.
    pub counts: Counts,
    /// What was done before this run was resumed.
    pub before: Counts,
    /// Bytes of the inputs that are done, about, packed as they are.
    pub read_bytes: u64,
    /// Bytes of all inputs.
    pub total_bytes: u64,
}

/// What a run came to: the content of `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of the tables.
    pub schema: String,
    /// Version of this program.
    pub stance: String,
    /// What the rows depend on: inputs, model, options.
    pub settings: serde_json::Value,
    /// The counts.
    pub counts: Counts,
    /// Parts of `stances`.
    pub parts: usize,
    /// Rows of `profiles`.
    pub profiles: u64,
    /// Windows that the encoder had read before, of all.
    pub windows: BTreeMap<String, u64>,
    /// Seconds that the last run took: all of it, unless it was resumed.
    pub seconds: f64,
    /// Threads that scored.
    pub threads: usize,
}

/// Where things stand in the folder.
struct Layout<'a> {
    out: &'a Path,
    format: Format,
}

impl Layout<'_> {
    fn folder(&self, table: &str) -> PathBuf {
        self.out.join(table)
    }

    fn part(&self, table: &str, number: usize) -> PathBuf {
        let name = format!("part-{number:06}.{}", self.format.ending());
        self.folder(table).join(name)
    }

    fn work(&self) -> PathBuf {
        self.out.join(".work")
    }

    fn journal(&self) -> PathBuf {
        self.work().join("journal.jsonl")
    }

    fn summary(&self) -> PathBuf {
        self.out.join("run.json")
    }
}

/// Runs a batch. `clock` gives seconds since any moment; `watch` is told what happens, and an error from it ends the
/// run, as an error of [`Error::Stopped`] does for whoever wants it stopped.
///
/// # Errors
///
/// [`Error::Io`] when the folder cannot be written to, [`Error::Invalid`] when it holds a run that is not to be
/// resumed or was begun otherwise, or above [`Batch::max_rejects`]. What is done stays done, and the run can be resumed.
pub fn run(
    batch: &Batch<'_>,
    clock: &dyn Fn() -> f64,
    watch: &mut dyn FnMut(Event<'_>) -> Result<()>,
) -> Result<Summary> {
    let started = clock();
    let layout = Layout {
        out: batch.out,
        format: batch.format,
    };
    let settings = settings(batch);
    if let Some(summary) = finished(batch, &layout, &settings)? {
        return Ok(summary);
    }
    let (journal, done, _lock) = open(batch, &layout, &settings)?;
    let mut progress = Progress {
        total_bytes: batch.inputs.iter().map(|input| input.bytes).sum(),
        ..Progress::default()
    };
    done.iter()
        .for_each(|part| progress.before.add(&part.counts));
    progress.counts = progress.before;
    let mut writing = Writing {
        batch,
        layout: &layout,
        journal,
        part: done.len(),
        open: None,
        progress,
        watch,
    };
    feed(batch, &layout, &done, &mut writing)?;
    let (counts, parts) = (writing.progress.counts, writing.part);
    let profiles = summarise(&layout, parts, watch)?;
    let [hits, misses] = batch.scorer.model().encoder().windows_remembered();
    let summary = Summary {
        schema: SCHEMA_VERSION.to_owned(),
        stance: env!("CARGO_PKG_VERSION").to_owned(),
        settings,
        counts,
        parts,
        profiles,
        windows: [
            ("repeated".to_owned(), hits),
            ("all".to_owned(), hits + misses),
        ]
        .into(),
        seconds: clock() - started,
        threads: batch.workers.len(),
    };
    watch(Event::Step("summary"))?;
    let text = serde_json::to_string_pretty(&summary).map_err(|error| Error::Internal {
        message: error.to_string(),
    })?;
    write_whole(&layout.summary(), format!("{text}\n").as_bytes())?;
    watch(Event::Step("clearing"))?;
    clear(&layout)?;
    Ok(summary)
}

/// What the rows of a run depend on.
fn settings(batch: &Batch<'_>) -> serde_json::Value {
    let model = batch.scorer.model().identity();
    let listed = batch.inputs.iter().take(LISTED);
    let listed = listed.map(|input| json!([input.name(), input.bytes]));
    let mut hash = Sha256::new();
    for input in batch.inputs {
        hash.update(format!("{}\0{}\0", input.name(), input.bytes));
    }
    let hash: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    json!({
        "inputs": listed.collect::<Vec<_>>(),
        "n_inputs": batch.inputs.len(),
        "inputs_sha256": hash,
        "columns": batch.columns.given,
        "model": {"name": model.name, "version": model.version, "sha256": model.sha256},
        "schema": SCHEMA_VERSION,
        "stance": env!("CARGO_PKG_VERSION"),
        "actors_sha256": batch.registry_sha256,
        "only_given": batch.options.only_given,
        "min_confidence": batch.options.min_confidence,
        "transcript": batch.transcript,
        "speaker": batch.speaker,
        "format": batch.format.ending(),
        "period": batch.period,
        "dedupe": batch.dedupe,
        "sentences": batch.sentences,
        "part_records": batch.part_records,
        "max_text_bytes": batch.max_text_bytes,
    })
}

/// The summary, if the run was finished before.
fn finished(
    batch: &Batch<'_>,
    layout: &Layout<'_>,
    settings: &serde_json::Value,
) -> Result<Option<Summary>> {
    let path = layout.summary();
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text.map_err(|error| io(&path, error))?,
    };
    if !batch.resume {
        return Err(taken(layout, "a finished run"));
    }
    let summary: Summary = serde_json::from_str(&text).map_err(|error| Error::Corpus {
        file: path.display().to_string(),
        line: error.line(),
        message: error.to_string(),
    })?;
    super::journal::same(&summary.settings, settings)?;
    clear(layout)?;
    Ok(Some(summary))
}

fn taken(layout: &Layout<'_>, what: &str) -> Error {
    Error::Invalid {
        field: "out".to_owned(),
        message: format!("{} holds {what}", layout.out.display()),
    }
}

/// Begins the journal or goes on with it, and removes what no finished part has made.
fn open(
    batch: &Batch<'_>,
    layout: &Layout<'_>,
    settings: &serde_json::Value,
) -> Result<(Journal, Vec<Part>, File)> {
    let tables = ["stances", "profiles", "rejects"];
    let begun = layout.journal().exists();
    if begun && !batch.resume {
        return Err(taken(
            layout,
            "a run that was begun; --resume goes on with it",
        ));
    }
    for folder in tables
        .map(|table| layout.folder(table))
        .into_iter()
        .chain([layout.work()])
    {
        std::fs::create_dir_all(&folder).map_err(|error| io(&folder, error))?;
    }
    let lock = lock(layout)?;
    if !begun {
        let is_empty = |table| {
            let folder = layout.folder(table);
            let mut entries = std::fs::read_dir(&folder).map_err(|error| io(&folder, error))?;
            Ok::<_, Error>(entries.next().is_none())
        };
        for table in tables {
            if !is_empty(table)? {
                return Err(taken(layout, &format!("files in {table}/")));
            }
        }
        remove_others(&layout.work(), |name| name == LOCK)?;
        let journal = Journal::create(layout.journal(), settings)?;
        return Ok((journal, Vec::new(), lock));
    }
    let (journal, done) = Journal::resume(layout.journal(), settings)?;
    let mut wanted = BTreeSet::from([layout.journal(), layout.work().join(LOCK)]);
    for part in &done {
        wanted.insert(layout.part("stances", part.number));
        wanted.insert(layout.work().join(partials::name(part.number)));
        if part.counts.rejects > 0 {
            wanted.insert(layout.part("rejects", part.number));
        }
    }
    // What is noted must be there, and nothing else.
    for path in &wanted {
        if !path.exists() {
            return Err(Error::Invalid {
                field: path.display().to_string(),
                message: "is missing, and the journal says that it was made".to_owned(),
            });
        }
    }
    for folder in tables
        .map(|table| layout.folder(table))
        .into_iter()
        .chain([layout.work()])
    {
        remove_others(&folder, |name| wanted.contains(&folder.join(name)))?;
    }
    Ok((journal, done, lock))
}

/// The name of the file that a run holds locked.
const LOCK: &str = "lock";

/// Keeps other runs away from the folder for as long as the file is open.
fn lock(layout: &Layout<'_>) -> Result<File> {
    let path = layout.work().join(LOCK);
    let file = File::create(&path).map_err(|error| io(&path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(taken(layout, "a run that is going on")),
        // Some file systems have no locks; then nobody is kept away.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(io(&path, error)),
    }
}

/// Removes what only a run that goes on needs.
fn clear(layout: &Layout<'_>) -> Result<()> {
    let work = layout.work();
    match std::fs::remove_dir_all(&work) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(|error| io(&work, error)),
    }
}

/// Reads, scores and writes all parts that are not done.
fn feed(
    batch: &Batch<'_>,
    layout: &Layout<'_>,
    done: &[Part],
    writing: &mut Writing<'_, '_>,
) -> Result<()> {
    let room = Room::new(batch.workers.len());
    let read_bytes = AtomicU64::new(0);
    let (tasks_in, tasks) = channel();
    let (items_in, items) = channel();
    let tasks = Mutex::new(tasks);
    std::thread::scope(|scope| {
        let feeding = Feeding {
            batch,
            done,
            work: layout.work(),
            room: &room,
            read_bytes: &read_bytes,
            tasks: tasks_in,
            items: items_in.clone(),
        };
        scope.spawn(move || feeding.run());
        for worker in batch.workers {
            let (tasks, items) = (&tasks, items_in.clone());
            scope.spawn(move || score(batch, worker, tasks, &items));
        }
        drop(items_in);
        // Whoever still works when this ends finds nobody who wants it.
        let _closing = room.closing();
        let written = writing.all(&items, &room, &read_bytes);
        drop(items);
        written
    })
}

/// What writes the parts.
struct Writing<'a, 'w> {
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

impl Writing<'_, '_> {
    /// Writes what comes, in order.
    fn all(
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
        let (rows, n_sentences) = match scored {
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
        let counts = Counts {
            records: 1,
            documents: 1,
            rejects: 0,
            repeated: u64::from(origin.repeated),
            sentences: *n_sentences as u64,
            text_bytes: origin.n_bytes as u64,
            rows: rows.len() as u64,
        };
        let document = DocumentRows {
            document_id: origin.id,
            date: origin.date,
            source: origin.source,
            counts: !(self.batch.dedupe && origin.repeated),
            rows: std::sync::Arc::clone(rows),
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

/// Merges the profiles of all parts into the table `profiles`; how many there are.
fn summarise(
    layout: &Layout<'_>,
    parts: usize,
    watch: &mut dyn FnMut(Event<'_>) -> Result<()>,
) -> Result<u64> {
    let work = layout.work();
    let paths = (0..parts)
        .map(|part| work.join(partials::name(part)))
        .collect();
    let merged = partials::merged(paths, &work)?;
    write_profiles(
        merged,
        &mut |number| layout.part("profiles", number),
        layout.format,
        watch,
    )
}

/// Writes profiles to files of a million; how many there are.
pub(super) fn write_profiles(
    merged: Merged,
    path: &mut dyn FnMut(usize) -> PathBuf,
    format: Format,
    watch: &mut dyn FnMut(Event<'_>) -> Result<()>,
) -> Result<u64> {
    let mut merged = merged.peekable();
    let mut n = 0;
    for number in 0.. {
        let path = path(number);
        let mut file = TableFile::create(path.clone(), format, profile_schema())?;
        let mut left = PROFILES_OF_FILE;
        while left > 0 && merged.peek().is_some() {
            let some = merged.by_ref().take(ROWS_OF_BATCH.min(left));
            let some: Vec<PairSums> = some.collect::<Result<_>>()?;
            left -= some.len();
            n += some.len() as u64;
            let rows = profile_batch(&some);
            file.write(&rows.map_err(|error| other(&path, error))?)?;
        }
        watch(Event::Step("profiles"))?;
        file.finish()?;
        if merged.peek().is_none() {
            break;
        }
    }
    Ok(n)
}
