//! Joins known actors and names while a document's clusters grow.
//!
//! In go the readings of all mentions; out comes a [`Joining`] whose clusters hold every mention by
//! name. Names are joined from the longest to the shortest, so that a bare "Ruiz" in the headline
//! finds the Ana Ruiz of the third paragraph. Where two people bear a surname, a bare one means
//! whoever is named in full more often: in news that is who the text is about, while the other is
//! a relative named once.

use crate::actors::known::{Known, KnownName};
use crate::actors::names::{Likeness, NameForm, same_name};
use crate::actors::nouns::is_body_head;
use crate::actors::readings::Reading;
use crate::actors::titles::{TitleTable, head_of_title};
use crate::actors::{ActorType, Candidate, Gender};
use crate::document::Document;
use std::collections::{BTreeMap, BTreeSet};

/// How many clusters of one key, and forms of one cluster, are looked at; a bound on the work, far
/// above what a text needs.
const MAX_SHARED: usize = 64;

/// Nouns that, once said of a country, may stand for it alone: "the government".
const GOVERNS: &[&str] = &["administration", "authority", "government", "regime"];

/// Nouns by which any body may be called once it has been named.
/// "The group" or "the panel" would more often be somebody else.
const SORTS_OF_BODIES: &[&str] = &["magazine", "newspaper", "organisation", "organization"];

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

    /// Whether it was given that title, in full or by its noun.
    fn bears(&self, role: &str) -> bool {
        let noun = |title: &String| title == role || head_of_title(title) == Some(role);
        self.nouns.iter().any(noun)
    }

    /// The nouns that its sort alone allows, with an article.
    pub(crate) fn sort_nouns(&self) -> &'static [&'static str] {
        match self.kind {
            Some(ActorType::Party) => &["party"],
            Some(ActorType::Country) => &["country", "nation"],
            Some(ActorType::ArmedGroup) => &["group", "organisation", "organization"],
            Some(ActorType::Organisation) => SORTS_OF_BODIES,
            Some(ActorType::Person | ActorType::Group | ActorType::Location | ActorType::Other)
            | None => &[],
        }
    }
}

/// The clusters of a document while they grow.
pub(crate) struct Joining<'d> {
    pub(crate) document: &'d Document,
    pub(crate) candidates: &'d [Candidate],
    pub(crate) readings: &'d [Reading],
    pub(crate) titles: &'d TitleTable,
    pub(crate) clusters: Vec<Cluster>,
    by_known: BTreeMap<Known, usize>,
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
        names.sort_by_key(|&(index, form, ..)| (usize::MAX - form.tokens().len(), index));
        for (index, form, kind, roles, nations) in names {
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
                found.kind = found.kind.or(kind);
                found.plural |= form.is_several();
                found.gender = found.gender.or(form.gender());
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
        let mut best: Vec<(Likeness, usize)> = Vec::new();
        for id in shared {
            let Some(cluster) = self.clusters.get(id) else {
                continue;
            };
            let genders = cluster.gender.zip(form.gender());
            let persons = (name.is_person(), cluster.is_person());
            if genders.is_some_and(|(a, b)| a != b) {
                continue;
            }
            // The tagger wavers: the same words are the same bearer, whatever it takes each for.
            let clash = matches!(persons, (Some(a), Some(b)) if a != b);
            let person = persons.0.or(persons.1);
            let likeness = cluster
                .forms
                .iter()
                .filter_map(|other| same_name(form, other, person))
                .filter(|&likeness| !clash || likeness == Likeness::Equal)
                .max();
            best.extend(likeness.map(|likeness| (likeness, id)));
        }
        let top = best.iter().map(|&(likeness, _)| likeness).max()?;
        best.retain(|&(likeness, _)| likeness == top);
        if top == Likeness::FirstName && best.len() > 1 {
            return None;
        }
        // Whoever bears the title, then whoever is named in full most, then whoever was last.
        let id = best.into_iter().map(|(_, id)| id).max_by_key(|&id| {
            let cluster = self.clusters.get(id);
            let titled =
                cluster.is_some_and(|cluster| roles.iter().any(|role| cluster.bears(role)));
            let n_full = cluster.map_or(0, |cluster| cluster.full.len());
            let before = cluster.and_then(|cluster| cluster.full.range(..index).next_back());
            let n_mentions = cluster.map_or(0, |cluster| cluster.n_mentions);
            (titled, n_full, before.copied(), n_mentions, usize::MAX - id)
        })?;
        Some((id, top))
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
        if is_body_head(form.last()) && cluster.is_person() != Some(true) {
            cluster.nouns.insert(form.last().to_owned());
        }
        for key in form.keys() {
            let clusters = self.by_key.entry(key).or_default();
            if clusters.last() != Some(&id) {
                clusters.push(id);
            }
        }
    }
}
