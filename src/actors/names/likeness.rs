//! When two names agree, and how far.
//!
//! In go two [`NameForm`]s; out comes their [`Likeness`], or nothing. Two persons of one surname and different first names
//! are never alike. What a reader would question: one pair only is looked at. That a bare surname or first name is enough
//! when nobody else has it, and whom it means when somebody does, is decided where all names of the document are known, in
//! [`crate::actors::clusters`].

use super::NameForm;
use crate::actors::words::PARTICLES;

/// Words that organisations add to or leave out of their names. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const DESIGNATORS: &[&str] = &[
    "ag", "co", "college", "company", "corp", "corporation", "daily", "group", "inc",
    "incorporated", "limited", "llc", "ltd", "magazine", "movement", "news", "newspaper", "nv",
    "online", "party", "plc", "sa", "university",
];

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

impl NameForm {
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
    use crate::actors::names::tests::form;

    #[test]
    fn pairs_agree() {
        assert!(DESIGNATORS.is_sorted());
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
