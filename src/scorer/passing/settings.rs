//! Names that say where something is, happens or is said, or what it is about.
//!
//! In goes the place of a name; out comes whether it is such a setting: "schools in Norland", "the Norland war", "wrote on
//! Facebook", "Harbour League films". What a reader would question: only articles are asked. A delegation that speaks of
//! the fighting in Norland mostly means those who live there.

use crate::actors::ActorType;
use crate::actors::words::{Word, words};
use crate::document::{Document, Span};

/// How far around a name is looked for what makes it a setting, in bytes.
const SETTING_BYTES: usize = 40;

/// Words before "in" and "on" behind which somebody is judged: "faith in Maar", "a ban on it". Sorted.
#[rustfmt::skip] // a word a line would hide the code
const AIMED: &[&str] = &[
    "attack", "attacks", "ban", "bans", "believe", "believed", "believes", "confidence", "crackdown",
    "disappointed", "disappointment", "faith", "hope", "interest", "interested", "pressure", "tax", "trust",
];

/// Nouns behind the name of a country that make it say what they are about: "the Norland war". Sorted.
const NAMED_AFTER: &[&str] = &["arms", "law", "laws", "probe", "war", "wars"];

/// Companies that are mostly named as the place where something is said. Sorted.
const PLATFORMS: &[&str] = &[
    "Facebook",
    "Instagram",
    "Reddit",
    "Telegram",
    "TikTok",
    "Twitter",
    "YouTube",
];

/// What somebody has at such a place. Sorted.
const ON_PLATFORMS: &[&str] = &["account", "accounts", "feed", "page", "post", "posts"];

/// What a body or a group makes, has or is subject to and is itself seldom judged by. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const WORKS: &[&str] = &[
    "book", "books", "creditors", "film", "films", "links", "movie", "movies", "nomination", "nominations",
    "product", "products", "reform", "reforms", "show", "video", "videos",
];

/// Whether a name only says where something is, happens or is said: "schools in Norland", "the Norland war", "wrote on
/// Facebook".
pub(in crate::scorer) fn is_setting(
    document: &Document,
    sentence: Span,
    name: Span,
    kind: ActorType,
) -> bool {
    let text = document.text();
    let start = text.floor_char_boundary(name.start().saturating_sub(SETTING_BYTES));
    let end = text.floor_char_boundary((name.end() + SETTING_BYTES).min(sentence.end()));
    let before = text.get(start.max(sentence.start())..name.start());
    let (before, behind) = (
        before.unwrap_or(""),
        text.get(name.end()..end).unwrap_or(""),
    );
    let surface = document.slice(name);
    let apostrophe = ['\'', '\u{2019}'];
    let possessive = surface.trim_end_matches('s').ends_with(apostrophe);
    let last = surface.split_whitespace().next_back().unwrap_or("");
    if possessive || behind.starts_with(apostrophe) || !last.starts_with(char::is_uppercase) {
        return false;
    }
    let is_behind = |nouns: &[&str]| {
        let next = words(behind).first().map(|word| word.text);
        behind.starts_with(' ') && next.is_some_and(|next| nouns.binary_search(&next).is_ok())
    };
    // "in the" and "on", but not "faith in".
    let before_words = words(before);
    let at = before_words.iter().rposition(|word| !word.is_determiner());
    let nth = |at: Option<usize>| at.and_then(|at| before_words.get(at));
    let aimed = nth(at.and_then(|at| at.checked_sub(1)))
        .is_some_and(|word| AIMED.binary_search(&word.text).is_ok());
    let stands = |preposition: &str| {
        let fits = |word: &Word| !word.closes && word.text.eq_ignore_ascii_case(preposition);
        !aimed && nth(at).is_some_and(fits)
    };
    if kind == ActorType::Country {
        // "Sen. Ana Ruiz (R-Maar)".
        let parties = ["R-", "D-", "I-"];
        let label = parties.iter().any(|party| before.ends_with(party));
        label || stands("in") || is_behind(NAMED_AFTER)
    } else {
        let platform = PLATFORMS.binary_search(&last).is_ok();
        let works = !matches!(kind, ActorType::Person | ActorType::Party) && is_behind(WORKS);
        works || (platform && (stands("on") || is_behind(ON_PLATFORMS)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_from_actors() {
        for list in [AIMED, NAMED_AFTER, PLATFORMS, ON_PLATFORMS, WORKS] {
            assert!(list.is_sorted());
        }
        let (country, body) = (ActorType::Country, ActorType::Organisation);
        for (text, name, kind, told) in [
            ("He praised schools in Norland.", "Norland", country, true),
            ("In the Norland of today he fell.", "Norland", country, true),
            ("He lost faith in Norland.", "Norland", country, false),
            ("He attacked Norland.", "Norland", country, false),
            (
                "He stood up in Norland's defence.",
                "Norland",
                country,
                false,
            ),
            ("He opposed the Norland war.", "Norland", country, true),
            (
                "He opposed the Norland government.",
                "Norland",
                country,
                false,
            ),
            ("Sen. Ana Ruiz (R-Norland) left.", "Norland", country, true),
            ("He has hope in Maar.", "Maar", body, false),
            ("He worked in Maar.", "Maar", body, false),
            ("He hit back on Twitter.", "Twitter", body, true),
            ("He closed his Twitter account.", "Twitter", body, true),
            ("He wants a ban on Twitter.", "Twitter", body, false),
            ("He spoke on Maar.", "Maar", body, false),
            ("He wants Maar reform.", "Maar", body, true),
            ("He wants Maar reform.", "Maar", ActorType::Party, false),
        ] {
            let document = Document::new("d", text).unwrap();
            let start = text.find(name).unwrap();
            let name = document.span(start, start + name.len()).unwrap();
            let whole = document.span_of_text();
            assert_eq!(is_setting(&document, whole, name, kind), told, "{text}");
        }
    }
}
