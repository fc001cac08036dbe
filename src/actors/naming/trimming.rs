//! What stands around a name in its mention, and is cut off.
//!
//! In go the words that end a mention; out comes the name among them, without the place behind it ("Governor Ana Ruiz of
//! Maar") and without the owner, the office or body, and the titles before it. What a reader would question: from
//! the name of a body nothing is cut but the country or party that owns it, since it may begin like an office or a title.

use crate::actors::ActorType;
use crate::actors::first_names::gender_of;
use crate::actors::known::KnownName;
use crate::actors::names::is_suffix;
use crate::actors::nouns::{is_body_head, singular};
use crate::actors::readings::Mention;
use crate::actors::titles::{role_of, title_at};
use crate::actors::words::Word;

/// Titles that are surnames as well.
const SURNAMES: &[&str] = &[
    "baron", "bishop", "dean", "duke", "earl", "judge", "king", "marshal", "pope", "prince",
];

impl Mention<'_, '_> {
    /// The title and the name of somebody of whom it is said where: "Governor Ana Ruiz of Maar", which the tagger takes
    /// for a place, since it ends with one.
    pub(super) fn titled_before_place<'w, 't>(
        &self,
        name: &'w [Word<'t>],
    ) -> Option<&'w [Word<'t>]> {
        let place = matches!(
            self.candidate.entity,
            Some(ActorType::Country | ActorType::Location)
        );
        let (_, n) = title_at(name, self.reader.titles).filter(|_| place)?;
        let far = |word: &Word| matches!(word.text, "of" | "from");
        let of = n + name.iter().skip(n).position(far)?;
        let (titled, _) = name.split_at(of);
        let named = titled.get(n..)?;
        let body = |word: &Word| is_body_head(&singular(&word.folded()).0);
        (!named.is_empty() && !named.iter().any(body)).then_some(titled)
    }

    /// A name without whose it is: "Maar's Ana Ruiz", "the Herald's Tomas Brandt", "Maar's Harbour League" of a
    /// country.
    pub(super) fn behind_owner<'w, 't>(
        &self,
        name: &'w [Word<'t>],
        may_be_person: bool,
    ) -> &'w [Word<'t>] {
        let Some(at) = name.iter().rposition(|word| word.possessive) else {
            return name;
        };
        let (owner, own) = name.split_at(at + 1);
        let Some(first) = own.first().filter(|word| word.is_capital()) else {
            return name;
        };
        // "People's Tax Party", if that is known.
        let joint =
            |(_, start, end): (KnownName, usize, usize)| start < first.start && end > first.start;
        if self.inside().any(joint) {
            return name;
        }
        let person = self.candidate.entity == Some(ActorType::Person)
            || gender_of(&first.folded()).is_some();
        let by_person = may_be_person && person;
        if by_person || owner.iter().all(|word| self.is_nation(word)) {
            own
        } else {
            name
        }
    }

    /// The name of a person without the office or body that stands before it: "Secretary of the Navy Ana Ruiz", "Tax
    /// Committee Ana Ruiz", "MSP Ana Ruiz". Only a given name tells where it begins.
    pub(super) fn behind_office<'w, 't>(&self, name: &'w [Word<'t>]) -> Option<&'w [Word<'t>]> {
        if self.candidate.entity != Some(ActorType::Person) {
            return None;
        }
        let given = |word: &Word| word.is_capital() && gender_of(&word.folded()).is_some();
        let at = name.iter().position(given).filter(|&at| at > 0)?;
        let (office, own) = name.split_at(at);
        let last = office.last()?;
        let capitals = |word: &Word| !word.text.chars().any(char::is_lowercase);
        let acronym = last.text.chars().count() > 2 && capitals(last) && !own.iter().any(capitals);
        let body = is_body_head(&singular(&last.folded()).0);
        let of = title_at(office, self.reader.titles)
            .and_then(|(_, n)| office.get(n))
            .is_some_and(|word| word.text == "of");
        let full = own.len() > 1 && own.iter().all(Word::is_capital);
        (full && (acronym || body || of) && !last.closes && !last.possessive).then_some(own)
    }

    /// The name of a person behind the last title that has a name after it, whose office is added to `roles`, and whether
    /// there is such a title: "Tomas Brandt" of "Budget Committee Chairman Tomas Brandt". `None` if there is no name.
    pub(super) fn behind_titles<'w, 't>(
        &self,
        name: &'w [Word<'t>],
        roles: &mut Vec<String>,
    ) -> Option<(&'w [Word<'t>], bool)> {
        let titles = self.reader.titles;
        let (mut tail, mut titled) = (name, false);
        let mut at = 0;
        while let Some(rest) = tail.get(at..).filter(|rest| !rest.is_empty()) {
            // "Martin Luther King Jr.", "Sacha Baron Cohen".
            let inside = at.checked_sub(1).and_then(|before| tail.get(before));
            let surname = rest.first().map(Word::folded);
            let in_name = surname.is_some_and(|name| SURNAMES.contains(&name.as_str()))
                && inside.is_some_and(|word| gender_of(&word.folded()).is_some());
            let named = |n: &usize| !in_name && !rest.iter().skip(*n).all(is_suffix);
            let ends = |n: &usize| at + n == tail.len();
            let title = title_at(rest, titles).filter(|(_, n)| ends(n) || named(n));
            match title {
                Some((title, n)) => {
                    let of = tail.get(at + n).is_some_and(|word| word.text == "of");
                    let bare = |word: &Word| {
                        SURNAMES.contains(&word.folded().as_str())
                            && self.all.len() == 1
                            && self.reader.surnames.contains(&word.folded())
                    };
                    if let ([only], 0) = (rest, at)
                        && bare(only)
                    {
                        // "King said", where the text has a Mervyn King.
                        break;
                    }
                    if at + n == tail.len() || of {
                        // "the Prime Minister", "President of Maar": no name at all.
                        return if at == 0 { None } else { break };
                    }
                    roles.extend(role_of(&title, titles));
                    titled = true;
                    // The first word keeps its form of address for the gender it tells.
                    if at > 0 {
                        tail = rest;
                        at = 0;
                    }
                    at += n;
                }
                None => at += 1,
            }
        }
        Some((tail, titled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::readings::{self, Reading, read};

    #[test]
    fn what_stands_around_names_is_cut_off() {
        let person = Some(ActorType::Person);
        let body = Some(ActorType::Organisation);
        let read_as = |text: &str, mention: &str, entity: ActorType| {
            let (name, kind, _) = readings::read_as(text, mention, Some(entity)).into_name();
            (name, kind)
        };
        for (text, mention, entity, display, kind) in [
            (
                "",
                "Governor Ana Ruiz of Texas",
                ActorType::Country,
                "Ana Ruiz",
                person,
            ),
            (
                "",
                "Harbour League of Texas",
                ActorType::Country,
                "Harbour League of Texas",
                Some(ActorType::Country),
            ),
            ("", "Maar's Ana Ruiz", ActorType::Person, "Ana Ruiz", person),
            (
                "",
                "the Herald's Tomas Brandt",
                ActorType::Person,
                "Tomas Brandt",
                person,
            ),
            (
                "",
                "Norway's Harbour League",
                ActorType::Organisation,
                "Harbour League",
                body,
            ),
            (
                "",
                "Maar's Harbour League",
                ActorType::Organisation,
                "Maar's Harbour League",
                body,
            ),
            (
                "",
                "Secretary of the Navy Ana Ruiz",
                ActorType::Person,
                "Ana Ruiz",
                person,
            ),
            (
                "",
                "Tax Committee Ana Ruiz MP",
                ActorType::Person,
                "Ana Ruiz",
                person,
            ),
            ("", "MSP Ana Ruiz", ActorType::Person, "Ana Ruiz", person),
            (
                "",
                "Maar Ana Ruiz",
                ActorType::Person,
                "Maar Ana Ruiz",
                person,
            ),
            (
                "Mary King left. ",
                "King",
                ActorType::Person,
                "King",
                person,
            ),
        ] {
            let text = format!("{text}{mention} spoke.");
            let found = read_as(&text, mention, entity);
            assert_eq!(found, (display.to_owned(), kind), "{mention}");
        }
        let king = read("Ana Ruiz left. King spoke.", "King");
        assert!(matches!(king, Reading::Description(_)), "{king:?}");
    }
}
