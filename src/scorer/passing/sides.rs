//! Holders and targets between which no side is taken, told by who they are.
//!
//! In go the places of mentions or the forms of an actor; out comes whether two names stand side by side, whether an actor
//! is a piece of a headline, and whether a holder asks, reports or is nobody. What a reader would question: a reporter may
//! well have opinions, but an article that calls somebody one reports what was asked.

use crate::actors::words::{Word, words};
use crate::document::{Document, Span};

/// How far from the start of a holder is looked for what it is, in bytes.
const NEAR_BYTES: usize = 64;

/// The longest text between two names that are joined, in bytes.
const JOINED_BYTES: usize = 48;

/// Whether two names stand side by side as equals: "Ruiz (R-Maar) and Senator Brandt". So neither says anything of the
/// other there.
pub(in crate::scorer) fn are_joined(document: &Document, one: Span, other: Span) -> bool {
    let (first, second) = (one.min(other), one.max(other));
    let Some(between) = document
        .text()
        .get(first.end()..second.start())
        .filter(|between| between.len() <= JOINED_BYTES)
    else {
        return false;
    };
    let bracket = between
        .strip_prefix(" (")
        .and_then(|between| between.split_once(')'));
    let bare = bracket.map_or(between, |(_, behind)| behind).trim_start();
    let titles = bare
        .strip_prefix("and ")
        .or_else(|| bare.strip_prefix("or "));
    titles.is_some_and(|titles| {
        let title = |word: &Word| word.is_capital() || word.is_determiner();
        let whole = |word: &Word| !word.closes && !word.possessive;
        words(titles).iter().all(|word| title(word) && whole(word))
    })
}

/// Whether all forms of a name are several words in capitals. In a text that has small letters, too, that is a piece of
/// a headline rather than a name.
pub(in crate::scorer) fn is_shouted(forms: &[String]) -> bool {
    let shouted = |form: &String| {
        let long = |word: &str| word.chars().filter(|c| c.is_uppercase()).count() > 3;
        let mut words = form.split_whitespace();
        words.clone().nth(1).is_some() && words.any(long) && !form.contains(char::is_lowercase)
    };
    !forms.is_empty() && forms.iter().all(shouted)
}

/// The words of a sentence right before a holder, and those that the holder begins with.
fn around(document: &Document, sentence: Span, holder: Span) -> (Vec<Word<'_>>, Vec<Word<'_>>) {
    let text = document.text();
    let start = text.floor_char_boundary(holder.start().saturating_sub(NEAR_BYTES));
    let end = text.floor_char_boundary((holder.start() + NEAR_BYTES).min(holder.end()));
    let of = |start: usize, end: usize| words(text.get(start..end).unwrap_or(""));
    (
        of(start.max(sentence.start()), holder.start()),
        of(holder.start(), end),
    )
}

/// Those who ask or report and take no side. Sorted.
const REPORTERS: &[&str] = &["correspondent", "moderator", "reporter"];

/// Whether a holder is somebody who asks or reports: "moderator Ana Ruiz", "a reporter".
pub(in crate::scorer) fn is_reporter(document: &Document, sentence: Span, holder: Span) -> bool {
    let reports = |word: &Word| REPORTERS.binary_search(&word.folded().as_str()).is_ok();
    let (before, inside) = around(document, sentence, holder);
    // "the Maar reporter", not "critics of the reporter" nor "a reporter's friends".
    let core = inside
        .iter()
        .take_while(|word| !word.is_particle() || word.text == "the")
        .filter(|word| !word.is_determiner());
    let titled = before
        .last()
        .is_some_and(|word| !word.closes && !word.possessive && reports(word));
    // "The Maar Reporter" is a paper.
    let plain = |(at, word): &(usize, &Word)| *at == 0 || !word.is_capital();
    let mut plain = core.enumerate().filter(plain);
    titled || plain.any(|(_, word)| !word.possessive && reports(word))
}

/// Words by which a holder is one that does not hold what is said. Sorted.
const NEGATIONS: &[&str] = &["few", "neither", "no", "nobody", "none", "nor"];

/// Whether a holder is denied: "no senators praised her", "neither Maar nor Norland", "few Omanis".
pub(in crate::scorer) fn is_denied(document: &Document, sentence: Span, holder: Span) -> bool {
    let denies = |word: &Word| NEGATIONS.binary_search(&word.folded().as_str()).is_ok();
    let (before, inside) = around(document, sentence, holder);
    // "A few Omanis" are some.
    let some = |word: &Word| matches!(word.text, "a" | "A" | "the" | "The");
    let own = inside.first().is_some_and(denies) && !before.last().is_some_and(some);
    let outside = match before.as_slice() {
        [.., article, _] if some(article) => false,
        [.., word] => !word.closes && denies(word),
        [] => false,
    };
    own || outside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_side_by_side_are_told() {
        for (text, told) in [
            ("Ruiz and Brandt left.", true),
            ("Ruiz (R-Maar) and Senator Brandt left.", true),
            ("Ruiz or the Brandt left.", true),
            ("Ruiz left, and Brandt stayed.", false),
            ("Ruiz, and Brandt stayed.", false),
            ("Ruiz and his friend Brandt left.", false),
            ("Ruiz attacked Brandt.", false),
            ("Ruiz Brandt", false),
        ] {
            let document = Document::new("d", text).unwrap();
            let span = |name: &str| {
                let start = text.find(name).unwrap();
                document.span(start, start + name.len()).unwrap()
            };
            for (one, other) in [("Ruiz", "Brandt"), ("Brandt", "Ruiz")] {
                assert_eq!(
                    are_joined(&document, span(one), span(other)),
                    told,
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn who_does_not_is_denied() {
        for (text, holder, told) in [
            ("No senators praised her.", "senators", true),
            ("No senators praised her.", "No senators", true),
            ("Neither Maar nor Norland agreed.", "Maar", true),
            ("Neither Maar nor Norland agreed.", "Norland", true),
            ("Few Omanis agreed.", "Few Omanis", true),
            ("A few Omanis agreed.", "A few Omanis", false),
            ("A few Omanis agreed.", "few Omanis", false),
            ("A few Omanis agreed.", "Omanis", false),
            ("She said no, Maar agreed.", "Maar", false),
            ("Maar agreed.", "Maar", false),
        ] {
            let document = Document::new("d", text).unwrap();
            let start = text.find(holder).unwrap();
            let span = document.span(start, start + holder.len()).unwrap();
            let whole = document.span(0, text.len()).unwrap();
            assert_eq!(is_denied(&document, whole, span), told, "{text} {holder}");
        }
    }

    #[test]
    fn pieces_of_headlines_and_reporters_are_told() {
        assert!(REPORTERS.is_sorted() && NEGATIONS.is_sorted());
        let shouted = |forms: &[&str]| {
            is_shouted(
                &forms
                    .iter()
                    .map(|&form| form.to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert!(shouted(&["MAAR WARNS U.S."]));
        assert!(!shouted(&["MAAR"]) && !shouted(&["U.S. EU"]) && !shouted(&[]));
        assert!(!shouted(&["ANA RUIZ", "Ana Ruiz"]));
        for (text, holder, told) in [
            ("He was asked by moderator Ana Ruiz.", "Ana Ruiz", true),
            ("The Maar Reporter agreed.", "The Maar Reporter", false),
            ("He told a local reporter no.", "a local reporter", true),
            ("Moderator Ana Ruiz agreed.", "Moderator Ana Ruiz", true),
            (
                "Critics of the reporter agreed.",
                "Critics of the reporter",
                false,
            ),
            ("Ana Ruiz told a reporter no.", "Ana Ruiz", false),
            ("The reporter, Ana Ruiz, agreed.", "Ana Ruiz", false),
        ] {
            let document = Document::new("d", text).unwrap();
            let start = text.find(holder).unwrap();
            let holder = document.span(start, start + holder.len()).unwrap();
            let told_here = is_reporter(&document, document.span_of_text(), holder);
            assert_eq!(told_here, told, "{text}");
        }
    }
}
