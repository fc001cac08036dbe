//! `stance batch`: archives in, a folder of tables out.
//!
//! Sets a run up as the flags have it, hands Ctrl-C on, and says what it came to. What a reader would question: Ctrl-C
//! ends the run between two documents and leaves the part that is being written behind. `--resume` makes it again; to
//! finish it first would take minutes.

mod arguments;
mod inputs;
mod progress;

pub(super) use arguments::{Arguments, TableFormat};

use anyhow::{Context, Result};
use progress::Shown;
use stance::actors::Registry;
use stance::archive::{self, Batch, Event, Summary};
use stance::error::Error;
use stance::model::Model;
use stance::profile::Period;
use stance::scorer::{Options, Scorer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Bytes of vectors of windows that are remembered.
const REMEMBERED_BYTES: usize = 64 << 20;

/// Exit code after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

pub(super) fn run(arguments: &Arguments) -> Result<u8> {
    let workers = super::workers(arguments.threads);
    let columns = arguments.columns();
    let inputs = inputs::find(arguments, &columns)?;
    let registry = match &arguments.actors {
        Some(path) => {
            let json = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let hash = stance::model::sha256(json.as_bytes());
            let registry = Registry::from_json(&json);
            Some((registry.with_context(|| path.display().to_string())?, hash))
        }
        None => None,
    };
    let scorer = Scorer::new(Model::open(
        arguments.model.as_deref(),
        arguments.precision,
    )?);
    scorer.model().encoder().remember(REMEMBERED_BYTES);
    let batch = Batch {
        inputs: &inputs,
        columns: &columns,
        out: &arguments.out,
        scorer: &scorer,
        workers: &workers,
        options: Options {
            registry: registry.as_ref().map(|(registry, _)| registry),
            only_given: arguments.only_given,
            explain: false,
            min_confidence: arguments.min_confidence,
        },
        registry_sha256: registry.as_ref().map(|(_, hash)| hash.clone()),
        transcript: arguments.transcript,
        speaker: arguments.speaker.clone(),
        format: arguments.format.into(),
        period: arguments.period.map(Period::from),
        dedupe: arguments.dedupe,
        ids_per_file: arguments.ids_per_file,
        sentences: !arguments.no_sentences,
        part_records: arguments.part_records,
        max_text_bytes: arguments.max_text_bytes,
        max_rejects: arguments.max_rejects.unwrap_or(u64::MAX),
        resume: arguments.resume,
    };
    let stop = stop_at_interrupt()?;
    let started = Instant::now();
    let clock = || started.elapsed().as_secs_f64();
    let mut shown = Shown::new(arguments, started)?;
    let result = archive::run(&batch, &clock, &mut |event| {
        if stop.load(Ordering::Relaxed) {
            return Err(Error::Stopped);
        }
        if let Event::Progress(progress) = event {
            shown.update(progress);
        }
        Ok(())
    });
    shown.clear();
    match result {
        Ok(summary) => Ok(end(arguments, &summary)),
        Err(Error::Stopped) => {
            eprintln!("stance batch: stopped; the same command with --resume goes on");
            Ok(INTERRUPTED)
        }
        Err(error) => Err(error.into()),
    }
}

/// Set by the first Ctrl-C or SIGTERM; the second ends the process.
fn stop_at_interrupt() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&stop);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let waiting = move || {
        runtime.block_on(async {
            for n in 0.. {
                if super::interrupted().await.is_err() {
                    return;
                }
                if n > 0 {
                    std::process::exit(INTERRUPTED.into());
                }
                set.store(true, Ordering::Relaxed);
            }
        });
    };
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(waiting)?;
    Ok(stop)
}

/// Says what it came to.
fn end(arguments: &Arguments, summary: &Summary) -> u8 {
    let counts = &summary.counts;
    if !arguments.quiet {
        eprintln!(
            "stance batch: {} documents ({} with a text that came before), {} sentences, {} stances, {} profiles, \
             {} rejects in {:.1} s: {}",
            counts.documents,
            counts.repeated,
            counts.sentences,
            counts.rows,
            summary.profiles,
            counts.rejects,
            summary.seconds,
            arguments.out.display(),
        );
        if counts.unread_dates > 0 {
            eprintln!(
                "stance batch: documents in no period, since their date does not begin with YYYY-MM-DD: {}",
                counts.unread_dates
            );
        }
        if arguments.only_given && summary.profiles == 0 && counts.voiceless > 0 {
            eprintln!(
                "stance batch: no profile; documents without a speaker: {}; with --only-given speakers must be among \
                 --actors, too, unless turns, a column or --speaker name them",
                counts.voiceless
            );
        }
    }
    if counts.rejects == 0 {
        return 0;
    }
    eprintln!(
        "stance: {} of {} records were rejected; why is in {}",
        counts.rejects,
        counts.records,
        arguments.out.join("rejects").display()
    );
    super::REJECTED
}
