//! The pairs of one document with their names normalised.
//!
//! In go what gold and the system say of a document, out comes a [`NamedDocument`], from which
//! every count is taken. Names are normalised here once, as each gold pair is compared with each
//! prediction several times. Speakers and actors of predicted pairs count as found even where the
//! system does not list them: a pair cannot be predicted without its two names.

use super::{Found, GoldPair, Names, PredictedPair, Titles};

/// A pair with its names normalised.
pub(super) struct Named<'a, P> {
    pub(super) speaker: Names,
    pub(super) actor: Names,
    pub(super) pair: &'a P,
}

impl<P> Named<'_, P> {
    /// Whether both the speakers and the actors match.
    pub(super) fn matches<Q>(&self, other: &Named<'_, Q>) -> bool {
        self.speaker.matches(&other.speaker) && self.actor.matches(&other.actor)
    }
}

/// What gold and the system say of one document.
pub(super) struct NamedDocument<'a> {
    pub(super) gold: Vec<Named<'a, GoldPair>>,
    pub(super) predicted: Vec<Named<'a, PredictedPair>>,
    pub(super) found_speakers: Vec<Names>,
    pub(super) found_actors: Vec<Names>,
}

impl<'a> NamedDocument<'a> {
    pub(super) fn new(
        gold: &'a [GoldPair],
        predicted: &'a [PredictedPair],
        found: &Found,
        titles: &Titles,
    ) -> Self {
        let names = |forms: &Vec<String>| Names::new(forms, titles);
        let gold = gold.iter().map(|pair| Named {
            speaker: names(&pair.speaker),
            actor: names(&pair.actor),
            pair,
        });
        let predicted: Vec<_> = predicted
            .iter()
            .map(|pair| Named {
                speaker: names(&pair.speaker),
                actor: names(&pair.actor),
                pair,
            })
            .collect();
        Self {
            gold: gold.collect(),
            found_speakers: found
                .speakers
                .iter()
                .map(names)
                .chain(predicted.iter().map(|p| p.speaker.clone()))
                .collect(),
            found_actors: found
                .actors
                .iter()
                .map(names)
                .chain(predicted.iter().map(|p| p.actor.clone()))
                .collect(),
            predicted,
        }
    }
}
