//! Speakers who are named right behind a question: `"Why?" Ana Ruiz asked.`
//!
//! In go the text behind a quotation that ends in "?" or "!" and what stands before it in its sentence; out comes whether
//! the sentence goes on with whoever says it. What a reader would question:
//! `"Why?" Ana Ruiz said nothing.` has the same form, and nothing is gained by telling the two apart, since nobody else is
//! named who asks. But a quotation within a sentence is a part of it (`The banner read "Why?" Ana Ruiz said nothing.`), so
//! that it must begin its own or stand behind a colon or a comma. A verb of praise or blame counts only where its clause
//! ends ("Ruiz fumed."), for `"Why?" Ana Ruiz blamed Maar.` is a sentence of its own.

use super::OPENERS;
use super::abbreviations::{STARTERS, is_abbreviation};
use super::verbs::{is_neutral, reports_speech};

/// The most words of a speaker with an office: "White House deputy press secretary Ana Ruiz Maar".
const MOST_WORDS: usize = 8;

/// The most bytes that are looked at on either side of a quotation. A text without a space is one word.
const NEAR: usize = 120;

/// Days, which stand before a name that begins a sentence ("Monday Ana Ruiz said ..."). They are none of [`STARTERS`],
/// since they go on with a time, too ("at 5 p.m. Monday").
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// Whether a quotation goes on with whoever says it: a verb of speech follows a name in `after`, and `lead`, what stands
/// before the quotation in its sentence, is nothing or ends as an introduction does, without a verb of speech.
pub(super) fn names_speaker(lead: &str, after: &str) -> bool {
    let from = lead.floor_char_boundary(lead.len().saturating_sub(NEAR));
    let near = lead.get(from..).unwrap_or("");
    let own = near.trim_end_matches(|c: char| c.is_whitespace() || OPENERS.contains(&c));
    let introduces = own.is_empty() || own.ends_with([':', ',']);
    let mut words = near.split(|c: char| !c.is_alphabetic());
    introduces && speaker_says(after) && !words.any(|word| reports_speech(&word.to_lowercase()))
}

/// Whether a text begins with a name and a verb of speech that has no quotation of its own. Words in lower case may stand
/// within the name ("Kremlin spokesman Ana Ruiz").
fn speaker_says(text: &str) -> bool {
    let near = text.get(..text.floor_char_boundary(NEAR)).unwrap_or("");
    let words: Vec<&str> = near.split_whitespace().take(MOST_WORDS + 2).collect();
    let says = |&at: &usize| {
        words[at - 1].contains(char::is_uppercase) && reports_speech(without_marks(words[at]))
    };
    let Some(at) = (1..words.len().min(MOST_WORDS + 1)).find(says) else {
        return false;
    };
    let (name, verb) = (&words[..at], words[at]);
    let bare = without_marks(verb);
    let clause_ends = bare.len() < verb.len();
    let opens = |word: &&str| word.starts_with(OPENERS);
    let next_quoted = clause_ends && words.get(at + 1).is_some_and(opens);
    name[0].starts_with(char::is_uppercase)
        && STARTERS.binary_search(&name[0]).is_err()
        && !DAYS.contains(&name[0])
        && name.iter().all(|word| is_of_name(word))
        && (is_neutral(bare) || clause_ends)
        && (!next_quoted || verb.ends_with('.'))
}

/// A word without the marks that end a clause behind it.
fn without_marks(word: &str) -> &str {
    word.trim_end_matches(['.', ',', ';', ':', '—', '–'])
}

/// Whether a word can stand in a name that goes on behind it.
fn is_of_name(word: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "'’-–&./()".contains(c);
    let ends = word.strip_suffix('.');
    word.chars().all(allowed) && ends.is_none_or(is_abbreviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speakers_stand_before_verbs_of_speech() {
        for text in [
            "Ruiz asked.",
            "Joe Biden asked reporters. He left.",
            "Mr. Ruiz told the council",
            "U.S. President Ana J. Ruiz Jr. said, and left",
            "Rep. Ruiz (D-N.Y.) cried.",
            "Kremlin spokesman Tomas Maar replied",
            "White House deputy press secretary Ana Ruiz Maar said",
            "Ana al-Maar told him",
            "Ruiz fumed, and left",
            "Ruiz asked. “No.”",
        ] {
            assert!(speaker_says(text), "{text}");
        }
        for text in [
            "",
            "Ruiz",
            "Ruiz left.",
            "asked Ruiz",
            "He said no.",
            "The minister said no.",
            "Yesterday Tomas Brandt said no.",
            "Monday Tomas Brandt said no.",
            "Ruiz blamed Maar.",
            "Ruiz replied, “No.”",
            "Ruiz said: \"No.\"",
            "Ruiz left. Maar said no.",
            "Ruiz left and said no.",
            "Ruiz, Maar said, left.",
            "\"Ruiz said no.\"",
            "One Two Three Four Five Six Seven Eight Nine said",
        ] {
            assert!(!speaker_says(text), "{text}");
        }
    }

    #[test]
    fn a_quotation_has_one_speaker() {
        for (lead, expected) in [
            ("", true),
            ("(", true),
            ("He was angry: ", true),
            ("He was angry: (", true),
            ("In Norway, ", true),
            ("The banner read ", false),
            ("The Maar – ", false),
            ("He asked ", false),
            ("Asked by Maar, ", false),
            ("Ruiz told reporters in Maar: ", false),
        ] {
            assert_eq!(names_speaker(lead, "Maar said no."), expected, "{lead}");
        }
        let far = format!("said {}:", "é".repeat(NEAR));
        assert!(names_speaker(&far, "Maar said no."));
        assert!(!speaker_says(&"É".repeat(NEAR)));
    }
}
