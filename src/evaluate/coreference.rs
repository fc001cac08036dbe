//! How well mentions are joined to actors: MUC, B3 and CEAFe, and their mean, the CoNLL F1.
//!
//! In go, for every mention of a document, the actor it means by label and by prediction; out come additive
//! sums, from which precision, recall and F1 are taken over many documents. The definitions are those of Pradhan
//! et al., "Scoring Coreference Partitions of Predicted Mentions" (ACL 2014). What a reader would question: mentions are
//! given, so both sides cover the same ones; a mention that means nobody stands alone in its cluster.

use std::collections::BTreeMap;

/// Numerators and denominators of precision and recall of one figure. Additive.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    found: f64,
    predicted: f64,
    right: f64,
    labelled: f64,
}

impl Sums {
    /// Adds those of another document.
    pub fn merge(&mut self, other: &Self) {
        self.found += other.found;
        self.predicted += other.predicted;
        self.right += other.right;
        self.labelled += other.labelled;
    }

    /// F1, 0 to 1; 0 when nothing is found.
    #[must_use]
    pub fn f1(&self) -> f64 {
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let (p, r) = (
            share(self.found, self.predicted),
            share(self.right, self.labelled),
        );
        share(2.0 * p * r, p + r)
    }
}

/// The three figures of a document, or the sums of many.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Coreference {
    /// Links between mentions (Vilain et al. 1995).
    pub muc: Sums,
    /// Mentions, by the cluster they are in (Bagga and Baldwin 1998).
    pub b3: Sums,
    /// Clusters, each with at most one of the other side (Luo 2005, similarity phi 4).
    pub ceafe: Sums,
}

impl Coreference {
    /// Compares two partitions of the same mentions: the number of the cluster of each.
    ///
    /// The lists must be of one length; what is longer is left out.
    #[must_use]
    pub fn of(labelled: &[usize], predicted: &[usize]) -> Self {
        let mut cells: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut sizes = [BTreeMap::new(), BTreeMap::new()];
        for (&label, &guess) in labelled.iter().zip(predicted) {
            *cells.entry((label, guess)).or_default() += 1;
            *sizes[0].entry(label).or_insert(0usize) += 1;
            *sizes[1].entry(guess).or_insert(0usize) += 1;
        }
        let n = labelled.len().min(predicted.len()) as f64;
        // Links that hold a cluster together, less those that run across clusters of the other side.
        let pieces = |side: usize| {
            let mut pieces: BTreeMap<usize, usize> = BTreeMap::new();
            for &(label, guess) in cells.keys() {
                *pieces.entry([label, guess][side]).or_default() += 1;
            }
            let of_cluster = |(cluster, size): (&usize, &usize)| {
                let pieces = pieces.get(cluster).copied().unwrap_or(1);
                ((size - pieces) as f64, (size - 1) as f64)
            };
            let sum = |a: (f64, f64), b: (f64, f64)| (a.0 + b.0, a.1 + b.1);
            sizes[side].iter().map(of_cluster).fold((0.0, 0.0), sum)
        };
        let ((right, labelled_links), (found, predicted_links)) = (pieces(0), pieces(1));
        let muc = Sums {
            found,
            predicted: predicted_links,
            right,
            labelled: labelled_links,
        };
        let shared = |side: usize| {
            let each = cells.iter().map(|(&(label, guess), &count)| {
                let size = sizes[side].get(&[label, guess][side]).copied();
                (count * count) as f64 / size.unwrap_or(1) as f64
            });
            each.sum::<f64>()
        };
        let b3 = Sums {
            found: shared(1),
            predicted: n,
            right: shared(0),
            labelled: n,
        };
        let rows: Vec<usize> = sizes[0].keys().copied().collect();
        let columns: Vec<usize> = sizes[1].keys().copied().collect();
        let likeness = |row: usize, column: usize| {
            let (label, guess) = (rows[row], columns[column]);
            let both = cells.get(&(label, guess)).copied().unwrap_or(0);
            2.0 * both as f64 / (sizes[0][&label] + sizes[1][&guess]) as f64
        };
        let best = best_assignment(rows.len(), columns.len(), &likeness);
        let ceafe = Sums {
            found: best,
            predicted: columns.len() as f64,
            right: best,
            labelled: rows.len() as f64,
        };
        Self { muc, b3, ceafe }
    }

    /// Adds the sums of another document.
    pub fn merge(&mut self, other: &Self) {
        self.muc.merge(&other.muc);
        self.b3.merge(&other.b3);
        self.ceafe.merge(&other.ceafe);
    }

    /// Mean F1 of the three.
    #[must_use]
    pub fn conll(&self) -> f64 {
        (self.muc.f1() + self.b3.f1() + self.ceafe.f1()) / 3.0
    }
}

/// The largest sum of `likeness` over pairs of a row and a column, none of them twice: the Hungarian method
/// with potentials, in the cube of the larger side.
fn best_assignment(n_rows: usize, n_columns: usize, likeness: &dyn Fn(usize, usize) -> f64) -> f64 {
    if n_rows > n_columns {
        return best_assignment(n_columns, n_rows, &|row, column| likeness(column, row));
    }
    // Row and column 0 stand for "none"; costs are negative likenesses.
    let (mut of_row, mut of_column) = (vec![0.0; n_rows + 1], vec![0.0; n_columns + 1]);
    let (mut taken_by, mut way) = (vec![0; n_columns + 1], vec![0; n_columns + 1]);
    for row in 1..=n_rows {
        taken_by[0] = row;
        let mut column = 0;
        let mut least = vec![f64::INFINITY; n_columns + 1];
        let mut seen = vec![false; n_columns + 1];
        while taken_by[column] != 0 {
            seen[column] = true;
            let (current, mut next, mut step) = (taken_by[column], 0, f64::INFINITY);
            for other in (1..=n_columns).filter(|&other| !seen[other]) {
                let cost = -likeness(current - 1, other - 1) - of_row[current] - of_column[other];
                if cost < least[other] {
                    (least[other], way[other]) = (cost, column);
                }
                if least[other] < step {
                    (step, next) = (least[other], other);
                }
            }
            for other in 0..=n_columns {
                if seen[other] {
                    of_row[taken_by[other]] += step;
                    of_column[other] -= step;
                } else {
                    least[other] -= step;
                }
            }
            column = next;
        }
        while column != 0 {
            taken_by[column] = taken_by[way[column]];
            column = way[column];
        }
    }
    let pairs = (1..=n_columns).filter(|&column| taken_by[column] != 0);
    pairs
        .map(|column| likeness(taken_by[column] - 1, column - 1))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn figures_by_hand() {
        // Mentions 1 to 7; labels {1,2,3} {4,5,6,7}, predicted {1,2} {3,4,5} {6,7}.
        let scores = Coreference::of(&[0, 0, 0, 1, 1, 1, 1], &[0, 0, 1, 1, 1, 2, 2]);
        // MUC: recall (3 - 2 + 4 - 2) / (2 + 3), precision (1 + 1 + 1) / (1 + 2 + 1).
        assert!((scores.muc.f1() - 2.0 * 0.6 * 0.75 / 1.35).abs() < 1e-12);
        // B3: recall (4/3 + 1/3 + 4/4 + 4/4) / 7, precision (2 + 1/3 + 4/3 + 2) / 7.
        let (r, p) = ((5.0 / 3.0 + 2.0) / 7.0, (2.0 + 5.0 / 3.0 + 2.0) / 7.0);
        assert!((scores.b3.f1() - 2.0 * p * r / (p + r)).abs() < 1e-12);
        // CEAFe: {1,2,3} with {1,2}, 4/5; {4..7} with {6,7}, 4/6: better than with {3,4,5}, 4/7.
        let best = 0.8 + 4.0 / 6.0;
        let (r, p) = (best / 2.0, best / 3.0);
        assert!((scores.ceafe.f1() - 2.0 * p * r / (p + r)).abs() < 1e-12);
    }

    #[test]
    fn assignments_are_the_best() {
        let table = [[0.6, 0.5, 0.2], [0.9, 0.8, 0.0], [0.7, 0.1, 0.2]];
        assert!((best_assignment(3, 3, &|r, c| table[r][c]) - 1.7).abs() < 1e-12);
        assert!((best_assignment(2, 3, &|r, c| table[r][c]) - 1.4).abs() < 1e-12);
        assert!((best_assignment(3, 2, &|r, c| table[r][c]) - 1.5).abs() < 1e-12);
        assert_eq!(best_assignment(0, 3, &|_, _| 1.0), 0.0);
    }

    proptest! {
        #[test]
        fn what_is_equal_is_perfect_and_sides_can_be_swapped(
            pairs in proptest::collection::vec((0usize..5, 0usize..5), 2..30)
        ) {
            let (a, b): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
            let same = Coreference::of(&a, &a);
            prop_assert!((same.b3.f1() - 1.0).abs() < 1e-12);
            prop_assert!((same.ceafe.f1() - 1.0).abs() < 1e-12);
            let (one, other) = (Coreference::of(&a, &b), Coreference::of(&b, &a));
            prop_assert!((one.conll() - other.conll()).abs() < 1e-9);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&one.conll()));
        }
    }
}
