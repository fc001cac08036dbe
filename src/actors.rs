//! Mentions of a document -> the actors they mean.
//!
//! In go the document and its [`Candidate`]s, the spans that name or describe somebody; out comes
//! [`Clusters`]: actors with an id, a name, and the mentions that mean them. Whoever the caller
//! listed in a [`Registry`] comes first, the built-in [`Gazetteer`] of countries, parties and
//! organisations next, and the names of the text itself last, so that an id is as stable as it can
//! be. Pronouns are left open: which voices a pronoun may reach across is for the caller to say,
//! who asks [`pronouns::resolve_third`] and hands the answer to [`Clusters::assign`].

use crate::document::Span;
use std::str::FromStr;

mod abroad;
mod accents;
mod acronyms;
mod bodies;
pub mod clusters;
mod descriptions;
mod epithets;
pub(crate) mod first_names;
pub mod gazetteer;
mod handles;
pub(crate) mod identity;
mod introduced;
mod joining;
mod kin;
pub(crate) mod known;
pub mod names;
mod naming;
pub(crate) mod nouns;
mod offices;
mod parties;
mod phrases;
pub mod pronouns;
pub(crate) mod readings;
pub mod registry;
mod sorts;
pub mod titles;
mod unnamed;
mod votes;
mod wordings;
pub(crate) mod words;

pub use clusters::Clusters;
pub use gazetteer::Gazetteer;
pub use pronouns::{Pronoun, ThirdPerson};
pub use registry::Registry;

/// What sort of actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActorType {
    /// A single person.
    Person,
    /// A body with a name: ministry, company, newspaper, alliance.
    Organisation,
    /// A state or a part of one, with its government and its people.
    Country,
    /// A political party.
    Party,
    /// A militia, a rebel army, a terrorist group.
    ArmedGroup,
    /// People without an organisation: a religion, a profession, "voters".
    Group,
    /// A place that is not an actor of its own.
    Location,
    /// Nothing is known of it.
    Other,
}

impl ActorType {
    /// The name used in seeds, registries and results.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
            Self::Country => "country",
            Self::Party => "party",
            Self::ArmedGroup => "armed_group",
            Self::Group => "group",
            Self::Location => "location",
            Self::Other => "other",
        }
    }
}

impl FromStr for ActorType {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [
            Self::Person,
            Self::Organisation,
            Self::Country,
            Self::Party,
            Self::ArmedGroup,
            Self::Group,
            Self::Location,
            Self::Other,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == name)
        .ok_or_else(|| format!("{name:?} is not a type of actor"))
    }
}

/// Where an actor's id comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActorOrigin {
    /// The caller's registry.
    Caller,
    /// The built-in gazetteer.
    Gazetteer,
    /// The text: the id is made from the name and holds within one document only.
    Text,
}

/// How a mention refers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MentionKind {
    /// By a name, alone or with titles: "Gen. Ana Ruiz", "Omani authorities".
    Name,
    /// By a pronoun.
    Pronoun,
    /// By a common noun: "the senator", "voters".
    Description,
}

/// A person's grammatical gender, as far as titles, first names and pronouns tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gender {
    /// "she".
    Female,
    /// "he".
    Male,
}

/// A stretch of text that may mention an actor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Where it stands.
    pub span: Span,
    /// Index of its sentence.
    pub sentence: usize,
    /// What the entity tagger takes it for.
    pub entity: Option<ActorType>,
    /// How sure the tagger is that it is a mention, 0 to 1.
    pub confidence: f64,
}

/// Someone the document speaks of.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// The registry's or gazetteer's id, or a slug of the name; unique in the document.
    pub id: String,
    /// The fullest name, without titles.
    pub name: String,
    /// The name, then the other forms found in the text in order of appearance.
    pub forms: Vec<String>,
    /// What sort of actor it is.
    pub kind: ActorType,
    /// Where the id comes from.
    pub origin: ActorOrigin,
    /// The gender, where something tells.
    pub gender: Option<Gender>,
    /// Whether it is several people ("voters") rather than one person or body.
    pub plural: bool,
    /// Indices of the candidates that mean it, ascending.
    pub mentions: Vec<usize>,
}
