//! Word vectors -> tagged spans.
//!
//! In go the word vectors of one sentence; out come the spans a [`Tagger`] finds, over whole words.
//! Five taggers read the same vectors: who speaks and how (`voice`: source, cue), what is said
//! (`content`), named entities, targets and holders of stance. What a reader would question: the
//! Viterbi decoder weighs learned transitions against the local classifier by one fitted number
//! instead of training a full conditional random field, which linfa does not have.

mod layers;
mod viterbi;

pub use layers::{CUE, Layer, SOURCE, kind_of};

use crate::encoder::WordVectors;
use crate::error::{Error, Result};
use crate::linear::{Linear, softmax};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Whether two ranges of words share one.
pub(crate) fn meet(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Words between two ranges; 0 when they touch or overlap.
pub(crate) fn gap(a: &Range<usize>, b: &Range<usize>) -> usize {
    a.start
        .saturating_sub(b.end)
        .max(b.start.saturating_sub(a.end))
}

/// A span of words with a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Tagged {
    /// Index into [`Layer::kinds`].
    pub kind: usize,
    /// Words of the sentence; never empty.
    pub words: Range<usize>,
    /// Mean over the words of the probability that the word belongs to this kind; 0 to 1.
    pub confidence: f64,
}

/// A word classifier with a decoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tagger {
    layer: Layer,
    head: Linear,
    /// Log of how much likelier a tag is after another than anywhere: row-major, one row for the
    /// start of a sentence, then one a previous tag; one column a tag.
    transitions: Vec<f32>,
    /// Weight of the transitions against the classifier; 0 or more.
    transition_weight: f32,
    /// Added to the log-probability of the tag outside; below 0 it finds more spans.
    outside_bias: f32,
}

impl Tagger {
    /// A tagger from a fitted head and the tag sequences it was fitted on.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when head or sequences do not fit the layer.
    pub fn new(layer: Layer, head: Linear, sequences: &[Vec<usize>]) -> Result<Self> {
        let n = layer.n_tags();
        if head.n_classes() != n || sequences.iter().flatten().any(|&tag| tag >= n) {
            return Err(Error::Internal {
                message: format!(
                    "{} head has {} classes, not {n}",
                    layer.name(),
                    head.n_classes()
                ),
            });
        }
        // Add-half smoothing; what BIO forbids is excluded by the decoder, not by a count.
        let mut pairs = vec![0.5; (n + 1) * n];
        let mut single = vec![0.5; n];
        for sequence in sequences {
            let mut row = 0;
            for &tag in sequence {
                pairs[row * n + tag] += 1.0;
                single[tag] += 1.0;
                row = 1 + tag;
            }
        }
        let all: f64 = single.iter().sum();
        let mut transitions = Vec::with_capacity(pairs.len());
        for row in pairs.chunks_exact(n) {
            let sum: f64 = row.iter().sum();
            for (count, count_single) in row.iter().zip(&single) {
                transitions.push(((count / sum) / (count_single / all)).ln() as f32);
            }
        }
        Ok(Self {
            layer,
            head,
            transitions,
            transition_weight: 0.5,
            outside_bias: 0.0,
        })
    }

    /// The same tagger with other decoder settings.
    #[must_use]
    pub fn with_decoder(mut self, transition_weight: f32, outside_bias: f32) -> Self {
        self.transition_weight = transition_weight;
        self.outside_bias = outside_bias;
        self
    }

    /// Which layer it tags.
    #[must_use]
    pub fn layer(&self) -> Layer {
        self.layer
    }

    /// Its word classifier.
    #[must_use]
    pub fn head(&self) -> &Linear {
        &self.head
    }

    /// Whether its parts fit each other and vectors of `width` numbers.
    #[must_use]
    pub fn fits(&self, width: usize) -> bool {
        let n = self.layer.n_tags();
        self.head.n_classes() == n
            && self.head.n_features() == width
            && self.transitions.len() == (n + 1) * n
    }

    /// Tag probabilities of every word, row-major.
    #[must_use]
    pub fn probabilities(&self, sentence: &WordVectors) -> Vec<f64> {
        let mut all = Vec::with_capacity(sentence.len() * self.layer.n_tags());
        for word in 0..sentence.len() {
            let start = all.len();
            all.extend(
                self.head
                    .logits(sentence.vector(word))
                    .into_iter()
                    .map(f64::from),
            );
            softmax(&mut all[start..]);
        }
        all
    }

    /// The spans of a sentence, in order, without overlap.
    #[must_use]
    pub fn spans(&self, sentence: &WordVectors) -> Vec<Tagged> {
        let n = self.layer.n_tags();
        let probabilities = self.probabilities(sentence);
        let tags = self.decode(&probabilities);
        let mut spans: Vec<Tagged> = Vec::new();
        for (word, (&tag, p)) in tags.iter().zip(probabilities.chunks_exact(n)).enumerate() {
            let Some(kind) = kind_of(tag) else {
                continue;
            };
            let confidence = p[2 * kind + 1] + p[2 * kind + 2];
            match spans.last_mut() {
                Some(open)
                    if tag == 2 * kind + 2 && open.words.end == word && open.kind == kind =>
                {
                    open.words.end = word + 1;
                    open.confidence += confidence;
                }
                _ => spans.push(Tagged {
                    kind,
                    words: word..word + 1,
                    confidence,
                }),
            }
        }
        for span in &mut spans {
            span.confidence = (span.confidence / span.words.len() as f64).min(1.0);
        }
        spans
    }
}

/// Spans in order, for tests: for each step, words to leave out, words to take, and a kind.
#[cfg(test)]
pub(crate) fn spans_of_steps(steps: &[(usize, usize, usize)]) -> Vec<Tagged> {
    let mut end = 0;
    let mut all = Vec::new();
    for &(skip, len, kind) in steps {
        let words = end + skip..end + skip + len;
        end = words.end;
        all.push(Tagged {
            kind,
            words,
            confidence: 0.5,
        });
    }
    all
}
