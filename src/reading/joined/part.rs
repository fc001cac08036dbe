//! A part of a mention between two joining words or commas -> what it is.
//!
//! In go the words of the part and the entities in it; out comes a [`Part`]: whose name it is, and whether it is somebody by
//! itself ("her aides", "trade unions") or half of a phrase ("Brandt voters"). What a reader would question: its form is
//! all that is looked at, the words it begins and ends with, plurals and the gazetteer, since there is no parse.

use crate::actors::gazetteer::{FormKind, Match};
use crate::actors::nouns::{BREAKS, singular};
use crate::actors::titles::title_ending;
use crate::actors::words::{DETERMINERS, words};
use crate::actors::{ActorType, Gazetteer};
use crate::reading::names::{PERSON, Sentence};
use crate::tagging::Tagged;
use std::iter::once;
use std::ops::Range;

/// Words before two joined actors that belong to neither.
const PAIRING: [&str; 2] = ["both", "either"];

/// Counts that begin a phrase of its own: "Ruiz and several aides". Sorted. Not the `COUNTS` of `actors::nouns`, which stand
/// before an "of": "dozens" alone begins nothing.
const COUNTS: &[&str] = &["all", "many", "several", "some"];

/// Pronouns that stand before an "and".
const SUBJECTS: [&str; 5] = ["he", "i", "she", "they", "we"];

/// What a phrase hangs on, beside [`BREAKS`].
const ALSO_BREAKS: [&str; 4] = ["among", "between", "including", "like"];

/// Words between a person and where the person is from.
const PLACING: [&str; 3] = ["from", "in", "of"];

/// Signs inside names and phrases.
const INSIDE: [&str; 6] = [".", "-", "–", "‑", "'", "’"];

/// A part of a mention, between two marks.
pub(super) struct Part<'s, 'a> {
    sentence: &'s Sentence<'a>,
    pub(super) words: Range<usize>,
    /// The first word in lower case.
    pub(super) first: String,
    /// The entity that it is the name of, with or without words before it.
    pub(super) name: Option<&'s Tagged>,
    /// Whether there is a preposition or a sign outside its entities.
    pub(super) hangs: bool,
    /// Whether it follows "both".
    pub(super) is_paired: bool,
}

impl<'s, 'a> Part<'s, 'a> {
    pub(super) fn new(
        sentence: &'s Sentence<'a>,
        mut words: Range<usize>,
        entities: &[&'s Tagged],
    ) -> Self {
        let is_paired = words.len() > 1
            && PAIRING.contains(&sentence.word(words.start).to_lowercase().as_str());
        words.start += usize::from(is_paired);
        let starts = once(words.start).chain(entities.iter().map(|entity| entity.words.end));
        let ends = entities.iter().map(|entity| entity.words.start);
        let between = starts.zip(ends.chain(once(words.end)));
        let hangs = between
            .flat_map(|(start, end)| start..end)
            .find(|&at| hangs(sentence.word(at)));
        let reach = hangs.unwrap_or(words.end);
        let ends = |entity: &&Tagged| {
            let behind = entity.words.end;
            behind >= words.end
                || sentence.word(behind) == "("
                || (entity.kind == PERSON && PLACING.contains(&sentence.word(behind)))
        };
        let within = entities.iter().copied();
        let mut within = within.take_while(|entity| entity.words.start < reach);
        let name = within.find(ends).filter(|entity| {
            entity.kind == PERSON || !is_adjective(sentence.surface(entity.words.clone()))
        });
        let bearer = || {
            let last = entities.last().copied();
            last.filter(|entity| {
                entity.kind == PERSON
                    && entity.words.end >= words.end
                    && ends_with_office(sentence.surface(words.start..entity.words.start))
            })
        };
        let name = name.or_else(bearer);
        Self {
            sentence,
            first: sentence.word(words.start).to_lowercase(),
            words,
            name,
            hangs: hangs.is_some(),
            is_paired,
        }
    }

    /// Whether a person's origin follows the name.
    pub(super) fn is_placed(&self) -> bool {
        self.name.is_some_and(|name| {
            name.words.end < self.words.end && PLACING.contains(&self.sentence.word(name.words.end))
        })
    }

    /// Whether its name is no adjective of what follows an "and": a person, or a country in full.
    pub(super) fn is_noun(&self, name: &Tagged) -> bool {
        let surface = self.sentence.surface(name.words.clone());
        let country = || {
            let known = known(surface).filter(|known| known.form == FormKind::Name);
            let entry = known.and_then(|known| Gazetteer::built_in().entry(known.actor));
            entry.is_some_and(|entry| entry.kind == ActorType::Country)
        };
        let in_full = surface.contains(char::is_lowercase);
        !self.is_placed() && (name.kind == PERSON || (in_full && country()))
    }

    /// Whether it begins as no second half of a phrase does: "her aides".
    pub(super) fn begins(&self) -> bool {
        let first = self.first.as_str();
        DETERMINERS.binary_search(&first).is_ok() || COUNTS.binary_search(&first).is_ok()
    }

    /// Whether it is a pronoun on which nothing hangs that stands behind an "and".
    pub(super) fn is_subject(&self) -> bool {
        self.words.len() == 1 && SUBJECTS.contains(&self.first.as_str())
    }

    /// Whether it is somebody without what follows: "the mayor", "unions".
    pub(super) fn is_whole(&self) -> bool {
        !self.hangs && (self.is_plural() || (self.begins() && self.words.len() > 1))
    }

    /// Whether the noun that it is about is a plural in lower case.
    pub(super) fn is_plural(&self) -> bool {
        let mut words = self.words.clone();
        let end = words.find(|&at| hangs(self.sentence.word(at)));
        let head = end.unwrap_or(self.words.end).checked_sub(1);
        let noun = head.filter(|&at| at >= self.words.start);
        let noun = noun.map_or("", |at| self.sentence.word(at));
        noun.starts_with(char::is_lowercase) && singular(noun).1
    }

    /// Whether it describes several by itself: "trade unions", "Omani banks" or "European countries", and not the "Brandt
    /// voters" of "Ruiz and Brandt voters".
    pub(super) fn is_several(&self) -> bool {
        let surface = self.sentence.surface(self.words.clone());
        let peoples = || {
            let found = Gazetteer::built_in().find(surface);
            found
                .first()
                .is_some_and(|first| first.span.start() == 0 && first.form == FormKind::Demonym)
        };
        let listed = || known(surface).is_some();
        self.is_plural() && (surface.starts_with(char::is_lowercase) || peoples() || listed())
    }
}

/// Whether what stands before a word does not go on behind it.
fn hangs(word: &str) -> bool {
    let sign = !word.contains(char::is_alphanumeric) && !INSIDE.contains(&word);
    sign || is_break(word)
}

/// Whether what stands before a word is no part of what follows: "the mayors of Maar".
fn is_break(word: &str) -> bool {
    BREAKS.binary_search(&word).is_ok() || ALSO_BREAKS.contains(&word)
}

/// Whether a name says of whom or whence something is: "Omani", not "Omanis".
fn is_adjective(name: &str) -> bool {
    let demonym = known(name).is_some_and(|known| known.form == FormKind::Demonym);
    demonym && !name.ends_with('s')
}

/// Whether words end with an office, and nothing before it hangs on a preposition: "Former Secretary of State".
fn ends_with_office(before: &str) -> bool {
    let before = words(before);
    let office = title_ending(&before, Gazetteer::built_in().title_table());
    office.is_some_and(|(_, at)| !before.iter().take(at).any(|word| is_break(word.text)))
}

/// The actor that a surface is a form of, all of it.
pub(in crate::reading) fn known(surface: &str) -> Option<Match> {
    let found = Gazetteer::built_in().find(surface);
    match found.as_slice() {
        [only] if only.span.len() == surface.len() => Some(*only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(COUNTS.is_sorted());
    }
}
