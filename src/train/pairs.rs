//! Whole training documents -> the head that tells which pairs a reader would list.
//!
//! In go texts with rows and a scorer that lists every pair; out comes a [`PairHead`]. A polar pair counts as listed when
//! readers gave it that polarity, a neutral one when they gave it at all; what they do not agree on is left out. What
//! a reader would question: the bound on the probability is chosen by the F1 of polar pairs on the very pairs the head
//! was fitted on, and below where that is best: instances of texts that the encoder has seen are surer than others.

use crate::encoder::Worker;
use crate::error::Result;
use crate::evaluate::documents::{LabelledDocument, predictions, titles};
use crate::evaluate::pairs::{Outcome, matched, outcomes};
use crate::linear::{FitParams, Linear};
use crate::pairs::{N_FACTS, PairHead, Pairs, is_given};
use crate::scorer::{Options, Scorer};
use ndarray::Array2;

/// Fewer pairs are too few for the head's weights.
const MIN_PAIRS: usize = 500;

/// By how much F1 at the bound may lie under the best; the curve is flat, and a lower bound lists more.
const SLACK: f64 = 0.01;

/// Penalty of the head.
const PENALTY: f64 = 1e-2;

/// A pair that was predicted in a training document.
struct Case {
    facts: [f32; N_FACTS],
    listed: bool,
    polar: bool,
}

/// Fits the head on the pairs of labelled documents; none if they have fewer than [`MIN_PAIRS`]. `told` hears how
/// many documents are done.
///
/// # Errors
///
/// Those of the encoder and of [`Linear::fit`].
pub(super) fn fit(
    scorer: &Scorer,
    documents: &[LabelledDocument],
    workers: &[Worker],
    told: &mut dyn FnMut(usize),
) -> Result<Option<(PairHead, usize)>> {
    let titles = titles();
    let (mut cases, mut n_wanted) = (Vec::new(), [0; 2]);
    for (done, labelled) in documents.iter().enumerate() {
        told(done);
        let analysis = scorer.analyze(&labelled.document, &Options::default(), workers)?;
        let (predicted, profiles, found) = predictions(&analysis);
        let pairs = Pairs::new(&analysis);
        let mut case = |number: usize, listed: bool| {
            cases.push(Case {
                facts: pairs.facts(&analysis.profiles[profiles[number]]),
                listed,
                polar: predicted[number].stance.is_polar(),
            });
        };
        for outcome in outcomes(&labelled.pairs, &predicted, &found, &titles) {
            match outcome {
                Outcome::Right(number) => case(number, true),
                Outcome::Wrong(number, _) => case(number, false),
                Outcome::Repeated(_) | Outcome::Ignored(_) | Outcome::Missed(..) => {}
            }
        }
        for (number, matched) in matched(&labelled.pairs, &predicted, &titles)
            .into_iter()
            .enumerate()
        {
            if !predicted[number].stance.is_polar() {
                case(number, matched);
            }
        }
        let wanted = labelled.pairs.iter();
        let given = !labelled.document.turns().is_empty();
        n_wanted[usize::from(given)] += wanted
            .filter(|pair| pair.strict && pair.stances.iter().any(|stance| stance.is_polar()))
            .count();
    }
    if cases.len() < MIN_PAIRS {
        return Ok(None);
    }
    let mut x = Array2::zeros((cases.len(), N_FACTS));
    for (mut row, case) in x.rows_mut().into_iter().zip(&cases) {
        row.iter_mut()
            .zip(&case.facts)
            .for_each(|(to, &fact)| *to = f64::from(fact));
    }
    let y: Vec<usize> = cases.iter().map(|case| usize::from(case.listed)).collect();
    let params = FitParams {
        penalty: PENALTY,
        ..FitParams::default()
    };
    let mut head = PairHead::new(Linear::fit("pairs", x, &y, 2, params)?, [0.0; 2])?;
    let bounds = [false, true].map(|given| best_bound(&head, &cases, given, n_wanted));
    // Where there are no speakers of one sort, the bound of the other sort is all that is known.
    let [other, given] = bounds;
    head.least = [other.or(given), given.or(other)].map(Option::unwrap_or_default);
    Ok(Some((head, cases.len())))
}

/// The lowest bound, in hundredths, with an F1 of polar pairs of given or of other speakers, among their share of
/// `n_wanted`, that is within [`SLACK`] of the best; none without such pairs.
fn best_bound(head: &PairHead, cases: &[Case], given: bool, n_wanted: [usize; 2]) -> Option<f64> {
    let n_wanted = n_wanted[usize::from(given)];
    let polar = cases
        .iter()
        .filter(|case| case.polar && is_given(&case.facts) == given);
    let judged: Vec<(f64, bool)> = polar
        .map(|case| (head.probability(&case.facts), case.listed))
        .collect();
    let f1 = |bound: f64| {
        let kept = judged.iter().filter(|(p, _)| *p >= bound);
        let (n, right) = kept.fold((0, 0), |(n, right), (_, listed)| {
            (n + 1, right + usize::from(*listed))
        });
        2.0 * right as f64 / (n + n_wanted).max(1) as f64
    };
    let curve: Vec<(f64, f64)> = (0..100)
        .map(|hundredth| f64::from(hundredth) / 100.0)
        .map(|bound| (bound, f1(bound)))
        .collect();
    let best = curve.iter().map(|&(_, f1)| f1).fold(0.0, f64::max);
    let mut good = curve.iter().filter(|&&(_, f1)| f1 >= best - SLACK);
    (!judged.is_empty()).then(|| good.next().map_or(0.0, |&(bound, _)| bound))
}
