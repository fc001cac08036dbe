//! Name forms: what is left of a name without articles, titles, endings and accents, and when two agree.
//!
//! In goes the surface of a mention; out comes a [`NameForm`], and from two of them a
//! [`Likeness`]. [`same_name`] looks at one pair only: that a bare surname or first name is enough
//! when nobody else has it, and whom it means when somebody does, is decided where all names of
//! the document are known, in [`crate::actors::clusters`]. Two persons of one surname and different
//! first names are never alike.

use crate::actors::Gender;
use crate::actors::accents::unaccented;
use crate::actors::first_names::gender_of;
use crate::actors::titles::{TitleTable, gender_of_title, title_at};
use crate::actors::words::{PARTICLES, Word, words};

/// Endings of personal names that not every mention repeats. Sorted.
const SUFFIXES: &[&str] = &["ii", "iii", "iv", "jr", "sr"];

/// Those of them that tell two people apart.
const GENERATIONS: &[&str] = &["jr", "sr"];

/// Letters behind the name of a person. Sorted.
const LETTERS: &[&str] = &["kc", "md", "mep", "mp", "msp", "phd", "qc"];

/// Words that organisations add to or leave out of their names. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const DESIGNATORS: &[&str] = &[
    "ag", "co", "college", "company", "corp", "corporation", "daily", "group", "inc",
    "incorporated", "limited", "llc", "ltd", "magazine", "movement", "news", "newspaper", "nv",
    "online", "party", "plc", "sa", "university",
];

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

    /// The keys by which a form alike to this one can be looked up: two forms for which
    /// [`same_name`] is not `None` share one.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys = vec![bare(self.last()).to_owned()];
        keys.extend(self.tokens.first().map(|first| bare(first).to_owned()));
        keys.push(self.core().join(" "));
        if let [.., before, last] = self.tokens.as_slice() {
            keys.push(format!("{before} {last}"));
        }
        if self.initials.chars().count() > 1 {
            keys.push(self.initials.clone());
        }
        keys.sort();
        keys.dedup();
        keys
    }

    /// The words without designators at the end, and without "of X" after two words or more.
    fn core(&self) -> &[String] {
        let of = self.tokens.iter().position(|token| token == "of");
        let mut core = match of {
            Some(at) if at >= 2 => self.tokens.get(..at).unwrap_or(&[]),
            _ => self.tokens.as_slice(),
        };
        while let [rest @ .., last] = core {
            if rest.is_empty() || DESIGNATORS.binary_search(&last.as_str()).is_err() {
                break;
            }
            core = rest;
        }
        core
    }
}

/// How far two names agree, the surest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Likeness {
    /// One is the first name of the other, or its first word before "of".
    FirstName,
    /// They agree but for designators: "Maar", "Maar Group".
    Core,
    /// One is the surname or last word of the other.
    Surname,
    /// One is the acronym of the other.
    Acronym,
    /// One lacks words that the other has: middle names, a country in front.
    Shortened,
    /// The same words.
    Equal,
}

/// Whether two names may have one bearer, and how surely. `person` says whether they are persons',
/// if that is known. Symmetric.
#[must_use]
pub fn same_name(a: &NameForm, b: &NameForm, person: Option<bool>) -> Option<Likeness> {
    let (short, long) = if a.tokens.len() <= b.tokens.len() {
        (a, b)
    } else {
        (b, a)
    };
    // A bare surname may leave out "Jr.", a full name does not.
    if a.generation != b.generation && (short.tokens.len() > 1 || short.generation.is_some()) {
        return None;
    }
    if short.tokens == long.tokens {
        return Some(Likeness::Equal);
    }
    let clash = short.gender.zip(long.gender).is_some_and(|(a, b)| a != b);
    let several = short.is_several() || long.is_several();
    let persons = person != Some(false) && !several && !clash;
    let bodies = person != Some(true);
    if let [only] = short.tokens.as_slice() {
        if bodies && short.is_acronym && long.tokens.len() > 1 && *only == long.initials {
            return Some(Likeness::Acronym);
        }
        if !several && !clash && bare(only) == bare(long.last()) {
            return Some(Likeness::Surname);
        }
        if bodies && cored(short, long) {
            return Some(Likeness::Core);
        }
        let [first, second, ..] = long.tokens.as_slice() else {
            return None;
        };
        // "the House" of the House of Elders.
        let opens = persons || (bodies && second == "of");
        return (opens && only == first).then_some(Likeness::FirstName);
    }
    let (first, last) = (short.tokens.first()?, short.last());
    let outer = initial_of(first, long.tokens.first()?) && bare(last) == bare(long.last());
    if !several && outer && is_subsequence(&short.tokens, &long.tokens) {
        return Some(Likeness::Shortened);
    }
    if !several && long.tokens.ends_with(&short.tokens) {
        let surname = PARTICLES.binary_search(&first.as_str()).is_ok();
        return Some(if surname {
            Likeness::Surname
        } else {
            Likeness::Shortened
        });
    }
    (bodies && cored(short, long)).then_some(Likeness::Core)
}

/// Whether the longer name only adds designators or "of X" to the shorter: "Maar Inc." and "Maar
/// Ltd." are two.
fn cored(short: &NameForm, long: &NameForm) -> bool {
    short.core() == long.core() && long.tokens.starts_with(&short.tokens)
}

/// A surname without an Arabic article.
fn bare(token: &str) -> &str {
    ["al-", "el-"]
        .iter()
        .find_map(|article| token.strip_prefix(article))
        .unwrap_or(token)
}

/// Whether one token is the other or its first letter.
fn initial_of(a: &str, b: &str) -> bool {
    let is_initial =
        |short: &str, long: &str| short.chars().count() == 1 && long.starts_with(short);
    a == b || is_initial(a, b) || is_initial(b, a)
}

fn is_subsequence(short: &[String], long: &[String]) -> bool {
    let mut rest = long.iter();
    short
        .iter()
        .all(|token| rest.any(|other| initial_of(token, other) || bare(token) == bare(other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::gazetteer::Gazetteer;

    fn form(surface: &str) -> NameForm {
        NameForm::of(surface, Gazetteer::built_in().title_table()).unwrap()
    }

    #[test]
    fn lists_are_sorted() {
        for list in [SUFFIXES, LETTERS, DESIGNATORS] {
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

    #[test]
    fn pairs_agree() {
        use Likeness::*;
        let cases = [
            ("Tomas Brandt", "tomas brandt", None, Some(Equal)),
            ("Brandt", "Tomas Brandt", None, Some(Surname)),
            ("Tomáš Brandt", "Tomas Brandt", None, Some(Equal)),
            ("RUÍZ", "Ana Ruiz", None, Some(Surname)),
            ("Ruiz", "Ana M. Ru\u{301}iz", None, Some(Surname)),
            ("Mrs. Ruiz", "José Ruiz", None, None),
            ("EMU", "Énergie Maar Union", None, Some(Acronym)),
            ("Herald", "Northford Herald", Some(false), Some(Surname)),
            ("House", "House of Elders", Some(false), Some(FirstName)),
            ("Al-Brandt", "Tomas Brandt", None, Some(Surname)),
            ("bin Maar", "Tariq bin Maar", None, Some(Surname)),
            ("Tomas", "Tomas Brandt", None, Some(FirstName)),
            ("T. Brandt", "Tomas Brandt", None, Some(Shortened)),
            ("Tomas Brandt", "Tomas K. Brandt", None, Some(Shortened)),
            ("Bill Ruiz", "Hillary Ruiz", None, None),
            ("de Ruiz", "Ana de Ruiz", None, Some(Surname)),
            ("Tom Ruiz", "Tom Ruiz Jr.", None, None),
            ("Ruiz", "Tom Ruiz Jr.", None, Some(Surname)),
            ("Mrs. Ruiz", "Bill Ruiz", None, None),
            ("Mr. Ruiz", "Bill Ruiz", None, Some(Surname)),
            ("NCRU", "Northern Civil Rights Union", None, Some(Acronym)),
            ("NCRU", "Northern Civil Rights Union", Some(true), None),
            ("Reform", "Reform Party", None, Some(Core)),
            (
                "Northern Republic",
                "Northern Republic of Maar",
                None,
                Some(Core),
            ),
            (
                "Trade Ministry",
                "Maarian Trade Ministry",
                None,
                Some(Shortened),
            ),
            ("Trade Ministry", "Trade Union", None, None),
            ("Maar Motors Inc", "Maar Motors Ltd", None, None),
            ("Fund of Maar City", "Fund of Maar County", None, None),
            ("Tom and Ann Ruiz", "Ruiz", None, None),
            ("House of Elders", "House of Deputies", None, None),
        ];
        for (a, b, person, expected) in cases {
            let (one, other) = (form(a), form(b));
            assert_eq!(same_name(&one, &other, person), expected, "{a}, {b}");
            assert_eq!(same_name(&other, &one, person), expected, "{b}, {a}");
            if expected.is_some() {
                let keys = one.keys();
                assert!(
                    other.keys().iter().any(|key| keys.contains(key)),
                    "{a}, {b}"
                );
            }
        }
    }
}
