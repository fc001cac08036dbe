//! Third-person pronouns -> the actors they may mean, with probabilities.
//!
//! In go a pronoun, its place and the [`Clusters`] so far; out come ranked [`Antecedent`]s. Each
//! earlier mention of the last sentences gets a weight: fitting gender, number and type first, then
//! nearness, then standing at the head of its sentence, where English puts what the text is about.
//! An actor weighs as its weightiest mention, and its others add a little. Which voices a pronoun
//! may reach across is decided outside, through a weight per candidate. First and second person are
//! only recognised: whom "I" means depends on who speaks.
//!
//! The weights were chosen on pronouns of 110 labelled training articles (`docs/accuracy.md`).

use crate::actors::clusters::Clusters;
use crate::actors::{Actor, ActorType, Candidate, Gender};
use std::collections::BTreeMap;

/// How many sentences back an antecedent may stand.
const MAX_SENTENCES: usize = 10;

/// How many mentions back an antecedent may stand.
const MAX_MENTIONS: usize = 200;

/// By how much a mention weighs less a sentence further back.
const DECAY: f64 = 0.5;

/// By how much the first mention of a sentence weighs more.
const SUBJECT: f64 = 1.5;

/// What an actor's other mentions add to its weightiest one. The sum of all would keep to whom the
/// text has long been about when somebody else begins to speak.
const REPEATED: f64 = 0.3;

/// How well a person of unknown gender fits "he" and "she".
const UNKNOWN_GENDER: f64 = 0.8;

/// How well such a person fits beside one who is known to fit.
const BESIDE_KNOWN: f64 = 0.6;

/// The least lead of the likeliest antecedent over the next that [`clear_winner`] accepts.
const MARGIN: f64 = 0.05;

/// A pronoun by person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pronoun {
    /// "I", "we" and their forms.
    First {
        /// Whether it is "we".
        plural: bool,
    },
    /// "you" and its forms.
    Second,
    /// All others.
    Third(ThirdPerson),
}

/// A pronoun of the third person, with all its cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThirdPerson {
    /// "he", "him", "his", "himself".
    He,
    /// "she", "her", "hers", "herself".
    She,
    /// "it", "its", "itself".
    It,
    /// "they", "them", "their", "theirs", "themselves".
    They,
}

impl Pronoun {
    /// The pronoun that a surface is, in any case; `None` when it is none.
    #[must_use]
    pub fn of(surface: &str) -> Option<Self> {
        // The longest has ten letters; do not copy whole sentences to find out.
        if surface.len() > 16 {
            return None;
        }
        let third = |person| Some(Self::Third(person));
        match surface.trim().to_ascii_lowercase().as_str() {
            "i" | "me" | "my" | "mine" | "myself" => Some(Self::First { plural: false }),
            "we" | "us" | "our" | "ours" | "ourselves" if surface.trim() != "US" => {
                Some(Self::First { plural: true })
            }
            "you" | "your" | "yours" | "yourself" | "yourselves" => Some(Self::Second),
            "he" | "him" | "his" | "himself" => third(ThirdPerson::He),
            "she" | "her" | "hers" | "herself" => third(ThirdPerson::She),
            "it" | "its" | "itself" => third(ThirdPerson::It),
            "they" | "them" | "their" | "theirs" | "themselves" => third(ThirdPerson::They),
            _ => None,
        }
    }
}

impl ThirdPerson {
    /// The gender it tells of whom it means.
    #[must_use]
    pub fn gender(self) -> Option<Gender> {
        match self {
            Self::He => Some(Gender::Male),
            Self::She => Some(Gender::Female),
            Self::It | Self::They => None,
        }
    }

    /// How well an actor fits, 0 to 1.
    fn fit(self, actor: &Actor) -> f64 {
        let person = match actor.kind {
            ActorType::Person => 1.0,
            ActorType::Other if !actor.plural => 0.4,
            ActorType::Other
            | ActorType::Organisation
            | ActorType::Country
            | ActorType::Party
            | ActorType::ArmedGroup
            | ActorType::Group
            | ActorType::Location => 0.0,
        };
        match self {
            Self::He | Self::She => match actor.gender {
                // Whoever has a gender is a person, whatever the tagger thinks.
                Some(gender) if Some(gender) == self.gender() && person > 0.0 => 1.0,
                Some(_) => 0.0,
                None => person * UNKNOWN_GENDER,
            },
            Self::It => match actor.kind {
                ActorType::Organisation | ActorType::Country if !actor.plural => 1.0,
                ActorType::Party | ActorType::ArmedGroup => 0.8,
                ActorType::Other if !actor.plural => 0.5,
                ActorType::Location => 0.3,
                ActorType::Person
                | ActorType::Group
                | ActorType::Other
                | ActorType::Organisation
                | ActorType::Country => 0.0,
            },
            Self::They => match actor.kind {
                ActorType::Group => 1.0,
                _ if actor.plural => 1.0,
                ActorType::ArmedGroup | ActorType::Party => 0.8,
                ActorType::Organisation => 0.5,
                ActorType::Country => 0.4,
                ActorType::Other => 0.3,
                ActorType::Person | ActorType::Location => 0.0,
            },
        }
    }
}

/// An actor that a pronoun may mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Antecedent {
    /// Index in [`Clusters::actors`].
    pub actor: usize,
    /// Its share of all weights, 0 to 1; a ranking, not a calibrated probability.
    pub probability: f64,
}

/// The actors that `pronoun`, the candidate with index `at`, may mean; the likeliest first.
///
/// Only actors with a mention before it count, in the last ten sentences. `weight` says how far a
/// candidate, by index, may be reached: 0 for not at all, 1 for a plain mention.
#[must_use]
pub fn resolve_third(
    pronoun: ThirdPerson,
    at: usize,
    candidates: &[Candidate],
    clusters: &Clusters,
    weight: impl Fn(usize) -> f64,
) -> Vec<Antecedent> {
    let Some(place) = candidates.get(at) else {
        return Vec::new();
    };
    let mut weights: BTreeMap<usize, f64> = BTreeMap::new();
    // Whether the gender of one of them is known to fit.
    let mut certain = false;
    let earlier = candidates.get(..at).unwrap_or(&[]).iter().enumerate().rev();
    for (index, candidate) in earlier.take(MAX_MENTIONS) {
        let back = place.sentence.saturating_sub(candidate.sentence);
        if back > MAX_SENTENCES {
            break;
        }
        // What contains the pronoun is not what it means: "his party".
        if candidate.span.end() > place.span.start() {
            continue;
        }
        let Some(actor) = clusters.actor_of(index) else {
            continue;
        };
        let Some(fit) = clusters.actors().get(actor).map(|actor| pronoun.fit(actor)) else {
            continue;
        };
        let first = index == 0
            || candidates
                .get(index - 1)
                .is_some_and(|before| before.sentence != candidate.sentence);
        let reach = weight(index).max(0.0) * DECAY.powi(i32::try_from(back).unwrap_or(i32::MAX));
        let score = fit * reach * if first { SUBJECT } else { 1.0 };
        if score > 0.0 {
            certain |= clusters.actors()[actor].gender.is_some();
            let weight = weights.entry(actor).or_default();
            *weight = weight.max(score) + REPEATED * weight.min(score);
        }
    }
    if certain && pronoun.gender().is_some() {
        for (&actor, weight) in &mut weights {
            if clusters.actors()[actor].gender.is_none() {
                *weight *= BESIDE_KNOWN;
            }
        }
    }
    let total: f64 = weights.values().sum();
    let mut ranked: Vec<_> = weights
        .into_iter()
        .map(|(actor, weight)| Antecedent {
            actor,
            probability: weight / total,
        })
        .collect();
    ranked.sort_by(|a, b| {
        b.probability
            .total_cmp(&a.probability)
            .then(a.actor.cmp(&b.actor))
    });
    ranked
}

/// The first of ranked antecedents, if it leads by enough.
#[must_use]
pub fn clear_winner(ranked: &[Antecedent]) -> Option<usize> {
    let first = ranked.first()?;
    let second = ranked.get(1).map_or(0.0, |second| second.probability);
    (first.probability - second >= MARGIN).then_some(first.actor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::clusters::marked;

    #[test]
    fn pronouns_are_known() {
        let cases = [
            ("He", Some(Pronoun::Third(ThirdPerson::He))),
            ("THEIR", Some(Pronoun::Third(ThirdPerson::They))),
            ("itself", Some(Pronoun::Third(ThirdPerson::It))),
            ("us", Some(Pronoun::First { plural: true })),
            ("US", None),
            ("myself", Some(Pronoun::First { plural: false })),
            ("your", Some(Pronoun::Second)),
            ("her party", None),
            ("Ruiz", None),
            ("", None),
        ];
        for (surface, expected) in cases {
            assert_eq!(Pronoun::of(surface), expected, "{surface}");
        }
    }

    /// The antecedent of the last mention, a pronoun.
    fn antecedent(text: &str, weight: impl Fn(usize) -> f64) -> Option<String> {
        let marked = marked(text, None, false);
        let at = marked.candidates.len() - 1;
        let surface = marked.document.slice(marked.candidates[at].span);
        let Some(Pronoun::Third(pronoun)) = Pronoun::of(surface) else {
            panic!("{text}")
        };
        let ranked = resolve_third(pronoun, at, &marked.candidates, &marked.clusters, weight);
        let total: f64 = ranked.iter().map(|antecedent| antecedent.probability).sum();
        assert!(
            ranked.is_empty() || (total - 1.0).abs() < 1e-9,
            "{text}: {ranked:?}"
        );
        assert!(
            ranked.is_sorted_by(|a, b| a.probability >= b.probability),
            "{text}"
        );
        clear_winner(&ranked).map(|actor| marked.clusters.actors()[actor].id.clone())
    }

    #[test]
    fn antecedents_fit_and_are_near() {
        let cases = [
            ("[Mr. Brandt] met [Mrs. Ruiz].\n[She] left.", Some("ruiz")),
            ("[Mr. Brandt] met [Mrs. Ruiz].\n[He] left.", Some("brandt")),
            ("[Mr. Brandt] met [Mr. Maar].\n[He] left.", Some("brandt")),
            (
                "[Mr. Maar] left.\n[Mr. Brandt] came.\n[He] smiled.",
                Some("brandt"),
            ),
            ("[Oman] met [Mr. Brandt].\n[It] left.", Some("omn")),
            ("[Mr. Brandt] met [voters].\n[They] left.", Some("voters")),
            ("[Oman] left.\n[He] smiled.", None),
            ("[He] smiled.", None),
            ("[Mr. Brandt] left.\n\n\n\n\n\n\n\n\n\n\n[He] smiled.", None),
            (
                "[Mr. Brandt] left.\n\n\n\n\n\n\n\n\n\n[He] smiled.",
                Some("brandt"),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(antecedent(text, |_| 1.0).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn the_caller_limits_the_reach() {
        let text = "[Mr. Brandt] met [Mr. Maar].\n[He] left.";
        let only = |index: usize| move |other: usize| if other == index { 1.0 } else { 0.0 };
        assert_eq!(antecedent(text, only(1)).as_deref(), Some("maar"));
        assert_eq!(antecedent(text, |_| 0.0), None);
        // Equal weights are ambiguous.
        let even = |index: usize| if index == 0 { 1.0 / SUBJECT } else { 1.0 };
        assert_eq!(antecedent(text, even), None);
    }
}
