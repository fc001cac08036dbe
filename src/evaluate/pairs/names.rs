//! Name forms to names that can be compared.
//!
//! In go the forms by which a speaker or an actor goes, out come [`Names`]: the same forms without
//! case, articles, titles, possessives and punctuation. Two match if one form of each is equal.
//! There is no matching by part of a name: "Vank" would find "Ilse Vank" and the wrong Vank alike,
//! so a short form counts only where the gold data or the system lists it.

use std::collections::BTreeSet;

/// Titles in the form in which names are compared, made once for many names.
#[derive(Debug, Clone, Default)]
pub struct Titles(BTreeSet<Vec<String>>);

impl Titles {
    /// Takes titles of one word or more, such as `Dr.` or `Prime Minister`, in any case.
    pub fn new(titles: &[String]) -> Self {
        Self(
            titles
                .iter()
                .map(|title| plain_words(title))
                .filter(|words| !words.is_empty())
                .collect(),
        )
    }

    /// Number of words of the longest title that `words` open with, if a name is left after it. In
    /// front of `of` or `for` a title is not one but the head of a description ("president of the
    /// council").
    fn leading(&self, words: &[String]) -> Option<usize> {
        let is_name = |rest: &[String]| {
            rest.first()
                .is_some_and(|word| word != "of" && word != "for")
        };
        (1..words.len())
            .rev()
            .find(|&n| self.0.contains(&words[..n]) && is_name(&words[n..]))
    }
}

/// The normalised forms of a name. Invariant: no form is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(BTreeSet<String>);

impl Names {
    /// Normalises name forms: lower case, no possessive 's, no punctuation (a hyphen parts words),
    /// single spaces, no leading articles and titles as long as something is left of the name.
    pub fn new(forms: &[String], titles: &Titles) -> Self {
        Self(
            forms
                .iter()
                .map(|form| normalised(form, titles))
                .filter(|form| !form.is_empty())
                .collect(),
        )
    }

    /// Whether one form of each is the same.
    pub fn matches(&self, other: &Self) -> bool {
        !self.0.is_disjoint(&other.0)
    }
}

fn normalised(form: &str, titles: &Titles) -> String {
    let words = plain_words(form);
    let mut name = words.as_slice();
    // The initial of "A. Miller" is not an article.
    let opens_with_initial = form
        .split_whitespace()
        .next()
        .is_some_and(|word| word.ends_with('.'));
    loop {
        let article = matches!(name.first().map(String::as_str), Some("the" | "a" | "an"));
        let at_initial = opens_with_initial && name.len() == words.len();
        let n_leading = if article && !at_initial && name.len() > 1 {
            Some(1)
        } else {
            titles.leading(name)
        };
        let Some(n_leading) = n_leading else {
            return name.join(" ");
        };
        name = &name[n_leading..];
    }
}

/// Words in lower case without possessive and punctuation. Hyphens and slashes part words.
fn plain_words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    let parted = lower
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '/'));
    let plain = parted.map(|word| {
        let word = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '\'');
        word.strip_suffix("'s")
            .unwrap_or(word)
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
    });
    plain.filter(|word| !word.is_empty()).collect()
}

/// Joins names that match, directly or through others, into one each.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a Names>) -> Vec<Names> {
    let mut groups: Vec<Names> = Vec::new();
    for name in names {
        let mut joined = name.clone();
        for group in groups.extract_if(.., |group| group.matches(name)) {
            joined.0.extend(group.0);
        }
        groups.push(joined);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::super::tests::forms;
    use super::*;

    #[test]
    fn names_are_compared_without_case_articles_titles_and_punctuation() {
        let titles = Titles::new(&forms(
            "Dr.|Prime Minister|minister|Vice-President|president",
        ));
        let cases = [
            ("The Harbour League", "harbour league", true),
            ("Dr. Ilse Vank", "ILSE  VANK", true),
            ("the Prime Minister Dr Vank's", "Vank", true),
            ("Vice President Oru", "vice-president Oru", true),
            (
                "Norland\u{2019}s government",
                "the Norland government",
                true,
            ),
            ("N.P.R.", "NPR", true),
            ("\"the Oaks\"", "Oaks", true),
            ("Prime Minister", "the prime minister", true),
            ("President of Norland", "of Norland", false),
            ("President of Norland", "Minister of Norland", false),
            ("A. Miller", "Miller", false),
            ("Ilse Vank", "Vank", false),
            ("the", "a", false),
            ("...", "", false),
        ];
        for (left, right, expected) in cases {
            let names = |form| Names::new(&forms(form), &titles);
            assert_eq!(
                names(left).matches(&names(right)),
                expected,
                "{left:?} {right:?}"
            );
        }
        let no_titles = Titles::default();
        let either = Names::new(&forms("Vank|Ilse"), &no_titles);
        assert!(either.matches(&Names::new(&forms("Oru|the Ilse"), &no_titles)));
    }

    #[test]
    fn speakers_joined_through_a_third_name_are_one() {
        let names = |form| Names::new(&forms(form), &Titles::default());
        let all = [
            names("Ilse"),
            names("Vank"),
            names("Ilse|Vank"),
            names("Oru"),
        ];
        assert_eq!(distinct(all.iter()).len(), 2);
    }
}
