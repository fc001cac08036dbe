//! Tagged spans -> attributions: who is said to say, think or do what.
//!
//! In go the `voice` and `content` spans of every sentence and the document's quotation marks; out
//! come [`Attribution`]s of a source, a cue and one or more contents, the running ones (a quote that
//! goes on, a source named only in the next sentence) joined. Who the source *is* is decided later,
//! with the actors. What a reader would question: linking is by rule, nearest first, and not
//! learned; what the rules get wrong is measured by `stance evaluate` on PolNeAR.

pub mod cues;
mod links;
mod places;
pub mod quotes;

pub use links::link;
pub(crate) use places::Places;

use crate::document::Span;

/// How a content reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributionKind {
    /// All of it stands in quotation marks.
    Direct,
    /// None of it does.
    Indirect,
    /// Part of it does.
    Mixed,
}

/// A piece of content within one sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Content {
    /// Number of the sentence.
    pub sentence: usize,
    /// What is said.
    pub span: Span,
}

/// A source, a cue and what they report. Source and cue never overlap; a cue lies in no content of
/// its own attribution.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// Who says it, as the text has it, with the number of the sentence it stands in.
    pub source: Option<(usize, Span)>,
    /// The words that report ("said", "according to").
    pub cue: Option<(usize, Span)>,
    /// What is said, in order of the text; never empty.
    pub contents: Vec<Content>,
    /// Direct, indirect or mixed.
    pub kind: AttributionKind,
    /// Mean confidence of the tagged spans it is made of; 0 to 1.
    pub confidence: f64,
}

impl Attribution {
    /// Whether a content of it in `sentence` contains `span`.
    #[must_use]
    pub fn covers(&self, sentence: usize, span: Span) -> bool {
        self.contents
            .iter()
            .any(|content| content.sentence == sentence && content.span.contains(span))
    }

    /// Whether its source stands in `sentence`.
    #[must_use]
    pub fn speaks_in(&self, sentence: usize) -> bool {
        self.source.is_some_and(|(s, _)| s == sentence)
    }

    /// The sentences it touches, in order.
    #[must_use]
    pub fn sentences(&self) -> Vec<usize> {
        let ends = self.source.iter().chain(&self.cue).map(|&(s, _)| s);
        let mut all: Vec<usize> = self
            .contents
            .iter()
            .map(|c| c.sentence)
            .chain(ends)
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
