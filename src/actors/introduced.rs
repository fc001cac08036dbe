//! Persons who are described before they are named: "A harbour official blamed Maar. Ana Ruiz said".
//!
//! In goes a [`Joining`] whose other descriptions are joined; every cluster of descriptions that begins in the headline or
//! the sentence behind it, and that says of somebody new what he or she is, is joined to the person whom the text names
//! next, if it names that person there for the first time and again later. What a reader would question: nothing but the
//! order says so. That is how news introduce whom they are about, and of 29 such descriptions of the labelled training
//! articles 25 were right; further down, or of a person named only once, it would be a guess.

use crate::actors::epithets::{is_calling, is_like};
use crate::actors::joining::{Cluster, Joining};
use crate::actors::readings::{Description, Pointing, Reading};
use crate::actors::words::words;
use std::collections::{BTreeMap, BTreeSet};

/// The last sentence in which somebody is introduced.
const LAST: usize = 1;

/// How many sentences behind the description the name may stand.
const REACH: usize = 2;

/// How often the person must be named.
const MIN_NAMES: usize = 2;

/// Nouns of what a person is, beside offices and callings. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const PERSONS: &[&str] = &[
    "adviser", "advisor", "aide", "ally", "analyst", "artist", "attorney", "backbencher", "banker", "boss",
    "broadcaster", "campaigner", "celebrity", "chief", "columnist", "commander", "commentator", "doctor", "donor",
    "editor", "envoy", "executive", "expert", "foe", "heckler", "historian", "judge", "lawyer", "leader", "man", "mp",
    "officer", "official", "professor", "prosecutor", "reporter", "researcher", "scientist", "soldier", "staffer",
    "star", "strategist", "student", "teacher", "veteran", "woman",
];

impl Joining<'_> {
    /// Joins clusters of descriptions to the persons whom they introduce.
    pub(crate) fn join_introduced(&mut self) {
        let meant = self.introduced();
        self.give(&meant);
    }

    /// The person whom each cluster of descriptions introduces.
    fn introduced(&self) -> BTreeMap<usize, usize> {
        let newcomers = self.newcomers();
        let (mut meant, mut seen) = (BTreeMap::new(), BTreeSet::new());
        let placed = self.readings.iter().zip(self.candidates);
        for (index, (reading, candidate)) in placed.enumerate() {
            let here = candidate.sentence;
            if here > LAST {
                break;
            }
            let id = self.cluster_of(index);
            let (Some(id), Reading::Description(described)) = (id, reading) else {
                continue;
            };
            // What is said again is nobody new.
            if !seen.insert(id) || !self.is_introduction(index, described) {
                continue;
            }
            let next = newcomers.iter().find(|person| person.sentence > here);
            let near = next
                .filter(|person| person.n_names >= MIN_NAMES && person.sentence <= here + REACH);
            if let Some(person) = near
                && self.clusters.get(id).is_some_and(Cluster::is_nameless)
                && let Some(cluster) = self.clusters.get(person.cluster)
                && is_like(cluster, described)
            {
                meant.insert(id, person.cluster);
            }
        }
        meant
    }

    /// The persons of the text in the order in which it first names them, as far as they may be introduced.
    fn newcomers(&self) -> Vec<Newcomer> {
        let mut all: Vec<Newcomer> = Vec::new();
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        let placed = self.readings.iter().zip(self.candidates);
        for ((reading, candidate), id) in placed.zip(&self.cluster_of) {
            let named = matches!(reading, Reading::Name { .. } | Reading::Known { .. });
            let Some(id) = id.filter(|_| named) else {
                continue;
            };
            if let Some(person) = numbers.get(&id).and_then(|&number| all.get_mut(number)) {
                person.n_names += 1;
                continue;
            }
            let cluster = self.clusters.get(id);
            let is_one = cluster.is_some_and(Cluster::is_one_person);
            if is_one && candidate.sentence <= LAST + REACH {
                numbers.insert(id, all.len());
                all.push(Newcomer {
                    cluster: id,
                    sentence: candidate.sentence,
                    n_names: 1,
                });
            }
        }
        all
    }

    /// Whether a description, the candidate `index`, says of one new person what he or she is: "a harbour official", "the
    /// city's mayor", and in a headline also "harbour official", but not "his spokesman".
    fn is_introduction(&self, index: usize, described: &Description) -> bool {
        let head = described.head.as_str();
        let of_person = described.role.is_some()
            || is_calling(described)
            || PERSONS.binary_search(&head).is_ok();
        let Some(candidate) = self.candidates.get(index) else {
            return false;
        };
        let surface = words(self.document.slice(candidate.span));
        let Some(first) = surface.first() else {
            return false;
        };
        let begins = match described.pointing {
            Pointing::Indefinite => matches!(first.folded().as_str(), "a" | "an"),
            Pointing::Owned => !first.is_owner(),
            Pointing::Bare | Pointing::Definite => {
                // "Prime minister" says nothing of which one.
                let more = described.role.as_deref().unwrap_or(head) != described.text;
                candidate.sentence == 0 && !first.is_determiner() && more
            }
        };
        of_person && !described.plural && begins
    }
}

/// A person, where it is first named and how often.
struct Newcomer {
    cluster: usize,
    sentence: usize,
    n_names: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::clusters::marked;

    #[test]
    fn whom_a_text_introduces_it_names_next() {
        assert!(PERSONS.is_sorted());
        let (ana, tom) = ("ana-ruiz", "tom-brandt");
        let cases: &[(&str, &[&str])] = &[
            (
                "[A harbour official] slept.\nIt rained.\n[Ana Ruiz] spoke.\n[Ruiz] left.",
                &[ana, ana, ana],
            ),
            (
                "[Former official] is sued.\n[Ana Ruiz] spoke.\n[Ruiz] left.",
                &[ana, ana, ana],
            ),
            // Named once, too far away, further down, many, a body, said of somebody known.
            (
                "[A harbour official] slept.\n[Ana Ruiz] spoke.",
                &["harbour-official", ana],
            ),
            (
                "[A harbour official] slept.\nIt rained.\nIt rained.\n[Ana Ruiz] spoke.\n[Ruiz] left.",
                &["harbour-official", ana, ana],
            ),
            (
                "It rained.\nIt rained.\n[A harbour official] slept.\n[Ana Ruiz] spoke.\n[Ruiz] left.",
                &["harbour-official", ana, ana],
            ),
            (
                "[Harbour officials] slept.\n[Ana Ruiz] spoke.\n[Ruiz] left.",
                &["harbour-officials", ana, ana],
            ),
            (
                "[Tom Brandt] met [a harbour official].\n[Brandt] left.",
                &[tom, "harbour-official", tom],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(marked(text, None, false).ids(), *expected, "{text}");
        }
    }
}
