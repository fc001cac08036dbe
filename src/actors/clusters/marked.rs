//! Texts in which brackets mark the mentions, for tests.
//!
//! In goes a text such as `[Ana Ruiz] left.`; out come its clusters. A line is a sentence. What a reader would question:
//! no tagger is asked, so that a test says itself what a mention is taken for.

use super::Clusters;
use crate::actors::{ActorType, Candidate, Gazetteer, Registry};
use crate::document::Document;

/// The clusters of a text in which brackets mark the mentions.
pub(crate) fn marked(text: &str, registry: Option<&Registry>, only_given: bool) -> Marked {
    marked_as(text, &[], registry, only_given)
}

/// [`marked`], with what the tagger takes some mentions for.
pub(crate) fn marked_as(
    marked: &str,
    tagged: &[(&str, ActorType)],
    registry: Option<&Registry>,
    only_given: bool,
) -> Marked {
    let (mut text, mut open) = (String::new(), Vec::new());
    let mut ranges = Vec::new();
    for c in marked.chars() {
        match c {
            '[' => open.push(text.len()),
            ']' => ranges.push((open.pop().unwrap(), text.len())),
            _ => text.push(c),
        }
    }
    let document = Document::new("d", text).unwrap();
    let mut sentences = Vec::new();
    for line in document.lines(document.span_of_text()) {
        sentences.push(line);
    }
    ranges.sort_by_key(|&(start, end)| (start, usize::MAX - end));
    let candidates: Vec<_> = ranges
        .into_iter()
        .map(|(start, end)| Candidate {
            span: document.span(start, end).unwrap(),
            sentence: sentences.partition_point(|line| line.end() < end),
            entity: tagged
                .iter()
                .find(|(surface, _)| document.text().get(start..end) == Some(surface))
                .map(|&(_, kind)| kind),
            confidence: 1.0,
        })
        .collect();
    let gazetteer = Gazetteer::built_in();
    let clusters = Clusters::build(
        &document,
        &sentences,
        &candidates,
        registry,
        gazetteer,
        only_given,
    );
    Marked {
        document,
        candidates,
        clusters,
    }
}

/// What [`marked`] makes.
pub(crate) struct Marked {
    pub(crate) document: Document,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) clusters: Clusters,
}

impl Marked {
    /// The id of each mention's actor, "-" for nobody.
    pub(crate) fn ids(&self) -> Vec<&str> {
        (0..self.candidates.len())
            .map(|index| {
                let actor = self.clusters.actor_of(index);
                actor.map_or("-", |actor| &self.clusters.actors()[actor].id)
            })
            .collect()
    }
}
