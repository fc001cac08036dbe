//! Logits of labelled rows -> measures: how often the likeliest stance is right, and how well its confidence says so.
//!
//! In go the rows of each unit, a document or a sentence; out come [`Measure`]s. What a reader would question: the
//! calibration error is that of the head's own calibration refitted without the fold that is judged, by document or
//! sentence. Its interval is a little too high: resamples repeat cases, and so are calibrated worse.

use crate::evaluate::bootstrap::resamples;
use crate::evaluate::metrics::{Confusion, accuracy_of_surest, expected_calibration_error};
use crate::evaluate::{Measure, SEED};
use crate::model::Model;
use crate::stance::{Calibration, Head, N_CLASSES, calibrate};

/// Favour, neutral and against, counted from 0.
const CLASSES: [usize; 3] = [0, 1, 2];

/// Shares of the surest rows, in per cent, whose accuracy is told.
const COVERAGES: [usize; 3] = [50, 70, 90];

/// Folds over which calibration is refitted.
const FOLDS: usize = 5;

/// Raw logits of one row with its class.
pub(super) type Scored = ([f64; N_CLASSES], usize);

/// The likeliest of favour, neutral and against, counted from 0.
fn best_stance(logits: &[f64; N_CLASSES]) -> usize {
    let mut best = 0;
    for class in 1..3 {
        if logits[class + 1] > logits[best + 1] {
            best = class;
        }
    }
    best
}

/// Confusion over the three stances of the rows of a unit that have one.
fn confusion(rows: &[Scored]) -> Confusion {
    let mut confusion = Confusion::new(3);
    for (logits, class) in rows.iter().filter(|(_, class)| *class > 0) {
        confusion.add(class - 1, best_stance(logits));
    }
    confusion
}

/// Macro-F1, accuracy and average recall of the rows that have a stance.
pub(super) fn three_figures(prefix: &str, units: &[Vec<Scored>]) -> Vec<Measure> {
    let units: Vec<Confusion> = units
        .iter()
        .map(|rows| confusion(rows))
        .filter(|c| c.total() > 0)
        .collect();
    let figure = |name: &str, statistic: fn(&Confusion) -> f64| {
        Measure::of_sums(
            &format!("{prefix}{name}"),
            &units,
            Confusion::merge,
            statistic,
            SEED,
        )
    };
    vec![
        figure("macro-F1", |c| c.macro_f1(&CLASSES)),
        figure("accuracy", Confusion::accuracy),
        figure("average recall", |c| c.average_recall(&CLASSES)),
    ]
}

/// Confidence in the likeliest stance of every row, and whether it is right, each unit judged with a calibration
/// fitted on the other folds.
fn judged(units: &[Vec<Scored>]) -> Vec<Vec<(f64, bool)>> {
    let calibrations: Vec<_> = (0..FOLDS.min(units.len()))
        .map(|fold| {
            let others: Vec<Scored> = units
                .iter()
                .enumerate()
                .filter(|(j, _)| j % FOLDS != fold)
                .flat_map(|(_, rows)| rows.iter().copied())
                .collect();
            calibrate(&others, Calibration::default())
        })
        .collect();
    let units = units.iter().enumerate();
    units
        .map(|(i, unit)| judge(unit, calibrations[i % FOLDS]))
        .collect()
}

/// What a statistic says of all judged rows.
fn of_judged(
    name: &str,
    judged: &[Vec<(f64, bool)>],
    statistic: impl Fn(&[(f64, bool)]) -> f64,
) -> Measure {
    let of_units = |units: &[&Vec<(f64, bool)>]| {
        let all: Vec<(f64, bool)> = units.iter().flat_map(|unit| unit.iter().copied()).collect();
        statistic(&all)
    };
    let whole: Vec<&Vec<(f64, bool)>> = judged.iter().collect();
    let drawn = resamples(judged, of_units, SEED, 200);
    Measure::new(name, of_units(&whole), drawn, judged.len())
}

/// Expected calibration error of the three stances, and how right the surest rows are.
pub(super) fn confidence(prefix: &str, units: &[Vec<Scored>]) -> Vec<Measure> {
    let judged = judged(units);
    let name = format!("{prefix}calibration error");
    let mut measures = vec![of_judged(&name, &judged, expected_calibration_error)];
    for percent in COVERAGES {
        let name = format!("{prefix}accuracy of the surest {percent} %");
        measures.push(of_judged(&name, &judged, |all| {
            accuracy_of_surest(all, percent as f64 / 100.0)
        }));
    }
    measures
}

/// Confidence in the likeliest stance, given that there is one, and whether it is right.
fn judge(rows: &[Scored], calibration: Calibration) -> Vec<(f64, bool)> {
    let stances = rows.iter().filter(|(_, class)| *class > 0);
    stances
        .map(|(logits, class)| {
            let mut p = calibration.apply(logits);
            p[0] = f64::NEG_INFINITY;
            crate::linear::softmax(&mut p);
            let best = best_stance(logits);
            (p[best + 1], best + 1 == *class)
        })
        .collect()
}

/// Macro-F1 over the three stances and none, as the calibrated head of a kind of holder tells them.
pub(super) fn four_class(name: &str, model: &Model, head: Head, units: &[Vec<Scored>]) -> Measure {
    let units: Vec<Confusion> = units
        .iter()
        .map(|rows| {
            let mut confusion = Confusion::new(N_CLASSES);
            for (logits, class) in rows {
                let p = model.stance(head).calibration().apply(logits);
                let best = (1..N_CLASSES).fold(0, |best, c| if p[c] > p[best] { c } else { best });
                confusion.add(*class, best);
            }
            confusion
        })
        .collect();
    Measure::of_sums(
        name,
        &units,
        Confusion::merge,
        |c| c.macro_f1(&[0, 1, 2, 3]),
        SEED,
    )
}
