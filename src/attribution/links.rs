//! Spans of a sentence -> linked source, cue and content, and the links that run over sentences.
//!
//! Within a sentence everything goes to its nearest: a content to the nearest cue that is not
//! inside it, a cue to the nearest source on the same level of nesting. A content that finds
//! neither goes on with the attribution that ran into its sentence, or waits for the source of the
//! next sentence when one quotation holds both; neither goes beyond a turn. Spans are in order, so
//! that the nearest are found by searching: a speech without a full stop is one sentence of thousands
//! of cues.

use super::quotes::quote_around;
use super::{Attribution, AttributionKind, Content};
use crate::document::{Document, Span};
use crate::encoder::WordVectors;
use crate::tagging::{CUE, SOURCE, Tagged};
use std::collections::BTreeMap;
use std::ops::Range;

/// Fewest words of a quotation that is taken for speech without a content tag on it.
const QUOTE_WORDS: usize = 6;

/// The longest quotation, in bytes, that surely has one speaker: in a longer one a closing mark may have been left out.
const ONE_QUOTATION: usize = 1_500;

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

/// Lets a quotation have one speaker: where its contents went to several and one of these alone speaks beside it, they
/// are all of that one. "... It is sad,” Ruiz said" ends what went on with whoever spoke before.
fn give_to_one(all: &mut Vec<Attribution>, quotes: &[Span]) {
    let quote_of = |content: &Content| {
        quote_around(quotes, content.span).filter(|quote| quote.len() <= ONE_QUOTATION)
    };
    // The attributions with contents in a quotation, and whether each speaks beside it.
    let mut within: BTreeMap<Span, BTreeMap<usize, bool>> = BTreeMap::new();
    for (number, attribution) in all.iter().enumerate() {
        for content in &attribution.contents {
            let Some(quote) = quote_of(content) else {
                continue;
            };
            let inside = |place: Option<(usize, Span)>| place.map(|(_, span)| quote.contains(span));
            let (source, cue) = (inside(attribution.source), inside(attribution.cue));
            // What is quoted within the quotation keeps its own speaker.
            if source != Some(true) {
                let here = attribution
                    .source
                    .is_some_and(|(at, _)| at == content.sentence);
                let beside = within.entry(quote).or_default().entry(number).or_default();
                *beside |= here && cue == Some(false);
            }
        }
    }
    let mut goes: BTreeMap<(usize, Span), usize> = BTreeMap::new();
    for (quote, numbers) in within {
        let mut speakers = numbers.iter().filter(|&(_, &beside)| beside);
        if let (Some((&only, _)), None) = (speakers.next(), speakers.next()) {
            goes.extend(numbers.keys().map(|&number| ((number, quote), only)));
        }
    }
    for number in 0..all.len() {
        for content in std::mem::take(&mut all[number].contents) {
            let only = quote_of(&content).and_then(|quote| goes.get(&(number, quote)));
            all[only.copied().unwrap_or(number)].contents.push(content);
        }
    }
    all.retain(|attribution| !attribution.contents.is_empty());
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

fn kind(contents: &[Content], quotes: &[Span]) -> AttributionKind {
    let quoted = |content: &Content| {
        let inner = quote_around(quotes, content.span).is_some();
        // A content may start before its opening mark or end after the closing one.
        inner || on(quotes, content.span).any(|q| q.len() + 4 >= content.span.len())
    };
    let touched = |content: &Content| on(quotes, content.span).next().is_some();
    if contents.iter().all(quoted) {
        AttributionKind::Direct
    } else if contents.iter().any(touched) {
        AttributionKind::Mixed
    } else {
        AttributionKind::Indirect
    }
}

/// The quotations that share a byte with a span.
fn on(quotes: &[Span], span: Span) -> impl Iterator<Item = &Span> {
    let first = quotes.partition_point(|quote| quote.end() <= span.start());
    let behind = quotes[first..].iter();
    behind.take_while(move |quote| quote.overlaps(span))
}

fn span_of(words: &WordVectors, range: &Range<usize>) -> Span {
    let all = words.words();
    match (all.get(range.start), all.get(range.end - 1)) {
        (Some(first), Some(last)) => first.cover(*last),
        (Some(_) | None, _) => Span::raw(0, 0),
    }
}

/// The contents of a sentence and those of its quotations that neither meet nor touch one, in order.
fn with_quotations(contents: &[Tagged], quotes: Vec<Range<usize>>) -> Vec<Tagged> {
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
struct Sentence<'a> {
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
    fn new(voice: &'a [Tagged], contents: Vec<Tagged>) -> Self {
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

    fn groups(&self) -> Groups<'_> {
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
    use super::*;
    use crate::tagging::spans_of_steps as spans;
    use proptest::prelude::*;

    fn words_of(spans: &[Tagged]) -> Vec<Range<usize>> {
        spans.iter().map(|span| span.words.clone()).collect()
    }

    #[test]
    fn a_quotation_has_one_speaker() {
        let said =
            |source: Option<(usize, usize)>, cue: usize, contents: &[(usize, usize)]| Attribution {
                source: source.map(|(sentence, at)| (sentence, Span::raw(at, at + 1))),
                cue: source.map(|(sentence, _)| (sentence, Span::raw(cue, cue + 1))),
                contents: contents
                    .iter()
                    .map(|&(sentence, at)| Content {
                        sentence,
                        span: Span::raw(at, at + 5),
                    })
                    .collect(),
                kind: AttributionKind::Direct,
                confidence: 0.5,
            };
        let places = |all: &[Attribution]| -> Vec<Vec<usize>> {
            let sorted = |a: &Attribution| {
                let mut starts: Vec<usize> = a.contents.iter().map(|c| c.span.start()).collect();
                starts.sort_unstable();
                starts
            };
            all.iter().map(sorted).collect()
        };
        let quotes = [Span::raw(20, 60)];
        // Sentence 0 ends at 18, sentence 1 at 40; in sentence 2 somebody speaks behind the quotation.
        let before = said(Some((0, 0)), 2, &[(0, 5), (1, 22), (2, 42)]);
        let own = said(Some((2, 70)), 72, &[(2, 50)]);
        let mut all = vec![before.clone(), own.clone()];
        give_to_one(&mut all, &quotes);
        assert_eq!(places(&all), [vec![5], vec![22, 42, 50]]);
        // Who has nothing left is gone; who is quoted within the quotation keeps it.
        let inner = said(Some((1, 30)), 32, &[(1, 34)]);
        let mut all = vec![said(None, 0, &[(1, 22)]), inner, own.clone()];
        give_to_one(&mut all, &quotes);
        assert_eq!(places(&all), [vec![34], vec![22, 50]]);
        // Two speak beside it: nobody knows.
        let other = said(Some((2, 62)), 64, &[(2, 42)]);
        let mut all = vec![other, own];
        give_to_one(&mut all, &quotes);
        assert_eq!(places(&all), [vec![42], vec![50]]);
        let mut long = vec![before.clone()];
        give_to_one(&mut long, &[Span::raw(20, 20 + ONE_QUOTATION + 1)]);
        assert_eq!(places(&long), places(&[before]));
    }

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

    fn kind_by_asking_all(contents: &[Content], quotes: &[Span]) -> AttributionKind {
        let meets = |c: &Content, q: &Span| c.span.overlaps(*q);
        let fills = |c: &Content, q: &Span| {
            q.contains(c.span) || meets(c, q) && q.len() + 4 >= c.span.len()
        };
        let all = |fits: &dyn Fn(&Content, &Span) -> bool| {
            let mut contents = contents.iter();
            contents.all(|c| quotes.iter().any(|q| fits(c, q)))
        };
        let mut each = contents.iter();
        match all(&fills) {
            true => AttributionKind::Direct,
            false if each.any(|c| quotes.iter().any(|q| meets(c, q))) => AttributionKind::Mixed,
            false => AttributionKind::Indirect,
        }
    }

    /// Steps as [`spans`] takes them; mostly short, so that costs are often equal, and sometimes as long as
    /// the penalties of a source.
    fn steps(longest: usize) -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
        let skip = prop_oneof![6 => 0usize..4, 1 => 0usize..50];
        proptest::collection::vec((skip, 1..=longest, 0usize..2), 0..40)
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

        #[test]
        fn searching_quotes_as_asking_all_does(contents in steps(12), quotes in steps(12)) {
            let bytes = |steps: &[(usize, usize, usize)]| -> Vec<Span> {
                let words = words_of(&spans(steps));
                words.iter().map(|w| Span::raw(w.start, w.end)).collect()
            };
            let quotes = bytes(&quotes);
            let contents = bytes(&contents).into_iter();
            let contents: Vec<_> = contents.map(|span| Content { sentence: 0, span }).collect();
            for some in contents.chunks(2) {
                prop_assert_eq!(kind(some, &quotes), kind_by_asking_all(some, &quotes));
            }
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
