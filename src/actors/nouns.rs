//! Common nouns: which of them, with a name, mean the bearer of the name, and which mean a body.
//!
//! In go words of a mention; out come their nouns in the singular, and the wordings by which a description
//! may be found: "his father", "voters" of "38 % of voters". The lists are closed and small: "Omani
//! authorities" and "thousands of Omanis" are Oman, and a noun that is on no list ("Omani banks") is
//! somebody else. What a reader would question: "72 % of Omanis" are Omanis and not Oman, since the other
//! 28 % may say the opposite.

use crate::actors::ActorType;
use crate::actors::names::one_line;
use crate::actors::pronouns::Pronoun;
use crate::actors::words::{Word, undetermined, words};

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
const COUNTS: &[&str] = &[
    "all", "dozens", "hundreds", "many", "millions", "most", "number", "scores", "some",
    "thousands",
];

/// Shares that may stand before "of" and a group, besides counts; the last part of a word that hyphens join
/// ("two-thirds"). Sorted.
#[rustfmt::skip] // a word a line would hide the code
const SHARES: &[&str] = &[
    "cent", "dozen", "few", "fraction", "half", "handful", "lots", "majority", "minority", "more",
    "pct", "percent", "percentage", "plenty", "proportion", "quarter", "quarters", "several",
    "share", "third", "thirds",
];

/// Words that say how many of a group, right before it. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const QUANTITIES: &[&str] = &[
    "about", "all", "almost", "both", "certain", "few", "many", "most", "nearly", "numerous",
    "several", "some", "various", "virtually",
];

/// Words that count or colour a known name without making it another: "senior Omani officials". Sorted.
#[rustfmt::skip] // a word a line would hide the code
const COLOURS: &[&str] = &[
    "all", "key", "leading", "many", "most", "numerous", "prominent", "senior", "several", "some",
    "top", "various",
];

/// Words that begin what is said of a group beyond what it is: "voters in Maar", "officials who left". Sorted.
const BEYOND: &[&str] = &["at", "from", "in", "on", "that", "which", "who", "whose"];

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

/// Whether the word says how many or what share of those behind "of" are meant: "72 %", "two-thirds", "thousands".
fn is_count(word: &Word) -> bool {
    let folded = word.folded();
    let last = folded.rsplit('-').next().unwrap_or(&folded);
    COUNTS.binary_search(&last).is_ok()
        || SHARES.binary_search(&last).is_ok()
        || word.text.starts_with(|c: char| c.is_ascii_digit())
}

/// The group of which the words before "of" count some: "likely voters" of "more than 38 % of the likely voters".
pub(crate) fn counted<'w, 't>(words: &'w [Word<'t>]) -> Option<&'w [Word<'t>]> {
    let of = words.iter().position(|word| word.text == "of")?;
    let (before, behind) = words.split_at(of);
    let breaks =
        |word: &Word| word.closes || word.possessive || BREAKS.binary_search(&word.text).is_ok();
    if !before.last().is_some_and(is_count) || before.iter().any(breaks) {
        return None;
    }
    undetermined(behind.get(1..)?)
}

/// A group without the words that count it: "voters" of "some of his voters", "many voters" and "nearly 90 voters".
fn uncounted<'w, 't>(words: &'w [Word<'t>]) -> Option<&'w [Word<'t>]> {
    let rest = counted(words).unwrap_or(words);
    let quantity = |word: &&Word| {
        word.text.starts_with(|c: char| c.is_ascii_digit())
            || QUANTITIES.binary_search(&word.folded().as_str()).is_ok()
    };
    let n = rest.iter().take_while(quantity).count();
    let group = undetermined(rest.get(n..)?)?;
    // "5 percent" and "many in Maar" are no group of their own.
    let first = group.first()?;
    let named = !is_count(first) && BREAKS.binary_search(&first.text).is_err();
    (named && group.len() < words.len()).then_some(group)
}

/// A group without what is said of it beyond what it is: "voters" of "voters in Maar" and of "voters who left".
fn brief<'w, 't>(words: &'w [Word<'t>]) -> Option<&'w [Word<'t>]> {
    let beyond = |word: &Word| BEYOND.binary_search(&word.text).is_ok();
    let at = words.iter().position(beyond).filter(|&at| at > 0)?;
    let front = words.get(..at)?;
    let counts = |word: &Word| {
        let folded = word.folded();
        [INDEFINITE, QUANTITIES]
            .iter()
            .any(|list| list.binary_search(&folded.as_str()).is_ok())
    };
    // "many in Maar" are nobody without Maar.
    (!front.iter().all(counts)).then_some(front)
}

/// What a description is called with the word that says whose it is: "his father" rather than "father"; "those
/// surveyed", too, since "surveyed" alone is nobody.
pub(crate) fn called(surface: &str) -> Option<String> {
    let all = words(surface);
    let [first, second, ..] = all.as_slice() else {
        return None;
    };
    let verbal = second.text.ends_with("ed") || second.text.ends_with("ing");
    let nobody = verbal || BREAKS.binary_search(&second.text).is_ok();
    (first.is_owner() || first.is_pointer() && nobody).then(|| pointed(surface))?
}

/// A description with the word that says whose it is or points at it, in lower case as inside a sentence.
fn pointed(surface: &str) -> Option<String> {
    let all = words(surface);
    let (first, rest) = all.split_first()?;
    let rest = surface.get(first.end()..rest.last()?.end())?;
    let points = first.is_owner() || first.is_pointer();
    points.then(|| one_line(&format!("{}{rest}", first.folded())))
}

/// Further forms of a description: with whose it is ("his father", "this government"), and the group alone of which it
/// says how many or where they are: "voters" of "38 % of voters", of "many voters" and of "voters in Maar".
pub(crate) fn wordings(surface: &str) -> Vec<String> {
    let all = words(surface);
    let text = |part: &[Word]| {
        let span = part.first()?.start..part.last()?.end();
        surface.get(span).map(one_line)
    };
    let core = undetermined(&all).unwrap_or(&[]);
    let group = uncounted(core);
    let mut found: Vec<String> = pointed(surface).into_iter().collect();
    found.extend(group.and_then(text));
    found.extend(brief(group.unwrap_or(core)).and_then(text));
    // "some of them"
    found.retain(|form| Pronoun::of(form).is_none());
    found
}

/// A form without words at its end behind which it went on: "people" of "people who".
pub(crate) fn ended(form: &str) -> &str {
    let all = words(form);
    let breaks = |word: &Word| BREAKS.binary_search(&word.text).is_ok();
    let last = all.iter().rfind(|&word| !breaks(word));
    let hangs = all.last().is_some_and(breaks);
    last.filter(|_| hangs)
        .and_then(|last| form.get(..last.end()))
        .unwrap_or(form)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            SHARES,
            QUANTITIES,
            COLOURS,
            BEYOND,
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

    #[test]
    fn descriptions_have_further_wordings() {
        let cases: &[(&str, &[&str])] = &[
            ("His party’s leaders", &["his party’s leaders"]),
            ("this government,", &["this government"]),
            ("72 percent of Maarians", &["Maarians"]),
            ("38% of the likely voters", &["likely voters"]),
            ("Fewer than 15 per cent of farmers", &["farmers"]),
            ("two-thirds of all farmers", &["farmers"]),
            ("a vast majority of farmers", &["farmers"]),
            ("some of his aides", &["aides"]),
            ("many rural voters", &["rural voters"]),
            ("nearly 90 teachers", &["teachers"]),
            ("47-page indictment", &["indictment"]),
            (
                "dozens of teachers at the Brandt School",
                &["teachers at the Brandt School", "teachers"],
            ),
            ("some teachers who left", &["teachers who left", "teachers"]),
            ("teachers in Maar", &["teachers"]),
            ("those who left", &["those who left"]),
            // Nobody is left, or it is no group.
            ("some of them", &[]),
            ("many in Maar", &[]),
            ("many who left", &[]),
            ("5 percent", &[]),
            ("38%", &[]),
            ("nearly two-thirds", &[]),
            ("a spokesman for some of the voters", &[]),
            ("the mayor of Northford", &[]),
            ("voters", &[]),
            ("the", &[]),
            ("", &[]),
        ];
        for (surface, expected) in cases {
            assert_eq!(wordings(surface), *expected, "{surface}");
        }
    }

    #[test]
    fn descriptions_are_called_by_their_owners() {
        for (surface, expected) in [
            ("His  father,", Some("his father")),
            ("their party's leaders", Some("their party's leaders")),
            ("those surveyed", Some("those surveyed")),
            ("those who left", Some("those who left")),
            ("those companies", None),
            ("the father", None),
            ("his", None),
            ("", None),
        ] {
            assert_eq!(called(surface).as_deref(), expected, "{surface}");
        }
        for (form, expected) in [
            ("people who", "people"),
            ("member of", "member"),
            ("people who left", "people who left"),
            ("who", "who"),
            ("", ""),
        ] {
            assert_eq!(ended(form), expected);
        }
    }
}
