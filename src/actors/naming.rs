//! Names of the text, which no list knows.
//!
//! In go the words of a mention; out comes a [`Reading::Name`] cut out of them, or nothing if they name nobody. What a
//! reader would question: a person's name is what is left at the end, in "former Budget Committee chairman Tomas Brandt"
//! the capitals after the last title or small word (`trimming`), while a body keeps all its words, because "Justice
//! Department" starts like a judge.

use crate::actors::ActorType;
use crate::actors::names::NameForm;
use crate::actors::nouns::{BREAKS, OF_MANY, SHORT_FOR, is_body_head, singular, stands_for_body};
use crate::actors::readings::{Mention, Reading};
use crate::actors::titles::{TitleTable, role_of, title_at, title_ending};
use crate::actors::words::Word;

mod trimming;

/// Particles that a surname may begin with.
const SURNAME_PARTICLES: [&str; 5] = ["al", "bin", "de", "van", "von"];

impl Mention<'_, '_> {
    /// A name of the text: the capitalised words at the end, or all when a body's noun ends them.
    pub(crate) fn named(&self, core: &[Word]) -> Option<Reading> {
        let titles = self.reader.titles;
        let last = core.last()?;
        if !last.is_capital() {
            if let Some(form) = self.body_before(core) {
                return Some(Reading::Name {
                    form,
                    kind: Some(ActorType::Organisation),
                    roles: Vec::new(),
                    nations: Vec::new(),
                });
            }
            let (noun, _) = singular(&last.folded());
            let (of_body, named) = (is_body_head(&noun), core.iter().any(Word::is_capital));
            let broken = core
                .iter()
                .any(|word| BREAKS.binary_search(&word.text).is_ok());
            let proper =
                of_body && named && !broken && !core.iter().all(|word| self.is_nation(word));
            let form = proper
                .then(|| NameForm::of_words(self.surface, core, self.titles_for(false)))??;
            let kind = Some(ActorType::Organisation);
            let (roles, nations) = (Vec::new(), Vec::new());
            return Some(Reading::Name {
                form,
                kind,
                roles,
                nations,
            });
        }
        // "Diplomats said no.": the tagger sees no name.
        let plain = matches!(self.candidate.entity, None | Some(ActorType::Other));
        if core.len() == 1 && self.opens && plain && singular(&last.folded()).1 {
            return None;
        }
        let inner = |at: usize, word: &Word| {
            word.is_capital()
                || (at > 0
                    && core.get(at - 1).is_some_and(Word::is_capital)
                    && (word.is_particle() || BREAKS.binary_search(&word.text).is_ok()))
                || (word.is_particle() && at > 1)
                // "bin Maar"
                || (at == 0
                    && SURNAME_PARTICLES.contains(&word.text)
                    && core.get(1).is_some_and(Word::is_capital))
        };
        let from = core
            .iter()
            .enumerate()
            .rposition(|(at, word)| !inner(at, word))
            .map_or(0, |at| at + 1);
        let (before, mut tail) = core.split_at(from);
        // "detainee A": a letter is nobody without its noun.
        if let ([_, ..], [only]) = (before, tail)
            && only.text.chars().count() == 1
        {
            return None;
        }
        let opening = tail.first()?;
        if !opening.is_capital() && !SURNAME_PARTICLES.contains(&opening.text) {
            return None;
        }
        // "those who back Ruiz", "friends in Maar"; but "secretary of state Ana Ruiz".
        let breaks = |word: &Word| word.text != "of" && BREAKS.binary_search(&word.text).is_ok();
        if before.iter().any(breaks) || before.last().is_some_and(|word| word.text == "of") {
            return None;
        }
        let mut roles = Vec::new();
        if let Some(head) = before.last() {
            let title = title_ending(before, titles);
            roles.extend(title.and_then(|(title, _)| role_of(&title, titles)));
            roles.push(singular(&head.folded()).0);
        }
        // "Protesters in Moscow" begins a sentence; nothing is called so.
        if let [head, link, ..] = tail
            && matches!(link.text, "in" | "from")
            && singular(&head.folded()).1
        {
            return None;
        }
        let of_place = self.titled_before_place(tail);
        tail = of_place.unwrap_or(tail);
        let end = tail.last()?;
        let bodily = is_body_head(&singular(&end.folded()).0) && tail.len() > 1;
        let entity = self.candidate.entity.filter(|_| of_place.is_none());
        let may_be_person =
            matches!(entity, None | Some(ActorType::Person | ActorType::Other)) && !bodily;
        tail = self.behind_owner(tail, may_be_person);
        if let Some(own) = self.behind_office(tail) {
            let title = title_at(tail, titles);
            roles.extend(title.and_then(|(title, _)| role_of(&title, titles)));
            tail = own;
        }
        let mut titled = false;
        if may_be_person {
            (tail, titled) = self.behind_titles(tail, &mut roles)?;
        }
        let form = NameForm::of_words(self.surface, tail, self.titles_for(may_be_person))?;
        if let [only] = form.tokens()
            && (SHORT_FOR.binary_search(&only.as_str()).is_ok()
                || form.titles().is_empty() && self.is_of_many(only))
        {
            return None;
        }
        let guess = entity.filter(|&kind| kind != ActorType::Other);
        let kind = guess.or_else(|| {
            let named = form.tokens().len() > 1 && form.gender().is_some();
            if bodily {
                Some(ActorType::Organisation)
            } else if titled || named || !form.titles().is_empty() {
                Some(ActorType::Person)
            } else {
                None
            }
        });
        let nations = self.inside().map(|(name, ..)| name.who).collect();
        Some(Reading::Name {
            form,
            kind,
            roles,
            nations,
        })
    }

    /// Whether a capitalised word is said of many: "the big Powers"; not of Ms. Power.
    fn is_of_many(&self, word: &str) -> bool {
        let (noun, plural) = singular(word);
        let pointed = self.all.first().is_some_and(Word::is_determiner);
        OF_MANY.binary_search(&noun.as_str()).is_ok()
            && (plural || pointed)
            && self.candidate.entity != Some(ActorType::Person)
            && !self.reader.surnames.contains(word)
    }

    /// The name of the body that the last noun only speaks for: "Finance Ministry officials", "the Herald newspaper".
    fn body_before(&self, core: &[Word]) -> Option<NameForm> {
        let (noun, front) = core.split_last()?;
        let end = front.last()?;
        let named = front
            .iter()
            .all(|word| (word.is_capital() || word.is_particle()) && !word.closes);
        let headed = front.len() > 1 && is_body_head(&singular(&end.folded()).0);
        let form = NameForm::of_words(self.surface, front, self.titles_for(false))?;
        let body = headed || form.is_acronym();
        let stands = stands_for_body(noun, !body) && !end.possessive;
        (named && stands && !front.iter().all(|word| self.is_nation(word))).then_some(form)
    }

    /// The titles to take off: none from a body, for "Justice Department" starts like one.
    pub(crate) fn titles_for(&self, person: bool) -> &TitleTable {
        static NONE: TitleTable = TitleTable::none();
        if person { self.reader.titles } else { &NONE }
    }

    /// Whether the word lies in the name of a country or party, or is a small one.
    fn is_nation(&self, word: &Word) -> bool {
        !word.is_capital()
            || self
                .inside()
                .any(|(_, start, end)| start <= word.start && word.end() <= end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::readings::read;

    #[test]
    fn names_are_cut_out_of_mentions() {
        let person = Some(ActorType::Person);
        let body = Some(ActorType::Organisation);
        let cases: &[(&str, &str, Option<ActorType>, &[&str])] = &[
            (
                "his Omani counterpart Admiral Tariq bin Salim Almaar",
                "Tariq bin Salim Almaar",
                person,
                &["counterpart", "admiral"],
            ),
            (
                "Tax Committee Chairman Tomas Brandt",
                "Tomas Brandt",
                person,
                &["chairman"],
            ),
            (
                "Tomas Brandt, the mayor of Northford",
                "Tomas Brandt",
                person,
                &["mayor"],
            ),
            (
                "the tax minister, Ana Ruiz",
                "Ana Ruiz",
                person,
                &["minister"],
            ),
            ("Justice Committee", "Justice Committee", body, &[]),
            (
                "the Finance Ministry officials",
                "Finance Ministry",
                body,
                &[],
            ),
            ("NCRU members", "NCRU", body, &[]),
            ("the Herald newspaper", "Herald", body, &[]),
            ("Alfredo del Maar", "Alfredo del Maar", person, &[]),
            ("bin Maar", "bin Maar", None, &[]),
            ("Democrat Ana Ruiz", "Ana Ruiz", person, &["democrat"]),
            ("Maar's tax campaign", "Maar's tax campaign", body, &[]),
            ("Maar", "Maar", None, &[]),
        ];
        for (mention, display, kind, roles) in cases {
            let (name, found, list) = read(mention, mention).into_name();
            assert_eq!((name.as_str(), &found), (*display, kind), "{mention}");
            assert_eq!(list, *roles, "{mention}");
        }
        let (_, _, roles) = read("said Prime Minister Ruiz", "Ruiz").into_name();
        assert_eq!(roles, ["prime minister"]);
    }
}
