//! Labelled rows -> rows of features: in goes a text with who stands how toward whom, out come
//! the feature rows of the stance heads, with the class none for pairs that nobody labelled.
//!
//! Nones are the other holders and targets of the same sentences, found as scoring would find them.
//! A pair that is labelled through another mention of the same holder or actor is left out: whether
//! it is none cannot be told. To learn from, a label holds for all labelled mentions of its actor in the sentence, and a
//! holder inside its target ("our" in "our people") for none; to be judged by, every row counts once.

use crate::corpus::{LabelledRow, RowsText};
use crate::encoder::{Encoder, Worker};
use crate::error::Result;
use crate::instance::{Candidate, Context, Pair};
use crate::reading::{Keep, Reading};
use crate::stance::{Head, NONE};
use crate::tagging::Tagger;
use std::collections::BTreeMap;
use std::ops::Range;

/// What a stance head reads, and the class it should answer.
#[derive(Debug, Clone, PartialEq)]
pub struct StanceRow {
    /// As [`Features::row`](crate::stance::Features::row) gives it.
    pub features: Vec<f32>,
    /// Class of the row.
    pub class: usize,
}

/// What rows are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To fit heads on: what scoring would look at.
    Fit,
    /// To judge heads by: every labelled row once, at its own mentions.
    Judge,
}

/// The rows of a text for the heads named, implicit and author.
///
/// # Errors
///
/// Those of the encoder.
pub fn stance_rows(
    text: &RowsText,
    encoder: &Encoder,
    taggers: &[Tagger],
    workers: &[Worker],
    purpose: Purpose,
) -> Result<Vec<(Head, StanceRow)>> {
    let (document, sentences) = text.document()?;
    let reading = Reading::new(&document, sentences, encoder, taggers, workers, Keep::All)?;
    let by_sentence = reading.attributions_by_sentence();
    let mut out = Vec::new();
    for (number, numbers) in by_sentence.iter().enumerate() {
        let rows: Vec<&LabelledRow> = text
            .rows
            .iter()
            .filter(|row| row.sentence == number)
            .collect();
        if rows.is_empty() || reading.words[number].is_empty() {
            continue;
        }
        let words = &reading.words[number];
        let range = |span| words.words_in(text.span_in(&reading.sentences, number, span));
        // Holders by their words, with the speaker's id where labelled.
        let mut holders: BTreeMap<(usize, usize), Option<&str>> = BTreeMap::new();
        for row in &rows {
            if let (Some(span), Some(id)) = (row.holder_span, &row.holder) {
                let range = range(span);
                holders.insert((range.start, range.end), Some(id));
            }
        }
        for found in reading.holders(number) {
            if holders
                .keys()
                .all(|&(start, end)| start >= found.end || found.start >= end)
            {
                holders.insert((found.start, found.end), None);
            }
        }
        let holder_words: Vec<Range<usize>> =
            holders.keys().map(|&(start, end)| start..end).collect();
        let attributions: Vec<_> = numbers.iter().map(|&i| &reading.attributions[i]).collect();
        let context = Context {
            document: &document,
            sentence: number,
            words,
            holders: &holder_words,
            attributions: &attributions,
            quotes: &reading.quotes,
        };
        let mut targets: BTreeMap<(usize, usize), &str> = BTreeMap::new();
        for row in &rows {
            let range = range(row.target_span);
            if !range.is_empty() {
                targets
                    .entry((range.start, range.end))
                    .or_insert(&row.actor);
            }
        }
        let turn = text
            .turns
            .as_ref()
            .and_then(|turns| turns.get(number))
            .map(String::as_str);
        let places = reading.places(number);
        let row_of = |target: &Range<usize>, candidate: &Candidate, same_actor, class| {
            let pair = Pair {
                target,
                holder: candidate,
                same_actor,
            };
            let features = context.features(places, pair).row(words);
            (Head::from(candidate.kind()), StanceRow { features, class })
        };
        if purpose == Purpose::Judge {
            for row in &rows {
                let (target, holder) = (range(row.target_span), row.holder_span.map(range));
                let candidate = match (&row.holder, holder) {
                    (None, _) => Candidate::Author,
                    (Some(_), None) => Candidate::Implicit,
                    (Some(_), Some(holder)) if holder.is_empty() => continue,
                    (Some(_), Some(holder)) => Candidate::Named(holder),
                };
                let id = row.holder.as_deref();
                let same = id.is_some_and(|id| text.same(id, &row.actor));
                if !target.is_empty() {
                    out.push(row_of(&target, &candidate, same, row.label.class()));
                }
            }
        }
        for (&(start, end), &actor) in &targets {
            let target = start..end;
            let labelled: Vec<&&LabelledRow> =
                rows.iter().filter(|row| row.actor == actor).collect();
            let mut push = |candidate: &Candidate, same_actor: bool, class: usize| {
                if purpose == Purpose::Fit || class == NONE {
                    out.push(row_of(&target, candidate, same_actor, class));
                }
            };
            for (&(h_start, h_end), &id) in &holders {
                if h_start < end && start < h_end {
                    continue;
                }
                let own = labelled
                    .iter()
                    .find(|row| row.holder_span.map(range) == Some(h_start..h_end));
                let elsewhere =
                    id.is_some() && labelled.iter().any(|row| row.holder.as_deref() == id);
                let same = id.is_some_and(|id| text.same(id, actor));
                match own {
                    Some(row) => push(&Candidate::Named(h_start..h_end), same, row.label.class()),
                    None if elsewhere => {}
                    None => push(&Candidate::Named(h_start..h_end), same, NONE),
                }
            }
            let implicit = labelled
                .iter()
                .find(|row| row.holder.is_some() && row.holder_span.is_none());
            match implicit {
                Some(row) => {
                    let same = row.holder.as_deref().is_some_and(|id| text.same(id, actor));
                    push(&Candidate::Implicit, same, row.label.class());
                }
                None => {
                    let span = context.span(&target);
                    let running = attributions
                        .iter()
                        .any(|a| a.covers(number, span) && !a.speaks_in(number));
                    let voiced = turn.is_some_and(|id| {
                        labelled.iter().any(|row| row.holder.as_deref() == Some(id))
                    });
                    if (turn.is_some() || running) && !voiced {
                        push(
                            &Candidate::Implicit,
                            turn.is_some_and(|id| text.same(id, actor)),
                            NONE,
                        );
                    }
                }
            }
            if turn.is_none() {
                let author = labelled.iter().find(|row| row.holder.is_none());
                push(
                    &Candidate::Author,
                    false,
                    author.map_or(NONE, |row| row.label.class()),
                );
            }
        }
    }
    Ok(out)
}

impl RowsText {
    /// Whether a speaker and an actor share a name form.
    fn same(&self, speaker: &str, actor: &str) -> bool {
        let forms = |map: &BTreeMap<String, Vec<String>>, id: &str| {
            map.get(id).cloned().unwrap_or_default()
        };
        let actor = forms(&self.actors, actor);
        forms(&self.speakers, speaker)
            .iter()
            .any(|form| actor.contains(form))
    }
}
