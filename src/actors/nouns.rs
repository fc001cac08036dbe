//! Common nouns: which of them, with a name, mean the bearer of the name, and which mean a body.
//!
//! In go words of a mention; out come their nouns in the singular, and whether a noun or a count beside a name
//! leaves the name's bearer meant. What a reader would question: the lists are closed and small. "Omani
//! authorities" and "thousands of Omanis" are Oman, and a noun that is on no list ("Omani banks") is
//! somebody else.

use crate::actors::ActorType;
use crate::actors::words::Word;

/// Nouns that, with a country, mean the country. Singular, sorted.
#[rustfmt::skip] // a word a line would hide the code
const OF_COUNTRY: &[&str] = &[
    "administration", "aggressor", "army", "authority", "cabinet", "citizen", "civilian",
    "colonialist", "delegation", "diplomat", "force", "government", "imperialist", "invader",
    "leader", "leadership", "military", "minister", "nation", "negotiator", "occupier", "official",
    "people", "personnel", "population", "public", "regime", "representative", "republic", "ruler",
    "side", "soldier", "state", "troop", "voter",
];

/// Those of both lists that mean the body only in the plural: one official is a person. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const ONLY_PLURAL: &[&str] = &[
    "agent", "authority", "citizen", "civilian", "colonialist", "diplomat", "executive", "fighter",
    "imperialist", "lawmaker", "leader", "member", "militant", "minister", "negotiator", "official",
    "representative", "ruler", "soldier", "staffer", "terrorist", "troop", "voter",
];

/// Nouns that, with any other known body, mean the body. Singular, sorted.
#[rustfmt::skip] // a word a line would hide the code
const OF_BODY: &[&str] = &[
    "agent", "executive", "fighter", "force", "group", "lawmaker", "leader", "leadership",
    "magazine", "member", "militant", "movement", "newspaper", "official", "organisation",
    "organization", "party", "representative", "side", "staff", "staffer", "system", "team",
    "terrorist",
];

/// Those of them that say what sort of body a name is, so that any name may stand before them: "the Herald newspaper".
/// Sorted.
const SORTS: &[&str] = &["magazine", "newspaper"];

/// Last words of the names of bodies. Singular, sorted.
#[rustfmt::skip] // a word a line would hide the code
const BODY_HEADS: &[&str] = &[
    "academy", "administration", "agency", "airline", "alliance", "army", "assembly", "association",
    "authority", "bank", "board", "brigade", "bureau", "cabinet", "camp", "campaign", "center",
    "centre", "charity", "church", "club", "coalition", "college", "commission", "committee", "company",
    "conference", "congress", "corp", "corporation", "council", "court", "department", "embassy",
    "federation", "firm", "force", "forum", "foundation", "front", "fund", "gallery", "government", "group",
    "hospital", "industry", "institute", "institution", "journal", "league", "library", "magazine", "ministry",
    "mission", "movement", "museum", "navy", "network", "news", "newspaper", "office", "organisation",
    "organization", "outlet", "panel", "paper", "parliament", "party", "police", "press", "project",
    "regime", "school", "senate", "service", "society", "syndicate", "team", "television",
    "treasury", "union", "university", "voice",
];

/// Capitalised alone, these stand for a longer name: "the Council". Sorted.
#[rustfmt::skip] // a word a line would hide the code
pub(crate) const SHORT_FOR: &[&str] = &[
    "administration", "agency", "assembly", "bank", "board", "bureau", "campaign", "commission",
    "committee", "company", "council", "court", "department", "government", "ministry", "mission",
    "organisation", "organization", "party", "union",
];

/// Capitalised alone, these are said of many, as in "the imperialist Powers" of diplomats. Singular, sorted.
pub(crate) const OF_MANY: &[&str] = &["member", "nation", "power", "state"];

/// Words after which a noun phrase has no head any more. Sorted.
#[rustfmt::skip] // a word a line would hide the code
pub(crate) const BREAKS: &[&str] = &[
    "against", "at", "behind", "by", "for", "from", "in", "of", "on", "that", "to", "under",
    "which", "who", "whose", "with",
];

/// Counts that may stand before "of" and the name. Sorted.
#[rustfmt::skip] // a word a line would hide the code
pub(crate) const COUNTS: &[&str] = &[
    "all", "dozens", "hundreds", "many", "millions", "most", "number", "scores", "some",
    "thousands",
];

/// Words that count or colour a known name without making it another: "senior Omani officials". Sorted.
#[rustfmt::skip] // a word a line would hide the code
const COLOURS: &[&str] = &[
    "all", "key", "leading", "many", "most", "numerous", "prominent", "senior", "several", "some",
    "top", "various",
];

/// Words that make a description indefinite. Sorted.
#[rustfmt::skip] // a word a line would hide the code
pub(crate) const INDEFINITE: &[&str] = &[
    "a", "an", "another", "any", "eight", "every", "few", "five", "four", "many", "nine", "no",
    "one", "other", "seven", "several", "six", "some", "such", "ten", "three", "two",
];

/// Plural nouns without s. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const PLURALS: &[&str] = &["children", "men", "people", "police", "women"];

/// Whether `noun`, singular and in lower case, is one for bodies.
pub(crate) fn is_body_head(noun: &str) -> bool {
    BODY_HEADS.binary_search(&noun).is_ok()
}

/// The noun that a phrase without determiner is about: the last word before a preposition.
pub(crate) fn head_of<'w, 't>(core: &'w [Word<'t>]) -> Option<&'w Word<'t>> {
    let end = core
        .iter()
        .position(|word| BREAKS.binary_search(&word.text).is_ok())
        .filter(|&at| at > 0)
        .unwrap_or(core.len());
    core.get(..end)?.last()
}

/// A noun in the singular, and whether it was a plural.
pub(crate) fn singular(noun: &str) -> (String, bool) {
    if PLURALS.binary_search(&noun).is_ok() {
        return (noun.to_owned(), true);
    }
    let stem = match noun.strip_suffix("ies") {
        Some(stem) => Some(format!("{stem}y")),
        None if noun == "news" || noun.ends_with("ss") || noun.ends_with("us") => None,
        None => noun
            .strip_suffix('s')
            .filter(|stem| stem.len() > 2)
            .map(str::to_owned),
    };
    stem.map_or_else(|| (noun.to_owned(), false), |stem| (stem, true))
}

/// The noun, if with an actor of that kind it means the actor.
pub(crate) fn noun_for(word: &Word, kind: ActorType) -> Option<String> {
    let (noun, plural) = singular(&word.folded());
    if !plural && ONLY_PLURAL.binary_search(&noun.as_str()).is_ok() {
        return None;
    }
    let list = match kind {
        ActorType::Country => OF_COUNTRY,
        ActorType::Organisation | ActorType::Party | ActorType::ArmedGroup => OF_BODY,
        ActorType::Person | ActorType::Group | ActorType::Location | ActorType::Other => &[],
    };
    list.binary_search(&noun.as_str()).is_ok().then_some(noun)
}

/// Whether the noun, after the name of a body, means the body: "Finance Ministry officials". `sort` asks for one that
/// tells a body from whatever else has the name.
pub(crate) fn stands_for_body(word: &Word, sort: bool) -> bool {
    let noun = noun_for(word, ActorType::Organisation);
    noun.is_some_and(|noun| !sort || SORTS.contains(&noun.as_str()))
}

/// Whether it is a word in lower case that does not start another phrase.
pub(crate) fn is_plain(word: &Word) -> bool {
    !word.is_capital() && !word.closes && BREAKS.binary_search(&word.text).is_err()
}

/// Whether it counts or colours a name even where the capital says nothing, at the start of a sentence.
pub(crate) fn is_colour(word: &Word) -> bool {
    COLOURS.binary_search(&word.folded().as_str()).is_ok()
}

/// Whether the words before a name only count or colour it; `plain` says which may do so.
pub(crate) fn is_modified(before: &[&Word], plain: impl Fn(&Word) -> bool) -> bool {
    let counted = before.iter().position(|word| word.text == "of");
    let after = match counted {
        Some(at) => {
            let count = at.checked_sub(1).and_then(|at| before.get(at));
            if count.is_none_or(|word| COUNTS.binary_search(&word.folded().as_str()).is_err()) {
                return false;
            }
            before.get(at + 1..).unwrap_or(&[])
        }
        None => before,
    };
    after.iter().all(|word| plain(word) && !word.possessive)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::words::words;

    #[test]
    fn lists_are_sorted() {
        for list in [
            OF_COUNTRY,
            ONLY_PLURAL,
            OF_BODY,
            SORTS,
            BODY_HEADS,
            SHORT_FOR,
            OF_MANY,
            BREAKS,
            COUNTS,
            COLOURS,
            INDEFINITE,
            PLURALS,
        ] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn nouns_are_read() {
        let cases = [
            ("parties", ("party", true)),
            ("officials", ("official", true)),
            ("people", ("people", true)),
            ("news", ("news", false)),
            ("congress", ("congress", false)),
            ("senator", ("senator", false)),
        ];
        for (noun, expected) in cases {
            let (singular, plural) = singular(noun);
            assert_eq!((singular.as_str(), plural), expected, "{noun}");
        }
        let head = |phrase: &str| head_of(&words(phrase)).map(|word| word.text.to_owned());
        assert_eq!(head("sultan of this country").as_deref(), Some("sultan"));
        assert_eq!(head("tax minister").as_deref(), Some("minister"));
        assert_eq!(head(""), None);
    }
}
