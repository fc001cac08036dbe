//! The actors the library knows by itself: countries, organisations, parties, armed groups.
//!
//! In goes `seeds/actors.tsv`, parsed once; out come the places where a text names one of them, by
//! name, demonym ("Omani") or metonym ("Tehran"). A form that two actors share goes to the first
//! in the file. Short forms and acronyms count only as written, for "who", "us" and "is" are words;
//! longer ones count in capitals too, for headlines.

use crate::actors::ActorType;
use crate::actors::phrases::{Case, Phrases, longest};
use crate::actors::titles::TitleTable;
use crate::document::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The fewest letters with which a form in capitals counts as the form: "IRAN", but not "US".
const MIN_CAPITALS: usize = 4;

/// So many forms of actors with one code must name the country of the code.
const MIN_HOME: usize = 2;

static BUILT_IN: LazyLock<Gazetteer> = LazyLock::new(|| {
    Gazetteer::parse(
        include_str!("../../seeds/actors.tsv"),
        include_str!("../../seeds/titles.tsv"),
    )
    .expect("the seeds of the crate parse. This is a bug.")
});

/// How a form refers to its actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FormKind {
    /// The name or another name.
    Name,
    /// The adjective or the people: "Omani", "Omanis", "Tory".
    Demonym,
    /// A place that stands for its government: "Tehran", "the Kremlin".
    Metonym,
}

/// An actor of the gazetteer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The id, stable across versions.
    pub id: String,
    /// The name in plain English.
    pub name: String,
    /// What it is.
    pub kind: ActorType,
}

/// A place in a text that names an actor of the gazetteer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// Where it stands.
    pub span: Span,
    /// Index for [`Gazetteer::entry`].
    pub actor: usize,
    /// What form it has.
    pub form: FormKind,
}

/// Known actors and their forms.
#[derive(Debug, Clone)]
pub struct Gazetteer {
    entries: Vec<Entry>,
    ids: BTreeSet<String>,
    /// The country of each actor whose id tells one.
    homes: BTreeMap<usize, usize>,
    forms: Vec<(usize, FormKind)>,
    phrases: Phrases,
    titles: TitleTable,
}

impl Gazetteer {
    /// The gazetteer that comes with the crate.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Reads the tables of actors and titles.
    fn parse(actors: &str, titles: &str) -> Result<Self, String> {
        let mut entries = Vec::new();
        let (mut forms, mut phrases) = (Vec::new(), Vec::new());
        let mut taken = BTreeSet::new();
        for line in actors.lines().skip(1).filter(|line| !line.is_empty()) {
            let columns: Vec<_> = line.split('\t').collect();
            let &[id, kind, name, aliases, demonyms, metonyms] = columns.as_slice() else {
                return Err(format!("actors: {line:?} has not six columns"));
            };
            let kind: ActorType = kind.parse()?;
            let lists = [
                (name, FormKind::Name),
                (aliases, FormKind::Name),
                (demonyms, FormKind::Demonym),
                (metonyms, FormKind::Metonym),
            ];
            for (list, form_kind) in lists {
                for form in list.split('|').filter(|form| !form.is_empty()) {
                    // At the end of a sentence or mention "U.S." may be "U.S".
                    let clipped = form
                        .strip_suffix('.')
                        .filter(|clipped| clipped.contains('.'));
                    for form in std::iter::once(form).chain(clipped) {
                        if taken.insert(form.to_owned()) {
                            forms.push((entries.len(), form_kind));
                            phrases.push((form.to_owned(), case_of(form)));
                        }
                    }
                }
            }
            entries.push(Entry {
                id: id.to_owned(),
                name: name.to_owned(),
                kind,
            });
        }
        let mut gazetteer = Self {
            ids: entries
                .iter()
                .map(|entry: &Entry| entry.id.clone())
                .collect(),
            homes: BTreeMap::new(),
            entries,
            forms,
            phrases: Phrases::new(phrases).map_err(|error| error.to_string())?,
            titles: TitleTable::parse(titles)?,
        };
        gazetteer.homes = gazetteer.find_homes();
        Ok(gazetteer)
    }

    /// The countries of actors with ids such as "party.uk.labour": the one that most forms of actors with this code name
    /// ("British Labour Party", "UK Treasury"); none where that is not more than half of those that name one, or fewer
    /// than [`MIN_HOME`].
    fn find_homes(&self) -> BTreeMap<usize, usize> {
        let mut votes: BTreeMap<&str, BTreeMap<usize, usize>> = BTreeMap::new();
        let coded = |actor: usize| code_of(&self.entries.get(actor)?.id);
        for (phrase, &(actor, _)) in self.forms.iter().enumerate() {
            let (Some(code), Some(form)) = (coded(actor), self.phrases.phrase(phrase)) else {
                continue;
            };
            let parts = self.phrases.occurrences(form).into_iter();
            let countries = parts.filter_map(|(span, part)| {
                let &(country, kind) = self.forms.get(part)?;
                let names = kind != FormKind::Metonym && self.is_country(country);
                names.then_some((span, country))
            });
            for (_, country) in longest(countries.collect()) {
                *votes.entry(code).or_default().entry(country).or_default() += 1;
            }
        }
        let home = |code: &str| {
            let votes = votes.get(code)?;
            let all: usize = votes.values().sum();
            let (&country, &most) = votes.iter().max_by_key(|&(_, &n)| n)?;
            (most >= MIN_HOME && 2 * most > all).then_some(country)
        };
        let actors = 0..self.entries.len();
        actors
            .filter_map(|actor| Some((actor, home(coded(actor)?)?)))
            .collect()
    }

    /// The country of an actor of one country, such as a party.
    pub(crate) fn home(&self, actor: usize) -> Option<usize> {
        self.homes.get(&actor).copied()
    }

    /// Whether an actor is a country.
    pub(crate) fn is_country(&self, actor: usize) -> bool {
        self.entry(actor)
            .is_some_and(|entry| entry.kind == ActorType::Country)
    }

    /// Places where `text` names an actor: leftmost, longest, not overlapping, in order.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Match> {
        longest(self.phrases.occurrences(text))
            .into_iter()
            .filter_map(|(span, phrase)| {
                let &(actor, form) = self.forms.get(phrase)?;
                Some(Match { span, actor, form })
            })
            .collect()
    }

    /// The actor with an index that [`Gazetteer::find`] gave.
    #[must_use]
    pub fn entry(&self, actor: usize) -> Option<&Entry> {
        self.entries.get(actor)
    }

    /// All forms of an actor.
    pub(crate) fn forms(&self, actor: usize) -> impl Iterator<Item = &str> {
        // They are read actor by actor.
        let from = self.forms.partition_point(|&(other, _)| other < actor);
        let until = self.forms.partition_point(|&(other, _)| other <= actor);
        (from..until).filter_map(|phrase| self.phrases.phrase(phrase))
    }

    /// Whether an actor has this id.
    #[must_use]
    pub fn has_id(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// The titles and honorifics of persons, in lower case without full stops, sorted.
    pub fn titles(&self) -> impl Iterator<Item = &str> {
        self.titles.iter()
    }

    /// The titles with their kinds.
    #[must_use]
    pub fn title_table(&self) -> &TitleTable {
        &self.titles
    }
}

/// The code of a country in an id: "uk" in "party.uk.labour".
fn code_of(id: &str) -> Option<&str> {
    let code = id.split('.').nth(1)?;
    (code.len() == 2).then_some(code)
}

fn case_of(form: &str) -> Case {
    let letters = form.chars().filter(|c| c.is_alphabetic()).count();
    if letters < MIN_CAPITALS || !form.chars().any(char::is_lowercase) {
        Case::Exact
    } else {
        Case::OrCapitals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, String, FormKind)> {
        let gazetteer = Gazetteer::built_in();
        let name = |found: &Match| gazetteer.entry(found.actor).unwrap().name.clone();
        gazetteer
            .find(text)
            .iter()
            .map(|found| {
                let surface = text.get(found.span.start()..found.span.end()).unwrap();
                (surface, name(found), found.form)
            })
            .collect()
    }

    #[test]
    fn forms_lead_to_their_actor() {
        let cases = [
            ("Iran's envoy", "Iran", "Iran", FormKind::Name),
            ("IRAN SAYS NO", "IRAN", "Iran", FormKind::Name),
            ("the Omanis", "Omanis", "Oman", FormKind::Demonym),
            ("said Tehran.", "Tehran", "Iran", FormKind::Metonym),
            ("U.S.-led", "U.S.", "United States", FormKind::Name),
            ("the US is", "US", "United States", FormKind::Name),
            (
                "a Zionist regime’s",
                "Zionist regime",
                "Israel",
                FormKind::Name,
            ),
            (
                "the UN Security\nCouncil",
                "UN Security\nCouncil",
                "Security Council",
                FormKind::Name,
            ),
        ];
        for (text, surface, name, form) in cases {
            assert_eq!(found(text), [(surface, name.to_owned(), form)], "{text}");
        }
    }

    #[test]
    fn actors_of_one_country_have_it() {
        let gazetteer = Gazetteer::built_in();
        let home = |name: &str| {
            let hit = *gazetteer.find(name).first().unwrap();
            Some(&*gazetteer.entry(gazetteer.home(hit.actor)?)?.id)
        };
        let cases = [
            ("Senate", Some("usa")),
            ("Labour", Some("gbr")),
            ("Bundestag", Some("deu")),
            ("Likud", Some("isr")),
            ("European Commission", None),
            ("Security Council", None),
            ("Hezbollah", None),
            ("Iran", None),
        ];
        for (name, expected) in cases {
            assert_eq!(home(name), expected, "{name}");
        }
    }

    #[test]
    fn words_are_no_acronyms() {
        for text in ["who told us is un", "Omanish", "xIran", "oman"] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn titles_are_read() {
        let titles: Vec<_> = Gazetteer::built_in().titles().collect();
        assert!(titles.contains(&"prime minister") && titles.contains(&"mr"));
        assert!(titles.is_sorted());
    }

    #[test]
    fn broken_tables_are_refused() {
        let head = "id\ttype\tname\taliases\tdemonyms\tmetonyms\n";
        let cases = [
            ("x\tcountry\tX", "has not six columns"),
            ("x\tplanet\tX\t\t\t", "is not a type of actor"),
        ];
        for (row, message) in cases {
            let error = Gazetteer::parse(&format!("{head}{row}"), "title\tkind\n").unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
