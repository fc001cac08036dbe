//! Nouns of stance -> who is told to hold one, and about whom: "Maar's support for Ruiz", "support from Maar".
//!
//! In go a [`Sentence`] and a place in it; out come the names and pronouns that the noun there gives a role. What a reader
//! would question: whose a noun is and what it is about count only together, for "support for Ruiz" alone has no holder;
//! whom something comes from is a holder without a target.

use super::lexicon::{carries, gets, is_given, leads_of};
use super::sentence::{Role, SKIPPED, Sentence, Who};

impl Sentence {
    /// "Maar's support for Ruiz", "Maar launched an attack on Ruiz", "criticism from Maar", "drew the ire of Maar".
    pub(super) fn noun(&self, at: usize, all: &mut Vec<(Who, Role)>) {
        let (noun, lead) = (self.word(at), self.word(at + 1));
        if leads_of(noun).contains(&lead)
            && let Some(object) = self.object(at + 2, false)
            && let Some(holder) = self.owner(at).or_else(|| self.carrier(at))
        {
            all.push((Who::Name(holder), Role::Holder));
            let objects = self.list_behind(object);
            all.extend(objects.into_iter().map(|object| (object, Role::Target)));
        }
        if !is_given(noun) {
            return;
        }
        let got = || (at.saturating_sub(3)..at).any(|i| gets(self.word(i)));
        let given = match lead {
            "among" | "by" | "from" => true,
            "of" => got(),
            _ => false,
        };
        if given && let Some(giver @ Who::Name(_)) = self.object(at + 2, false) {
            let givers = self.list_behind(giver);
            all.extend(givers.into_iter().map(|giver| (giver, Role::Holder)));
        }
    }

    /// Where the adjectives before a noun begin, since its owner or verb stands before them.
    fn adjectives(&self, noun: usize) -> usize {
        let mut from = noun;
        for _ in 0..3 {
            let before = self.word_before(from);
            let plain = !before.is_empty() && before.chars().all(char::is_alphabetic);
            let other = ["and", "of", "s", "the"].contains(&before) || carries(before);
            if !plain || other || self.ending(from).is_some() {
                break;
            }
            from -= 1;
        }
        from
    }

    /// Whose a noun is: "Maar's strong support".
    fn owner(&self, noun: usize) -> Option<usize> {
        let from = self.adjectives(noun);
        let is_mark = |at: usize| ["'", "’"].contains(&self.word_before(at));
        let mark = if self.word_before(from) == "s" {
            from.checked_sub(1)?
        } else {
            from
        };
        let name = mark.checked_sub(1).filter(|_| is_mark(mark))?;
        self.ending(name)
    }

    /// The subject of the verb that a noun hangs on: "Maar has launched an attack".
    fn carrier(&self, noun: usize) -> Option<usize> {
        let mut from = self.adjectives(noun);
        if SKIPPED.binary_search(&self.word_before(from)).is_ok() {
            from -= 1;
        }
        let mut verb = from;
        for _ in 0..2 {
            let carries = carries(self.word_before(verb));
            if !carries || self.ending(verb).is_some() {
                break;
            }
            verb -= 1;
        }
        let (name, _) = self.subject(verb).filter(|_| verb < from)?;
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use crate::scorer::deeds::clauses::told;

    #[test]
    fn owners_and_givers_are_holders() {
        for (text, holders, targets) in [
            (
                "they saw Maar ' s strong support for Ruiz .",
                "Maar",
                "Ruiz",
            ),
            ("Maar has launched an attack on them .", "Maar", "them"),
            (
                "they heard criticism from the Harbour League .",
                "Harbour League",
                "",
            ),
            ("it drew the ire of Norland .", "Norland", ""),
            ("it was the support of Norland .", "", ""),
        ] {
            assert_eq!(
                told(text),
                (holders.to_owned(), targets.to_owned()),
                "{text}"
            );
        }
    }
}
