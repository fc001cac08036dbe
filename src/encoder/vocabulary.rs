//! Text -> word pieces: in goes a sentence of a document, out come token ids, and for each the word
//! it belongs to, with the words' byte spans in the document.
//!
//! Words are the tokenizer's pre-tokens (runs of letters and digits, single punctuation marks):
//! tags, features and explanations all count in them, so that no span ever ends inside a word.

use crate::document::{Document, Span};
use crate::error::{Error, Result};
use tokenizers::Tokenizer;

/// The tokens of one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pieces {
    /// Token ids, without the marks of start and end.
    pub ids: Vec<u32>,
    /// The word of each piece, counted from 0; never falls.
    pub word_of: Vec<usize>,
    /// Byte spans of the words in the document.
    pub words: Vec<Span>,
}

/// A WordPiece vocabulary with its normaliser.
pub struct Vocabulary {
    tokenizer: Tokenizer,
    start: u32,
    end: u32,
}

impl std::fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vocabulary").finish_non_exhaustive()
    }
}

impl Vocabulary {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] when it cannot be understood, or does not put one mark before a text and one behind it.
    pub fn load(json: &[u8]) -> Result<Self> {
        let error = |message: String| Error::Model {
            message: format!("tokenizer.json: {message}"),
        };
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(|e| error(e.to_string()))?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|e| error(e.to_string()))?;
        let marks = tokenizer.encode("", true);
        let marks = marks.map_err(|e| error(e.to_string()))?;
        let &[start, end] = marks.get_ids() else {
            return Err(error(format!(
                "{} tokens stand around a text, 2 are expected, such as [CLS] and [SEP]",
                marks.len()
            )));
        };
        Ok(Self {
            tokenizer,
            start,
            end,
        })
    }

    /// The ids that open and close every window.
    #[must_use]
    pub fn marks(&self) -> (u32, u32) {
        (self.start, self.end)
    }

    /// The word pieces of a sentence.
    ///
    /// # Errors
    ///
    /// [`Error::Encoder`] when the tokenizer fails.
    pub fn pieces(&self, document: &Document, sentence: Span) -> Result<Pieces> {
        let text = document.slice(sentence);
        let encoding = self
            .tokenizer
            .encode(text, false)
            .map_err(|e| Error::Encoder {
                message: e.to_string(),
            })?;
        let n = encoding.len();
        let mut pieces = Pieces {
            ids: Vec::with_capacity(n),
            word_of: Vec::with_capacity(n),
            words: Vec::new(),
        };
        let mut last = None;
        let rows = encoding.get_ids().iter().zip(encoding.get_word_ids());
        for ((&id, &word), &(from, to)) in rows.zip(encoding.get_offsets()) {
            let span = on_boundaries(document, sentence, from, to);
            if word.is_none() || word != last || pieces.words.is_empty() {
                pieces.words.push(span);
            } else if let Some(open) = pieces.words.last_mut() {
                *open = open.cover(span);
            }
            last = word;
            pieces.ids.push(id);
            pieces.word_of.push(pieces.words.len() - 1);
        }
        Ok(pieces)
    }
}

/// A range of the sentence as a span of the document, widened to whole characters and over the
/// accents that follow, which the normaliser drops.
fn on_boundaries(document: &Document, sentence: Span, from: usize, to: usize) -> Span {
    let text = document.text();
    let mut start = (sentence.start() + from).min(sentence.end());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (sentence.start() + to).clamp(start, sentence.end());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let accent = |c: &char| matches!(c, '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}');
    if end > start {
        let rest = document.slice(Span::raw(end, sentence.end()));
        end += rest
            .chars()
            .take_while(accent)
            .map(char::len_utf8)
            .sum::<usize>();
    }
    Span::raw(start, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::built_in_vocabulary;

    #[test]
    fn words_slice_to_their_surface() {
        let cases: &[(&str, &[&str])] = &[
            ("Élodie's café", &["Élodie", "'", "s", "café"]),
            ("e\u{301}tat İzmir", &["e\u{301}tat", "İzmir"]),
            ("👍 ok\r\nfine", &["👍", "ok", "fine"]),
            (
                "Saudi-led \u{201c}talks\u{201d}",
                &["Saudi", "-", "led", "\u{201c}", "talks", "\u{201d}"],
            ),
            ("unbelievability", &["unbelievability"]),
        ];
        let vocabulary = built_in_vocabulary();
        for (text, expected) in cases {
            let document = Document::new("t", *text).unwrap();
            let pieces = vocabulary
                .pieces(&document, document.span_of_text())
                .unwrap();
            let words: Vec<&str> = pieces.words.iter().map(|&w| document.slice(w)).collect();
            assert_eq!(&words, expected, "{text:?}");
            assert_eq!(pieces.ids.len(), pieces.word_of.len());
        }
    }

    #[test]
    fn word_order_never_falls() {
        let document = Document::new("t", "a\u{0}b \u{202e}c  d\u{301}\u{301} 漢字かな").unwrap();
        let pieces = built_in_vocabulary()
            .pieces(&document, document.span_of_text())
            .unwrap();
        assert!(
            pieces.words.windows(2).all(|w| w[0].end() <= w[1].start()),
            "{pieces:?}"
        );
        assert!(
            pieces
                .word_of
                .windows(2)
                .all(|w| w[0] <= w[1] && w[1] <= w[0] + 1)
        );
    }
}
