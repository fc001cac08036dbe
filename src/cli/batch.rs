//! `stance batch`: archives in, a folder of tables out.
//!
//! Reads flags, says which columns were taken for what, shows progress, and hands Ctrl-C on. What a reader would
//! question: Ctrl-C ends the run between two documents and leaves the part that is being written behind. `--resume`
//! makes it again; to finish it first would take minutes.

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use stance::actors::Registry;
use stance::archive::{self, Batch, Columns, Event, Field, Form, Format, Input, Progress, Summary};
use stance::encoder::Precision;
use stance::error::Error;
use stance::model::Model;
use stance::profile::Period;
use stance::scorer::{Options, Scorer};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Bytes of vectors of windows that are remembered.
const REMEMBERED_BYTES: usize = 64 << 20;

/// Exit code after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    /// Apache Parquet.
    Parquet,
    /// A JSON object a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
}

impl From<TableFormat> for Format {
    fn from(format: TableFormat) -> Self {
        match format {
            TableFormat::Parquet => Self::Parquet,
            TableFormat::Jsonl => Self::Jsonl,
            TableFormat::Csv => Self::Csv,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Over {
    Day,
    Week,
    Month,
    Year,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Show {
    /// A bar in a terminal, else nothing.
    Auto,
    /// A bar.
    Bar,
    /// A JSON object a line, once a second, on standard error.
    Json,
    /// Nothing.
    None,
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files, folders and patterns: .jsonl, .ndjson, .csv, .tsv, .txt, each also with .gz or .zst, and .parquet.
    #[arg(required = true)]
    archive: Vec<PathBuf>,
    /// Folder to write `stances`, `profiles`, `rejects` and `run.json` to; made if missing.
    #[arg(long)]
    out: PathBuf,
    /// Form of the tables.
    #[arg(long, value_enum, default_value = "parquet")]
    format: TableFormat,
    /// Go on with the run in --out that was stopped or killed.
    #[arg(long)]
    resume: bool,
    /// Sum profiles up by the period of a document's date, not over all time.
    #[arg(long, value_enum)]
    period: Option<Over>,
    /// Count a text once in profiles, however often it comes.
    #[arg(long)]
    dedupe: bool,
    /// Leave the sentences themselves out of `stances`; their hashes and offsets stay.
    #[arg(long)]
    no_sentences: bool,
    /// Column or key that holds the text; guessed from names like text, body, content if not given.
    #[arg(long)]
    text_column: Option<String>,
    /// What separates the columns of .csv files, one ASCII character; \t is a tabulator.
    #[arg(long, default_value = ",", value_parser = delimiter)]
    delimiter: u8,
    /// Column of the document's id.
    #[arg(long)]
    id_column: Option<String>,
    /// Ids count within their file: the document's id is FILE:ID, where otherwise an id of an earlier file is rejected.
    #[arg(long)]
    ids_per_file: bool,
    /// Column of the date, which must begin with YYYY-MM-DD to count for periods.
    #[arg(long)]
    date_column: Option<String>,
    /// Column of the title.
    #[arg(long)]
    title_column: Option<String>,
    /// Column of who published it.
    #[arg(long)]
    source_column: Option<String>,
    /// Column of who speaks whatever nobody else is said to say.
    #[arg(long)]
    speaker_column: Option<String>,
    /// Column of the language; other than English is rejected.
    #[arg(long)]
    language_column: Option<String>,
    /// Who speaks whatever nobody else is said to say, where no column tells.
    #[arg(long, value_parser = super::speaker)]
    speaker: Option<String>,
    /// Read lines of the form `NAME: text` as turns.
    #[arg(long)]
    transcript: bool,
    /// JSON file with your actors: id, name, aliases, excluded_aliases, type.
    #[arg(long)]
    actors: Option<PathBuf>,
    /// Look for the actors of --actors only, as speakers, too: whoever the text names and --actors does not says
    /// nothing then. Turns, a column of speakers and --speaker have theirs all the same.
    #[arg(long, requires = "actors")]
    only_given: bool,
    /// Leave out rows that are stances with less than this probability, 0 to 1; what is likelier none is left out anyway.
    #[arg(long, default_value_t = 0.0, value_parser = super::within(0.0, 1.0))]
    min_confidence: f64,
    /// Stop when more records than this are rejected.
    #[arg(long)]
    max_rejects: Option<u64>,
    /// Longest text in bytes, 1 to 16777216; longer ones are rejected. Memory grows with it, by a hundred bytes a byte.
    #[arg(long, default_value_t = 4 << 20, value_parser = super::within(1, stance::document::MAX_TEXT_BYTES))]
    max_text_bytes: usize,
    /// Records of a part, 1 to 1000000: what is lost when a run is killed, and of which files are made.
    #[arg(long, default_value_t = 5_000, value_parser = super::within(1_usize, 1_000_000))]
    part_records: usize,
    /// How progress is shown.
    #[arg(long, value_enum, default_value = "auto")]
    progress: Show,
    /// Say nothing but errors.
    #[arg(long, short)]
    quiet: bool,
    /// Model folder; the built-in model if not given.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Insist on what the encoder computes with, int8 or fp32: an error if the model's heads were fitted for the other.
    #[arg(long)]
    precision: Option<Precision>,
    /// Threads, 1 to 256; all cores if not given.
    #[arg(long, value_parser = super::within(1, super::MAX_THREADS))]
    threads: Option<usize>,
}

impl Arguments {
    fn columns(&self) -> Columns {
        let given = [
            (Field::Text, &self.text_column),
            (Field::Id, &self.id_column),
            (Field::Date, &self.date_column),
            (Field::Title, &self.title_column),
            (Field::Source, &self.source_column),
            (Field::Speaker, &self.speaker_column),
            (Field::Language, &self.language_column),
        ];
        let given = given.into_iter();
        Columns {
            given: given
                .filter_map(|(f, name)| Some((f, name.clone()?)))
                .collect(),
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<u8> {
    let workers = super::workers(arguments.threads);
    let (mut inputs, others) =
        archive::inputs_and_others(&arguments.archive, Some(&arguments.out))?;
    if !arguments.quiet && !others.is_empty() {
        eprintln!("stance batch: {}", passed_over(&others));
    }
    for input in &mut inputs {
        if input.form == (Form::Csv { separator: b',' }) {
            input.form = Form::Csv {
                separator: arguments.delimiter,
            };
        }
    }
    if inputs.is_empty() {
        bail!("nothing to read: no file ends with {}", archive::ENDINGS);
    }
    let columns = arguments.columns();
    let told = told(&inputs, &columns)?;
    if !arguments.quiet {
        told.iter()
            .for_each(|line| eprintln!("stance batch: {line}"));
    }
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
        period: arguments.period.map(|period| match period {
            Over::Day => Period::Day,
            Over::Week => Period::Week,
            Over::Month => Period::Month,
            Over::Year => Period::Year,
        }),
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
    shown.bar.finish_and_clear();
    match result {
        Ok(summary) => Ok(end(arguments, &summary)),
        Err(Error::Stopped) => {
            eprintln!("stance batch: stopped; the same command with --resume goes on");
            Ok(INTERRUPTED)
        }
        Err(error) => Err(error.into()),
    }
}

/// Parses what separates columns.
fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"\\t" => Ok(b'\t'),
        &[byte] if byte.is_ascii() && !b"\"\r\n".contains(&byte) => Ok(byte),
        _ => Err("it must be one ASCII character, no quotation mark or line end".to_owned()),
    }
}

/// Says which files of folders are not read.
fn passed_over(others: &BTreeMap<String, usize>) -> String {
    /// Endings that are named.
    const NAMED: usize = 8;
    let mut named: Vec<String> = others
        .iter()
        .take(NAMED)
        .map(|(ending, n)| match ending.as_str() {
            "" => format!("{n} without an ending"),
            ending => format!("{n} {ending}"),
        })
        .collect();
    let rest: usize = others.values().skip(NAMED).sum();
    if rest > 0 {
        named.push(format!("{rest} others"));
    }
    let all: usize = others.values().sum();
    format!(
        "files passed over for their endings, {all}: {}",
        named.join(", ")
    )
}

/// What was taken for what, from the first file of each form that tells; an error where none of some has a text.
fn told(inputs: &[Input], columns: &Columns) -> Result<Vec<String>> {
    /// Files of a form that may be wrong.
    const TRIED: usize = 8;
    let mut forms: Vec<Form> = Vec::new();
    inputs.iter().for_each(|input| {
        if !forms.contains(&input.form) {
            forms.push(input.form);
        }
    });
    let mut lines = Vec::new();
    for form in forms {
        let mut wrong = Vec::new();
        let mut found = None;
        for input in inputs.iter().filter(|input| input.form == form) {
            match told_of(input, columns) {
                Ok(None) => {}
                Ok(Some(told)) => {
                    found = Some((input, told));
                    break;
                }
                Err(message) => wrong.push(format!("{}: {message}", input.name())),
            }
            if wrong.len() == TRIED {
                break;
            }
        }
        match (found, wrong.first()) {
            (Some((input, told)), _) => {
                let columns: Vec<String> = told
                    .iter()
                    .map(|(field, column)| format!("{} from {column:?}", field.name()))
                    .collect();
                if !columns.is_empty() {
                    lines.push(format!("{}: {}", input.name(), columns.join(", ")));
                }
            }
            (None, Some(first)) => bail!("{first}"),
            // Nothing tells: what is wrong with each record is told in the rejects.
            (None, None) => {}
        }
    }
    Ok(lines)
}

/// Which column of a file holds which field; none where JSON lines have no object that would tell. An error if the file
/// cannot be read, or lacks a column.
fn told_of(input: &Input, columns: &Columns) -> Result<Option<Vec<(Field, String)>>, String> {
    /// Records of a file whose records tell, not a header.
    const RECORDS: usize = 1_000;
    let bytes = AtomicU64::new(0);
    let mut reader = archive::Reader::open(input, columns, &bytes);
    let told = reader.told()?;
    if input.form != Form::Jsonl {
        return Ok(Some(told));
    }
    let mut so_far = Ok(None);
    for _ in 0..RECORDS {
        if reader.next().is_none() {
            break;
        }
        match reader.told() {
            // No object yet, or the file broke off behind some.
            Ok(told) if told.is_empty() => {}
            Ok(told) => return Ok(Some(told)),
            Err(message) => so_far = Err(message),
        }
    }
    so_far
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

/// How progress is shown.
struct Shown {
    bar: ProgressBar,
    json: bool,
    started: Instant,
    last: Option<Instant>,
}

impl Shown {
    fn new(arguments: &Arguments, started: Instant) -> Result<Self> {
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

    fn update(&mut self, progress: &Progress) {
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
