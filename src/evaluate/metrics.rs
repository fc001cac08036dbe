//! Counts in, figures out: a confusion matrix, true and false positives, spans, calibration.
//!
//! Everything here is a sum of whole numbers until the last moment, so the counts of two documents
//! can be merged exactly and the bootstrap can resample them. A quotient without a denominator is 0,
//! never NaN; a class that is neither true nor predicted anywhere is left out of a mean of classes.
//! Both are what scikit-learn does with `zero_division=0` and its default list of labels.

use std::collections::BTreeSet;

use serde::Serialize;

/// Number of equal-width confidence bins of [`expected_calibration_error`].
pub const N_CALIBRATION_BINS: usize = 15;

/// How often each class was taken for each other: rows are the truth, columns the prediction.
///
/// Invariant: `cells` holds `n_classes * n_classes` counts, row by row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confusion {
    n_classes: usize,
    cells: Vec<u64>,
}

impl Confusion {
    /// An empty matrix over the classes `0..n_classes`.
    pub fn new(n_classes: usize) -> Self {
        Self {
            n_classes,
            cells: vec![0; n_classes * n_classes],
        }
    }

    /// Number of classes, predicted ones that are never true included.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Counts one case.
    ///
    /// # Panics
    /// If a class is not in `0..n_classes`.
    pub fn add(&mut self, truth: usize, predicted: usize) {
        assert!(
            truth < self.n_classes && predicted < self.n_classes,
            "classes ({truth}, {predicted}) must be below {}",
            self.n_classes
        );
        self.cells[truth * self.n_classes + predicted] += 1;
    }

    /// Adds the counts of `other`.
    ///
    /// # Panics
    /// If the two matrices have different numbers of classes.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(
            self.n_classes, other.n_classes,
            "matrices of different classes cannot be merged"
        );
        for (cell, more) in self.cells.iter_mut().zip(&other.cells) {
            *cell += more;
        }
    }

    /// How often `truth` was taken for `predicted`.
    ///
    /// # Panics
    /// If a class is not in `0..n_classes`.
    pub fn cell(&self, truth: usize, predicted: usize) -> u64 {
        assert!(
            truth < self.n_classes && predicted < self.n_classes,
            "class out of range"
        );
        self.cells[truth * self.n_classes + predicted]
    }

    /// Number of cases counted.
    pub fn total(&self) -> u64 {
        self.cells.iter().sum()
    }

    /// Share of cases on the diagonal, 0..=1; 0 without cases.
    pub fn accuracy(&self) -> f64 {
        let right = (0..self.n_classes)
            .map(|class| self.cell(class, class))
            .sum();
        quotient(right, self.total())
    }

    /// The matrix seen from one class: this class against all others.
    ///
    /// # Panics
    /// If `class` is not in `0..n_classes`.
    pub fn counts(&self, class: usize) -> Counts {
        let tp = self.cell(class, class);
        let truths: u64 = (0..self.n_classes)
            .map(|predicted| self.cell(class, predicted))
            .sum();
        let predictions: u64 = (0..self.n_classes)
            .map(|truth| self.cell(truth, class))
            .sum();
        Counts {
            tp,
            fp: predictions - tp,
            fn_: truths - tp,
        }
    }

    /// Mean F1 of `classes`, 0..=1.
    ///
    /// Classes that are neither true nor predicted in any case are left out of the mean; a class that
    /// is predicted but never true (or the reverse) counts with F1 = 0. 0 if no class is left. Cases of
    /// classes outside the list still count as errors of those inside.
    ///
    /// # Panics
    /// If a class is not in `0..n_classes`.
    pub fn macro_f1(&self, classes: &[usize]) -> f64 {
        let counts = classes.iter().map(|&class| self.counts(class));
        mean(counts.filter(|c| c.tp + c.fp + c.fn_ > 0).map(|c| c.f1()))
    }

    /// Mean recall of those `classes` that are true in some case, 0..=1 (balanced accuracy); 0 if none is.
    ///
    /// # Panics
    /// If a class is not in `0..n_classes`.
    pub fn average_recall(&self, classes: &[usize]) -> f64 {
        let counts = classes.iter().map(|&class| self.counts(class));
        mean(counts.filter(|c| c.tp + c.fn_ > 0).map(|c| c.recall()))
    }

    /// F1 of the summed counts of `classes`, 0..=1. Over all classes it equals the accuracy.
    ///
    /// # Panics
    /// If a class is not in `0..n_classes`.
    pub fn micro_f1(&self, classes: &[usize]) -> f64 {
        let mut sum = Counts::default();
        for &class in classes {
            sum.merge(&self.counts(class));
        }
        sum.f1()
    }
}

/// True positives, false positives and false negatives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Predicted and true.
    pub tp: u64,
    /// Predicted, not true.
    pub fp: u64,
    /// True, not predicted.
    #[serde(rename = "fn")]
    pub fn_: u64,
}

impl Counts {
    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.tp += other.tp;
        self.fp += other.fp;
        self.fn_ += other.fn_;
    }

    /// Share of the predictions that are true, 0..=1; 0 without predictions.
    pub fn precision(&self) -> f64 {
        quotient(self.tp, self.tp + self.fp)
    }

    /// Share of the truths that are predicted, 0..=1; 0 without truths.
    pub fn recall(&self) -> f64 {
        quotient(self.tp, self.tp + self.fn_)
    }

    /// Harmonic mean of precision and recall, 0..=1; 0 if there is nothing true and nothing predicted.
    pub fn f1(&self) -> f64 {
        quotient(2 * self.tp, 2 * self.tp + self.fp + self.fn_)
    }
}

/// Counts of spans that agree in both ends. Spans are half-open token ranges, each list sorted.
///
/// A span that stands twice in one list needs two partners in the other.
pub fn exact_span_counts(truth: &[(usize, usize)], predicted: &[(usize, usize)]) -> Counts {
    debug_assert!(
        truth.is_sorted() && predicted.is_sorted(),
        "spans must be sorted"
    );
    let (mut t, mut p, mut tp) = (0, 0, 0);
    while let (Some(a), Some(b)) = (truth.get(t), predicted.get(p)) {
        tp += usize::from(a == b);
        t += usize::from(a <= b);
        p += usize::from(b <= a);
    }
    counts_of(tp, truth.len(), predicted.len())
}

/// Counts of tokens: those inside some true span against those inside some predicted span.
///
/// A token covered by two spans of one list counts once, and empty spans cover nothing.
pub fn token_overlap_counts(truth: &[(usize, usize)], predicted: &[(usize, usize)]) -> Counts {
    let covered = |spans: &[(usize, usize)]| -> BTreeSet<usize> {
        spans.iter().flat_map(|&(start, end)| start..end).collect()
    };
    let (truth, predicted) = (covered(truth), covered(predicted));
    counts_of(
        truth.intersection(&predicted).count(),
        truth.len(),
        predicted.len(),
    )
}

/// Accuracy of the surest cases: of that share of them, rounded up, in order of their confidence; 0 without cases.
///
/// A case is the probability of the predicted class and whether that class was right. Of cases equally sure, the first
/// ones count.
pub fn accuracy_of_surest(cases: &[(f64, bool)], share: f64) -> f64 {
    let mut sorted = cases.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    sorted.truncate((share.clamp(0.0, 1.0) * cases.len() as f64).ceil() as usize);
    let right = sorted.iter().filter(|(_, right)| *right).count();
    quotient(right as u64, sorted.len() as u64)
}

/// Mean distance between confidence and accuracy, 0..=1, over [`N_CALIBRATION_BINS`] bins of equal width,
/// each weighted by its number of cases; 0 without cases.
///
/// A case is the probability of the predicted class and whether that class was right. A bin holds its
/// upper edge and not its lower one, but the first also holds 0. Confidences outside 0..=1 are clamped;
/// one that is NaN makes the result NaN, so that it is seen.
pub fn expected_calibration_error(cases: &[(f64, bool)]) -> f64 {
    // Per bin, the sum of (correct - confidence): its size is the bin's gap times its number of cases.
    let mut gaps = [0.0; N_CALIBRATION_BINS];
    for &(confidence, correct) in cases {
        let confidence = confidence.clamp(0.0, 1.0);
        let bin = ((confidence * N_CALIBRATION_BINS as f64).ceil() as usize).saturating_sub(1);
        gaps[bin] += f64::from(u8::from(correct)) - confidence;
    }
    if cases.is_empty() {
        0.0
    } else {
        gaps.iter().map(|gap| gap.abs()).sum::<f64>() / cases.len() as f64
    }
}

fn counts_of(tp: usize, n_true: usize, n_predicted: usize) -> Counts {
    Counts {
        tp: tp as u64,
        fp: (n_predicted - tp) as u64,
        fn_: (n_true - tp) as u64,
    }
}

fn quotient(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0_u64), |(sum, n), value| (sum + value, n + 1));
    if n == 0 { 0.0 } else { sum / n as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!(
            (actual - expected).abs() < 1e-12,
            "{actual} is not {expected}"
        );
    }

    fn matrix(rows: &[&[u64]]) -> Confusion {
        let mut confusion = Confusion::new(rows.len());
        for (truth, row) in rows.iter().enumerate() {
            for (predicted, &n) in row.iter().enumerate() {
                (0..n).for_each(|_| confusion.add(truth, predicted));
            }
        }
        confusion
    }

    #[test]
    fn precision_runs_down_a_column_and_recall_along_a_row() {
        // Truth 1,1,0,1,0,1 and prediction 0,1,0,1,0,1: class 1 is never wrongly predicted, once missed.
        let counts = matrix(&[&[2, 0], &[1, 3]]).counts(1);
        assert_eq!(
            counts,
            Counts {
                tp: 3,
                fp: 0,
                fn_: 1
            }
        );
        close(counts.precision(), 1.0);
        close(counts.recall(), 0.75);
        close(counts.f1(), 6.0 / 7.0);
    }

    #[test]
    fn three_classes_by_hand() {
        // F1: class 0 2*5/(8+7), class 1 2*2/(4+5), class 2 2*6/(8+8); recalls 5/7, 2/5, 6/8.
        let confusion = matrix(&[&[5, 1, 1], &[2, 2, 1], &[1, 1, 6]]);
        close(confusion.accuracy(), 13.0 / 20.0);
        close(
            confusion.macro_f1(&[0, 1, 2]),
            (10.0 / 15.0 + 4.0 / 9.0 + 12.0 / 16.0) / 3.0,
        );
        close(
            confusion.macro_f1(&[0, 2]),
            (10.0 / 15.0 + 12.0 / 16.0) / 2.0,
        );
        close(
            confusion.average_recall(&[0, 1, 2]),
            (5.0 / 7.0 + 2.0 / 5.0 + 6.0 / 8.0) / 3.0,
        );
        close(confusion.micro_f1(&[0, 1, 2]), confusion.accuracy());
        close(confusion.micro_f1(&[0, 2]), 22.0 / 31.0);
    }

    #[test]
    fn absent_classes() {
        // Class 2 is neither true nor predicted: left out. Class 1 is predicted but never true: F1 0.
        let confusion = matrix(&[&[3, 1, 0], &[0, 0, 0], &[0, 0, 0]]);
        close(confusion.macro_f1(&[0, 1, 2]), (6.0 / 7.0 + 0.0) / 2.0);
        close(confusion.average_recall(&[0, 1, 2]), 0.75);
        let empty = Confusion::new(3);
        for figure in [
            empty.accuracy(),
            empty.macro_f1(&[0, 1]),
            empty.average_recall(&[0]),
            empty.micro_f1(&[1]),
        ] {
            close(figure, 0.0);
        }
        close(
            Counts::default().precision() + Counts::default().recall() + Counts::default().f1(),
            0.0,
        );
    }

    #[test]
    fn merging_adds_cell_by_cell() {
        let mut left = matrix(&[&[1, 2], &[0, 4]]);
        left.merge(&matrix(&[&[0, 1], &[5, 0]]));
        assert_eq!(left, matrix(&[&[1, 3], &[5, 4]]));
    }

    #[test]
    fn spans_and_tokens() {
        type Spans<'a> = &'a [(usize, usize)];
        let cases: [(Spans, Spans, Counts, Counts); 4] = [
            (&[], &[], Counts::default(), Counts::default()),
            (
                &[(0, 2), (4, 7)],
                &[(0, 2), (5, 7)],
                Counts {
                    tp: 1,
                    fp: 1,
                    fn_: 1,
                },
                Counts {
                    tp: 4,
                    fp: 0,
                    fn_: 1,
                },
            ),
            (
                &[(1, 3)],
                &[(0, 2), (1, 3), (8, 9)],
                Counts {
                    tp: 1,
                    fp: 2,
                    fn_: 0,
                },
                Counts {
                    tp: 2,
                    fp: 2,
                    fn_: 0,
                },
            ),
            (
                &[(1, 3)],
                &[(1, 3), (1, 3)],
                Counts {
                    tp: 1,
                    fp: 1,
                    fn_: 0,
                },
                Counts {
                    tp: 2,
                    fp: 0,
                    fn_: 0,
                },
            ),
        ];
        for (truth, predicted, exact, tokens) in cases {
            assert_eq!(
                exact_span_counts(truth, predicted),
                exact,
                "{truth:?} {predicted:?}"
            );
            assert_eq!(
                token_overlap_counts(truth, predicted),
                tokens,
                "{truth:?} {predicted:?}"
            );
        }
    }

    #[test]
    fn the_surest_by_hand() {
        let cases = [
            (0.9, true),
            (0.5, false),
            (0.8, false),
            (0.7, true),
            (0.6, true),
        ];
        close(accuracy_of_surest(&cases, 0.2), 1.0);
        close(accuracy_of_surest(&cases, 0.4), 0.5);
        close(accuracy_of_surest(&cases, 0.5), 2.0 / 3.0);
        close(accuracy_of_surest(&cases, 1.0), 0.6);
        close(accuracy_of_surest(&[], 0.5), 0.0);
    }

    #[test]
    fn calibration_by_hand() {
        close(expected_calibration_error(&[]), 0.0);
        close(
            expected_calibration_error(&[(1.0, true), (0.0, false)]),
            0.0,
        );
        // 0.95 and 0.97 share the last bin: |1 - 1.92| / 4; 0.5 and 0.9 are alone: 0.5 / 4 and 0.1 / 4.
        let cases = [(0.95, true), (0.97, false), (0.5, true), (0.9, true)];
        close(expected_calibration_error(&cases), (0.92 + 0.5 + 0.1) / 4.0);
        // An upper edge belongs below: 0.2 is the top of the third bin and cancels against 0.15 there.
        close(
            expected_calibration_error(&[(0.2, false), (0.15, true)]),
            0.65 / 2.0,
        );
        assert!(expected_calibration_error(&[(f64::NAN, true)]).is_nan());
    }
}
