//! What sort of actor a name is, by most of its tags.
//!
//! In go the names of a document, each with the sort that its place suggests; out comes one sort for all mentions of the
//! same words, so that a slip of the tagger in the headline does not decide for the whole text. What a reader would
//! question: names with a title neither vote nor obey, for beside "Mr. Maar" there may be the company Maar.

use crate::actors::ActorType;
use crate::actors::names::NameForm;
use std::collections::BTreeMap;

/// How often each name was taken for what, by its words; what it was taken for first stands first.
pub(crate) struct Votes<'n>(BTreeMap<&'n [String], Vec<(ActorType, usize)>>);

impl<'n> Votes<'n> {
    /// Counts the names, in order of the text.
    pub(crate) fn of(names: impl Iterator<Item = (&'n NameForm, Option<ActorType>)>) -> Self {
        let mut votes: BTreeMap<&[String], Vec<(ActorType, usize)>> = BTreeMap::new();
        for (form, kind) in names {
            let Some(kind) = kind.filter(|_| form.titles().is_empty()) else {
                continue;
            };
            let counts = votes.entry(form.tokens()).or_default();
            match counts.iter_mut().find(|(other, _)| *other == kind) {
                Some((_, count)) => *count += 1,
                None => counts.push((kind, 1)),
            }
        }
        Self(votes)
    }

    /// What most of its mentions take a name for, of equally many the first; `None` with a title, and where none says
    /// anything.
    pub(crate) fn kind(&self, form: &NameForm) -> Option<ActorType> {
        let counts = self.0.get(form.tokens())?;
        // The last of equals wins, so ask from behind.
        let most = counts.iter().rev().max_by_key(|&&(_, count)| count);
        most.filter(|_| form.titles().is_empty())
            .map(|&(kind, _)| kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::Gazetteer;

    #[test]
    fn most_tags_decide() {
        use ActorType::{Country, Organisation, Person};
        type Case<'c> = (
            &'c [(&'c str, Option<ActorType>)],
            &'c str,
            Option<ActorType>,
        );
        let titles = Gazetteer::built_in().title_table();
        let cases: &[Case] = &[
            (
                &[
                    ("Maar", Some(Organisation)),
                    ("Maar", Some(Person)),
                    ("the Maar", Some(Person)),
                ],
                "Maar",
                Some(Person),
            ),
            // Of equally many the first.
            (
                &[
                    ("Maar", Some(Country)),
                    ("Maar", Some(Person)),
                    ("Maar", Some(Person)),
                    ("Maar", Some(Country)),
                ],
                "Maar",
                Some(Country),
            ),
            // Other words, a title, nothing.
            (&[("Ana Maar", Some(Person))], "Maar", None),
            (
                &[("Mr. Maar", Some(Person)), ("Maar", Some(Organisation))],
                "Maar",
                Some(Organisation),
            ),
            (&[("Maar", Some(Organisation))], "Mr. Maar", None),
            (&[("Maar", None)], "Maar", None),
        ];
        for (mentions, name, expected) in cases {
            let form = |surface: &str| NameForm::of(surface, titles).unwrap();
            let forms: Vec<_> = mentions
                .iter()
                .map(|&(surface, kind)| (form(surface), kind))
                .collect();
            let votes = Votes::of(forms.iter().map(|(form, kind)| (form, *kind)));
            assert_eq!(votes.kind(&form(name)), *expected, "{mentions:?}");
        }
    }
}
