//! Who speaks: the speakers of one document in gold and in the prediction, counted.
//!
//! In goes a document with its names normalised, out comes a [`SpeakerTally`]. Precision and recall
//! look at different sets: a predicted speaker may stand in any gold pair, optional ones included,
//! but only those of strict pairs must be found. So the tally is four numbers rather than
//! [`Counts`], which has one number of hits for both. Speakers whose names match are counted once.

use serde::Serialize;

use super::super::metrics::Counts;
use super::named::NamedDocument;
use super::names::{Names, distinct};

/// Speakers of a document. Additive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SpeakerTally {
    /// Speakers of strict gold pairs of any stance.
    pub n_strict: u64,
    /// Of these, speakers that hold a predicted pair of any stance.
    pub n_strict_found: u64,
    /// Speakers that hold a predicted pair of any stance.
    pub n_predicted: u64,
    /// Of these, speakers of some gold pair, strict or optional.
    pub n_predicted_listed: u64,
}

impl SpeakerTally {
    /// Counts the speakers of one document.
    pub(super) fn of_document(document: &NamedDocument<'_>) -> Self {
        let strict = distinct(
            document
                .gold
                .iter()
                .filter(|gold| gold.pair.strict)
                .map(|gold| &gold.speaker),
        );
        let predicted = distinct(
            document
                .predicted
                .iter()
                .map(|predicted| &predicted.speaker),
        );
        let is_predicted = |speaker: &&Names| predicted.iter().any(|other| other.matches(speaker));
        let is_listed = |speaker: &&Names| {
            document
                .gold
                .iter()
                .any(|gold| gold.speaker.matches(speaker))
        };
        Self {
            n_strict: strict.len() as u64,
            n_strict_found: strict.iter().filter(is_predicted).count() as u64,
            n_predicted: predicted.len() as u64,
            n_predicted_listed: predicted.iter().filter(is_listed).count() as u64,
        }
    }

    /// Share of predicted speakers that gold lists, 0..=1; 0 without predictions.
    pub fn precision(&self) -> f64 {
        self.predictions().precision()
    }

    /// Share of strict speakers that are predicted, 0..=1; 0 without strict pairs.
    pub fn recall(&self) -> f64 {
        Counts {
            tp: self.n_strict_found,
            fp: 0,
            fn_: self.n_strict - self.n_strict_found,
        }
        .recall()
    }

    /// Harmonic mean of precision and recall, 0..=1.
    pub fn f1(&self) -> f64 {
        let (p, r) = (self.precision(), self.recall());
        if p + r == 0.0 {
            0.0
        } else {
            2.0 * p * r / (p + r)
        }
    }

    fn predictions(&self) -> Counts {
        Counts {
            tp: self.n_predicted_listed,
            fp: self.n_predicted - self.n_predicted_listed,
            fn_: 0,
        }
    }

    /// Adds the counts of `other`.
    pub(super) fn merge(&mut self, other: &Self) {
        self.n_strict += other.n_strict;
        self.n_strict_found += other.n_strict_found;
        self.n_predicted += other.n_predicted;
        self.n_predicted_listed += other.n_predicted_listed;
    }
}

#[cfg(test)]
mod tests {
    use super::super::PairStance::{Against, Favour, Neutral};
    use super::super::tests::{optional, predicted, score, strict};
    use super::*;

    #[test]
    fn speakers_by_hand() {
        let gold = [
            strict("Ilse Vank|Vank", "Norland", Favour),
            strict("Vank", "Oru", Neutral),
            strict("Oru", "Vank", Against),
            optional("League", "Vank", Against),
        ];
        let predicted = [
            predicted("Vank|Ilse Vank", "Harbour", Neutral),
            predicted("Ilse Vank", "Oru", Neutral),
            predicted("League", "Oru", Neutral),
            predicted("Mayor", "Oru", Favour),
        ];
        let speakers = score(&gold, &predicted).speakers;
        let expected = SpeakerTally {
            n_strict: 2,
            n_strict_found: 1,
            n_predicted: 3,
            n_predicted_listed: 2,
        };
        assert_eq!(speakers, expected);
        assert!((speakers.precision() - 2.0 / 3.0).abs() < 1e-12);
        assert!((speakers.recall() - 0.5).abs() < 1e-12);
        assert!((speakers.f1() - 4.0 / 7.0).abs() < 1e-12);
        assert!(SpeakerTally::default().f1() == 0.0);
    }
}
