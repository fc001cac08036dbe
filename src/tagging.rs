//! Word vectors -> tagged spans.
//!
//! In go the word vectors of one sentence; out come the spans a [`Tagger`] finds, over whole words.
//! Five taggers read the same vectors: who speaks and how (`voice`: source, cue), what is said
//! (`content`), named entities, targets and holders of stance. What a reader would question: source
//! and cue are one layer and content is another, because a content may hold both ("A said B said
//! C"); and the Viterbi decoder weighs learned transitions against the local classifier by one
//! fitted number instead of training a full conditional random field, which linfa does not have.

use crate::encoder::WordVectors;
use crate::error::{Error, Result};
use crate::linear::{Linear, softmax};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A tagging layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Who speaks, and the words that say so.
    Voice,
    /// What is said or thought.
    Content,
    /// Named entities.
    Entity,
    /// Mentions of actors that somebody may take a stand on.
    Target,
    /// Mentions of those who take a stand.
    Holder,
}

impl Layer {
    /// All layers, in the order of their files and tables.
    pub const ALL: [Layer; 5] = [
        Layer::Voice,
        Layer::Content,
        Layer::Entity,
        Layer::Target,
        Layer::Holder,
    ];

    /// What its spans are called; span kind `k` has the tags `2k + 1` (begin) and `2k + 2` (inside).
    #[must_use]
    pub fn kinds(self) -> &'static [&'static str] {
        match self {
            Layer::Voice => &["source", "cue"],
            Layer::Content => &["content"],
            Layer::Entity => &["person", "organisation", "location", "group"],
            Layer::Target => &["target"],
            Layer::Holder => &["holder"],
        }
    }

    /// Number of tags: outside, and begin and inside of every kind.
    #[must_use]
    pub fn n_tags(self) -> usize {
        1 + 2 * self.kinds().len()
    }

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Layer::Voice => "voice",
            Layer::Content => "content",
            Layer::Entity => "entity",
            Layer::Target => "target",
            Layer::Holder => "holder",
        }
    }
}

/// Kind of a source span in [`Layer::Voice`].
pub const SOURCE: usize = 0;
/// Kind of a cue span in [`Layer::Voice`].
pub const CUE: usize = 1;

/// Whether two ranges of words share one.
pub(crate) fn meet(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
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

    /// The best tag sequence under BIO: an inside tag only follows its own begin or inside.
    fn decode(&self, probabilities: &[f64]) -> Vec<usize> {
        let n = self.layer.n_tags();
        let weight = f64::from(self.transition_weight);
        let local = |p: &[f64], tag: usize| {
            let bias = if tag == 0 {
                f64::from(self.outside_bias)
            } else {
                0.0
            };
            p[tag].max(1e-12).ln() + bias
        };
        let step = |row: usize, tag: usize| weight * f64::from(self.transitions[row * n + tag]);
        let mut back: Vec<usize> = Vec::with_capacity(probabilities.len());
        let mut best: Vec<f64> = Vec::new();
        for (word, p) in probabilities.chunks_exact(n).enumerate() {
            let mut next = vec![f64::NEG_INFINITY; n];
            for (tag, score) in next.iter_mut().enumerate() {
                let mut from = 0;
                if word == 0 {
                    if allowed(None, tag) {
                        *score = step(0, tag);
                    }
                } else {
                    for (previous, &before) in best.iter().enumerate() {
                        let candidate = before + step(1 + previous, tag);
                        if allowed(Some(previous), tag) && candidate > *score {
                            (*score, from) = (candidate, previous);
                        }
                    }
                }
                *score += local(p, tag);
                back.push(from);
            }
            best = next;
        }
        let mut tag = (0..best.len())
            .max_by(|&a, &b| best[a].total_cmp(&best[b]))
            .unwrap_or(0);
        let mut tags: Vec<usize> = back
            .chunks_exact(n)
            .rev()
            .map(|row| {
                let before = row[tag];
                std::mem::replace(&mut tag, before)
            })
            .collect();
        tags.reverse();
        tags
    }
}

/// The kind of a tag; none for outside.
#[must_use]
pub fn kind_of(tag: usize) -> Option<usize> {
    tag.checked_sub(1).map(|t| t / 2)
}

fn allowed(previous: Option<usize>, tag: usize) -> bool {
    let inside = tag > 0 && tag.is_multiple_of(2);
    !inside || previous == Some(tag) || previous == Some(tag - 1)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A tagger whose word vectors are the logits of the tags themselves.
    fn mirror(layer: Layer, sequences: &[Vec<usize>]) -> Tagger {
        let n = layer.n_tags();
        let identity = (0..n * n)
            .map(|i| f32::from(u8::from(i / n == i % n)))
            .collect();
        let head = Linear::from_parts(n, identity, vec![0.0; n]).unwrap();
        Tagger::new(layer, head, sequences).unwrap()
    }

    fn decode(tagger: &Tagger, logits: &[[f64; 3]]) -> Vec<usize> {
        let p: Vec<f64> = logits
            .iter()
            .flat_map(|row| {
                let mut row = *row;
                softmax(&mut row);
                row
            })
            .collect();
        tagger.decode(&p)
    }

    #[test]
    fn inside_never_starts_a_span() {
        let tagger = mirror(Layer::Target, &[vec![0, 1, 2, 0]]).with_decoder(0.0, 0.0);
        // The classifier prefers inside (2) at the first word; begin is the best legal reading.
        assert_eq!(decode(&tagger, &[[0.0, 1.0, 3.0], [0.0, 0.0, 3.0]]), [1, 2]);
        assert_eq!(decode(&tagger, &[[3.0, 0.0, 0.0], [1.0, 0.9, 1.2]]), [0, 0]);
    }

    #[test]
    fn transitions_bridge_a_doubtful_word() {
        let long = vec![vec![1, 2, 2, 2, 0, 0, 1, 2, 2, 2]; 20];
        let logits = [[0.0, 3.0, 0.0], [0.6, 0.0, 0.5], [0.0, 0.0, 3.0]];
        let alone = mirror(Layer::Target, &long).with_decoder(0.0, 0.0);
        let weighed = mirror(Layer::Target, &long).with_decoder(1.0, 0.0);
        assert_eq!(decode(&weighed, &logits), [1, 2, 2]);
        assert_eq!(decode(&alone, &logits[..2]), [1, 0]);
    }

    #[test]
    fn bias_trades_precision_for_recall() {
        let tagger = mirror(Layer::Target, &[vec![0, 1, 0]]).with_decoder(0.0, 0.0);
        let logits = [[1.0, 0.5, 0.0]];
        assert_eq!(decode(&tagger, &logits), [0]);
        assert_eq!(decode(&tagger.with_decoder(0.0, -1.0), &logits), [1]);
    }

    #[test]
    fn no_words_no_tags() {
        assert!(decode(&mirror(Layer::Target, &[]), &[]).is_empty());
    }
}
