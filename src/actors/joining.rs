//! Joins known actors and names while a document's clusters grow.
//!
//! In go the readings of all mentions; out comes a [`Joining`] whose clusters hold every mention by
//! name. What a reader would question: names are joined from the longest to the shortest, so that a bare "Ruiz" in the
//! headline finds the Ana Ruiz of the third paragraph. Whom a name means that several bear is asked in `namesakes`.

use crate::actors::known::Known;
use crate::actors::names::{Likeness, NameForm};
use crate::actors::nouns::{BREAKS, is_body_head};
use crate::actors::readings::Reading;
use crate::actors::titles::TitleTable;
use crate::actors::votes::Votes;
use crate::actors::{ActorType, Candidate};
use crate::document::Document;
use std::collections::BTreeMap;

mod cluster;
mod namesakes;

pub(crate) use cluster::Cluster;

/// How many clusters of one key, and forms of one cluster, are looked at; a bound on the work, far
/// above what a text needs.
const MAX_SHARED: usize = 64;

/// How many mentions back a person may be named whom "the candidate" or "his party" is about; pronouns look further, for
/// they weigh all whom they find.
pub(crate) const MAX_MENTIONS: usize = 20;

/// Nouns that, once said of a country, may stand for it alone: "the government".
const GOVERNS: &[&str] = &["administration", "authority", "government", "regime"];

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

    /// Gives all mentions of some clusters to those whom they mean.
    pub(crate) fn give(&mut self, meant: &BTreeMap<usize, usize>) {
        for id in self.cluster_of.iter_mut().flatten() {
            if let Some(&other) = meant.get(id) {
                *id = other;
            }
        }
    }

    /// The cluster that a candidate is a mention of, if any yet.
    pub(crate) fn cluster_of(&self, candidate: usize) -> Option<usize> {
        self.cluster_of.get(candidate).copied().flatten()
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
}
