//! `stance evaluate`: labelled texts in, tables of figures with 95 % intervals out.
//!
//! Opens the models, has them measured, and writes what files are asked for. What a reader would question: figures go
//! into a manifest only when asked. They are part of what is hashed, and whoever measures a model must not change it.

mod corpora;
mod table;

use anyhow::{Context, Result};
use corpora::Evaluation;
use stance::encoder::Precision;
use stance::evaluate::Report;
use stance::model::Model;
use stance::scorer::{Options, Scorer};
use std::path::{Path, PathBuf};

/// Without arguments, measures the built-in model on the labelled texts of `seeds/`, so that anyone
/// can make the same table from the repository alone.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder laid out like our corpora; its development files are measured, what is missing is left
    /// out.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder of the project's own labelled texts.
    #[arg(long, default_value = "seeds")]
    seeds: PathBuf,
    /// Model folder; the built-in model if not given.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Insist on what the encoder computes with, int8 or fp32: an error if the model's heads were fitted for the other.
    #[arg(long)]
    precision: Option<Precision>,
    /// Model folder to compare with: by how much each figure is above its, with the interval of a paired bootstrap.
    #[arg(long)]
    against: Option<PathBuf>,
    /// Also write all figures to this JSON file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Also write every pair that is lost or wrong, with its sentences, to this file, as JSON a line.
    #[arg(long)]
    mistakes: Option<PathBuf>,
    /// Write the figures into the manifest of the model folder, which gives the model a new hash.
    #[arg(long, requires = "model", conflicts_with = "only")]
    record: bool,
    /// Read whole documents as with this flag of `stance batch`, 0 to 1: fewer pairs, more of them right.
    #[arg(long, default_value_t = 0.0, value_parser = super::within(0.0, 1.0), conflicts_with = "record")]
    min_confidence: f64,
    /// Only corpora whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Threads that run the encoder, 1 to 256; all cores if not given.
    #[arg(long, value_parser = super::within(1, super::MAX_THREADS))]
    threads: Option<usize>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let min_confidence = arguments.min_confidence;
    let scorer = Scorer::new(Model::open(
        arguments.model.as_deref(),
        arguments.precision,
    )?);
    let evaluate = |scorer: &Scorer, others: Option<&[Report]>| -> Result<_> {
        let mut evaluation = Evaluation {
            scorer,
            workers: super::workers(arguments.threads),
            only: arguments.only.as_deref(),
            options: Options {
                min_confidence,
                ..Options::default()
            },
            others,
            reports: Vec::new(),
            mistakes: Vec::new(),
        };
        match &arguments.data {
            Some(data) => evaluation.corpora(data),
            None => evaluation.seeds(&arguments.seeds),
        }?;
        Ok((evaluation.reports, evaluation.mistakes))
    };
    let others = match &arguments.against {
        Some(folder) => {
            println!("{}:", folder.display());
            let (others, _) = evaluate(&Scorer::new(Model::load(folder)?), None)?;
            println!("\nagainst {}:", folder.display());
            Some(others)
        }
        None => None,
    };
    let (reports, mistakes) = evaluate(&scorer, others.as_deref())?;
    let folder = arguments.data.as_ref().unwrap_or(&arguments.seeds);
    anyhow::ensure!(
        !reports.is_empty(),
        "nothing to measure: no known corpus{} in {}",
        arguments
            .only
            .as_ref()
            .map_or_else(String::new, |only| format!(" with {only:?} in its name")),
        folder.display()
    );
    let write = |path: &Path, bytes: Vec<u8>| {
        std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
    };
    if let Some(path) = &arguments.json {
        write(path, stance::model::to_json(&reports)?)?;
    }
    if let Some(path) = &arguments.mistakes {
        let mut lines = Vec::new();
        for mistake in &mistakes {
            serde_json::to_writer(&mut lines, mistake)?;
            lines.push(b'\n');
        }
        write(path, lines)?;
    }
    if let (true, Some(folder)) = (arguments.record, &arguments.model) {
        let mut manifest = scorer.model().manifest().clone();
        manifest.metrics = reports
            .iter()
            .flat_map(|report| {
                let name = |measure: &str| format!("{}: {measure}", report.corpus);
                // A corpus without cases has figures that are no numbers, which JSON cannot hold.
                let measures = report.measures.iter().filter(|m| m.value.is_finite());
                measures.map(move |m| (name(&m.name), m.value))
            })
            .collect();
        let path = folder.join(stance::model::MANIFEST_FILE);
        write(&path, stance::model::to_json(&manifest)?)?;
    }
    Ok(())
}
