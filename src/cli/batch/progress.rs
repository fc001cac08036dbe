//! Progress of a run, as it is shown: a bar in a terminal, or a line of JSON a second.
//!
//! In go counts of records and bytes, out come rates and the time that is left. What a reader would question: a run
//! that goes on is timed by what it scores itself. What the run before scored is passed over in no time, and would
//! promise too much.

use super::arguments::{Arguments, Show};
use anyhow::Result;
use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use stance::archive::Progress;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// How progress is shown.
pub(super) struct Shown {
    bar: ProgressBar,
    json: bool,
    started: Instant,
    last: Option<Instant>,
}

impl Shown {
    pub(super) fn new(arguments: &Arguments, started: Instant) -> Result<Self> {
        let bar = match arguments.progress {
            _ if arguments.quiet => false,
            Show::Auto => std::io::stderr().is_terminal(),
            Show::Bar => true,
            Show::Json | Show::None => false,
        };
        let target = if bar {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(1), target);
        bar.set_style(ProgressStyle::with_template(
            "[{bar:28}] {percent:>3} %  {msg}",
        )?);
        Ok(Self {
            bar,
            json: arguments.progress == Show::Json && !arguments.quiet,
            started,
            last: None,
        })
    }

    pub(super) fn update(&mut self, progress: &Progress) {
        let often = Duration::from_millis(if self.json { 1_000 } else { 200 });
        if self.last.is_some_and(|last| last.elapsed() < often) {
            return;
        }
        self.last = Some(Instant::now());
        let seconds = self.started.elapsed().as_secs_f64().max(1e-3);
        let (now, before) = (&progress.counts, &progress.before);
        let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
        let documents = rate(now.documents, before.documents);
        let sentences = rate(now.sentences, before.sentences);
        let bytes = rate(now.text_bytes, before.text_bytes);
        let read = progress.read_bytes as f64 / (progress.total_bytes as f64).max(1.0);
        // What was passed over took no time worth counting: the rest goes at the rate of what was scored.
        let share = now.text_bytes.saturating_sub(before.text_bytes) as f64
            / (now.text_bytes as f64).max(1.0);
        let left = (seconds / (read * share).max(1e-9)) * (1.0 - read).max(0.0);
        if self.json {
            let line = serde_json::json!({
                "documents": now.documents, "rejects": now.rejects, "rows": now.rows,
                "documents_per_second": documents, "sentences_per_second": sentences,
                "text_bytes_per_second": bytes, "share_read": read.min(1.0),
                "seconds": seconds, "seconds_left": left,
            });
            eprintln!("{line}");
            return;
        }
        self.bar.set_length(progress.total_bytes.max(1));
        self.bar.set_position(progress.read_bytes);
        self.bar.set_message(format!(
            "{} documents, {documents:.1}/s  {sentences:.0} sentences/s  {}/s  {} rejects  {} left",
            now.documents,
            HumanBytes(bytes as u64),
            now.rejects,
            HumanDuration(Duration::from_secs_f64(left.min(1e9))),
        ));
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
