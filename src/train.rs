//! Corpora -> a model: fits every linear head on the vectors of the very encoder that will serve.
//!
//! In go labelled corpora, an encoder and a base model; out come the [`Heads`] of a model. A head
//! without labels is taken from the base, so that a user with rows of their own refits stance
//! heads in minutes, with many rows the taggers of targets and holders, too, and keeps the rest. What
//! a reader would question: the vectors of the encoder's own training sentences separate their
//! classes too well, so penalties are strong and probabilities are calibrated on documents that
//! neither encoder nor heads were fitted on.

mod pairs;
mod rows;
mod tags;

pub use rows::{Purpose, StanceRow, stance_rows};
pub use tags::Mentions;

use crate::corpus::{AttributionText, DirectedSentence, RowsText, TargetSentence};
use crate::document::Document;
use crate::encoder::{Encoder, WordVectors, Worker};
use crate::error::{Error, Result};
use crate::evaluate::documents::LabelledDocument;
use crate::linear::{FitParams, Linear};
use crate::model::{DataUse, Decision, Heads, Manifest, Model};
use crate::scorer::Scorer;
use crate::stance::{Calibration, Features, Head, N_CLASSES, NONE, Stance, StanceHead, calibrate};
use crate::tagging::{Layer, Tagger};
use ndarray::Array2;
use std::collections::{BTreeMap, BTreeSet};
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

/// Single sentences that are encoded between two reports of progress.
const CHUNK: usize = 256;

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
    let mut stances = BTreeMap::new();
    for (done, head) in Head::ALL.into_iter().enumerate() {
        progress("fitting stance heads", done, Head::ALL.len());
        let own = base.and_then(|heads| heads.stances.get(&head));
        let stance = match rows.remove(&head).filter(|rows| teach(rows)) {
            Some(rows) => {
                uses.push(DataUse {
                    corpus: "rows of the training corpora".to_owned(),
                    used_for: format!("stance head {}", head.name()),
                    n: rows.len(),
                });
                fit_stance(
                    head,
                    rows,
                    check.get(&head).map_or(&[], Vec::as_slice),
                    own.map(StanceHead::calibration).unwrap_or_default(),
                    params,
                )?
            }
            None => own.cloned().ok_or_else(|| no_base(head.name()))?,
        };
        stances.insert(head, stance);
    }
    progress("fitting stance heads", Head::ALL.len(), Head::ALL.len());
    let heads = Heads {
        taggers,
        stances,
        decision: params.decision,
        pairs: None,
    };
    let scorer = Scorer::new(Model::new(Manifest::default(), Arc::clone(encoder), heads)?);
    let whole = fit.rows.iter();
    let whole = whole.filter(|text| text.sentences.len() >= crate::pairs::MIN_SENTENCES);
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

/// Whether rows show at least two stances: a head that saw none but one class answers nothing else.
fn teach(rows: &[StanceRow]) -> bool {
    let stances: BTreeSet<usize> = rows.iter().map(|row| row.class).collect();
    stances.iter().filter(|&&class| class != NONE).count() >= 2
}

fn fit_stance(
    head: Head,
    rows: Vec<StanceRow>,
    held_out: &[StanceRow],
    base: Calibration,
    params: &TrainParams,
) -> Result<StanceHead> {
    let n_features = rows.first().map_or(0, |row| row.features.len());
    let y: Vec<usize> = rows.iter().map(|row| row.class).collect();
    let mut x = Array2::zeros((rows.len(), n_features));
    for (mut to, row) in x.rows_mut().into_iter().zip(&rows) {
        for (to, &value) in to.iter_mut().zip(&row.features) {
            *to = f64::from(value);
        }
    }
    drop(rows);
    let fit = FitParams {
        penalty: if head == Head::Sentence {
            params.sentence_penalty
        } else {
            params.stance_penalty
        },
        ..FitParams::default()
    };
    let linear = Linear::fit(head.name(), x, &y, N_CLASSES, fit)?;
    let head = StanceHead::new(linear, base)?;
    let checked = held_out.iter();
    let checked: Vec<_> = checked
        .map(|row| (head.logits(&row.features), row.class))
        .collect();
    Ok(head.with_calibration(calibrate(&checked, base)))
}

/// The rows of single sentences.
fn sentence_rows(
    encoder: &Encoder,
    corpora: &Corpora,
    workers: &[Worker],
    into: &mut BTreeMap<Head, Vec<StanceRow>>,
    progress: &mut Progress<'_>,
) -> Result<()> {
    let texts = corpora.targets.iter().map(|sentence| &sentence.text);
    let texts: Vec<&str> = texts
        .chain(corpora.directed.iter().map(|sentence| &sentence.text))
        .map(String::as_str)
        .collect();
    for (at, chunk) in texts.chunks(CHUNK).enumerate() {
        progress("reading sentences", at * CHUNK, texts.len());
        for (i, words) in encode_sentences(encoder, chunk, workers)?
            .iter()
            .enumerate()
        {
            let number = at * CHUNK + i;
            if let Some(sentence) = corpora.targets.get(number) {
                for &(span, label) in &sentence.targets {
                    let row = bare_row(words, span, None, label.class());
                    into.entry(Head::Sentence).or_default().extend(row);
                }
            } else if let Some(sentence) = corpora.directed.get(number - corpora.targets.len()) {
                let (p_to_q, q_to_p) = directed_labels(sentence.class);
                for (holder, target, label) in [
                    (sentence.p, sentence.q, p_to_q),
                    (sentence.q, sentence.p, q_to_p),
                ] {
                    let row = bare_row(words, target, Some(holder), label.class());
                    into.entry(Head::Directed).or_default().extend(row);
                }
            }
        }
    }
    Ok(())
}

/// Encodes sentences that stand alone, a share of them on each worker; in their order.
fn encode_sentences(
    encoder: &Encoder,
    texts: &[&str],
    workers: &[Worker],
) -> Result<Vec<WordVectors>> {
    let lost = || Error::Internal {
        message: "a thread that reads sentences stopped".to_owned(),
    };
    let share = texts.len().div_ceil(workers.len().max(1)).max(1);
    let parts: Vec<Result<Vec<WordVectors>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = texts
            .chunks(share)
            .zip(workers)
            .map(|(texts, worker)| {
                scope.spawn(move || {
                    texts
                        .iter()
                        .map(|text| encode_sentence(encoder, text, std::slice::from_ref(worker)))
                        .collect()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(lost())))
            .collect()
    });
    let mut all = Vec::with_capacity(texts.len());
    for part in parts {
        all.extend(part?);
    }
    if all.len() != texts.len() {
        return Err(lost());
    }
    Ok(all)
}

/// What class `class` of a directed sentence says of p toward q, and of q toward p.
#[must_use]
pub fn directed_labels(class: usize) -> (Stance, Stance) {
    match class {
        1 => (Stance::Favour, Stance::Neutral),
        2 => (Stance::Neutral, Stance::Favour),
        3 => (Stance::Against, Stance::Neutral),
        4 => (Stance::Neutral, Stance::Against),
        _ => (Stance::Neutral, Stance::Neutral),
    }
}

/// The word vectors of a sentence that stands alone, byte ranges counted from its start.
///
/// # Errors
///
/// Those of [`Document::new`] and [`Encoder::encode`].
pub fn encode_sentence(encoder: &Encoder, text: &str, workers: &[Worker]) -> Result<WordVectors> {
    let document = Document::new("", text)?;
    let mut words = encoder.encode(&document, &[document.span_of_text()], workers)?;
    words.pop().ok_or_else(|| Error::Internal {
        message: "one sentence gave no vectors".to_owned(),
    })
}

/// The features of target and holder given as byte ranges of a sentence that stands alone; none when
/// they hold no word.
#[must_use]
pub fn bare_features(
    words: &WordVectors,
    target: (usize, usize),
    holder: Option<(usize, usize)>,
) -> Option<Features> {
    let range = |(start, end): (usize, usize)| {
        let range = words.words_in(crate::document::Span::raw(start, end));
        (!range.is_empty()).then_some(range)
    };
    let holder = match holder {
        Some(span) => Some(range(span)?),
        None => None,
    };
    Some(Features::bare(range(target)?, holder))
}

fn bare_row(
    words: &WordVectors,
    target: (usize, usize),
    holder: Option<(usize, usize)>,
    class: usize,
) -> Option<StanceRow> {
    Some(StanceRow {
        features: bare_features(words, target, holder)?.row(words),
        class,
    })
}

/// The taggers' layers that have labels of their own in `corpora`.
#[must_use]
pub fn layers_of(corpora: &Corpora) -> Vec<Layer> {
    Layer::ALL
        .into_iter()
        .filter(|layer| match layer {
            Layer::Voice | Layer::Content | Layer::Entity => !corpora.attributions.is_empty(),
            Layer::Target | Layer::Holder => !corpora.rows.is_empty(),
        })
        .collect()
}

/// A tagger of the base model.
fn base_tagger(base: Option<&Heads>, layer: Layer) -> Result<Tagger> {
    let tagger = base.and_then(|heads| heads.taggers.get(layer as usize));
    tagger.cloned().ok_or_else(|| no_base(layer.name()))
}
