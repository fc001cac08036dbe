//! An analysis -> its message: byte spans become ranges in the caller's unit, numbers of speakers and
//! actors become ids.

use super::messages as m;
use crate::actors::{ActorOrigin, ActorType, MentionKind};
use crate::analysis::{Analysis, SpeakerKind, Unresolved, Voice, Warning};
use crate::attribution::AttributionKind;
use crate::document::{Document, OffsetEncoding, OffsetMap, Span};
use crate::profile::{LEVEL, Verdict};
use crate::stance::{HolderKind, Part, Stance, StanceScore};

/// The message of an analysis, its offsets counted in `encoding`.
#[must_use]
pub fn analysis(document: &Document, analysis: &Analysis, encoding: OffsetEncoding) -> m::Analysis {
    let map = OffsetMap::new(document.text(), encoding);
    let span = |span: Span| m::TextSpan {
        start: small(map.from_bytes(span.start()) as u64),
        end: small(map.from_bytes(span.end()) as u64),
        text: Some(document.slice(span).to_owned()),
    };
    let bare = |s: Span| m::TextSpan {
        text: None,
        ..span(s)
    };
    let speaker_id = |speaker: usize| analysis.speakers[speaker].id.clone();
    let actor_id = |actor: usize| analysis.actors[actor].id.clone();
    let id = analysis.model.clone();
    m::Analysis {
        document_id: analysis.document_id.clone(),
        offset_encoding: match encoding {
            OffsetEncoding::Utf8 => m::OffsetEncoding::Utf8,
            OffsetEncoding::Utf16 => m::OffsetEncoding::Utf16,
            OffsetEncoding::Utf32 => m::OffsetEncoding::Utf32,
        } as i32,
        model: Some(m::ModelIdentity {
            name: id.name,
            version: id.version,
            sha256: id.sha256,
            encoder: id.encoder,
            precision: id.precision,
        }),
        sentences: analysis
            .sentences
            .iter()
            .map(|&s| m::Sentence {
                span: Some(bare(s)),
            })
            .collect(),
        attributions: analysis
            .attributions
            .iter()
            .zip(&analysis.voices)
            .map(|(a, voice)| m::Attribution {
                source_span: a.source.map(|(_, s)| span(s)),
                cue_span: a.cue.map(|(_, s)| span(s)),
                content_spans: a.contents.iter().map(|c| span(c.span)).collect(),
                kind: match a.kind {
                    AttributionKind::Direct => m::AttributionKind::Direct,
                    AttributionKind::Indirect => m::AttributionKind::Indirect,
                    AttributionKind::Mixed => m::AttributionKind::Mixed,
                } as i32,
                sentence_indexes: a.sentences().into_iter().map(|s| small(s as u64)).collect(),
                speaker_id: match voice {
                    Voice::Speaker(speaker) => Some(speaker_id(*speaker)),
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
                                speaker_id: actor_id(actor),
                                probability,
                            })
                            .collect(),
                    }),
                },
                confidence: a.confidence,
            })
            .collect(),
        speakers: analysis
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
                actor_id: s.actor.map(actor_id),
                mentions: s.mentions.iter().map(|&s| bare(s)).collect(),
            })
            .collect(),
        actors: analysis
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
                        let mention = &analysis.mentions[number];
                        m::Mention {
                            span: Some(span(mention.span)),
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
            .collect(),
        instances: analysis
            .instances
            .iter()
            .map(|i| m::Instance {
                sentence_index: small(i.sentence as u64),
                holder_kind: match i.kind {
                    HolderKind::Named => m::HolderKind::Named,
                    HolderKind::Implicit => m::HolderKind::Implicit,
                    HolderKind::Author => m::HolderKind::Author,
                } as i32,
                speaker_id: i.speaker.map(speaker_id).unwrap_or_default(),
                actor_id: actor_id(i.actor),
                target_span: Some(span(i.target)),
                holder_span: i.holder.map(span),
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
                                .and_then(|w| analysis.words[i.sentence].get(w).copied());
                            m::Contribution {
                                part: match c.part {
                                    Part::Target => m::ContributionPart::Target,
                                    Part::Holder => m::ContributionPart::Holder,
                                    Part::Sentence => m::ContributionPart::Sentence,
                                    Part::Plain => m::ContributionPart::Plain,
                                } as i32,
                                span: word.map(span),
                                label: c.label.to_owned(),
                                log_odds: c.log_odds,
                            }
                        })
                        .collect(),
                }),
            })
            .collect(),
        profiles: analysis
            .profiles
            .iter()
            .map(|p| {
                let (low, high) = p.sums.interval();
                let [favour, neutral, against] = p.sums.shares();
                m::StanceProfile {
                    speaker_id: speaker_id(p.speaker),
                    speaker_name: analysis.speakers[p.speaker].name.clone(),
                    actor_id: actor_id(p.actor),
                    actor_name: analysis.actors[p.actor].name.clone(),
                    n_instances: small(p.sums.n()),
                    n_documents: 1,
                    score: Some(p.sums.score()),
                    interval: Some(m::ScoreInterval {
                        low,
                        high,
                        level: LEVEL,
                    }),
                    shares: Some(m::StanceShares {
                        favour,
                        neutral,
                        against,
                    }),
                    stance: match p.sums.verdict() {
                        Verdict::Favour => m::Stance::Favour,
                        Verdict::Neutral => m::Stance::Neutral,
                        Verdict::Against => m::Stance::Against,
                        Verdict::Mixed => m::Stance::Mixed,
                        Verdict::Insufficient => m::Stance::Insufficient,
                    } as i32,
                    sums: Some(m::ProfileSums {
                        n_favour: small(p.sums.n_favour),
                        n_neutral: small(p.sums.n_neutral),
                        n_against: small(p.sums.n_against),
                        favour: p.sums.favour,
                        neutral: p.sums.neutral,
                        against: p.sums.against,
                    }),
                    evidence: p
                        .evidence
                        .iter()
                        .map(|e| m::Evidence {
                            document_id: analysis.document_id.clone(),
                            sentence_index: small(e.sentence as u64),
                            sentence_span: Some(bare(analysis.sentences[e.sentence])),
                            target_span: Some(span(e.target)),
                            holder_span: e.holder.map(span),
                            sentence_text: document
                                .slice(analysis.sentences[e.sentence])
                                .to_owned(),
                            probabilities: Some(probabilities(&e.score)),
                            score: Some(e.score.score()),
                        })
                        .collect(),
                }
            })
            .collect(),
        warnings: analysis
            .warnings
            .iter()
            .map(|warning| match *warning {
                Warning::LongSentence { sentence } => m::Warning {
                    code: m::WarningCode::LongSentenceSplit as i32,
                    message: format!(
                        "sentence {sentence} is longer than a window and was read in pieces"
                    ),
                    span: Some(bare(analysis.sentences[sentence])),
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
                    span: analysis.attributions[attribution]
                        .contents
                        .first()
                        .map(|c| bare(c.span)),
                },
            })
            .collect(),
    }
}

/// Texts are under 16 MiB, so offsets and counts of one document fit.
fn small(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn probabilities(score: &StanceScore) -> m::StanceProbabilities {
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
