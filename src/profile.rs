//! Instances -> a profile of one speaker's stance toward one actor.
//!
//! A [`StanceProfile`] keeps sums only: counts of instances by stance and fixed-point sums of their
//! probabilities, so that merging is exact and does not depend on order. What a reader would
//! question: label and interval answer different questions. The label says which side the polar
//! probability is on, however much is neutral; the interval is that of the mean score under a
//! Dirichlet posterior with one prior observation spread over the three stances, which keeps it wide
//! at n = 1.

mod periods;

pub use periods::{Day, Period, period_of};

use crate::document::Span;
use crate::stance::{Stance, StanceScore};
use serde::{Deserialize, Serialize};

/// Fixed-point unit of the sums: probabilities are kept as multiples of 2^-32.
pub const FIXED_POINT: f64 = 4_294_967_296.0;

/// Share of the polar probability that one side needs for the label to be that side. Chosen on training and dev
/// documents (`docs/accuracy.md`).
const ONE_SIDE: f64 = 0.6;

/// Level of [`ProfileSums::interval`].
pub const LEVEL: f64 = 0.95;

/// What a profile says in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// There are polar instances, and favour has three fifths of the polar probability.
    Favour,
    /// There are instances, and none is polar.
    Neutral,
    /// There are polar instances, and against has three fifths of the polar probability.
    Against,
    /// There are polar instances, and neither side has as much.
    Mixed,
    /// No instance.
    Insufficient,
}

impl Verdict {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Favour => "favour",
            Self::Neutral => "neutral",
            Self::Against => "against",
            Self::Mixed => "mixed",
            Self::Insufficient => "insufficient",
        }
    }
}

/// The sums behind a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProfileSums {
    /// Instances whose likeliest stance is favour.
    pub n_favour: u64,
    /// Instances whose likeliest stance is neutral.
    pub n_neutral: u64,
    /// Instances whose likeliest stance is against.
    pub n_against: u64,
    /// Sum of P(favour), in units of 2^-32.
    pub favour: i64,
    /// Sum of P(neutral), in units of 2^-32.
    pub neutral: i64,
    /// Sum of P(against), in units of 2^-32.
    pub against: i64,
}

impl ProfileSums {
    /// The sums of one instance.
    #[must_use]
    pub fn of(score: &StanceScore) -> Self {
        let mut sums = Self::default();
        sums.add(score);
        sums
    }

    /// Number of instances.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n_favour
            .saturating_add(self.n_neutral)
            .saturating_add(self.n_against)
    }

    /// Adds an instance.
    pub fn add(&mut self, score: &StanceScore) {
        match score.stance() {
            Stance::Favour => self.n_favour += 1,
            Stance::Neutral => self.n_neutral += 1,
            Stance::Against => self.n_against += 1,
        }
        let fixed = |p: f64| (p * FIXED_POINT).round_ties_even() as i64;
        self.favour = self.favour.saturating_add(fixed(score.favour));
        self.neutral = self.neutral.saturating_add(fixed(score.neutral));
        self.against = self.against.saturating_add(fixed(score.against));
    }

    /// Adds the instances of another profile of the same pair.
    pub fn merge(&mut self, other: &Self) {
        self.n_favour = self.n_favour.saturating_add(other.n_favour);
        self.n_neutral = self.n_neutral.saturating_add(other.n_neutral);
        self.n_against = self.n_against.saturating_add(other.n_against);
        self.favour = self.favour.saturating_add(other.favour);
        self.neutral = self.neutral.saturating_add(other.neutral);
        self.against = self.against.saturating_add(other.against);
    }

    /// The three sums as probabilities.
    fn totals(&self) -> [f64; 3] {
        [self.favour, self.neutral, self.against].map(|sum| sum as f64 / FIXED_POINT)
    }

    /// Shares of favour, neutral and against among the stance that is there; they sum to 1, and are
    /// all 0 without instances.
    #[must_use]
    pub fn shares(&self) -> [f64; 3] {
        let totals = self.totals();
        let all: f64 = totals.iter().sum();
        if all > 0.0 {
            totals.map(|total| total / all)
        } else {
            [0.0; 3]
        }
    }

    /// Mean score: share of favour minus share of against; -1 to 1.
    #[must_use]
    pub fn score(&self) -> f64 {
        let [favour, _, against] = self.shares();
        favour - against
    }

    /// Interval of the mean score at [`LEVEL`], within -1 and 1.
    ///
    /// With a = sums + 1/3 each and s = sum of a, the Dirichlet mean of favour - against is
    /// m = (a_f - a_a) / s, its variance ((a_f + a_a) / s - m^2) / (s + 1); the interval is
    /// m +- 1.96 standard deviations.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        let [favour, neutral, against] = self.totals().map(|total| total + 1.0 / 3.0);
        let all = favour + neutral + against;
        let mean = (favour - against) / all;
        let variance = ((favour + against) / all - mean * mean).max(0.0) / (all + 1.0);
        let half = 1.96 * variance.sqrt();
        ((mean - half).max(-1.0), (mean + half).min(1.0))
    }

    /// The label of the pair.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let [favour, _, against] = self.totals();
        let most = ONE_SIDE * (favour + against);
        if self.n() == 0 {
            Verdict::Insufficient
        } else if self.n_favour == 0 && self.n_against == 0 {
            Verdict::Neutral
        } else if favour >= most {
            Verdict::Favour
        } else if against >= most {
            Verdict::Against
        } else {
            Verdict::Mixed
        }
    }
}

/// Keeps the name with more characters, of equally long ones the last in alphabetical order: which profile came
/// first must not matter.
pub fn keep_longer(name: &mut String, other: String) {
    if (other.chars().count(), &other) > (name.chars().count(), name) {
        *name = other;
    }
}

/// One instance as evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Number of the instance in its analysis.
    pub instance: usize,
    /// Number of the sentence.
    pub sentence: usize,
    /// The target.
    pub target: Span,
    /// The holder, when the sentence mentions it.
    pub holder: Option<Span>,
    /// Probabilities of the instance.
    pub score: StanceScore,
}

/// One speaker's stance toward one actor within a document.
#[derive(Debug, Clone, PartialEq)]
pub struct StanceProfile {
    /// Number of the speaker in its analysis.
    pub speaker: usize,
    /// Number of the actor in its analysis.
    pub actor: usize,
    /// The sums.
    pub sums: ProfileSums,
    /// Every instance, in order of the text.
    pub evidence: Vec<Evidence>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn score(favour: f64, neutral: f64, against: f64) -> StanceScore {
        StanceScore {
            none: 1.0 - favour - neutral - against,
            favour,
            neutral,
            against,
        }
    }

    fn sums(scores: &[StanceScore]) -> ProfileSums {
        let mut sums = ProfileSums::default();
        scores.iter().for_each(|s| sums.add(s));
        sums
    }

    #[test]
    fn verdict_follows_the_polar_instances() {
        let (f, n, a) = (
            score(0.8, 0.1, 0.1),
            score(0.1, 0.8, 0.1),
            score(0.0, 0.1, 0.9),
        );
        let cases = [
            (vec![], Verdict::Insufficient),
            (vec![n, n], Verdict::Neutral),
            (vec![n, n, n, f], Verdict::Favour),
            (vec![f, a], Verdict::Mixed),
            (vec![f, a, a, a, a], Verdict::Against),
            (vec![f, a, a, a], Verdict::Against),
            (vec![f, f, a], Verdict::Mixed),
            (vec![f, f, f, a], Verdict::Favour),
            (vec![score(0.36, 0.3, 0.34)], Verdict::Mixed),
        ];
        for (scores, verdict) in cases {
            assert_eq!(sums(&scores).verdict(), verdict, "{scores:?}");
        }
    }

    #[test]
    fn interval_is_wide_at_one_and_narrows() {
        let one = sums(&[score(0.9, 0.05, 0.05)]);
        let many = sums(&[score(0.9, 0.05, 0.05); 50]);
        let width = |s: &ProfileSums| s.interval().1 - s.interval().0;
        assert!(width(&one) > 1.0, "{:?}", one.interval());
        assert!(width(&many) < 0.3, "{:?}", many.interval());
        let (low, high) = many.interval();
        assert!(low < many.score() && many.score() < high);
    }

    proptest! {
        #[test]
        fn merge_is_exact_and_order_free(
            parts in prop::collection::vec((0.0..1.0f64, 0.0..1.0f64), 1..40),
            cut in 0usize..40
        ) {
            let scores: Vec<_> = parts.iter().map(|&(a, b)| score(a * 0.5, b * 0.4, 0.1)).collect();
            let cut = cut.min(scores.len());
            let whole = sums(&scores);
            let (mut left, right) = (sums(&scores[cut..]), sums(&scores[..cut]));
            left.merge(&right);
            prop_assert_eq!(left, whole);
            let mut reversed = scores.clone();
            reversed.reverse();
            prop_assert_eq!(sums(&reversed), whole);
        }
    }
}
