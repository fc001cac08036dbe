//! Stance on given pairs: sentences with targets, sentences with two entities, and rows.
//!
//! In go a model and labelled texts; out comes a [`Report`] for each corpus. What a reader would question: mentions are
//! given, and the model only says how the holder stands. How right and how sure it is, `measures` tells.

mod measures;

use super::metrics::Confusion;
use super::{Measure, Report, SEED};
use crate::corpus::{DirectedSentence, RowsText, TargetSentence};
use crate::encoder::Worker;
use crate::error::Result;
use crate::model::Model;
use crate::stance::{Head, Stance};
use crate::train::{Purpose, bare_features, directed_labels, encode_sentence, stance_rows};
use measures::{Scored, confidence, four_class, three_figures};
use std::collections::BTreeSet;

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
    const HEADS: [Head; 3] = [Head::Named, Head::Implicit, Head::Author];
    let mut by_head: Vec<Vec<Vec<Scored>>> = vec![Vec::new(); HEADS.len()];
    for text in texts {
        let (encoder, taggers) = (model.encoder(), &model.heads().taggers);
        let rows = stance_rows(text, encoder, taggers, workers, Purpose::Judge)?;
        for units in &mut by_head {
            units.push(Vec::new());
        }
        for (head, row) in rows {
            let Some(kind) = HEADS.iter().position(|h| *h == head) else {
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
    for (head, units) in HEADS.into_iter().zip(&by_head) {
        let name = head.name();
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
                head,
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
