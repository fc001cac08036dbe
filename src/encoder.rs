//! Sentences -> word vectors.
//!
//! In go a document and its sentences; out comes, for each sentence, its words (byte spans into the
//! document) and a vector a word. Sentences are tokenised one by one, packed into windows of at
//! most [`MAX_PIECES`] word pieces, and each window is one run of the [`Network`]. What a reader
//! would question: a window is never batched with others. It is long enough to fill the matrix
//! kernels by itself, needs no padding, and its vectors cannot depend on what else is in flight;
//! threads take whole windows instead.

mod network;
mod vocabulary;
mod windows;

pub use network::{Network, Worker};
pub use vocabulary::{Pieces, Vocabulary};
pub use windows::{MAX_PIECES, Window, pack};

use crate::document::{Document, Span};
use crate::error::{Error, Result};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The words of one sentence and their vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct WordVectors {
    words: Vec<Span>,
    width: usize,
    /// Row-major, shape (n_words, width).
    vectors: Vec<f32>,
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

    /// The vector of a word; the mean of its word pieces.
    #[must_use]
    pub fn vector(&self, word: usize) -> &[f32] {
        let start = word * self.width;
        self.vectors.get(start..start + self.width).unwrap_or(&[])
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

/// The vocabulary and the network of a model.
pub struct Encoder {
    vocabulary: Vocabulary,
    network: Network,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder")
            .field("width", &self.width())
            .finish_non_exhaustive()
    }
}

impl Encoder {
    /// An encoder from its two parts.
    #[must_use]
    pub fn new(vocabulary: Vocabulary, network: Network) -> Self {
        Self {
            vocabulary,
            network,
        }
    }

    /// Numbers in a word vector.
    #[must_use]
    pub fn width(&self) -> usize {
        self.network.width()
    }

    /// The network alone, for those who have token ids.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The vocabulary alone.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The word vectors of each sentence.
    ///
    /// `workers` gives the threads: one window at a time on each. The result does not depend on
    /// their number.
    ///
    /// # Errors
    ///
    /// [`Error::Encoder`] when the network cannot run, [`Error::Internal`] without a worker.
    pub fn encode(
        &self,
        document: &Document,
        sentences: &[Span],
        workers: &[Worker],
    ) -> Result<Vec<WordVectors>> {
        let pieces: Vec<Pieces> = sentences
            .iter()
            .map(|&sentence| self.vocabulary.pieces(document, sentence))
            .collect::<Result<_>>()?;
        let windows = pack(&pieces, self.vocabulary.marks());
        let vectors = self.run(&windows, workers)?;
        Ok(self.word_vectors(pieces, &windows, &vectors))
    }

    /// Runs every window, each worker taking the next one that nobody has.
    fn run(&self, windows: &[Window], workers: &[Worker]) -> Result<Vec<Vec<f32>>> {
        let [first, ..] = workers else {
            return Err(Error::Internal {
                message: "no encoder worker".to_owned(),
            });
        };
        if workers.len() == 1 || windows.len() < 2 {
            return windows
                .iter()
                .map(|window| self.network.vectors(&window.ids, first))
                .collect();
        }
        let next = AtomicUsize::new(0);
        let mut done: Vec<(usize, Result<Vec<f32>>)> = std::thread::scope(|scope| {
            let run = |worker| {
                let mut own = Vec::new();
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(window) = windows.get(i) else {
                        return own;
                    };
                    own.push((i, self.network.vectors(&window.ids, worker)));
                }
            };
            let threads: Vec<_> = workers
                .iter()
                .map(|w| scope.spawn(move || run(w)))
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap_or_default())
                .collect()
        });
        if done.len() != windows.len() {
            return Err(Error::Encoder {
                message: "a worker stopped".to_owned(),
            });
        }
        done.sort_by_key(|&(i, _)| i);
        done.into_iter().map(|(_, vectors)| vectors).collect()
    }

    /// Averages the word pieces of each word; pieces read in two windows count in both.
    fn word_vectors(
        &self,
        pieces: Vec<Pieces>,
        windows: &[Window],
        vectors: &[Vec<f32>],
    ) -> Vec<WordVectors> {
        let width = self.width();
        let mut sentences: Vec<WordVectors> = pieces
            .iter()
            .map(|p| WordVectors {
                words: p.words.clone(),
                width,
                vectors: vec![0.0; p.words.len() * width],
                mean: Vec::new(),
                split: false,
            })
            .collect();
        let mut counts: Vec<Vec<f32>> = pieces.iter().map(|p| vec![0.0; p.words.len()]).collect();
        for (window, vectors) in windows.iter().zip(vectors) {
            let mut rows = vectors.chunks_exact(width).skip(1); // [CLS]
            for part in &window.parts {
                let p = &pieces[part.sentence];
                let sentence = &mut sentences[part.sentence];
                sentence.split |= part.pieces.len() < p.ids.len();
                for (piece, row) in part.pieces.clone().zip(&mut rows) {
                    let word = p.word_of[piece];
                    counts[part.sentence][word] += 1.0;
                    let sum = &mut sentence.vectors[word * width..(word + 1) * width];
                    for (sum, value) in sum.iter_mut().zip(row) {
                        *sum += value;
                    }
                }
            }
        }
        for (sentence, counts) in sentences.iter_mut().zip(&counts) {
            for (vector, &count) in sentence.vectors.chunks_exact_mut(width).zip(counts) {
                vector.iter_mut().for_each(|value| *value /= count.max(1.0));
            }
        }
        for sentence in &mut sentences {
            sentence.mean = sentence.mean(0..sentence.len());
        }
        sentences
    }
}
