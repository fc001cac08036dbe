//! Request messages -> documents, registries and options of the library, checked.
//!
//! Every refusal names the field as the caller wrote it. What a reader would question: an unknown value
//! of an enum is refused, not ignored, since whoever sent it expects something that we would not do.

use super::arriving::Held;
use super::refusal::Refusal;
use crate::actors::Registry;
use crate::actors::registry::ActorSpec;
use crate::document::{Document, OffsetEncoding, OffsetMap, Span, Turn};
use crate::scorer::Options;
use crate::wire::{Parts, messages as m};
use std::sync::Arc;
use tonic::Code;

/// Largest id, name or date of a document, in bytes.
const MAX_LABEL_BYTES: usize = 1_000;

/// Most turns of a document.
const MAX_TURNS: usize = 100_000;

/// What is wanted of every document of a request.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) parts: Parts,
    pub(super) encoding: OffsetEncoding,
    registry: Option<Arc<Registry>>,
    only_given: bool,
    explain: bool,
    min_confidence: f64,
    detect_turns: bool,
    pub(super) model_sha256: String,
    held: Option<Held>,
}

impl Wanted {
    /// Keeps the room that the options take.
    pub(super) fn holding(mut self, held: Held) -> Self {
        self.held = Some(held);
        self
    }

    /// The options of the library.
    pub(super) fn options(&self) -> Options<'_> {
        Options {
            registry: self.registry.as_deref(),
            only_given: self.only_given,
            explain: self.explain,
            min_confidence: self.min_confidence,
        }
    }

    /// Whether sentences are all that is wanted, for which nothing needs to be read.
    pub(super) fn sentences_only(&self) -> bool {
        let only = Parts {
            sentences: true,
            ..Parts::NONE
        };
        self.parts == only
    }
}

/// Checks options; absent ones are the defaults.
pub(super) fn wanted(options: Option<m::AnalyzeOptions>) -> Result<Wanted, Refusal> {
    let options = options.unwrap_or_default();
    let (parts, explain) = parts(&options.features)?;
    let confidence = options.min_confidence;
    if !(0.0..=1.0).contains(&confidence) {
        let message = format!("{confidence}, it must be 0 to 1");
        return Err(Refusal::field("min_confidence", message));
    }
    if options.only_given_actors && options.actors.is_empty() {
        let message = "no actors are given, so none could be found";
        return Err(Refusal::field("only_given_actors", message));
    }
    let registry = if options.actors.is_empty() {
        None
    } else {
        let specs = options.actors.into_iter().enumerate();
        let specs = specs.map(|(at, spec)| actor(at, spec));
        Some(Arc::new(Registry::new(specs.collect::<Result<_, _>>()?)?))
    };
    Ok(Wanted {
        parts,
        encoding: encoding(options.offset_encoding)?,
        registry,
        only_given: options.only_given_actors,
        explain,
        min_confidence: confidence,
        detect_turns: options.detect_turns,
        model_sha256: options.model_sha256,
        held: None,
    })
}

fn parts(features: &[i32]) -> Result<(Parts, bool), Refusal> {
    if features.is_empty() {
        let parts = Parts {
            surfaces: false,
            ..Parts::ALL
        };
        return Ok((parts, false));
    }
    let (mut parts, mut explain) = (Parts::NONE, false);
    for (at, &feature) in features.iter().enumerate() {
        match m::Feature::try_from(feature) {
            Ok(m::Feature::Sentences) => parts.sentences = true,
            Ok(m::Feature::Attributions) => parts.attributions = true,
            Ok(m::Feature::Speakers) => parts.speakers = true,
            Ok(m::Feature::Actors) => parts.actors = true,
            Ok(m::Feature::Instances) => parts.instances = true,
            Ok(m::Feature::Profiles) => parts.profiles = true,
            Ok(m::Feature::Evidence) => (parts.profiles, parts.evidence) = (true, true),
            Ok(m::Feature::Surfaces) => parts.surfaces = true,
            Ok(m::Feature::Explanations) => (parts.instances, explain) = (true, true),
            Ok(m::Feature::Unspecified) | Err(_) => {
                let message = format!("{feature} is not a feature of this version");
                return Err(Refusal::field(format!("features[{at}]"), message));
            }
        }
    }
    Ok((parts, explain))
}

fn actor(at: usize, spec: m::ActorSpec) -> Result<ActorSpec, Refusal> {
    let kind = match m::ActorType::try_from(spec.r#type) {
        Ok(m::ActorType::Unspecified) => None,
        // The library's names are those of the contract: "ARMED_GROUP" is "armed_group".
        Ok(kind) => {
            let name = kind.as_str_name().trim_start_matches("ACTOR_TYPE_");
            Some(name.to_lowercase())
        }
        Err(_) => {
            let message = format!("{} is not a type of this version", spec.r#type);
            return Err(Refusal::field(format!("actors[{at}].type"), message));
        }
    };
    Ok(ActorSpec {
        id: spec.id,
        name: spec.name,
        aliases: spec.aliases,
        excluded_aliases: spec.excluded_aliases,
        kind,
    })
}

/// What offsets count; unspecified is UTF-8.
pub(super) fn encoding(encoding: i32) -> Result<OffsetEncoding, Refusal> {
    match m::OffsetEncoding::try_from(encoding) {
        Ok(m::OffsetEncoding::Unspecified | m::OffsetEncoding::Utf8) => Ok(OffsetEncoding::Utf8),
        Ok(m::OffsetEncoding::Utf16) => Ok(OffsetEncoding::Utf16),
        Ok(m::OffsetEncoding::Utf32) => Ok(OffsetEncoding::Utf32),
        Err(_) => {
            let message = format!("{encoding} is not an encoding of this version");
            Err(Refusal::field("offset_encoding", message))
        }
    }
}

/// Checks what a document says of itself, and its length: the quick part of [`document`].
pub(super) fn labels(document: &m::Document, max_text_bytes: usize) -> Result<(), Refusal> {
    for (field, value) in [
        ("id", &document.id),
        ("date", &document.date),
        ("title", &document.title),
        ("speaker", &document.speaker),
    ] {
        if value.len() > MAX_LABEL_BYTES {
            let message = format!("{} bytes, the limit is {MAX_LABEL_BYTES}", value.len());
            return Err(Refusal::field(field, message));
        }
    }
    if document.text.len() > max_text_bytes {
        return Err(crate::error::Error::TooLarge {
            field: "text".to_owned(),
            size_bytes: document.text.len(),
            limit_bytes: max_text_bytes,
        }
        .into());
    }
    if !document.date.is_empty() && crate::profile::Day::parse(&document.date).is_none() {
        let message = format!("{:?} is not a day of the form YYYY-MM-DD", document.date);
        return Err(Refusal::field("date", message));
    }
    Ok(())
}

/// Checks a document. `max_text_bytes` is the server's limit.
pub(super) fn document(
    document: m::Document,
    wanted: &Wanted,
    max_text_bytes: usize,
) -> Result<Document, Refusal> {
    labels(&document, max_text_bytes)?;
    let turns = document.turns;
    if turns.len() > MAX_TURNS {
        let message = format!("{} turns, the limit is {MAX_TURNS}", turns.len());
        return Err(Refusal::field("turns", message));
    }
    let mut read = if wanted.detect_turns && turns.is_empty() {
        Document::transcript(document.id, document.text)?
    } else {
        Document::new(document.id, document.text)?
    };
    if !turns.is_empty() {
        let map = OffsetMap::new(read.text(), wanted.encoding);
        let turns = turns.into_iter().enumerate().map(|(at, turn)| {
            if turn.speaker.trim().is_empty() {
                return Err(Refusal::field(
                    format!("turns[{at}].speaker"),
                    "must not be empty",
                ));
            }
            Ok(Turn {
                span: span(
                    &read,
                    &map,
                    turn.span.as_ref(),
                    &format!("turns[{at}].span"),
                )?,
                speaker: turn.speaker,
            })
        });
        let turns = turns.collect::<Result<Vec<_>, Refusal>>()?;
        read = read.with_turns(turns)?;
    }
    if !document.title.is_empty() {
        read = read.with_title(document.title);
    }
    if !document.date.is_empty() {
        read = read.with_date(document.date);
    }
    Ok(read.with_speaker(&document.speaker))
}

/// A span of the caller's, in bytes.
pub(super) fn span(
    document: &Document,
    map: &OffsetMap<'_>,
    span: Option<&m::TextSpan>,
    field: &str,
) -> Result<Span, Refusal> {
    let span = span.ok_or_else(|| Refusal::field(field, "missing"))?;
    let byte = |offset: u32| map.to_bytes(offset as usize);
    let bytes = byte(span.start).zip(byte(span.end));
    let found = bytes.and_then(|(start, end)| document.span(start, end).ok());
    found.ok_or_else(|| Refusal {
        field: field.to_owned(),
        ..Refusal::new(
            Code::InvalidArgument,
            "INVALID_SPAN",
            format!(
                "{}..{} is not a range on character boundaries of the text",
                span.start, span.end
            ),
        )
    })
}
