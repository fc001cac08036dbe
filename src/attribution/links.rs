//! Tagged spans of all sentences -> attributions, and the links that run over sentences.
//!
//! In go the spans and the quotations of a document; out come its attributions, in order of the text. What belongs
//! together within a sentence is told in `sentence`, what quotation marks say in `quoted`. What a reader would question:
//! a content that finds neither cue nor source in its sentence goes on with the attribution that ran into it, or waits
//! for the source of the next sentence when one quotation holds both; neither goes beyond a turn.

mod quoted;
mod sentence;

use super::quotes::quote_around;
use super::{Attribution, AttributionKind, Content};
use crate::document::{Document, Span};
use crate::encoder::WordVectors;
use crate::tagging::Tagged;
use quoted::{give_to_one, kind};
use sentence::{Sentence, with_quotations};
use std::ops::Range;

/// Links the spans of all sentences; `voice[i]` and `content[i]` are those of `sentences[i]`, each in
/// order and without overlap.
#[must_use]
pub fn link(
    document: &Document,
    sentences: &[WordVectors],
    voice: &[Vec<Tagged>],
    content: &[Vec<Tagged>],
    quotes: &[Span],
) -> Vec<Attribution> {
    let mut all: Vec<Attribution> = Vec::new();
    // The attribution that runs into the next sentence, and contents that wait for a source.
    let mut running: Option<usize> = None;
    let mut waiting: Vec<(Content, f64)> = Vec::new();
    let mut turn: Option<Span> = None;
    for (number, words) in sentences.iter().enumerate() {
        let span = |range: &Range<usize>| span_of(words, range);
        // Whoever speaks next does not go on with what somebody else has begun.
        let own = turn_of(document, words);
        if own != turn {
            running = None;
            flush(&mut all, &mut waiting, true);
            turn = own;
        }
        // Quotations that the tagger passed over, where somebody speaks or the quote runs on.
        let heard = if running.is_some() || !voice[number].is_empty() {
            words.words_in_each(quotes)
        } else {
            Vec::new()
        };
        let local = Sentence::new(&voice[number], with_quotations(&content[number], heard));
        let groups = local.groups();
        let first = all.len();
        for group in &groups.linked {
            let confidences = group.spans().map(|span| span.confidence);
            let n = group.spans().count().max(1) as f64;
            all.push(Attribution {
                source: group.source.map(|s| (number, span(&s.words))),
                cue: group.cue.map(|c| (number, span(&c.words))),
                contents: group
                    .contents
                    .iter()
                    .map(|c| Content {
                        sentence: number,
                        span: span(&c.words),
                    })
                    .collect(),
                kind: AttributionKind::Indirect,
                confidence: confidences.sum::<f64>() / n,
            });
        }
        // A quotation whose first sentences came before their source.
        if let Some(attribution) = all.get_mut(first) {
            let start = attribution.contents[0].span;
            let same_quote = |content: &Content| {
                quote_around(quotes, content.span)
                    .is_some_and(|quote| quote.contains(Span::raw(start.start(), start.start())))
            };
            if waiting.iter().all(|(content, _)| same_quote(content)) {
                let before = waiting.drain(..).map(|(content, _)| content);
                attribution.contents.splice(0..0, before);
            }
        }
        flush(
            &mut all,
            &mut waiting,
            !groups.linked.is_empty() || groups.orphans.is_empty(),
        );
        let ends_open = |index: usize, all: &[Attribution]| {
            let last = all[index].contents.last();
            last.is_some_and(|c| {
                c.sentence == number && words.words_in(c.span).end + 3 >= words.len()
            })
            .then_some(index)
        };
        let mut next = (first..all.len())
            .rev()
            .find_map(|index| ends_open(index, &all));
        if next.is_none() && first < all.len() {
            next = Some(all.len() - 1);
        }
        for orphan in &groups.orphans {
            let content = Content {
                sentence: number,
                span: span(&orphan.words),
            };
            let after_own = (first < all.len()).then(|| all.len() - 1);
            // Who was quoted goes on in quotation marks, or not at all.
            let quoted = |span: Span| quote_around(quotes, span).is_some();
            let goes_on = |&index: &usize| {
                let last = all.get(index).and_then(|a| a.contents.last());
                quoted(content.span) || last.is_none_or(|last| !quoted(last.span))
            };
            match running.filter(goes_on).or(after_own) {
                Some(index) => {
                    all[index].contents.push(content);
                    next = next.or(Some(index));
                }
                None => waiting.push((content, orphan.confidence)),
            }
        }
        running = next;
    }
    flush(&mut all, &mut waiting, true);
    give_to_one(&mut all, quotes);
    for attribution in &mut all {
        attribution.contents.sort_by_key(|c| c.span);
        attribution.kind = kind(&attribution.contents, quotes);
    }
    all.sort_by_key(|a| a.contents.first().map(|c| c.span));
    all
}

/// The turn that a sentence stands in, by its span.
fn turn_of(document: &Document, sentence: &WordVectors) -> Option<Span> {
    let first = sentence.words().first()?;
    let turn = document.turn_at(first.start())?;
    Some(turn.span)
}

/// Contents that waited in vain become an attribution without a source.
fn flush(all: &mut Vec<Attribution>, waiting: &mut Vec<(Content, f64)>, now: bool) {
    if !now || waiting.is_empty() {
        return;
    }
    let n = waiting.len() as f64;
    all.push(Attribution {
        source: None,
        cue: None,
        confidence: waiting
            .iter()
            .map(|(_, confidence)| confidence)
            .sum::<f64>()
            / n,
        contents: waiting.drain(..).map(|(content, _)| content).collect(),
        kind: AttributionKind::Indirect,
    });
}

fn span_of(words: &WordVectors, range: &Range<usize>) -> Span {
    let all = words.words();
    match (all.get(range.start), all.get(range.end - 1)) {
        (Some(first), Some(last)) => first.cover(*last),
        (Some(_) | None, _) => Span::raw(0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(super) fn words_of(spans: &[Tagged]) -> Vec<Range<usize>> {
        spans.iter().map(|span| span.words.clone()).collect()
    }

    /// Steps as [`spans_of_steps`](crate::tagging::spans_of_steps) takes them; mostly short, so that costs are often
    /// equal, and sometimes as long as the penalties of a source.
    pub(super) fn steps(longest: usize) -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
        let skip = prop_oneof![6 => 0usize..4, 1 => 0usize..50];
        proptest::collection::vec((skip, 1..=longest, 0usize..2), 0..40)
    }
}
