//! Titles of persons: which words are titles, and what they tell of their bearer.
//!
//! In goes `seeds/titles.tsv`; out come a [`TitleTable`] and what a title found by it says: an office
//! that its bearer may later be called by, a gender. Forms of address ("Mr.", "Dr.") are no offices,
//! for "the doctor" is rarely Dr. Brandt.

use crate::actors::Gender;
use crate::actors::words::Word;
use std::collections::BTreeMap;

/// Titles that the noun alone does not stand for: "the president" is no vice president. Sorted.
const LESSER: &[&str] = &["assistant", "deputy", "under", "vice"];

/// What a title tells of its bearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TitleKind {
    /// An office, a rank or a dignity, by which its bearer may later be called: "the senator".
    Role,
    /// A mere form of address: "Mr.", "Dr.".
    Address,
}

/// Titles, as words in lower case without full stops.
#[derive(Debug, Clone, Default)]
pub struct TitleTable {
    kinds: BTreeMap<String, TitleKind>,
    /// The most words a title has.
    max_words: usize,
}

impl TitleTable {
    /// Reads a table of titles and their kinds.
    pub(crate) fn parse(table: &str) -> Result<Self, String> {
        let mut titles = Self::default();
        for line in table.lines().skip(1).filter(|line| !line.is_empty()) {
            let Some((title, kind)) = line.split_once('\t') else {
                return Err(format!("titles: {line:?} has not two columns"));
            };
            let kind = match kind {
                "honorific" | "academic" => TitleKind::Address,
                _ => TitleKind::Role,
            };
            let title = title.replace('.', "").to_lowercase();
            titles.max_words = titles.max_words.max(title.split(' ').count());
            titles.kinds.entry(title).or_insert(kind);
        }
        Ok(titles)
    }

    /// No titles at all.
    pub(crate) const fn none() -> Self {
        Self {
            kinds: BTreeMap::new(),
            max_words: 0,
        }
    }

    /// The kind of a title given in lower case, without full stops, one space between words.
    #[must_use]
    pub fn kind(&self, title: &str) -> Option<TitleKind> {
        self.kinds.get(title).copied()
    }

    /// All titles, in lower case without full stops, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    /// The most words a title has.
    #[must_use]
    pub fn max_words(&self) -> usize {
        self.max_words
    }
}

/// The title that the words start with, and how many of them it takes.
pub(crate) fn title_at(words: &[Word], titles: &TitleTable) -> Option<(String, usize)> {
    (1..=titles.max_words().min(words.len()))
        .rev()
        .find_map(|n| {
            let taken = words.get(..n)?;
            // A title ends where a comma or a possessive does.
            let broken = taken.split_last()?.1.iter().any(|word| word.closes);
            // "Del." is a title, "del" a part of a name.
            let particle = matches!(taken, [word] if word.is_particle());
            if broken || taken.last()?.possessive || particle {
                return None;
            }
            let title = taken.iter().map(Word::folded).collect::<Vec<_>>().join(" ");
            // "Senators Ana Ruiz and Tomas Brandt", not "Presidents Day".
            let behind = words.get(n..).unwrap_or(&[]);
            let full = behind.len() > 1 && behind.iter().take(2).all(Word::is_capital);
            let named = full && taken.last()?.is_capital();
            let one = title
                .strip_suffix('s')
                .filter(|one| named && titles.kind(one).is_some());
            match titles.kind(&title) {
                Some(_) => Some((title, n)),
                None => Some((one?.to_owned(), n)),
            }
        })
}

/// The longest title that the words end with, and at which of them it begins.
pub(crate) fn title_ending(words: &[Word], titles: &TitleTable) -> Option<(String, usize)> {
    (0..words.len()).find_map(|at| {
        let rest = words.get(at..)?;
        let (title, n) = title_at(rest, titles)?;
        (n == rest.len()).then_some((title, at))
    })
}

/// The title of a role in full, or `None` for a form of address.
pub(crate) fn role_of(title: &str, titles: &TitleTable) -> Option<String> {
    if titles.kind(title)? == TitleKind::Address {
        return None;
    }
    let full = match title {
        "sen" => "senator",
        "rep" | "congressman" | "congresswoman" => "representative",
        "gov" => "governor",
        "gen" => "general",
        "pres" => "president",
        "pm" => "prime minister",
        "lt" => "lieutenant",
        "col" => "colonel",
        "capt" => "captain",
        "sgt" => "sergeant",
        "adm" => "admiral",
        "rev" => "reverend",
        other => other,
    };
    Some(full.to_owned())
}

/// A title as a whole, and its noun if that may stand for it.
pub(crate) fn ways_to_say(title: &str) -> impl Iterator<Item = &str> {
    [Some(title), head_of_title(title)].into_iter().flatten()
}

/// The noun of a title of several words, if it may stand for the title.
fn head_of_title(title: &str) -> Option<&str> {
    let front = title.split(" of ").next().unwrap_or(title);
    let (before, head) = front.rsplit_once(' ').unwrap_or(("", front));
    let lesser = before
        .split(' ')
        .any(|word| LESSER.binary_search(&word).is_ok());
    (head != title && !lesser).then_some(head)
}

pub(crate) fn gender_of_title(title: &str) -> Option<Gender> {
    let last = title.rsplit(' ').next()?;
    match last {
        "mr" | "sir" | "lord" | "king" | "prince" | "emperor" | "sultan" | "sheikh" | "father"
        | "congressman" | "chairman" | "spokesman" | "duke" | "baron" | "pope" | "imam" => {
            Some(Gender::Male)
        }
        "mrs" | "ms" | "miss" | "lady" | "dame" | "queen" | "princess" | "madam" | "madame"
        | "empress" | "sister" | "congresswoman" | "chairwoman" | "spokeswoman" | "duchess"
        | "baroness" => Some(Gender::Female),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::words::words;

    #[test]
    fn titles_are_found_and_read() {
        assert!(LESSER.is_sorted());
        let table = "title\tkind\nPrime Minister\toffice\nMinister\toffice\nMrs.\thonorific\n\
            Sen.\toffice\nSecretary of State\toffice\nVice Mayor\toffice\n";
        let titles = TitleTable::parse(table).unwrap();
        let cases = [
            (
                "Prime Minister Ruiz",
                Some(("prime minister", 2)),
                Some("prime minister"),
                None,
            ),
            ("Sen. Ruiz", Some(("sen", 1)), Some("senator"), None),
            ("Mrs Ruiz", Some(("mrs", 1)), None, Some(Gender::Female)),
            ("Prime, Minister", None, None, None),
            ("Minister's aide", None, None, None),
            ("Ruiz", None, None, None),
        ];
        for (surface, found, role, gender) in cases {
            let title = title_at(&words(surface), &titles);
            assert_eq!(
                title.as_ref().map(|(title, n)| (title.as_str(), *n)),
                found,
                "{surface}"
            );
            let title = title.map(|(title, _)| title);
            assert_eq!(
                title
                    .as_ref()
                    .and_then(|title| role_of(title, &titles))
                    .as_deref(),
                role
            );
            assert_eq!(
                title.and_then(|title| gender_of_title(&title)),
                gender,
                "{surface}"
            );
        }
        assert_eq!(head_of_title("secretary of state"), Some("secretary"));
        assert_eq!(head_of_title("prime minister"), Some("minister"));
        assert_eq!(head_of_title("vice mayor"), None);
        assert_eq!(head_of_title("mayor"), None);
        assert!(TitleTable::parse("title\tkind\nMayor\n").is_err());
    }
}
