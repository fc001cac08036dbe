//! Instances -> their messages, with explanations if there are any.
//!
//! In goes who takes which stand toward whom, and where; out comes that with ids and probabilities. What a reader would
//! question: what a word contributed is labelled with the word as it stands in the text, and all else as the model
//! calls it.

use super::{Writer, small};
use crate::stance::{HolderKind, Part, Stance, StanceScore};
use crate::wire::messages as m;

impl Writer<'_> {
    pub(super) fn instances(&self) -> Vec<m::Instance> {
        self.analysis
            .instances
            .iter()
            .map(|i| m::Instance {
                sentence_index: small(i.sentence as u64),
                holder_kind: match i.kind {
                    HolderKind::Named => m::HolderKind::Named,
                    HolderKind::Implicit => m::HolderKind::Implicit,
                    HolderKind::Author => m::HolderKind::Author,
                } as i32,
                speaker_id: i.speaker.map(|s| self.speaker_id(s)).unwrap_or_default(),
                actor_id: self.actor_id(i.actor),
                target_span: Some(self.span(i.target)),
                holder_span: i.holder.map(|s| self.span(s)),
                quoted: i.quoted,
                nesting_depth: small(i.depth as u64),
                probabilities: Some(probabilities(&i.score)),
                score: Some(i.score.score()),
                stance: stance(i.score.stance()) as i32,
                explanation: i.explanation.as_ref().map(|why| m::Explanation {
                    log_odds: why.log_odds,
                    intercept: why.intercept,
                    contributions: why
                        .contributions
                        .iter()
                        .map(|c| {
                            let word = c
                                .word
                                .and_then(|w| self.analysis.words[i.sentence].get(w).copied());
                            m::Contribution {
                                part: match c.part {
                                    Part::Target => m::ContributionPart::Target,
                                    Part::Holder => m::ContributionPart::Holder,
                                    Part::Sentence => m::ContributionPart::Sentence,
                                    Part::Plain => m::ContributionPart::Plain,
                                } as i32,
                                span: word.map(|s| self.span(s)),
                                label: word.map_or(c.label, |s| self.document.slice(s)).to_owned(),
                                log_odds: c.log_odds,
                            }
                        })
                        .collect(),
                }),
            })
            .collect()
    }
}

pub(crate) fn probabilities(score: &StanceScore) -> m::StanceProbabilities {
    m::StanceProbabilities {
        none: score.none,
        favour: score.favour,
        neutral: score.neutral,
        against: score.against,
    }
}

fn stance(stance: Stance) -> m::Stance {
    match stance {
        Stance::Favour => m::Stance::Favour,
        Stance::Neutral => m::Stance::Neutral,
        Stance::Against => m::Stance::Against,
    }
}
