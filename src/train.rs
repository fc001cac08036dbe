//! Corpora -> a model: fits every linear head on the vectors of the very encoder that will serve.
//!
//! In go labelled corpora, an encoder and a base model; out come the [`Heads`] of a model. A head
//! without labels is taken from the base, so that a user with rows of their own refits stance
//! heads in minutes, with many rows the taggers of targets and holders, too, and keeps the rest. What
//! a reader would question: the vectors of the encoder's own training sentences separate their
//! classes too well, so penalties are strong and probabilities are calibrated on documents that
//! neither encoder nor heads were fitted on.

mod mentions;
mod pairs;
mod rows;
mod sentences;
mod stances;
mod tags;

pub use mentions::Mentions;
pub use rows::{Purpose, StanceRow, stance_rows};
pub use sentences::{bare_features, directed_labels, encode_sentence};
pub use tags::layers_of;

use crate::corpus::{AttributionText, DirectedSentence, RowsText, TargetSentence};
use crate::encoder::{Encoder, Worker};
use crate::error::{Error, Result};
use crate::evaluate::documents::LabelledDocument;
use crate::model::{DataUse, Decision, Heads, Manifest, Model};
use crate::scorer::Scorer;
use crate::stance::Head;
use crate::tagging::Layer;
use sentences::sentence_rows;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Labelled texts of one purpose: to fit heads on, or to calibrate them.
#[derive(Debug, Default)]
pub struct Corpora {
    /// Who stands how toward whom, by sentence.
    pub rows: Vec<RowsText>,
    /// Sentences with targets.
    pub targets: Vec<TargetSentence>,
    /// Sentences with two entities.
    pub directed: Vec<DirectedSentence>,
    /// Texts with attributions.
    pub attributions: Vec<AttributionText>,
}

/// How the heads are fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainParams {
    /// Penalty of the tag heads; at least 0.
    pub tag_penalty: f64,
    /// Penalty of the stance heads; at least 0.
    pub stance_penalty: f64,
    /// Penalty of the head for a sentence's sentiment ([`Head::Sentence`]); at least 0. More than of
    /// the others, which on NewsMTSC dev gives a point (`docs/accuracy.md`).
    pub sentence_penalty: f64,
    /// Every n-th labelled text, at least 1, is used for the layer's head; stance heads use all, and so does every
    /// head of fewer than a hundred texts. Few
    /// weights need few words, and a fit on all of them would take an hour: only for the voices more
    /// words are worth it (`docs/accuracy.md`).
    pub every_nth_text: BTreeMap<Layer, usize>,
    /// Decoder settings of each layer: transition weight and bias of the tag outside.
    pub decoders: BTreeMap<Layer, (f32, f32)>,
    /// When an instance counts.
    pub decision: Decision,
}

impl Default for TrainParams {
    fn default() -> Self {
        Self {
            tag_penalty: 3e-3,
            stance_penalty: 3e-2,
            sentence_penalty: 1e-1,
            every_nth_text: BTreeMap::from([
                (Layer::Voice, 1),
                (Layer::Content, 8),
                (Layer::Entity, 8),
                (Layer::Target, 3),
                (Layer::Holder, 3),
            ]),
            // Voices mostly decide word by word (docs/accuracy.md).
            decoders: Layer::ALL
                .into_iter()
                .map(|layer| match layer {
                    Layer::Voice => (layer, (0.2, -0.1)),
                    Layer::Content | Layer::Entity | Layer::Target | Layer::Holder => {
                        (layer, (0.5, 0.0))
                    }
                })
                .collect(),
            decision: Decision::default(),
        }
    }
}

/// Called with a stage, how much of it is done and how much there is.
pub type Progress<'a> = dyn FnMut(&str, usize, usize) + 'a;

/// Fits all heads that `fit` has labels enough for, calibrates them on `held_out`, and takes the others
/// from `base`: the heads of the same encoder. The same input gives the same heads.
///
/// # Errors
///
/// [`Error::NotConverged`] when a fit stops early,
/// [`Error::Model`] when a head has neither labels enough nor a base, and those
/// of the encoder.
pub fn train(
    encoder: &Arc<Encoder>,
    base: Option<&Heads>,
    fit: &Corpora,
    held_out: &Corpora,
    params: &TrainParams,
    workers: &[Worker],
    progress: &mut Progress<'_>,
) -> Result<(Heads, Vec<DataUse>)> {
    let mut uses = Vec::new();
    let taggers = tags::fit(encoder, base, fit, params, workers, &mut uses, progress)?;

    let mut rows: BTreeMap<Head, Vec<StanceRow>> = BTreeMap::new();
    let mut check: BTreeMap<Head, Vec<StanceRow>> = BTreeMap::new();
    for (corpora, into, purpose, stage) in [
        (fit, &mut rows, Purpose::Fit, "reading rows"),
        (
            held_out,
            &mut check,
            Purpose::Judge,
            "reading held-out rows",
        ),
    ] {
        for (done, text) in corpora.rows.iter().enumerate() {
            progress(stage, done, corpora.rows.len());
            for (head, row) in stance_rows(text, encoder, &taggers, workers, purpose)? {
                into.entry(head).or_default().push(row);
            }
        }
        sentence_rows(encoder, corpora, workers, into, progress)?;
    }
    let stances = stances::fit(base, rows, &check, params, &mut uses, progress)?;
    let heads = Heads {
        taggers,
        stances,
        decision: params.decision,
        pairs: None,
    };
    let scorer = Scorer::new(Model::new(Manifest::default(), Arc::clone(encoder), heads)?);
    let long = |text: &&RowsText| text.sentences.len() >= crate::pairs::MIN_SENTENCES;
    let whole = fit.rows.iter().filter(|text| text.pairs).filter(long);
    let documents: Vec<LabelledDocument> = whole
        .map(LabelledDocument::from_rows)
        .collect::<Result<_>>()?;
    let fitted = pairs::fit(&scorer, &documents, workers, &mut |done| {
        progress("reading pairs", done, documents.len());
    })?;
    let mut heads = scorer.model().heads().clone();
    heads.pairs = match fitted {
        Some((head, n)) => {
            uses.push(DataUse {
                corpus: "pairs of the training documents".to_owned(),
                used_for: "head of pairs".to_owned(),
                n,
            });
            Some(head)
        }
        None => base.and_then(|heads| heads.pairs.clone()),
    };
    Ok((heads, uses))
}

fn no_base(name: &str) -> Error {
    Error::Model {
        message: format!(
            "head {name} has too few labels to be fitted on and no base model to come from"
        ),
    }
}
