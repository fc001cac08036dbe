//! Sentences with their targets -> scores, and nothing else: for callers with their own extraction.
//!
//! In go texts with target (and holder) spans, out come probabilities, one a pair. What a reader would
//! question: without a holder the answer is that of the head for a sentence's sentiment, which knows no
//! P(none); with one it is that of the head for named holders, on the words alone, as quotations and
//! attributions were not looked for.

use super::refusal::Refusal;
use super::requests;
use crate::document::{Document, OffsetMap};
use crate::encoder::Worker;
use crate::scorer::Scorer;
use crate::stance::{Features, Head, Stance};
use crate::wire::{self, messages as m};

/// Most sentences of one request.
pub(super) const MAX_SENTENCES: usize = 1_000;

/// Longest sentence, in bytes.
const MAX_BYTES: usize = 65_536;

/// Most pairs of one sentence.
const MAX_PAIRS: usize = 100;

/// Scores every pair of every sentence.
pub(super) fn scores(
    scorer: &Scorer,
    request: m::ScoreTargetsRequest,
    workers: &[Worker],
) -> Result<m::ScoreTargetsResponse, Refusal> {
    let encoding = requests::encoding(request.offset_encoding)?;
    let n = request.sentences.len();
    if n > MAX_SENTENCES {
        let message = format!("{n} sentences, the limit is {MAX_SENTENCES}");
        return Err(Refusal::field("sentences", message));
    }
    let mut sentences = Vec::with_capacity(n);
    for (at, sentence) in request.sentences.into_iter().enumerate() {
        let scores = sentence_scores(scorer, sentence, encoding, workers);
        let scores = scores.map_err(|r| r.within(&format!("sentences[{at}]")))?;
        sentences.push(m::TargetScores { scores });
    }
    Ok(m::ScoreTargetsResponse {
        sentences,
        model: Some(wire::identity(&scorer.model().identity())),
    })
}

fn sentence_scores(
    scorer: &Scorer,
    sentence: m::TargetSentence,
    encoding: crate::document::OffsetEncoding,
    workers: &[Worker],
) -> Result<Vec<m::TargetScore>, Refusal> {
    if sentence.text.len() > MAX_BYTES {
        return Err(crate::error::Error::TooLarge {
            field: "text".to_owned(),
            size_bytes: sentence.text.len(),
            limit_bytes: MAX_BYTES,
        }
        .into());
    }
    if sentence.pairs.len() > MAX_PAIRS {
        let message = format!("{} pairs, the limit is {MAX_PAIRS}", sentence.pairs.len());
        return Err(Refusal::field("pairs", message));
    }
    let document = Document::new("", sentence.text)?;
    let map = OffsetMap::new(document.text(), encoding);
    let encoder = scorer.model().encoder();
    let whole = document.span_of_text();
    let encoded = encoder.encode(&document, &[whole], workers)?;
    let words = encoded.first().ok_or_else(Refusal::internal)?;
    let mut scores = Vec::with_capacity(sentence.pairs.len());
    for (at, pair) in sentence.pairs.iter().enumerate() {
        let range = |span: &m::TextSpan, name: &str| {
            let field = format!("pairs[{at}].{name}");
            let span = requests::span(&document, &map, Some(span), &field)?;
            let range = words.words_in(span);
            if span.is_empty() || range.is_empty() {
                return Err(Refusal::field(field, "holds no word"));
            }
            Ok(range)
        };
        let missing = || Refusal::field(format!("pairs[{at}].target"), "missing");
        let target = range(pair.target.as_ref().ok_or_else(missing)?, "target")?;
        let holder = pair
            .holder
            .as_ref()
            .map(|s| range(s, "holder"))
            .transpose()?;
        let head = if holder.is_some() {
            Head::Named
        } else {
            Head::Sentence
        };
        let score = scorer
            .model()
            .stance(head)
            .score(words, &Features::bare(target, holder));
        scores.push(m::TargetScore {
            probabilities: Some(wire::probabilities(&score)),
            score: score.score(),
            stance: match score.stance() {
                Stance::Favour => m::Stance::Favour,
                Stance::Neutral => m::Stance::Neutral,
                Stance::Against => m::Stance::Against,
            } as i32,
        });
    }
    Ok(scores)
}
