//! Actors -> their messages, each with its mentions.
//!
//! What a reader would question: mentions are written within their actor, though an analysis lists them by place. Whoever
//! shows an actor wants to mark it in the text.

use super::Writer;
use crate::actors::{ActorOrigin, ActorType, MentionKind};
use crate::wire::messages as m;

impl Writer<'_> {
    pub(super) fn actors(&self) -> Vec<m::Actor> {
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
