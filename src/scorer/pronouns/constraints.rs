//! Whom a third-person pronoun cannot mean, or hardly.
//!
//! In goes the place of a pronoun; out come the actors that the clause and the attributions around it rule out: whoever's
//! words it stands in, the subject that it is the object of, and those that it is told to speak of by name. What a reader
//! would question: without a parse, only the plainest clause tells that it has a subject.

use crate::actors::{Candidate, Clusters, MentionKind};
use crate::document::Document;
use crate::document::spans::Spans;
use crate::reading::Reading;
use crate::scorer::mentions::Found;
use std::collections::BTreeSet;

/// The actor whose words a mention stands in, when its source is identified already.
pub(super) fn speaker_around(
    reading: &Reading,
    holders: &[Spans],
    clusters: &Clusters,
    mention: Candidate,
) -> Option<usize> {
    let around = reading.attributions_around(mention.sentence, mention.span);
    let (sentence, source) = reading.attributions[*around.first()?].source?;
    clusters.actor_of(holders[sentence].on(source).next()?)
}

/// Words between a subject and its object that are looked at.
const WORDS_OF_VERB: usize = 3;

/// The actor that an object pronoun cannot mean, since the same clause has it as its subject: "Ruiz praised him".
///
/// Only the plainest form counts: a holder, one to three words, and "him" or "them", or "her" at the end of a clause; and
/// nothing that is said begins between them ("Ruiz says people praise him").
pub(super) fn subject_before(
    document: &Document,
    reading: &Reading,
    found: &[Found],
    clusters: &Clusters,
    at: usize,
) -> Option<usize> {
    let pronoun = found.get(at)?.candidate;
    let text = document.text();
    let after = text.get(pronoun.span.end()..)?;
    let object = match document.slice(pronoun.span).to_ascii_lowercase().as_str() {
        "him" | "them" => true,
        "her" => after.trim_start().starts_with(['.', ',', ';', '!', '?']),
        _ => false,
    };
    let before = at.checked_sub(1)?;
    let subject = found.get(before)?;
    let own = subject.candidate;
    if !object || !subject.is_holder || own.sentence != pronoun.sentence {
        return None;
    }
    let around = reading.attributions_around(pronoun.sentence, pronoun.span);
    let parted = around.into_iter().any(|i| {
        let mut contents = reading.attributions[i].contents.iter();
        contents.any(|content| {
            // What is said may be the pronoun alone: "praised" is a cue, too.
            content.span.contains(pronoun.span)
                && own.span.end() <= content.span.start()
                && content.span.start() < pronoun.span.start()
        })
    });
    if parted {
        return None;
    }
    let verb = text.get(own.span.end()..pronoun.span.start())?;
    let plain = |c: char| c.is_alphabetic() || c == ' ';
    let n = verb.split_whitespace().count();
    // "friends of Ruiz praised him"
    let of = text.get(..own.span.start())?.trim_end().ends_with(" of");
    let fits = (1..=WORDS_OF_VERB).contains(&n) && verb.chars().all(plain) && !of;
    clusters.actor_of(before).filter(|_| fits)
}

/// The actors that are named in what a pronoun is the source of: "Ruiz is weak, she said" is hardly said by Ruiz.
pub(super) fn named_by(
    reading: &Reading,
    found: &[Found],
    clusters: &Clusters,
    pronoun: Candidate,
) -> BTreeSet<usize> {
    let said = reading.attributions_from(pronoun.sentence, pronoun.span);
    let contents = said.flat_map(|attribution| &attribution.contents);
    let named = contents.flat_map(|content| {
        let from = found.partition_point(|f| f.candidate.span.start() < content.span.start());
        let inside = found[from..].iter().enumerate();
        inside
            .take_while(|(_, f)| f.candidate.span.end() <= content.span.end())
            .map(move |(at, _)| from + at)
            .filter(|&at| clusters.mention_kind(at) == Some(MentionKind::Name))
            // What others are reported to say within it may be of the speaker.
            .filter(|&at| {
                let Candidate { sentence, span, .. } = found[at].candidate;
                reading.attributions_around(sentence, span).len() == 1
            })
            .filter_map(|at| clusters.actor_of(at))
    });
    named.collect()
}
