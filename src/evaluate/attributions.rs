//! Quotation attribution against hand labels: exact and token figures of source, cue and content, and
//! of whole attributions.
//!
//! The text is segmented as labelled, since figures count the corpus's own tokens. A whole
//! attribution is right when its content overlaps a labelled one by half of the larger of the two and
//! its source overlaps that one's source; one without a labelled source needs the content only.

use super::metrics::{Counts, exact_span_counts, token_overlap_counts};
use super::{Measure, Report, SEED};
use crate::attribution::Attribution;
use crate::corpus::{AttributionText, LabelledAttribution};
use crate::document::Span;
use crate::encoder::Worker;
use crate::error::Result;
use crate::model::Model;
use crate::reading::{Keep, Reading};
use crate::tagging::{CUE, Layer, SOURCE};
use std::collections::BTreeSet;

/// Counts of one document: exact and token counts of the three kinds, and of whole attributions.
type DocumentCounts = [Counts; 8];

/// Figures of the attribution tags and links on texts with labels.
///
/// # Errors
///
/// Those of the encoder.
pub fn attributions(
    corpus: &str,
    model: &Model,
    texts: &[AttributionText],
    workers: &[Worker],
) -> Result<Report> {
    let mut units: Vec<DocumentCounts> = Vec::with_capacity(texts.len());
    for text in texts {
        let sentences = text
            .sentences
            .iter()
            .map(|&(start, end)| Span::raw(start, end))
            .collect();
        let reading = Reading::new(
            &text.document,
            sentences,
            model.encoder(),
            &model.heads().taggers,
            workers,
            Keep::Mentions(&[]),
        )?;
        units.push(document_counts(text, &reading));
    }
    let mut measures = Vec::new();
    let names = ["source", "cue", "content"];
    let mut figures = |name: String, index: usize| {
        for (figure, statistic) in [
            ("P", Counts::precision as fn(&Counts) -> f64),
            ("R", Counts::recall),
            ("F1", Counts::f1),
        ] {
            let merge = |a: &mut DocumentCounts, b: &DocumentCounts| {
                for (a, b) in a.iter_mut().zip(b) {
                    a.merge(b);
                }
            };
            measures.push(Measure::of_sums(
                &format!("{name} {figure}"),
                &units,
                merge,
                |c| statistic(&c[index]),
                SEED,
            ));
        }
    };
    for (i, name) in names.iter().enumerate() {
        figures(format!("{name} tokens"), 3 + i);
        figures(format!("{name} exact"), i);
    }
    figures("whole attribution".to_owned(), 6);
    figures("content found by half".to_owned(), 7);
    Ok(Report {
        corpus: corpus.to_owned(),
        measures,
        counts: vec![("texts".to_owned(), texts.len() as u64)],
    })
}

fn document_counts(text: &AttributionText, reading: &Reading) -> DocumentCounts {
    let tokens = |span: (usize, usize)| token_range(&text.tokens, span);
    let of_kind = |layer: Layer, kind: usize| {
        let mut spans = Vec::new();
        for sentence in 0..reading.sentences.len() {
            for tagged in reading
                .tagged(layer, sentence)
                .iter()
                .filter(|t| t.kind == kind)
            {
                let span = reading.span(sentence, &tagged.words);
                spans.push(tokens((span.start(), span.end())));
            }
        }
        spans
    };
    let labelled = |pick: fn(&LabelledAttribution) -> &Vec<(usize, usize)>| {
        let pieces = text.attributions.iter().flat_map(pick);
        pieces.map(|&piece| tokens(piece)).collect::<Vec<_>>()
    };
    let mut contents: Vec<(usize, usize)> = reading
        .attributions
        .iter()
        .flat_map(|attribution| content_tokens(attribution, &tokens))
        .collect();
    contents.sort_unstable();
    let pairs = [
        (labelled(|a| &a.source), of_kind(Layer::Voice, SOURCE)),
        (labelled(|a| &a.cue), of_kind(Layer::Voice, CUE)),
        (labelled(|a| &a.content), contents),
    ];
    let mut counts = DocumentCounts::default();
    for (i, (mut truth, mut predicted)) in pairs.into_iter().enumerate() {
        for spans in [&mut truth, &mut predicted] {
            spans.retain(|(start, end)| start < end);
            spans.sort_unstable();
            spans.dedup();
        }
        counts[i] = exact_span_counts(&truth, &predicted);
        counts[3 + i] = token_overlap_counts(&truth, &predicted);
    }
    let sets = |spans: &[(usize, usize)]| {
        spans
            .iter()
            .flat_map(|&(s, e)| s..e)
            .collect::<BTreeSet<usize>>()
    };
    let truth: Vec<(BTreeSet<usize>, BTreeSet<usize>)> = text
        .attributions
        .iter()
        .map(|a| {
            let of = |pieces: &[(usize, usize)]| {
                sets(&pieces.iter().map(|&p| tokens(p)).collect::<Vec<_>>())
            };
            (of(&a.content), of(&a.source))
        })
        .collect();
    let predicted: Vec<(BTreeSet<usize>, BTreeSet<usize>)> = reading
        .attributions
        .iter()
        .map(|a| {
            let source = a.source.map(|(_, span)| tokens((span.start(), span.end())));
            (sets(&content_tokens(a, &tokens)), sets(source.as_slice()))
        })
        .collect();
    counts[6] = whole(&truth, &predicted, true);
    counts[7] = whole(&truth, &predicted, false);
    counts
}

fn content_tokens(
    attribution: &Attribution,
    tokens: &impl Fn((usize, usize)) -> (usize, usize),
) -> Vec<(usize, usize)> {
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for content in &attribution.contents {
        let (start, end) = tokens((content.span.start(), content.span.end()));
        match joined.last_mut() {
            // A content that runs on into the next sentence is one content.
            Some(open) if open.1 == start => open.1 = end,
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// The tokens that share a byte with a range.
fn token_range(tokens: &[(usize, usize)], (start, end): (usize, usize)) -> (usize, usize) {
    let first = tokens.partition_point(|token| token.1 <= start);
    let last = tokens.partition_point(|token| token.0 < end);
    (first, last.max(first))
}

/// Whole attributions, each labelled one matched to at most one predicted one.
fn whole(
    truth: &[(BTreeSet<usize>, BTreeSet<usize>)],
    predicted: &[(BTreeSet<usize>, BTreeSet<usize>)],
    with_source: bool,
) -> Counts {
    let mut used = vec![false; predicted.len()];
    let mut counts = Counts::default();
    for (content, source) in truth {
        let fits = |(i, (found, found_source)): (usize, &(BTreeSet<usize>, BTreeSet<usize>))| {
            let shared = content.intersection(found).count();
            let half = shared > 0 && 2 * shared >= content.len().max(found.len());
            let voiced = !with_source || source.is_empty() || !source.is_disjoint(found_source);
            (!used[i] && half && voiced).then_some((shared, std::cmp::Reverse(i)))
        };
        match predicted.iter().enumerate().filter_map(fits).max() {
            Some((_, std::cmp::Reverse(i))) => {
                used[i] = true;
                counts.tp += 1;
            }
            None => counts.fn_ += 1,
        }
    }
    counts.fp = used.iter().filter(|used| !**used).count() as u64;
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(range: std::ops::Range<usize>) -> BTreeSet<usize> {
        range.collect()
    }

    #[test]
    fn whole_needs_half_the_content_and_a_shared_source() {
        let truth = [(set(10..20), set(0..2)), (set(30..40), set(50..51))];
        let cases = [
            (
                vec![(set(10..20), set(1..2)), (set(30..40), set(50..51))],
                (2, 0, 0),
            ),
            (vec![(set(10..15), set(0..2))], (1, 0, 1)),
            (vec![(set(10..14), set(0..2))], (0, 1, 2)),
            (vec![(set(10..20), set(5..6))], (0, 1, 2)),
            (vec![], (0, 0, 2)),
        ];
        for (predicted, (tp, fp, fn_)) in cases {
            let counts = whole(&truth, &predicted, true);
            assert_eq!(
                (counts.tp, counts.fp, counts.fn_),
                (tp, fp, fn_),
                "{predicted:?}"
            );
        }
    }

    #[test]
    fn ranges_become_tokens() {
        let tokens = [(0, 4), (5, 8), (8, 9)];
        assert_eq!(token_range(&tokens, (5, 9)), (1, 3));
        assert_eq!(token_range(&tokens, (4, 5)), (1, 1));
        assert_eq!(token_range(&tokens, (6, 7)), (1, 2));
    }
}
