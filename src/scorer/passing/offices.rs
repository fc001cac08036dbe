//! Names that only say whose office somebody has.
//!
//! In goes the place of a name; out comes whether an office follows and then whoever has it: "Harbour League manager Ana
//! Ruiz", "the Harbour League's manager, Ana Ruiz". What a reader would question: the two differ as targets. A country
//! that owns an office may well be meant by what is said of its bearer, a name put before it is not.

use crate::actors::Gazetteer;
use crate::actors::titles::title_at;
use crate::actors::words::{Word, words};
use crate::document::{Document, Span};

/// The most words between a name and the person whose office it belongs to.
const WORDS_OF_OFFICE: usize = 4;

/// How far behind a name is looked, in bytes.
const OFFICE_BYTES: usize = 80;

/// Nouns of persons that no title is made of. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const OFFICES: &[&str] = &[
    "activist", "adviser", "advisor", "aide", "analyst", "anchor", "backer", "boss", "candidate",
    "challenger", "columnist", "consultant", "contender", "correspondent", "director", "donor", "editor",
    "executive", "foe", "founder", "front-runner", "frontrunner", "hopeful", "host", "lawmaker", "manager",
    "native", "nominee", "operative", "opponent", "pundit", "reporter", "rival", "spokesman",
    "spokesperson", "spokeswoman", "strategist", "supporter", "veteran",
];

/// Words in lower case that may stand between a name and an office.
#[rustfmt::skip] // a word a line would hide the code
const OF_OFFICES: &[&str] = &[
    "campaign", "communications", "congressional", "deputy", "foreign", "former", "gubernatorial", "news",
    "national", "opinion", "party", "policy", "political", "presidential", "press", "senior", "vice",
];

/// A text without a short form in brackets that it begins with: " (HLN) aide".
fn without_short_form(text: &str) -> &str {
    let inside = text
        .strip_prefix(" (")
        .and_then(|text| text.split_once(')'));
    match inside {
        Some((short, behind)) if short.chars().all(char::is_uppercase) => behind,
        Some(_) | None => text,
    }
}

/// The text right behind a name, within its sentence.
fn behind(document: &Document, sentence: Span, name: Span) -> &str {
    let text = document.text();
    let end = text.floor_char_boundary((name.end() + OFFICE_BYTES).min(sentence.end()));
    text.get(name.end()..end).unwrap_or("")
}

/// Whether a name only says whose office somebody has who is named behind it: "Harbour League manager Ana Ruiz".
pub(in crate::scorer) fn qualifies(document: &Document, sentence: Span, name: Span) -> bool {
    let rest = without_short_form(behind(document, sentence, name));
    rest.starts_with(' ') && bearer_follows(rest, false)
}

/// Whether a name owns the office of somebody who is named behind it: "the Harbour League's manager, Ana Ruiz". What the
/// bearer says is not said by the owner.
pub(in crate::scorer) fn owns_office(document: &Document, sentence: Span, name: Span) -> bool {
    owned(behind(document, sentence, name)).is_some_and(|rest| bearer_follows(rest, true))
}

/// What a name owns, from the text right behind the name: that begins with the ending of a possessive.
pub(in crate::scorer) fn owned(behind: &str) -> Option<&str> {
    let endings = ["'s ", "’s ", "' ", "’ "];
    endings
        .iter()
        .find_map(|ending| behind.strip_prefix(ending))
}

/// Whether a text begins with an office and the name of its bearer, with a comma between them if `apart`.
fn bearer_follows(rest: &str, apart: bool) -> bool {
    let titles = Gazetteer::built_in().title_table();
    let behind = words(rest);
    let mut rest = behind.as_slice();
    for _ in 0..WORDS_OF_OFFICE {
        let [word, after @ ..] = rest else {
            return false;
        };
        let title = title_at(rest, titles).map(|(_, n)| n);
        let office = OFFICES.binary_search(&word.text).is_ok().then_some(1);
        if let Some(n) = title.or(office) {
            let named = rest.get(n).is_some_and(Word::is_capital);
            let joined = match rest.get(..n) {
                Some([inner @ .., last]) => {
                    inner.iter().all(|word| !word.closes) && (apart || !last.closes)
                }
                Some([]) | None => false,
            };
            // "Republican" is a title, and in "the Maar Republican leader Ana Ruiz" it is not the last.
            if named && joined {
                return true;
            }
        }
        if word.closes || word.possessive || !(word.is_capital() || OF_OFFICES.contains(&word.text))
        {
            return false;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(ask: fn(&Document, Span, Span) -> bool, text: &str) -> bool {
        let document = Document::new("d", text).unwrap();
        let start = text.find("Maar").unwrap();
        let name = document.span(start, start + "Maar".len()).unwrap();
        let sentences = crate::segment::sentences(&document);
        let mut around = sentences.iter().filter(|sentence| sentence.contains(name));
        ask(&document, *around.next().unwrap(), name)
    }

    #[test]
    fn names_before_an_office_qualify_its_bearer() {
        for (text, expected) in [
            (
                "Ana condemned Maar policy. President Tomas Brandt left.",
                false,
            ),
            ("Maar manager Ana Ruiz left.", true),
            ("Maar (HLN) manager Ana Ruiz left.", true),
            ("Maar (he said) manager Ana Ruiz left.", false),
            ("Maar Republican leader Ana Ruiz left.", true),
            ("Maar rival Ana Ruiz left.", true),
            ("Maar presidential candidate Ana Ruiz left.", true),
            ("Maar Sen. Ana Ruiz left.", true),
            ("Maar Prime Minister Ana Ruiz left.", true),
            ("Maar attacked President Ruiz.", false),
            ("Maar, said Sen. Ruiz, left.", false),
            ("Maar's manager Ana Ruiz left.", false),
            ("Maar manager said no.", false),
            ("Maar President, Ana said.", false),
        ] {
            assert_eq!(told(qualifies, text), expected, "{text}");
        }
        assert!(OFFICES.is_sorted());
    }

    #[test]
    fn owners_of_an_office_are_told() {
        for (text, expected) in [
            ("Maar's spokesman, Ana Ruiz, said no.", true),
            ("Maar’s spokesman Ana Ruiz said no.", true),
            ("Maar's foreign minister, Ana Ruiz, said no.", true),
            ("Maar's former campaign manager, Ana Ruiz, said no.", true),
            ("Maar's spokesman said no.", false),
            ("Maar's spokesman, who was late, said no.", false),
            ("Maar's friends, Ana Ruiz said, left.", false),
            (
                "Maar's long speech on the manager Ana Ruiz bored us.",
                false,
            ),
            ("Maar manager Ana Ruiz left.", false),
            ("Maar's", false),
        ] {
            assert_eq!(told(owns_office, text), expected, "{text}");
        }
    }
}
