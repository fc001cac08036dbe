//! Who is mentioned, and whom mentions mean, against labelled rows.
//!
//! In go texts with rows; out come figures of the target and holder taggers, by words and by whole spans, and
//! how the labelled targets of a text are joined to actors. What a reader would question: the joining is judged
//! on labelled targets, so that its figure does not hang on the taggers; the holders around them are tagged
//! ones, since the first person needs to know who speaks.

use super::coreference::Coreference;
use super::metrics::{Counts, exact_span_counts, token_overlap_counts};
use super::{Measure, Report, SEED};
use crate::corpus::RowsText;
use crate::document::Span;
use crate::encoder::Worker;
use crate::error::Result;
use crate::reading::{Keep, Reading};
use crate::scorer::Scorer;
use crate::tagging::Layer;
use std::collections::BTreeMap;

/// Words and spans of targets, then of holders.
type Tags = [Counts; 4];

/// Figures of mentions and their joining.
///
/// # Errors
///
/// Those of the encoder.
pub fn mentions(
    corpus: &str,
    scorer: &Scorer,
    texts: &[RowsText],
    workers: &[Worker],
) -> Result<Report> {
    let mut tags: Vec<Tags> = Vec::new();
    let mut joined = Vec::new();
    let mut by_name = Vec::new();
    let mut n_mentions = 0;
    for text in texts {
        let (document, sentences) = text.document()?;
        let model = scorer.model();
        let reading = Reading::new(
            &document,
            sentences.clone(),
            model.encoder(),
            &model.heads().taggers,
            workers,
            Keep::Mentions(&[]),
        )?;
        let mut counts = Tags::default();
        let mut targets: BTreeMap<Span, &str> = BTreeMap::new();
        for number in 0..sentences.len() {
            let labelled = text.mentions(&document, &sentences, number);
            for (layer, spans) in [
                (Layer::Target, &labelled.targets),
                (Layer::Holder, &labelled.holders),
            ] {
                let words = &reading.words[number];
                let truth = spans.iter().map(|&(span, _)| words.words_in(span));
                let truth = sorted(truth.map(|words| (words.start, words.end)).collect());
                let found = reading.tagged(layer, number).iter();
                let found = sorted(found.map(|t| (t.words.start, t.words.end)).collect());
                let at = if layer == Layer::Target { 0 } else { 2 };
                counts[at].merge(&token_overlap_counts(&truth, &found));
                counts[at + 1].merge(&exact_span_counts(&truth, &found));
            }
            targets.extend(labelled.targets);
        }
        tags.push(counts);
        let spans: Vec<Span> = targets.keys().copied().collect();
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut number_of = |name| {
            let next = numbers.len();
            *numbers.entry(name).or_insert(next)
        };
        let labels: Vec<usize> = targets.values().map(|&actor| number_of(actor)).collect();
        let actors = scorer.actors_of(&document, reading, &spans);
        let guesses = actors.iter().enumerate();
        let guesses: Vec<usize> = guesses
            .map(|(at, actor)| actor.map_or(usize::MAX - at, |actor| actor))
            .collect();
        joined.push(Coreference::of(&labels, &guesses));
        let surfaces: Vec<String> = spans
            .iter()
            .map(|&span| document.slice(span).to_lowercase())
            .collect();
        let same: Vec<usize> = surfaces
            .iter()
            .map(|surface| surfaces.iter().position(|s| s == surface).unwrap_or(0))
            .collect();
        by_name.push(Coreference::of(&labels, &same));
        n_mentions += spans.len();
    }
    let merge = |a: &mut Tags, b: &Tags| a.iter_mut().zip(b).for_each(|(a, b)| a.merge(b));
    let mut measures = Vec::new();
    for (at, name) in [
        "target words",
        "target spans",
        "holder words",
        "holder spans",
    ]
    .into_iter()
    .enumerate()
    {
        for (figure, statistic) in [
            ("P", Counts::precision as fn(&Counts) -> f64),
            ("R", Counts::recall),
            ("F1", Counts::f1),
        ] {
            let name = format!("{name} {figure}");
            let of = |tags: &Tags| statistic(&tags[at]);
            measures.push(Measure::of_sums(&name, &tags, merge, of, SEED));
        }
    }
    let mut figure = |name: &str, units: &[Coreference], statistic: fn(&Coreference) -> f64| {
        let sums = Measure::of_sums(name, units, Coreference::merge, statistic, SEED);
        measures.push(sums);
    };
    figure("actors, MUC F1", &joined, |c| c.muc.f1());
    figure("actors, B3 F1", &joined, |c| c.b3.f1());
    figure("actors, CEAFe F1", &joined, |c| c.ceafe.f1());
    figure("actors, CoNLL F1", &joined, Coreference::conll);
    figure(
        "the same by equal strings, CoNLL F1",
        &by_name,
        Coreference::conll,
    );
    Ok(Report {
        corpus: corpus.to_owned(),
        measures,
        counts: vec![("labelled targets".to_owned(), n_mentions as u64)],
    })
}

fn sorted(mut spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    spans.retain(|(start, end)| start < end);
    spans.sort_unstable();
    spans.dedup();
    spans
}
