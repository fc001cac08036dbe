//! A linear classifier.
//!
//! In go feature rows, out come logits, and by [`softmax`] class probabilities. What a reader would question: the
//! weights are those of raw features, although they were fitted on standardised ones. So applying a head is one
//! product, and an explanation is a plain sum.

mod fitting;

pub use fitting::{FitParams, GRADIENT_BOUND};

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// A fitted multinomial logistic regression over `n_features` raw features and `n_classes` classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Linear {
    n_classes: usize,
    /// Row-major, `n_features` rows of `n_classes` weights.
    weights: Vec<f32>,
    /// One a class.
    intercept: Vec<f32>,
}

/// A head as it is stored, before it is known to fit.
#[derive(Deserialize)]
struct Parts {
    n_classes: usize,
    weights: Vec<f32>,
    intercept: Vec<f32>,
}

impl TryFrom<Parts> for Linear {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self> {
        Self::from_parts(parts.n_classes, parts.weights, parts.intercept)
    }
}

impl Linear {
    /// A head from its parts: row-major weights of shape (n_features, n_classes).
    ///
    /// # Errors
    ///
    /// [`Error::Model`] when the lengths do not fit or a value is not finite.
    pub fn from_parts(n_classes: usize, weights: Vec<f32>, intercept: Vec<f32>) -> Result<Self> {
        let fits = n_classes > 0
            && intercept.len() == n_classes
            && weights.len().is_multiple_of(n_classes);
        if !fits
            || !weights
                .iter()
                .chain(&intercept)
                .all(|value| value.is_finite())
        {
            return Err(Error::Model {
                message: format!(
                    "a head of {n_classes} classes has {} weights and {} intercepts",
                    weights.len(),
                    intercept.len()
                ),
            });
        }
        Ok(Self {
            n_classes,
            weights,
            intercept,
        })
    }

    /// Number of classes.
    #[must_use]
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Number of features of a row.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.weights.len() / self.n_classes
    }

    /// Row-major weights of shape (n_features, n_classes).
    #[must_use]
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The intercept of each class.
    #[must_use]
    pub fn intercept(&self) -> &[f32] {
        &self.intercept
    }

    /// Logits of one row of all features.
    #[must_use]
    pub fn logits(&self, features: &[f32]) -> Vec<f32> {
        debug_assert_eq!(features.len(), self.n_features());
        let mut logits = self.intercept.clone();
        // With a number of classes that is known when it is compiled, sums stay in registers: three times as fast.
        match self.n_classes {
            2 => accumulate::<2>(&self.weights, features, &mut logits),
            3 => accumulate::<3>(&self.weights, features, &mut logits),
            4 => accumulate::<4>(&self.weights, features, &mut logits),
            5 => accumulate::<5>(&self.weights, features, &mut logits),
            7 => accumulate::<7>(&self.weights, features, &mut logits),
            9 => accumulate::<9>(&self.weights, features, &mut logits),
            n => {
                for (&feature, row) in features.iter().zip(self.weights.chunks_exact(n)) {
                    for (logit, &weight) in logits.iter_mut().zip(row) {
                        *logit += feature * weight;
                    }
                }
            }
        }
        logits
    }
}

/// Adds to `logits` what `features` give by row-major weights of `N` classes.
fn accumulate<const N: usize>(weights: &[f32], features: &[f32], logits: &mut [f32]) {
    // A head has an intercept a class, and that is what logits begin as.
    let Some(logits) = logits.first_chunk_mut::<N>() else {
        return;
    };
    let mut sums = *logits;
    for (&feature, row) in features.iter().zip(weights.as_chunks::<N>().0) {
        for (sum, &weight) in sums.iter_mut().zip(row) {
            *sum += feature * weight;
        }
    }
    *logits = sums;
}

/// Turns logits into probabilities, in place; the row's maximum is subtracted first.
pub fn softmax(logits: &mut [f64]) {
    let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for logit in logits.iter_mut() {
        *logit = (*logit - max).exp();
        sum += *logit;
    }
    for logit in logits.iter_mut() {
        *logit /= sum;
    }
}
