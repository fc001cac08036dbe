//! Mentions and sentences in which nobody takes a stand, told by their form.
//!
//! In goes the place of a name or of a sentence; out comes whether it only says where somebody is from or something
//! happens, whose office somebody has, who is called, or whose turn begins. What a reader would question: these are rules
//! beside a trained head that has the class none. It has hardly seen such places, since annotators pass over them.

mod offices;
mod settings;
mod sides;

pub(super) use offices::{owned, owns_office, qualifies};
pub(super) use settings::is_setting;
pub(super) use sides::{are_joined, is_denied, is_reporter, is_shouted};

use crate::actors::Gazetteer;
use crate::actors::titles::title_at;
use crate::actors::words::{Word, words};
use crate::document::{Document, Span};
use crate::segment::dateline;

/// Whether a name is part of a hyphenated compound, which is about what the parts have in common.
pub(super) fn is_in_compound(document: &Document, span: Span) -> bool {
    let hyphen = ['-', '\u{2010}', '\u{2011}', '\u{2013}'];
    let (before, after) = (
        document.text().get(..span.start()),
        document.text().get(span.end()..),
    );
    before.is_some_and(|text| text.ends_with(hyphen))
        || after.is_some_and(|text| text.starts_with(hyphen))
}

/// The longest title before a name that makes up a sentence, in bytes.
const TITLE_BYTES: usize = 64;

/// Whether a sentence is nothing but a name, with a title or without: "Senator Ruiz?"
pub(super) fn is_called(document: &Document, sentence: Span, name: Span) -> bool {
    let text = document.text();
    let (Some(before), Some(behind)) = (
        text.get(sentence.start()..name.start()),
        text.get(name.end()..sentence.end()),
    ) else {
        return false;
    };
    // Asked of every name, so that a sentence of thousands must not be read anew for each.
    if before.len() > TITLE_BYTES || behind.contains(char::is_alphanumeric) {
        return false;
    }
    let titles = Gazetteer::built_in().title_table();
    let before = words(before);
    let title = title_at(&before, titles).is_some_and(|(_, n)| n == before.len());
    before.is_empty() || title
}

/// Phrases that mean everybody and so nobody in particular, without a determiner. Sorted.
const EVERYBODY: &[&str] = &[
    "community of nations",
    "entire world",
    "family of nations",
    "humanity",
    "humankind",
    "international community",
    "mankind",
    "whole world",
    "world",
    "world at large",
    "world community",
];

/// Whether a mention means everybody: "the international community". Readers list it as one who judges, but not as one
/// who is judged: none of 23 labelled speeches that name it does.
pub(super) fn is_everybody(surface: &str) -> bool {
    let all = words(surface);
    let from = all.iter().position(|word| !word.is_determiner());
    let core: Vec<String> = from.map_or_else(Vec::new, |from| {
        all.iter().skip(from).map(Word::folded).collect()
    });
    EVERYBODY.binary_search(&core.join(" ").as_str()).is_ok()
}

/// Whether a sentence only says whose turn begins behind it ("RUIZ:"), or where an article was written.
pub(super) fn is_label(document: &Document, sentence: Span) -> bool {
    let text = document.slice(sentence);
    if dateline(text) == Some(text.len()) {
        return true;
    }
    let turns = document.turns();
    let next = turns.partition_point(|turn| turn.span.start() < sentence.end());
    let outside = document.turn_at(sentence.start()).is_none();
    let marks = |c: char| c == '*' || c.is_whitespace();
    let adjacent = turns.get(next).is_some_and(|turn| {
        let between = document.text().get(sentence.end()..turn.span.start());
        between.is_some_and(|between| between.chars().all(marks))
    });
    outside && text.trim_end_matches(marks).ends_with(':') && adjacent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_nobody_in_particular() {
        assert!(EVERYBODY.is_sorted());
        for (surface, expected) in [
            ("the international community", true),
            ("International community", true),
            ("the whole world", true),
            ("the community of Northford", false),
            ("the African community", false),
            ("World Bank", false),
            ("", false),
        ] {
            assert_eq!(is_everybody(surface), expected, "{surface}");
        }
    }

    #[test]
    fn names_that_are_called_are_told() {
        let ask = |told: fn(&Document, Span) -> bool, text: &str, name: &str| {
            let document = Document::new("d", text).unwrap();
            let start = text.find(name).unwrap();
            told(&document, document.span(start, start + name.len()).unwrap())
        };
        let called =
            |document: &Document, name: Span| is_called(document, document.span_of_text(), name);
        for (text, told) in [
            ("Senator Ruiz?", true),
            ("“Ruiz.”", true),
            ("Ruiz!", true),
            ("Ruiz left.", false),
            ("Not Ruiz.", false),
        ] {
            assert_eq!(ask(called, text, "Ruiz"), told, "{text}");
        }
    }

    #[test]
    fn names_in_compounds_are_told() {
        let text = "Iran-Saudi talks, a Paris–Berlin axis; Iran, and pro-Maar – Oduya - voters";
        let document = Document::new("d", text).unwrap();
        let told: Vec<_> = [
            "Iran", "Saudi", "Paris", "Berlin", "Maar", "Oduya", "voters",
        ]
        .into_iter()
        .map(|name| {
            let start = text.find(name).unwrap();
            is_in_compound(&document, document.span(start, start + name.len()).unwrap())
        })
        .collect();
        assert_eq!(told, [true, true, true, true, true, false, false]);
        let plain = text.rfind("Iran").unwrap();
        let plain = document.span(plain, plain + 4).unwrap();
        assert!(!is_in_compound(&document, plain));
    }
}
