//! An actor of a document, while its mentions are joined.
//!
//! In goes what each of its mentions tells of it; out comes what it is by all that is known so far. What a reader would
//! question: nothing is ever taken back but its sort, so that what a wrongly joined name tells stays with it.

use crate::actors::known::{Known, KnownName};
use crate::actors::names::NameForm;
use crate::actors::nouns::is_body_head;
use crate::actors::titles::ways_to_say;
use crate::actors::{ActorType, Gender};
use std::collections::BTreeSet;

/// An actor while its mentions are joined.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cluster {
    pub(crate) known: Option<KnownName>,
    pub(crate) kind: Option<ActorType>,
    pub(crate) gender: Option<Gender>,
    pub(crate) plural: bool,
    /// Name forms that later names are compared with.
    pub(crate) forms: Vec<NameForm>,
    /// Candidates that give a full name.
    pub(crate) full: BTreeSet<usize>,
    /// How many names have a title that tells the gender: "Mr. Ruiz".
    pub(crate) n_addressed: usize,
    /// Nouns it may later be described by: offices, the noun at the end of its name.
    pub(crate) nouns: BTreeSet<String>,
    pub(crate) nations: BTreeSet<Known>,
    pub(crate) n_mentions: usize,
}

impl Cluster {
    /// Whether it is a person, if its sort is known.
    pub(crate) fn is_person(&self) -> Option<bool> {
        match self.kind? {
            ActorType::Person => Some(true),
            ActorType::Other => None,
            ActorType::Organisation
            | ActorType::Country
            | ActorType::Party
            | ActorType::ArmedGroup
            | ActorType::Group
            | ActorType::Location => Some(false),
        }
    }

    /// Whether it is one person, who alone can be "the mayor".
    pub(crate) fn is_one_person(&self) -> bool {
        self.is_person() == Some(true) && !self.plural
    }

    /// Whether it is only ever described.
    pub(crate) fn is_nameless(&self) -> bool {
        self.known.is_none() && self.forms.is_empty()
    }

    /// Whether it was given that title, in full or by its noun.
    pub(super) fn bears(&self, role: &str) -> bool {
        let noun = |title: &String| ways_to_say(title).any(|way| way == role);
        self.nouns.iter().any(noun)
    }

    /// Whether it may be a person of that surname although it was taken for a body: not "Maar Union".
    pub(super) fn may_be_named(&self, surname: &str) -> bool {
        let body = self.kind == Some(ActorType::Organisation) && self.known.is_none();
        body && !self.full.is_empty() && !is_body_head(surname)
    }
}
