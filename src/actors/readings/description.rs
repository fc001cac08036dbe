//! Mentions by a common noun: "the senator", "his party", "38 % of likely voters".
//!
//! In go the words of a mention that name nobody; out comes a [`Description`]: its noun, the office, country or party
//! that it names, and how it points. What a reader would question: of "38 % of likely voters" the noun is "voter", that of
//! the group and not of the share, for it is voters who say something.

use super::{Mention, Reading};
use crate::actors::gazetteer::FormKind;
use crate::actors::known::Known;
use crate::actors::nouns::{INDEFINITE, head_of, is_body_head, singular};
use crate::actors::titles::{role_of, title_at};
use crate::actors::wordings::counted;
use crate::actors::words::Word;
use crate::actors::{ActorType, Gender};

/// How a description points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pointing {
    /// "the senator", "this company".
    Definite,
    /// "his party": the same only as long as the owner is.
    Owned,
    /// "voters".
    Bare,
    /// "a spokesman", "two officials": somebody new.
    Indefinite,
}

/// A mention by a common noun.
#[derive(Debug, Clone)]
pub(crate) struct Description {
    /// All words but determiners, in lower case.
    pub(crate) text: String,
    /// The noun, in the singular.
    pub(crate) head: String,
    /// The office it names, in full.
    pub(crate) role: Option<String>,
    pub(crate) plural: bool,
    pub(crate) pointing: Pointing,
    /// The country or party it names: "the Iranian president".
    pub(crate) nation: Option<Known>,
    /// Whether that is a country by its adjective: "the Iranian president" needs an Iranian, while
    /// "the Vermont senator" is any senator of whom nothing else is said.
    pub(crate) of_country: bool,
    /// Whether it stands at the head of its sentence, or of what follows a comma or a quotation there.
    pub(crate) leads: bool,
}

impl Description {
    /// Whether its noun is one for bodies rather than persons.
    pub(crate) fn is_of_body(&self) -> bool {
        is_body_head(&self.head)
    }

    /// The gender that its noun tells.
    pub(crate) fn gender(&self) -> Option<Gender> {
        match self.head.as_str() {
            "man" | "boy" | "king" | "father" | "husband" | "son" | "brother" => Some(Gender::Male),
            "woman" | "girl" | "queen" | "mother" | "wife" | "daughter" | "sister" | "lady" => {
                Some(Gender::Female)
            }
            noun if noun.ends_with("woman") => Some(Gender::Female),
            _ => None,
        }
    }
}

impl Mention<'_, '_> {
    /// What the words describe; [`Reading::Open`] if no letter is in them.
    pub(super) fn description(&self, core: &[Word]) -> Reading {
        let group = counted(core).unwrap_or(core);
        let Some(head) = head_of(group) else {
            return Reading::Open;
        };
        // "54 said yes": a number is nobody.
        let lettered = |word: &Word| word.text.contains(char::is_alphabetic);
        if !core.iter().any(lettered) {
            return Reading::Open;
        }
        let titles = self.reader.titles;
        let (noun, plural) = singular(&head.folded());
        // "secretary of state" goes on after its head.
        let role = core.iter().enumerate().find_map(|(at, word)| {
            let (title, n) = title_at(core.get(at..)?, titles)?;
            let covers = word.start <= head.start && core.get(at + n - 1)?.end() >= head.end();
            covers.then(|| role_of(&title, titles))?
        });
        let front: Vec<_> = self
            .all
            .iter()
            .take_while(|word| word.start < head.start)
            .collect();
        let owned = front.iter().any(|word| word.possessive);
        let pointing = match front.first().map(|word| word.folded()) {
            Some(word) if INDEFINITE.binary_search(&word.as_str()).is_ok() => Pointing::Indefinite,
            Some(word) if matches!(&*word, "the" | "this" | "that" | "these" | "those") => {
                Pointing::Definite
            }
            Some(_) if front.first().is_some_and(|word| word.is_owner()) => Pointing::Owned,
            Some(word) if word.starts_with(|c: char| c.is_ascii_digit()) => Pointing::Indefinite,
            _ if owned => Pointing::Owned,
            // "President", "Prime Minister" without an article.
            _ if head.is_capital() && !plural && group.len() == core.len() => Pointing::Definite,
            _ => Pointing::Bare,
        };
        let nation = self.inside().next().map(|(name, ..)| name);
        Reading::Description(Description {
            text: core.iter().map(Word::folded).collect::<Vec<_>>().join(" "),
            head: noun,
            role,
            plural,
            pointing,
            nation: nation.map(|name| name.who),
            of_country: nation.is_some_and(|name| {
                name.kind == ActorType::Country && name.form == FormKind::Demonym
            }),
            leads: self.leads,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::readings::read;

    #[test]
    fn descriptions_are_read() {
        use Pointing::*;
        let cases = [
            ("the senator", "senator", Some("senator"), false, Definite),
            (
                "the former secretary of state",
                "secretary",
                Some("secretary of state"),
                false,
                Definite,
            ),
            (
                "the sultan of this country",
                "sultan",
                Some("sultan"),
                false,
                Definite,
            ),
            (
                "the Prime Minister",
                "minister",
                Some("prime minister"),
                false,
                Definite,
            ),
            ("voters", "voter", None, true, Bare),
            ("two officials", "official", None, true, Indefinite),
            (
                "a spokesman",
                "spokesman",
                Some("spokesman"),
                false,
                Indefinite,
            ),
            ("his party", "party", None, false, Owned),
            ("the Council", "council", None, false, Definite),
            ("witness 'B'", "b", None, false, Definite),
            ("Maar's rivals", "rival", None, true, Owned),
            ("the big Powers", "power", None, true, Definite),
            ("the State", "state", None, false, Definite),
            ("38% of likely voters", "voter", None, true, Indefinite),
            ("a majority of voters", "voter", None, true, Indefinite),
        ];
        for (mention, head, role, plural, pointing) in cases {
            let Reading::Description(found) = read(mention, mention) else {
                panic!("{mention} is no description");
            };
            let got = (
                found.head.as_str(),
                found.role.as_deref(),
                found.plural,
                found.pointing,
            );
            assert_eq!(got, (head, role, plural, pointing), "{mention}");
        }
        for open in ["he", "—", "the", "54"] {
            assert!(
                matches!(read(&format!("{open} x"), open), Reading::Open),
                "{open}"
            );
        }
    }
}
