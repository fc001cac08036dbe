//! Mentions that a known name carries.
//!
//! In go the words of a mention and the known names inside it; out comes a [`Reading::Known`], or nothing. What a reader
//! would question: a known name counts only when it is the core of the mention. "Omani authorities" is Oman, "the Iranian
//! nuclear deal" and "American journalist Ana Ruiz" are not countries, and "Chad" that the tagger takes for a person is
//! none either.

use super::{Mention, Reading};
use crate::actors::ActorType;
use crate::actors::first_names::gender_of;
use crate::actors::gazetteer::FormKind;
use crate::actors::known::{Known, KnownName};
use crate::actors::names::NameForm;
use crate::actors::nouns::{is_colour, is_modified, is_plain, noun_for};
use crate::actors::words::Word;

impl Mention<'_, '_> {
    /// The country whose longer name ends with the whole mention: Maar in "Republic of Maar".
    fn around(&self) -> Option<KnownName> {
        let span = self.candidate.span;
        let before = self
            .reader
            .known
            .partition_point(|name| name.span.start() < span.start());
        let name = *self.reader.known.get(before.checked_sub(1)?)?;
        let country = name.kind == ActorType::Country && name.form == FormKind::Name;
        // The full stop of "U.S." may be left out of the mention.
        let ends = name.span.end().abs_diff(span.end()) <= 1;
        (country && ends && name.span.start() < span.start()).then_some(name)
    }

    /// The known actor that the words mean as a whole.
    pub(super) fn known(&self, core: &[Word]) -> Option<Reading> {
        let (first, last) = (core.first()?, core.last()?);
        if let Some(name) = self.around().filter(|_| core.len() <= 3) {
            return Some(Reading::Known {
                name,
                form: None,
                head: None,
            });
        }
        let person = self.candidate.entity == Some(ActorType::Person);
        let opening = self.all.first()?;
        let determiner = opening.folded();
        // "Senior Omani officials" begins a sentence.
        let plain = |word: &Word| {
            let opens = self.opens && word.start == opening.start && !word.closes;
            is_plain(word) || opens && is_colour(word)
        };
        for (name, start, end) in self.inside() {
            let is_person = name.kind == ActorType::Person;
            let country = name.kind == ActorType::Country;
            let is_body = matches!(name.kind, ActorType::Organisation | ActorType::ArmedGroup);
            let before: Vec<_> = core.iter().filter(|word| word.start < start).collect();
            let after: Vec<_> = core.iter().filter(|word| word.start >= end).collect();
            let whole = start <= first.start && end >= last.end();
            let head = match (before.as_slice(), after.as_slice()) {
                ([], []) if person && self.may_be_a_person(&name, core) => None,
                ([], [])
                    if name.form == FormKind::Demonym
                        && (matches!(&*determiner, "a" | "an")
                            || determiner == "the" && is_of_one(core)) =>
                {
                    None
                }
                ([], []) => Some(None),
                (before, after) if person && !(country && is_of_all(before, after)) => None,
                // "thousands of Omanis", "moderate Omanis".
                (before, []) if is_modified(before, plain) && !is_person => Some(None),
                // "the U.S. Senate" of a seed that only says "Senate".
                (before, []) if is_body && before.iter().all(|word| self.in_country(word)) => {
                    Some(None)
                }
                // "the government of Oman".
                ([.., head, of], []) if of.text == "of" => noun_for(head, name.kind).map(Some),
                ([.., head, of, the], []) if of.text == "of" && the.is_determiner() => {
                    noun_for(head, name.kind).map(Some)
                }
                // "senior Omani security officials".
                (before, [between @ .., head])
                    if before.iter().chain(between).all(|word| plain(word)) =>
                {
                    noun_for(head, name.kind).map(Some)
                }
                _ => None,
            };
            if let Some(head) = head {
                let titles = self.titles_for(is_person);
                let form = whole
                    .then(|| NameForm::of_words(self.surface, core, titles))
                    .flatten();
                return Some(Reading::Known { name, form, head });
            }
        }
        None
    }

    /// Whether what the gazetteer knows may be a person of that name after all: one word that is a first name
    /// ("Chad") or that follows one elsewhere in the text ("Mary Washington"), or a full name that begins
    /// with one. Not a country by its surname, and nothing with an article.
    fn may_be_a_person(&self, name: &KnownName, core: &[Word]) -> bool {
        let country = name.kind == ActorType::Country && name.form == FormKind::Name;
        let given = core
            .first()
            .is_some_and(|word| gender_of(&word.folded()).is_some());
        let surname = match core {
            [word] => !country && self.reader.surnames.contains(&word.folded()),
            _ => false,
        };
        let listed = matches!(name.who, Known::Gazetteer(_)) && name.kind != ActorType::Person;
        let bare = self.all.first().is_some_and(|word| !word.is_determiner());
        listed && bare && (given && (core.len() == 1 || !country) || surname)
    }

    /// Whether the word lies in the name of a country.
    fn in_country(&self, word: &Word) -> bool {
        self.inside().any(|(name, start, end)| {
            name.kind == ActorType::Country && start <= word.start && word.end() <= end
        })
    }
}

/// Whether the words around the name of a country mean its people or government, whatever the tagger takes them for:
/// "the people of Oman", "the Omani people".
fn is_of_all(before: &[&Word], after: &[&Word]) -> bool {
    let head = match (before, after) {
        ([.., head, of], []) if of.text == "of" => head,
        ([.., head, of, the], []) if of.text == "of" && the.is_determiner() => head,
        (_, [.., head]) => head,
        _ => return false,
    };
    !head.is_capital() && noun_for(head, ActorType::Country).is_some()
}

/// Whether a demonym with "the" is one person: "the Spaniard", not "the British" or "the Omanis".
fn is_of_one(core: &[Word]) -> bool {
    let many = |word: &Word| {
        ["s", "sh", "ch", "ese"]
            .iter()
            .any(|ending| word.folded().ends_with(ending))
    };
    matches!(core, [word] if !many(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::Candidate;
    use crate::actors::gazetteer::Gazetteer;
    use crate::actors::readings::{Reader, read, read_as, surnames};
    use crate::document::Document;

    #[test]
    fn what_is_known_is_no_person_unless_its_name_is_one() {
        let read_in = |text: &str, mention: &str| {
            let document = Document::new("d", text).unwrap();
            let gazetteer = Gazetteer::built_in();
            let known = crate::actors::known::known_names(text, None, gazetteer);
            let reader = Reader {
                document: &document,
                known: &known,
                titles: gazetteer.title_table(),
                surnames: &surnames(text),
            };
            let start = text.find(mention).unwrap();
            let candidate = Candidate {
                span: document.span(start, start + mention.len()).unwrap(),
                sentence: 0,
                entity: Some(ActorType::Person),
                confidence: 1.0,
            };
            matches!(
                reader.read(&candidate, document.span_of_text()),
                Reading::Known { .. }
            )
        };
        let read = |mention: &str| read_in(mention, mention);
        assert!(read("Iran") && read("the United States"));
        assert!(!read("Chad") && !read("Jordan") && !read("Georgia"));
        assert!(read("Moscow") && read("General Motors") && read("the Kremlin"));
        let actor = "Washington sighed. Mary Washington does not like Washington, D.C.";
        assert!(!read_in(actor, "Washington"));
        assert!(read_in("Washington sighed. Mary said no.", "Washington"));
    }

    #[test]
    fn peoples_are_no_persons() {
        let person = Some(ActorType::Person);
        for mention in [
            "the brotherly people of Oman",
            "people of the Sudan",
            "the Omani people",
            "Omani officials",
        ] {
            let reading = read_as(mention, mention, person);
            assert!(
                matches!(reading, Reading::Known { .. }),
                "{mention}: {reading:?}"
            );
        }
        for mention in ["the president of Oman", "the Omani minister", "Oman Ruiz"] {
            let reading = read_as(mention, mention, person);
            assert!(
                !matches!(reading, Reading::Known { .. }),
                "{mention}: {reading:?}"
            );
        }
    }

    #[test]
    fn countries_are_the_core_of_a_mention() {
        let known = [
            ("Omani authorities", "Oman"),
            ("the Israeli government", "Israel"),
            ("US officials", "United States"),
            ("the Zionist regime", "Israel"),
            ("Iran's leaders", "Iran"),
            ("the British people", "United Kingdom"),
            ("the Government of the Netherlands", "Netherlands"),
            ("senior Omani security officials", "Oman"),
            ("thousands of Germans", "Germany"),
            ("neighbouring Iraq", "Iraq"),
            ("Senior Omani officials", "Oman"),
            ("Several Omanis", "Oman"),
        ];
        for (mention, expected) in known {
            let Reading::Known { name, .. } = read(mention, mention) else {
                panic!("{mention} is not known");
            };
            let Known::Gazetteer(actor) = name.who else {
                panic!("{mention}")
            };
            let entry = Gazetteer::built_in().entry(actor).unwrap();
            assert_eq!(entry.name, expected, "{mention}");
        }
        let others = [
            "American journalist John Smith",
            "Iranian nuclear deal",
            "a Brazilian bank",
            "critics of Israel",
            "an Omani",
            "a senior Omani official",
            "those who back Oman",
            "72 percent of Omanis",
        ];
        for mention in others {
            let reading = read(mention, mention);
            assert!(
                !matches!(reading, Reading::Known { .. }),
                "{mention}: {reading:?}"
            );
        }
    }
}
