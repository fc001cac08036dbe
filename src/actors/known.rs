//! The names of a text that are known before it is read.
//!
//! In go the text, the caller's registry and the gazetteer; out come [`KnownName`]s in order. Where
//! the two overlap the longer name stands, so that "Maar Air" is not the caller's Maar; of equal
//! ones the caller's. An actor of the gazetteer that bears a name of a caller's actor *is* that
//! actor: "Omani authorities" count for a caller who only listed "Oman". An acronym that the text
//! defines means what it says there, unless the caller lists the acronym itself; bodies of other countries are not those
//! of the gazetteer ([`at_home`]).

use crate::actors::ActorType;
use crate::actors::abroad::at_home;
use crate::actors::acronyms::Acronyms;
use crate::actors::gazetteer::{FormKind, Gazetteer};
use crate::actors::phrases::longest;
use crate::actors::registry::{Excluded, Registry};
use crate::document::Span;
use std::collections::BTreeMap;

/// An actor that is known before the document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Known {
    /// Index in the caller's registry.
    Caller(usize),
    /// Index in the gazetteer.
    Gazetteer(usize),
}

/// A place in the text that names a known actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownName {
    pub(crate) span: Span,
    pub(crate) who: Known,
    pub(crate) kind: ActorType,
    pub(crate) form: FormKind,
}

/// All known names of `text`, not overlapping, in order.
pub(crate) fn known_names(
    text: &str,
    registry: Option<&Registry>,
    gazetteer: &Gazetteer,
) -> Vec<KnownName> {
    let mut found: Vec<(Span, KnownName)> = Vec::new();
    let mut callers = BTreeMap::new();
    let mut excluded = Excluded::default();
    if let Some(registry) = registry {
        callers = callers_of_entries(registry, gazetteer);
        let entries: BTreeMap<_, _> = callers
            .iter()
            .map(|(entry, given)| (given, entry))
            .collect();
        let (given, inside) = registry.search(text);
        excluded = inside;
        for (span, actor) in given {
            let entry = entries
                .get(&actor)
                .and_then(|&&entry| gazetteer.entry(entry));
            let kind = registry.actor(actor).and_then(|(_, kind)| kind);
            let name = KnownName {
                span,
                who: Known::Caller(actor),
                kind: kind
                    .or(entry.map(|entry| entry.kind))
                    .unwrap_or(ActorType::Other),
                form: FormKind::Name,
            };
            found.push((span, name));
        }
    }
    let acronyms = Acronyms::of(text);
    for hit in at_home(text, gazetteer.find(text), gazetteer) {
        let surface = text.get(hit.span.start()..hit.span.end()).unwrap_or("");
        if acronyms.mean_another(surface, gazetteer.forms(hit.actor)) {
            continue;
        }
        let Some(entry) = gazetteer.entry(hit.actor) else {
            continue;
        };
        let caller = callers.get(&hit.actor).copied();
        if caller.is_some_and(|caller| excluded.covers(caller, hit.span)) {
            continue;
        }
        // A mention of "The Herald" may begin at "Herald".
        let cut = article_len(surface);
        let span = Span::raw(hit.span.start() + cut, hit.span.end());
        let name = KnownName {
            span,
            who: caller.map_or(Known::Gazetteer(hit.actor), Known::Caller),
            kind: entry.kind,
            form: hit.form,
        };
        found.push((span, name));
    }
    found.sort_by_key(|(span, name)| (span.start(), usize::MAX - span.end(), name.who));
    let mut names: Vec<_> = longest(found).into_iter().map(|(_, name)| name).collect();
    let mut short = acronyms.of_known(text, &names);
    short.retain(|name| match name.who {
        Known::Caller(caller) => !excluded.covers(caller, name.span),
        Known::Gazetteer(_) => true,
    });
    names.extend(short);
    names.sort_by_key(|name| name.span);
    names
}

/// The bytes of the article that a name begins with.
pub(crate) fn article_len(name: &str) -> usize {
    let mut articles = ["The ", "the "].iter();
    let article = articles.find(|article| name.starts_with(**article));
    article.map_or(0, |article| article.len())
}

/// The caller's actor for each actor of the gazetteer that bears one of its names, by index.
fn callers_of_entries(registry: &Registry, gazetteer: &Gazetteer) -> BTreeMap<usize, usize> {
    let mut callers = BTreeMap::new();
    for index in 0..registry.len() {
        let Some((spec, kind)) = registry.actor(index) else {
            continue;
        };
        for name in std::iter::once(&spec.name).chain(&spec.aliases) {
            let hits = gazetteer.find(name);
            let [hit] = hits.as_slice() else { continue };
            let entry = gazetteer.entry(hit.actor);
            let fits = kind.is_none_or(|kind| entry.is_some_and(|entry| entry.kind == kind));
            if hit.span.len() == name.len() && hit.form == FormKind::Name && fits {
                callers.entry(hit.actor).or_insert(index);
            }
        }
    }
    callers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acronyms_mean_what_the_text_says() {
        let gazetteer = Gazetteer::built_in();
        let registry = Registry::from_json(
            r#"[{"id": "m", "name": "Maar Press Union"}, {"id": "b", "name": "BNP"}]"#,
        )
        .unwrap();
        let read = |text: &str, registry: Option<&Registry>| {
            let names = known_names(text, registry, gazetteer);
            let named = names.into_iter().map(|name| {
                let id = match name.who {
                    Known::Caller(index) => registry.unwrap().actor(index).unwrap().0.id.clone(),
                    Known::Gazetteer(index) => gazetteer.entry(index).unwrap().id.clone(),
                };
                let surface = text.get(name.span.start()..name.span.end()).unwrap();
                format!("{surface}={id}")
            });
            Vec::from_iter(named)
        };
        let pti = "Pakistan Tehreek-e-Insaf=party.pk.pti";
        let cases: &[(&str, &[&str])] = &[
            ("The PTI left.", &["PTI=org.media.pti"]),
            (
                "PTI left. Pakistan Tehreek-e-Insaf (PTI) won.",
                &["PTI=party.pk.pti", pti, "PTI=party.pk.pti"],
            ),
            // Nobody knows the name: the text says who it is.
            ("the Brandt Tax Institute (BTI) and BTI", &[]),
            ("the Public Tax Institute (PTI) and PTI", &[]),
            // The same body in another spelling.
            ("the World Health Organisations (WHO)", &["WHO=org.un.who"]),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text, None), *expected, "{text}");
        }
        let text = "Maar Press Union (MPU), Bangladesh Nationalist Party (BNP): MPU, BNP.";
        let expected = [
            "Maar Press Union=m",
            "MPU=m",
            "Bangladesh Nationalist Party=party.bd.bnp",
            "BNP=b",
            "MPU=m",
            "BNP=b",
        ];
        assert_eq!(read(text, Some(&registry)), expected);
    }

    #[test]
    fn callers_come_first() {
        let registry = Registry::from_json(
            r#"[{"id": "o", "name": "Oman", "excluded_aliases": ["Omani Street"]},
                {"id": "m", "name": "Maar"}]"#,
        )
        .unwrap();
        let gazetteer = Gazetteer::built_in();
        type Case<'c> = (&'c str, &'c [(&'c str, Option<usize>)]);
        let cases: &[Case] = &[
            (
                "Omani envoys left Oman",
                &[("Omani", Some(0)), ("Oman", Some(0))],
            ),
            ("a house in Omani Street", &[]),
            ("Maar met Iran", &[("Maar", Some(1)), ("Iran", None)]),
        ];
        for (text, expected) in cases {
            let found: Vec<_> = known_names(text, Some(&registry), gazetteer)
                .into_iter()
                .map(|name| {
                    let caller = match name.who {
                        Known::Caller(index) => Some(index),
                        Known::Gazetteer(_) => None,
                    };
                    (
                        text.get(name.span.start()..name.span.end()).unwrap(),
                        caller,
                    )
                })
                .collect();
            assert_eq!(&found, expected, "{text}");
        }
    }
}
