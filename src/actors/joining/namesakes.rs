//! Which of the actors who may bear a name is meant by it.
//!
//! In go a name and the clusters so far; out comes the one that it belongs to, and how far the two agree. What a reader
//! would question: where two people bear a surname, a bare one means whoever is named in full or by "Mr." and "Mrs." more
//! often: in news that is who the text is about, while the other is a relative named once.

use super::{Cluster, Joining, MAX_SHARED};
use crate::actors::names::{Likeness, NameForm, same_name};
use crate::actors::titles::TitleKind;
use crate::actors::words::words;
use crate::actors::{ActorType, Gender};
use std::collections::BTreeSet;

impl Joining<'_> {
    /// The cluster that a name belongs to, and how far it agrees.
    pub(super) fn alike(
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
