//! Rows of a text -> a document and the mentions in it.
//!
//! In goes a text with who stands how toward whom; out come the [`Document`] that it is, its sentences, and the spans of
//! each sentence that are targets and holders. What a reader would question: an actor of a row is a target wherever the
//! sentence names it, since one row stands for all mentions of its actor.

use crate::corpus::RowsText;
use crate::document::{Document, Span};
use crate::error::Result;

/// The mentions that the rows of a sentence give, each with the id of its actor or speaker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions<'a> {
    /// Targets as labelled, then where their actors are named again: one row stands for all mentions of its
    /// actor in the sentence. Those that overlap an earlier one are left out.
    pub targets: Vec<(Span, &'a str)>,
    /// Holders as labelled.
    pub holders: Vec<(Span, &'a str)>,
}

impl RowsText {
    /// The mentions in sentence `number` of [`RowsText::document`].
    #[must_use]
    pub fn mentions(&self, document: &Document, sentences: &[Span], number: usize) -> Mentions<'_> {
        let span = |range| self.span_in(sentences, number, range);
        let mut mentions = Mentions::default();
        let rows = || self.rows.iter().filter(|row| row.sentence == number);
        let labelled = rows().map(|row| (span(row.target_span), row.actor.as_str()));
        let repeated = rows().flat_map(|row| {
            let named = self.mentions_of(document, sentences[number], &row.actor);
            named.into_iter().map(|span| (span, row.actor.as_str()))
        });
        for (target, actor) in labelled.chain(repeated) {
            let apart = |&(other, _): &(Span, &str)| !other.overlaps(target);
            if mentions.targets.iter().all(apart) {
                mentions.targets.push((target, actor));
            }
        }
        for row in rows() {
            if let (Some(holder), Some(id)) = (row.holder_span, row.holder.as_deref())
                && !mentions.holders.contains(&(span(holder), id))
            {
                mentions.holders.push((span(holder), id));
            }
        }
        mentions
    }

    /// The text as a document, its sentences parted by a space, with its turns; and the sentences.
    ///
    /// # Errors
    ///
    /// Those of [`Document::new`].
    pub fn document(&self) -> Result<(Document, Vec<Span>)> {
        let mut text = String::new();
        let mut sentences = Vec::with_capacity(self.sentences.len());
        for sentence in &self.sentences {
            if !text.is_empty() {
                text.push(' ');
            }
            sentences.push(Span::raw(text.len(), text.len() + sentence.len()));
            text.push_str(sentence);
        }
        let mut document = Document::new(self.id.clone(), text)?;
        if let Some(turns) = &self.turns {
            let mut all: Vec<crate::document::Turn> = Vec::new();
            let mut last = None;
            for (id, &span) in turns.iter().zip(&sentences) {
                let name = self
                    .speakers
                    .get(id)
                    .and_then(|forms| forms.first())
                    .unwrap_or(id);
                match all.last_mut() {
                    Some(turn) if last == Some(id) => turn.span = turn.span.cover(span),
                    _ => all.push(crate::document::Turn {
                        speaker: name.clone(),
                        span,
                    }),
                }
                last = Some(id);
            }
            document = document.with_turns(all)?;
        }
        Ok((document, sentences))
    }

    /// A byte range of a sentence as a span of [`RowsText::document`].
    #[must_use]
    pub fn span_in(&self, sentences: &[Span], number: usize, (start, end): (usize, usize)) -> Span {
        let sentence = sentences[number];
        let clamp = |at: usize| (sentence.start() + at).min(sentence.end());
        Span::raw(clamp(start), clamp(end).max(clamp(start)))
    }

    /// Where the name forms of an actor stand in a sentence, as whole words.
    fn mentions_of(&self, document: &Document, sentence: Span, actor: &str) -> Vec<Span> {
        let text = document.slice(sentence);
        let mut found = Vec::new();
        for form in self
            .actors
            .get(actor)
            .into_iter()
            .flatten()
            .filter(|form| !form.is_empty())
        {
            for (at, _) in text.match_indices(form.as_str()) {
                let before = text.get(..at).and_then(|s| s.chars().next_back());
                let after = text.get(at + form.len()..).and_then(|s| s.chars().next());
                let inside_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                if !inside_word(before) && !inside_word(after) {
                    let start = sentence.start() + at;
                    found.push(Span::raw(start, start + form.len()));
                }
            }
        }
        found.sort_by_key(|span| (std::cmp::Reverse(span.len()), span.start()));
        found
    }
}
