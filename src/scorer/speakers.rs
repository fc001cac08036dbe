//! The speakers of a document, as they are found.
//!
//! In go actors who speak, and names that a turn or the caller gives; out come [`Speaker`]s, one for each. What a reader
//! would question: a given name that the text does not mention is looked up among known actors, so that a delegation has
//! one id over many speeches.

use crate::actors::identity::{known_by_name, slug};
use crate::actors::names::{Likeness, NameForm, same_name};
use crate::actors::{Actor, ActorType, Clusters, Gazetteer, MentionKind, Registry};
use crate::analysis::{Speaker, SpeakerKind};
use crate::document::Span;
use std::collections::BTreeMap;

/// Speakers as they are found.
#[derive(Debug)]
pub(super) struct Speakers<'a> {
    pub(super) all: Vec<Speaker>,
    registry: Option<&'a Registry>,
    by_actor: BTreeMap<usize, usize>,
    /// By the name in lower case.
    by_name: BTreeMap<String, usize>,
}

impl<'a> Speakers<'a> {
    /// Nobody yet; the caller's actors are known by name.
    pub(super) fn new(registry: Option<&'a Registry>) -> Self {
        Self {
            all: Vec::new(),
            registry,
            by_actor: BTreeMap::new(),
            by_name: BTreeMap::new(),
        }
    }

    /// The speaker that an actor is.
    pub(super) fn of_actor(&mut self, clusters: &Clusters, actor: usize) -> usize {
        if let Some(&known) = self.by_actor.get(&actor) {
            return known;
        }
        let who = &clusters.actors()[actor];
        let mut mentions = who.mentions.iter();
        let named = mentions.any(|&at| clusters.mention_kind(at) == Some(MentionKind::Name));
        self.all.push(Speaker {
            id: who.id.clone(),
            name: who.name.clone(),
            forms: who.forms.clone(),
            kind: SpeakerKind::of(who.kind, who.plural, named),
            actor: Some(actor),
            mentions: Vec::new(),
            given: false,
        });
        self.by_actor.insert(actor, self.all.len() - 1);
        self.all.len() - 1
    }

    /// The speaker whom a turn or the caller names: the actor of that name, or somebody who is not mentioned.
    pub(super) fn of_name(&mut self, clusters: &Clusters, name: &str) -> usize {
        let key = name.to_lowercase();
        if let Some(&known) = self.by_name.get(&key) {
            return known;
        }
        let actors = clusters.actors();
        let named = |forms: &[String]| forms.iter().any(|form| form.to_lowercase() == key);
        let known = known_by_name(name, self.registry, Gazetteer::built_in());
        let is_known = |id: &str| known.as_ref().is_some_and(|(known, ..)| known == id);
        let mentioned = |fits: &dyn Fn(&Actor) -> bool| actors.iter().position(fits);
        let actor = mentioned(&|actor| named(&actor.forms))
            .or_else(|| mentioned(&|actor| is_known(&actor.id)))
            .or_else(|| person_of_name(actors, name));
        let speaker = match actor {
            Some(actor) => {
                let speaker = self.of_actor(clusters, actor);
                let this = &mut self.all[speaker];
                if !named(&this.forms) {
                    this.forms.push(name.to_owned());
                }
                this.given = true;
                this.kind = SpeakerKind::of(actors[actor].kind, actors[actor].plural, true);
                speaker
            }
            // "US" and then "United States".
            None => match self.all.iter().position(|speaker| is_known(&speaker.id)) {
                Some(again) => again,
                None => {
                    self.all.push(unmentioned(name, known));
                    self.all.len() - 1
                }
            },
        };
        self.by_name.insert(key, speaker);
        speaker
    }

    /// Adds a mention to the speaker that an actor is, if it is one.
    pub(super) fn add_mention(&mut self, actor: usize, span: Span) {
        if let Some(&speaker) = self.by_actor.get(&actor) {
            self.all[speaker].mentions.push(span);
        }
    }
}

/// A speaker whom the text does not mention; id, name and type of the known actor of that name, if there is one, so that a
/// delegation is one speaker over many speeches.
fn unmentioned(name: &str, known: Option<(String, String, ActorType)>) -> Speaker {
    let kind = known.as_ref().map_or(SpeakerKind::Person, |&(.., kind)| {
        SpeakerKind::of(kind, false, true)
    });
    let (id, full) =
        known.map_or_else(|| (slug(name), name.to_owned()), |(id, full, _)| (id, full));
    let mut forms = vec![full.clone()];
    forms.extend((full != name).then(|| name.to_owned()));
    Speaker {
        id,
        name: full,
        forms,
        kind,
        actor: None,
        mentions: Vec::new(),
        given: true,
    }
}

/// The only person of the text whose name agrees best with one that is given, such as "Ruiz" and "Ana Ruiz", or "SEN. RUIZ".
fn person_of_name(actors: &[Actor], name: &str) -> Option<usize> {
    let titles = Gazetteer::built_in().title_table();
    let given = NameForm::of(name, titles)?;
    let agrees = |actor: &Actor| {
        let form = NameForm::of(&actor.name, titles)?;
        same_name(&given, &form, Some(true)).filter(|&likeness| likeness != Likeness::FirstName)
    };
    let genders = |actor: &Actor| given.gender().zip(actor.gender);
    let fits = |actor: &Actor| {
        actor.kind == ActorType::Person && genders(actor).is_none_or(|(one, other)| one == other)
    };
    let persons = actors.iter().enumerate().filter(|(_, actor)| fits(actor));
    let alike: Vec<_> = persons
        .filter_map(|(at, actor)| Some((agrees(actor)?, at)))
        .collect();
    let top = alike.iter().map(|&(likeness, _)| likeness).max()?;
    let mut best = alike.iter().filter(|&&(likeness, _)| likeness == top);
    let &(_, only) = best.next()?;
    best.next().is_none().then_some(only)
}
