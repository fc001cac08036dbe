//! A batch run: inputs in, the tables `stances`, `profiles` and `rejects` out, in parts that appear whole.
//!
//! A part is a fixed number of records. Its files are written, synced and renamed, and then it is noted in a journal;
//! a run that is resumed reads its inputs again, passes over the parts in the journal and makes the others. What a
//! reader would question: reading again what is done. It takes a hundredth of the time of scoring, needs no notes on
//! where a record starts in a packed file, and shows whether the inputs are still the same.

mod settings;

use super::Format;
use super::feeding::{Feeding, Room, score};
use super::folder::{Layout, clear, finished, open};
use super::inputs::Input;
use super::journal::{Counts, Part};
use super::merging::write_profiles;
use super::partials;
use super::parts::Writing;
use super::records::Columns;
use super::stances::SCHEMA_VERSION;
use super::writing::write_whole;
use crate::encoder::Worker;
use crate::error::{Error, Result};
use crate::profile::Period;
use crate::scorer::{Options, Scorer};
use serde::{Deserialize, Serialize};
use settings::settings;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::channel;

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
    /// Whether ids count within their file: then the file's name comes before them.
    pub ids_per_file: bool,
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
    let mut writing = Writing::new(batch, &layout, journal, done.len(), progress, watch);
    feed(batch, &layout, &done, &mut writing)?;
    let (counts, parts) = writing.done();
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
