//! The result for one document: what the scorer hands to the command line, the server and the
//! evaluation.
//!
//! Everything refers to everything else by its number in these lists, and to the text by byte spans
//! of the original. Speakers and actors are two lists although a state may be both: voices are never
//! summed together, and a speaker may be nobody's target.

use crate::actors::{Actor, ActorType, MentionKind};
use crate::attribution::Attribution;
use crate::document::Span;
use crate::instance::Instance;
use crate::profile::StanceProfile;

/// Which model made a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelIdentity {
    /// Name of the model.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its manifest, in hexadecimal.
    pub sha256: String,
    /// Base of its encoder.
    pub encoder: String,
    /// Number format of its computation.
    pub precision: String,
}

/// What kind of voice a speaker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpeakerKind {
    /// A person who is named.
    Person,
    /// An organisation, party or armed group that is named, or whatever else is and is none of the others.
    Organisation,
    /// A state or another place that is named.
    Country,
    /// A named or described group of people.
    Group,
    /// Somebody whom the text never names ("a spokesman").
    Unnamed,
}

/// Somebody who speaks or holds a stance.
#[derive(Debug, Clone, PartialEq)]
pub struct Speaker {
    /// Id within the document: the actor's id, or a slug of the name a caller or transcript gave.
    pub id: String,
    /// The fullest name.
    pub name: String,
    /// The name, then other forms found in the text.
    pub forms: Vec<String>,
    /// What kind of voice it is.
    pub kind: SpeakerKind,
    /// Number of the actor it is, when it is mentioned in the text.
    pub actor: Option<usize>,
    /// Where it is mentioned as a source or holder, in order.
    pub mentions: Vec<Span>,
    /// Whether a turn or the caller names it.
    pub given: bool,
}

/// A mention of an actor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mention {
    /// Where it stands.
    pub span: Span,
    /// Number of its sentence.
    pub sentence: usize,
    /// Number of the actor.
    pub actor: usize,
    /// Name, pronoun or description.
    pub kind: MentionKind,
    /// How sure the tagger was; 0 to 1.
    pub confidence: f64,
    /// Whether it was taken for a possible target of stance.
    pub is_target: bool,
}

/// Why an attribution has no speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unresolved {
    /// No source is named for the content.
    NoSource,
    /// The source is a pronoun or title with nobody before it who fits.
    NoCandidate,
    /// Several fit about as well.
    Ambiguous,
}

/// Who an attribution's source is.
#[derive(Debug, Clone, PartialEq)]
pub enum Voice {
    /// Number of the speaker.
    Speaker(usize),
    /// Nobody could be told, for this reason; the candidates are actors with probabilities.
    Unknown(Unresolved, Vec<(usize, f64)>),
}

/// What a user should know about a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// A sentence was longer than a window and was read in overlapping pieces.
    LongSentence {
        /// Number of the sentence.
        sentence: usize,
    },
    /// Nobody in the text could be taken for an actor.
    NoActors,
    /// An attribution has no speaker and stays out of profiles.
    UnresolvedSpeaker {
        /// Number of the attribution.
        attribution: usize,
    },
}

/// Everything found in one document.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Id of the document.
    pub document_id: String,
    /// Model that made it.
    pub model: ModelIdentity,
    /// Sentences, in order.
    pub sentences: Vec<Span>,
    /// The words of each sentence, as explanations count them.
    pub words: Vec<Vec<Span>>,
    /// Attributions, in order of their content.
    pub attributions: Vec<Attribution>,
    /// The speaker of each attribution.
    pub voices: Vec<Voice>,
    /// Speakers, in no particular order.
    pub speakers: Vec<Speaker>,
    /// Actors, those that are mentioned as targets or hold a stance.
    pub actors: Vec<Actor>,
    /// Mentions of actors, in order of the text.
    pub mentions: Vec<Mention>,
    /// Instances in which a holder takes a stand (or is neutral), in order of the text.
    pub instances: Vec<Instance>,
    /// One profile for every speaker and actor that a reader would list (see [`pairs`](crate::pairs)), by
    /// speaker, then most instances.
    pub profiles: Vec<StanceProfile>,
    /// Warnings.
    pub warnings: Vec<Warning>,
}

impl Analysis {
    /// Whether somebody is mentioned and nobody is found who speaks: what is left where only given actors are looked for
    /// and those who speak are none of them.
    #[must_use]
    pub fn is_voiceless(&self) -> bool {
        self.speakers.is_empty() && self.mentions.iter().any(|mention| mention.is_target)
    }
}

impl SpeakerKind {
    /// Its name in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
            Self::Country => "country",
            Self::Group => "group",
            Self::Unnamed => "unnamed",
        }
    }

    /// What kind of voice an actor is, by its type, whether it is several, and whether it is named.
    #[must_use]
    pub fn of(kind: ActorType, plural: bool, named: bool) -> Self {
        match kind {
            ActorType::Group => Self::Group,
            ActorType::Other if plural => Self::Group,
            _ if !named => Self::Unnamed,
            ActorType::Person => Self::Person,
            ActorType::Country | ActorType::Location => Self::Country,
            ActorType::Organisation
            | ActorType::Party
            | ActorType::ArmedGroup
            | ActorType::Other => Self::Organisation,
        }
    }
}
