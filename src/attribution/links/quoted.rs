//! What quotation marks say of attributions: who speaks in them, and whether they are direct.
//!
//! In go linked attributions and the quotations of the document; out come the same attributions with their contents given
//! to whoever speaks beside the quotation, and the kind of each. What a reader would question: a long quotation may have
//! several speakers, since a closing mark may have been left out.

use crate::attribution::quotes::quote_around;
use crate::attribution::{Attribution, AttributionKind, Content};
use crate::document::Span;
use std::collections::BTreeMap;

/// The longest quotation, in bytes, that surely has one speaker: in a longer one a closing mark may have been left out.
const ONE_QUOTATION: usize = 1_500;

/// Lets a quotation have one speaker: where its contents went to several and one of these alone speaks beside it, they
/// are all of that one. "... It is sad,” Ruiz said" ends what went on with whoever spoke before.
pub(super) fn give_to_one(all: &mut Vec<Attribution>, quotes: &[Span]) {
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

/// Whether all of the contents stand in quotation marks, some do or none does.
pub(super) fn kind(contents: &[Content], quotes: &[Span]) -> AttributionKind {
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

#[cfg(test)]
mod tests {
    use super::super::tests::{steps, words_of};
    use super::*;
    use crate::tagging::spans_of_steps as spans;
    use proptest::prelude::*;

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

    proptest! {
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
}
