//! Name forms: what is left of a name without articles, titles, endings and accents.
//!
//! In goes the surface of a mention; out comes a [`NameForm`]. Whether two of them agree is asked of [`same_name`]. What a
//! reader would question: only titles that the table has are taken off, and only in front of a name, so that "Mayor" alone
//! is a name here; whom it means is decided where all mentions are known, in [`crate::actors::clusters`].

use crate::actors::Gender;
use crate::actors::accents::unaccented;
use crate::actors::first_names::gender_of;
use crate::actors::titles::{TitleTable, gender_of_title, title_at};
use crate::actors::words::{Word, words};

mod likeness;

pub use likeness::{Likeness, same_name};

/// Endings of personal names that not every mention repeats. Sorted.
const SUFFIXES: &[&str] = &["ii", "iii", "iv", "jr", "sr"];

/// Those of them that tell two people apart.
const GENERATIONS: &[&str] = &["jr", "sr"];

/// Letters behind the name of a person. Sorted.
const LETTERS: &[&str] = &["kc", "md", "mep", "mp", "msp", "phd", "qc"];

/// Whether a word only ends a personal name: "Jr."
pub(crate) fn is_suffix(word: &Word) -> bool {
    SUFFIXES.binary_search(&word.folded().as_str()).is_ok()
}

/// A surface with single spaces, however its lines break.
pub(crate) fn one_line(surface: &str) -> String {
    surface.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name, reduced to what identifies its bearer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameForm {
    /// The words in lower case, without accents; at least one.
    tokens: Vec<String>,
    /// The name as written, without articles, titles and possessive ending.
    display: String,
    /// Titles taken off, in lower case without full stops.
    titles: Vec<String>,
    gender: Option<Gender>,
    /// "jr" or "sr".
    generation: Option<String>,
    /// First letters of the words with capitals, in lower case, without accents.
    initials: String,
    /// Whether the whole name is one word in capitals, like an acronym.
    is_acronym: bool,
}

impl NameForm {
    /// The form of a name; `None` when nothing but articles, titles or punctuation is in it.
    ///
    /// Leading articles and titles are taken off, the longest title first and as many as there
    /// are; of the whole, the part after the last title counts ("White House chief of staff X" is
    /// for the caller to cut).
    #[must_use]
    pub fn of(surface: &str, titles: &TitleTable) -> Option<Self> {
        let words = words(surface);
        Self::of_words(surface, &words, titles)
    }

    /// [`NameForm::of`] for a part of the words of `surface`.
    pub(crate) fn of_words(surface: &str, words: &[Word], titles: &TitleTable) -> Option<Self> {
        let mut rest = words;
        let mut taken = Vec::new();
        while let Some((first, after)) = rest.split_first() {
            if first.is_determiner() && !after.is_empty() {
                rest = after;
            } else if let Some((title, n)) = title_at(rest, titles)
                && rest.iter().skip(n).any(|word| !is_suffix(word))
            {
                taken.push(title);
                rest = rest.get(n..)?;
            } else {
                break;
            }
        }
        // "Ana Ruiz MP"; but "Northford MP" is whoever sits for it.
        if let [given, _, .., last] = rest
            && last.is_capital()
            && LETTERS.binary_search(&last.folded().as_str()).is_ok()
            && gender_of(&given.folded()).is_some()
        {
            rest = rest.get(..rest.len() - 1)?;
        }
        let is_person = !taken.is_empty();
        let first = rest.first()?;
        let mut tokens: Vec<String> = Vec::new();
        for word in rest {
            // "Lord Brandt of Northford" is Brandt; an organisation keeps its "of".
            if is_person && word.text == "of" && !tokens.is_empty() {
                break;
            }
            tokens.push(unaccented(&word.folded()));
        }
        let mut generation = None;
        let ends = |token: &mut String| SUFFIXES.binary_search(&token.as_str()).is_ok();
        while tokens.len() > 1
            && let Some(suffix) = tokens.pop_if(ends)
        {
            generation = Some(suffix).filter(|suffix| GENERATIONS.contains(&suffix.as_str()));
        }
        let end = rest.last()?.end();
        let capital = |word: &&Word| word.is_capital();
        let initials = rest.iter().filter(capital);
        let initials: String = initials
            .filter_map(|word| word.text.chars().next())
            .flat_map(char::to_lowercase)
            .collect();
        let by_title = taken.iter().find_map(|title| gender_of_title(title));
        let by_name = || {
            (tokens.len() > 1)
                .then(|| gender_of(tokens.first()?))
                .flatten()
        };
        Some(Self {
            display: one_line(surface.get(first.start..end)?),
            titles: taken,
            gender: by_title.or_else(by_name),
            generation,
            initials: unaccented(&initials),
            is_acronym: rest.len() == 1
                && (2..=8).contains(&first.text.chars().filter(|c| c.is_alphabetic()).count())
                && !first.text.chars().any(char::is_lowercase),
            tokens,
        })
    }

    /// The words in lower case, without accents.
    #[must_use]
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// The last word in lower case, without accents: for a person the surname.
    #[must_use]
    pub fn last(&self) -> &str {
        self.tokens.last().map_or("", String::as_str)
    }

    /// The name as written, without articles, titles and possessive ending.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Titles that stood before it, in lower case without full stops.
    #[must_use]
    pub fn titles(&self) -> &[String] {
        &self.titles
    }

    /// The gender that a title or the first name tells.
    #[must_use]
    pub fn gender(&self) -> Option<Gender> {
        self.gender
    }

    /// The gender that a title tells: "Mr. Ruiz".
    pub(crate) fn gender_by_title(&self) -> Option<Gender> {
        self.titles.iter().find_map(|title| gender_of_title(title))
    }

    /// Whether it joins two first names: "Tom and Ann Ruiz".
    #[must_use]
    pub fn is_several(&self) -> bool {
        self.tokens
            .get(1)
            .is_some_and(|token| token == "and" || token == "&")
    }

    /// The letters that an acronym of it has, in lower case without accents: those that its capitals begin with.
    pub(crate) fn initials(&self) -> &str {
        &self.initials
    }

    /// Says the letters of its acronym; none for a name without one.
    pub(crate) fn set_initials(&mut self, initials: String) {
        self.initials = initials;
    }

    /// Whether the whole name is one word in capitals, like an acronym.
    pub(crate) fn is_acronym(&self) -> bool {
        self.is_acronym
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::gazetteer::Gazetteer;

    pub(super) fn form(surface: &str) -> NameForm {
        NameForm::of(surface, Gazetteer::built_in().title_table()).unwrap()
    }

    #[test]
    fn lists_are_sorted() {
        for list in [SUFFIXES, LETTERS] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn names_are_reduced() {
        let cases: &[(&str, &str, &[&str])] = &[
            ("the Maar Group’s", "Maar Group", &[]),
            (
                "Major General Tomas Brandt",
                "Tomas Brandt",
                &["major general"],
            ),
            (
                "Prime Minister Sir Ian Maar",
                "Ian Maar",
                &["prime minister", "sir"],
            ),
            ("Mr. Brandt", "Brandt", &["mr"]),
            ("Mayor", "Mayor", &[]),
            ("King Jr.", "King Jr", &[]),
            ("Mr.\u{a0}Ana\r\n  Ruiz", "Ana Ruiz", &["mr"]),
            ("“Ana Ruiz,”", "Ana Ruiz", &[]),
            ("Ana Ruiz QC", "Ana Ruiz", &[]),
            ("Northford Maar MP", "Northford Maar MP", &[]),
            ("Mr. Tomáš Ruíz", "Tomáš Ruíz", &["mr"]),
        ];
        for (surface, display, titles) in cases {
            let form = form(surface);
            assert_eq!(
                (form.display(), form.titles().len()),
                (*display, titles.len()),
                "{surface}"
            );
            assert!(form.titles().iter().eq(titles.iter()), "{surface}");
        }
        assert_eq!(form("Lord Brandt of Northford").tokens(), ["brandt"]);
        assert_eq!(form("Ana Ruiz Jr.").last(), "ruiz");
        assert_eq!(form("Mrs. Ruiz").gender(), Some(Gender::Female));
        assert_eq!(form("Tom Ruiz").gender(), Some(Gender::Male));
        assert_eq!(
            NameForm::of(" — ", Gazetteer::built_in().title_table()),
            None
        );
    }
}
