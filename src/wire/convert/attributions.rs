//! Attributions and speakers -> their messages.
//!
//! In goes who is reported to say what; out come attributions with the id of their speaker, and speakers. What a reader
//! would question: an attribution without a speaker has a reason instead, and whoever it may be of.

use super::{Writer, small};
use crate::analysis::{SpeakerKind, Unresolved, Voice};
use crate::attribution::AttributionKind;
use crate::wire::messages as m;

impl Writer<'_> {
    pub(super) fn attributions(&self) -> Vec<m::Attribution> {
        self.analysis
            .attributions
            .iter()
            .zip(&self.analysis.voices)
            .map(|(a, voice)| m::Attribution {
                source_span: a.source.map(|(_, s)| self.span(s)),
                cue_span: a.cue.map(|(_, s)| self.span(s)),
                content_spans: a.contents.iter().map(|c| self.span(c.span)).collect(),
                kind: match a.kind {
                    AttributionKind::Direct => m::AttributionKind::Direct,
                    AttributionKind::Indirect => m::AttributionKind::Indirect,
                    AttributionKind::Mixed => m::AttributionKind::Mixed,
                } as i32,
                sentence_indexes: a.sentences().into_iter().map(|s| small(s as u64)).collect(),
                speaker_id: match voice {
                    Voice::Speaker(speaker) => Some(self.speaker_id(*speaker)),
                    Voice::Unknown(..) => None,
                },
                unresolved: match voice {
                    Voice::Speaker(_) => None,
                    Voice::Unknown(reason, candidates) => Some(m::UnresolvedSource {
                        reason: match reason {
                            Unresolved::NoSource => m::UnresolvedReason::NoSource,
                            Unresolved::NoCandidate => m::UnresolvedReason::NoCandidate,
                            Unresolved::Ambiguous => m::UnresolvedReason::Ambiguous,
                        } as i32,
                        candidates: candidates
                            .iter()
                            .map(|&(actor, probability)| m::SpeakerCandidate {
                                speaker_id: self.actor_id(actor),
                                probability,
                            })
                            .collect(),
                    }),
                },
                confidence: a.confidence,
            })
            .collect()
    }

    pub(super) fn speakers(&self) -> Vec<m::Speaker> {
        self.analysis
            .speakers
            .iter()
            .map(|s| m::Speaker {
                id: s.id.clone(),
                name: s.name.clone(),
                name_forms: s.forms.clone(),
                kind: match s.kind {
                    SpeakerKind::Person => m::SpeakerKind::Person,
                    SpeakerKind::Organisation => m::SpeakerKind::Organisation,
                    SpeakerKind::Country => m::SpeakerKind::Country,
                    SpeakerKind::Group => m::SpeakerKind::Group,
                    SpeakerKind::Unnamed => m::SpeakerKind::Unnamed,
                } as i32,
                actor_id: s.actor.map(|a| self.actor_id(a)),
                mentions: s.mentions.iter().map(|&s| self.span(s)).collect(),
            })
            .collect()
    }
}
