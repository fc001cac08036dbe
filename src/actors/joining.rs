//! Joins known actors and names while a document's clusters grow.
//!
//! In go the readings of all mentions; out comes a [`Joining`] whose clusters hold every mention by
//! name. Names are joined from the longest to the shortest, so that a bare "Ruiz" in the headline
//! finds the Ana Ruiz of the third paragraph. Where two people bear a surname, a bare one means
//! whoever is named in full or by "Mr." and "Mrs." more often: in news that is who the text is about,
//! while the other is a relative named once.

use crate::actors::known::{Known, KnownName};
use crate::actors::names::{Likeness, NameForm, same_name};
use crate::actors::nouns::{BREAKS, is_body_head};
use crate::actors::readings::Reading;
use crate::actors::titles::{TitleKind, TitleTable, head_of_title};
use crate::actors::votes::Votes;
use crate::actors::words::words;
use crate::actors::{ActorType, Candidate, Gender};
use crate::document::Document;
use std::collections::{BTreeMap, BTreeSet};

/// How many clusters of one key, and forms of one cluster, are looked at; a bound on the work, far
/// above what a text needs.
const MAX_SHARED: usize = 64;

/// How many mentions back a person may be named whom "the candidate" or "his party" is about; pronouns look further, for
/// they weigh all whom they find.
pub(crate) const MAX_MENTIONS: usize = 20;

/// Nouns that, once said of a country, may stand for it alone: "the government".
const GOVERNS: &[&str] = &["administration", "authority", "government", "regime"];

/// An actor while its mentions are joined.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cluster {
    pub(crate) known: Option<KnownName>,
    pub(crate) kind: Option<ActorType>,
    pub(crate) gender: Option<Gender>,
    pub(crate) plural: bool,
    /// Name forms that later names are compared with.
    pub(crate) forms: Vec<NameForm>,
    /// Candidates that give a full name.
    pub(crate) full: BTreeSet<usize>,
    /// How many names have a title that tells the gender: "Mr. Ruiz".
    pub(crate) n_addressed: usize,
    /// Nouns it may later be described by: offices, the noun at the end of its name.
    pub(crate) nouns: BTreeSet<String>,
    pub(crate) nations: BTreeSet<Known>,
    pub(crate) n_mentions: usize,
}

impl Cluster {
    /// Whether it is a person, if its sort is known.
    pub(crate) fn is_person(&self) -> Option<bool> {
        match self.kind? {
            ActorType::Person => Some(true),
            ActorType::Other => None,
            ActorType::Organisation
            | ActorType::Country
            | ActorType::Party
            | ActorType::ArmedGroup
            | ActorType::Group
            | ActorType::Location => Some(false),
        }
    }

    /// Whether it is one person, who alone can be "the mayor".
    pub(crate) fn is_one_person(&self) -> bool {
        self.is_person() == Some(true) && !self.plural
    }

    /// Whether it is only ever described.
    pub(crate) fn is_nameless(&self) -> bool {
        self.known.is_none() && self.forms.is_empty()
    }

    /// Whether it was given that title, in full or by its noun.
    fn bears(&self, role: &str) -> bool {
        let noun = |title: &String| title == role || head_of_title(title) == Some(role);
        self.nouns.iter().any(noun)
    }

    /// Whether it may be a person of that surname although it was taken for a body: not "Maar Union".
    fn may_be_named(&self, surname: &str) -> bool {
        let body = self.kind == Some(ActorType::Organisation) && self.known.is_none();
        body && !self.full.is_empty() && !is_body_head(surname)
    }
}

/// The clusters of a document while they grow.
pub(crate) struct Joining<'d> {
    pub(crate) document: &'d Document,
    pub(crate) candidates: &'d [Candidate],
    pub(crate) readings: &'d [Reading],
    pub(crate) titles: &'d TitleTable,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) by_known: BTreeMap<Known, usize>,
    by_key: BTreeMap<String, Vec<usize>>,
    pub(crate) cluster_of: Vec<Option<usize>>,
}

impl<'d> Joining<'d> {
    /// Nothing is joined yet; `readings` are those of `candidates`, in the same order.
    pub(crate) fn new(
        document: &'d Document,
        candidates: &'d [Candidate],
        readings: &'d [Reading],
        titles: &'d TitleTable,
    ) -> Self {
        Self {
            document,
            candidates,
            readings,
            titles,
            clusters: Vec::new(),
            by_known: BTreeMap::new(),
            by_key: BTreeMap::new(),
            cluster_of: vec![None; candidates.len()],
        }
    }

    /// Gives every mention of a known actor its cluster.
    pub(crate) fn join_known(&mut self) {
        for (index, reading) in self.readings.iter().enumerate() {
            let Reading::Known { name, form, head } = reading else {
                continue;
            };
            let cluster = match self.by_known.get(&name.who) {
                Some(&cluster) => cluster,
                None => {
                    self.clusters.push(Cluster {
                        known: Some(*name),
                        kind: Some(name.kind).filter(|&kind| kind != ActorType::Other),
                        plural: name.kind == ActorType::Group,
                        ..Cluster::default()
                    });
                    self.by_known.insert(name.who, self.clusters.len() - 1);
                    self.clusters.len() - 1
                }
            };
            self.put(index, cluster);
            // A country's names are all in the gazetteer; as a form, "Oman" would draw "Oman Air".
            if let Some(form) = form.as_ref().filter(|_| name.kind != ActorType::Country) {
                self.add_form(cluster, form, index);
            }
            if let Some(found) = self.clusters.get_mut(cluster) {
                found
                    .nouns
                    .extend(head.clone().filter(|head| GOVERNS.contains(&head.as_str())));
            }
        }
    }

    /// Gives every name of the text its cluster.
    pub(crate) fn join_names(&mut self) {
        let readings = self.readings;
        let mut names: Vec<_> = readings
            .iter()
            .enumerate()
            .filter_map(|(index, reading)| match reading {
                Reading::Name {
                    form,
                    kind,
                    roles,
                    nations,
                } => Some((index, form, *kind, roles, nations)),
                Reading::Open | Reading::Known { .. } | Reading::Description(_) => None,
            })
            .collect();
        let votes = Votes::of(names.iter().map(|&(_, form, kind, ..)| (form, kind)));
        // Of two bearers of a surname, "Mrs. Ruiz" says which of them "Mr. Ruiz" is not.
        names.sort_by_key(|&(index, form, ..)| {
            let unaddressed = form.gender_by_title().is_none();
            (usize::MAX - form.tokens().len(), unaddressed, index)
        });
        for (index, form, kind, roles, nations) in names {
            let kind = votes.kind(form).or(kind);
            let found = self.alike(form, kind, roles, index);
            let cluster = match found {
                Some((cluster, _)) => cluster,
                None => {
                    self.clusters.push(Cluster::default());
                    self.clusters.len() - 1
                }
            };
            // A bare surname stays open to whoever bears it where it is next used.
            let partial = matches!(found, Some((_, Likeness::Surname | Likeness::FirstName)));
            if !partial {
                self.add_form(cluster, form, index);
            }
            self.put(index, cluster);
            if let Some(found) = self.clusters.get_mut(cluster) {
                let mistaken =
                    partial && kind == Some(ActorType::Person) && found.is_person() == Some(false);
                found.kind = found.kind.filter(|_| !mistaken).or(kind);
                found.plural |= form.is_several();
                found.gender = found.gender.or(form.gender());
                found.n_addressed += usize::from(form.gender_by_title().is_some());
                found.nouns.extend(roles.iter().cloned());
                found.nations.extend(nations.iter().copied());
            }
        }
    }

    /// The cluster that a name belongs to, and how far it agrees.
    fn alike(
        &self,
        form: &NameForm,
        kind: Option<ActorType>,
        roles: &[String],
        index: usize,
    ) -> Option<(usize, Likeness)> {
        let shared: BTreeSet<usize> = form
            .keys()
            .iter()
            .filter_map(|key| self.by_key.get(key))
            .flat_map(|clusters| clusters.iter().rev().take(MAX_SHARED).copied())
            .collect();
        let name = Cluster {
            kind,
            ..Cluster::default()
        };
        let rivals = self.as_surname(form, &shared, index);
        let mut best: Vec<(Likeness, usize)> = Vec::new();
        // Bodies that may be persons whose full name the tagger took for theirs.
        let mut mistaken: Vec<(Likeness, usize)> = Vec::new();
        for id in shared {
            let Some(cluster) = self.clusters.get(id) else {
                continue;
            };
            let genders = cluster.gender.zip(form.gender());
            let persons = (name.is_person(), cluster.is_person());
            if genders.is_some_and(|(a, b)| a != b) {
                continue;
            }
            // The tagger wavers: the same words are the same bearer, whatever it takes each for, and a bare
            // surname is its bearer's.
            let clash = matches!(persons, (Some(a), Some(b)) if a != b);
            let borne = persons.1 == Some(true) && rivals.is_some_and(|n| cluster.full.len() > n);
            let borne = borne && !matches!(kind, Some(ActorType::Country | ActorType::Location));
            let allowed = |likeness: Likeness| {
                !clash || likeness == Likeness::Equal || borne && likeness == Likeness::Surname
            };
            let person = if borne {
                persons.1
            } else {
                persons.0.or(persons.1)
            };
            let likenesses = cluster.forms.iter();
            let likeness = likenesses
                .filter_map(|other| same_name(form, other, person))
                .max();
            if let Some(likeness) = likeness {
                let named = rivals.is_some() && cluster.may_be_named(form.last());
                if allowed(likeness) {
                    best.push((likeness, id));
                } else if named && likeness == Likeness::Surname {
                    mistaken.push((likeness, id));
                }
            }
        }
        if best.is_empty() {
            best = mistaken;
        }
        let top = best.iter().map(|&(likeness, _)| likeness).max()?;
        best.retain(|&(likeness, _)| likeness == top);
        if top == Likeness::FirstName && best.len() > 1 {
            return None;
        }
        let best: Vec<usize> = best.into_iter().map(|(_, id)| id).collect();
        Some((self.foremost(&best, roles, index)?, top))
    }

    /// Of clusters that a name agrees with equally, the one that it means: whoever bears the title, then whom an office
    /// may be, then whoever was named before, then whoever is named in full or addressed most, then whoever was last.
    fn foremost(&self, alike: &[usize], roles: &[String], index: usize) -> Option<usize> {
        let office = |role: &String| self.titles.kind(role) == Some(TitleKind::Role);
        let office = roles.iter().any(office);
        let bearers = alike.iter().filter_map(|&id| self.clusters.get(id));
        let addressed = bearers.filter(|bearer| bearer.n_addressed > 0);
        let genders: Vec<Gender> = addressed.filter_map(|bearer| bearer.gender).collect();
        let key = |&id: &usize| {
            let bearer = self.clusters.get(id)?;
            let titled = roles.iter().any(|role| bearer.bears(role));
            // "President Ruiz" is hardly the wife of whoever is "Mr. Ruiz".
            let beside = |own: Gender| genders.iter().any(|&gender| gender != own);
            let spouse = office && bearer.gender.is_some_and(beside);
            let n_named = bearer.full.len() + bearer.n_addressed;
            let before = bearer.full.range(..index).next_back().copied();
            let rest = (before, bearer.n_mentions, usize::MAX - id);
            Some((titled, !spouse, before.is_some(), n_named, rest))
        };
        alike.iter().max_by_key(|&id| key(id)).copied()
    }

    /// For one word without an article, how often its bearer must be named in full for it to be a surname
    /// although the tagger takes it for a body: more often than the bodies that it is a part of ("Ford Motor").
    fn as_surname(&self, form: &NameForm, alike: &BTreeSet<usize>, index: usize) -> Option<usize> {
        let [only] = form.tokens() else {
            return None;
        };
        let surface = self.document.slice(self.candidates.get(index)?.span);
        let part = |name: &NameForm| name.tokens().len() > 1 && name.tokens().contains(only);
        let named = alike.iter().filter_map(|&id| self.clusters.get(id));
        let bodies = named
            .filter(|cluster| cluster.is_person() == Some(false) && cluster.forms.iter().any(part));
        (words(surface).len() == 1).then(|| bodies.map(|body| body.n_mentions).max().unwrap_or(0))
    }

    /// Gives all mentions of some clusters to those whom they mean.
    pub(crate) fn give(&mut self, meant: &BTreeMap<usize, usize>) {
        for id in self.cluster_of.iter_mut().flatten() {
            if let Some(&other) = meant.get(id) {
                *id = other;
            }
        }
    }

    /// Makes a candidate a mention of a cluster.
    pub(crate) fn put(&mut self, candidate: usize, cluster: usize) {
        if let Some(slot) = self.cluster_of.get_mut(candidate) {
            *slot = Some(cluster);
        }
        if let Some(cluster) = self.clusters.get_mut(cluster) {
            cluster.n_mentions += 1;
        }
    }

    fn add_form(&mut self, id: usize, form: &NameForm, candidate: usize) {
        let Some(cluster) = self.clusters.get_mut(id) else {
            return;
        };
        if form.tokens().len() > 1 {
            cluster.full.insert(candidate);
        }
        if cluster.forms.len() >= MAX_SHARED
            || cluster
                .forms
                .iter()
                .any(|other| other.tokens() == form.tokens())
        {
            return;
        }
        cluster.forms.push(form.clone());
        // "the museum" of the Museum of Maar, too.
        let of = form
            .tokens()
            .iter()
            .position(|token| BREAKS.binary_search(&token.as_str()).is_ok());
        let front = of.and_then(|of| form.tokens().get(of.checked_sub(1)?));
        for noun in [Some(form.last()), front.map(String::as_str)]
            .into_iter()
            .flatten()
        {
            if is_body_head(noun) && cluster.is_person() != Some(true) {
                cluster.nouns.insert(noun.to_owned());
            }
        }
        for key in form.keys() {
            let clusters = self.by_key.entry(key).or_default();
            if clusters.last() != Some(&id) {
                clusters.push(id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::clusters::marked_as;

    #[test]
    fn bearers_of_surnames_are_found_whatever_the_tagger_says() {
        let (person, body) = (ActorType::Person, ActorType::Organisation);
        type Case<'c> = (&'c str, &'c [(&'c str, ActorType)], &'c [&'c str]);
        let cases: &[Case] = &[
            (
                "[Ana Ruiz] left.\n[Ruiz] smiled.",
                &[("Ana Ruiz", person), ("Ruiz", body)],
                &["ana-ruiz", "ana-ruiz"],
            ),
            (
                "[Zorvan Ruiz] left.\n[Ruiz] smiled.",
                &[("Zorvan Ruiz", body), ("Ruiz", person)],
                &["zorvan-ruiz", "zorvan-ruiz"],
            ),
            (
                "[Ana Ruiz] left [Ruiz Motor Company].\n[Ruiz Motor Company] and [Ruiz] are rich.",
                &[
                    ("Ana Ruiz", person),
                    ("Ruiz Motor Company", body),
                    ("Ruiz", body),
                ],
                &[
                    "ana-ruiz",
                    "ruiz-motor-company",
                    "ruiz-motor-company",
                    "ruiz",
                ],
            ),
            (
                "[Ana Ruiz] went to [Ruiz].",
                &[("Ana Ruiz", person), ("Ruiz", ActorType::Country)],
                &["ana-ruiz", "ruiz"],
            ),
            (
                "[Maar Church] met [Church].",
                &[("Maar Church", body), ("Church", person)],
                &["maar-church", "church"],
            ),
        ];
        for (text, tagged, expected) in cases {
            assert_eq!(
                marked_as(text, tagged, None, false).ids(),
                *expected,
                "{text}"
            );
        }
    }

    #[test]
    fn most_tags_of_a_name_decide_what_it_is() {
        let tagged = [
            ("The Maar", ActorType::Organisation),
            ("Maar", ActorType::Person),
        ];
        let text = "[The Maar] left.\n[Maar] smiled.\n[Maar] slept.";
        let marked = marked_as(text, &tagged, None, false);
        let actors = marked.clusters.actors();
        assert_eq!((actors.len(), actors[0].kind), (1, ActorType::Person));
    }

    #[test]
    fn an_office_is_of_whom_the_text_addresses_otherwise_than_the_other_bearer() {
        let (tom, ana) = ("tom-ruiz", "ana-ruiz");
        let cases: &[(&str, &[&str])] = &[
            (
                "[President Ruiz] met [Ana Ruiz].\n[Ana Ruiz] smiled.\n[Mr. Ruiz] thanked [Tom Ruiz].\n\
                 [President Ruiz] left.\n[The president] smiled.",
                &[tom, ana, ana, tom, tom, tom, tom],
            ),
            // Nobody names him in full.
            (
                "[President Ruiz] met [Ana Ruiz].\n[Mr. Ruiz] left.\n[The president] smiled.",
                &["ruiz", ana, "ruiz", "ruiz"],
            ),
            // Whoever bears the title is not asked for the gender of others.
            (
                "[President Ana Ruiz] left [Tom Ruiz].\n[Mr. Ruiz] left.\n[President Ruiz] smiled.",
                &[ana, tom, tom, ana],
            ),
            // Both are addressed: whoever is named more.
            (
                "[Tom Ruiz] met [Ana Ruiz].\n[Mr. Ruiz], [Mrs. Ruiz] and [Mrs. Ruiz] left.\n[Minister Ruiz] smiled.",
                &[tom, ana, tom, ana, ana, ana],
            ),
        ];
        for (text, expected) in cases {
            let marked = marked_as(text, &[], None, false);
            assert_eq!(marked.ids(), *expected, "{text}");
        }
    }
}
