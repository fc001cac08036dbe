//! Polar pairs, favour or against: right, false and missed, with the causes.
//!
//! In goes a document with its names normalised, out comes a [`PolarTally`]. The decisions a reader
//! would question:
//!
//! - A predicted polar pair is looked up in this order. A strict pair with its polarity: right,
//!   once for each gold pair; a repetition is ignored. An optional pair: ignored, whatever the
//!   stance. Anything else, each time: a false alarm. One prediction is right for one gold pair at
//!   most, so a system that melts two actors into one does not find both.
//! - Where a strict pair lists several stances each of them is right (every strict pair of our
//!   corpora has one). Polarities listed are wanted, but any other stance listed also satisfies;
//!   where `mixed` is listed a wrong polarity is ignored.

use std::collections::BTreeSet;

use serde::Serialize;

use super::super::metrics::Counts;
use super::named::{Named, NamedDocument};
use super::names::Names;
use super::{GoldPair, PairStance, PredictedPair};

/// Where a pair was lost, or went wrong: the first that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rung {
    /// No speaker goes by the name.
    Speaker,
    /// A speaker does, no actor goes by the name.
    Actor,
    /// Both do, but no pair joins them.
    Pair,
    /// The pair has another stance.
    Stance,
}

/// What became of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A prediction that finds a strict polar gold pair, by number.
    Right(usize),
    /// A polar prediction, by number, that repeats one that is right.
    Repeated(usize),
    /// A polar prediction, by number, that an optional pair covers.
    Ignored(usize),
    /// A polar prediction, by number, that is wrong.
    Wrong(usize, Rung),
    /// A strict polar gold pair, by number, that was missed.
    Missed(usize, Rung),
}

/// The rung on which a missed pair was lost; the last if a prediction has its names.
fn rung_of_missed(
    document: &NamedDocument<'_>,
    missed: &Named<'_, GoldPair>,
    stance_wrong: bool,
) -> Rung {
    let among = |found: &[Names], name: &Names| found.iter().any(|other| other.matches(name));
    if stance_wrong {
        Rung::Stance
    } else if !among(&document.found_speakers, &missed.speaker) {
        Rung::Speaker
    } else if !among(&document.found_actors, &missed.actor) {
        Rung::Actor
    } else {
        Rung::Pair
    }
}

/// The rung on which a wrong prediction failed.
fn rung_of_wrong(document: &NamedDocument<'_>, wrong: &Named<'_, PredictedPair>) -> Rung {
    let mut gold = document.gold.iter();
    if gold.clone().any(|gold| gold.matches(wrong)) {
        Rung::Stance
    } else if !gold
        .clone()
        .any(|gold| gold.speaker.matches(&wrong.speaker))
    {
        Rung::Speaker
    } else if !gold.any(|gold| gold.actor.matches(&wrong.actor)) {
        Rung::Actor
    } else {
        Rung::Pair
    }
}

/// What became of every polar prediction, in their order, then of every polar gold pair that was not found;
/// `agree` says whether a listed and a predicted stance are the same.
pub(super) fn outcomes(
    document: &NamedDocument<'_>,
    agree: impl Fn(PairStance, PairStance) -> bool,
) -> Vec<Outcome> {
    let is_right =
        |gold: &GoldPair, stance| gold.stances.iter().any(|&listed| agree(listed, stance));
    let polar = document.predicted.iter().enumerate();
    let polar: Vec<_> = polar.filter(|(_, p)| p.pair.stance.is_polar()).collect();
    // For each polar prediction, the strict pairs for which it is right.
    let right: Vec<Vec<usize>> = polar
        .iter()
        .map(|(_, predicted)| {
            let strict = document.gold.iter().enumerate().filter(|(_, gold)| {
                let listed = gold.pair.strict && gold.matches(predicted);
                listed && is_right(gold.pair, predicted.pair.stance)
            });
            strict.map(|(index, _)| index).collect()
        })
        .collect();
    let mut finders = vec![None; document.gold.len()];
    let mut all = Vec::new();
    for (index, &(number, predicted)) in polar.iter().enumerate() {
        let mut covering = document.gold.iter().filter(|gold| gold.matches(predicted));
        all.push(
            if assign(index, &right, &mut finders, &mut BTreeSet::new()) {
                Outcome::Right(number)
            } else if !right[index].is_empty() {
                Outcome::Repeated(number)
            } else if covering
                .any(|gold| !gold.pair.strict || gold.pair.stances.contains(&PairStance::Mixed))
            {
                Outcome::Ignored(number)
            } else {
                Outcome::Wrong(number, rung_of_wrong(document, predicted))
            },
        );
    }
    for (number, (gold, finder)) in document.gold.iter().zip(finders).enumerate() {
        let wanted = gold.pair.strict && gold.pair.stances.iter().any(|stance| stance.is_polar());
        let joined = || document.predicted.iter().filter(|p| p.matches(gold));
        let satisfied = joined()
            .any(|p| !p.pair.stance.is_polar() && gold.pair.stances.contains(&p.pair.stance));
        if wanted && finder.is_none() && !satisfied {
            let wrong = joined().any(|predicted| !is_right(gold.pair, predicted.pair.stance));
            all.push(Outcome::Missed(
                number,
                rung_of_missed(document, gold, wrong),
            ));
        }
    }
    all
}

/// Why strict polar pairs were missed: the first rung that failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Misses {
    /// No speaker found goes by the name.
    pub speaker_missed: u64,
    /// The speaker was found, no actor found goes by the name.
    pub actor_missed: u64,
    /// Both were found, but no predicted pair of their own joins them.
    pub not_joined: u64,
    /// The pair was predicted with a stance that is not right.
    pub stance_wrong: u64,
}

impl Misses {
    fn of(&mut self, rung: Rung) -> &mut u64 {
        match rung {
            Rung::Speaker => &mut self.speaker_missed,
            Rung::Actor => &mut self.actor_missed,
            Rung::Pair => &mut self.not_joined,
            Rung::Stance => &mut self.stance_wrong,
        }
    }
}

/// Why polar predictions are wrong: the first rung that failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FalseAlarms {
    /// No gold pair, strict or optional, has the speaker.
    pub speaker_unlisted: u64,
    /// Gold has the speaker, but no pair has the actor.
    pub actor_unlisted: u64,
    /// Gold has both, but no pair of the two.
    pub pair_unlisted: u64,
    /// A strict pair has another stance.
    pub stance_wrong: u64,
}

impl FalseAlarms {
    fn of(&mut self, rung: Rung) -> &mut u64 {
        match rung {
            Rung::Speaker => &mut self.speaker_unlisted,
            Rung::Actor => &mut self.actor_unlisted,
            Rung::Pair => &mut self.pair_unlisted,
            Rung::Stance => &mut self.stance_wrong,
        }
    }
}

/// Polar pairs right, false and missed, with the causes. Additive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PolarTally {
    /// Strict polar gold pairs found.
    pub tp: u64,
    /// Polar predictions ignored because an optional pair has their names.
    pub ignored: u64,
    /// Polar predictions ignored because they repeat one that is right.
    pub repeated: u64,
    /// Strict polar gold pairs missed, by cause.
    pub misses: Misses,
    /// Polar predictions that are wrong, by cause.
    pub false_alarms: FalseAlarms,
}

impl PolarTally {
    /// Counts what became of pairs.
    pub(super) fn of(outcomes: &[Outcome]) -> Self {
        let mut tally = Self::default();
        for &outcome in outcomes {
            *match outcome {
                Outcome::Right(_) => &mut tally.tp,
                Outcome::Repeated(_) => &mut tally.repeated,
                Outcome::Ignored(_) => &mut tally.ignored,
                Outcome::Wrong(_, rung) => tally.false_alarms.of(rung),
                Outcome::Missed(_, rung) => tally.misses.of(rung),
            } += 1;
        }
        tally
    }

    /// The tally without causes, for precision, recall and F1.
    pub fn counts(&self) -> Counts {
        let (f, m) = (&self.false_alarms, &self.misses);
        Counts {
            tp: self.tp,
            fp: f.speaker_unlisted + f.actor_unlisted + f.pair_unlisted + f.stance_wrong,
            fn_: m.speaker_missed + m.actor_missed + m.not_joined + m.stance_wrong,
        }
    }

    /// Adds the counts of `other`.
    pub(super) fn merge(&mut self, other: &Self) {
        self.tp += other.tp;
        self.ignored += other.ignored;
        self.repeated += other.repeated;
        self.misses.speaker_missed += other.misses.speaker_missed;
        self.misses.actor_missed += other.misses.actor_missed;
        self.misses.not_joined += other.misses.not_joined;
        self.misses.stance_wrong += other.misses.stance_wrong;
        self.false_alarms.speaker_unlisted += other.false_alarms.speaker_unlisted;
        self.false_alarms.actor_unlisted += other.false_alarms.actor_unlisted;
        self.false_alarms.pair_unlisted += other.false_alarms.pair_unlisted;
        self.false_alarms.stance_wrong += other.false_alarms.stance_wrong;
    }
}

/// Gives a prediction one of the pairs it is right for, moving earlier predictions to other pairs
/// of theirs if that makes room: where gold pairs share a name form, the number found must not hang
/// on the order.
fn assign(
    prediction: usize,
    right: &[Vec<usize>],
    finders: &mut [Option<usize>],
    tried: &mut BTreeSet<usize>,
) -> bool {
    right[prediction].iter().any(|&gold| {
        let free = tried.insert(gold)
            && finders[gold].is_none_or(|earlier| assign(earlier, right, finders, tried));
        if free {
            finders[gold] = Some(prediction);
        }
        free
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{counts, forms, gold, optional, predicted, score, strict};
    use super::super::{Found, PairScores, Titles};
    use super::PairStance::{Against, Favour, Mixed, Neutral};
    use super::*;

    #[test]
    fn polar_pairs_by_hand() {
        let gold = [
            strict("Vank", "Norland", Favour),
            strict("Vank", "Oru", Against),
            strict("Oru", "Vank", Against),
            strict("Oru", "Norland", Neutral),
            optional("Vank", "League", Neutral),
        ];
        let predicted = [
            predicted("Vank", "Norland", Favour),  // right
            predicted("Vank", "Norland", Favour),  // repeated
            predicted("Vank", "Norland", Against), // false alarm: stance
            predicted("Vank", "Oru", Favour),      // false alarm: stance, and a miss
            predicted("Vank", "League", Against),  // ignored
            predicted("Oru", "Norland", Against),  // false alarm: stance
            predicted("Mayor", "Norland", Favour), // false alarm: speaker
            predicted("Vank", "Mayor", Favour),    // false alarm: actor
            predicted("Oru", "League", Favour),    // false alarm: pair
            predicted("Oru", "Mayor", Neutral),    // not polar: no false alarm
        ];
        let scores = score(&gold, &predicted);
        let polar = PolarTally {
            tp: 1,
            ignored: 1,
            repeated: 1,
            misses: Misses {
                stance_wrong: 1,
                actor_missed: 1,
                ..Misses::default()
            },
            false_alarms: FalseAlarms {
                speaker_unlisted: 1,
                actor_unlisted: 1,
                pair_unlisted: 1,
                stance_wrong: 3,
            },
        };
        assert_eq!(scores.polar, polar);
        assert_eq!(scores.polar.counts(), counts(1, 6, 2));
        // Either sign will do: the contradiction repeats, "Vank on Oru" is found, "Oru on Norland"
        // stays wrong.
        assert_eq!(scores.unsigned.counts(), counts(2, 4, 1));
        assert_eq!(
            (
                scores.unsigned.repeated,
                scores.unsigned.false_alarms.stance_wrong
            ),
            (2, 1)
        );
    }

    #[test]
    fn every_miss_has_its_rung() {
        let wanted = [strict("Vank", "Norland", Favour)];
        let rung = |pairs: &[PredictedPair], speakers: &[&str], actors: &[&str]| {
            let all = |names: &[&str]| names.iter().map(|name| forms(name)).collect();
            let found = Found {
                speakers: all(speakers),
                actors: all(actors),
            };
            let polar = PairScores::of_document(&wanted, pairs, &found, &Titles::default()).polar;
            assert_eq!(polar.counts().fn_, 1);
            let m = polar.misses;
            [
                m.speaker_missed,
                m.actor_missed,
                m.not_joined,
                m.stance_wrong,
            ]
        };
        assert_eq!(rung(&[], &[], &["Norland"]), [1, 0, 0, 0]);
        assert_eq!(rung(&[], &["Vank"], &[]), [0, 1, 0, 0]);
        assert_eq!(
            rung(&[predicted("Vank", "Oru", Neutral)], &[], &[]),
            [0, 1, 0, 0]
        );
        assert_eq!(rung(&[], &["Vank"], &["Norland"]), [0, 0, 1, 0]);
        let apart = [
            predicted("Vank", "Oru", Favour),
            predicted("Oru", "Norland", Favour),
        ];
        assert_eq!(rung(&apart, &[], &[]), [0, 0, 1, 0]);
        for stance in [Neutral, Against, Mixed] {
            assert_eq!(
                rung(&[predicted("Vank", "Norland", stance)], &[], &[]),
                [0, 0, 0, 1],
                "{stance:?}"
            );
        }
    }

    #[test]
    fn a_melted_prediction_finds_one_pair_only() {
        let gold = [
            strict("Vank", "Norland", Favour),
            strict("Vank", "League", Favour),
        ];
        let polar = score(&gold, &[predicted("Vank", "Norland|League", Favour)]).polar;
        assert_eq!(
            (polar.counts(), polar.misses.not_joined),
            (counts(1, 0, 1), 1)
        );
    }

    #[test]
    fn pairs_that_share_a_form_are_found_in_any_order() {
        let mut gold = [
            strict("Clerk|Vank", "Oru", Against),
            strict("Clerk", "Oru", Against),
        ];
        let mut pairs = [
            predicted("Clerk", "Oru", Against),
            predicted("Vank", "Oru", Against),
        ];
        for _ in 0..2 {
            assert_eq!(score(&gold, &pairs).polar.counts(), counts(2, 0, 0));
            pairs.reverse();
            assert_eq!(score(&gold, &pairs).polar.counts(), counts(2, 0, 0));
            gold.reverse();
        }
    }

    #[test]
    fn a_strict_pair_goes_before_an_optional_one() {
        let gold = [
            optional("Vank", "Norland", Mixed),
            strict("Vank", "Norland", Against),
        ];
        assert_eq!(
            score(&gold, &[predicted("Vank", "Norland", Against)])
                .polar
                .counts(),
            counts(1, 0, 0)
        );
        // A wrong polarity is not a false alarm where the optional pair covers it, but the strict
        // pair is missed.
        let polar = score(&gold, &[predicted("Vank", "Norland", Favour)]).polar;
        assert_eq!(
            (polar.counts(), polar.ignored, polar.misses.stance_wrong),
            (counts(0, 0, 1), 1, 1)
        );
    }

    #[test]
    fn several_stances_of_a_strict_pair() {
        let cases = [
            (vec![Favour, Against], Against, counts(1, 0, 0)),
            (vec![Favour, Against], Neutral, counts(0, 0, 1)),
            (vec![Favour, Neutral], Neutral, counts(0, 0, 0)),
            (vec![Favour, Neutral], Favour, counts(1, 0, 0)),
            (vec![Favour, Neutral], Against, counts(0, 1, 1)),
            (vec![Favour, Mixed], Mixed, counts(0, 0, 0)),
            (vec![Favour, Mixed], Against, counts(0, 0, 1)),
            (vec![Mixed], Against, counts(0, 0, 0)),
        ];
        for (stances, stance, expected) in cases {
            let gold = [gold("Vank", "Oru", &stances, true)];
            let actual = score(&gold, &[predicted("Vank", "Oru", stance)])
                .polar
                .counts();
            assert_eq!(actual, expected, "{stances:?} {stance:?}");
        }
    }
}
