//! Offices by which somebody is called who was never given one: "Ana Ruiz flew home. The Omani prime minister said".
//!
//! In goes a description that nothing else explains; out comes the only person named in the sentence before, if the
//! description leads its own. What a reader would question: only offices of state count, for "the judge" or "the
//! officer" behind a name is mostly somebody else, and only of somebody who is not known to hold another.

use crate::actors::joining::{Cluster, Joining};
use crate::actors::pronouns::{Pronoun, ThirdPerson};
use crate::actors::readings::{Description, Pointing, Reading};
use crate::actors::titles::gender_of_title;

/// Nouns of offices that news call a person by instead of the name. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const OFFICES: &[&str] = &[
    "chancellor", "congressman", "congresswoman", "emir", "governor", "king", "mayor", "minister", "pope",
    "premier", "president", "queen", "secretary", "senator", "sultan", "taoiseach",
];

/// How many mentions back the person may be named.
const MAX_MENTIONS: usize = 20;

impl Joining<'_> {
    /// The person whom a description, the candidate `index`, means as the last resort.
    pub(crate) fn by_epithet(&mut self, index: usize, described: &Description) -> Option<usize> {
        let is_office =
            described.role.is_some() && OFFICES.binary_search(&&*described.head).is_ok();
        let one = !described.plural && described.pointing == Pointing::Definite;
        if !is_office || !one || !described.leads {
            return None;
        }
        let id = self.only_person_before(index)?;
        let cluster = self.clusters.get_mut(id)?;
        if !may_hold(cluster, described) {
            return None;
        }
        cluster.nouns.insert(described.head.clone());
        cluster.nouns.extend(described.role.clone());
        cluster.nations.extend(described.nation);
        Some(id)
    }

    /// The only person named in the sentence before that of a candidate, if none is meant in front of it in its own.
    fn only_person_before(&self, index: usize) -> Option<usize> {
        let here = self.candidates.get(index)?.sentence;
        let before = here.checked_sub(1)?;
        let mut only = None;
        for at in (0..index).rev().take(MAX_MENTIONS) {
            let candidate = self.candidates.get(at)?;
            if candidate.sentence < before {
                break;
            }
            let named = match self.readings.get(at)? {
                Reading::Name { .. } | Reading::Known { .. } => true,
                Reading::Description(_) | Reading::Open => false,
            };
            let cluster = self.cluster_of.get(at).copied().flatten();
            let person = cluster.filter(|&id| {
                let cluster = self.clusters.get(id);
                named && cluster.is_some_and(|cluster| cluster.is_person() == Some(true))
            });
            let pronoun = Pronoun::of(self.document.slice(candidate.span));
            let he = matches!(
                pronoun,
                Some(Pronoun::Third(ThirdPerson::He | ThirdPerson::She))
            );
            let other = only.is_some() && person.is_some() && person != only;
            if other || candidate.sentence == here && (he || person.is_some()) {
                return None;
            }
            only = only.or(person);
        }
        only
    }
}

/// Whether a person may hold the office described: of no other gender or country, and without another office.
fn may_hold(cluster: &Cluster, described: &Description) -> bool {
    let gender = described.gender().or(gender_of_title(&described.head));
    let same_gender = gender
        .zip(cluster.gender)
        .is_none_or(|(one, other)| one == other);
    let same_nation = described
        .nation
        .is_none_or(|nation| cluster.nations.is_empty() || cluster.nations.contains(&nation));
    let mut titles = cluster.nouns.iter().flat_map(|noun| noun.split(' '));
    let free = !titles.any(|word| OFFICES.binary_search(&word).is_ok());
    same_gender && same_nation && free
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::clusters::marked;

    #[test]
    fn offices_mean_the_only_person_before() {
        assert!(OFFICES.is_sorted());
        let (ana, tom) = ("ana-ruiz", "tom-brandt");
        let cases: &[(&str, &[&str])] = &[
            (
                "[Ana Ruiz] flew home.\n[The Omani prime minister] smiled.\nIt rained.\n[The prime minister] slept.",
                &[ana, ana, ana],
            ),
            (
                "[Tom Brandt] spoke.\nOn Monday, [the former president] left.",
                &[tom, tom],
            ),
            (
                "[Tom Brandt] spoke.\n“We won,” [the president] said.",
                &[tom, tom],
            ),
            // Two persons, too far away, no head of its sentence, somebody else at its head.
            (
                "[Ana Ruiz] met [Tom Brandt].\n[The president] left.",
                &[ana, tom, "president"],
            ),
            (
                "[Ana Ruiz] spoke.\nIt rained.\n[The president] left.",
                &[ana, "president"],
            ),
            (
                "[Ana Ruiz] spoke.\nEurope met [the president].",
                &[ana, "president"],
            ),
            (
                "[Ana Ruiz] spoke.\n“[Tom Brandt] lies,” [the president] said.",
                &[ana, tom, "president"],
            ),
            (
                "[Ana Ruiz] spoke.\n“[She] lies,” [the president] said.",
                &[ana, "-", "president"],
            ),
            // Another gender, another country, another office; no office of state, and nobody in particular.
            ("[Ana Ruiz] spoke.\n[The king] left.", &[ana, "king"]),
            (
                "[Omani envoy Tom Brandt] spoke.\n[The Iranian president] left.",
                &[tom, "iranian-president"],
            ),
            (
                "[Senator Ana Ruiz] spoke.\n[The president] left.",
                &[ana, "president"],
            ),
            ("[Ana Ruiz] spoke.\n[The judge] left.", &[ana, "judge"]),
            ("[Ana Ruiz] spoke.\n[A minister] left.", &[ana, "minister"]),
            (
                "[Ana Ruiz] spoke.\n[The ministers] left.",
                &[ana, "ministers"],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(marked(text, None, false).ids(), *expected, "{text}");
        }
    }
}
