//! Known names that a text gives to a body of another country: "India's Supreme Court" is not the one in Washington.
//!
//! In go the places where the gazetteer finds its actors in a text; out come those that mean them. An actor whose id
//! tells a country ("org.us.supreme_court", "party.uk.conservative") is not meant where another country stands before
//! its name ("the Canadian Senate", "India's Congress") or behind it ("the Senate of Canada"). What a reader would question:
//! where the first such name of a text is another country's, so are the later ones that say no country; a text that
//! begins with one Senate and goes on with another is read wrongly from there on.

use crate::actors::ActorType;
use crate::actors::gazetteer::{FormKind, Gazetteer, Match};
use std::collections::BTreeMap;

/// What `hits`, the places that [`Gazetteer::find`] gives for `text`, mean: those of bodies of other countries are left out.
pub(crate) fn at_home(text: &str, hits: Vec<Match>, gazetteer: &Gazetteer) -> Vec<Match> {
    // Whether the first name of each actor that has a country is another country's.
    let mut first: BTreeMap<usize, bool> = BTreeMap::new();
    let mut kept = Vec::with_capacity(hits.len());
    for (at, &hit) in hits.iter().enumerate() {
        let Some(home) = gazetteer.home(hit.actor) else {
            kept.push(hit);
            continue;
        };
        let country = |other: &&Match| gazetteer.is_country(other.actor);
        let before = at.checked_sub(1).and_then(|before| hits.get(before));
        let before = before.filter(|other| country(other) && owns(text, other, &hit));
        let behind = hits.get(at + 1);
        let behind = behind.filter(|other| country(other) && follows(text, &hit, other));
        let abroad = match before.or(behind) {
            Some(said) => said.actor != home && !is_branch(gazetteer, hit.actor, said.actor, home),
            None => first.get(&hit.actor).copied().unwrap_or(false),
        };
        first.entry(hit.actor).or_insert(abroad);
        if !abroad {
            kept.push(hit);
        }
    }
    kept
}

/// Whether a part of the home country stands beside a party's name: "Scottish Labour" is Labour, while "California's
/// Supreme Court" is another court.
fn is_branch(gazetteer: &Gazetteer, actor: usize, part: usize, home: usize) -> bool {
    let id = |actor| Some(gazetteer.entry(actor)?.id.as_str());
    let (Some(part), Some(home)) = (id(part), id(home)) else {
        return false;
    };
    let is_part = part
        .strip_prefix(home)
        .is_some_and(|rest| rest.starts_with('.'));
    is_part && (gazetteer.entry(actor)).is_some_and(|entry| entry.kind == ActorType::Party)
}

/// Whether a country stands before a name as its owner: "India's Congress", "Indian Congress"; a country that is only
/// put before it is not ("Iran Congress vote"), nor does one own an adjective ("Israel's Democratic friends").
fn owns(text: &str, country: &Match, hit: &Match) -> bool {
    let between = text.get(country.span.end()..hit.span.start());
    let between = between.unwrap_or("").trim_end();
    match country.form {
        FormKind::Demonym => between.is_empty() && country.span.end() < hit.span.start(),
        FormKind::Name => hit.form == FormKind::Name && matches!(between, "'s" | "’s" | "'" | "’"),
        FormKind::Metonym => false,
    }
}

/// Whether a country stands behind a name as its owner: "the Senate of Canada", "the Senate of the Philippines".
fn follows(text: &str, hit: &Match, country: &Match) -> bool {
    let between = text.get(hit.span.end()..country.span.start());
    hit.form == FormKind::Name
        && country.form == FormKind::Name
        && between.is_some_and(|between| matches!(between.trim(), "of" | "of the"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_of_other_countries_are_others() {
        let gazetteer = Gazetteer::built_in();
        let read = |text: &str| {
            let hits = at_home(text, gazetteer.find(text), gazetteer);
            let ids = hits.iter().filter_map(|hit| gazetteer.entry(hit.actor));
            let ids: Vec<_> = ids.map(|entry| entry.id.as_str()).collect();
            ids.join(" ")
        };
        let cases = [
            ("The Supreme Court ruled.", "org.us.supreme_court"),
            ("The American Senate voted.", "usa org.us.senate"),
            ("India's Supreme Court ruled.", "ind"),
            ("the Canadian Senate", "can"),
            ("the Senate of the Philippines", "phl"),
            ("Canadian Republicans", "can"),
            ("Scottish Labour", "gbr.scotland party.uk.labour"),
            ("California's Supreme Court", "usa.california"),
            ("India’s Congress met. Congress voted.", "ind"),
            (
                "Congress voted, unlike India’s Congress. Congress rests.",
                "org.us.congress ind org.us.congress",
            ),
            ("Israel's Democratic friends", "isr party.us.democratic"),
            ("the Iran Senate vote", "irn org.us.senate"),
            (
                "China's Security Council vote",
                "chn org.un.security_council",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
