//! Vectors of word pieces -> a vector a word.
//!
//! In go the vectors of a sentence's pieces, window after window; out come [`WordVectors`]: the words of the sentence,
//! the mean of its pieces for each, and what taggers and heads ask of them. What a reader would question: the mean of
//! the whole sentence is kept beside the vectors. Every instance of a sentence reads it, and once
//! [`keep`](WordVectors::keep) has dropped vectors it cannot be had again.

use super::vocabulary::Pieces;
use super::windows::Part;
use crate::document::Span;

/// The words of one sentence and their vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct WordVectors {
    words: Vec<Span>,
    width: usize,
    /// Row-major, one row a word, or one a kept word.
    vectors: Vec<f32>,
    /// The words whose vectors are kept, sorted; none when all are.
    kept: Option<Vec<u32>>,
    /// Mean of all vectors: every instance of the sentence reads it.
    mean: Vec<f32>,
    /// Whether the sentence was longer than a window and was read in overlapping pieces.
    pub split: bool,
}

impl WordVectors {
    /// Byte spans of the words, in order, without overlap.
    #[must_use]
    pub fn words(&self) -> &[Span] {
        &self.words
    }

    /// Number of words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether the sentence has no word (white space and control characters only).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The vector of a word, the mean of its word pieces; empty for one that
    /// [`keep`](Self::keep) dropped.
    #[must_use]
    pub fn vector(&self, word: usize) -> &[f32] {
        let row = match &self.kept {
            None => Some(word),
            Some(kept) => kept.binary_search_by(|&k| (k as usize).cmp(&word)).ok(),
        };
        row.and_then(|row| self.vectors.get(row * self.width..(row + 1) * self.width))
            .unwrap_or(&[])
    }

    /// Drops the vectors of all words outside `ranges`; the mean of the sentence stays.
    pub fn keep(&mut self, ranges: &[std::ops::Range<usize>]) {
        let mut kept: Vec<u32> = ranges
            .iter()
            .flat_map(|range| range.start..range.end.min(self.words.len()))
            .filter_map(|word| u32::try_from(word).ok())
            .collect();
        kept.sort_unstable();
        kept.dedup();
        let mut vectors = Vec::with_capacity(kept.len() * self.width);
        for &word in &kept {
            vectors.extend_from_slice(self.vector(word as usize));
        }
        self.vectors = vectors;
        self.kept = Some(kept);
    }

    /// Numbers in a vector.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The words that share a byte with `span`, as a half-open range of word numbers.
    #[must_use]
    pub fn words_in(&self, span: Span) -> std::ops::Range<usize> {
        let first = self
            .words
            .partition_point(|word| word.end() <= span.start());
        let end = self.words.partition_point(|word| word.start() < span.end());
        first..end.max(first)
    }

    /// The words of each span that reaches into the sentence; `spans` are those of the document,
    /// sorted, without overlap.
    #[must_use]
    pub fn words_in_each(&self, spans: &[Span]) -> Vec<std::ops::Range<usize>> {
        let (Some(first), Some(last)) = (self.words.first(), self.words.last()) else {
            return Vec::new();
        };
        let from = spans.partition_point(|span| span.end() <= first.start());
        spans[from..]
            .iter()
            .take_while(|span| span.start() < last.end())
            .map(|&span| self.words_in(span))
            .collect()
    }

    /// The mean vector of all words; zeros without words.
    #[must_use]
    pub fn sentence_mean(&self) -> &[f32] {
        &self.mean
    }

    /// The mean vector of a range of words; zeros for an empty one.
    #[must_use]
    pub fn mean(&self, words: std::ops::Range<usize>) -> Vec<f32> {
        let mut mean = vec![0.0; self.width];
        let n = words.len().max(1) as f32;
        for word in words {
            for (sum, value) in mean.iter_mut().zip(self.vector(word)) {
                *sum += value;
            }
        }
        mean.iter_mut().for_each(|sum| *sum /= n);
        mean
    }
}

/// A sentence while its windows are read: sums over the word pieces of each word, and their number.
/// Pieces read in two windows count in both.
pub(super) struct PieceSums {
    pub(super) sentence: usize,
    words: WordVectors,
    counts: Vec<f32>,
}

impl PieceSums {
    /// A sentence of which nothing was read yet.
    pub(super) fn new(sentence: usize, pieces: &Pieces, width: usize) -> Self {
        Self {
            sentence,
            words: WordVectors {
                words: pieces.words.clone(),
                width,
                vectors: vec![0.0; pieces.words.len() * width],
                kept: None,
                mean: Vec::new(),
                split: false,
            },
            counts: vec![0.0; pieces.words.len()],
        }
    }

    pub(super) fn add<'r>(
        &mut self,
        pieces: &Pieces,
        part: &Part,
        rows: &mut impl Iterator<Item = &'r [f32]>,
    ) {
        let width = self.words.width;
        self.words.split |= part.pieces.len() < pieces.ids.len();
        for (piece, row) in part.pieces.clone().zip(rows) {
            let word = pieces.word_of[piece];
            self.counts[word] += 1.0;
            let sum = &mut self.words.vectors[word * width..(word + 1) * width];
            for (sum, value) in sum.iter_mut().zip(row) {
                *sum += value;
            }
        }
    }

    pub(super) fn finish(mut self) -> WordVectors {
        let rows = self.words.vectors.chunks_exact_mut(self.words.width);
        for (vector, &count) in rows.zip(&self.counts) {
            vector.iter_mut().for_each(|value| *value /= count.max(1.0));
        }
        self.words.mean = self.words.mean(0..self.words.len());
        self.words
    }
}
