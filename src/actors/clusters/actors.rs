//! Clusters whose mentions are joined -> the actors of a document.
//!
//! In goes a [`Joining`] that is done; out come [`Clusters`], whose actors have an id, a name and their forms, in the order
//! of their first mention. What a reader would question: an actor that no list has is called by the longest name that the
//! text gives it, unless that only puts words before a full name that begins with a first name ("Rival Ana Ruiz"); and
//! whoever is only described, by the first description.

use super::Clusters;
use crate::actors::first_names::gender_of;
use crate::actors::gazetteer::Gazetteer;
use crate::actors::identity::{Ids, forms, given};
use crate::actors::joining::Joining;
use crate::actors::names::NameForm;
use crate::actors::pronouns::Pronoun;
use crate::actors::readings::Reading;
use crate::actors::registry::Registry;
use crate::actors::wordings::{called, ended, wordings};
use crate::actors::{Actor, ActorOrigin, ActorType, Candidate, MentionKind};
use std::collections::{BTreeMap, BTreeSet};

/// Names the clusters, in the order of their first mention.
pub(super) fn finish(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::clusters::marked;

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
}
