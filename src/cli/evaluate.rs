//! `stance evaluate`: labelled texts in, tables of figures with 95 % intervals out.

use anyhow::{Context, Result};
use stance::corpus::{RowsText, read_attributions, read_directed, read_rows, read_targets};
use stance::document::Document;
use stance::encoder::Worker;
use stance::evaluate::documents::LabelledDocument;
use stance::evaluate::pairs::read_pairs;
use stance::evaluate::{Report, attributions, documents, stances};
use stance::scorer::Scorer;
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
    /// Also write all figures to this JSON file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Write the figures into the manifest of the model folder, which gives the model a new hash.
    #[arg(long, requires = "model", conflicts_with = "only")]
    record: bool,
    /// Only corpora whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Threads that run the encoder; all cores if not given.
    #[arg(long)]
    threads: Option<usize>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let scorer = Scorer::new(super::load_model(arguments.model.as_deref())?);
    let workers = super::workers(arguments.threads);
    let mut reports = Vec::new();
    let wanted = |name: &str| {
        arguments
            .only
            .as_ref()
            .is_none_or(|only| name.contains(only.as_str()))
    };
    let found = match &arguments.data {
        Some(data) => corpora(data, &scorer, &workers, &wanted, &mut reports),
        None => seeds(&arguments.seeds, &scorer, &workers, &wanted, &mut reports),
    };
    found?;
    anyhow::ensure!(
        !reports.is_empty(),
        "nothing to measure: no known corpus in the folder given"
    );
    if let Some(path) = &arguments.json {
        let bytes = stance::model::to_json(&reports)?;
        std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if let (true, Some(folder)) = (arguments.record, &arguments.model) {
        let mut manifest = scorer.model().manifest().clone();
        manifest.metrics = reports
            .iter()
            .flat_map(|report| {
                let name = |measure: &str| format!("{}: {measure}", report.corpus);
                report
                    .measures
                    .iter()
                    .map(move |m| (name(&m.name), m.value))
            })
            .collect();
        let path = folder.join(stance::model::MANIFEST_FILE);
        std::fs::write(&path, stance::model::to_json(&manifest)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn add(reports: &mut Vec<Report>, report: Report) {
    println!("\n{}", report.corpus);
    for measure in &report.measures {
        println!(
            "  {:44} {:.3}  [{:.3}, {:.3}]  n={}",
            measure.name, measure.value, measure.low, measure.high, measure.n_units
        );
    }
    let counts: Vec<String> = report
        .counts
        .iter()
        .map(|(name, n)| format!("{name} {n}"))
        .collect();
    println!("  {}", counts.join("; "));
    reports.push(report);
}

fn seeds(
    folder: &Path,
    scorer: &Scorer,
    workers: &[Worker],
    wanted: &impl Fn(&str) -> bool,
    reports: &mut Vec<Report>,
) -> Result<()> {
    let test = folder.join("sentences/test.jsonl");
    if wanted("own sentences") && test.exists() {
        add(
            reports,
            stances::rows(
                "own sentences, test",
                scorer.model(),
                &read_rows(&test)?,
                workers,
            )?,
        );
    }
    let (rows, pairs) = (
        folder.join("corpus/speeches-dev.jsonl"),
        folder.join("corpus/speeches-dev-pairs.jsonl"),
    );
    speeches(&rows, &pairs, scorer, workers, wanted, reports)?;
    gold(
        &folder.join("corpus/seed-article-pairs.jsonl"),
        &folder.join("articles"),
        "seed article",
        scorer,
        workers,
        wanted,
        reports,
    )
}

fn corpora(
    data: &Path,
    scorer: &Scorer,
    workers: &[Worker],
    wanted: &impl Fn(&str) -> bool,
    reports: &mut Vec<Report>,
) -> Result<()> {
    let model = scorer.model();
    for name in ["dev_rw", "dev_mt"] {
        let path = data.join(format!("newsmtsc/{name}.jsonl"));
        let name = format!("NewsMTSC {name}");
        if path.exists() && wanted(&name) {
            add(
                reports,
                stances::targets(&name, model, &read_targets(&path)?, workers)?,
            );
        }
    }
    let path = data.join("dse/valid.txt");
    if path.exists() && wanted("DSE valid") {
        let train = data.join("dse/train.txt");
        let seen: BTreeSet<String> = if train.exists() {
            read_directed(&train)?
                .into_iter()
                .map(|sentence| sentence.text)
                .collect()
        } else {
            BTreeSet::new()
        };
        add(
            reports,
            stances::directed("DSE valid", model, &read_directed(&path)?, &seen, workers)?,
        );
    }
    let path = data.join("holder-stance/dev.jsonl");
    if path.exists() {
        let texts = read_rows(&path)?;
        if wanted("holder-stance dev") {
            let report = stances::rows("holder-stance dev", model, &texts, workers)?;
            add(reports, report);
        }
        let name = "holder-stance dev, whole documents";
        if wanted(name) {
            let labelled: Result<Vec<_>, _> =
                texts.iter().map(LabelledDocument::from_rows).collect();
            add(
                reports,
                documents::documents(name, scorer, &labelled?, workers)?,
            );
        }
    }
    let path = data.join("polnear/dev.jsonl.gz");
    if path.exists() && wanted("PolNeAR dev") {
        add(
            reports,
            attributions::attributions("PolNeAR dev", model, &read_attributions(&path)?, workers)?,
        );
    }
    let (rows, pairs) = (
        data.join("speeches/dev.jsonl"),
        data.join("speeches/dev_pairs.jsonl"),
    );
    speeches(&rows, &pairs, scorer, workers, wanted, reports)?;
    gold(
        &data.join("gold/gold_dev.jsonl"),
        &data.join("gold"),
        "gold articles",
        scorer,
        workers,
        wanted,
        reports,
    )
}

fn speeches(
    rows: &Path,
    pairs: &Path,
    scorer: &Scorer,
    workers: &[Worker],
    wanted: &impl Fn(&str) -> bool,
    reports: &mut Vec<Report>,
) -> Result<()> {
    if !rows.exists() {
        return Ok(());
    }
    let texts = read_rows(rows)?;
    if wanted("speeches dev, rows") {
        add(
            reports,
            stances::rows("speeches dev, rows", scorer.model(), &texts, workers)?,
        );
    }
    if pairs.exists() && wanted("speeches dev, whole") {
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
        add(
            reports,
            documents::documents("speeches dev, whole documents", scorer, &labelled, workers)?,
        );
    }
    Ok(())
}

fn gold(
    pairs: &Path,
    texts: &Path,
    name: &str,
    scorer: &Scorer,
    workers: &[Worker],
    wanted: &impl Fn(&str) -> bool,
    reports: &mut Vec<Report>,
) -> Result<()> {
    if !pairs.exists() || !wanted(name) {
        return Ok(());
    }
    let labelled = read_pairs(pairs)?
        .into_iter()
        .map(|pairs| {
            let file = pairs.file.context("pairs without a file")?;
            let path = texts.join(&file);
            let bytes =
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            Ok(LabelledDocument {
                document: Document::from_bytes(file, bytes)?,
                pairs: pairs.pairs,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    add(
        reports,
        documents::documents(name, scorer, &labelled, workers)?,
    );
    Ok(())
}
