//! Whole documents: speaker -> actor pairs against the pairs that readers found.
//!
//! In go documents with labelled pairs; out come speaker and pair figures by the strict / optional
//! rule (see [`pairs`](super::pairs)), and the ladder of losses: at which step a labelled pair was
//! lost, and what is wrong with a pair that nobody labelled.

use super::mistakes::{Mistake, mistakes};
use super::pairs::{
    Found, GoldPair, PairScores, PairStance, PredictedPair, Row, Titles, outcomes, pairs_from_rows,
};
use super::{Measure, Report, SEED};
use crate::actors::Gazetteer;
use crate::analysis::Analysis;
use crate::corpus::{AUTHOR, RowsText};
use crate::document::Document;
use crate::encoder::Worker;
use crate::error::Result;
use crate::profile::Verdict;
use crate::scorer::{Options, Scorer};
use crate::stance::Stance;

/// A document with its labelled pairs.
#[derive(Debug)]
pub struct LabelledDocument {
    /// The document, with speakers where they are given.
    pub document: Document,
    /// What readers found in it.
    pub pairs: Vec<GoldPair>,
}

impl LabelledDocument {
    /// A text with labelled rows as a whole document: its rows become pairs by the rule of
    /// [`pairs_from_rows`].
    ///
    /// # Errors
    ///
    /// Those of [`RowsText::document`].
    pub fn from_rows(text: &RowsText) -> Result<Self> {
        let rows: Vec<Row> = text
            .rows
            .iter()
            .map(|row| Row {
                holder: row.holder.clone().unwrap_or_else(|| AUTHOR.to_owned()),
                actor: row.actor.clone(),
                label: match row.label {
                    Stance::Favour => PairStance::Favour,
                    Stance::Neutral => PairStance::Neutral,
                    Stance::Against => PairStance::Against,
                },
                confidence: row.confidence,
            })
            .collect();
        Ok(Self {
            document: text.document()?.0,
            pairs: pairs_from_rows(&rows, &text.speakers, &text.actors, &titles()),
        })
    }
}

/// Figures over whole documents, analysed with `options`; every pair that is lost or wrong is told to `mistaken`.
///
/// # Errors
///
/// Those of [`Scorer::analyze`].
pub fn documents(
    corpus: &str,
    scorer: &Scorer,
    documents: &[LabelledDocument],
    options: &Options<'_>,
    workers: &[Worker],
    mistaken: &mut dyn FnMut(Mistake),
) -> Result<Report> {
    let titles = titles();
    let mut units = Vec::with_capacity(documents.len());
    for labelled in documents {
        let analysis = scorer.analyze(&labelled.document, options, workers)?;
        let (predicted, profiles, found) = predictions(&analysis);
        let became = outcomes(&labelled.pairs, &predicted, &found, &titles);
        mistakes(corpus, labelled, &analysis, &predicted, &profiles, &became)
            .into_iter()
            .for_each(&mut *mistaken);
        units.push(PairScores::of_document(
            &labelled.pairs,
            &predicted,
            &found,
            &titles,
        ));
    }
    let figure = |name: &str, statistic: fn(&PairScores) -> f64| {
        Measure::of_sums(name, &units, PairScores::merge, statistic, SEED)
    };
    let measures = vec![
        figure("speaker P", |s| s.speakers.precision()),
        figure("speaker R", |s| s.speakers.recall()),
        figure("polar pairs P", |s| s.polar.counts().precision()),
        figure("polar pairs R", |s| s.polar.counts().recall()),
        figure("polar pairs F1", |s| s.polar.counts().f1()),
        figure("polar pairs P, either polarity", |s| {
            s.unsigned.counts().precision()
        }),
        figure("polar pairs R, either polarity", |s| {
            s.unsigned.counts().recall()
        }),
        figure("polar pairs F1, either polarity", |s| {
            s.unsigned.counts().f1()
        }),
        figure(
            "stance macro-F1 on pairs found",
            PairScores::stance_macro_f1,
        ),
    ];
    let mut total = PairScores::new();
    units.iter().for_each(|unit| total.merge(unit));
    let (misses, alarms) = (&total.polar.misses, &total.polar.false_alarms);
    let counts = [
        ("right", total.polar.tp),
        ("lost: speaker missed", misses.speaker_missed),
        ("lost: actor missed", misses.actor_missed),
        ("lost: not joined", misses.not_joined),
        ("lost: stance wrong", misses.stance_wrong),
        ("wrong: speaker unlisted", alarms.speaker_unlisted),
        ("wrong: actor unlisted", alarms.actor_unlisted),
        ("wrong: pair unlisted", alarms.pair_unlisted),
        ("wrong: stance wrong", alarms.stance_wrong),
        ("ignored: optional", total.polar.ignored),
        ("ignored: repeated", total.polar.repeated),
    ];
    Ok(Report {
        corpus: corpus.to_owned(),
        measures,
        counts: counts
            .iter()
            .map(|&(name, n)| (name.to_owned(), n))
            .collect(),
    })
}

/// The titles that name matching leaves aside.
#[must_use]
pub fn titles() -> Titles {
    Titles::new(
        &Gazetteer::built_in()
            .titles()
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    )
}

/// The pairs of an analysis, the numbers of their profiles, and everyone found in it.
#[must_use]
pub fn predictions(analysis: &Analysis) -> (Vec<PredictedPair>, Vec<usize>, Found) {
    let (pairs, profiles) = analysis
        .profiles
        .iter()
        .enumerate()
        .filter_map(|(number, profile)| {
            let stance = match profile.sums.verdict() {
                Verdict::Favour => PairStance::Favour,
                Verdict::Neutral => PairStance::Neutral,
                Verdict::Against => PairStance::Against,
                Verdict::Mixed => PairStance::Mixed,
                Verdict::Insufficient => return None,
            };
            let pair = PredictedPair {
                speaker: analysis.speakers[profile.speaker].forms.clone(),
                actor: analysis.actors[profile.actor].forms.clone(),
                stance,
            };
            Some((pair, number))
        })
        .unzip();
    let targeted = |actor: &usize| {
        analysis
            .mentions
            .iter()
            .any(|m| m.actor == *actor && m.is_target)
    };
    let found = Found {
        speakers: analysis
            .speakers
            .iter()
            .map(|speaker| speaker.forms.clone())
            .collect(),
        actors: (0..analysis.actors.len())
            .filter(targeted)
            .map(|actor| analysis.actors[actor].forms.clone())
            .collect(),
    };
    (pairs, profiles, found)
}
