//! Offices and callings by which somebody is called who was never given one: "Ana Ruiz flew home. The Omani prime
//! minister said", "Tom Brandt flew home. The billionaire businessman said".
//!
//! In goes a description that nothing else explains; out comes the only person named in the sentence before, if nobody
//! is named in front of it in its own. What a reader would question: of offices only those of state count, for "the
//! judge" or "the officer" behind a name is mostly somebody else, only at the head of a sentence, and only of somebody
//! who is not known to hold another. Callings, of which anybody may have several, count anywhere.

use crate::actors::Gender;
use crate::actors::joining::{Cluster, Joining, MAX_MENTIONS};
use crate::actors::pronouns::{Pronoun, ThirdPerson};
use crate::actors::readings::{Description, Pointing, Reading};
use crate::actors::titles::gender_of_title;

/// Nouns of offices that news call a person by instead of the name. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const OFFICES: &[&str] = &[
    "chancellor", "congressman", "congresswoman", "emir", "governor", "king", "mayor", "minister", "pope",
    "premier", "president", "queen", "secretary", "senator", "sultan", "taoiseach",
];

/// Nouns of what somebody is, by which news call a person instead of the name; no "official" or "spokesman", of whom
/// every body has many, nor "suspect", "incumbent" or "journalist", who is mostly somebody else than the one just named.
/// Sorted.
#[rustfmt::skip] // a word a line would hide the code
const CALLINGS: &[&str] = &[
    "activist", "actor", "actress", "athlete", "billionaire", "businessman", "businesswoman", "candidate",
    "comedian", "contender", "diplomat", "entrepreneur", "front-runner", "frontrunner", "hopeful", "host",
    "lawmaker", "legislator", "magnate", "millionaire", "mogul", "newcomer", "nominee", "novelist",
    "politician", "pontiff", "singer", "tycoon",
];

/// Whether a description names an office of state.
pub(crate) fn is_office(described: &Description) -> bool {
    described.role.is_some() && OFFICES.binary_search(&&*described.head).is_ok()
}

/// Whether a description names what somebody is, without saying which one.
pub(crate) fn is_calling(described: &Description) -> bool {
    CALLINGS.binary_search(&&*described.head).is_ok()
}

impl Joining<'_> {
    /// The person whom a description by a calling, the candidate `index`, means. It may be said of the next one, too, so
    /// nothing is learned from it.
    pub(crate) fn by_calling(&self, index: usize, described: &Description) -> Option<usize> {
        let one = !described.plural && described.pointing == Pointing::Definite;
        if !is_calling(described) || !one {
            return None;
        }
        let id = self.only_person_before(index)?;
        is_like(self.clusters.get(id)?, described).then_some(id)
    }

    /// The person whom a description, the candidate `index`, means as the last resort.
    pub(crate) fn by_epithet(&mut self, index: usize, described: &Description) -> Option<usize> {
        let one = !described.plural && described.pointing == Pointing::Definite;
        if !is_office(described) || !one || !described.leads {
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
            let cluster = self.cluster_of(at);
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
pub(crate) fn may_hold(cluster: &Cluster, described: &Description) -> bool {
    let same_nation = described
        .nation
        .is_none_or(|nation| cluster.nations.is_empty() || cluster.nations.contains(&nation));
    let mut titles = cluster.nouns.iter().flat_map(|noun| noun.split(' '));
    let free = !titles.any(|word| OFFICES.binary_search(&word).is_ok());
    is_like(cluster, described) && same_nation && free
}

/// Whether a person is of no other gender than the description, and of no other country than its adjective.
pub(crate) fn is_like(cluster: &Cluster, described: &Description) -> bool {
    let same_gender = gender_of_noun(described)
        .zip(cluster.gender)
        .is_none_or(|(one, other)| one == other);
    let same_country = described.nation.is_none_or(|nation| {
        let other = described.of_country && !cluster.nations.is_empty();
        !other || cluster.nations.contains(&nation)
    });
    same_gender && same_country
}

/// The gender that the noun of an office or a calling tells.
fn gender_of_noun(described: &Description) -> Option<Gender> {
    let head = described.head.as_str();
    let by_ending = || match head {
        "actress" => Some(Gender::Female),
        "actor" => Some(Gender::Male),
        _ => head.ends_with("man").then_some(Gender::Male),
    };
    let by_title = described.gender().or(gender_of_title(head));
    by_title.or_else(by_ending)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::clusters::marked;

    #[test]
    fn offices_mean_the_only_person_before() {
        assert!(OFFICES.is_sorted() && CALLINGS.is_sorted());
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

    #[test]
    fn callings_mean_the_only_person_before() {
        let (ana, tom) = ("ana-ruiz", "tom-brandt");
        let cases: &[(&str, &[&str])] = &[
            (
                "[Tom Brandt] spoke.\n[The billionaire businessman] smiled.",
                &[tom, tom],
            ),
            // Not only at the head of the sentence; the next one of that calling is somebody else.
            (
                "[Tom Brandt] spoke.\nCritics say [the candidate] lied.\n[Ana Ruiz] spoke.\n[The candidate] slept.",
                &[tom, tom, ana, ana],
            ),
            // Whoever has an office has a calling, too.
            (
                "[Senator Ana Ruiz] spoke.\n[The lawmaker] left.",
                &[ana, ana],
            ),
            // Another gender, another country, two persons, somebody in front of it, nobody in particular.
            (
                "[Ana Ruiz] spoke.\n[The businessman] left.",
                &[ana, "businessman"],
            ),
            (
                "[Omani envoy Tom Brandt] spoke.\n[The Iranian diplomat] left.",
                &[tom, "iranian-diplomat"],
            ),
            (
                "[Ana Ruiz] met [Tom Brandt].\n[The candidate] left.",
                &[ana, tom, "candidate"],
            ),
            (
                "[Ana Ruiz] spoke.\n[Tom Brandt] met [the candidate].",
                &[ana, tom, "candidate"],
            ),
            (
                "[Ana Ruiz] spoke.\n[A candidate] left.",
                &[ana, "candidate"],
            ),
            (
                "[Ana Ruiz] spoke.\n[The official] left.",
                &[ana, "official"],
            ),
            ("[Ana Ruiz] spoke.\n[The suspect] left.", &[ana, "suspect"]),
        ];
        for (text, expected) in cases {
            assert_eq!(marked(text, None, false).ids(), *expected, "{text}");
        }
    }
}
