//! Stance on given pairs: sentences with targets, sentences with two entities, and rows.
//!
//! Mentions are given, the model says how the holder stands. The calibration error is that of the
//! head's own calibration refitted without the fold that is judged, by document or sentence. Its interval is a little
//! too high: resamples repeat cases, and so are calibrated worse.

use super::bootstrap::resamples;
use super::metrics::{Confusion, accuracy_of_surest, expected_calibration_error};
use super::{Measure, Report, SEED};
use crate::corpus::{DirectedSentence, RowsText, TargetSentence};
use crate::encoder::Worker;
use crate::error::Result;
use crate::model::Model;
use crate::stance::{Calibration, Head, N_CLASSES, Stance, calibrate};
use crate::train::{Purpose, bare_features, directed_labels, encode_sentence, stance_rows};
use std::collections::BTreeSet;

const CLASSES: [usize; 3] = [0, 1, 2];

/// Shares of the surest rows, in per cent, whose accuracy is told.
const COVERAGES: [usize; 3] = [50, 70, 90];

/// Folds over which calibration is refitted.
const FOLDS: usize = 5;

/// Raw logits of one row with its class.
type Scored = ([f64; N_CLASSES], usize);

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

fn three_figures(prefix: &str, units: &[Vec<Scored>]) -> Vec<Measure> {
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
fn confidence(prefix: &str, units: &[Vec<Scored>]) -> Vec<Measure> {
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

/// Sentences with targets (NewsMTSC): macro-F1, accuracy, average recall, calibration error.
///
/// # Errors
///
/// Those of the encoder.
pub fn targets(
    corpus: &str,
    model: &Model,
    sentences: &[TargetSentence],
    workers: &[Worker],
) -> Result<Report> {
    let head = model.stance(Head::Sentence);
    let mut units = Vec::with_capacity(sentences.len());
    let mut skipped = 0;
    for sentence in sentences {
        let words = encode_sentence(model.encoder(), &sentence.text, workers)?;
        let mut rows = Vec::new();
        for &(span, label) in &sentence.targets {
            match bare_features(&words, span, None) {
                Some(features) => rows.push((head.logits(&features.row(&words)), label.class())),
                None => skipped += 1,
            }
        }
        units.push(rows);
    }
    let mut measures = three_figures("", &units);
    measures.extend(confidence("", &units));
    Ok(Report {
        corpus: corpus.to_owned(),
        measures,
        counts: vec![
            (
                "targets".to_owned(),
                units.iter().map(|rows| rows.len() as u64).sum(),
            ),
            ("targets without a word".to_owned(), skipped),
        ],
    })
}

/// Sentences with two entities (DSE): micro- and macro-F1 over the five classes. `seen` holds texts
/// that also stand in training data; figures without them are given too.
///
/// # Errors
///
/// Those of the encoder.
pub fn directed(
    corpus: &str,
    model: &Model,
    sentences: &[DirectedSentence],
    seen: &BTreeSet<String>,
    workers: &[Worker],
) -> Result<Report> {
    let head = model.stance(Head::Directed);
    let mut all = Vec::new();
    let mut unseen = Vec::new();
    for sentence in sentences {
        let words = encode_sentence(model.encoder(), &sentence.text, workers)?;
        let mut confusion = Confusion::new(5);
        let p_to_q = bare_features(&words, sentence.q, Some(sentence.p));
        let q_to_p = bare_features(&words, sentence.p, Some(sentence.q));
        let class = match (p_to_q, q_to_p) {
            (Some(p_to_q), Some(q_to_p)) => {
                let (pq, qp) = (head.score(&words, &p_to_q), head.score(&words, &q_to_p));
                best_class(|class| {
                    let (a, b) = directed_labels(class);
                    pq.of(a) * qp.of(b)
                })
            }
            (Some(_) | None, _) => 0,
        };
        confusion.add(sentence.class, class);
        if !seen.contains(&sentence.text) {
            unseen.push(confusion.clone());
        }
        all.push(confusion);
    }
    let mut measures = Vec::new();
    for (name, units) in [("", &all), ("unseen sentences, ", &unseen)] {
        if units.is_empty() || (!name.is_empty() && unseen.len() == all.len()) {
            continue;
        }
        let figure = |figure: &str, statistic: fn(&Confusion) -> f64| {
            Measure::of_sums(
                &format!("{name}{figure}"),
                units,
                Confusion::merge,
                statistic,
                SEED,
            )
        };
        measures.push(figure("micro-F1", |c| c.micro_f1(&[0, 1, 2, 3, 4])));
        measures.push(figure("macro-F1", |c| c.macro_f1(&[0, 1, 2, 3, 4])));
    }
    Ok(Report {
        corpus: corpus.to_owned(),
        measures,
        counts: vec![
            ("sentences".to_owned(), all.len() as u64),
            ("unseen sentences".to_owned(), unseen.len() as u64),
        ],
    })
}

fn best_class(score: impl Fn(usize) -> f64) -> usize {
    (0..5)
        .fold((0, f64::NEG_INFINITY), |best, class| {
            let value = score(class);
            if value > best.1 { (class, value) } else { best }
        })
        .0
}

/// Rows with holder and target given: macro-F1 by kind of holder and over all but the narrator, and
/// the calibration error over all.
///
/// # Errors
///
/// Those of the encoder.
pub fn rows(corpus: &str, model: &Model, texts: &[RowsText], workers: &[Worker]) -> Result<Report> {
    let mut by_head: Vec<Vec<Vec<Scored>>> = vec![Vec::new(); 3];
    for text in texts {
        let (encoder, taggers) = (model.encoder(), &model.heads().taggers);
        let rows = stance_rows(text, encoder, taggers, workers, Purpose::Judge)?;
        for units in &mut by_head {
            units.push(Vec::new());
        }
        for (head, row) in rows {
            let Some(kind) = [Head::Named, Head::Implicit, Head::Author]
                .iter()
                .position(|h| *h == head)
            else {
                continue;
            };
            let logits = model.stance(head).logits(&row.features);
            if let Some(unit) = by_head[kind].last_mut() {
                unit.push((logits, row.class));
            }
        }
    }
    let mut measures = Vec::new();
    let mut counts = Vec::new();
    for (name, units) in ["named", "implicit", "author"].iter().zip(&by_head) {
        let n = |class: Option<Stance>| {
            let rows = units.iter().flatten();
            rows.filter(|(_, c)| class.map_or(*c > 0, |stance| *c == stance.class()))
                .count() as u64
        };
        counts.push((format!("{name} rows"), n(None)));
        if n(None) == 0 {
            continue;
        }
        measures.extend(three_figures(&format!("{name} "), units));
        // Whether a pair of holder and target of one sentence is a stance at all.
        if units.iter().flatten().any(|(_, class)| *class == 0) {
            measures.push(four_class(
                &format!("{name} four-class macro-F1"),
                model,
                name,
                units,
            ));
        }
    }
    let spoken: Vec<Vec<Scored>> = by_head[0]
        .iter()
        .zip(&by_head[1])
        .map(|(a, b)| [a.as_slice(), b].concat())
        .collect();
    if spoken.iter().flatten().any(|(_, class)| *class > 0) {
        measures.extend(three_figures("named and implicit ", &spoken));
    }
    for (name, units) in ["named", "implicit"].iter().zip(&by_head) {
        if units
            .iter()
            .flatten()
            .filter(|(_, class)| *class > 0)
            .count()
            >= 30
        {
            measures.extend(confidence(&format!("{name} "), units));
        }
    }
    Ok(Report {
        corpus: corpus.to_owned(),
        measures,
        counts,
    })
}

fn four_class(name: &str, model: &Model, kind: &str, units: &[Vec<Scored>]) -> Measure {
    let head = Head::ALL
        .into_iter()
        .find(|head| head.name() == kind)
        .unwrap_or(Head::Named);
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
