//! Tagged names that run on -> the names in them.
//!
//! In go the entities, targets or holders that were tagged in a sentence, and its cues; out come the same
//! spans, but those cut that swallow the verb behind a name ("Ana Ruiz praised") or join two names
//! ("Ana Ruiz and Tomas Brandt"). What a reader would question: a tagger is overruled only where capitals
//! and a cue, first names, the gazetteer or the tagged entities say so. "People who praised Ruiz" and "Bill
//! and Hillary Clinton" stay whole. In a headline all words have capitals, so that its verbs are known by the cues
//! and the list of verbs of speech alone.

use super::joined::{joints, known};
use crate::actors::first_names::gender_of;
use crate::actors::nouns::{BREAKS, is_body_head, singular};
use crate::actors::words::PARTICLES;
use crate::document::{Document, Span};
use crate::segment::reports_speech;
use crate::tagging::{CUE, Tagged};
use std::ops::Range;

/// Kind of a person among the entities.
pub(super) const PERSON: usize = 0;

/// The fewest words of a headline: "US?" is none.
const MIN_HEADLINE: usize = 3;

/// Verbs of speech that are nouns in names, too: "NORLAND STATE BANK", "THE MAAR POST".
const NOUNS: [&str; 5] = ["post", "report", "reports", "state", "states"];

/// The words of one sentence and their cues.
pub(super) struct Sentence<'a> {
    document: &'a Document,
    words: &'a [Span],
    /// Whether a word belongs to a cue.
    is_cue: Vec<bool>,
    /// Whether all words are in capitals.
    is_headline: bool,
}

impl<'a> Sentence<'a> {
    pub(super) fn new(document: &'a Document, words: &'a [Span], voice: &[Tagged]) -> Self {
        let mut is_cue = vec![false; words.len()];
        for cue in voice.iter().filter(|span| span.kind == CUE) {
            if let Some(held) = is_cue.get_mut(cue.words.clone()) {
                held.fill(true);
            }
        }
        let surfaces = || words.iter().map(|&word| document.slice(word));
        let lower = surfaces().any(|word| word.contains(char::is_lowercase));
        let with_letters = surfaces().filter(|word| word.contains(char::is_alphabetic));
        let is_headline = !lower && with_letters.count() >= MIN_HEADLINE;
        Self {
            document,
            words,
            is_cue,
            is_headline,
        }
    }

    /// Entities, each one name.
    pub(super) fn entities(&self, spans: Vec<Tagged>) -> Vec<Tagged> {
        let spans = spans.into_iter().flat_map(|span| self.without_verb(span));
        let parted = spans.flat_map(|span| {
            let two = if span.kind == PERSON {
                self.two_persons(&span.words)
            } else {
                self.two_known(&span.words)
                    .or_else(|| self.two_bodies(&span.words))
            };
            parts(span, two.map(|and| and..and + 1))
        });
        parted.collect()
    }

    /// Targets, holders or sources: cut where two actors are joined, as the `entities` in them tell.
    pub(super) fn mentions(&self, spans: Vec<Tagged>, entities: &[Tagged]) -> Vec<Tagged> {
        let spans = spans.into_iter().flat_map(|span| self.without_verb(span));
        let parted = spans.flat_map(|span| {
            let joints = joints(self, &span.words, entities);
            parts(span, joints)
        });
        parted.collect()
    }

    pub(super) fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |&w| self.document.slice(w))
    }

    /// The text from the first to the last of some words.
    pub(super) fn surface(&self, words: Range<usize>) -> &str {
        match self.words.get(words) {
            Some([first, .., last]) => self.document.slice(first.cover(*last)),
            Some([only]) => self.document.slice(*only),
            Some([]) | None => "",
        }
    }

    fn is_capital(&self, at: usize) -> bool {
        self.word(at).starts_with(char::is_uppercase)
    }

    /// Whether a word is a verb between two names.
    fn is_verb(&self, at: usize) -> bool {
        let cue = self.is_cue.get(at).copied().unwrap_or(false);
        let reports = || {
            let word = self.word(at).to_lowercase();
            reports_speech(&word) && !NOUNS.contains(&word.as_str())
        };
        cue || (self.is_headline && reports())
    }

    /// A span without the cues that its names run into: "Ruiz praised Brandt" is two names.
    fn without_verb(&self, span: Tagged) -> Vec<Tagged> {
        let Range { mut start, end } = span.words;
        let in_name =
            |at: usize| self.is_capital(at) || PARTICLES.binary_search(&self.word(at)).is_ok();
        let mut names = Vec::new();
        loop {
            let named = (start..end).find(|&at| self.is_capital(at));
            let runs_on = |at: usize| self.is_headline && at > start && self.is_verb(at);
            let first = (start..end).find(|&at| !in_name(at) || runs_on(at));
            let verb = first.filter(|&at| self.is_verb(at) && named.is_some_and(|name| name < at));
            names.push(start..verb.unwrap_or(end));
            let next = verb.and_then(|verb| (verb + 1..end).find(|&at| self.is_capital(at)));
            let Some(next) = next else {
                break;
            };
            start = next;
        }
        let whole = |words: Range<usize>| Tagged {
            words,
            ..span.clone()
        };
        names.into_iter().map(whole).collect()
    }

    /// The "and" between two persons: not that of "Bill and Hillary Clinton".
    fn two_persons(&self, words: &Range<usize>) -> Option<usize> {
        let and = words.clone().find(|&at| self.word(at) == "and")?;
        let named = |words: Range<usize>| words.filter(|&at| self.is_capital(at)).count();
        let (before, behind) = (named(words.start..and), named(and + 1..words.end));
        let ends = behind > 0 && self.is_capital(words.end - 1);
        let first = self.word(and - 1).to_lowercase();
        let shared = before == 1 && behind > 1 && (gender_of(&first).is_some() || first == ".");
        (before > 0 && ends && !shared).then_some(and)
    }

    /// The "and" between two names of the gazetteer: "France and Germany", "Both Labour and the Conservatives".
    fn two_known(&self, words: &Range<usize>) -> Option<usize> {
        let and = words.clone().find(|&at| self.word(at) == "and")?;
        let known = |words: Range<usize>| {
            let leads = matches!(self.word(words.start), "Both" | "The" | "both" | "the");
            let from = words.start + usize::from(leads);
            known(self.surface(from..words.end)).is_some()
        };
        (words.start < and && known(words.start..and) && known(and + 1..words.end)).then_some(and)
    }

    /// The "and" between two bodies, each with a noun that says what it is: "the Union of Nurses and the Board of
    /// Trade". But one body is "the Bank and Trust Company", and so is "the Department of the Army and the Navy".
    fn two_bodies(&self, words: &Range<usize>) -> Option<usize> {
        let and = words.clone().find(|&at| self.word(at) == "and")?;
        // Whether something hangs on the noun.
        let body = |words: Range<usize>| {
            let breaks = |&at: &usize| BREAKS.binary_search(&self.word(at)).is_ok();
            let end = words.clone().find(breaks).unwrap_or(words.end);
            let noun = self.word(end.checked_sub(1)?).to_lowercase();
            (end > words.start && is_body_head(&singular(&noun).0)).then_some(end < words.end)
        };
        let (before, behind) = (body(words.start..and)?, body(and + 1..words.end)?);
        let anew = self.word(and + 1) == "the" && !before;
        ((before && behind) || anew).then_some(and)
    }
}

/// A span without the words at `joints`, as the spans between them.
fn parts(span: Tagged, joints: impl IntoIterator<Item = Range<usize>>) -> Vec<Tagged> {
    let mut start = span.words.start;
    let end = span.words.end..span.words.end;
    let joints = joints.into_iter().chain(std::iter::once(end));
    let ranges = joints.map(|joint| {
        let range = start..joint.start;
        start = joint.end;
        range
    });
    ranges
        .filter(|words| !words.is_empty())
        .map(|words| Tagged {
            words,
            ..span.clone()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words by spaces; in a text, "/" stands before a cue.
    fn cut(text: &str, kind: usize, entities: &[&str], mention: &str) -> Vec<String> {
        let plain = text.replace('/', "");
        let document = Document::new("d", &plain).unwrap();
        let (mut words, mut voice, mut at) = (Vec::new(), Vec::new(), 0);
        for (n, word) in text.split(' ').enumerate() {
            let bare = word.trim_start_matches('/');
            words.push(Span::raw(at, at + bare.len()));
            at += bare.len() + 1;
            if bare.len() < word.len() {
                voice.push(tagged(CUE, n..n + 1));
            }
        }
        let range = |part: &str| {
            let (before, _) = plain.split_once(part).unwrap();
            let start = before.split(' ').count() - 1;
            start..start + part.split(' ').count()
        };
        let sentence = Sentence::new(&document, &words, &voice);
        let entities: Vec<_> = entities.iter().map(|e| tagged(kind, range(e))).collect();
        let entities = sentence.entities(entities);
        let mentions = sentence.mentions(vec![tagged(0, range(mention))], &entities);
        let text =
            |span: &Tagged| plain.split(' ').collect::<Vec<_>>()[span.words.clone()].join(" ");
        mentions.iter().map(text).collect()
    }

    fn tagged(kind: usize, words: Range<usize>) -> Tagged {
        Tagged {
            kind,
            words,
            confidence: 0.9,
        }
    }

    #[test]
    fn a_name_ends_before_its_verb() {
        let text = "Ana Ruiz /praised Tomas Brandt .";
        let all = "Ana Ruiz praised Tomas Brandt";
        assert_eq!(cut(text, 0, &[all], all), ["Ana Ruiz", "Tomas Brandt"]);
        assert_eq!(cut(text, 0, &[], "Ana Ruiz praised"), ["Ana Ruiz"]);
        let twice = "Ana Ruiz /praised Brandt /blamed Maar .";
        let three = cut(twice, 0, &[], "Ana Ruiz praised Brandt blamed Maar");
        assert_eq!(three, ["Ana Ruiz", "Brandt", "Maar"]);
        let described = "People who /praised Ruiz left .";
        let whole = "People who praised Ruiz";
        assert_eq!(cut(described, 0, &["Ruiz"], whole), [whole]);
        let body = "The Bank of Maar /praised";
        let named = cut(&format!("{body} Ruiz ."), 0, &[], &body.replace('/', ""));
        assert_eq!(named, ["The Bank of Maar"]);
        assert_eq!(cut("/Said Ruiz .", 0, &[], "Said Ruiz"), ["Said Ruiz"]);
    }

    #[test]
    fn a_headline_has_verbs_in_capitals() {
        let all = "MAAR WARNS NORLAND";
        let apart = ["MAAR", "NORLAND"];
        assert_eq!(cut("MAAR /WARNS NORLAND", 1, &[all], all), apart);
        assert_eq!(
            cut("MAAR SAYS NORLAND LIES", 1, &[], "MAAR SAYS NORLAND"),
            apart
        );
        let bank = "NORLAND STATE BANK";
        assert_eq!(cut("NORLAND STATE BANK /WARNS MAAR", 1, &[], bank), [bank]);
        let named = "Norland Says";
        assert_eq!(cut("the band Norland Says played", 1, &[], named), [named]);
    }

    #[test]
    fn two_bodies_are_two_names() {
        for (whole, expected) in [
            (
                "Union of Nurses and the Board of Trade",
                ["Union of Nurses", "the Board of Trade"].as_slice(),
            ),
            (
                "Maar League and the Harbour Union",
                &["Maar League", "the Harbour Union"],
            ),
            (
                "Maar Bank and Trust Company",
                &["Maar Bank and Trust Company"],
            ),
            (
                "Department of the Army and the Navy",
                &["Department of the Army and the Navy"],
            ),
        ] {
            let found = cut(&format!("{whole} left ."), 1, &[whole], whole);
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn two_names_are_two_mentions() {
        let two = "Ana Ruiz and Tomas Brandt";
        let split = ["Ana Ruiz", "Tomas Brandt"];
        assert_eq!(cut(&format!("{two} left ."), 0, &[two], two), split);
        assert_eq!(cut(&format!("{two} left ."), 0, &split, two), split);
        let both = "Norway and the Netherlands";
        let apart = ["Norway", "the Netherlands"];
        assert_eq!(cut(&format!("{both} left ."), 1, &[both], both), apart);
        let headed = "The Netherlands and Norway";
        let apart = ["The Netherlands", "Norway"];
        assert_eq!(
            cut(&format!("{headed} left ."), 1, &[headed], headed),
            apart
        );
        assert_eq!(
            cut(
                "Obama and Ana Ruiz left .",
                0,
                &["Obama and Ana Ruiz"],
                "Obama and Ana Ruiz"
            ),
            ["Obama", "Ana Ruiz"]
        );
        let lands = "Norway , Oman and the Netherlands";
        let listed = ["Norway", "Oman", "the Netherlands"];
        let found = cut(
            &format!("{lands} left ."),
            2,
            &["Norway", "Oman", "Netherlands"],
            lands,
        );
        assert_eq!(found, listed);
        for (whole, kind, entities) in [
            (
                "Bill and Hillary Clinton",
                0,
                ["Bill and Hillary Clinton"].as_slice(),
            ),
            ("Johnson and Johnson", 1, &["Johnson and Johnson"]),
            ("Norway and Oman talks", 2, &["Norway", "Oman"]),
            ("Ana Ruiz , Maar", 0, &["Ana Ruiz", "Maar"]),
            ("friends of Ruiz and Brandt", 0, &["Ruiz"]),
        ] {
            assert_eq!(
                cut(&format!("{whole} ended ."), kind, entities, whole),
                [whole]
            );
        }
    }
}
