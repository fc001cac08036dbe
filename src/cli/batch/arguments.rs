//! The flags of `stance batch`.
//!
//! In goes a command line, out come its [`Arguments`], each checked on its own. What a reader would question: columns
//! are a flag each and not a list of pairs. So the help tells which fields there are.

use crate::cli::{MAX_THREADS, speaker, within};
use clap::ValueEnum;
use stance::archive::{Columns, Field, Format};
use stance::encoder::Precision;
use stance::profile::Period;
use std::path::PathBuf;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TableFormat {
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
pub(super) enum Over {
    Day,
    Week,
    Month,
    Year,
}

impl From<Over> for Period {
    fn from(over: Over) -> Self {
        match over {
            Over::Day => Self::Day,
            Over::Week => Self::Week,
            Over::Month => Self::Month,
            Over::Year => Self::Year,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Show {
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
pub(in crate::cli) struct Arguments {
    /// Files, folders and patterns: .jsonl, .ndjson, .csv, .tsv, .txt, each also with .gz or .zst, and .parquet.
    #[arg(required = true)]
    pub(super) archive: Vec<PathBuf>,
    /// Folder to write `stances`, `profiles`, `rejects` and `run.json` to; made if missing.
    #[arg(long)]
    pub(super) out: PathBuf,
    /// Form of the tables.
    #[arg(long, value_enum, default_value = "parquet")]
    pub(super) format: TableFormat,
    /// Go on with the run in --out that was stopped or killed.
    #[arg(long)]
    pub(super) resume: bool,
    /// Sum profiles up by the period of a document's date, not over all time.
    #[arg(long, value_enum)]
    pub(super) period: Option<Over>,
    /// Count a text once in profiles, however often it comes.
    #[arg(long)]
    pub(super) dedupe: bool,
    /// Leave the sentences themselves out of `stances`; their hashes and offsets stay.
    #[arg(long)]
    pub(super) no_sentences: bool,
    /// Column or key that holds the text; guessed from names like text, body, content if not given.
    #[arg(long)]
    text_column: Option<String>,
    /// What separates the columns of .csv files, one ASCII character; \t is a tabulator.
    #[arg(long, default_value = ",", value_parser = delimiter)]
    pub(super) delimiter: u8,
    /// Column of the document's id.
    #[arg(long)]
    id_column: Option<String>,
    /// Ids count within their file: the document's id is FILE:ID, where otherwise an id of an earlier file is rejected.
    #[arg(long)]
    pub(super) ids_per_file: bool,
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
    #[arg(long, value_parser = speaker)]
    pub(super) speaker: Option<String>,
    /// Read lines of the form `NAME: text` as turns.
    #[arg(long)]
    pub(super) transcript: bool,
    /// JSON file with your actors: id, name, aliases, excluded_aliases, type.
    #[arg(long)]
    pub(super) actors: Option<PathBuf>,
    /// Look for the actors of --actors only, as speakers, too: whoever the text names and --actors does not says
    /// nothing then. Turns, a column of speakers and --speaker have theirs all the same.
    #[arg(long, requires = "actors")]
    pub(super) only_given: bool,
    /// Leave out rows that are stances with less than this probability, 0 to 1; what is likelier none is left out anyway.
    #[arg(long, default_value_t = 0.0, value_parser = within(0.0, 1.0))]
    pub(super) min_confidence: f64,
    /// Stop when more records than this are rejected.
    #[arg(long)]
    pub(super) max_rejects: Option<u64>,
    /// Longest text in bytes, 1 to 16777216; longer ones are rejected. Memory grows with it, by a hundred bytes a byte.
    #[arg(long, default_value_t = 4 << 20, value_parser = within(1, stance::document::MAX_TEXT_BYTES))]
    pub(super) max_text_bytes: usize,
    /// Records of a part, 1 to 1000000: what is lost when a run is killed, and of which files are made.
    #[arg(long, default_value_t = 5_000, value_parser = within(1_usize, 1_000_000))]
    pub(super) part_records: usize,
    /// How progress is shown.
    #[arg(long, value_enum, default_value = "auto")]
    pub(super) progress: Show,
    /// Say nothing but errors.
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Model folder; the built-in model if not given.
    #[arg(long)]
    pub(super) model: Option<PathBuf>,
    /// Insist on what the encoder computes with, int8 or fp32: an error if the model's heads were fitted for the other.
    #[arg(long)]
    pub(super) precision: Option<Precision>,
    /// Threads, 1 to 256; all cores if not given.
    #[arg(long, value_parser = within(1, MAX_THREADS))]
    pub(super) threads: Option<usize>,
}

impl Arguments {
    /// The columns that flags name.
    pub(super) fn columns(&self) -> Columns {
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

/// Parses what separates columns.
fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"\\t" => Ok(b'\t'),
        &[byte] if byte.is_ascii() && !b"\"\r\n".contains(&byte) => Ok(byte),
        _ => Err("it must be one ASCII character, no quotation mark or line end".to_owned()),
    }
}
