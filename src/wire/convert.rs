//! An analysis -> its message: byte spans become ranges in the caller's unit, numbers of speakers and
//! actors become ids.
//!
//! [`Parts`] say what is written; what nobody asked for is not even converted. What a reader would
//! question: offsets are mapped one by one, since most of a text has none.

use super::messages as m;
use super::profiles;
use crate::actors::{ActorOrigin, ActorType, MentionKind};
use crate::analysis::{Analysis, ModelIdentity, SpeakerKind, Unresolved, Voice, Warning};
use crate::attribution::AttributionKind;
use crate::document::{Document, OffsetEncoding, OffsetMap, Span};
use crate::stance::{HolderKind, Part, Stance, StanceScore};

/// The parts of an analysis that its message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// Sentences.
    pub sentences: bool,
    /// Attributions.
    pub attributions: bool,
    /// Speakers.
    pub speakers: bool,
    /// Actors with their mentions.
    pub actors: bool,
    /// Instances, with explanations if the analysis has them.
    pub instances: bool,
    /// Profiles.
    pub profiles: bool,
    /// Evidence in profiles.
    pub evidence: bool,
    /// The words of every span but those of sentences and warnings.
    pub surfaces: bool,
}

impl Parts {
    /// Everything.
    pub const ALL: Self = Self {
        sentences: true,
        attributions: true,
        speakers: true,
        actors: true,
        instances: true,
        profiles: true,
        evidence: true,
        surfaces: true,
    };

    /// Nothing but identity and warnings.
    pub const NONE: Self = Self {
        sentences: false,
        attributions: false,
        speakers: false,
        actors: false,
        instances: false,
        profiles: false,
        evidence: false,
        surfaces: false,
    };
}

/// The message of an analysis, its offsets counted in `encoding`.
#[must_use]
pub fn analysis(
    document: &Document,
    analysis: &Analysis,
    encoding: OffsetEncoding,
    parts: Parts,
) -> m::Analysis {
    let writer = Writer {
        document,
        analysis,
        map: OffsetMap::new(document.text(), encoding),
        parts,
    };
    fn listed<T>(wanted: bool, list: impl FnOnce() -> Vec<T>) -> Vec<T> {
        if wanted { list() } else { Vec::new() }
    }
    m::Analysis {
        document_id: analysis.document_id.clone(),
        offset_encoding: offset_encoding(encoding) as i32,
        model: Some(identity(&analysis.model)),
        sentences: listed(parts.sentences, || writer.sentences()),
        attributions: listed(parts.attributions, || writer.attributions()),
        speakers: listed(parts.speakers, || writer.speakers()),
        actors: listed(parts.actors, || writer.actors()),
        instances: listed(parts.instances, || writer.instances()),
        profiles: listed(parts.profiles, || profiles::profiles(&writer)),
        warnings: writer.warnings(),
    }
}

/// The message of a model's identity.
#[must_use]
pub fn identity(id: &ModelIdentity) -> m::ModelIdentity {
    m::ModelIdentity {
        name: id.name.clone(),
        version: id.version.clone(),
        sha256: id.sha256.clone(),
        encoder: id.encoder.clone(),
        precision: id.precision.clone(),
    }
}

/// The message of an offset encoding.
#[must_use]
pub fn offset_encoding(encoding: OffsetEncoding) -> m::OffsetEncoding {
    match encoding {
        OffsetEncoding::Utf8 => m::OffsetEncoding::Utf8,
        OffsetEncoding::Utf16 => m::OffsetEncoding::Utf16,
        OffsetEncoding::Utf32 => m::OffsetEncoding::Utf32,
    }
}

/// An analysis while it is written.
pub(super) struct Writer<'a> {
    pub(super) document: &'a Document,
    pub(super) analysis: &'a Analysis,
    map: OffsetMap<'a>,
    pub(super) parts: Parts,
}

impl Writer<'_> {
    /// A span with its words, if they are wanted.
    pub(super) fn span(&self, span: Span) -> m::TextSpan {
        let words = || self.document.slice(span).to_owned();
        m::TextSpan {
            text: self.parts.surfaces.then(words),
            ..self.bare(span)
        }
    }

    /// A span without its words.
    pub(super) fn bare(&self, span: Span) -> m::TextSpan {
        m::TextSpan {
            start: small(self.map.from_bytes(span.start()) as u64),
            end: small(self.map.from_bytes(span.end()) as u64),
            text: None,
        }
    }

    pub(super) fn speaker_id(&self, speaker: usize) -> String {
        self.analysis.speakers[speaker].id.clone()
    }

    pub(super) fn actor_id(&self, actor: usize) -> String {
        self.analysis.actors[actor].id.clone()
    }

    fn sentences(&self) -> Vec<m::Sentence> {
        self.analysis
            .sentences
            .iter()
            .map(|&s| m::Sentence {
                span: Some(self.bare(s)),
            })
            .collect()
    }

    fn attributions(&self) -> Vec<m::Attribution> {
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

    fn speakers(&self) -> Vec<m::Speaker> {
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

    fn actors(&self) -> Vec<m::Actor> {
        self.analysis
            .actors
            .iter()
            .map(|a| m::Actor {
                id: a.id.clone(),
                name: a.name.clone(),
                name_forms: a.forms.clone(),
                r#type: actor_type(a.kind) as i32,
                origin: match a.origin {
                    ActorOrigin::Caller => m::ActorOrigin::Caller,
                    ActorOrigin::Gazetteer => m::ActorOrigin::Gazetteer,
                    ActorOrigin::Text => m::ActorOrigin::Text,
                } as i32,
                mentions: a
                    .mentions
                    .iter()
                    .map(|&number| {
                        let mention = &self.analysis.mentions[number];
                        m::Mention {
                            span: Some(self.span(mention.span)),
                            kind: match mention.kind {
                                MentionKind::Name => m::MentionKind::Name,
                                MentionKind::Pronoun => m::MentionKind::Pronoun,
                                MentionKind::Description => m::MentionKind::Description,
                            } as i32,
                            confidence: mention.confidence,
                            is_target: mention.is_target,
                        }
                    })
                    .collect(),
            })
            .collect()
    }

    fn instances(&self) -> Vec<m::Instance> {
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

    fn warnings(&self) -> Vec<m::Warning> {
        self.analysis
            .warnings
            .iter()
            .map(|warning| match *warning {
                Warning::LongSentence { sentence } => m::Warning {
                    code: m::WarningCode::LongSentenceSplit as i32,
                    message: format!(
                        "sentence {sentence} is longer than a window and was read in pieces"
                    ),
                    span: Some(self.bare(self.analysis.sentences[sentence])),
                },
                Warning::NoActors => m::Warning {
                    code: m::WarningCode::NoActors as i32,
                    message: "no actor was found".to_owned(),
                    span: None,
                },
                Warning::UnresolvedSpeaker { attribution } => m::Warning {
                    code: m::WarningCode::UnresolvedSpeaker as i32,
                    message: format!(
                        "attribution {attribution} has no known speaker and is in no profile"
                    ),
                    span: self.analysis.attributions[attribution]
                        .contents
                        .first()
                        .map(|c| self.bare(c.span)),
                },
            })
            .collect()
    }
}

/// Texts are under 16 MiB, so offsets and counts of one document fit.
pub(super) fn small(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

pub(crate) fn probabilities(score: &StanceScore) -> m::StanceProbabilities {
    m::StanceProbabilities {
        none: score.none,
        favour: score.favour,
        neutral: score.neutral,
        against: score.against,
    }
}

pub(super) fn stance(stance: Stance) -> m::Stance {
    match stance {
        Stance::Favour => m::Stance::Favour,
        Stance::Neutral => m::Stance::Neutral,
        Stance::Against => m::Stance::Against,
    }
}

fn actor_type(kind: ActorType) -> m::ActorType {
    match kind {
        ActorType::Person => m::ActorType::Person,
        ActorType::Organisation => m::ActorType::Organisation,
        ActorType::Country => m::ActorType::Country,
        ActorType::Party => m::ActorType::Party,
        ActorType::ArmedGroup => m::ActorType::ArmedGroup,
        ActorType::Group => m::ActorType::Group,
        ActorType::Location => m::ActorType::Location,
        ActorType::Other => m::ActorType::Other,
    }
}
