//! Reads one mention: whom it names, or what it describes.
//!
//! In go a candidate and the known names of the text; out comes a [`Reading`]. A known name is tried first (`known`), then
//! a name of the text (`naming`), then a description (`description`); a comma inside the mention parts a name from what
//! is said beside it. What a reader would question: the mention and the text around it are looked at, but never how other
//! mentions are read.

use crate::actors::known::{Known, KnownName};
use crate::actors::names::NameForm;
use crate::actors::nouns::{INDEFINITE, head_of, singular};
use crate::actors::pronouns::Pronoun;
use crate::actors::titles::{TitleTable, role_of};
use crate::actors::words::{Word, undetermined, words};
use crate::actors::{ActorType, Candidate};
use crate::document::{Document, Span};
use std::collections::BTreeSet;

mod description;
mod known;
mod scenes;
mod surnames;

pub(crate) use description::{Description, Pointing};
pub(crate) use surnames::surnames;

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

    /// The name that only the text knows, its kind and its roles; fails the test if it is no such name.
    #[cfg(test)]
    #[track_caller]
    pub(crate) fn into_name(self) -> (String, Option<ActorType>, Vec<String>) {
        let Self::Name {
            form, kind, roles, ..
        } = self
        else {
            panic!("no name: {self:?}");
        };
        (form.display().to_owned(), kind, roles)
    }
}

/// Whether a mention is a relative pronoun, which means the mention before it.
pub(crate) fn is_relative(surface: &str) -> bool {
    ["who", "whom", "which"]
        .iter()
        .any(|relative| surface.eq_ignore_ascii_case(relative))
}

/// Reads the mentions of one document.
pub(crate) struct Reader<'d> {
    pub(crate) document: &'d Document,
    /// All known names of the text, in order, not overlapping.
    pub(crate) known: &'d [KnownName],
    pub(crate) titles: &'d TitleTable,
    /// Words that follow a first name somewhere in the text, in lower case: [`surnames()`].
    pub(crate) surnames: &'d BTreeSet<String>,
}

impl Reader<'_> {
    /// Reads a candidate whose sentence is `sentence`.
    pub(crate) fn read(&self, candidate: &Candidate, sentence: Span) -> Reading {
        let surface = self.document.slice(candidate.span);
        let all = words(surface);
        if Pronoun::of(surface).is_some() || is_relative(surface) {
            return Reading::Open;
        }
        let Some(core) = undetermined(&all) else {
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
        let back = undetermined(back).unwrap_or(&[]);
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
