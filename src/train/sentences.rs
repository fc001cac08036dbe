//! Sentences that stand alone -> rows of features: in go sentences with targets and those with two entities, out come the
//! rows of the heads that judge them, [`Head::Sentence`] and [`Head::Directed`].
//!
//! What a reader would question: each sentence is a document of its own, so that nothing around it is seen; the evaluation
//! reads them by the same functions.

use super::{Corpora, Progress, StanceRow};
use crate::document::Document;
use crate::encoder::{Encoder, WordVectors, Worker};
use crate::error::{Error, Result};
use crate::stance::{Features, Head, Stance};
use std::collections::BTreeMap;

/// Single sentences that are encoded between two reports of progress.
const CHUNK: usize = 256;

/// The rows of single sentences.
pub(super) fn sentence_rows(
    encoder: &Encoder,
    corpora: &Corpora,
    workers: &[Worker],
    into: &mut BTreeMap<Head, Vec<StanceRow>>,
    progress: &mut Progress<'_>,
) -> Result<()> {
    let texts = corpora.targets.iter().map(|sentence| &sentence.text);
    let texts: Vec<&str> = texts
        .chain(corpora.directed.iter().map(|sentence| &sentence.text))
        .map(String::as_str)
        .collect();
    for (at, chunk) in texts.chunks(CHUNK).enumerate() {
        progress("reading sentences", at * CHUNK, texts.len());
        for (i, words) in encode_sentences(encoder, chunk, workers)?
            .iter()
            .enumerate()
        {
            let number = at * CHUNK + i;
            if let Some(sentence) = corpora.targets.get(number) {
                for &(span, label) in &sentence.targets {
                    let row = bare_row(words, span, None, label.class());
                    into.entry(Head::Sentence).or_default().extend(row);
                }
            } else if let Some(sentence) = corpora.directed.get(number - corpora.targets.len()) {
                let (p_to_q, q_to_p) = directed_labels(sentence.class);
                for (holder, target, label) in [
                    (sentence.p, sentence.q, p_to_q),
                    (sentence.q, sentence.p, q_to_p),
                ] {
                    let row = bare_row(words, target, Some(holder), label.class());
                    into.entry(Head::Directed).or_default().extend(row);
                }
            }
        }
    }
    Ok(())
}

/// Encodes sentences that stand alone, a share of them on each worker; in their order.
fn encode_sentences(
    encoder: &Encoder,
    texts: &[&str],
    workers: &[Worker],
) -> Result<Vec<WordVectors>> {
    let lost = || Error::Internal {
        message: "a thread that reads sentences stopped".to_owned(),
    };
    let share = texts.len().div_ceil(workers.len().max(1)).max(1);
    let parts: Vec<Result<Vec<WordVectors>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = texts
            .chunks(share)
            .zip(workers)
            .map(|(texts, worker)| {
                scope.spawn(move || {
                    texts
                        .iter()
                        .map(|text| encode_sentence(encoder, text, std::slice::from_ref(worker)))
                        .collect()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(lost())))
            .collect()
    });
    let mut all = Vec::with_capacity(texts.len());
    for part in parts {
        all.extend(part?);
    }
    if all.len() != texts.len() {
        return Err(lost());
    }
    Ok(all)
}

/// What class `class` of a directed sentence says of p toward q, and of q toward p.
#[must_use]
pub fn directed_labels(class: usize) -> (Stance, Stance) {
    match class {
        1 => (Stance::Favour, Stance::Neutral),
        2 => (Stance::Neutral, Stance::Favour),
        3 => (Stance::Against, Stance::Neutral),
        4 => (Stance::Neutral, Stance::Against),
        _ => (Stance::Neutral, Stance::Neutral),
    }
}

/// The word vectors of a sentence that stands alone, byte ranges counted from its start.
///
/// # Errors
///
/// Those of [`Document::new`] and [`Encoder::encode`].
pub fn encode_sentence(encoder: &Encoder, text: &str, workers: &[Worker]) -> Result<WordVectors> {
    let document = Document::new("", text)?;
    let mut words = encoder.encode(&document, &[document.span_of_text()], workers)?;
    words.pop().ok_or_else(|| Error::Internal {
        message: "one sentence gave no vectors".to_owned(),
    })
}

/// The features of target and holder given as byte ranges of a sentence that stands alone; none when
/// they hold no word.
#[must_use]
pub fn bare_features(
    words: &WordVectors,
    target: (usize, usize),
    holder: Option<(usize, usize)>,
) -> Option<Features> {
    let range = |(start, end): (usize, usize)| {
        let range = words.words_in(crate::document::Span::raw(start, end));
        (!range.is_empty()).then_some(range)
    };
    let holder = match holder {
        Some(span) => Some(range(span)?),
        None => None,
    };
    Some(Features::bare(range(target)?, holder))
}

fn bare_row(
    words: &WordVectors,
    target: (usize, usize),
    holder: Option<(usize, usize)>,
    class: usize,
) -> Option<StanceRow> {
    Some(StanceRow {
        features: bare_features(words, target, holder)?.row(words),
        class,
    })
}
