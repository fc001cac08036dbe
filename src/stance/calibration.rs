//! Raw logits -> logits whose probabilities can be believed.
//!
//! In go the logits of rows that a head was not fitted on, with their classes; out come a
//! temperature and a shift of the class none that make the rows likeliest. The search is a grid
//! refined around its best point: two numbers, a smooth loss, and the same answer on every machine.

use super::{N_CLASSES, NONE};
use crate::linear::softmax;
use serde::{Deserialize, Serialize};

/// Two numbers that turn a head's logits into believable ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Divides every logit; above 0. Larger than 1 makes a head less sure.
    pub temperature: f64,
    /// Added to the logit of none after the division.
    pub none_shift: f64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            none_shift: 0.0,
        }
    }
}

impl Calibration {
    /// Calibrated logits.
    #[must_use]
    pub fn apply(&self, logits: &[f64]) -> Vec<f64> {
        let mut scaled: Vec<f64> = logits
            .iter()
            .map(|logit| logit / self.temperature)
            .collect();
        if let Some(none) = scaled.get_mut(NONE) {
            *none += self.none_shift;
        }
        scaled
    }

    /// Mean negative log-likelihood of the rows.
    fn loss(&self, rows: &[([f64; N_CLASSES], usize)]) -> f64 {
        let each = rows.iter().map(|(logits, class)| {
            let mut p = self.apply(logits);
            softmax(&mut p);
            -p[*class].max(1e-12).ln()
        });
        each.sum::<f64>() / rows.len().max(1) as f64
    }
}

/// Fits a calibration to rows of raw logits and their classes (below [`N_CLASSES`]).
///
/// Without rows it is the identity; without a row of class none the shift stays 0.
#[must_use]
pub fn calibrate(rows: &[([f64; N_CLASSES], usize)]) -> Calibration {
    let mut best = Calibration::default();
    if rows.is_empty() {
        return best;
    }
    let shifts = rows.iter().any(|&(_, class)| class == NONE);
    let mut best_loss = best.loss(rows);
    let (mut step_temperature, mut step_shift) = (0.5f64, 1.0f64);
    for _ in 0..8 {
        let center = best;
        for i in -4i32..=4 {
            for j in -4i32..=4 {
                if j != 0 && !shifts {
                    continue;
                }
                let candidate = Calibration {
                    temperature: (center.temperature.ln() + f64::from(i) * step_temperature)
                        .exp()
                        .clamp(0.05, 50.0),
                    none_shift: (center.none_shift + f64::from(j) * step_shift).clamp(-8.0, 8.0),
                };
                let loss = candidate.loss(rows);
                if loss < best_loss - 1e-12 {
                    (best, best_loss) = (candidate, loss);
                }
            }
        }
        step_temperature *= 0.5;
        step_shift *= 0.5;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows that are right three times of four with a logit of 4: far too sure.
    fn too_sure() -> Vec<([f64; N_CLASSES], usize)> {
        (0..400)
            .map(|i| ([-40.0, 4.0, 0.0, -40.0], if i % 4 == 0 { 2 } else { 1 }))
            .collect()
    }

    #[test]
    fn a_head_that_is_too_sure_is_cooled() {
        let rows = too_sure();
        let fitted = calibrate(&rows);
        let mut p = fitted.apply(&rows[0].0);
        softmax(&mut p);
        assert!((p[1] - 0.75).abs() < 0.02, "{fitted:?} {p:?}");
        assert_eq!(fitted.none_shift, 0.0);
    }

    #[test]
    fn none_is_shifted_to_its_share() {
        let rows: Vec<_> = (0..300)
            .map(|i| ([0.0, 0.0, -40.0, -40.0], usize::from(i % 10 == 0)))
            .collect();
        let mut p = calibrate(&rows).apply(&rows[0].0);
        softmax(&mut p);
        assert!((p[NONE] - 0.9).abs() < 0.02, "{p:?}");
    }

    #[test]
    fn nothing_to_fit_on_changes_nothing() {
        assert_eq!(calibrate(&[]), Calibration::default());
    }
}
