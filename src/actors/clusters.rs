//! Joins the mentions of a document that mean one actor.
//!
//! In go the candidates, the caller's registry and the gazetteer; out come [`Clusters`]. The order
//! decides: known actors first, then names (`joining`), then descriptions (`descriptions`); what
//! each is called comes last (`identity`). Names are looked up by their keys and descriptions by
//! their nouns, never by comparing all pairs, so a document of tens of thousands of mentions stays
//! cheap.
//! Joining too little is preferred to joining too much: a split actor is two weak profiles, a
//! merged one is a wrong profile.

use crate::actors::acronyms::Acronyms;
use crate::actors::first_names::gender_of;
use crate::actors::gazetteer::Gazetteer;
use crate::actors::identity::{Ids, forms, given};
use crate::actors::joining::Joining;
use crate::actors::known::known_names;
use crate::actors::names::NameForm;
use crate::actors::pronouns::{Pronoun, ThirdPerson};
use crate::actors::readings::{Reader, Reading, surnames};
use crate::actors::registry::Registry;
use crate::actors::wordings::{called, ended, wordings};
use crate::actors::{Actor, ActorOrigin, ActorType, Candidate, Gender, MentionKind};
use crate::document::{Document, Span};
use std::collections::{BTreeMap, BTreeSet};

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

/// The longest of the forms of a name; but "Ana Ruiz" of "Rival Ana Ruiz", whose first words only begin a sentence or say
/// what she is.
fn fullest(forms: &[NameForm]) -> Option<&NameForm> {
    let longest = forms.iter().max_by_key(|form| form.tokens().len())?;
    let unnamed = |word: &String| gender_of(word).is_none() && word.chars().count() > 1;
    let named = |form: &&NameForm| {
        let front = longest.tokens().strip_suffix(form.tokens());
        let [given, _, ..] = form.tokens() else {
            return false;
        };
        let cut = front.is_some_and(|front| !front.is_empty() && front.iter().all(unnamed));
        cut && gender_of(given).is_some()
    };
    let shorter = forms.iter().filter(named);
    shorter
        .max_by_key(|form| form.tokens().len())
        .or(Some(longest))
}

/// The surfaces of mentions, if all that could be read of them is descriptions.
fn described<'d>(joining: &Joining<'d>, mentions: &[usize]) -> Vec<&'d str> {
    let mut surfaces = Vec::new();
    for &mention in mentions {
        match joining.readings.get(mention) {
            Some(Reading::Description(_)) => {
                let span = joining
                    .candidates
                    .get(mention)
                    .map(|candidate| candidate.span);
                surfaces.extend(span.map(|span| joining.document.slice(span)));
            }
            Some(Reading::Name { .. } | Reading::Known { .. }) => return Vec::new(),
            Some(Reading::Open) | None => {}
        }
    }
    surfaces
}

/// Names the clusters, in the order of their first mention.
fn finish(
    joining: &Joining,
    registry: Option<&Registry>,
    gazetteer: &Gazetteer,
    only_given: bool,
) -> Clusters {
    let mut mentions: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut order = Vec::new();
    for (candidate, cluster) in joining.cluster_of.iter().enumerate() {
        if let Some(cluster) = *cluster {
            let list = mentions.entry(cluster).or_default();
            if list.is_empty() {
                order.push(cluster);
            }
            list.push(candidate);
        }
    }
    // An id of the text must not look like one that is given, mentioned or not.
    let reserved =
        |id: &str| gazetteer.has_id(id) || registry.is_some_and(|registry| registry.has_id(id));
    let mut ids = Ids::default();
    let mut actors = Vec::new();
    let mut actor_of = vec![None; joining.candidates.len()];
    for id in order {
        let Some((cluster, mentions)) = joining.clusters.get(id).zip(mentions.remove(&id)) else {
            continue;
        };
        let given = given(cluster, registry, gazetteer);
        if only_given && !matches!(given, Some((.., ActorOrigin::Caller))) {
            continue;
        }
        for &mention in &mentions {
            if let Some(slot) = actor_of.get_mut(mention) {
                *slot = Some(actors.len());
            }
        }
        let found = forms(joining, &mentions);
        let surfaces = described(joining, &mentions);
        let fullest = || {
            fullest(&cluster.forms)
                .map(|form| form.display().to_owned())
                .or_else(|| called(surfaces.first()?))
                .or_else(|| Some(ended(found.first()?).to_owned()))
        };
        let (id, name, origin) = match given {
            Some((id, name, origin)) => (id.to_owned(), name.to_owned(), origin),
            None => {
                let name = fullest().unwrap_or_default();
                (ids.slug(&name, reserved), name, ActorOrigin::Text)
            }
        };
        let mut forms = vec![name.clone()];
        let mut seen: BTreeSet<String> = forms.iter().cloned().collect();
        let further = surfaces.iter().flat_map(|surface| wordings(surface));
        let more = found.into_iter().chain(further);
        forms.extend(more.filter(|form| seen.insert(form.clone())));
        actors.push(Actor {
            id,
            name,
            forms,
            kind: cluster.kind.unwrap_or(ActorType::Other),
            origin,
            gender: cluster.gender,
            plural: cluster.plural,
            mentions,
        });
    }
    let kind_of = |reading: &Reading, candidate: &Candidate| match reading {
        Reading::Known { .. } | Reading::Name { .. } => MentionKind::Name,
        Reading::Description(_) => MentionKind::Description,
        Reading::Open if Pronoun::of(joining.document.slice(candidate.span)).is_some() => {
            MentionKind::Pronoun
        }
        Reading::Open => MentionKind::Description,
    };
    let readings = joining.readings.iter().zip(joining.candidates);
    Clusters {
        actors,
        actor_of,
        kinds: readings
            .map(|(reading, candidate)| kind_of(reading, candidate))
            .collect(),
    }
}

/// Clusters of a text in which brackets mark the mentions, without registry; for tests.
#[cfg(test)]
pub(crate) fn marked(text: &str, registry: Option<&Registry>, only_given: bool) -> Marked {
    marked_as(text, &[], registry, only_given)
}

/// [`marked`], with what the tagger takes some mentions for.
#[cfg(test)]
pub(crate) fn marked_as(
    marked: &str,
    tagged: &[(&str, ActorType)],
    registry: Option<&Registry>,
    only_given: bool,
) -> Marked {
    let (mut text, mut open) = (String::new(), Vec::new());
    let mut ranges = Vec::new();
    for c in marked.chars() {
        match c {
            '[' => open.push(text.len()),
            ']' => ranges.push((open.pop().unwrap(), text.len())),
            _ => text.push(c),
        }
    }
    let document = Document::new("d", text).unwrap();
    let mut sentences = Vec::new();
    for line in document.lines(document.span_of_text()) {
        sentences.push(line);
    }
    ranges.sort_by_key(|&(start, end)| (start, usize::MAX - end));
    let candidates: Vec<_> = ranges
        .into_iter()
        .map(|(start, end)| Candidate {
            span: document.span(start, end).unwrap(),
            sentence: sentences.partition_point(|line| line.end() < end),
            entity: tagged
                .iter()
                .find(|(surface, _)| document.text().get(start..end) == Some(surface))
                .map(|&(_, kind)| kind),
            confidence: 1.0,
        })
        .collect();
    let gazetteer = Gazetteer::built_in();
    let clusters = Clusters::build(
        &document,
        &sentences,
        &candidates,
        registry,
        gazetteer,
        only_given,
    );
    Marked {
        document,
        candidates,
        clusters,
    }
}

/// What [`marked`] makes.
#[cfg(test)]
pub(crate) struct Marked {
    pub(crate) document: Document,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) clusters: Clusters,
}

#[cfg(test)]
impl Marked {
    /// The id of each mention's actor, "-" for nobody.
    pub(crate) fn ids(&self) -> Vec<&str> {
        (0..self.candidates.len())
            .map(|index| {
                let actor = self.clusters.actor_of(index);
                actor.map_or("-", |actor| &self.clusters.actors()[actor].id)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
    fn actors_are_named() {
        let marked = marked(
            "[Ruiz] spoke.\n[Senator Ana Ruiz], [a lawyer], met [critics] and [he].",
            None,
            false,
        );
        let actors = marked.clusters.actors();
        assert_eq!(actors.len(), 2);
        assert_eq!(
            (actors[0].id.as_str(), actors[0].name.as_str()),
            ("ana-ruiz", "Ana Ruiz")
        );
        assert_eq!(actors[0].forms, ["Ana Ruiz", "Ruiz"]);
        assert_eq!(
            (actors[0].kind, actors[0].origin),
            (ActorType::Person, ActorOrigin::Text)
        );
        assert_eq!(actors[0].mentions, [0, 1, 2]);
        assert_eq!(
            (actors[1].name.as_str(), actors[1].plural),
            ("critics", true)
        );
        let kinds: Vec<_> = (0..6)
            .map(|index| marked.clusters.mention_kind(index))
            .collect();
        use MentionKind::{Description, Name, Pronoun};
        assert_eq!(
            kinds,
            [
                Some(Name),
                Some(Name),
                Some(Description),
                Some(Description),
                Some(Pronoun),
                None
            ]
        );
    }

    #[test]
    fn descriptions_are_named() {
        let marked = marked(
            "[His aides] left.\n[Some of the voters] met [his aides].\n[Senior Omani officials] and [people who] left.",
            None,
            false,
        );
        let ids = [
            "his-aides",
            "some-of-the-voters",
            "his-aides",
            "omn",
            "people",
        ];
        assert_eq!(marked.ids(), ids);
        let forms = |at: usize| marked.clusters.actors()[at].forms.join("|");
        assert_eq!(forms(0), "his aides|aides");
        assert_eq!(forms(1), "Some of the voters|voters");
        assert_eq!(forms(3), "people|people who");
        assert!(marked.clusters.actors()[1].plural);
    }

    #[test]
    fn what_stands_before_a_given_name_is_no_name() {
        for (text, name) in [
            ("[Rival Ana Ruiz] met [Ana Ruiz].", "Ana Ruiz"),
            ("[Tax Icon Ana Ruiz] met [Ana Ruiz].", "Ana Ruiz"),
            ("[J. Ana Ruiz] met [Ana Ruiz].", "J. Ana Ruiz"),
            ("[Mary Ana Ruiz] met [Ana Ruiz].", "Mary Ana Ruiz"),
        ] {
            let marked = marked(text, None, false);
            assert_eq!(marked.clusters.actors()[0].name, name);
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
