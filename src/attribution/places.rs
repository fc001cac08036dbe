//! Where the attributions of a sentence stand in it.
//!
//! In go the attributions that touch a sentence; out come [`Places`], which tell what is attributed
//! around a span, and whether a source stands on it. What a reader would question: they are made
//! once for a sentence and then searched, since a speech without a full stop is one sentence of
//! thousands of attributions, each of which would be asked for thousands of pairs.

use super::Attribution;
use crate::document::Span;
use crate::document::spans::Spans;

/// Where the attributions of a sentence stand in it. They are told by their index in the list that it is
/// made of.
#[derive(Debug)]
pub(crate) struct Places {
    contents: Spans,
    sources: Spans,
    /// Whether one has its source in another sentence, or has none.
    pub(crate) unheard: bool,
}

impl Places {
    pub(crate) fn new(sentence: usize, attributions: &[&Attribution]) -> Self {
        let (mut contents, mut sources) = (Vec::new(), Vec::new());
        for (at, attribution) in attributions.iter().enumerate() {
            // In order of the text; one quotation may have contents in thousands of sentences.
            let all = &attribution.contents;
            let first = all.partition_point(|content| content.sentence < sentence);
            let own = all[first..].iter().take_while(|c| c.sentence == sentence);
            contents.extend(own.map(|content| (content.span, at)));
            let source = attribution.source.filter(|&(s, _)| s == sentence);
            sources.extend(source.map(|(_, span)| (span, at)));
        }
        Self {
            contents: Spans::new(contents),
            unheard: sources.len() < attributions.len(),
            sources: Spans::new(sources),
        }
    }

    /// The attributions with a content around a span, in order.
    pub(crate) fn around(&self, span: Span) -> Vec<usize> {
        self.contents.around(span)
    }

    /// The attributions with their source on a span, in order of the sources.
    pub(crate) fn spoken_on(&self, span: Span) -> impl Iterator<Item = usize> {
        self.sources.on(span)
    }

    /// Whether an attribution has its source on a span.
    pub(crate) fn has_source_on(&self, span: Span) -> bool {
        self.sources.on(span).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::{AttributionKind, Content};
    use crate::document::spans::any_span;
    use proptest::prelude::*;

    /// Attributions with sources and contents in three sentences, wherever they stand.
    fn attributions() -> impl Strategy<Value = Vec<Attribution>> {
        let content = (0usize..3, any_span());
        let contents = proptest::collection::vec(content, 1..5);
        let one = (proptest::option::of((0usize..3, any_span())), contents);
        let one = one.prop_map(|(source, mut contents)| {
            contents.sort_by_key(|&(sentence, _)| sentence);
            let content = |(sentence, span)| Content { sentence, span };
            Attribution {
                source,
                cue: None,
                contents: contents.into_iter().map(content).collect(),
                kind: AttributionKind::Indirect,
                confidence: 0.9,
            }
        });
        proptest::collection::vec(one, 0..12)
    }

    proptest! {
        /// Places tell what asking every attribution would.
        #[test]
        fn places_are_those_of_all_attributions(all in attributions(), asked in any_span()) {
            let all: Vec<&Attribution> = all.iter().collect();
            for sentence in 0..3 {
                let places = Places::new(sentence, &all);
                let covering = (0..all.len()).filter(|&at| all[at].covers(sentence, asked));
                prop_assert_eq!(places.around(asked), covering.collect::<Vec<_>>());
                let on = |(s, source): (usize, Span)| s == sentence && asked.overlaps(source);
                let speaks = all.iter().any(|a| a.source.is_some_and(on));
                prop_assert_eq!(places.has_source_on(asked), speaks);
                prop_assert_eq!(places.unheard, all.iter().any(|a| !a.speaks_in(sentence)));
            }
        }
    }
}
