//! Pairs that are lost or wrong, with the sentences to read them by.
//!
//! In go a labelled document, its analysis and the [`Outcome`]s of its pairs; out comes one [`Mistake`] for
//! each that is missed or wrong. What a reader would question: a missed pair shows the sentences that contain a
//! name of its actor, since labelled pairs do not all say where they were found.

use super::documents::LabelledDocument;
use super::pairs::{Outcome, PairStance, PredictedPair, Rung};
use crate::analysis::Analysis;
use crate::document::Span;
use serde::Serialize;

/// Sentences that are shown of a pair.
const MAX_SHOWN: usize = 6;

/// A pair that is lost or wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mistake {
    /// Name of the corpus.
    pub corpus: String,
    /// Id of the document.
    pub document: String,
    /// Whether it was predicted and is wrong; else it was missed.
    pub predicted: bool,
    /// Where it was lost or went wrong.
    pub rung: Rung,
    /// Name forms of the speaker.
    pub speaker: Vec<String>,
    /// Name forms of the actor.
    pub actor: Vec<String>,
    /// The stance that was predicted, or those that readers gave.
    pub stances: Vec<PairStance>,
    /// Where to look.
    pub sentences: Vec<Shown>,
}

/// A sentence of a mistake.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// Its number.
    pub sentence: usize,
    /// Its text.
    pub text: String,
    /// The target, where it is evidence.
    pub target: Option<String>,
    /// The holder, where the sentence mentions it.
    pub holder: Option<String>,
    /// P(none), P(favour), P(neutral), P(against), where it is evidence.
    pub probabilities: Option<[f64; 4]>,
}

/// The mistakes among `outcomes`; `profiles` are the numbers of the profiles that predictions come from.
#[must_use]
pub fn mistakes(
    corpus: &str,
    labelled: &LabelledDocument,
    analysis: &Analysis,
    predicted: &[PredictedPair],
    profiles: &[usize],
    outcomes: &[Outcome],
) -> Vec<Mistake> {
    let of = |predicted, rung, speaker: &[String], actor: &[String], stances, sentences| Mistake {
        corpus: corpus.to_owned(),
        document: labelled.document.id().to_owned(),
        predicted,
        rung,
        speaker: speaker.to_vec(),
        actor: actor.to_vec(),
        stances,
        sentences,
    };
    let each = outcomes.iter().filter_map(|&outcome| match outcome {
        Outcome::Right(_) | Outcome::Repeated(_) | Outcome::Ignored(_) => None,
        Outcome::Wrong(number, rung) => {
            let pair = predicted.get(number)?;
            let shown = evidence(labelled, analysis, *profiles.get(number)?);
            let stances = vec![pair.stance];
            Some(of(true, rung, &pair.speaker, &pair.actor, stances, shown))
        }
        Outcome::Missed(number, rung) => {
            let pair = labelled.pairs.get(number)?;
            let shown = naming(labelled, analysis, &pair.actor);
            let stances = pair.stances.clone();
            Some(of(false, rung, &pair.speaker, &pair.actor, stances, shown))
        }
    });
    each.collect()
}

/// The evidence of a profile.
fn evidence(labelled: &LabelledDocument, analysis: &Analysis, profile: usize) -> Vec<Shown> {
    let slice = |span: Span| labelled.document.slice(span).to_owned();
    let all = analysis
        .profiles
        .get(profile)
        .map(|p| p.evidence.as_slice());
    let shown = all.unwrap_or_default().iter().filter_map(|evidence| {
        let score = evidence.score;
        Some(Shown {
            sentence: evidence.sentence,
            text: slice(*analysis.sentences.get(evidence.sentence)?),
            target: Some(slice(evidence.target)),
            holder: evidence.holder.map(slice),
            probabilities: Some([score.none, score.favour, score.neutral, score.against]),
        })
    });
    shown.take(MAX_SHOWN).collect()
}

/// The sentences with one of the names.
fn naming(labelled: &LabelledDocument, analysis: &Analysis, names: &[String]) -> Vec<Shown> {
    let sentences = analysis.sentences.iter().enumerate();
    let naming = sentences.filter_map(|(number, &span)| {
        let text = labelled.document.slice(span);
        let named = names.iter().any(|name| text.contains(name.as_str()));
        named.then(|| Shown {
            sentence: number,
            text: text.to_owned(),
            target: None,
            holder: None,
            probabilities: None,
        })
    });
    naming.take(MAX_SHOWN).collect()
}
