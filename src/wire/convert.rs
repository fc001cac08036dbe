//! An analysis -> its message: byte spans become ranges in the caller's unit, numbers of speakers and
//! actors become ids.
//!
//! [`Parts`] say what is written; what nobody asked for is not even converted. What a reader would
//! question: offsets are mapped one by one, since most of a text has none.

mod actors;
mod attributions;
mod instances;

use super::messages as m;
use super::profiles;
use crate::analysis::{Analysis, ModelIdentity, Warning};
use crate::document::{Document, OffsetEncoding, OffsetMap, Span};

pub(crate) use instances::probabilities;

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
