//! Spans of a sentence -> linked source, cue and content.
//!
//! Everything goes to its nearest: a content to the nearest cue that is not inside it, a cue to the nearest source on the
//! same level of nesting. A content that finds neither is an orphan, and left to the sentences around. What a reader would
//! question: spans are in order, so that the nearest are found by searching, since a speech without a full stop is one
//! sentence of thousands of cues.

use crate::tagging::{CUE, SOURCE, Tagged, gap};
use std::collections::BTreeMap;
use std::ops::Range;

/// Fewest words of a quotation that is taken for speech without a content tag on it.
const QUOTE_WORDS: usize = 6;

/// The contents of a sentence and those of its quotations that neither meet nor touch one, in order.
pub(super) fn with_quotations(contents: &[Tagged], quotes: Vec<Range<usize>>) -> Vec<Tagged> {
    let mut added: Vec<Tagged> = Vec::new();
    for quote in quotes {
        // All before it end before the quotation; all behind it start later.
        let next = contents.partition_point(|c| c.words.end < quote.start);
        let mut near = contents.get(next).into_iter().chain(added.last());
        if quote.len() >= QUOTE_WORDS && near.all(|c| gap(&c.words, &quote) > 0) {
            added.push(Tagged {
                kind: 0,
                words: quote,
                confidence: 0.5,
            });
        }
    }
    added.extend_from_slice(contents);
    added.sort_by_key(|span| span.words.start);
    added
}

/// The spans of one sentence, each kind in order and without overlap.
pub(super) struct Sentence<'a> {
    sources: Vec<&'a Tagged>,
    cues: Vec<&'a Tagged>,
    contents: Vec<Tagged>,
}

/// What belongs together within a sentence.
pub(super) struct Group<'a> {
    pub(super) source: Option<&'a Tagged>,
    pub(super) cue: Option<&'a Tagged>,
    pub(super) contents: Vec<&'a Tagged>,
}

impl<'a> Group<'a> {
    pub(super) fn spans(&self) -> impl Iterator<Item = &'a Tagged> {
        self.source
            .into_iter()
            .chain(self.cue)
            .chain(self.contents.clone())
    }
}

/// What is linked within a sentence, and what is not.
pub(super) struct Groups<'a> {
    pub(super) linked: Vec<Group<'a>>,
    /// Contents without source and cue in their sentence.
    pub(super) orphans: Vec<&'a Tagged>,
}

impl<'a> Sentence<'a> {
    pub(super) fn new(voice: &'a [Tagged], contents: Vec<Tagged>) -> Self {
        let of_kind = |kind| {
            voice
                .iter()
                .filter(|span| span.kind == kind)
                .collect::<Vec<_>>()
        };
        Self {
            sources: of_kind(SOURCE),
            cues: of_kind(CUE),
            contents,
        }
    }

    /// Whether a content holds a span; no more than one can.
    fn is_held(&self, words: &Range<usize>) -> bool {
        let next = self
            .contents
            .partition_point(|c| c.words.start <= words.start);
        let last = next.checked_sub(1).map(|last| &self.contents[last]);
        last.is_some_and(|c| holds(&c.words, words))
    }

    /// Whether a cue stands between two spans.
    fn is_crossed(&self, a: &Range<usize>, b: &Range<usize>) -> bool {
        let low = a.end.min(b.end);
        let next = self.cues.partition_point(|cue| cue.words.start < low);
        // The first behind the nearer end is also the first to end.
        let first = self.cues.get(next);
        first.is_some_and(|cue| between(&cue.words, a, b))
    }

    /// The source of a cue. What is added to the gap is 32.5 at most, so that the search ends 32 words
    /// behind the nearest.
    fn source_of(&self, cue: &Range<usize>) -> Option<usize> {
        let level = self.is_held(cue);
        nearest(&self.sources, cue, |source| {
            let crossed = self.is_crossed(source, cue);
            let other_level = self.is_held(source) != level;
            let after = source.start > cue.start;
            gap(source, cue) as f64
                + if crossed { 20.0 } else { 0.0 }
                + if other_level { 12.0 } else { 0.0 }
                + if after { 0.5 } else { 0.0 }
        })
    }

    pub(super) fn groups(&self) -> Groups<'_> {
        let cues = self.cues.iter();
        let source_of_cue: Vec<_> = cues.map(|cue| self.source_of(&cue.words)).collect();
        let mut linked: Vec<Group<'_>> = Vec::new();
        let mut numbers: BTreeMap<(Option<usize>, Option<usize>), usize> = BTreeMap::new();
        let mut orphans = Vec::new();
        for content in &self.contents {
            let outside = |span: &Range<usize>| {
                if holds(&content.words, span) {
                    f64::INFINITY
                } else {
                    gap(&content.words, span) as f64
                }
            };
            let cue = nearest(&self.cues, &content.words, outside);
            let source = match cue {
                Some(cue) => source_of_cue[cue],
                None => nearest(&self.sources, &content.words, outside),
            };
            // A source inside its own content is somebody else's.
            let source = source.filter(|&s| !holds(&content.words, &self.sources[s].words));
            if cue.is_none() && source.is_none() {
                orphans.push(content);
                continue;
            }
            let number = *numbers.entry((cue, source)).or_insert(linked.len());
            match linked.get_mut(number) {
                Some(group) => group.contents.push(content),
                None => linked.push(Group {
                    source: source.map(|s| self.sources[s]),
                    cue: cue.map(|c| self.cues[c]),
                    contents: vec![content],
                }),
            }
        }
        Groups { linked, orphans }
    }
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn between(middle: &Range<usize>, a: &Range<usize>, b: &Range<usize>) -> bool {
    let (low, high) = (a.end.min(b.end), a.start.max(b.start));
    middle.start >= low && middle.end <= high
}

/// The index of the least finite cost; the first of equals.
///
/// No span may cost less than its gap: so the search goes outwards from `to`, and ends on either side
/// where the gaps alone cost more than the best.
fn nearest(
    spans: &[&Tagged],
    to: &Range<usize>,
    cost: impl Fn(&Range<usize>) -> f64,
) -> Option<usize> {
    let at = spans.partition_point(|span| span.words.start < to.start);
    let (mut before, mut behind) = ((0..at).rev(), at..spans.len());
    let sides: [&mut dyn Iterator<Item = usize>; 2] = [&mut before, &mut behind];
    let mut best = (f64::INFINITY, spans.len());
    for side in sides {
        for index in side {
            let words = &spans[index].words;
            if gap(words, to) as f64 > best.0 {
                break;
            }
            let this = (cost(words), index);
            if this < best {
                best = this;
            }
        }
    }
    best.0.is_finite().then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{steps, words_of};
    use super::*;
    use crate::tagging::spans_of_steps as spans;
    use proptest::prelude::*;

    /// Source, cue and contents of every group, and the orphans.
    type Shape = (
        Vec<(
            Option<Range<usize>>,
            Option<Range<usize>>,
            Vec<Range<usize>>,
        )>,
        Vec<Range<usize>>,
    );

    fn shape(groups: &Groups<'_>) -> Shape {
        let words = |span: &&Tagged| span.words.clone();
        let linked = groups.linked.iter().map(|group| {
            let contents = group.contents.iter().map(words).collect();
            let (source, cue) = (group.source.as_ref(), group.cue.as_ref());
            (source.map(words), cue.map(words), contents)
        });
        (linked.collect(), groups.orphans.iter().map(words).collect())
    }

    /// The groups by asking every span of every other.
    fn shape_by_asking_all(sentence: &Sentence<'_>) -> Shape {
        let least = |spans: &[&Tagged], cost: &dyn Fn(&Range<usize>) -> f64| {
            let costs = spans.iter().map(|span| cost(&span.words)).enumerate();
            let finite = costs.filter(|(_, cost)| cost.is_finite());
            finite.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, _)| i)
        };
        let depth = |words: &Range<usize>| {
            let holders = sentence.contents.iter();
            holders.filter(|c| holds(&c.words, words)).count()
        };
        let source_of = |cue: &Range<usize>| {
            least(&sentence.sources, &|source| {
                let mut cues = sentence.cues.iter();
                let crossed = cues.any(|c| between(&c.words, source, cue));
                gap(source, cue) as f64
                    + if crossed { 20.0 } else { 0.0 }
                    + if depth(source) != depth(cue) {
                        12.0
                    } else {
                        0.0
                    }
                    + if source.start > cue.start { 0.5 } else { 0.0 }
            })
        };
        let mut shape: Shape = (Vec::new(), Vec::new());
        for content in &sentence.contents {
            let outside = |span: &Range<usize>| {
                let held = holds(&content.words, span);
                if held {
                    f64::INFINITY
                } else {
                    gap(&content.words, span) as f64
                }
            };
            let cue = least(&sentence.cues, &outside).map(|cue| &sentence.cues[cue].words);
            let source = cue.map_or_else(|| least(&sentence.sources, &outside), source_of);
            let source = source.map(|source| sentence.sources[source].words.clone());
            let source = source.filter(|source| !holds(&content.words, source));
            let (key, words) = ((source, cue.cloned()), content.words.clone());
            let mut groups = shape.0.iter_mut();
            match groups.find(|group| group.0 == key.0 && group.1 == key.1) {
                _ if key == (None, None) => shape.1.push(words),
                Some(group) => group.2.push(words),
                None => shape.0.push((key.0, key.1, vec![words])),
            }
        }
        shape
    }

    fn quotations_by_asking_all(contents: &[Tagged], quotes: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut all = words_of(contents);
        for quote in quotes {
            if all.iter().all(|c| gap(c, quote) > 0) && quote.len() >= QUOTE_WORDS {
                all.push(quote.clone());
            }
        }
        all.sort_by_key(|words| words.start);
        all
    }

    proptest! {
        #[test]
        fn searching_links_as_asking_all_does(
            voice in steps(3), contents in steps(12), quotes in steps(12),
        ) {
            let (voice, contents, quotes) = (spans(&voice), spans(&contents), spans(&quotes));
            let with = with_quotations(&contents, words_of(&quotes));
            prop_assert_eq!(
                words_of(&with),
                quotations_by_asking_all(&contents, &words_of(&quotes))
            );
            let sentence = Sentence::new(&voice, with);
            prop_assert_eq!(shape(&sentence.groups()), shape_by_asking_all(&sentence));
        }
    }

    #[test]
    fn a_speech_without_full_stops_is_linked() {
        // "Ruiz said he hates Iran , " again and again: one sentence.
        let mut voice = [(4, 1, SOURCE), (0, 1, CUE)].repeat(5000);
        voice[0].0 = 1;
        let voice = spans(&voice);
        let said = spans(&[(3, 3, 0)].repeat(5000));
        let sentence = Sentence::new(&voice, said.clone());
        let (linked, orphans) = shape(&sentence.groups());
        let own = |i: usize| {
            let at = 6 * i + 1;
            let contents = words_of(&said[i..=i]);
            (Some(at..at + 1), Some(at + 1..at + 2), contents)
        };
        assert_eq!(linked, (0..5000).map(own).collect::<Vec<_>>());
        assert!(orphans.is_empty());
    }
}
