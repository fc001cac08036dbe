//! Reads what no known name explains: names of the text, and descriptions.
//!
//! In goes a mention; out comes a [`Reading::Name`] cut out of it, or a [`Reading::Description`]. A
//! person's name is what is left at the end: in "former Budget Committee chairman Tomas Brandt" the
//! capitals after the last title or small word. A body keeps all its words, because "Justice
//! Department" starts like a judge.

use crate::actors::ActorType;
use crate::actors::first_names::gender_of;
use crate::actors::gazetteer::FormKind;
use crate::actors::known::KnownName;
use crate::actors::names::{NameForm, is_suffix};
use crate::actors::nouns::{
    BREAKS, INDEFINITE, OF_MANY, SHORT_FOR, head_of, is_body_head, singular, stands_for_body,
};
use crate::actors::readings::{Description, Mention, Pointing, Reading};
use crate::actors::titles::{TitleTable, role_of, title_at, title_ending};
use crate::actors::wordings::counted;
use crate::actors::words::Word;

/// Titles that are surnames as well.
const SURNAMES: &[&str] = &[
    "baron", "bishop", "dean", "duke", "earl", "judge", "king", "marshal", "pope", "prince",
];

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
            // "Budget Committee Chairman Tomas Brandt": the last title with a name after it.
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

    /// The title and the name of somebody of whom it is said where: "Governor Ana Ruiz of Maar", which the tagger takes
    /// for a place, since it ends with one.
    fn titled_before_place<'w, 't>(&self, name: &'w [Word<'t>]) -> Option<&'w [Word<'t>]> {
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
    fn behind_owner<'w, 't>(&self, name: &'w [Word<'t>], may_be_person: bool) -> &'w [Word<'t>] {
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
    fn behind_office<'w, 't>(&self, name: &'w [Word<'t>]) -> Option<&'w [Word<'t>]> {
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

    pub(crate) fn in_country(&self, word: &Word) -> bool {
        self.inside().any(|(name, start, end)| {
            name.kind == ActorType::Country && start <= word.start && word.end() <= end
        })
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

    pub(crate) fn description(&self, core: &[Word]) -> Reading {
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
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "any other reading fails the test"
)]
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
            match read(mention, mention) {
                Reading::Name {
                    form,
                    kind: found,
                    roles: list,
                    ..
                } => {
                    assert_eq!((form.display(), &found), (*display, kind), "{mention}");
                    assert_eq!(list, *roles, "{mention}");
                }
                other => panic!("{mention}: {other:?}"),
            }
        }
        let read_as =
            |text: &str, mention: &str, entity: ActorType| match crate::actors::readings::read_as(
                text,
                mention,
                Some(entity),
            ) {
                Reading::Name { form, kind, .. } => (form.display().to_owned(), kind),
                other => panic!("{mention}: {other:?}"),
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
        match read("said Prime Minister Ruiz", "Ruiz") {
            Reading::Name { roles, .. } => assert_eq!(roles, ["prime minister"]),
            other => panic!("{other:?}"),
        }
    }

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
            match read(mention, mention) {
                Reading::Description(found) => {
                    let got = (
                        found.head.as_str(),
                        found.role.as_deref(),
                        found.plural,
                        found.pointing,
                    );
                    assert_eq!(got, (head, role, plural, pointing), "{mention}");
                }
                other => panic!("{mention}: {other:?}"),
            }
        }
        for open in ["he", "—", "the", "54"] {
            assert!(
                matches!(read(&format!("{open} x"), open), Reading::Open),
                "{open}"
            );
        }
    }
}
