//! Sentences -> word vectors.
//!
//! In go a document and its sentences; out comes, for each sentence, its words (byte spans into the
//! document) and a vector a word. Sentences are tokenised one by one, packed into windows of at
//! most [`MAX_PIECES`] word pieces, and windows go through the [`Network`] in batches, nearly always of
//! one. What a reader would question: a batch is no longer than the longest window. That fills the
//! matrix kernels, and between two batches another document has its turn. Sentences are handed over as they are done,
//! since the vectors of a long document would fill the memory.

mod forward;
mod network;
mod remembered;
mod rows;
mod turns;
mod vocabulary;
mod weights;
mod windows;

pub use network::{Network, Precision, Worker};
pub use turns::{Ticket, Turns};
pub use vocabulary::{Pieces, Vocabulary};
pub use windows::{MAX_PIECES, Part, Window, pack};

use crate::document::{Document, Span};
use crate::error::{Error, Result};
use remembered::{Remembered, Vectors};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use windows::batches;

/// Windows that are run before their sentences are handed over: enough for every thread to be busy
/// nearly all the time, and 20 MB of vectors.
const BLOCK: usize = 64;

/// Word pieces of the windows that go through the network together. Packed windows fill it alone; the short rest of a
/// split sentence shares a batch.
const BATCH_PIECES: usize = MAX_PIECES;

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

/// The vocabulary and the network of a model.
pub struct Encoder {
    vocabulary: Vocabulary,
    network: Network,
    remembered: Remembered,
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
            remembered: Remembered::new(0),
        }
    }

    /// Remembers the vectors of windows, so that one that comes again is not run again; up to `bytes` of them.
    /// The default is 0.
    pub fn remember(&self, bytes: usize) {
        self.remembered.resize(bytes);
    }

    /// Windows that were remembered, and windows that were run; both 0 where nothing is to be remembered.
    #[must_use]
    pub fn windows_remembered(&self) -> [u64; 2] {
        self.remembered.counts()
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

    /// The windows that [`encode`](Self::encode) runs, for those who run the network themselves.
    ///
    /// # Errors
    ///
    /// [`Error::Encoder`] when a sentence cannot be tokenised.
    pub fn windows(&self, document: &Document, sentences: &[Span]) -> Result<Vec<Window>> {
        let pieces = self.pieces(document, sentences)?;
        Ok(pack(&pieces, self.vocabulary.marks()))
    }

    fn pieces(&self, document: &Document, sentences: &[Span]) -> Result<Vec<Pieces>> {
        let sentences = sentences.iter();
        sentences
            .map(|&sentence| self.vocabulary.pieces(document, sentence))
            .collect()
    }

    /// The word vectors of each sentence.
    ///
    /// `workers` gives the threads: one batch of windows at a time on each. The result does not depend on
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
        let mut all = Vec::with_capacity(sentences.len());
        self.encode_each(document, sentences, workers, |words| all.push(words))?;
        Ok(all)
    }

    /// Hands the word vectors of each sentence over, in order, as soon as they are done; otherwise
    /// as [`encode`](Self::encode).
    ///
    /// # Errors
    ///
    /// Those of [`encode`](Self::encode).
    pub fn encode_each(
        &self,
        document: &Document,
        sentences: &[Span],
        workers: &[Worker],
        mut each: impl FnMut(WordVectors),
    ) -> Result<()> {
        let pieces = self.pieces(document, sentences)?;
        let windows = pack(&pieces, self.vocabulary.marks());
        let mut open: Option<Sums> = None;
        let mut done = 0;
        let mut rest = windows.as_slice();
        while !rest.is_empty() {
            let (block, later) = rest.split_at(BLOCK.min(rest.len()));
            rest = later;
            let vectors = self.run(block, workers)?;
            for (window, vectors) in block.iter().zip(&vectors) {
                let mut rows = vectors.chunks_exact(self.width()).skip(1); // [CLS]
                for part in &window.parts {
                    if open
                        .as_ref()
                        .is_none_or(|open| open.sentence != part.sentence)
                    {
                        open.take().into_iter().for_each(|open| each(open.finish()));
                        // Sentences without pieces stand in no window.
                        let skipped = done..part.sentence;
                        skipped.for_each(|i| each(self.sums(i, &pieces[i]).finish()));
                        done = part.sentence + 1;
                    }
                    let p = &pieces[part.sentence];
                    open.get_or_insert_with(|| self.sums(part.sentence, p))
                        .add(p, part, &mut rows);
                }
            }
        }
        open.into_iter().for_each(|open| each(open.finish()));
        (done..pieces.len()).for_each(|i| each(self.sums(i, &pieces[i]).finish()));
        Ok(())
    }

    /// The sums of a sentence of which nothing was read yet.
    fn sums(&self, sentence: usize, pieces: &Pieces) -> Sums {
        Sums {
            sentence,
            words: WordVectors {
                words: pieces.words.clone(),
                width: self.width(),
                vectors: vec![0.0; pieces.words.len() * self.width()],
                kept: None,
                mean: Vec::new(),
                split: false,
            },
            counts: vec![0.0; pieces.words.len()],
        }
    }

    /// Runs every window, each worker taking the next batch that nobody has.
    fn run(&self, windows: &[Window], workers: &[Worker]) -> Result<Vec<Vectors>> {
        let [first, ..] = workers else {
            return Err(Error::Internal {
                message: "no encoder worker".to_owned(),
            });
        };
        let batches: Vec<_> = batches(windows, BATCH_PIECES, |window| window.ids.len()).collect();
        if workers.len() == 1 || batches.len() < 2 {
            let vectors: Vec<_> = batches
                .into_iter()
                .map(|batch| self.run_batch(batch, first))
                .collect::<Result<_>>()?;
            return Ok(vectors.into_iter().flatten().collect());
        }
        let next = AtomicUsize::new(0);
        let mut done: Vec<(usize, Result<Vec<Vectors>>)> = std::thread::scope(|scope| {
            let run = |worker| {
                let mut own = Vec::new();
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&batch) = batches.get(i) else {
                        return own;
                    };
                    own.push((i, self.run_batch(batch, worker)));
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
        if done.len() != batches.len() {
            return Err(Error::Encoder {
                message: "a worker stopped".to_owned(),
            });
        }
        done.sort_by_key(|&(i, _)| i);
        let vectors: Vec<_> = done
            .into_iter()
            .map(|(_, vectors)| vectors)
            .collect::<Result<_>>()?;
        Ok(vectors.into_iter().flatten().collect())
    }

    /// Runs the windows of a batch that are not remembered.
    fn run_batch(&self, batch: &[Window], worker: &Worker) -> Result<Vec<Vectors>> {
        let mut vectors: Vec<Option<Vectors>> = batch
            .iter()
            .map(|window| self.remembered.get(&window.ids))
            .collect();
        let missing = batch.iter().zip(&vectors);
        let missing: Vec<&[u32]> = missing
            .filter(|(_, found)| found.is_none())
            .map(|(window, _)| window.ids.as_slice())
            .collect();
        let mut made = Vec::new();
        if !missing.is_empty() {
            made = self.network.vectors(&missing, worker)?;
        }
        let mut made = missing.into_iter().zip(made.into_iter().map(Arc::new));
        for place in vectors.iter_mut().filter(|place| place.is_none()) {
            *place = made.next().map(|(ids, vectors)| {
                self.remembered.put(ids, &vectors);
                vectors
            });
        }
        Ok(vectors.into_iter().flatten().collect())
    }
}

/// A sentence while its windows are read: sums over the word pieces of each word, and their number.
/// Pieces read in two windows count in both.
struct Sums {
    sentence: usize,
    words: WordVectors,
    counts: Vec<f32>,
}

impl Sums {
    fn add<'r>(
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

    fn finish(mut self) -> WordVectors {
        let rows = self.words.vectors.chunks_exact_mut(self.words.width);
        for (vector, &count) in rows.zip(&self.counts) {
            vector.iter_mut().for_each(|value| *value /= count.max(1.0));
        }
        self.words.mean = self.words.mean(0..self.words.len());
        self.words
    }
}
