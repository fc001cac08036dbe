//! The actors a caller cares about, with the names they go by.
//!
//! In goes JSON, or a list of [`ActorSpec`]s; out comes a checked [`Registry`] that finds their
//! names in a text. Everything doubtful is an error with the field that holds it: an alias that two
//! actors share would otherwise be decided by order, silently. An excluded alias is a longer phrase
//! inside which the actor is not meant ("Georgia State University" for Georgia).

use crate::actors::ActorType;
use crate::actors::phrases::{Case, Phrases, longest};
use crate::document::Span;
use crate::error::{Error, Result};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The most actors a registry may hold.
pub const MAX_ACTORS: usize = 10_000;

/// The longest id, name or alias, in bytes.
pub const MAX_ALIAS_BYTES: usize = 200;

/// The most names of one kind, aliases or excluded ones, that an actor may have.
pub const MAX_ALIASES: usize = 1_000;

/// An actor as the caller describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActorSpec {
    /// The caller's id, unique in the registry.
    pub id: String,
    /// The name to show; it is looked for as well.
    pub name: String,
    /// Further names. One in lower case matches in any case; all others as written.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Phrases in which a name of this actor does not mean it.
    #[serde(default)]
    pub excluded_aliases: Vec<String>,
    /// One of the names of [`ActorType`], if known.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    actors: Vec<ActorSpec>,
}

/// The caller's actors, checked.
#[derive(Debug, Clone)]
pub struct Registry {
    actors: Vec<(ActorSpec, Option<ActorType>)>,
    /// For each phrase its actor, and whether it is an excluded one.
    owners: Vec<(usize, bool)>,
    phrases: Phrases,
    ids: BTreeMap<String, usize>,
}

impl Registry {
    /// Reads a list of actors, or an object with that list as `actors`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when the JSON is not of that form or has an unknown field, and those of
    /// [`Registry::new`].
    pub fn from_json(json: &str) -> Result<Self> {
        let invalid = |error: serde_json::Error| Error::Invalid {
            field: "actors".to_owned(),
            message: error.to_string(),
        };
        // An untagged enum would only say that no variant fits; read the one that is meant.
        let json = json.trim_start_matches('\u{feff}');
        let actors = if json.trim_start().starts_with('[') {
            serde_json::from_str(json).map_err(invalid)?
        } else {
            serde_json::from_str::<Listed>(json)
                .map_err(invalid)?
                .actors
        };
        Self::new(actors)
    }

    /// Checks the actors and prepares the search for their names.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for an empty or repeated id, an empty name or alias, an alias that two
    /// actors share, an unknown type, or a text above [`MAX_ALIAS_BYTES`]; the field is named like
    /// `actors[3].aliases[0]`. The same for more than [`MAX_ACTORS`] or [`MAX_ALIASES`].
    pub fn new(specs: Vec<ActorSpec>) -> Result<Self> {
        check_count("actors", specs.len(), MAX_ACTORS)?;
        let mut ids = BTreeMap::new();
        let mut taken: BTreeMap<String, usize> = BTreeMap::new();
        let (mut owners, mut phrases, mut actors) = (Vec::new(), Vec::new(), Vec::new());
        for (index, spec) in specs.into_iter().enumerate() {
            let field = |name: &str| format!("actors[{index}].{name}");
            check_text(&field("id"), &spec.id)?;
            if let Some(earlier) = ids.insert(spec.id.clone(), index) {
                let message = format!("{:?} is the id of actors[{earlier}] too", spec.id);
                return Err(invalid(field("id"), message));
            }
            let kind = spec.kind.as_deref().map(str::parse).transpose();
            let kind = kind.map_err(|message| invalid(field("type"), message))?;
            check_count(&field("aliases"), spec.aliases.len(), MAX_ALIASES)?;
            let n_excluded = spec.excluded_aliases.len();
            check_count(&field("excluded_aliases"), n_excluded, MAX_ALIASES)?;
            let named = std::iter::once((field("name"), &spec.name)).chain(
                spec.aliases
                    .iter()
                    .enumerate()
                    .map(|(at, alias)| (field(&format!("aliases[{at}]")), alias)),
            );
            for (field, alias) in named {
                check_text(&field, alias)?;
                // Case is no difference: "tories" matches "Tories", too.
                let owner = *taken.entry(alias.to_lowercase()).or_insert(index);
                if owner != index {
                    let message = format!("{alias:?} is a name of actors[{owner}] too");
                    return Err(invalid(field, message));
                }
                owners.push((index, false));
                phrases.push((alias.clone(), case_of(alias)));
            }
            for (at, phrase) in spec.excluded_aliases.iter().enumerate() {
                check_text(&field(&format!("excluded_aliases[{at}]")), phrase)?;
                owners.push((index, true));
                phrases.push((phrase.clone(), case_of(phrase)));
            }
            actors.push((spec, kind));
        }
        Ok(Self {
            actors,
            owners,
            phrases: Phrases::new(phrases)?,
            ids,
        })
    }

    /// Places where `text` names an actor, as (span, index of the actor): leftmost, longest, not
    /// overlapping, in order.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<(Span, usize)> {
        self.search(text).0
    }

    /// What [`Registry::find`] gives, and where names do not count.
    pub(crate) fn search(&self, text: &str) -> (Vec<(Span, usize)>, Excluded) {
        let mut excluded = Excluded::default();
        let mut named = Vec::new();
        for (span, phrase) in self.phrases.occurrences(text) {
            match self.owners.get(phrase) {
                Some(&(actor, true)) => excluded.0.entry(actor).or_default().push(span),
                Some(&(actor, false)) => named.push((span, actor)),
                None => {}
            }
        }
        named.retain(|&(span, actor)| !excluded.covers(actor, span));
        (longest(named), excluded)
    }

    /// Whether an actor has this id.
    #[must_use]
    pub fn has_id(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    /// Number of actors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.actors.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actors.is_empty()
    }

    /// The actor with an index that [`Registry::find`] gave, and its type.
    #[must_use]
    pub fn actor(&self, index: usize) -> Option<(&ActorSpec, Option<ActorType>)> {
        self.actors.get(index).map(|(spec, kind)| (spec, *kind))
    }
}

/// Where excluded aliases stand, by actor and sorted by start.
#[derive(Debug, Default)]
pub(crate) struct Excluded(BTreeMap<usize, Vec<Span>>);

impl Excluded {
    /// Whether an excluded alias of the actor contains `span`.
    pub(crate) fn covers(&self, actor: usize, span: Span) -> bool {
        let Some(spans) = self.0.get(&actor) else {
            return false;
        };
        let after = spans.partition_point(|other| other.start() <= span.start());
        let near = spans.get(..after).unwrap_or(&[]).iter().rev();
        near.take_while(|other| span.start() - other.start() <= MAX_ALIAS_BYTES)
            .any(|other| other.contains(span))
    }
}

fn case_of(alias: &str) -> Case {
    if alias.chars().any(char::is_uppercase) {
        Case::Exact
    } else {
        Case::Any
    }
}

fn invalid(field: String, message: String) -> Error {
    Error::Invalid { field, message }
}

fn check_count(field: &str, count: usize, limit: usize) -> Result<()> {
    if count <= limit {
        return Ok(());
    }
    Err(invalid(
        field.to_owned(),
        format!("{count} entries, the limit is {limit}"),
    ))
}

fn check_text(field: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(invalid(field.to_owned(), "is empty".to_owned()));
    }
    if text.len() > MAX_ALIAS_BYTES {
        let message = format!("{} bytes, the limit is {MAX_ALIAS_BYTES}", text.len());
        return Err(invalid(field.to_owned(), message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        let registry = Registry::from_json(
            r#"{"actors": [
                {"id": "g", "name": "Georgia", "excluded_aliases": ["Georgia State University"]},
                {"id": "r", "name": "Ana Ruiz", "aliases": ["Ruiz", "the iron mayor"],
                 "type": "person"},
                {"id": "u", "name": "State University"}
            ]}"#,
        )
        .unwrap();
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("Georgia’s vote", &[("Georgia", "g")]),
            ("at Georgia State University", &[("State University", "u")]),
            ("Ana Ruiz, or Ruiz", &[("Ana Ruiz", "r"), ("Ruiz", "r")]),
            ("The Iron Mayor", &[("The Iron Mayor", "r")]),
            ("georgia ruiz RUIZ Ruizes", &[]),
        ];
        for (text, expected) in cases {
            let found: Vec<_> = registry
                .find(text)
                .into_iter()
                .map(|(span, actor)| {
                    let id = registry.actor(actor).unwrap().0.id.as_str();
                    (text.get(span.start()..span.end()).unwrap(), id)
                })
                .collect();
            assert_eq!(&found, expected, "{text}");
        }
        assert_eq!(registry.actor(1).unwrap().1, Some(ActorType::Person));
        assert_eq!((registry.len(), registry.is_empty()), (3, false));
        assert!(registry.has_id("u") && !registry.has_id("Georgia"));
        assert!(Registry::from_json("[]").unwrap().is_empty());
    }

    #[test]
    fn doubtful_registries_are_refused() {
        let long = "x".repeat(MAX_ALIAS_BYTES + 1);
        let cases = [
            (r#"[{"id": "", "name": "A"}]"#, "actors[0].id: is empty"),
            (r#"[{"id": "a", "name": " "}]"#, "actors[0].name: is empty"),
            (
                r#"[{"id": "a", "name": "A", "aliases": ["B", ""]}]"#,
                "actors[0].aliases[1]: is empty",
            ),
            (
                r#"[{"id": "a", "name": "A"}, {"id": "a", "name": "B"}]"#,
                "actors[1].id: \"a\" is the id of actors[0] too",
            ),
            (
                r#"[{"id": "a", "name": "A"}, {"id": "b", "name": "B", "aliases": ["a"]}]"#,
                "actors[1].aliases[0]: \"a\" is a name of actors[0] too",
            ),
            (
                r#"[{"id": "a", "name": "A", "type": "planet"}]"#,
                "actors[0].type: \"planet\" is not a type of actor",
            ),
            (
                r#"[{"id": "a", "name": "A", "nickname": "B"}]"#,
                "actors: unknown field `nickname`",
            ),
            (r#"{"actors": [], "x": 1}"#, "actors: unknown field `x`"),
            ("7", "actors: invalid type"),
            (
                &format!(r#"[{{"id": "a", "name": "A", "excluded_aliases": ["{long}"]}}]"#),
                "actors[0].excluded_aliases[0]: 201 bytes, the limit is 200",
            ),
        ];
        for (json, message) in cases {
            let error = Registry::from_json(json).unwrap_err().to_string();
            assert!(error.starts_with(message), "{json}: {error}");
        }
        let actor = |index: usize| ActorSpec {
            id: index.to_string(),
            name: format!("N{index}"),
            ..ActorSpec::default()
        };
        assert!(Registry::new((0..MAX_ACTORS).map(actor).collect()).is_ok());
        let error = Registry::new((0..=MAX_ACTORS).map(actor).collect()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "actors: 10001 entries, the limit is 10000"
        );
    }
}
