//! `stance evaluate`: labelled texts in, tables of figures with 95 % intervals out.

use anyhow::{Context, Result};
use stance::corpus::{RowsText, read_attributions, read_directed, read_rows, read_targets};
use stance::document::Document;
use stance::encoder::{Precision, Worker};
use stance::evaluate::documents::LabelledDocument;
use stance::evaluate::mistakes::Mistake;
use stance::evaluate::pairs::read_pairs;
use stance::evaluate::{Report, attributions, documents, mentions, stances};
use stance::model::Model;
use stance::scorer::{Options, Scorer};
use std::collections::BTreeSet;
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

/// What is measured with, and what came of it so far.
struct Evaluation<'a> {
    scorer: &'a Scorer,
    workers: Vec<Worker>,
    only: Option<&'a str>,
    /// How whole documents are read.
    options: Options<'static>,
    /// What another model was measured as.
    others: Option<&'a [Report]>,
    reports: Vec<Report>,
    mistakes: Vec<Mistake>,
}

impl Evaluation<'_> {
    fn wants(&self, name: &str) -> bool {
        self.only.is_none_or(|only| name.contains(only))
    }

    fn add(&mut self, report: Report) {
        println!("\n{}", report.corpus);
        let other = self.others.and_then(|others| {
            let mut others = others.iter();
            others.find(|other| other.corpus == report.corpus)
        });
        for measure in &report.measures {
            print!(
                "  {:44} {:.3}  [{:.3}, {:.3}]  n={}",
                measure.name, measure.value, measure.low, measure.high, measure.n_units
            );
            let other = other.and_then(|other| {
                let mut all = other.measures.iter();
                measure.above(all.find(|other| other.name == measure.name)?)
            });
            match other {
                Some(above) => println!(
                    "  {:+.3} [{:+.3}, {:+.3}]",
                    above.value, above.low, above.high
                ),
                None => println!(),
            }
        }
        let counts: Vec<String> = report
            .counts
            .iter()
            .map(|(name, n)| format!("{name} {n}"))
            .collect();
        println!("  {}", counts.join("; "));
        self.reports.push(report);
    }

    /// Labelled rows of mentions.
    fn rows(&mut self, name: &str, texts: &[RowsText]) -> Result<()> {
        if self.wants(name) {
            let report = stances::rows(name, self.scorer.model(), texts, &self.workers)?;
            self.add(report);
        }
        Ok(())
    }

    /// Whole documents with labelled pairs.
    fn documents(&mut self, name: &str, labelled: &[LabelledDocument]) -> Result<()> {
        let mistakes = &mut self.mistakes;
        let report = documents::documents(
            name,
            self.scorer,
            labelled,
            &self.options,
            &self.workers,
            &mut |m| mistakes.push(m),
        )?;
        self.add(report);
        Ok(())
    }

    fn seeds(&mut self, folder: &Path) -> Result<()> {
        let test = folder.join("sentences/test.jsonl");
        if test.exists() {
            self.rows("own sentences, test", &read_rows(&test)?)?;
        }
        let corpus = folder.join("corpus");
        self.speeches(
            &corpus.join("speeches-dev.jsonl"),
            &corpus.join("speeches-dev-pairs.jsonl"),
        )?;
        self.gold(
            &corpus.join("seed-article-pairs.jsonl"),
            &folder.join("articles"),
            "seed article",
        )
    }

    fn corpora(&mut self, data: &Path) -> Result<()> {
        let model = self.scorer.model();
        for name in ["dev_rw", "dev_mt"] {
            let path = data.join(format!("newsmtsc/{name}.jsonl"));
            let name = format!("NewsMTSC {name}");
            if path.exists() && self.wants(&name) {
                let sentences = read_targets(&path)?;
                self.add(stances::targets(&name, model, &sentences, &self.workers)?);
            }
        }
        let path = data.join("dse/valid.txt");
        if path.exists() && self.wants("DSE valid") {
            let train = data.join("dse/train.txt");
            let seen: BTreeSet<String> = if train.exists() {
                let sentences = read_directed(&train)?.into_iter();
                sentences.map(|sentence| sentence.text).collect()
            } else {
                BTreeSet::new()
            };
            let sentences = read_directed(&path)?;
            let workers = &self.workers;
            self.add(stances::directed(
                "DSE valid",
                model,
                &sentences,
                &seen,
                workers,
            )?);
        }
        let path = data.join("holder-stance/dev.jsonl");
        if path.exists() {
            let texts = read_rows(&path)?;
            self.rows("holder-stance dev", &texts)?;
            let name = "holder-stance dev, mentions";
            if self.wants(name) {
                let report = mentions::mentions(name, self.scorer, &texts, &self.workers)?;
                self.add(report);
            }
            let name = "holder-stance dev, whole documents";
            if self.wants(name) {
                let labelled: Result<Vec<_>, _> =
                    texts.iter().map(LabelledDocument::from_rows).collect();
                self.documents(name, &labelled?)?;
            }
        }
        let path = data.join("polnear/dev.jsonl.gz");
        if path.exists() && self.wants("PolNeAR dev") {
            let texts = read_attributions(&path)?;
            let workers = &self.workers;
            self.add(attributions::attributions(
                "PolNeAR dev",
                model,
                &texts,
                workers,
            )?);
        }
        self.speeches(
            &data.join("speeches/dev.jsonl"),
            &data.join("speeches/dev_pairs.jsonl"),
        )?;
        let gold = data.join("gold");
        self.gold(&gold.join("gold_dev.jsonl"), &gold, "gold articles")
    }

    fn speeches(&mut self, rows: &Path, pairs: &Path) -> Result<()> {
        if !rows.exists() {
            return Ok(());
        }
        let texts = read_rows(rows)?;
        self.rows("speeches dev, rows", &texts)?;
        let name = "speeches dev, whole documents";
        if pairs.exists() && self.wants(name) {
            let labelled = read_pairs(pairs)?
                .into_iter()
                .map(|pairs| {
                    let id = pairs.id.unwrap_or_default();
                    let text = texts.iter().find(|text| text.id == id);
                    let text: &RowsText =
                        text.with_context(|| format!("no text {id} for its pairs"))?;
                    Ok(LabelledDocument {
                        document: text.document()?.0,
                        pairs: pairs.pairs,
                    })
                })
                .collect::<Result<Vec<_>>>()?;
            self.documents(name, &labelled)?;
        }
        Ok(())
    }

    fn gold(&mut self, pairs: &Path, texts: &Path, name: &str) -> Result<()> {
        if !pairs.exists() || !self.wants(name) {
            return Ok(());
        }
        let labelled = read_pairs(pairs)?
            .into_iter()
            .map(|pairs| {
                let file = pairs.file.context("pairs without a file")?;
                let path = texts.join(&file);
                let bytes = std::fs::read(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                Ok(LabelledDocument {
                    document: Document::from_bytes(file, bytes)?,
                    pairs: pairs.pairs,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        self.documents(name, &labelled)
    }
}
