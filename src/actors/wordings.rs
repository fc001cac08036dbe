//! Further forms of a description: "his father", "this government", "voters" of "38 % of voters".
//!
//! In goes the surface of a description, or its words; out come the forms by which it may be found or named besides
//! the one it has. What a reader would question: of "72 % of Omanis" the group alone, Omanis, is a form and Oman is
//! none, since the other 28 % may say the opposite.

use crate::actors::names::one_line;
use crate::actors::nouns::{BREAKS, COUNTS, INDEFINITE};
use crate::actors::pronouns::Pronoun;
use crate::actors::words::{Word, undetermined, words};

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

/// Words that begin what is said of a group beyond what it is: "voters in Maar", "officials who left". Sorted.
const BEYOND: &[&str] = &["at", "from", "in", "on", "that", "which", "who", "whose"];

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
        for list in [SHARES, QUANTITIES, BEYOND] {
            assert!(list.is_sorted(), "{list:?}");
        }
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
