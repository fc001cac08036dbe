//! Reads one mention: whom it names, or what it describes.
//!
//! In go a candidate and the known names inside it; out comes a [`Reading`]. A known name counts
//! only when it is the core of the mention ("Omani authorities" is Oman, "the Iranian nuclear deal"
//! and "American journalist Ana Ruiz" are not countries), so most of this file decides which words
//! of a mention carry it. It looks at the mention and the title before it, never at other mentions.

use crate::actors::first_names::gender_of;
use crate::actors::gazetteer::FormKind;
use crate::actors::known::{Known, KnownName};
use crate::actors::names::NameForm;
use crate::actors::nouns::{
    INDEFINITE, head_of, is_body_head, is_colour, is_modified, is_plain, noun_for, singular,
};
use crate::actors::pronouns::Pronoun;
use crate::actors::titles::{TitleTable, role_of};
use crate::actors::words::{Word, words};
use crate::actors::{ActorType, Candidate, Gender};
use crate::document::{Document, Span};
use std::collections::BTreeSet;

mod scenes;

/// What a mention is.
#[derive(Debug, Clone)]
pub(crate) enum Reading {
    /// A pronoun, or nothing that could be read.
    Open,
    /// A known actor, and the noun added to it ("government"), if any.
    Known {
        name: KnownName,
        form: Option<NameForm>,
        head: Option<String>,
    },
    /// A name that only the text knows.
    Name {
        form: NameForm,
        kind: Option<ActorType>,
        /// Offices and nouns that stand with it.
        roles: Vec<String>,
        /// The countries and parties that stand with it.
        nations: Vec<Known>,
    },
    /// A description.
    Description(Description),
}

impl Reading {
    /// The name it gives.
    pub(crate) fn form_mut(&mut self) -> Option<&mut NameForm> {
        match self {
            Self::Name { form, .. } => Some(form),
            Self::Known { form, .. } => form.as_mut(),
            Self::Open | Self::Description(_) => None,
        }
    }
}

/// Whether a mention is a relative pronoun, which means the mention before it.
pub(crate) fn is_relative(surface: &str) -> bool {
    ["who", "whom", "which"]
        .iter()
        .any(|relative| surface.eq_ignore_ascii_case(relative))
}

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

/// Reads the mentions of one document.
pub(crate) struct Reader<'d> {
    pub(crate) document: &'d Document,
    /// All known names of the text, in order, not overlapping.
    pub(crate) known: &'d [KnownName],
    pub(crate) titles: &'d TitleTable,
    /// Words that follow a first name somewhere in the text, in lower case: [`surnames`].
    pub(crate) surnames: &'d BTreeSet<String>,
}

/// The words of a text that a first name stands before, up to two words: "Ruiz" of "Ana M. Ruiz".
pub(crate) fn surnames(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // How many words ago a first name stood.
    let mut ago = usize::MAX;
    for word in words(text) {
        let folded = word.folded();
        if ago < 2 && word.is_capital() {
            found.insert(folded.clone());
        }
        let behind = text.get(word.end()..).unwrap_or("");
        let long = word.text.chars().count() > 2;
        let ends = behind.starts_with(['?', '!', '\n']) || behind.starts_with('.') && long;
        ago = if word.closes || word.possessive || ends || !word.is_capital() {
            usize::MAX
        } else if gender_of(&folded).is_some() {
            0
        } else {
            ago.saturating_add(1)
        };
    }
    found
}

impl Reader<'_> {
    /// Reads a candidate whose sentence is `sentence`.
    pub(crate) fn read(&self, candidate: &Candidate, sentence: Span) -> Reading {
        let surface = self.document.slice(candidate.span);
        let all = words(surface);
        if Pronoun::of(surface).is_some() || is_relative(surface) {
            return Reading::Open;
        }
        let first = all.iter().position(|word| !word.is_determiner());
        let Some(core) = first.and_then(|first| all.get(first..)) else {
            return Reading::Open;
        };
        // "The two" says how many and not who.
        if core
            .iter()
            .all(|word| INDEFINITE.binary_search(&&*word.folded()).is_ok())
        {
            return Reading::Open;
        }
        // "Mr." or "Prime Minister" alone, cut off from the name behind it.
        if core.len() == all.len() && self.is_title_of_next(candidate.span, sentence, core) {
            return Reading::Open;
        }
        let into = self.title_into(candidate.span, sentence, core);
        let core = into
            .as_ref()
            .and_then(|&(_, n)| core.get(n..))
            .unwrap_or(core);
        let before = (self.document.text()).get(sentence.start()..candidate.span.start());
        let opens = before.is_some_and(|before| !before.contains(char::is_alphanumeric));
        let behind = |before: &str| before.trim_end().ends_with([',', '"', '”', '’']);
        let mention = Mention {
            reader: self,
            candidate,
            surface,
            all: &all,
            opens,
            leads: opens || before.is_some_and(behind),
        };
        let mut reading = mention.read(core);
        if let Reading::Known {
            name, head: None, ..
        } = &reading
            && self.is_scene(name, sentence)
        {
            return Reading::Open;
        }
        if let Reading::Name { roles, kind, .. } = &mut reading {
            let title = into.map(|(title, _)| title);
            if let Some(title) = title.or_else(|| self.title_before(candidate.span, sentence)) {
                roles.extend(role_of(&title, self.titles));
                kind.get_or_insert(ActorType::Person);
            } else if *kind == Some(ActorType::Person) {
                let title = self.title_behind(candidate.span, sentence);
                roles.extend(title.and_then(|title| role_of(&title, self.titles)));
            }
        }
        reading
    }
}

/// One mention, while it is read.
pub(crate) struct Mention<'m, 't> {
    pub(crate) reader: &'m Reader<'m>,
    pub(crate) candidate: &'m Candidate,
    pub(crate) surface: &'t str,
    pub(crate) all: &'m [Word<'t>],
    /// Whether it begins its sentence, so that its capital says nothing.
    pub(crate) opens: bool,
    /// Whether it begins its sentence, or stands behind a comma or a quotation.
    pub(crate) leads: bool,
}

impl Mention<'_, '_> {
    fn read(&self, core: &[Word]) -> Reading {
        if let Some(known) = self.known(core) {
            return known;
        }
        // An apposition inside the mention: "Tomas Brandt, the mayor," or the other way round.
        let cut = core
            .iter()
            .position(|word| word.closes)
            .map_or(core.len(), |at| at + 1);
        let (front, back) = core.split_at(cut.min(core.len()));
        if back.is_empty() {
            return self.named(front).unwrap_or_else(|| self.description(front));
        }
        let back = back
            .iter()
            .position(|word| !word.is_determiner())
            .and_then(|at| back.get(at..));
        let back = back.unwrap_or(&[]);
        if let Some(mut reading) = self.known(front).or_else(|| self.named(front)) {
            self.appose(&mut reading, back);
            return reading;
        }
        if let Some(mut reading) = self.named(back) {
            self.appose(&mut reading, front);
            return reading;
        }
        self.description(front)
    }

    /// Adds the noun of a phrase beside a name to what the name's bearer may be called.
    fn appose(&self, reading: &mut Reading, phrase: &[Word]) {
        if let (Reading::Name { roles, kind, .. }, Some(head)) = (reading, head_of(phrase)) {
            let noun = singular(&head.folded()).0;
            if role_of(&noun, self.reader.titles).is_some() {
                kind.get_or_insert(ActorType::Person);
            }
            roles.push(noun);
        }
    }

    /// Known names inside the mention, by byte range of the surface.
    pub(crate) fn inside(&self) -> impl DoubleEndedIterator<Item = (KnownName, usize, usize)> {
        let span = self.candidate.span;
        let from = self
            .reader
            .known
            .partition_point(|name| name.span.start() < span.start());
        let until = self
            .reader
            .known
            .partition_point(|name| name.span.start() < span.end());
        let within = self.reader.known.get(from..until).unwrap_or(&[]);
        // The full stop of "U.S." may be left out of the mention; "Maar" is not "Maar Union".
        let fits = move |name: &&KnownName| name.span.end() <= span.end() + 1;
        within.iter().filter(fits).map(move |name| {
            let start = name.span.start() - span.start();
            (*name, start, start + name.span.len())
        })
    }

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
    fn known(&self, core: &[Word]) -> Option<Reading> {
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

/// Reads the first occurrence of `mention` in `text`, with the built-in gazetteer.
#[cfg(test)]
pub(crate) fn read(text: &str, mention: &str) -> Reading {
    read_as(text, mention, None)
}

/// [`read`] of what the tagger takes for `entity`.
#[cfg(test)]
pub(crate) fn read_as(text: &str, mention: &str, entity: Option<ActorType>) -> Reading {
    let document = Document::new("d", text).unwrap();
    let gazetteer = crate::actors::Gazetteer::built_in();
    let known: Vec<_> = gazetteer
        .find(text)
        .into_iter()
        .map(|found| KnownName {
            span: found.span,
            who: Known::Gazetteer(found.actor),
            kind: gazetteer.entry(found.actor).unwrap().kind,
            form: found.form,
        })
        .collect();
    let start = text.find(mention).unwrap();
    let candidate = Candidate {
        span: document.span(start, start + mention.len()).unwrap(),
        sentence: 0,
        entity,
        confidence: 1.0,
    };
    let reader = Reader {
        document: &document,
        known: &known,
        titles: gazetteer.title_table(),
        surnames: &surnames(text),
    };
    reader.read(&candidate, document.span_of_text())
}

#[cfg(test)]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "any other reading fails the test"
)]
mod tests {
    use super::*;
    use crate::actors::gazetteer::Gazetteer;

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
    fn surnames_follow_first_names() {
        let found = surnames("Mary Washington, Mary J. Ford and George Brandt's Moscow; Ann said");
        assert_eq!(Vec::from_iter(found), ["brandt", "ford", "j", "washington"]);
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
            match read(mention, mention) {
                Reading::Known { name, .. } => {
                    let Known::Gazetteer(actor) = name.who else {
                        panic!("{mention}")
                    };
                    let entry = Gazetteer::built_in().entry(actor).unwrap();
                    assert_eq!(entry.name, expected, "{mention}");
                }
                other => panic!("{mention}: {other:?}"),
            }
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
