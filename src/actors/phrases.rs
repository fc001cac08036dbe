//! Finds many phrases in a text, on word boundaries.
//!
//! In go phrases and how strictly each keeps its case; out come every occurrence, or the leftmost
//! longest ones that do not overlap. The search runs over all overlapping occurrences and picks
//! afterwards: an automaton that picks by itself would take "Niger" out of "Nigerien" and lose the
//! shorter phrase that does end at a boundary.

use crate::actors::names::one_line;
use crate::document::Span;
use crate::error::{Error, Result};
use aho_corasick::{AhoCorasick, MatchKind};
use std::borrow::Cow;

/// Which spellings of a phrase count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// Only as written: "US", "WHO".
    Exact,
    /// As written or, in headlines, all in capitals: "Oman", "OMAN".
    OrCapitals,
    /// Any mixture.
    Any,
}

/// A set of phrases, ready to be searched for.
#[derive(Debug, Clone)]
pub(crate) struct Phrases {
    automaton: AhoCorasick,
    phrases: Vec<(String, Case)>,
    /// The phrase each pattern of the automaton stands for; a phrase with an apostrophe has two.
    pattern_phrases: Vec<usize>,
}

impl Phrases {
    /// Prepares `phrases`; matches name them by their index.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when they are too many for the automaton.
    pub(crate) fn new(phrases: Vec<(String, Case)>) -> Result<Self> {
        let one_line = |(phrase, case): (String, Case)| (one_line(&phrase), case);
        let phrases: Vec<_> = phrases.into_iter().map(one_line).collect();
        let mut patterns = Vec::with_capacity(phrases.len());
        let mut pattern_phrases = Vec::with_capacity(phrases.len());
        for (index, (phrase, _)) in phrases.iter().enumerate() {
            let straight = phrase.replace('’', "'");
            if straight.contains('\'') {
                patterns.push(straight.replace('\'', "’"));
                pattern_phrases.push(index);
            }
            patterns.push(straight);
            pattern_phrases.push(index);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .build(&patterns)
            .map_err(|error| Error::Invalid {
                field: "actors".to_owned(),
                message: error.to_string(),
            })?;
        Ok(Self {
            automaton,
            phrases,
            pattern_phrases,
        })
    }

    /// The phrase with an index.
    pub(crate) fn phrase(&self, index: usize) -> Option<&str> {
        Some(&self.phrases.get(index)?.0)
    }

    /// Every occurrence, overlapping ones too, by start and then the longest first.
    pub(crate) fn occurrences(&self, text: &str) -> Vec<(Span, usize)> {
        let (flat, starts) = flat(text);
        // Where a byte of the flat text stands in the text.
        let place = |at: usize| starts.as_ref().map_or(Some(at), |s| s.get(at).copied());
        let mut found: Vec<_> = self
            .automaton
            .find_overlapping_iter(flat.as_ref())
            .filter_map(|hit| {
                let phrase = *self.pattern_phrases.get(hit.pattern().as_usize())?;
                let (wanted, case) = self.phrases.get(phrase)?;
                let surface = flat.get(hit.range())?;
                let bounded = !ends_in_word(flat.get(..hit.start())?)
                    && !starts_in_word(flat.get(hit.end()..)?);
                let span = Span::raw(place(hit.start())?, place(hit.end())?);
                (bounded && spelled(surface, wanted, *case)).then_some((span, phrase))
            })
            .collect();
        found.sort_by_key(|&(span, phrase)| (span.start(), usize::MAX - span.end(), phrase));
        found
    }
}

const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// The text with one space for every run of white space, since a line may break inside a name, but a line end where a
/// paragraph ends; and for each of its bytes, and its end, where that stands in the text, unless that is the same.
fn flat(text: &str) -> (Cow<'_, str>, Option<Vec<usize>>) {
    let spaces = |pair: &[u8]| pair[0] == b' ' && pair[1] == b' ';
    let odd = |c: char| c.is_whitespace() && c != ' ';
    if !text.contains(odd) && !text.as_bytes().windows(2).any(spaces) {
        return (Cow::Borrowed(text), None);
    }
    let mut flat = String::with_capacity(text.len());
    let mut starts = Vec::with_capacity(text.len() + 1);
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let spaces = rest.len() - rest.trim_start().len();
        let (before, after) = rest.split_at(spaces);
        if spaces > 0 {
            let lines = before.replace("\r\n", "\n");
            let ends = lines.matches(LINE_ENDS).count() > 1;
            flat.push(if ends { '\n' } else { ' ' });
            starts.push(at);
        }
        let word = after.split(char::is_whitespace).next().unwrap_or(after);
        flat.push_str(word);
        starts.extend(at + spaces..at + spaces + word.len());
        at += spaces + word.len();
    }
    starts.push(text.len());
    (Cow::Owned(flat), Some(starts))
}

/// Of occurrences in the order [`Phrases::occurrences`] gives, the leftmost longest without
/// overlap.
pub(crate) fn longest<T>(occurrences: Vec<(Span, T)>) -> Vec<(Span, T)> {
    let mut end = 0;
    let mut kept = Vec::new();
    for (span, what) in occurrences {
        if span.start() >= end {
            end = span.end();
            kept.push((span, what));
        }
    }
    kept
}

fn ends_in_word(before: &str) -> bool {
    before
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric)
}

fn starts_in_word(after: &str) -> bool {
    after.chars().next().is_some_and(char::is_alphanumeric)
}

fn spelled(surface: &str, wanted: &str, case: Case) -> bool {
    let same = |surface: char, wanted: char| {
        surface == wanted || matches!((surface, wanted), ('’', '\'') | ('\'', '’'))
    };
    let exact = || surface.chars().zip(wanted.chars()).all(|(a, b)| same(a, b));
    match case {
        Case::Any => true,
        Case::Exact => exact(),
        Case::OrCapitals => exact() || !surface.chars().any(char::is_lowercase),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_on_word_boundaries() {
        let phrases = Phrases::new(vec![
            ("Maar".to_owned(), Case::OrCapitals),
            ("Maar Union".to_owned(), Case::OrCapitals),
            ("MU".to_owned(), Case::Exact),
            ("people's league".to_owned(), Case::Any),
            ("Union \u{a0}Hall".to_owned(), Case::Exact),
        ])
        .unwrap();
        let cases: &[(&str, &[&str])] = &[
            ("Maar's envoy", &["Maar"]),
            ("Maarian Maar-born", &["Maar"]),
            ("the Maar Unionists", &["Maar"]),
            ("the Maar\nUnion Hall", &["Maar\nUnion"]),
            ("é  Maar\r\nUnion", &["Maar\r\nUnion"]),
            (
                "Maar\u{a0} Union and the Maar",
                &["Maar\u{a0} Union", "Maar"],
            ),
            ("Maar\n\nUnion Hall", &["Maar", "Union Hall"]),
            ("Maar\r\rUnion Hall", &["Maar", "Union Hall"]),
            ("MAAR WINS", &["MAAR"]),
            ("maar mu", &[]),
            ("MU, mu", &["MU"]),
            ("The People’s League", &["People’s League"]),
            ("éMaar", &[]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            let found: Vec<_> = longest(phrases.occurrences(text))
                .into_iter()
                .map(|(span, _)| text.get(span.start()..span.end()).unwrap())
                .collect();
            assert_eq!(&found, expected, "{text}");
        }
    }
}
