//! The words of a sentence and the names in it -> who is told to hold a stance, and about whom.
//!
//! In go words and the places of names; out come names in the role of a holder, and names and pronouns in that of a
//! target. What a reader would question: all that counts is which words stand beside each other. Where the subject of a
//! verb is far from it, or the object of a preposition ("praise from Maar helps Ruiz"), or the verb has a "would" or a
//! "to", nobody is found: in labelled articles such guesses were wrong four times in five.

use super::lexicon::{carries, deed_at, gets, is_given, leads_of};
use std::ops::Range;

/// How many words may stand between a verb and its object, all of them such as `SKIPPED` or capitals.
const TO_OBJECT: usize = 3;

/// How many auxiliaries and adverbs may stand between a subject and its verb.
const TO_SUBJECT: usize = 6;

/// The most names of a list: "Maar, Norland and Ruiz condemned".
const LIST: usize = 6;

/// Pronouns that something is done to.
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

/// Pronouns of whoever a thing belongs to: "defended his record".
pub(super) const OWNERS: &[&str] = &["her", "his", "their"];

/// Words before a name that say little of it. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const SKIPPED: &[&str] = &[
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

/// Forms of "to be". Sorted.
const BEING: &[&str] = &[
    "are", "be", "been", "being", "get", "gets", "got", "is", "was", "were",
];

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Prepositions: a name behind one is no subject. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const PREPOSITIONS: &[&str] = &[
    "about", "against", "among", "at", "by", "for", "from", "in", "into", "like", "near", "of", "on",
    "over", "than", "to", "under", "with",
];

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
    words: Vec<String>,
    capitals: Vec<bool>,
    names: Vec<Range<usize>>,
    /// The longest name that begins at each word.
    begins: Vec<Option<usize>>,
    /// The longest name that ends before each word.
    ends: Vec<Option<usize>>,
}

impl Sentence {
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
    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    fn word_before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |before| self.word(before))
    }

    fn beginning(&self, at: usize) -> Option<usize> {
        self.begins.get(at).copied().flatten()
    }

    fn ending(&self, at: usize) -> Option<usize> {
        self.ends.get(at).copied().flatten()
    }

    /// Who holds a stance, and the pronouns and names that it is about.
    pub(super) fn told(&self) -> Vec<(Who, Role)> {
        let mut all = Vec::new();
        // Whom the last verb is done to: "Maar" of "those who back Maar oppose Ruiz" opposes nobody.
        let mut last = None;
        let mut at = 0;
        while at < self.words.len() {
            let deed = deed_at(&self.words, at);
            if let Some(deed) = deed {
                let behind = at + deed.len;
                let is = |back: usize| {
                    let word = at.checked_sub(back).map_or("", |at| self.word(at));
                    BEING.binary_search(&word).is_ok()
                };
                let passive = deed.suffered && (is(1) || is(2));
                if deed.suffered && self.word(behind) == "by" {
                    self.done_by(at, behind + 1, passive, &mut all);
                } else if deed.suffered && self.word_before(at) == "-" && self.backs(at) {
                    // "Maar-backed"
                    let backer = at.checked_sub(1).and_then(|hyphen| self.ending(hyphen));
                    all.extend(backer.map(|name| (Who::Name(name), Role::Holder)));
                } else if !passive {
                    let object = self.object(behind, deed.of_oneself);
                    if let Some(object) = object {
                        self.done_to(at, object, last, &mut all);
                    }
                    // "After the attack Maar condemned Ruiz".
                    let is_noun = ["a", "an", "the"].contains(&self.word_before(at));
                    last = object.filter(|_| !is_noun);
                }
            }
            at += deed.map_or(1, |deed| deed.len);
        }
        // "support" is a verb and a noun.
        for at in 0..self.words.len() {
            self.noun(at, &mut all);
        }
        all
    }

    fn backs(&self, at: usize) -> bool {
        ["backed", "supported"].contains(&self.word(at))
    }

    /// "Maar praised Ruiz"; `at` is the verb. Whoever the `last` one is done to does this one only behind a "who".
    fn done_to(&self, at: usize, object: Who, last: Option<Who>, all: &mut Vec<(Who, Role)>) {
        let is_last = |name: usize| last == Some(Who::Name(name));
        let Some((subject, near)) = self.subject(at).filter(|&(s, near)| !near || !is_last(s))
        else {
            return;
        };
        let mut subjects = if near {
            self.list_before(subject)
        } else {
            vec![subject]
        };
        // "Maar praised Ruiz and Brandt attacked Oduya".
        if let Some(place) = subjects.iter().skip(1).position(|&s| is_last(s)) {
            subjects.truncate(place + 1);
        }
        all.extend(subjects.into_iter().map(|s| (Who::Name(s), Role::Holder)));
        let objects = self.list_behind(object);
        all.extend(objects.into_iter().map(|object| (object, Role::Target)));
    }

    /// "Ruiz, praised by Maar"; with "was" before the participle only if somebody was: not plans.
    fn done_by(&self, at: usize, behind: usize, passive: bool, all: &mut Vec<(Who, Role)>) {
        let object = self.subject(at).is_some();
        if let Some(agent @ Who::Name(_)) = self.object(behind, false)
            && (object || !passive)
        {
            let agents = self.list_behind(agent);
            all.extend(agents.into_iter().map(|agent| (agent, Role::Holder)));
        }
    }

    /// "Maar's support for Ruiz", "Maar launched an attack on Ruiz", "criticism from Maar", "drew the ire of Maar".
    fn noun(&self, at: usize, all: &mut Vec<(Who, Role)>) {
        let (noun, lead) = (self.word(at), self.word(at + 1));
        if leads_of(noun).contains(&lead)
            && let Some(object) = self.object(at + 2, false)
            && let Some(holder) = self.owner(at).or_else(|| self.carrier(at))
        {
            all.push((Who::Name(holder), Role::Holder));
            let objects = self.list_behind(object);
            all.extend(objects.into_iter().map(|object| (object, Role::Target)));
        }
        if !is_given(noun) {
            return;
        }
        let got = || (at.saturating_sub(3)..at).any(|i| gets(self.word(i)));
        let given = match lead {
            "among" | "by" | "from" => true,
            "of" => got(),
            _ => false,
        };
        if given && let Some(giver @ Who::Name(_)) = self.object(at + 2, false) {
            let givers = self.list_behind(giver);
            all.extend(givers.into_iter().map(|giver| (giver, Role::Holder)));
        }
    }

    /// Where the adjectives before a noun begin.
    fn adjectives(&self, noun: usize) -> usize {
        let mut from = noun;
        for _ in 0..3 {
            let before = self.word_before(from);
            let plain = !before.is_empty() && before.chars().all(char::is_alphabetic);
            let other = ["and", "of", "s", "the"].contains(&before) || carries(before);
            if !plain || other || self.ending(from).is_some() {
                break;
            }
            from -= 1;
        }
        from
    }

    /// Whose a noun is: "Maar's strong support".
    fn owner(&self, noun: usize) -> Option<usize> {
        let from = self.adjectives(noun);
        let is_mark = |at: usize| ["'", "’"].contains(&self.word_before(at));
        let mark = if self.word_before(from) == "s" {
            from.checked_sub(1)?
        } else {
            from
        };
        let name = mark.checked_sub(1).filter(|_| is_mark(mark))?;
        self.ending(name)
    }

    /// The subject of the verb that a noun hangs on: "Maar has launched an attack".
    fn carrier(&self, noun: usize) -> Option<usize> {
        let mut from = self.adjectives(noun);
        if SKIPPED.binary_search(&self.word_before(from)).is_ok() {
            from -= 1;
        }
        let mut verb = from;
        for _ in 0..2 {
            let carries = carries(self.word_before(verb));
            if !carries || self.ending(verb).is_some() {
                break;
            }
            verb -= 1;
        }
        let (name, _) = self.subject(verb).filter(|_| verb < from)?;
        Some(name)
    }

    /// Whom something is done to: the name or pronoun that begins at a word or just behind it.
    fn object(&self, at: usize, of_oneself: bool) -> Option<Who> {
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
    fn subject(&self, verb: usize) -> Option<(usize, bool)> {
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
    fn list_before(&self, last: usize) -> Vec<usize> {
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
    fn list_behind(&self, first: Who) -> Vec<Who> {
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

fn is_and(word: &str) -> bool {
    ["&", "and", "or"].contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who is told to hold a stance, and who or what it is about, with names of capitals and words by spaces.
    fn told(text: &str) -> (String, String) {
        let surfaces: Vec<&str> = text.split(' ').collect();
        let mut names: Vec<Range<usize>> = Vec::new();
        for (at, word) in surfaces.iter().enumerate() {
            if !word.starts_with(char::is_uppercase) {
                continue;
            }
            if let Some(name) = names.last_mut().filter(|name| name.end == at) {
                name.end += 1;
            } else {
                names.push(at..at + 1);
            }
        }
        let told = Sentence::new(surfaces.iter().copied(), names.clone()).told();
        let all = |role: Role| {
            let own = told.iter().filter(|(_, own)| *own == role);
            let surface = own.map(|&(who, _)| match who {
                Who::Name(name) => surfaces[names[name].clone()].join(" "),
                Who::Pronoun(at) => surfaces[at].to_owned(),
            });
            surface.collect::<Vec<_>>().join("; ")
        };
        (all(Role::Holder), all(Role::Target))
    }

    #[test]
    fn lists_are_sorted() {
        for list in [BEHIND_HER, SKIPPED, HELPING, BEING, PREPOSITIONS] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn verbs_have_subjects_and_objects() {
        for (text, holders, targets) in [
            ("Maar praised Ruiz .", "Maar", "Ruiz"),
            ("Maar has repeatedly attacked him .", "Maar", "him"),
            (
                "Maar on tuesday lashed out at the Harbour League .",
                "Maar",
                "Harbour League",
            ),
            (
                "Maar , who blasted Ruiz and Oduya , left .",
                "Maar",
                "Ruiz; Oduya",
            ),
            (
                "Norland , Brandt and Maar oppose Ruiz .",
                "Maar; Brandt; Norland",
                "Ruiz",
            ),
            (
                "Maar is at odds with Norland , Ruiz said .",
                "Maar",
                "Norland",
            ),
            ("Maar defended her record .", "Maar", "her"),
            ("Maar attacked his record .", "", ""),
            ("Maar attacked her record .", "", ""),
            ("Maar attacked her on tuesday .", "Maar", "her"),
            ("those who back Norland oppose Ruiz .", "", ""),
            (
                "Maar backs Norland , which opposes Ruiz .",
                "Maar; Norland",
                "Norland; Ruiz",
            ),
            (
                "Maar blasted Norland , and Ruiz backed Oduya .",
                "Maar; Ruiz",
                "Norland; Ruiz; Oduya",
            ),
            ("Maar didn ' t support them .", "Maar", "them"),
            ("Maar would support Ruiz .", "", ""),
            (
                "praise from Norland helped ; a friend of Maar praised Ruiz .",
                "Norland",
                "",
            ),
            ("Maar left Ruiz .", "", ""),
            ("Maar praised tea .", "", ""),
        ] {
            assert_eq!(
                told(text),
                (holders.to_owned(), targets.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn agents_owners_and_givers_are_holders() {
        for (text, holders, targets) in [
            (
                "Ruiz , endorsed by Maar and Oduya , left .",
                "Maar; Oduya",
                "",
            ),
            ("Ruiz was condemned by Norland .", "Norland", ""),
            ("the plan was condemned by Norland .", "", ""),
            ("the plan , backed by Norland , failed .", "Norland", ""),
            ("the Norland - backed plan failed .", "Norland", ""),
            (
                "they saw Maar ' s strong support for Ruiz .",
                "Maar",
                "Ruiz",
            ),
            ("Maar has launched an attack on them .", "Maar", "them"),
            (
                "they heard criticism from the Harbour League .",
                "Harbour League",
                "",
            ),
            ("it drew the ire of Norland .", "Norland", ""),
            ("it was the support of Norland .", "", ""),
        ] {
            assert_eq!(
                told(text),
                (holders.to_owned(), targets.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn the_longest_name_counts() {
        let surfaces = "the envoys of Maar praised Ruiz".split(' ');
        let told = Sentence::new(surfaces, vec![3..4, 0..4, 5..6]).told();
        let (envoys, ruiz) = (Who::Name(1), Who::Name(2));
        assert_eq!(told, [(envoys, Role::Holder), (ruiz, Role::Target)]);
    }

    #[test]
    fn a_sentence_of_thousands_of_deeds_is_read() {
        let surfaces = "Maar praised Ruiz ;".split(' ').cycle().take(40_000);
        let names = (0..20_000).map(|i| 2 * i..2 * i + 1).collect();
        let told = Sentence::new(surfaces, names).told();
        assert_eq!(told.len(), 2 * 10_000);
    }
}
