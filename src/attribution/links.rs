//! Spans of a sentence -> linked source, cue and content, and the links that run over sentences.
//!
//! Within a sentence everything goes to its nearest: a content to the nearest cue that is not
//! inside it, a cue to the nearest source on the same level of nesting. A content that finds
//! neither goes on with the attribution that ran into its sentence, or waits for the source of the
//! next sentence when one quotation holds both.

use super::quotes::quote_around;
use super::{Attribution, AttributionKind, Content};
use crate::document::Span;
use crate::encoder::WordVectors;
use crate::tagging::{CUE, SOURCE, Tagged};
use std::ops::Range;

/// Fewest words of a quotation that is taken for speech without a content tag on it.
const QUOTE_WORDS: usize = 6;

/// Links the spans of all sentences; `voice[i]` and `content[i]` are those of `sentences[i]`.
#[must_use]
pub fn link(
    sentences: &[WordVectors],
    voice: &[Vec<Tagged>],
    content: &[Vec<Tagged>],
    quotes: &[Span],
) -> Vec<Attribution> {
    let mut all: Vec<Attribution> = Vec::new();
    // The attribution that runs into the next sentence, and contents that wait for a source.
    let mut running: Option<usize> = None;
    let mut waiting: Vec<(Content, f64)> = Vec::new();
    for (number, words) in sentences.iter().enumerate() {
        let local = Sentence::new(
            words,
            &voice[number],
            &content[number],
            quotes,
            running.is_some(),
        );
        let groups = local.groups();
        let first = all.len();
        for group in &groups.linked {
            let confidences = group.spans().map(|span| span.confidence);
            let n = group.spans().count().max(1) as f64;
            all.push(Attribution {
                source: group.source.map(|s| (number, local.span(&s.words))),
                cue: group.cue.map(|c| (number, local.span(&c.words))),
                contents: group
                    .contents
                    .iter()
                    .map(|c| Content {
                        sentence: number,
                        span: local.span(&c.words),
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
                span: local.span(&orphan.words),
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
    for attribution in &mut all {
        attribution.contents.sort_by_key(|c| c.span);
        attribution.kind = kind(&attribution.contents, quotes);
    }
    all.sort_by_key(|a| a.contents.first().map(|c| c.span));
    all
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

fn kind(contents: &[Content], quotes: &[Span]) -> AttributionKind {
    let quoted = |content: &Content| {
        let inner = quote_around(quotes, content.span).is_some();
        // A content may start before its opening mark or end after the closing one.
        inner
            || quotes
                .iter()
                .any(|q| content.span.overlaps(*q) && q.len() + 4 >= content.span.len())
    };
    let touched = |content: &Content| {
        let next = quotes.partition_point(|quote| quote.end() <= content.span.start());
        quotes
            .get(next)
            .is_some_and(|quote| quote.overlaps(content.span))
    };
    if contents.iter().all(quoted) {
        AttributionKind::Direct
    } else if contents.iter().any(touched) {
        AttributionKind::Mixed
    } else {
        AttributionKind::Indirect
    }
}

/// The spans of one sentence.
struct Sentence<'a> {
    words: &'a WordVectors,
    sources: Vec<&'a Tagged>,
    cues: Vec<&'a Tagged>,
    contents: Vec<Tagged>,
}

/// What belongs together within a sentence.
struct Group<'a> {
    source: Option<&'a Tagged>,
    cue: Option<&'a Tagged>,
    contents: Vec<&'a Tagged>,
}

impl<'a> Group<'a> {
    fn spans(&self) -> impl Iterator<Item = &'a Tagged> {
        self.source
            .into_iter()
            .chain(self.cue)
            .chain(self.contents.clone())
    }
}

struct Groups<'a> {
    linked: Vec<Group<'a>>,
    /// Contents without source and cue in their sentence.
    orphans: Vec<&'a Tagged>,
}

impl<'a> Sentence<'a> {
    fn new(
        words: &'a WordVectors,
        voice: &'a [Tagged],
        content: &'a [Tagged],
        quotes: &[Span],
        running: bool,
    ) -> Self {
        let of_kind = |kind| {
            voice
                .iter()
                .filter(|span| span.kind == kind)
                .collect::<Vec<_>>()
        };
        let mut contents = content.to_vec();
        // Quotations that the tagger passed over, where somebody speaks or the quote runs on.
        if running || !voice.is_empty() {
            for quote in words.words_in_each(quotes) {
                let free = contents.iter().all(|c| gap(&c.words, &quote) > 0);
                if free && quote.len() >= QUOTE_WORDS {
                    contents.push(Tagged {
                        kind: 0,
                        words: quote,
                        confidence: 0.5,
                    });
                }
            }
            contents.sort_by_key(|span| span.words.start);
        }
        Self {
            words,
            sources: of_kind(SOURCE),
            cues: of_kind(CUE),
            contents,
        }
    }

    fn span(&self, words: &Range<usize>) -> Span {
        let all = self.words.words();
        match (all.get(words.start), all.get(words.end - 1)) {
            (Some(first), Some(last)) => first.cover(*last),
            (Some(_) | None, _) => Span::raw(0, 0),
        }
    }

    /// How many contents hold a span.
    fn depth(&self, words: &Range<usize>) -> usize {
        self.contents
            .iter()
            .filter(|c| holds(&c.words, words))
            .count()
    }

    fn groups(&self) -> Groups<'_> {
        let source_of_cue: Vec<Option<usize>> = self
            .cues
            .iter()
            .map(|cue| {
                let level = self.depth(&cue.words);
                nearest(self.sources.iter().map(|s| &s.words), |source| {
                    let crossed = self
                        .cues
                        .iter()
                        .any(|c| between(&c.words, source, &cue.words));
                    let other_level = self.depth(source) != level;
                    let after = source.start > cue.words.start;
                    gap(source, &cue.words) as f64
                        + if crossed { 20.0 } else { 0.0 }
                        + if other_level { 12.0 } else { 0.0 }
                        + if after { 0.5 } else { 0.0 }
                })
            })
            .collect();
        let mut linked: Vec<Group<'_>> = Vec::new();
        let mut keys: Vec<(Option<usize>, Option<usize>)> = Vec::new();
        let mut orphans = Vec::new();
        for content in &self.contents {
            let cue = nearest(self.cues.iter().map(|c| &c.words), |cue| {
                if holds(&content.words, cue) {
                    f64::INFINITY
                } else {
                    gap(&content.words, cue) as f64
                }
            });
            let source = match cue {
                Some(cue) => source_of_cue[cue],
                None => nearest(self.sources.iter().map(|s| &s.words), |source| {
                    if holds(&content.words, source) {
                        f64::INFINITY
                    } else {
                        gap(&content.words, source) as f64
                    }
                }),
            };
            // A source inside its own content is somebody else's.
            let source = source.filter(|&s| !holds(&content.words, &self.sources[s].words));
            if cue.is_none() && source.is_none() {
                orphans.push(content);
                continue;
            }
            match keys.iter().position(|key| *key == (cue, source)) {
                Some(group) => linked[group].contents.push(content),
                None => {
                    keys.push((cue, source));
                    linked.push(Group {
                        source: source.map(|s| self.sources[s]),
                        cue: cue.map(|c| self.cues[c]),
                        contents: vec![content],
                    });
                }
            }
        }
        Groups { linked, orphans }
    }
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Words between two ranges; 0 when they touch or overlap.
fn gap(a: &Range<usize>, b: &Range<usize>) -> usize {
    a.start
        .saturating_sub(b.end)
        .max(b.start.saturating_sub(a.end))
}

fn between(middle: &Range<usize>, a: &Range<usize>, b: &Range<usize>) -> bool {
    let (low, high) = (a.end.min(b.end), a.start.max(b.start));
    middle.start >= low && middle.end <= high
}

/// The index of the least finite cost; the first of equals.
fn nearest<'r>(
    ranges: impl Iterator<Item = &'r Range<usize>>,
    cost: impl Fn(&Range<usize>) -> f64,
) -> Option<usize> {
    ranges
        .map(cost)
        .enumerate()
        .filter(|(_, cost)| cost.is_finite())
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(index, _)| index)
}
