//! Persons who are only ever described, and whom the whole text tells: "Mayor sued" in a headline, "his wife".
//!
//! In goes a [`Joining`] whose descriptions are joined; every cluster of descriptions that must mean a person whom the text
//! names elsewhere, before or behind, is joined to that person. "The mayor" is the only person whom the text gives that
//! office; or, if it gives it to nobody, the person whom it names by far most among those who are not named beside it,
//! since nobody says "Brandt met the mayor" of Brandt. So is "the candidate", in a text that is about hardly anybody else.
//! What a reader would question: that is not asked of presidents and kings, whom texts mention without naming them. "His
//! wife" is left to [`Families`].

use crate::actors::epithets::{is_calling, is_like, is_office, may_hold};
use crate::actors::joining::{Cluster, Joining};
use crate::actors::kin::Families;
use crate::actors::readings::{Description, Pointing, Reading};
use crate::actors::titles::ways_to_say;
use std::collections::{BTreeMap, BTreeSet};

/// Offices whose bearer a text about somebody else need not name. Sorted.
const KNOWN_TO_ALL: &[&str] = &["emir", "king", "pope", "president", "queen", "sultan"];

/// How many persons are looked at, those named most first.
const MAX_PERSONS: usize = 64;

/// How often a person must be named for an office that the text gives to nobody, and how often for two mentions of the
/// next. A text that names somebody less hardly expects its readers to know the office.
const FOR_OFFICE: (usize, usize) = (4, 3);

/// The same for a calling, which many may have.
const FOR_CALLING: (usize, usize) = (4, 6);

/// What may be said of persons who have an office besides; of a lawyer it would be a guess. Sorted.
const POLITICIANS: &[&str] = &[
    "candidate",
    "colleague",
    "contender",
    "incumbent",
    "leader",
    "nominee",
    "opponent",
    "politician",
    "rival",
];

/// What a text says of its persons.
struct Persons {
    /// Clusters of single persons with a name, those named most first.
    most_named: Vec<usize>,
    n_names: BTreeMap<usize, usize>,
    /// Whom each sentence names.
    named_in: BTreeMap<usize, BTreeSet<usize>>,
    /// Persons by the offices that the text gives them.
    bearers: BTreeMap<String, BTreeSet<usize>>,
    families: Families,
}

impl Persons {
    /// Gathered once, since every description asks for it.
    fn of(joining: &Joining) -> Self {
        let mut n_names: BTreeMap<usize, usize> = BTreeMap::new();
        let mut named_in: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let placed = joining.readings.iter().zip(joining.candidates);
        for ((reading, candidate), id) in placed.zip(&joining.cluster_of) {
            let named = matches!(reading, Reading::Name { .. } | Reading::Known { .. });
            if let Some(id) = id.filter(|_| named) {
                *n_names.entry(id).or_default() += 1;
                named_in.entry(candidate.sentence).or_default().insert(id);
            }
        }
        let ids = n_names.keys().copied();
        let mut most_named: Vec<usize> = ids.filter(|&id| joining.is_one_person(id)).collect();
        most_named.sort_by_key(|id| (usize::MAX - n_names.get(id).copied().unwrap_or(0), *id));
        let mut bearers: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for &id in &most_named {
            let nouns = joining.clusters.get(id).map(|person| &person.nouns);
            for noun in nouns.into_iter().flatten() {
                for key in ways_to_say(noun) {
                    bearers.entry(key.to_owned()).or_default().insert(id);
                }
            }
        }
        Self {
            families: Families::of(joining, &most_named),
            most_named,
            n_names,
            named_in,
            bearers,
        }
    }
}

/// A cluster of descriptions, and where they stand.
#[derive(Default)]
struct Unnamed<'r> {
    descriptions: Vec<&'r Description>,
    sentences: BTreeSet<usize>,
}

impl Joining<'_> {
    /// Joins clusters of descriptions to the persons whom the whole text says they mean.
    pub(crate) fn join_unnamed(&mut self) {
        let meant = self.persons_meant();
        self.give(&meant);
    }

    /// The person whom each cluster of descriptions must mean.
    fn persons_meant(&self) -> BTreeMap<usize, usize> {
        let persons = Persons::of(self);
        let mut meant = BTreeMap::new();
        // The office that each person was found to have; nobody has two.
        let mut held: BTreeMap<usize, &str> = BTreeMap::new();
        for (id, unnamed) in self.unnamed() {
            let first = unnamed.descriptions.first();
            let beside = || {
                let sentences = unnamed.sentences.iter();
                let named = sentences
                    .filter_map(|at| persons.named_in.get(at))
                    .flatten();
                let named = named.copied().filter(|&id| self.is_one_person(id));
                named.collect::<BTreeSet<usize>>()
            };
            let family = first.and_then(|described| persons.families.meant(described, beside));
            let office = unnamed.descriptions.iter().copied().find(|described| {
                let one = !described.plural && described.pointing == Pointing::Definite;
                one && (described.role.is_some() || is_calling(described))
            });
            let by_office = office.and_then(|described| {
                let found = self
                    .only_bearer(described, &persons)
                    .or_else(|| self.by_prominence(described, &unnamed, &persons))?;
                if is_calling(described) {
                    return Some(found);
                }
                let head = held.entry(found).or_insert(&described.head);
                (*head == described.head).then_some(found)
            });
            meant.extend(family.or(by_office).map(|person| (id, person)));
        }
        meant
    }

    /// Whether a cluster is one person.
    fn is_one_person(&self, id: usize) -> bool {
        self.clusters.get(id).is_some_and(Cluster::is_one_person)
    }

    /// The clusters that are only described, in the order in which they were made.
    fn unnamed(&self) -> BTreeMap<usize, Unnamed<'_>> {
        let mut all: BTreeMap<usize, Unnamed> = BTreeMap::new();
        let placed = self.readings.iter().zip(self.candidates);
        for ((reading, candidate), id) in placed.zip(&self.cluster_of) {
            let Some((id, Reading::Description(described))) = id.map(|id| (id, reading)) else {
                continue;
            };
            if self.clusters.get(id).is_some_and(Cluster::is_nameless) {
                let unnamed = all.entry(id).or_default();
                unnamed.descriptions.push(described);
                unnamed.sentences.insert(candidate.sentence);
            }
        }
        all
    }

    /// The only person of the text who has the office, if nothing more is said of it than the country or party.
    fn only_bearer(&self, described: &Description, persons: &Persons) -> Option<usize> {
        let role = described.role.as_deref()?;
        let bearers = persons.bearers.get(role)?;
        let id = bearers.first().copied().filter(|_| bearers.len() == 1)?;
        let bare = described.text.split(' ').count() <= role.split(' ').count();
        let fits = match described.nation {
            Some(nation) => self.clusters.get(id)?.nations.contains(&nation),
            None => bare,
        };
        fits.then_some(id)
    }

    /// The person named most who may have an office or a calling that the text gives to nobody.
    fn by_prominence(
        &self,
        described: &Description,
        unnamed: &Unnamed,
        persons: &Persons,
    ) -> Option<usize> {
        let given = described
            .role
            .as_ref()
            .is_none_or(|role| persons.bearers.contains_key(role));
        let known_to_all = KNOWN_TO_ALL.binary_search(&&*described.head).is_ok();
        let (min, times) = if is_calling(described) {
            FOR_CALLING
        } else if is_office(described) && !given && !known_to_all {
            FOR_OFFICE
        } else {
            return None;
        };
        let beside = |id: &usize| {
            let mut sentences = unnamed.sentences.iter();
            sentences.any(|at| {
                persons
                    .named_in
                    .get(at)
                    .is_some_and(|named| named.contains(id))
            })
        };
        let may = |id: &usize| {
            let cluster = self.clusters.get(*id);
            let like = |cluster: &Cluster| {
                if is_calling(described) {
                    is_like(cluster, described)
                } else {
                    let politician = |noun: &String| {
                        noun.split(' ')
                            .any(|word| POLITICIANS.binary_search(&word).is_ok())
                    };
                    may_hold(cluster, described) && cluster.nouns.iter().all(politician)
                }
            };
            cluster.is_some_and(like) && !beside(id)
        };
        let most = persons.most_named.iter().take(MAX_PERSONS).copied();
        let mut fitting = most.filter(may);
        let names = |id: usize| persons.n_names.get(&id).copied().unwrap_or(0);
        let first = fitting.next()?;
        let next = fitting.next().map_or(0, names);
        let clear = names(first) >= min && 2 * names(first) >= times * next;
        clear.then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::clusters::marked;

    #[test]
    fn offices_are_of_their_only_bearer_wherever_named() {
        assert!(KNOWN_TO_ALL.is_sorted() && POLITICIANS.is_sorted());
        let (ana, tom) = ("ana-ruiz", "tom-brandt");
        let cases: &[(&str, &[&str])] = &[
            (
                "[Mayor] is sued.\nIt rained.\n[Mayor Ana Ruiz] met [Tom Brandt].",
                &[ana, ana, tom],
            ),
            (
                "[The prime minister] left.\n[Ana Ruiz], the prime minister, met [Tom Brandt].",
                &[ana, ana, tom],
            ),
            (
                "[The Omani prime minister] left.\n[Omani Prime Minister Ana Ruiz] met [Tom Brandt].",
                &[ana, ana, tom],
            ),
            // Two bearers, another one, another country.
            (
                "[The mayor] is sued.\n[Mayor Ana Ruiz] met [Mayor Tom Brandt].",
                &["mayor", ana, tom],
            ),
            (
                "[The former mayor] is sued.\n[Mayor Ana Ruiz] met [Tom Brandt].",
                &["former-mayor", ana, tom],
            ),
            (
                "[The Iranian prime minister] left.\n[Omani Prime Minister Ana Ruiz] met [Tom Brandt].",
                &["iranian-prime-minister", ana, tom],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(marked(text, None, false).ids(), *expected, "{text}");
        }
    }

    #[test]
    fn offices_that_nobody_is_given_are_of_whom_the_text_is_about() {
        let (ana, tom) = ("ana-ruiz", "tom-brandt");
        let cases: &[(&str, &[&str])] = &[
            (
                "[Ana Ruiz] spoke.\n[Tom Brandt] thanked [the premier].\n[Ruiz] left.\n[Ruiz] slept.\n[Ruiz] ate.",
                &[ana, tom, ana, ana, ana, ana],
            ),
            // Named too little, is something else, named as often as another, has another office, an office whose bearer
            // all know.
            (
                "[Ana Ruiz] spoke.\n[Tom Brandt] thanked [the premier].\n[Ruiz] left.\n[Ruiz] slept.",
                &[ana, tom, "premier", ana, ana],
            ),
            (
                "[The lawyer Ana Ruiz] spoke.\n[Tom Brandt] thanked [the premier].\n[Ruiz] left.\n[Ruiz] slept.\n[Ruiz] ate.",
                &[ana, tom, "premier", ana, ana, ana],
            ),
            (
                "[Eva Maar] met [Ana Ruiz].\n[Tom Brandt] thanked [the premier].\n[Ana Ruiz] left [Eva Maar].\n\
                 [Ruiz] and [Maar] slept.\n[Ruiz] and [Maar] ate.",
                &[
                    "eva-maar", ana, tom, "premier", ana, "eva-maar", ana, "eva-maar", ana,
                    "eva-maar",
                ],
            ),
            (
                "[Senator Ana Ruiz] spoke.\n[Tom Brandt] thanked [the premier].\n[Ruiz] left.\n[Ruiz] slept.\n[Ruiz] ate.",
                &[ana, tom, "premier", ana, ana, ana],
            ),
            (
                "[Ana Ruiz] spoke.\n[Tom Brandt] thanked [the king].\n[Ruiz] left.\n[Ruiz] slept.\n[Ruiz] ate.",
                &[ana, tom, "king", ana, ana, ana],
            ),
            // A calling needs more.
            (
                "[The candidate] met [Tom Brandt].\n[Ana Ruiz] spoke.\n[Ruiz] left.\n[Ruiz] slept.\n[Ruiz] ate.",
                &[ana, tom, ana, ana, ana, ana],
            ),
            (
                "[The candidate] met [Tom Brandt].\n[Ana Ruiz] spoke.\n[Ruiz] left.\n[Ruiz] slept.",
                &["candidate", tom, ana, ana, ana],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(marked(text, None, false).ids(), *expected, "{text}");
        }
    }
}
