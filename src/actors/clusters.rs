//! Joins the mentions of a document that mean one actor.
//!
//! In go the candidates, the caller's registry and the gazetteer; out come [`Clusters`]. The order
//! decides: known actors first, then names (`joining`), then descriptions (`descriptions`); what
//! each is called comes last (`actors`). Names are looked up by their keys and descriptions by
//! their nouns, never by comparing all pairs, so a document of tens of thousands of mentions stays
//! cheap.
//! Joining too little is preferred to joining too much: a split actor is two weak profiles, a
//! merged one is a wrong profile.

use crate::actors::acronyms::Acronyms;
use crate::actors::gazetteer::Gazetteer;
use crate::actors::joining::Joining;
use crate::actors::known::known_names;
use crate::actors::pronouns::ThirdPerson;
use crate::actors::readings::{Reader, surnames};
use crate::actors::registry::Registry;
use crate::actors::{Actor, Candidate, Gender, MentionKind};
use crate::document::{Document, Span};
use actors::finish;

mod actors;
#[cfg(test)]
mod marked;

#[cfg(test)]
pub(crate) use marked::{marked, marked_as};

/// The actors of a document and who mentions them.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    actors: Vec<Actor>,
    actor_of: Vec<Option<usize>>,
    kinds: Vec<MentionKind>,
}

impl Clusters {
    /// Joins `candidates`, which are sorted by span, and of which only nested ones overlap.
    ///
    /// `sentences` are those that the candidates count. With `only_given`, actors that are not in
    /// the registry are left out, after they have taken their names and descriptions with them.
    /// Pronouns mean nobody yet: see [`Clusters::assign`]. Names in the text that no candidate
    /// covers are not looked for.
    #[must_use]
    pub fn build(
        document: &Document,
        sentences: &[Span],
        candidates: &[Candidate],
        registry: Option<&Registry>,
        gazetteer: &Gazetteer,
        only_given: bool,
    ) -> Self {
        let known = known_names(document.text(), registry, gazetteer);
        let reader = Reader {
            document,
            known: &known,
            titles: gazetteer.title_table(),
            surnames: &surnames(document.text()),
        };
        let acronyms = Acronyms::of(document.text());
        let whole = document.span_of_text();
        let readings: Vec<_> = candidates
            .iter()
            .map(|candidate| {
                let sentence = sentences.get(candidate.sentence).copied().unwrap_or(whole);
                let mut reading = reader.read(candidate, sentence);
                if let Some(form) = reading.form_mut() {
                    acronyms.settle(form);
                }
                reading
            })
            .collect();
        let mut joining = Joining::new(document, candidates, &readings, gazetteer.title_table());
        joining.join_known();
        joining.join_names();
        joining.join_descriptions();
        finish(&joining, registry, gazetteer, only_given)
    }

    /// The actors, in the order of their first mention.
    #[must_use]
    pub fn actors(&self) -> &[Actor] {
        &self.actors
    }

    /// Index of the actor that a candidate, by index, means.
    #[must_use]
    pub fn actor_of(&self, candidate: usize) -> Option<usize> {
        self.actor_of.get(candidate).copied().flatten()
    }

    /// How a candidate, by index, refers.
    #[must_use]
    pub fn mention_kind(&self, candidate: usize) -> Option<MentionKind> {
        self.kinds.get(candidate).copied()
    }

    /// Says an actor's gender, unless it is known; an index out of range is left alone.
    pub fn set_gender(&mut self, actor: usize, gender: Gender) {
        if let Some(actor) = self.actors.get_mut(actor) {
            actor.gender = actor.gender.or(Some(gender));
        }
    }

    /// Says what a pronoun means: the candidate becomes a mention of the actor, and the actor takes
    /// the pronoun's gender if it had none. A candidate that means somebody already is left alone,
    /// as are indices out of range.
    pub fn assign(&mut self, candidate: usize, actor: usize, pronoun: Option<ThirdPerson>) {
        let Some(slot @ None) = self.actor_of.get_mut(candidate) else {
            return;
        };
        let Some(meant) = self.actors.get_mut(actor) else {
            return;
        };
        *slot = Some(actor);
        let at = meant.mentions.partition_point(|&other| other < candidate);
        meant.mentions.insert(at, candidate);
        meant.gender = meant.gender.or(pronoun.and_then(ThirdPerson::gender));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_joined() {
        let cases: &[(&str, &[&str])] = &[
            // A headline before the full name; titles; a nickname nobody shares.
            (
                "[Brandt] wins\n[Major General Tomas Brandt] won.\n[Gen. Brandt] and [Tomas] left.",
                &[
                    "tomas-brandt",
                    "tomas-brandt",
                    "tomas-brandt",
                    "tomas-brandt",
                ],
            ),
            // Two people of one surname: titles decide, then the one named more.
            (
                "[Bill Ruiz] met [Hillary Ruiz].\n[Mrs. Ruiz] thanked [Mr. Ruiz].\n\
                 [Hillary Ruiz] left.\n[Ruiz] smiled.",
                &[
                    "bill-ruiz",
                    "hillary-ruiz",
                    "hillary-ruiz",
                    "bill-ruiz",
                    "hillary-ruiz",
                    "hillary-ruiz",
                ],
            ),
            // One of them is named only later.
            (
                "[Ana Ruiz] left.\n[Ruiz] smiled.\n[Max Ruiz] met [Max Ruiz].",
                &["ana-ruiz", "ana-ruiz", "max-ruiz", "max-ruiz"],
            ),
            // A shared first name joins nobody.
            (
                "[Ana Ruiz] met [Ana Maar].\n[Ana] left.",
                &["ana-ruiz", "ana-maar", "ana"],
            ),
            (
                "The [NCRU] is the [Northern Civil Rights Union].",
                &["northern-civil-rights-union", "northern-civil-rights-union"],
            ),
            // Two names of the same letters: the one that the text says.
            (
                "[Maar Tehreek-e-Ruiz] (MTR) met [Maar Trade Rivals].\n[MTR] left [Maar Trade Rivals].",
                &[
                    "maar-tehreek-e-ruiz",
                    "maar-trade-rivals",
                    "maar-tehreek-e-ruiz",
                    "maar-trade-rivals",
                ],
            ),
            (
                "[PTI] met [the Public Tax Institute] (PTI).",
                &["public-tax-institute", "public-tax-institute"],
            ),
            (
                "[Omani authorities] met [the Zionist regime].\n[Oman]'s press was silent on [Israel].",
                &["omn", "isr", "omn", "isr"],
            ),
            (
                "The [Islamic Republic of Iran], or [the Islamic Republic], or [Tehran].",
                &["irn", "irn", "irn"],
            ),
            // A body with a person's name is not the person.
            (
                "[Tomas Brandt] left [the Brandt Foundation].\n[Brandt] is rich.",
                &["tomas-brandt", "brandt-foundation", "tomas-brandt"],
            ),
            (
                "[Tom Ruiz] and [Tom Ruiz Jr.]",
                &["tom-ruiz", "tom-ruiz-jr"],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(marked(text, None, false).ids(), *expected, "{text}");
        }
    }

    #[test]
    fn pronouns_are_assigned_once() {
        let mut marked = marked("[Maar] left.\n[She] smiled at [Brandt].", None, false);
        let clusters = &mut marked.clusters;
        clusters.assign(1, 0, Some(ThirdPerson::She));
        clusters.assign(1, 1, None);
        clusters.assign(7, 0, None);
        clusters.assign(2, 9, None);
        assert_eq!(clusters.actor_of(1), Some(0));
        assert_eq!(clusters.actors()[0].mentions, [0, 1]);
        assert_eq!(
            clusters.actors()[0].gender,
            Some(crate::actors::Gender::Female)
        );
        assert_eq!(clusters.actor_of(2), Some(1));
    }

    proptest! {
        /// Whatever the text, ids are unique, mentions partition the candidates, and nothing panics.
        #[test]
        fn any_text_has_clusters(
            words in proptest::collection::vec(
                "(the |a |Mr\\. |his )?(Ruiz|Ana Ruiz|Oman|Omani|voters|Maar Inc|he|U\\.S|\\PC{0,6})(’s|,|\\.)?",
                1..30,
            )
        ) {
            let clean = |word: &String| word.replace(['[', ']', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'], "");
            let text: Vec<_> = words.iter().map(|word| format!("[{}]", clean(word))).collect();
            let text = format!("x {}", text.join(" "));
            let marked = marked(&text, None, false);
            let actors = marked.clusters.actors();
            let ids: BTreeSet<_> = actors.iter().map(|actor| &actor.id).collect();
            prop_assert_eq!(ids.len(), actors.len());
            for (index, actor) in actors.iter().enumerate() {
                prop_assert!(!actor.mentions.is_empty() && actor.mentions.is_sorted());
                for &mention in &actor.mentions {
                    prop_assert_eq!(marked.clusters.actor_of(mention), Some(index));
                }
            }
            let n_mentions: usize = actors.iter().map(|actor| actor.mentions.len()).sum();
            let n_joined = (0..marked.candidates.len())
                .filter(|&index| marked.clusters.actor_of(index).is_some())
                .count();
            prop_assert_eq!(n_mentions, n_joined);
            prop_assert!(marked.document.text().starts_with('x'));
        }
    }
}
