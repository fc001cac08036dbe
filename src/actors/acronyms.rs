//! Acronyms that a text defines: "Northern Civil Rights Union (NCRU)".
//!
//! In goes a text; out come the names to which it gives an acronym, and where the acronyms of known names stand. What a
//! reader would question: a definition goes before the gazetteer, for the same letters are a news agency in one country
//! and a party in another. What the gazetteer calls so stays only if one of its names is the defined one in another
//! spelling ("Organisation", "Organization"). Of two definitions of an acronym the first counts.

use crate::actors::accents::unaccented;
use crate::actors::gazetteer::FormKind;
use crate::actors::known::KnownName;
use crate::actors::names::NameForm;
use crate::actors::titles::TitleTable;
use crate::actors::words::{PARTICLES, Word, words};
use crate::document::Span;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::RangeInclusive;

/// How many letters an acronym has.
const LETTERS: RangeInclusive<usize> = 2..=8;

/// How far behind an opening bracket the closing one of an acronym is looked for, in bytes.
const BRACKET_BYTES: usize = 16;

/// How far before its bracket a name may begin, in bytes.
const NAME_BYTES: usize = 160;

/// The most words of a name.
const MAX_WORDS: usize = 16;

/// Letters of the longest word that an acronym may leave out: "of", "and", the "e" of "Tehreek-e-Insaf".
const SMALL_LETTERS: usize = 3;

/// Letters by which words are the same in another spelling: "organisation", "organization".
const STEM_LETTERS: usize = 4;

/// No titles to take off: "Justice Party" is no judge.
static NO_TITLES: TitleTable = TitleTable::none();

/// The acronyms that a text defines.
#[derive(Debug, Default)]
pub(crate) struct Acronyms {
    /// The name of each, as it stands and by its words.
    by_letters: BTreeMap<String, (Span, Vec<String>)>,
    /// The letters of each name, by its words.
    by_name: BTreeMap<String, String>,
}

impl Acronyms {
    /// Those of a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut all = Self::default();
        for (open, _) in text.match_indices('(') {
            let Some((letters, name)) = definition(text, open) else {
                continue;
            };
            let surface = text.get(name.start()..name.end());
            let tokens = tokens(surface.unwrap_or(""));
            if let Entry::Vacant(place) = all.by_letters.entry(letters.to_owned()) {
                let of_name = all.by_name.entry(tokens.join(" "));
                of_name.or_insert_with(|| letters.to_lowercase());
                place.insert((name, tokens));
            }
        }
        all
    }

    /// Whether the text gives an acronym to somebody who has none of these names.
    pub(crate) fn mean_another<'n>(
        &self,
        letters: &str,
        mut names: impl Iterator<Item = &'n str>,
    ) -> bool {
        let name = self.by_letters.get(letters);
        name.is_some_and(|(_, defined)| !names.any(|name| are_spellings(defined, &tokens(name))))
    }

    /// Where the acronyms stand of those of the `names` that the text defines one for. `names` are in order and do not
    /// overlap, and neither do these with them.
    pub(crate) fn of_known(&self, text: &str, names: &[KnownName]) -> Vec<KnownName> {
        let mut owners: BTreeMap<&str, KnownName> = BTreeMap::new();
        for (letters, (name, _)) in &self.by_letters {
            let at = names.partition_point(|known| known.span.end() < name.end());
            if let Some(known) = names.get(at).filter(|known| known.span.contains(*name)) {
                owners.insert(letters, *known);
            }
        }
        let mut found = Vec::new();
        if owners.is_empty() {
            return found;
        }
        let mut start = 0;
        for piece in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
            let letters = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
            let span = Span::raw(start, start + letters.len());
            start += piece.len();
            let Some(&owner) = owners.get(letters) else {
                continue;
            };
            let at = names.partition_point(|known| known.span.end() <= span.start());
            if names.get(at).is_none_or(|known| !known.span.overlaps(span)) {
                let form = FormKind::Name;
                found.push(KnownName {
                    span,
                    form,
                    ..owner
                });
            }
        }
        found
    }

    /// Lets a name have the acronym that the text gives it, and none that the text gives to another.
    pub(crate) fn settle(&self, form: &mut NameForm) {
        let words = form.tokens();
        let own = (1..=words.len().min(MAX_WORDS)).rev().find_map(|n| {
            let last = words.get(words.len() - n..)?;
            self.by_name.get(&last.join(" "))
        });
        if let Some(letters) = own {
            form.set_initials(letters.clone());
        } else if self
            .by_letters
            .contains_key(&form.initials().to_uppercase())
        {
            form.set_initials(String::new());
        }
    }
}

/// The acronym in the bracket that opens at a byte, and the name before the bracket that it is short for.
fn definition(text: &str, open: usize) -> Option<(&str, Span)> {
    let inside = text.get(open + 1..text.floor_char_boundary(open + 1 + BRACKET_BYTES))?;
    let (letters, _) = inside.split_once(')')?;
    let letters = letters.trim_matches(['"', '“', '”', '‘', '’', '\'']);
    if !LETTERS.contains(&letters.len()) || !letters.chars().all(|c| c.is_ascii_uppercase()) {
        return None;
    }
    let from = text.ceil_char_boundary(open.saturating_sub(NAME_BYTES));
    let before = text.get(from..open)?;
    let words = words(before);
    let near = words.get(words.len().saturating_sub(MAX_WORDS)..)?;
    let lower = letters.to_lowercase();
    let first = begin(near, &lower, false).or_else(|| begin(near, &lower, true))?;
    let end = near.last()?.end();
    let only_space = before.get(end..)?.trim_matches(['"', '”', '’', '\'']);
    let name = Span::raw(from + near.get(first)?.start, from + end);
    only_space.trim().is_empty().then_some((letters, name))
}

/// Which of some words the name at their end begins with, if its capitals spell `letters`; with `small`, words such as "of"
/// have a letter, too, as in "DOD".
fn begin(words: &[Word], letters: &str, small: bool) -> Option<usize> {
    let mut wanted = letters.chars().rev().peekable();
    for (at, word) in words.iter().enumerate().rev() {
        for piece in word.text.rsplit('-') {
            let lower = piece.to_lowercase();
            let capital = piece.starts_with(char::is_uppercase);
            let is_small = lower.chars().count() <= SMALL_LETTERS
                && (!capital || PARTICLES.binary_search(&lower.as_str()).is_ok());
            // A name does not begin with "of".
            let counts = if is_small {
                small && (capital || wanted.clone().count() > 1)
            } else {
                capital
            };
            let initial = unaccented(&lower).chars().next();
            let spelled = wanted.next_if(|&letter| counts && initial == Some(letter));
            if spelled.is_none() && !is_small {
                return None;
            }
        }
        if wanted.peek().is_none() {
            return word.is_capital().then_some(at);
        }
    }
    None
}

/// The words of a name as they are compared.
fn tokens(name: &str) -> Vec<String> {
    let form = NameForm::of(name, &NO_TITLES);
    form.map_or_else(Vec::new, |form| form.tokens().to_vec())
}

/// Whether two names have the same words in the same order, but for small words and spelling.
fn are_spellings(one: &[String], other: &[String]) -> bool {
    let long = |token: &&String| token.chars().count() > SMALL_LETTERS;
    let stem = |token: &String| token.chars().take(STEM_LETTERS).collect::<String>();
    let (one, other) = (one.iter().filter(long), other.iter().filter(long));
    one.map(stem).eq(other.map(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_found() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            (
                "the Northern Civil Rights Union (NCRU), and the NCRU",
                &[("NCRU", "Northern Civil Rights Union")],
            ),
            (
                "Maar Tehreek-e-Ruiz (MTR) beat the “Party of Northern Maar” (\"PNM\").",
                &[
                    ("MTR", "Maar Tehreek-e-Ruiz"),
                    ("PNM", "Party of Northern Maar"),
                ],
            ),
            ("The Maar Union (TMU)", &[("TMU", "The Maar Union")]),
            (
                "the Office of Maar (OOM) and the Order of Oak of Maar (OOM)",
                &[("OOM", "Office of Maar")],
            ),
            (
                "The Énergie Maar\nAuthority (EMA)",
                &[("EMA", "Énergie Maar\nAuthority")],
            ),
            (
                "Oduya's al-Maar Front For Change (MFC)",
                &[("MFC", "al-Maar Front For Change")],
            ),
            // Not spelled, not a name, not an acronym, not right before the bracket.
            ("the Northern Rights Union (NCRU)", &[]),
            ("gross domestic product (GDP)", &[]),
            ("Pan-Maar Congress (MC)", &[]),
            ("Tomas Brandt (T)", &[]),
            ("Maar Civil Union (Mcu) (", &[]),
            ("the Maar Civil Union, (MCU)", &[]),
            ("(CU", &[]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            let acronyms = Acronyms::of(text);
            let found = acronyms.by_letters.iter().map(|(letters, (name, _))| {
                (
                    letters.as_str(),
                    text.get(name.start()..name.end()).unwrap(),
                )
            });
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(Vec::from_iter(found), expected, "{text}");
        }
    }

    #[test]
    fn a_definition_is_another_spelling_or_somebody_else() {
        let acronyms = Acronyms::of("the Maar Centre of Labour (MCL)");
        let renamed = |name: &str| acronyms.mean_another("MCL", std::iter::once(name));
        assert!(!renamed("Maar Center for Labor") && !renamed("The Maar Centre of Labour"));
        assert!(renamed("Maar Cup League") && renamed("Maar Centre") && renamed(""));
        assert!(!acronyms.mean_another("MC", std::iter::once("Maar Cup")));
    }

    #[test]
    fn names_have_the_acronyms_that_the_text_gives() {
        let acronyms = Acronyms::of("the Maar Tehreek-e-Ruiz (MTR)");
        let initials = |name: &str| {
            let mut form = NameForm::of(name, &NO_TITLES).unwrap();
            acronyms.settle(&mut form);
            form.initials().to_owned()
        };
        assert_eq!(initials("the Maar Tehreek-e-Ruiz"), "mtr");
        assert_eq!(initials("Northern Maar Tehreek-e-Ruiz"), "mtr");
        assert_eq!(initials("Maar Trade Rivals"), "");
        assert_eq!(initials("Maar Trade Union"), "mtu");
    }

    #[test]
    fn a_text_of_brackets_is_read() {
        let text = "Maar Union (MU) (".repeat(20_000);
        assert_eq!(Acronyms::of(&text).by_letters.len(), 1);
        assert_eq!(Acronyms::of(&"(".repeat(100_000)).by_letters.len(), 0);
    }
}
