//! Full stops that end no sentence.
//!
//! In go the text before a lone full stop and the text after it; out comes whether the stop belongs
//! to an abbreviation, an initial or the number of a list item, and to nothing more. The lists are
//! English and kept by hand, in classes by what may follow: what decides is as often the next word
//! as the abbreviation ("at 5 p.m. The court", "at 5 p.m. Monday"), and a learned splitter would
//! have to be carried along for the same few dozen words.
//!
//! A name that is said again begins a sentence ("... Ana Maar Jr. Maar left."). Known weakness: one
//! that begins with another name is joined to one that ends with an abbreviation ("He works for
//! Maar Inc. Ruiz left."), since "Maar Inc. Chief Ruiz" and "Martin Maar Jr. Day" look the same.

use super::{OPENERS, Stop};

/// Abbreviations that never end a sentence: a name or the like follows. Sorted.
const BEFORE_NAMES: &[&str] = &[
    "Adm", "Amb", "Brig", "Capt", "Cmdr", "Col", "Cpl", "Det", "Dr", "Drs", "Fr", "Ft", "Gen",
    "Gens", "Gov", "Govs", "Hon", "Lt", "Lts", "Maj", "Messrs", "Mlle", "Mme", "Mr", "Mrs", "Ms",
    "Mt", "Mx", "Pfc", "Pres", "Prof", "Profs", "Pvt", "Rep", "Reps", "Rev", "Revs", "Sen", "Sens",
    "Sgt", "Supt", "approx", "ca", "cf", "e.g", "eg", "i.e", "ie", "v", "viz", "vs",
];

/// Abbreviations that do not end a sentence before a digit ("No. 5", "Jan. 6"). Sorted.
const BEFORE_NUMBERS: &[&str] = &[
    "Apr", "Art", "Aug", "Ch", "Dec", "Feb", "Fig", "Jan", "Jul", "Jun", "Mar", "No", "Nos", "Nov",
    "Oct", "Para", "Sec", "Sep", "Sept", "Vol", "art", "ch", "fig", "no", "nos", "p", "para", "pp",
    "sec", "vol",
];

/// Abbreviations that end a sentence only before a word of [`STARTERS`]. Words with inner full
/// stops ("U.S", "a.m", "N.Y") and single capitals belong to them without being listed. Sorted.
const MAY_END: &[&str] = &[
    "Ala", "Ariz", "Ark", "Assn", "Ave", "Blvd", "Bros", "Calif", "Co", "Colo", "Conn", "Corp",
    "Cos", "Del", "Dept", "Esq", "Fla", "Ga", "Hwy", "Ill", "Inc", "Ind", "Intl", "Jr", "Kan",
    "Ky", "La", "Ltd", "Mass", "Md", "Mich", "Minn", "Miss", "Mo", "Mont", "Neb", "Nev", "Okla",
    "Ore", "Pa", "Penn", "Rd", "Sr", "St", "Ste", "Tenn", "Tex", "Univ", "Va", "Vt", "Wash", "Wis",
    "Wyo", "al", "dept", "etc", "lbs",
];

/// The most words of a name before an abbreviation that are looked at.
const NAME_WORDS: usize = 6;

/// Words that in capitals start a sentence rather than go on with a name. Sorted.
#[rustfmt::skip] // a word a line would hide the code
pub(super) const STARTERS: &[&str] = &[
    "A", "About", "According", "After", "All", "Also", "Although", "Among", "An", "And", "Another",
    "Any", "Are", "As", "Asked", "At", "Back", "Because", "Before", "Both", "But", "By", "Can",
    "Could", "Despite", "Did", "Do", "Does", "During", "Each", "Earlier", "Even", "Every", "For",
    "From", "Had", "Has", "Have", "He", "Her", "Here", "His", "How", "However", "I", "If", "In",
    "Instead", "Is", "It", "Its", "Just", "Last", "Later", "Like", "Many", "Meanwhile", "More",
    "Most", "Much", "My", "Neither", "Nobody", "None", "Nor", "Not", "Nothing", "Now", "On",
    "Once", "One", "Only", "Or", "Other", "Others", "Our", "Over", "People", "Perhaps", "She",
    "Should", "Since", "So", "Some", "Still", "Such", "That", "The", "Their", "Then", "There",
    "These", "They", "This", "Those", "Though", "Through", "Thus", "To", "Today", "Tomorrow",
    "Tonight", "Two", "Under", "Unless", "Until", "Was", "We", "Were", "What", "When", "Where",
    "Whether", "Which", "While", "Who", "Whoever", "Why", "With", "Without", "Would", "Yesterday",
    "Yet", "You", "Your",
];

/// Whether a lone full stop belongs to the word before it and nothing more.
pub(super) fn abbreviates(before: &str, stop: &Stop, after: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || OPENERS.contains(&c))
        .next();
    let Some(word) = word.filter(|word| !word.is_empty()) else {
        return false;
    };
    let listed = |list: &[&str]| list.binary_search(&word).is_ok();
    let digit_follows = after.starts_with(|c: char| c.is_ascii_digit());
    if listed(BEFORE_NAMES) || is_shouted_title(word) {
        return true;
    }
    if listed(BEFORE_NUMBERS) {
        return digit_follows;
    }
    // "1. The tax", "a. The tax": the number of an item in a list.
    let number = word.len() <= 3 && word.chars().all(|c| c.is_ascii_digit());
    let letter = word.len() == 1 && word != "I";
    if word == before && (number || letter) {
        return true;
    }
    if listed(MAY_END) || is_dotted(word) || is_initial(word) {
        let next = after
            .split(|c: char| !c.is_alphabetic())
            .next()
            .unwrap_or("");
        let starts = STARTERS.binary_search(&next).is_ok() || repeats_name(before, next);
        return !stop.quote && !starts;
    }
    false
}

/// Whether a word without its full stop is an abbreviation or an initial, as names have them.
pub(super) fn is_abbreviation(word: &str) -> bool {
    let listed = |list: &[&str]| list.binary_search(&word).is_ok();
    listed(BEFORE_NAMES) || listed(MAY_END) || is_dotted(word) || is_initial(word)
}

/// Whether a word is one of the name that an abbreviation closes: "Maar" behind "Ana Maar Jr".
fn repeats_name(before: &str, next: &str) -> bool {
    before
        .split_whitespace()
        .rev()
        .skip(1)
        .take(NAME_WORDS)
        .map(|word| word.trim_start_matches(OPENERS))
        .take_while(|word| word.starts_with(char::is_uppercase) || ["&", "of"].contains(word))
        .any(|word| word == next)
}

/// "MR", "SEN": titles in text that is all capitals.
fn is_shouted_title(word: &str) -> bool {
    word.len() > 1
        && word.chars().all(|c| c.is_ascii_uppercase())
        && BEFORE_NAMES
            .iter()
            .any(|title| title.eq_ignore_ascii_case(word))
}

/// "U.S", "a.m", "Ph.D": letters with full stops between, one or two at a time.
fn is_dotted(word: &str) -> bool {
    let short =
        |piece: &str| matches!(piece.len(), 1..=2) && piece.chars().all(char::is_alphabetic);
    word.contains('.') && word.split('.').all(short)
}

/// One capital, as in "J. Ruiz", but not the pronoun: "So do I. Ruiz left."
fn is_initial(word: &str) -> bool {
    let mut chars = word.chars();
    word != "I" && chars.next().is_some_and(char::is_uppercase) && chars.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in [BEFORE_NAMES, BEFORE_NUMBERS, MAY_END, STARTERS] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn full_stops_of_abbreviations() {
        let cases = [
            ("Mr", "Brandt", true),
            ("MR", "BRANDT", true),
            ("They met Gen", "The", true),
            ("On Jan", "6", true),
            ("In Jan", "Ruiz", false),
            ("for Maar Inc", "Ruiz", true),
            ("for Maar Inc", "The", false),
            ("for Maar Inc", "Maar's sales fell", false),
            ("He left Bank of Maar Corp", "Bank clerks wept", false),
            ("Maar hit Ana J. Ruiz Jr", "Ruiz left", false),
            ("Maar hit Ana J. Ruiz Jr", "Maar left", true),
            ("in Maar, Ana Ruiz Jr", "Maar left", true),
            ("on Ana Ruiz Jr", "Day", true),
            ("Maar Inc", "Chief Executive Ruiz left", true),
            ("at 5 p.m", "Monday", true),
            ("at 5 p.m", "They", false),
            ("at 5 p.m", "Yesterday Ruiz left", false),
            ("by (J", "Ruiz", true),
            ("So do I", "Ruiz", false),
            ("1", "The tax", true),
            ("a", "The tax", true),
            ("In 2016", "The tax", false),
            ("He left", "Ruiz", false),
            ("", "Ruiz", false),
        ];
        let stop = Stop {
            lone: true,
            quote: false,
        };
        for (before, after, expected) in cases {
            let actual = abbreviates(before, &stop, after);
            assert_eq!(actual, expected, "{before}. {after}");
        }
        // A quote that closes behind "Inc." ends the sentence whatever follows.
        let quoted = Stop {
            lone: true,
            quote: true,
        };
        assert!(!abbreviates("for Maar Inc", &quoted, "Ruiz"));
        assert!(abbreviates("met Gen", &quoted, "Ruiz"));
    }
}
