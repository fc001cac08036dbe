//! What an actor is called: its id, its name and its forms.
//!
//! In goes a cluster; out come the id and the name that the registry or the gazetteer gives it, or
//! else an id made of its name, and the forms that its mentions give. What a reader would question:
//! an id of the text never looks like one that is given, be its bearer mentioned or not, and of two
//! that would be alike the later has a number. Profiles are merged by their ids: two actors of one
//! id would become one.

use crate::actors::gazetteer::{FormKind, Gazetteer};
use crate::actors::joining::{Cluster, Joining};
use crate::actors::known::{Known, article_len, known_names};
use crate::actors::names::one_line;
use crate::actors::readings::Reading;
use crate::actors::registry::Registry;
use crate::actors::words::words;
use crate::actors::{ActorOrigin, ActorType};
use std::collections::{BTreeMap, BTreeSet};

/// Id, name and origin of a known actor.
pub(crate) fn given<'a>(
    cluster: &Cluster,
    registry: Option<&'a Registry>,
    gazetteer: &'a Gazetteer,
) -> Option<(&'a str, &'a str, ActorOrigin)> {
    given_name(cluster.known?.who, registry, gazetteer)
}

fn given_name<'a>(
    who: Known,
    registry: Option<&'a Registry>,
    gazetteer: &'a Gazetteer,
) -> Option<(&'a str, &'a str, ActorOrigin)> {
    match who {
        Known::Caller(index) => {
            let (spec, _) = registry?.actor(index)?;
            Some((&spec.id, &spec.name, ActorOrigin::Caller))
        }
        Known::Gazetteer(index) => {
            let entry = gazetteer.entry(index)?;
            // The caller may use the same id for somebody else.
            if registry.is_some_and(|registry| registry.has_id(&entry.id)) {
                return None;
            }
            Some((&entry.id, &entry.name, ActorOrigin::Gazetteer))
        }
    }
}

/// Id, name and type of the known actor that a name means, wherever it stands; `None` unless the whole of it names one.
pub(crate) fn known_by_name(
    name: &str,
    registry: Option<&Registry>,
    gazetteer: &Gazetteer,
) -> Option<(String, String, ActorType)> {
    let found = known_names(name, registry, gazetteer);
    let [only] = found.as_slice() else {
        return None;
    };
    // Spans of the gazetteer leave the article out.
    let whole = only.span.start() <= article_len(name) && only.span.end() == name.len();
    if !whole || only.form != FormKind::Name {
        return None;
    }
    let (id, name, _) = given_name(only.who, registry, gazetteer)?;
    Some((id.to_owned(), name.to_owned(), only.kind))
}

/// An id made of a name: "Ana Ruiz" -> "ana-ruiz".
pub(crate) fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let parts = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty());
    let slug = parts.collect::<Vec<_>>().join("-");
    if slug.is_empty() {
        "actor".to_owned()
    } else {
        slug
    }
}

/// Makes ids for actors of the text.
#[derive(Default)]
pub(crate) struct Ids {
    taken: BTreeSet<String>,
    /// How often each slug was asked for.
    counts: BTreeMap<String, usize>,
}

impl Ids {
    /// "Ana Ruiz" -> "ana-ruiz", then "ana-ruiz-2".
    pub(crate) fn slug(&mut self, name: &str, reserved: impl Fn(&str) -> bool) -> String {
        let slug = slug(name);
        let count = self.counts.entry(slug.clone()).or_default();
        loop {
            *count += 1;
            let id = if *count == 1 {
                slug.clone()
            } else {
                format!("{slug}-{count}")
            };
            if !reserved(&id) && self.taken.insert(id.clone()) {
                return id;
            }
        }
    }
}

/// The names that mentions give, in order and without repetition; of an actor that is only ever
/// described, the descriptions.
pub(crate) fn forms(joining: &Joining, mentions: &[usize]) -> Vec<String> {
    let (mut names, mut descriptions) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for &mention in mentions {
        let Some((reading, candidate)) = joining
            .readings
            .get(mention)
            .zip(joining.candidates.get(mention))
        else {
            continue;
        };
        let full = &undetermined(joining.document.slice(candidate.span));
        let (list, form, also) = match reading {
            Reading::Name { form, .. } => {
                // "Herald newspaper" and "Herald", "Finance Ministry officials" and "Finance Ministry".
                let added = full.strip_prefix(form.display());
                let longer = added.is_some_and(|rest| rest.starts_with(' ') && !rest.contains(','));
                let longer = longer.then(|| full.clone());
                (&mut names, form.display().to_owned(), longer)
            }
            Reading::Known {
                form: Some(form), ..
            } => (&mut names, form.display().to_owned(), None),
            // "Omanis" of "thousands of Omanis", but not "Omani" of "Omani authorities".
            Reading::Known { name, .. } if name.span.end() == candidate.span.end() => {
                let named = one_line(joining.document.slice(name.span));
                (&mut names, named, Some(full.clone()))
            }
            Reading::Known { .. } => (&mut names, full.clone(), None),
            Reading::Description(_) => (&mut descriptions, full.clone(), None),
            Reading::Open => continue,
        };
        for form in std::iter::once(form).chain(also) {
            if seen.insert(form.clone()) {
                list.push(form);
            }
        }
    }
    if names.is_empty() {
        descriptions
    } else {
        names
    }
}

/// A surface without its articles and without punctuation around it, in one line.
fn undetermined(surface: &str) -> String {
    let words = words(surface);
    let first = words.iter().find(|word| !word.is_determiner());
    let span = first
        .zip(words.last())
        .map(|(first, last)| first.start..last.end());
    one_line(span.and_then(|span| surface.get(span)).unwrap_or(surface))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::clusters::marked;

    #[test]
    fn names_are_known_with_and_without_their_article() {
        let id = |name: &str| Some(known_by_name(name, None, Gazetteer::built_in())?.0);
        let paper = id("Washington Post");
        assert!(paper.is_some());
        assert_eq!(id("The Washington Post"), paper);
        assert_eq!(id("The Washington Post reporter"), None);
    }

    #[test]
    fn longer_forms_are_kept() {
        let marked = marked(
            "[The Herald newspaper] told [thousands of Omanis].\n[Omani authorities] called [the Tax Commission officials].",
            None,
            false,
        );
        let forms: Vec<_> = marked
            .clusters
            .actors()
            .iter()
            .map(|actor| actor.forms.join("|"))
            .collect();
        assert_eq!(
            forms,
            [
                "Herald|Herald newspaper",
                "Oman|Omanis|thousands of Omanis|Omani authorities",
                "Tax Commission|Tax Commission officials",
            ]
        );
    }

    #[test]
    fn callers_actors_come_first() {
        let registry = Registry::from_json(
            r#"[{"id": "x1", "name": "Ana Ruiz"}, {"id": "x2", "name": "Oman"},
                {"id": "maar", "name": "Reform Party"}]"#,
        )
        .unwrap();
        let text = "[Ana Ruiz] met [Omani officials].\n[Ruiz] left [Maar], [Iran] and [Reform].";
        let all = marked(text, Some(&registry), false);
        assert_eq!(all.ids(), ["x1", "x2", "x1", "maar-2", "irn", "reform"]);
        let given = marked(text, Some(&registry), true);
        assert_eq!(given.ids(), ["x1", "x2", "x1", "-", "-", "-"]);
        assert_eq!(given.clusters.actors()[1].origin, ActorOrigin::Caller);
        let registry = Registry::from_json(r#"[{"id": "irn", "name": "Maar"}]"#).unwrap();
        let clash = marked("[Maar] met [Iran].", Some(&registry), false);
        assert_eq!(clash.ids(), ["irn", "iran"]);
    }
}
