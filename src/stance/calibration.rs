//! Raw logits -> logits whose probabilities can be believed.
//!
//! In go the logits of rows that a head was not fitted on, with their classes; out come two temperatures and a shift that
//! make the rows likeliest: one temperature for which stance it is, if it is one; temperature and shift for whether it
//! is one at all. What a reader would question: two temperatures. Rows without a stance are many and easy, and one
//! temperature for both questions is theirs (`docs/accuracy.md`). The search is a grid refined around its best
//! point: smooth losses of one and two numbers, and the same answer on every machine.

use super::{N_CLASSES, NONE};
use serde::{Deserialize, Serialize};

/// Fewer rows tell nothing: a few that are all right would make a head sure of everything.
const MIN_ROWS: usize = 30;

/// What temperatures may be: rows that are all right, or all wrong, would take them anywhere.
const TEMPERATURES: [f64; 2] = [0.25, 20.0];

/// The largest shift either way.
const MOST_SHIFT: f64 = 8.0;

/// Raw logits of a row, and its class.
type Row = ([f64; N_CLASSES], usize);

/// Three numbers that turn a head's logits into believable ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Divides the logits of favour, neutral and against; above 0. Larger than 1 makes a head less sure of which it is.
    pub temperature: f64,
    /// Divides the log-odds of a stance against none; above 0.
    pub none_temperature: f64,
    /// Added to the log-odds of none after the division.
    pub none_shift: f64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            none_temperature: 1.0,
            none_shift: 0.0,
        }
    }
}

impl Calibration {
    /// Calibrated logits: their softmax are the probabilities.
    #[must_use]
    pub fn apply(&self, logits: &[f64; N_CLASSES]) -> [f64; N_CLASSES] {
        let mut scaled = logits.map(|logit| logit / self.temperature);
        let none = self.none_shift - stance_odds(logits) / self.none_temperature;
        scaled[NONE] = log_sum(&scaled) + none;
        scaled
    }

    /// Mean negative log-likelihood of which stance it is, over rows that are one.
    fn loss_of_stance(&self, rows: &[Row]) -> f64 {
        mean(rows, |(logits, class)| {
            let scaled = logits.map(|logit| logit / self.temperature);
            log_sum(&scaled) - scaled[*class]
        })
    }

    /// Mean negative log-likelihood of whether it is a stance.
    fn loss_of_none(&self, rows: &[Row]) -> f64 {
        mean(rows, |(logits, class)| {
            let none = self.none_shift - stance_odds(logits) / self.none_temperature;
            let right = if *class == NONE { none } else { -none };
            // ln(1 + exp(-right)), without overflow.
            (-right).max(0.0) + (-right.abs()).exp().ln_1p()
        })
    }
}

/// Logarithm of the sum of the exponentials of all but none.
fn log_sum(logits: &[f64; N_CLASSES]) -> f64 {
    let stances = || {
        let all = logits.iter().enumerate();
        all.filter(|&(class, _)| class != NONE).map(|(_, &l)| l)
    };
    let most = stances().fold(f64::NEG_INFINITY, f64::max);
    most + stances().map(|l| (l - most).exp()).sum::<f64>().ln()
}

/// Raw log-odds of any stance against none.
fn stance_odds(logits: &[f64; N_CLASSES]) -> f64 {
    log_sum(logits) - logits[NONE]
}

fn mean(rows: &[Row], each: impl Fn(&Row) -> f64) -> f64 {
    rows.iter().map(each).sum::<f64>() / rows.len().max(1) as f64
}

/// Fits a calibration to rows of raw logits and their classes (below [`N_CLASSES`]).
///
/// What the rows cannot tell is as in `base`: the temperature of stances with fewer than 30 rows that have one, what
/// concerns none with fewer than 30 rows of it or of the others.
#[must_use]
pub fn calibrate(rows: &[([f64; N_CLASSES], usize)], base: Calibration) -> Calibration {
    let stances: Vec<Row> = rows.iter().copied().filter(|row| row.1 != NONE).collect();
    let mut best = base;
    if stances.len() < MIN_ROWS {
        return best;
    }
    best = search(best, false, |c| c.loss_of_stance(&stances));
    if rows.len() - stances.len() < MIN_ROWS {
        return best;
    }
    search(best, true, |c| c.loss_of_none(rows))
}

/// The best calibration found from `start` on, with another temperature of stances or with another temperature and shift
/// of none.
fn search(start: Calibration, none: bool, loss: impl Fn(&Calibration) -> f64) -> Calibration {
    let (mut best, mut best_loss) = (start, loss(&start));
    let (mut step_temperature, mut step_shift) = (0.5f64, 1.0f64);
    let shifts = if none { -4i32..=4 } else { 0..=0 };
    for _ in 0..10 {
        let center = best;
        for i in -4i32..=4 {
            for j in shifts.clone() {
                let mut candidate = center;
                let temperature = if none {
                    &mut candidate.none_temperature
                } else {
                    &mut candidate.temperature
                };
                let moved = temperature.ln() + f64::from(i) * step_temperature;
                *temperature = moved.exp().clamp(TEMPERATURES[0], TEMPERATURES[1]);
                let shift = center.none_shift + f64::from(j) * step_shift;
                candidate.none_shift = shift.clamp(-MOST_SHIFT, MOST_SHIFT);
                let loss = loss(&candidate);
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
    use crate::linear::softmax;

    fn probabilities(calibration: Calibration, logits: &[f64; N_CLASSES]) -> [f64; N_CLASSES] {
        let mut p = calibration.apply(logits);
        softmax(&mut p);
        p
    }

    /// Rows that are right three times of four with a logit of 4: far too sure.
    fn too_sure() -> Vec<Row> {
        (0..400)
            .map(|i| ([-40.0, 4.0, 0.0, -40.0], if i % 4 == 0 { 2 } else { 1 }))
            .collect()
    }

    #[test]
    fn a_head_that_is_too_sure_is_cooled() {
        let rows = too_sure();
        let fitted = calibrate(&rows, Calibration::default());
        let p = probabilities(fitted, &rows[0].0);
        assert!((p[1] - 0.75).abs() < 0.02, "{fitted:?} {p:?}");
        assert_eq!((fitted.none_temperature, fitted.none_shift), (1.0, 0.0));
    }

    #[test]
    fn none_is_shifted_to_its_share_whatever_stances_need() {
        let mut rows: Vec<Row> = (0..300)
            .map(|i| ([0.0, 0.0, -40.0, -40.0], usize::from(i % 10 == 0)))
            .collect();
        let alone = calibrate(&rows, Calibration::default());
        let p = probabilities(alone, &rows[0].0);
        assert!((p[NONE] - 0.9).abs() < 0.02, "{p:?}");
        let before = calibrate(&too_sure(), Calibration::default()).temperature;
        rows = too_sure();
        rows.extend((0..4000).map(|_| ([9.0, 0.0, 0.0, 0.0], NONE)));
        let beside = calibrate(&rows, Calibration::default());
        assert_eq!(beside.temperature, before);
    }

    #[test]
    fn without_calibration_probabilities_are_the_softmax() {
        let logits = [0.3, -1.2, 2.0, 0.7];
        let mut plain = logits;
        softmax(&mut plain);
        let p = probabilities(Calibration::default(), &logits);
        for (p, plain) in p.iter().zip(plain) {
            assert!((p - plain).abs() < 1e-12, "{p}, not {plain}");
        }
    }

    #[test]
    fn too_few_rows_change_nothing() {
        let base = Calibration {
            temperature: 2.0,
            none_temperature: 1.5,
            none_shift: -0.5,
        };
        assert_eq!(calibrate(&[], base), base);
        let few: Vec<Row> = (0..29).map(|_| ([0.0, 5.0, 0.0, 0.0], 1)).collect();
        assert_eq!(calibrate(&few, base), base);
        // Rows that are all right do not make a head sure of everything.
        let right: Vec<Row> = (0..300).map(|_| ([0.0, 5.0, 0.0, 0.0], 1)).collect();
        let fitted = calibrate(&right, base);
        assert_eq!(fitted.temperature, TEMPERATURES[0]);
        assert_eq!((fitted.none_temperature, fitted.none_shift), (1.5, -0.5));
    }
}
