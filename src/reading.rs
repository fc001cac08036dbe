//! Everything the taggers see in a document, before anybody is identified.
//!
//! In go a document, its sentences, an encoder and the taggers; out comes a [`Reading`]: word
//! vectors, tagged spans, quotations and linked attributions. Training, evaluation and scoring all
//! start from it, so that they see the same text in the same way.

use crate::attribution::{Attribution, link, quotes::quotes};
use crate::document::{Document, Span};
use crate::encoder::{Encoder, WordVectors, Worker};
use crate::error::Result;
use crate::tagging::{Layer, SOURCE, Tagged, Tagger};
use std::ops::Range;

/// A document as the taggers see it.
#[derive(Debug)]
pub struct Reading {
    /// Sentence spans.
    pub sentences: Vec<Span>,
    /// Words and vectors of each sentence.
    pub words: Vec<WordVectors>,
    /// Tagged spans: one list a layer (in the order of [`Layer::ALL`]), then one a sentence.
    pub tags: Vec<Vec<Vec<Tagged>>>,
    /// Quotations, sorted.
    pub quotes: Vec<Span>,
    /// Linked attributions.
    pub attributions: Vec<Attribution>,
}

impl Reading {
    /// Reads a document with the given sentences.
    ///
    /// # Errors
    ///
    /// Those of [`Encoder::encode`].
    pub fn new(
        document: &Document,
        sentences: Vec<Span>,
        encoder: &Encoder,
        taggers: &[Tagger],
        workers: &[Worker],
    ) -> Result<Self> {
        let words = encoder.encode(document, &sentences, workers)?;
        Ok(Self::of_words(document, sentences, words, taggers))
    }

    /// The same from vectors that are there already.
    #[must_use]
    pub fn of_words(
        document: &Document,
        sentences: Vec<Span>,
        words: Vec<WordVectors>,
        taggers: &[Tagger],
    ) -> Self {
        let tags: Vec<Vec<Vec<Tagged>>> = taggers
            .iter()
            .map(|tagger| {
                words
                    .iter()
                    .map(|sentence| tagger.spans(sentence))
                    .collect()
            })
            .collect();
        let quotes = quotes(document);
        let attributions = match (
            tags.get(Layer::Voice as usize),
            tags.get(Layer::Content as usize),
        ) {
            (Some(voice), Some(content)) => link(&words, voice, content, &quotes),
            (Some(_) | None, _) => Vec::new(),
        };
        Self {
            sentences,
            words,
            tags,
            quotes,
            attributions,
        }
    }

    /// The tagged spans of a layer in a sentence.
    #[must_use]
    pub fn tagged(&self, layer: Layer, sentence: usize) -> &[Tagged] {
        let of_layer = self.tags.get(layer as usize);
        of_layer
            .and_then(|all| all.get(sentence))
            .map_or(&[], Vec::as_slice)
    }

    /// The span of a range of words of a sentence.
    #[must_use]
    pub fn span(&self, sentence: usize, words: &Range<usize>) -> Span {
        let all = self.words[sentence].words();
        all[words.start].cover(all[words.end - 1])
    }

    /// For each sentence, the numbers of the attributions that touch it.
    #[must_use]
    pub fn attributions_by_sentence(&self) -> Vec<Vec<usize>> {
        let mut by_sentence = vec![Vec::new(); self.sentences.len()];
        for (number, attribution) in self.attributions.iter().enumerate() {
            for sentence in attribution.sentences() {
                by_sentence[sentence].push(number);
            }
        }
        by_sentence
    }

    /// The words of the holders found in a sentence: tagged holders, and sources that are none.
    #[must_use]
    pub fn holders(&self, sentence: usize) -> Vec<Range<usize>> {
        let holders = self.tagged(Layer::Holder, sentence);
        let mut found: Vec<Range<usize>> = holders.iter().map(|span| span.words.clone()).collect();
        for source in self
            .tagged(Layer::Voice, sentence)
            .iter()
            .filter(|span| span.kind == SOURCE)
        {
            if found
                .iter()
                .all(|f| f.start >= source.words.end || source.words.start >= f.end)
            {
                found.push(source.words.clone());
            }
        }
        found.sort_by_key(|range| range.start);
        found
    }
}
