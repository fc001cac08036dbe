//! Everything the taggers see in a document, before anybody is identified.
//!
//! In go a document, its sentences, an encoder and the taggers; out comes a [`Reading`]: word
//! vectors, tagged spans, quotations and linked attributions. Training, evaluation and scoring all
//! start from it, so that they see the same text in the same way.

mod joined;
mod names;

use crate::attribution::{Attribution, Places, cues::complete, link, quotes::quotes};
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
    /// The sources of each sentence, those of two speakers ("Ana Ruiz and her aides") as two.
    sources: Vec<Vec<Tagged>>,
    by_sentence: Vec<Vec<usize>>,
    /// Where those of `by_sentence` stand in their sentence.
    places: Vec<Places>,
}

/// Which word vectors a [`Reading`] keeps.
#[derive(Debug, Clone, Copy)]
pub enum Keep<'a> {
    /// All of them, as training and explanations need.
    All,
    /// Those of words that may become part of a mention: of tagged targets, holders, sources and
    /// entities, and of these spans (sorted, without overlap). A tenth of the memory.
    Mentions(&'a [Span]),
}

/// A [`Reading`] that grows by the sentence.
#[derive(Debug)]
pub struct Reader<'a> {
    document: &'a Document,
    taggers: &'a [Tagger],
    keep: Keep<'a>,
    quotes: Vec<Span>,
    words: Vec<WordVectors>,
    tags: Vec<Vec<Vec<Tagged>>>,
    sources: Vec<Vec<Tagged>>,
}

impl<'a> Reader<'a> {
    /// A reader before the first sentence.
    #[must_use]
    pub fn new(document: &'a Document, taggers: &'a [Tagger], keep: Keep<'a>) -> Self {
        Self {
            document,
            taggers,
            keep,
            quotes: quotes(document),
            words: Vec::new(),
            tags: vec![Vec::new(); taggers.len()],
            sources: Vec::new(),
        }
    }

    /// Tags the next sentence.
    pub fn push(&mut self, mut sentence: WordVectors) {
        let mut candidates: Vec<Range<usize>> = Vec::new();
        // In the order of the layers: mentions are cut by entities, and these by cues.
        let (mut voice, mut entities) = (Vec::new(), Vec::new());
        for (tagger, all) in self.taggers.iter().zip(&mut self.tags) {
            let mut spans = tagger.spans(&sentence);
            let names = || names::Sentence::new(self.document, sentence.words(), &voice);
            spans = match tagger.layer() {
                Layer::Voice => complete(self.document, &sentence, spans, &self.quotes),
                Layer::Content => spans,
                Layer::Entity => names().entities(spans),
                Layer::Target | Layer::Holder => names().mentions(spans, &entities),
            };
            if tagger.layer() != Layer::Content {
                begin_with_words(self.document, sentence.words(), &mut spans);
                let words = sentence.words();
                let whole = spans
                    .iter()
                    .map(|span| with_stop(self.document, words, &span.words));
                candidates.extend(whole);
            }
            match tagger.layer() {
                Layer::Voice => voice.clone_from(&spans),
                Layer::Entity => entities.clone_from(&spans),
                Layer::Content | Layer::Target | Layer::Holder => {}
            }
            all.push(spans);
        }
        // Attributions have the whole source; its speakers are told apart as holders are.
        voice.retain(|span: &Tagged| span.kind == SOURCE);
        let mut sources =
            names::Sentence::new(self.document, sentence.words(), &[]).mentions(voice, &entities);
        begin_with_words(self.document, sentence.words(), &mut sources);
        self.sources.push(sources);
        if let Keep::Mentions(given) = self.keep {
            candidates.extend(sentence.words_in_each(given));
            sentence.keep(&candidates);
        }
        self.words.push(sentence);
    }

    /// Links what was tagged; `sentences` are the spans of all sentences that were pushed.
    #[must_use]
    pub fn finish(self, sentences: Vec<Span>) -> Reading {
        let attributions = match (
            self.tags.get(Layer::Voice as usize),
            self.tags.get(Layer::Content as usize),
        ) {
            (Some(voice), Some(content)) => {
                link(self.document, &self.words, voice, content, &self.quotes)
            }
            (Some(_) | None, _) => Vec::new(),
        };
        let mut by_sentence = vec![Vec::new(); sentences.len()];
        for (number, attribution) in attributions.iter().enumerate() {
            for sentence in attribution.sentences() {
                by_sentence[sentence].push(number);
            }
        }
        let in_sentence = |(sentence, numbers): (usize, &Vec<usize>)| {
            let touching: Vec<_> = numbers.iter().map(|&i| &attributions[i]).collect();
            Places::new(sentence, &touching)
        };
        let places = by_sentence.iter().enumerate().map(in_sentence).collect();
        Reading {
            sentences,
            words: self.words,
            tags: self.tags,
            quotes: self.quotes,
            attributions,
            sources: self.sources,
            by_sentence,
            places,
        }
    }
}

/// Names, sources and cues begin with a word: signs before it (a bracket, an emoji) are no part of them.
fn begin_with_words(document: &Document, words: &[Span], spans: &mut [Tagged]) {
    let is_word = |&i: &usize| {
        let word = words.get(i).map(|&word| document.slice(word));
        word.is_some_and(|word| word.contains(char::is_alphanumeric))
    };
    for span in spans {
        if let Some(first) = span.words.clone().find(is_word) {
            span.words.start = first;
        }
    }
}

/// A span and the full stop behind it: "Mr" may become a mention together with the name that follows.
fn with_stop(document: &Document, words: &[Span], span: &Range<usize>) -> Range<usize> {
    let behind = words.get(span.end).map(|&word| document.slice(word));
    span.start..span.end + usize::from(behind == Some("."))
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
        keep: Keep<'_>,
    ) -> Result<Self> {
        let mut reader = Reader::new(document, taggers, keep);
        encoder.encode_each(document, &sentences, workers, |words| reader.push(words))?;
        Ok(reader.finish(sentences))
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
    pub fn attributions_by_sentence(&self) -> &[Vec<usize>] {
        &self.by_sentence
    }

    /// The numbers of the attributions with a content around a span of a sentence, in order.
    #[must_use]
    pub fn attributions_around(&self, sentence: usize, span: Span) -> Vec<usize> {
        let numbers = &self.by_sentence[sentence];
        let around = self.places[sentence].around(span);
        around.into_iter().map(|at| numbers[at]).collect()
    }

    /// The attributions whose source shares a byte with a span of a sentence.
    pub(crate) fn attributions_from(
        &self,
        sentence: usize,
        span: Span,
    ) -> impl Iterator<Item = &Attribution> {
        let numbers = &self.by_sentence[sentence];
        let from = self.places[sentence].spoken_on(span);
        from.map(|at| &self.attributions[numbers[at]])
    }

    /// Where the attributions that touch a sentence stand in it.
    pub(crate) fn places(&self, sentence: usize) -> &Places {
        &self.places[sentence]
    }

    /// The words of the holders found in a sentence: tagged holders, and speakers of its sources that are none.
    #[must_use]
    pub fn holders(&self, sentence: usize) -> Vec<Range<usize>> {
        holders(
            self.tagged(Layer::Holder, sentence),
            self.sources.get(sentence).map_or(&[], Vec::as_slice),
            self.words[sentence].len(),
        )
    }
}

/// The words of holders, and of sources that share none with what is there already, in order.
fn holders(tagged: &[Tagged], voice: &[Tagged], n_words: usize) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = tagged.iter().map(|span| span.words.clone()).collect();
    // A look at the words of a source, and not at all holders.
    let mut taken = vec![false; n_words];
    for words in &found {
        taken[words.clone()].fill(true);
    }
    for source in voice.iter().filter(|span| span.kind == SOURCE) {
        let words = &mut taken[source.words.clone()];
        if !words.contains(&true) {
            words.fill(true);
            found.push(source.words.clone());
        }
    }
    found.sort_by_key(|range| range.start);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tagging::meet;
    use proptest::prelude::*;

    /// Any spans of a sentence of 60 words: where they start, how long they are, and a kind.
    fn spans() -> impl Strategy<Value = Vec<Tagged>> {
        let span = (0usize..50, 1usize..10, 0usize..2).prop_map(|(start, len, kind)| Tagged {
            kind,
            words: start..start + len,
            confidence: 0.9,
        });
        proptest::collection::vec(span, 0..12)
    }

    proptest! {
        /// Looking at words finds the same holders as asking all of them.
        #[test]
        fn words_know_their_holders(tagged in spans(), voice in spans()) {
            let mut asked: Vec<_> = tagged.iter().map(|span| span.words.clone()).collect();
            for source in voice.iter().filter(|span| span.kind == SOURCE) {
                if asked.iter().all(|holder| !meet(holder, &source.words)) {
                    asked.push(source.words.clone());
                }
            }
            asked.sort_by_key(|words| words.start);
            prop_assert_eq!(holders(&tagged, &voice, 60), asked);
        }
    }
}
