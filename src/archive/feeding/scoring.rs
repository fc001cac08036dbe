//! The threads of a run that score.
//!
//! In go documents, to whichever thread is free; out come their rows, with the number that each document has in the
//! order of the inputs. What a reader would question: a panic is caught. A bug must cost one document and not the run.

use super::items::{Item, Scored, Task, TextRows};
use crate::archive::records::Record;
use crate::archive::run::Batch;
use crate::archive::stances::rows;
use crate::encoder::Worker;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

/// A thread that scores.
pub(in crate::archive) fn score(
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
