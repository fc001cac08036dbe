//! `stance score`: texts in, profiles with their evidence out, as text or as proto3 JSON.

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use stance::actors::Registry;
use stance::analysis::Analysis;
use stance::document::{Document, MAX_TEXT_BYTES, OffsetEncoding};
use stance::encoder::Precision;
use stance::model::Model;
use stance::scorer::{Options, Scorer};
use std::io::{Read, Write};
use std::path::PathBuf;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Tables and evidence for a reader.
    Text,
    /// One JSON object with all analyses.
    Json,
    /// One analysis a line.
    Jsonl,
}

/// In what offsets of JSON results are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Offsets {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, as in Java and JavaScript.
    Utf16,
    /// Characters, as in Python.
    Utf32,
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Text files in UTF-8; `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// How results are printed.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// JSON file with your actors: id, name, aliases, excluded_aliases, type.
    #[arg(long)]
    actors: Option<PathBuf>,
    /// Look for the actors of --actors only, as speakers, too: whoever the text names and --actors does not says
    /// nothing then. Turns and --speaker have their speakers all the same.
    #[arg(long, requires = "actors")]
    only_given: bool,
    /// Who speaks whatever nobody else is said to say, for speeches.
    #[arg(long, value_parser = super::speaker)]
    speaker: Option<String>,
    /// Read lines of the form `NAME: text` as turns.
    #[arg(long)]
    transcript: bool,
    /// Unit of the offsets in JSON.
    #[arg(long, value_enum, default_value = "utf8")]
    offsets: Offsets,
    /// Show why each instance leans to favour or against, word by word.
    #[arg(long)]
    explain: bool,
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

pub(super) fn run(arguments: &Arguments) -> Result<u8> {
    let workers = super::workers(arguments.threads);
    let registry = match &arguments.actors {
        Some(path) => {
            let json = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            Some(Registry::from_json(&json).with_context(|| path.display().to_string())?)
        }
        None => None,
    };
    let options = Options {
        registry: registry.as_ref(),
        only_given: arguments.only_given,
        explain: arguments.explain,
        min_confidence: 0.0,
    };
    let mut documents = Vec::new();
    let mut rejected = 0usize;
    for path in &arguments.files {
        match read(path, arguments) {
            Ok(document) => documents.push(document),
            Err(error) => {
                rejected += 1;
                eprintln!("stance: {}: {error:#}", path.display());
            }
        }
    }
    if documents.is_empty() {
        bail!("none of {rejected} inputs could be read");
    }
    let scorer = Scorer::new(Model::open(
        arguments.model.as_deref(),
        arguments.precision,
    )?);
    let mut results = Vec::new();
    for (document, result) in documents
        .iter()
        .zip(scorer.analyze_all(&documents, &options, &workers))
    {
        match result {
            Ok(analysis) => results.push((document, analysis)),
            Err(error) => {
                rejected += 1;
                eprintln!("stance: {}: {error}", document.id());
            }
        }
    }
    print(arguments, &results)?;
    for (document, analysis) in &results {
        if arguments.only_given && analysis.is_voiceless() {
            eprintln!(
                "stance: {}: no speaker: with --only-given speakers must be among --actors, too, \
                 unless turns or --speaker name them",
                document.id()
            );
        }
        if arguments.format == Format::Text {
            for hint in super::hints::hints(document, analysis) {
                eprintln!("stance: {}: {hint}", document.id());
            }
        }
    }
    if rejected == 0 {
        return Ok(0);
    }
    eprintln!(
        "stance: {rejected} of {} inputs were rejected",
        arguments.files.len()
    );
    Ok(super::REJECTED)
}

fn read(path: &std::path::Path, arguments: &Arguments) -> Result<Document> {
    let mut bytes = Vec::new();
    let limit = MAX_TEXT_BYTES as u64 + 1;
    if path.as_os_str() == "-" {
        std::io::stdin()
            .lock()
            .take(limit)
            .read_to_end(&mut bytes)?;
    } else {
        let metadata = std::fs::metadata(path)?;
        if metadata.is_dir() {
            bail!("is a directory, not a text file");
        }
        if metadata.len() >= limit {
            bail!(
                "text is {} bytes, the limit is {MAX_TEXT_BYTES}",
                metadata.len()
            );
        }
        std::fs::File::open(path)?
            .take(limit)
            .read_to_end(&mut bytes)?;
    }
    let id = path.display().to_string();
    let mut document = Document::from_bytes(id.clone(), bytes)?;
    if arguments.transcript {
        document = Document::transcript(id, document.text())?;
    }
    Ok(match &arguments.speaker {
        Some(speaker) => document.with_speaker(speaker.as_str()),
        None => document,
    })
}

fn print(arguments: &Arguments, results: &[(&Document, Analysis)]) -> Result<()> {
    let encoding = match arguments.offsets {
        Offsets::Utf8 => OffsetEncoding::Utf8,
        Offsets::Utf16 => OffsetEncoding::Utf16,
        Offsets::Utf32 => OffsetEncoding::Utf32,
    };
    let message = |(document, analysis): &(&Document, Analysis)| {
        stance::wire::analysis(document, analysis, encoding, stance::wire::Parts::ALL)
    };
    match arguments.format {
        Format::Text => {
            let mut out = anstream::stdout().lock();
            for (document, analysis) in results {
                super::render::text(&mut out, document, analysis, arguments.explain)?;
            }
        }
        Format::Json => {
            let list = stance::wire::messages::AnalysisList {
                analyses: results.iter().map(message).collect(),
            };
            let mut out = std::io::stdout().lock();
            out.write_all(serde_json::to_string_pretty(&list)?.as_bytes())?;
            writeln!(out)?;
        }
        Format::Jsonl => {
            let mut out = std::io::stdout().lock();
            for result in results {
                writeln!(out, "{}", serde_json::to_string(&message(result))?)?;
            }
        }
    }
    Ok(())
}
