//! Tagged spans with ragged ends -> spans that name somebody.
//!
//! In go the words and entities of a sentence and a tagged span; out comes the span without the words that no mention
//! ends with and without a clause behind a comma (", who resigned"), or, if it only leads up to a name ("The", "Mr.",
//! "Former"), with the name right behind it. What a reader would question: such a span is dropped where no name follows,
//! for nobody is called "Former". "The president" is somebody, and "his" is a pronoun.

use crate::actors::titles::{TitleKind, title_at};
use crate::actors::words::{Word, words};
use crate::actors::{Gazetteer, Pronoun};
use crate::document::{Document, Span};
use crate::tagging::Tagged;
use std::ops::Range;

/// Words that no mention ends with. Sorted.
const HANGING: [&str; 25] = [
    "(", ",", "-", "[", "and", "at", "by", "for", "former", "from", "in", "most", "new", "of",
    "on", "or", "other", "own", "that", "the", "to", "which", "who", "whose", "with",
];

/// Words that begin a clause about whoever stands before their comma. Sorted.
const RELATIVES: [&str; 5] = ["where", "which", "who", "whom", "whose"];

/// Words before a name or title that do not say who it is. Sorted.
const MODIFIERS: &[&str] = &["acting", "former", "prime", "retired", "vice"];

/// Kind of a person among the entities.
const PERSON: usize = 0;

/// Kind of an organisation among the entities.
const BODY: usize = 1;

/// Whether each of some words is one that no mention ends with; asked once a sentence, which may have many spans.
pub(super) fn hanging(document: &Document, words: &[Span]) -> Vec<bool> {
    let hangs = |&word: &Span| HANGING.contains(&document.slice(word));
    words.iter().map(hangs).collect()
}

/// A span without the hanging words at its end; all of it if nothing is left.
pub(super) fn trimmed(hanging: &[bool], range: &Range<usize>) -> Range<usize> {
    let stays = |&at: &usize| !hanging.get(at).copied().unwrap_or(false);
    let last = range.clone().rev().find(stays);
    range.start..last.map_or(range.end, |last| last + 1)
}

/// The commas of a sentence that begin a clause about whoever stands before them.
pub(super) fn clauses(document: &Document, words: &[Span]) -> Vec<usize> {
    let begins = |pair: &[Span]| match pair {
        &[comma, word] => document.slice(comma) == "," && RELATIVES.contains(&document.slice(word)),
        _ => false,
    };
    let pairs = words.windows(2).enumerate();
    pairs
        .filter(|(_, pair)| begins(pair))
        .map(|(at, _)| at)
        .collect()
}

/// A span up to the first of the clauses in it.
pub(super) fn without_clause(clauses: &[usize], range: &Range<usize>) -> Range<usize> {
    let next = clauses.partition_point(|&at| at <= range.start);
    let end = clauses.get(next).map_or(range.end, |&at| at.min(range.end));
    range.start..end
}

/// A span that only leads up to a name, with that name, or without one if it means somebody by itself; `None` if it does
/// not. Any other span as it is.
pub(super) fn led(
    document: &Document,
    sentence: &[Span],
    entities: &[Tagged],
    range: &Range<usize>,
) -> Option<Range<usize>> {
    let surface =
        |range: &Range<usize>| document.slice(sentence[range.start].cover(sentence[range.end - 1]));
    let own = words(surface(range));
    let modifies = |word: &&Word| {
        word.is_determiner() || MODIFIERS.binary_search(&word.folded().as_str()).is_ok()
    };
    let title = &own[own.iter().take_while(modifies).count()..];
    let titles = Gazetteer::built_in().title_table();
    let whole = title_at(title, titles).filter(|&(_, n)| n == title.len());
    let kind = whole.and_then(|(title, _)| titles.kind(&title));
    let leads = !own.is_empty() && (title.is_empty() || kind.is_some());
    if !leads || own.iter().any(|word| Pronoun::of(word.text).is_some()) {
        return Some(range.clone());
    }
    // The full stop of "Mr." is a word.
    let stop = title.last().is_some_and(Word::is_capital)
        && sentence
            .get(range.end)
            .is_some_and(|&word| document.slice(word) == ".");
    let takes = |entity: &&Tagged| match entity.kind {
        // The span begins the name.
        _ if entity.words.start < range.end => true,
        _ if entity.words.start > range.end + usize::from(stop) => false,
        PERSON => true,
        BODY => title.is_empty(),
        // "The Democrats", but not the Israeli of "the Israeli minister".
        _ => own.iter().all(Word::is_determiner) && surface(&entity.words).ends_with('s'),
    };
    let next = entities.partition_point(|entity| entity.words.end <= range.end);
    if let Some(name) = entities.get(next).filter(takes) {
        return Some(range.start.min(name.words.start)..name.words.end);
    }
    let described = own
        .iter()
        .any(|word| word.is_determiner() || !word.is_capital());
    let somebody = match kind? {
        TitleKind::Role => true,
        // "The doctor", not "Mr.".
        TitleKind::Address => described,
    };
    somebody.then(|| range.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(HANGING.is_sorted() && RELATIVES.is_sorted() && MODIFIERS.is_sorted());
    }

    /// Words by spaces.
    fn sentence(text: &str) -> (Document, Vec<Span>) {
        let mut at = 0;
        let word = |word: &str| {
            let span = Span::raw(at, at + word.len());
            at += word.len() + 1;
            span
        };
        let words = text.split(' ').map(word).collect();
        (Document::new("d", text).unwrap(), words)
    }

    fn range(text: &str, part: &str) -> Range<usize> {
        let (before, _) = text.split_once(part).unwrap();
        let start = before.split(' ').count() - 1;
        start..start + part.split(' ').count()
    }

    #[test]
    fn what_leads_up_to_a_name_takes_it() {
        type Case<'c> = (&'c str, &'c str, Option<(&'c str, usize)>, Option<&'c str>);
        let (place, people) = (2, 3);
        let cases: &[Case] = &[
            (
                "The Harbour League left .",
                "The",
                Some(("Harbour League", BODY)),
                Some("The Harbour League"),
            ),
            (
                "Mr . Brandt left .",
                "Mr",
                Some(("Brandt", PERSON)),
                Some("Mr . Brandt"),
            ),
            (
                "Former President Ruiz left .",
                "Former",
                Some(("President Ruiz", PERSON)),
                Some("Former President Ruiz"),
            ),
            (
                "the Prime Minister Ruiz left .",
                "Prime",
                Some(("Minister Ruiz", PERSON)),
                Some("Prime Minister Ruiz"),
            ),
            (
                "President Ruiz left .",
                "President",
                Some(("Ruiz", PERSON)),
                Some("President Ruiz"),
            ),
            (
                "The Democrats left .",
                "The",
                Some(("Democrats", people)),
                Some("The Democrats"),
            ),
            (
                "The Maar left .",
                "The",
                Some(("The Maar", place)),
                Some("The Maar"),
            ),
            // None follows, or not right behind.
            (
                "The Omani minister left .",
                "The",
                Some(("Omani", people)),
                None,
            ),
            ("Former aides left .", "Former", None, None),
            ("Mr . left .", "Mr", None, None),
            ("Prime , Ruiz left .", "Prime", Some(("Ruiz", PERSON)), None),
            // Somebody by itself.
            (
                "The president left .",
                "The president",
                None,
                Some("The president"),
            ),
            ("The doctor left .", "The doctor", None, Some("The doctor")),
            (
                "President Harbour League left .",
                "President",
                Some(("Harbour League", BODY)),
                Some("President"),
            ),
            (
                "His League left .",
                "His",
                Some(("League", BODY)),
                Some("His"),
            ),
            (
                "Brandt Ruiz left .",
                "Brandt",
                Some(("Ruiz", PERSON)),
                Some("Brandt"),
            ),
            (", Ruiz left .", ",", Some(("Ruiz", PERSON)), Some(",")),
        ];
        for (text, span, entity, expected) in cases {
            let (document, words) = sentence(text);
            let tagged = |&(name, kind): &(&str, usize)| Tagged {
                kind,
                words: range(text, name),
                confidence: 0.9,
            };
            let entities: Vec<_> = entity.iter().map(tagged).collect();
            let found = led(&document, &words, &entities, &range(text, span));
            let found = found.map(|found| words[found.start].cover(words[found.end - 1]));
            let found = found.map(|found| document.slice(found));
            assert_eq!(found, *expected, "{text}: {span}");
        }
    }

    #[test]
    fn hanging_words_are_cut_off() {
        for (text, expected) in [
            ("the Sultan of", "the Sultan"),
            ("Ana Ruiz , former", "Ana Ruiz"),
            ("his own", "his"),
            ("voters and most other", "voters"),
            ("former", "former"),
            ("New Maar", "New Maar"),
            ("a league that", "a league"),
            ("people who", "people"),
            ("who", "who"),
            ("Ana Ruiz (", "Ana Ruiz"),
        ] {
            let (document, words) = sentence(text);
            let whole = 0..words.len();
            let found = trimmed(&hanging(&document, &words), &whole);
            let found = words[found.start].cover(words[found.end - 1]);
            assert_eq!(document.slice(found), expected);
        }
    }

    #[test]
    fn a_clause_behind_a_comma_is_cut_off() {
        for (text, expected) in [
            ("the league , which left Maar", "the league"),
            ("Ana Ruiz , whose party , who", "Ana Ruiz"),
            (
                "Ruiz , the mayor who resigned",
                "Ruiz , the mayor who resigned",
            ),
            (", who", ", who"),
        ] {
            let (document, words) = sentence(text);
            let found = without_clause(&clauses(&document, &words), &(0..words.len()));
            let found = words[found.start].cover(words[found.end - 1]);
            assert_eq!(document.slice(found), expected);
        }
    }
}
