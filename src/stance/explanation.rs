//! Why an instance leans to favour or against: an exact sum over words.
//!
//! A head is linear and reads means of word vectors, so the calibrated log-odds favour : against are
//! the intercept plus one share for every word of the target, the holder and the sentence, and one
//! for every plain feature. Nothing is approximated: the shares add up to the log-odds of the
//! reported probabilities, up to rounding in f32.

use super::{Features, PLAIN, Stance, StanceHead};
use crate::encoder::WordVectors;
use std::collections::BTreeMap;
use std::ops::Range;

/// Which part of an instance a share belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A word of the target.
    Target,
    /// A word of the holder, or of the sentence standing in for a holder who is not in it.
    Holder,
    /// A word of the sentence.
    Sentence,
    /// A plain feature.
    Plain,
}

/// One summand.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// Where it comes from.
    pub part: Part,
    /// The word's number in its sentence; none for a plain feature.
    pub word: Option<usize>,
    /// Name of the plain feature; empty for a word.
    pub label: &'static str,
    /// Its share of the log-odds favour : against, in nats.
    pub log_odds: f64,
}

/// The log-odds favour : against of an instance and what they are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// ln(P(favour) / P(against)), calibrated; the intercept plus all contributions.
    pub log_odds: f64,
    /// The part that does not depend on the instance.
    pub intercept: f64,
    /// One a word and part, and one for every plain feature that is not 0.
    pub contributions: Vec<Contribution>,
}

impl Explanation {
    /// Why [`StanceScore::mean`](super::StanceScore::mean) is what it is: the mean of the
    /// explanations, by the weights of their scores (above 0). Shares of one word in one part are added up.
    #[must_use]
    pub fn mean(each: Vec<(f64, Explanation)>) -> Self {
        let whole: f64 = each.iter().map(|(weight, _)| weight).sum();
        let mut mean = Self {
            log_odds: 0.0,
            intercept: 0.0,
            contributions: Vec::new(),
        };
        let mut at = BTreeMap::new();
        for (weight, one) in each {
            let share = weight / whole;
            mean.log_odds += share * one.log_odds;
            mean.intercept += share * one.intercept;
            for contribution in one.contributions {
                let key = (contribution.part, contribution.word, contribution.label);
                let i = *at.entry(key).or_insert(mean.contributions.len());
                match mean.contributions.get_mut(i) {
                    Some(known) => known.log_odds += share * contribution.log_odds,
                    None => mean.contributions.push(Contribution {
                        log_odds: share * contribution.log_odds,
                        ..contribution
                    }),
                }
            }
        }
        mean.contributions.sort_by_key(|c| (c.part, c.word));
        mean
    }
}

impl StanceHead {
    /// Explains what [`StanceHead::score`] gives for the same arguments.
    #[must_use]
    pub fn explain(&self, sentence: &WordVectors, features: &Features) -> Explanation {
        let width = sentence.width();
        let linear = self.linear();
        let temperature = self.calibration().temperature;
        let (favour, against) = (Stance::Favour.class(), Stance::Against.class());
        let share = |offset: usize, values: &[f32]| {
            let rows = linear
                .weights()
                .chunks_exact(linear.n_classes())
                .skip(offset);
            let products = values
                .iter()
                .zip(rows)
                .map(|(&value, row)| f64::from(value) * f64::from(row[favour] - row[against]));
            products.sum::<f64>() / temperature
        };
        let everything = 0..sentence.len();
        let parts: [(Part, Range<usize>); 3] = [
            (Part::Target, features.target.clone()),
            (
                Part::Holder,
                features
                    .holder
                    .clone()
                    .unwrap_or_else(|| everything.clone()),
            ),
            (Part::Sentence, everything),
        ];
        let mut contributions = Vec::new();
        for (block, (part, words)) in parts.into_iter().enumerate() {
            let n = words.len().max(1) as f64;
            contributions.extend(words.map(|word| Contribution {
                part,
                word: Some(word),
                label: "",
                log_odds: share(block * width, sentence.vector(word)) / n,
            }));
        }
        for (i, (&value, label)) in features.plain.iter().zip(PLAIN).enumerate() {
            if value != 0.0 {
                contributions.push(Contribution {
                    part: Part::Plain,
                    word: None,
                    label,
                    log_odds: share(3 * width + i, &[value]),
                });
            }
        }
        let raw = f64::from(linear.intercept()[favour] - linear.intercept()[against]);
        let intercept = raw / temperature;
        Explanation {
            log_odds: intercept + contributions.iter().map(|c| c.log_odds).sum::<f64>(),
            intercept,
            contributions,
        }
    }
}
