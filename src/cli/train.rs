//! `stance train`: labelled texts and an encoder in, a complete model folder out.
//!
//! Chooses encoder and base model, has the heads fitted, and shows progress. What a reader would question: of a base
//! model with another encoder, or of another precision, no head is taken. Every head needs labels of its own then.

mod corpora;
mod folder;

use anyhow::{Context, Result, bail};
use corpora::corpora;
use folder::encoder_files;
use indicatif::{ProgressBar, ProgressStyle};
use stance::encoder::Precision;
use stance::model::{self, EncoderSpec, Model};
use stance::train::{TrainParams, train};
use std::path::PathBuf;
use std::sync::Arc;

/// Bring your own labels: put texts in the rows form (docs/data.md shows it: sentences, speakers,
/// actors, and rows of sentence, holder, target and label) into a JSONL file and run
/// `stance train --rows mine.jsonl --check-rows held-out.jsonl --out my-model`. Heads without labels
/// are taken from the base model of the same precision, so a few hundred rows and two minutes are enough to refit
/// stance heads; taggers of targets and holders are fitted anew from 20,000 labelled words on. Then
/// `stance score --model my-model`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "The same input gives the same bytes.")]
pub(super) struct Arguments {
    /// Folder laid out like our corpora (newsmtsc/, dse/, holder-stance/, speeches/, polnear/);
    /// what is missing is left out.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder of the project's own labelled texts (sentences/, corpus/).
    #[arg(long)]
    seeds: Option<PathBuf>,
    /// Texts in the rows form; may be given several times.
    #[arg(long)]
    rows: Vec<PathBuf>,
    /// Sentences with targets; may be given several times.
    #[arg(long)]
    targets: Vec<PathBuf>,
    /// Texts with attributions; may be given several times.
    #[arg(long)]
    attributions: Vec<PathBuf>,
    /// Texts in the rows form that probabilities are calibrated on; never fitted on.
    #[arg(long)]
    check_rows: Vec<PathBuf>,
    /// Folder with encoder.onnx, tokenizer.json and export.json from models/recipe. Without it the
    /// base model's encoder is used.
    #[arg(long)]
    encoder: Option<PathBuf>,
    /// Model folder that heads without labels are taken from, if they were fitted for the same precision; the built-in
    /// model if not given.
    #[arg(long)]
    base: Option<PathBuf>,
    /// What the encoder computes with, int8 or fp32; the heads serve with this one only. By default that of the base model
    /// with its own encoder, and int8 with --encoder.
    #[arg(long)]
    precision: Option<Precision>,
    /// Folder to write the model to; made if missing.
    #[arg(long)]
    out: PathBuf,
    /// Name of the model.
    #[arg(long, default_value = "stance-en-small")]
    name: String,
    /// Version of the model.
    #[arg(long = "model-version", default_value = env!("CARGO_PKG_VERSION"))]
    version: String,
    /// Penalty of the stance heads on standardised features: larger is smoother. 0.0001 to 10.
    #[arg(long, default_value_t = TrainParams::default().stance_penalty, value_parser = penalty())]
    stance_penalty: f64,
    /// Penalty of the head for a sentence's sentiment toward a target. 0.0001 to 10.
    #[arg(long, default_value_t = TrainParams::default().sentence_penalty, value_parser = penalty())]
    sentence_penalty: f64,
    /// Penalty of the tag heads. 0.0001 to 10.
    #[arg(long, default_value_t = TrainParams::default().tag_penalty, value_parser = penalty())]
    tag_penalty: f64,
    /// Threads that run the encoder, 1 to 256; all cores if not given.
    #[arg(long, value_parser = super::within(1, super::MAX_THREADS))]
    threads: Option<usize>,
}

/// Parses a penalty.
fn penalty() -> impl Fn(&str) -> Result<f64, String> + Clone + Send + Sync + 'static {
    super::within(1e-4, 10.0)
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let (fit, held_out) = corpora(arguments)?;
    let workers = super::workers(arguments.threads);
    let base = Model::open(arguments.base.as_deref(), None);
    let (mut spec, source) = match (&arguments.encoder, &base) {
        (Some(folder), _) => {
            let path = folder.join("export.json");
            let bytes =
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let spec: EncoderSpec =
                serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?;
            (spec, Some(folder.as_path()))
        }
        (None, Ok(base)) => (base.manifest().encoder.clone(), arguments.base.as_deref()),
        (None, Err(error)) => bail!("base model: {error}"),
    };
    spec.precision = arguments.precision.unwrap_or(spec.precision);
    let files = encoder_files(source)?;
    // Heads read the vectors of one encoder in one precision, and of another they read anything.
    let same = |base: &Model| {
        let known = &base.manifest().files;
        let mut files = files.iter();
        base.manifest().encoder.precision == spec.precision
            && files.all(|(name, bytes)| known.get(*name) == Some(&model::sha256(bytes)))
    };
    let encoder = match &base {
        Ok(base) if same(base) => Arc::clone(base.encoder()),
        _ => Arc::new(model::load_encoder(&spec, source)?),
    };
    let base = match base {
        Ok(base) if same(&base) => Some(base),
        Ok(base) => {
            eprintln!(
                "no head is taken from model {}, whose heads were fitted for another encoder or precision",
                base.manifest().name
            );
            None
        }
        Err(error) if arguments.base.is_some() => bail!("base model: {error}"),
        Err(_) => None,
    };
    let bar = ProgressBar::new(1);
    bar.set_style(ProgressStyle::with_template(
        "{msg:28} [{bar:32}] {pos}/{len} {elapsed} (left {eta})",
    )?);
    let mut progress = |stage: &str, done: usize, all: usize| {
        if bar.message() != stage {
            if bar.is_hidden() {
                // Without a terminal a line a stage is the progress.
                eprintln!("{stage}: {all}");
            }
            bar.reset();
            bar.set_message(stage.to_owned());
        }
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let params = TrainParams {
        stance_penalty: arguments.stance_penalty,
        sentence_penalty: arguments.sentence_penalty,
        tag_penalty: arguments.tag_penalty,
        ..TrainParams::default()
    };
    let (heads, mut data) = train(
        &encoder,
        base.as_ref().map(Model::heads),
        &fit,
        &held_out,
        &params,
        &workers,
        &mut progress,
    )?;
    bar.finish_and_clear();
    // A head that comes from the base model brings its record with it.
    if let Some(base) = &base {
        let kept = base.manifest().data.iter();
        let kept = kept.filter(|old| data.iter().all(|new| new.used_for != old.used_for));
        let kept: Vec<_> = kept.cloned().collect();
        if !kept.is_empty() {
            let names: Vec<&str> = kept.iter().map(|old| old.used_for.as_str()).collect();
            let name = &base.manifest().name;
            eprintln!(
                "as in model {name}, for want of labels: {}",
                names.join(", ")
            );
        }
        data.splice(0..0, kept);
    }
    folder::write(arguments, &files, &heads, spec, data)?;
    println!("wrote {}", arguments.out.display());
    Ok(())
}
