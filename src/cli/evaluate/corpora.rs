//! The corpora that are measured: which files they are in, and which figures are taken on them.
//!
//! In goes a folder of labelled texts, out come reports and mistakes. What a reader would question: a corpus that is
//! missing is passed over without a word. Few have them all, and the figures say on what they were taken.

use super::table;
use anyhow::{Context, Result};
use stance::corpus::{RowsText, read_attributions, read_directed, read_rows, read_targets};
use stance::document::Document;
use stance::encoder::Worker;
use stance::evaluate::documents::LabelledDocument;
use stance::evaluate::mistakes::Mistake;
use stance::evaluate::pairs::read_pairs;
use stance::evaluate::{Report, attributions, documents, mentions, stances};
use stance::scorer::{Options, Scorer};
use std::collections::BTreeSet;
use std::path::Path;

/// What is measured with, and what came of it so far.
pub(super) struct Evaluation<'a> {
    pub(super) scorer: &'a Scorer,
    pub(super) workers: Vec<Worker>,
    pub(super) only: Option<&'a str>,
    /// How whole documents are read.
    pub(super) options: Options<'static>,
    /// What another model was measured as.
    pub(super) others: Option<&'a [Report]>,
    pub(super) reports: Vec<Report>,
    pub(super) mistakes: Vec<Mistake>,
}

impl Evaluation<'_> {
    fn wants(&self, name: &str) -> bool {
        self.only.is_none_or(|only| name.contains(only))
    }

    fn add(&mut self, report: Report) {
        let other = self.others.and_then(|others| {
            let mut others = others.iter();
            others.find(|other| other.corpus == report.corpus)
        });
        table::print(&report, other);
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

    /// The project's own labelled texts.
    pub(super) fn seeds(&mut self, folder: &Path) -> Result<()> {
        for (name, file) in [
            ("own sentences, test", "test.jsonl"),
            ("own statements, test", "statements-test.jsonl"),
            ("own voices, test", "voices-test.jsonl"),
        ] {
            let path = folder.join("sentences").join(file);
            if path.exists() {
                self.rows(name, &read_rows(&path)?)?;
            }
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

    /// A folder laid out like our corpora.
    pub(super) fn corpora(&mut self, data: &Path) -> Result<()> {
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
