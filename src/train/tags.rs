//! Labelled spans -> taggers: in go texts with attributions and texts with rows, out comes one
//! fitted [`Tagger`] a layer.
//!
//! What a reader would question: a few labelled words do not replace the tagger of a base model, which saw many times as
//! many.

use super::{Corpora, Progress, TrainParams, no_base};
use crate::corpus::{AttributionText, RowsText};
use crate::document::Span;
use crate::encoder::{Encoder, WordVectors, Worker};
use crate::error::Result;
use crate::linear::{FitParams, Linear};
use crate::model::{DataUse, Heads};
use crate::tagging::{CUE, Layer, SOURCE, Tagger};
use ndarray::Array2;
use std::ops::Range;

/// Fewer words than this do not replace the tagger of a base model, which saw many times as many.
const MIN_WORDS: usize = 20_000;

/// Words with their tags, for one layer.
#[derive(Default)]
struct Tagging {
    vectors: Vec<f32>,
    sequences: Vec<Vec<usize>>,
}

impl Tagging {
    /// Adds a sentence whose spans, most important first, are word ranges with a kind. A span that
    /// meets one already there is left out.
    fn add(&mut self, words: &WordVectors, spans: impl Iterator<Item = (usize, Range<usize>)>) {
        let mut tags = vec![0; words.len()];
        for (kind, range) in spans {
            if range.is_empty() || tags[range.clone()].iter().any(|&tag| tag != 0) {
                continue;
            }
            tags[range.clone()].fill(2 * kind + 2);
            tags[range.start] = 2 * kind + 1;
        }
        for word in 0..words.len() {
            self.vectors.extend(words.vector(word));
        }
        self.sequences.push(tags);
    }

    fn fit(self, layer: Layer, width: usize, params: &TrainParams) -> Result<Tagger> {
        let y: Vec<usize> = self.sequences.iter().flatten().copied().collect();
        let mut x = Array2::zeros((y.len(), width));
        for (to, &value) in x.iter_mut().zip(&self.vectors) {
            *to = f64::from(value);
        }
        let fit = FitParams {
            penalty: params.tag_penalty,
            ..FitParams::default()
        };
        let head = Linear::fit(layer.name(), x, &y, layer.n_tags(), fit)?;
        let (weight, bias) = params.decoders.get(&layer).copied().unwrap_or((0.5, 0.0));
        Ok(Tagger::new(layer, head, &self.sequences)?.with_decoder(weight, bias))
    }
}

pub(super) fn fit(
    encoder: &Encoder,
    base: Option<&Heads>,
    corpora: &Corpora,
    params: &TrainParams,
    workers: &[Worker],
    uses: &mut Vec<DataUse>,
    progress: &mut Progress<'_>,
) -> Result<Vec<Tagger>> {
    let mut layers: [Tagging; 5] = Default::default();
    let learns = |layer: Layer, text: usize, n_texts: usize| {
        let nth = params.every_nth_text.get(&layer).copied().unwrap_or(1);
        text.is_multiple_of(nth.clamp(1, n_texts / 100 + 1))
    };
    for (at, text) in corpora.attributions.iter().enumerate() {
        progress("reading attributions", at, corpora.attributions.len());
        let mut wanted = vec![Layer::Voice, Layer::Content, Layer::Entity];
        wanted.retain(|&layer| learns(layer, at, corpora.attributions.len()));
        if !wanted.is_empty() {
            add_attributions(&mut layers, &wanted, text, encoder, workers)?;
        }
    }
    for (at, text) in corpora.rows.iter().enumerate() {
        progress("reading rows for tags", at, corpora.rows.len());
        let mut wanted = vec![Layer::Target, Layer::Holder];
        wanted.retain(|&layer| learns(layer, at, corpora.rows.len()));
        if !wanted.is_empty() {
            add_rows(&mut layers, &wanted, text, encoder, workers)?;
        }
    }
    let labelled = layers_of(corpora);
    let mut taggers = Vec::new();
    for (done, (layer, tagging)) in Layer::ALL.into_iter().zip(layers).enumerate() {
        progress("fitting taggers", done, Layer::ALL.len());
        let n = tagging.sequences.iter().map(Vec::len).sum();
        if labelled.contains(&layer) && (n >= MIN_WORDS || base.is_none()) {
            uses.push(DataUse {
                corpus: "texts of the training corpora".to_owned(),
                used_for: format!("tagger {}", layer.name()),
                n,
            });
            taggers.push(tagging.fit(layer, encoder.width(), params)?);
        } else {
            taggers.push(base_tagger(base, layer)?);
        }
    }
    Ok(taggers)
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

fn add_attributions(
    layers: &mut [Tagging; 5],
    wanted: &[Layer],
    text: &AttributionText,
    encoder: &Encoder,
    workers: &[Worker],
) -> Result<()> {
    let sentences: Vec<Span> = text
        .sentences
        .iter()
        .map(|&(start, end)| Span::raw(start, end))
        .collect();
    let words = encoder.encode(&text.document, &sentences, workers)?;
    let of = |pick: fn(&crate::corpus::LabelledAttribution) -> &Vec<(usize, usize)>| {
        text.attributions
            .iter()
            .flat_map(pick)
            .copied()
            .collect::<Vec<_>>()
    };
    let (cues, sources) = (of(|a| &a.cue), of(|a| &a.source));
    let mut contents = of(|a| &a.content);
    // The outermost first: contents nested in it are part of it.
    contents.sort_by_key(|&(start, end)| (std::cmp::Reverse(end - start), start));
    for (sentence, words) in sentences.iter().zip(&words) {
        let inside = |spans: &[(usize, usize)], kind: usize| {
            let touching = spans
                .iter()
                .map(|&(s, e)| Span::raw(s, e))
                .filter(|s| s.overlaps(*sentence));
            touching
                .map(|span| (kind, words.words_in(span)))
                .collect::<Vec<_>>()
        };
        let entities = || {
            text.entities
                .iter()
                .map(|entity| (entity.kind, Span::raw(entity.span.0, entity.span.1)))
                .filter(|(_, span)| span.overlaps(*sentence))
                .map(|(kind, span)| (kind, words.words_in(span)))
                .collect()
        };
        for &layer in wanted {
            let spans: Vec<_> = match layer {
                Layer::Voice => [inside(&cues, CUE), inside(&sources, SOURCE)].concat(),
                Layer::Content => inside(&contents, 0),
                Layer::Entity => entities(),
                Layer::Target | Layer::Holder => continue,
            };
            layers[layer as usize].add(words, spans.into_iter());
        }
    }
    Ok(())
}

fn add_rows(
    layers: &mut [Tagging; 5],
    wanted: &[Layer],
    text: &RowsText,
    encoder: &Encoder,
    workers: &[Worker],
) -> Result<()> {
    let (document, sentences) = text.document()?;
    let words = encoder.encode(&document, &sentences, workers)?;
    for (number, words) in words.iter().enumerate() {
        let labelled = text.mentions(&document, &sentences, number);
        for (layer, spans) in [
            (Layer::Target, labelled.targets),
            (Layer::Holder, labelled.holders),
        ] {
            if wanted.contains(&layer) {
                let spans = spans.into_iter();
                let spans = spans.map(|(span, _)| (0, words.words_in(span)));
                layers[layer as usize].add(words, spans);
            }
        }
    }
    Ok(())
}
