//! The words of a sentence and the names in it -> subjects and objects.
//!
//! In go words and the places of names; out come the name that is the subject of a word taken for a verb, the name or
//! pronoun that is its object, and the names joined to either. What a reader would question: all that counts is which
//! words stand beside each other. Where the subject of a verb is far from it, or the object of a preposition ("praise
//! from Maar helps Ruiz"), or the verb has a "would" or a "to", nobody is found.

use std::ops::Range;

/// How many words may stand between a verb and its object, all of them such as `SKIPPED` or capitals.
const TO_OBJECT: usize = 3;

/// How many auxiliaries and adverbs may stand between a subject and its verb.
const TO_SUBJECT: usize = 6;

/// The most names of a list: "Maar, Norland and Ruiz condemned".
const LIST: usize = 6;

/// Pronouns that something is done to. Sorted.
pub(super) const OBJECTS: &[&str] = &[
    "her",
    "herself",
    "him",
    "himself",
    "me",
    "them",
    "themselves",
];

/// Words behind "her" that show that it is no "her record", beside prepositions. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const BEHIND_HER: &[&str] = &[
    "after", "again", "and", "as", "because", "before", "but", "during", "or", "since", "so", "that", "though",
    "when", "while",
];

/// Pronouns of whoever a thing belongs to: "defended his record". Sorted. Fewer than the `OWNERS` of `actors::words`: "my"
/// and "your" depend on who speaks, and "its" may be of a thing.
pub(super) const OWNERS: &[&str] = &["her", "his", "their"];

/// Words before a name that say little of it. Sorted. Not the `DETERMINERS` of `actors::words`: "former" and "rival" belong
/// to a description, but an object may begin behind them.
#[rustfmt::skip] // a word a line would hide the code
pub(super) const SKIPPED: &[&str] = &[
    "a", "all", "an", "any", "both", "every", "fellow", "former", "her", "his", "its", "my", "other", "our",
    "rival", "some", "such", "that", "the", "their", "these", "this", "those", "your",
];

/// Words between a subject and its verb. Not "would" or "should": what somebody may do is no stance yet. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const HELPING: &[&str] = &[
    "'", "again", "already", "also", "are", "aren", "been", "being", "d", "did", "didn", "do", "does",
    "doesn", "don", "even", "had", "hadn", "has", "hasn", "have", "haven", "is", "isn", "just", "later",
    "long", "never", "not", "now", "often", "once", "only", "s", "so", "still", "t", "then", "ve", "was",
    "wasn", "were", "weren", "’",
];

/// Days on which something is done, between a subject and its verb.
const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Prepositions: a name behind one is no subject. Sorted. Not the `BREAKS` of `actors::nouns`, which have "that", behind
/// which a name may be one, and lack "about" and "than".
#[rustfmt::skip] // a word a line would hide the code
const PREPOSITIONS: &[&str] = &[
    "about", "against", "among", "at", "by", "for", "from", "in", "into", "like", "near", "of", "on",
    "over", "than", "to", "under", "with",
];

/// What somebody is told to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Holder,
    Target,
}

/// Somebody in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// By number among the names.
    Name(usize),
    /// By number among the words.
    Pronoun(usize),
}

/// The words of a sentence and the names in it. Names may nest; then the longest counts.
pub(super) struct Sentence {
    /// In lower case.
    pub(super) words: Vec<String>,
    capitals: Vec<bool>,
    names: Vec<Range<usize>>,
    /// The longest name that begins at each word.
    begins: Vec<Option<usize>>,
    /// The longest name that ends before each word.
    ends: Vec<Option<usize>>,
}

impl Sentence {
    /// `names` are ranges of the words, in any order.
    pub(super) fn new<'t>(
        surfaces: impl Iterator<Item = &'t str>,
        names: Vec<Range<usize>>,
    ) -> Self {
        let (words, capitals): (Vec<String>, Vec<bool>) = surfaces
            .map(|word| (word.to_lowercase(), word.starts_with(char::is_uppercase)))
            .unzip();
        let mut begins: Vec<Option<usize>> = vec![None; words.len() + 1];
        let mut ends = begins.clone();
        for (number, name) in names.iter().enumerate() {
            let longer = |other: Option<usize>| {
                let other = other.and_then(|other| names.get(other));
                other.is_none_or(|other| other.len() < name.len())
            };
            if let Some(begun) = begins.get_mut(name.start).filter(|other| longer(**other)) {
                *begun = Some(number);
            }
            if let Some(ended) = ends.get_mut(name.end).filter(|other| longer(**other)) {
                *ended = Some(number);
            }
        }
        Self {
            words,
            capitals,
            names,
            begins,
            ends,
        }
    }

    /// A word; nothing outside the sentence.
    pub(super) fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    /// The word before a place; nothing before the first.
    pub(super) fn word_before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |before| self.word(before))
    }

    /// The longest name that begins at a word.
    fn beginning(&self, at: usize) -> Option<usize> {
        self.begins.get(at).copied().flatten()
    }

    /// The longest name that ends before a word.
    pub(super) fn ending(&self, at: usize) -> Option<usize> {
        self.ends.get(at).copied().flatten()
    }

    /// Whom something is done to: the name or pronoun that begins at a word or just behind it.
    pub(super) fn object(&self, at: usize, of_oneself: bool) -> Option<Who> {
        for i in at..=at + TO_OBJECT {
            if let Some(name) = self.beginning(i) {
                return Some(Who::Name(name));
            }
            let word = self.word(i);
            if self.is_object(i) || (of_oneself && OWNERS.contains(&word)) {
                return Some(Who::Pronoun(i));
            }
            let capital = self.capitals.get(i).copied().unwrap_or(false);
            let stop = word == "." && i > at;
            if !capital && !stop && SKIPPED.binary_search(&word).is_err() {
                return None;
            }
        }
        None
    }

    /// Whether a word is a pronoun that something is done to: "her" of "attacked her", not of "attacked her record".
    fn is_object(&self, at: usize) -> bool {
        let (word, next) = (self.word(at), self.word(at + 1));
        let owner = word == "her"
            && next.starts_with(char::is_alphabetic)
            && PREPOSITIONS.binary_search(&next).is_err()
            && BEHIND_HER.binary_search(&next).is_err();
        OBJECTS.contains(&word) && !owner
    }

    /// The subject of a verb, and whether it stands right before it rather than before a "who".
    pub(super) fn subject(&self, verb: usize) -> Option<(usize, bool)> {
        let mut from = verb;
        for _ in 0..TO_SUBJECT {
            let before = self.word_before(from);
            let helps = HELPING.binary_search(&before).is_ok()
                || before.ends_with("ly")
                || DAYS.contains(&before)
                || (before == "on" && DAYS.contains(&self.word(from)));
            if !helps || self.ending(from).is_some() {
                break;
            }
            from -= 1;
        }
        if let Some(name) = self.ending(from) {
            let before = self.word_before(self.names.get(name)?.start);
            let subject = PREPOSITIONS.binary_search(&before).is_err();
            return subject.then_some((name, true));
        }
        if !["that", "which", "who"].contains(&self.word_before(from)) {
            return None;
        }
        let mut before = from.checked_sub(1)?;
        if self.word_before(before) == "," {
            before -= 1;
        }
        self.ending(before).map(|name| (name, false))
    }

    /// A subject and those joined to it before: "Maar, Norland and Ruiz".
    pub(super) fn list_before(&self, last: usize) -> Vec<usize> {
        let mut all = vec![last];
        let mut first = last;
        while all.len() < LIST {
            let Some(start) = self.names.get(first).map(|name| name.start) else {
                break;
            };
            let mut from = start;
            while start - from < 3 && is_joint(self.word_before(from)) {
                from -= 1;
            }
            let joined = all.len() > 1 || (from..start).any(|i| is_and(self.word(i)));
            let Some(before) = self.ending(from).filter(|_| joined && from < start) else {
                break;
            };
            all.push(before);
            first = before;
        }
        all
    }

    /// An object and those joined to it behind, up to the last "and".
    pub(super) fn list_behind(&self, first: Who) -> Vec<Who> {
        let mut all = vec![first];
        let mut joined = 1;
        while let Some(&Who::Name(last)) = all.last()
            && all.len() < LIST
        {
            let Some(end) = self.names.get(last).map(|name| name.end) else {
                break;
            };
            let mut to = end;
            while to - end < 3 && is_joint(self.word(to)) {
                to += 1;
            }
            let Some(next) = self.beginning(to).filter(|_| to > end) else {
                break;
            };
            all.push(Who::Name(next));
            if (end..to).any(|i| is_and(self.word(i))) {
                joined = all.len();
            }
        }
        all.truncate(joined);
        all
    }
}

/// Whether a word may stand between the names of a list.
fn is_joint(word: &str) -> bool {
    [",", "both", "the"].contains(&word) || is_and(word)
}

/// Whether a word joins the last name of a list, or two names.
fn is_and(word: &str) -> bool {
    ["&", "and", "or"].contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in [OBJECTS, BEHIND_HER, OWNERS, SKIPPED, HELPING, PREPOSITIONS] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }
}
