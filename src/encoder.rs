//! Sentences -> word vectors.
//!
//! In go a document and its sentences; out comes, for each sentence, its words (byte spans into the
//! document) and a vector a word. Sentences are tokenised one by one, packed into windows of at
//! most [`MAX_PIECES`] word pieces, and windows go through the [`Network`]. What a reader would question:
//! sentences are handed over as they are done, block by block, since the vectors of a long document
//! would fill the memory.

mod forward;
mod network;
mod parallel;
mod remembered;
mod rows;
mod turns;
mod vocabulary;
mod weights;
mod windows;
mod word_vectors;

pub use network::{Network, Precision, Worker};
pub use turns::{Ticket, Turns};
pub use vocabulary::{Pieces, Vocabulary};
pub use windows::{MAX_PIECES, Part, Window, pack};
pub use word_vectors::WordVectors;

use crate::document::{Document, Span};
use crate::error::Result;
use remembered::Remembered;
use word_vectors::PieceSums;

/// Windows that are run before their sentences are handed over: enough for every thread to be busy
/// nearly all the time, and 20 MB of vectors.
const BLOCK: usize = 64;

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
    /// [`Error::Encoder`](crate::error::Error::Encoder) when a sentence cannot be tokenised.
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
    /// [`Error::Encoder`](crate::error::Error::Encoder) when the network cannot run,
    /// [`Error::Internal`](crate::error::Error::Internal) without a worker.
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
        let sums = |i: usize| PieceSums::new(i, &pieces[i], self.width());
        let mut open: Option<PieceSums> = None;
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
                        skipped.for_each(|i| each(sums(i).finish()));
                        done = part.sentence + 1;
                    }
                    open.get_or_insert_with(|| sums(part.sentence)).add(
                        &pieces[part.sentence],
                        part,
                        &mut rows,
                    );
                }
            }
        }
        open.into_iter().for_each(|open| each(open.finish()));
        (done..pieces.len()).for_each(|i| each(sums(i).finish()));
        Ok(())
    }
}
