//! Family by whom somebody is owned: "his wife", "my husband".
//!
//! In go the persons of a text; out come [`Families`], which say whom "his wife" means, wherever it stands. What a reader
//! would question: nobody asks whose wife it is, if the text names one wife by her name ("his wife, Ana Ruiz", "wife Ana
//! Ruiz"), for then it has her in mind. One that names a man and a woman of one surname names a couple, unless it calls one
//! of them a child, a parent or a sibling; then "his wife" is not the wife beside the names of others alone. Sisters are not
//! asked for, since each of two is the other's, nor fathers, who may be priests.

use crate::actors::Gender;
use crate::actors::joining::Joining;
use crate::actors::readings::{Description, Pointing, Reading};
use std::collections::{BTreeMap, BTreeSet};

/// Whom a person has one of. Sorted.
const ONE_OF: &[&str] = &["husband", "wife"];

/// Nouns of persons who share the surname with somebody whom they are not married to. Sorted.
const NO_SPOUSES: &[&str] = &["brother", "daughter", "father", "mother", "sister", "son"];

/// Who is whose family.
#[derive(Debug, Default)]
pub(crate) struct Families {
    /// The persons whom the text names as such, by the noun.
    named: BTreeMap<&'static str, BTreeSet<usize>>,
    husband: Option<Spouse>,
    wife: Option<Spouse>,
}

/// Somebody who is married, as the surname tells.
#[derive(Debug)]
struct Spouse {
    id: usize,
    /// Those of the other gender and the same surname.
    partners: BTreeSet<usize>,
}

impl Families {
    /// Those among `persons`, clusters of single persons with a name.
    pub(crate) fn of(joining: &Joining, persons: &[usize]) -> Self {
        let mut named: BTreeMap<&'static str, BTreeSet<usize>> = BTreeMap::new();
        for &id in persons {
            let nouns = joining.clusters.get(id).map(|person| &person.nouns);
            for &kin in ONE_OF {
                if nouns.is_some_and(|nouns| nouns.contains(kin)) {
                    named.entry(kin).or_default().insert(id);
                }
            }
        }
        let mut no_spouses = BTreeSet::new();
        for (index, reading) in joining.readings.iter().enumerate() {
            let id = joining.cluster_of(index);
            let Some((id, Reading::Name { .. })) = id.map(|id| (id, reading)) else {
                continue;
            };
            let noun = noun_before(joining, index).unwrap_or("");
            let kin = ONE_OF.binary_search(&noun).ok();
            if let Some(&kin) = kin.and_then(|at| ONE_OF.get(at)) {
                named.entry(kin).or_default().insert(id);
            }
            if NO_SPOUSES.binary_search(&noun).is_ok() {
                no_spouses.insert(id);
            }
        }
        let called = |noun: &String| NO_SPOUSES.binary_search(&noun.as_str()).is_ok();
        no_spouses.extend(persons.iter().copied().filter(|&id| {
            let nouns = joining.clusters.get(id).map(|person| &person.nouns);
            nouns.is_some_and(|nouns| nouns.iter().any(called))
        }));
        let persons = persons.iter().copied();
        let free: Vec<usize> = persons.filter(|id| !no_spouses.contains(id)).collect();
        Self {
            named,
            husband: spouse(joining, &free, Gender::Male),
            wife: spouse(joining, &free, Gender::Female),
        }
    }

    /// The person whom "his wife" means; `beside` tells the persons named in the same sentences.
    pub(crate) fn meant(
        &self,
        described: &Description,
        beside: impl FnOnce() -> BTreeSet<usize>,
    ) -> Option<usize> {
        if described.plural || described.pointing != Pointing::Owned {
            return None;
        }
        if let Some(named) = self.named.get(described.head.as_str()) {
            return named.first().copied().filter(|_| named.len() == 1);
        }
        let spouse = match described.text.as_str() {
            "husband" => self.husband.as_ref(),
            "wife" => self.wife.as_ref(),
            _ => None,
        }?;
        // "Brandt praised his wife" is not about the wife of Ruiz.
        let beside = beside();
        let owned = beside.is_empty() || !beside.is_disjoint(&spouse.partners);
        owned.then_some(spouse.id)
    }
}

/// The noun right before a name: "his wife Ana Ruiz".
fn noun_before<'d>(joining: &Joining<'d>, index: usize) -> Option<&'d str> {
    let start = joining.candidates.get(index)?.span.start();
    let before = joining.document.text().get(..start)?.strip_suffix(' ')?;
    let before = before.strip_suffix(',').unwrap_or(before);
    before.rsplit(|c: char| !c.is_alphanumeric()).next()
}

/// The only person of a gender who shares the surname with persons of the other; nobody if there are two such couples,
/// since "his wife" does not tell which.
fn spouse(joining: &Joining, persons: &[usize], gender: Gender) -> Option<Spouse> {
    let mut families: BTreeMap<&str, (Vec<usize>, BTreeSet<usize>)> = BTreeMap::new();
    for &id in persons {
        let Some(person) = joining.clusters.get(id) else {
            continue;
        };
        let full = person.forms.iter().find(|form| form.tokens().len() > 1);
        let Some((full, own)) = full.zip(person.gender) else {
            continue;
        };
        let (wanted, partners) = families.entry(full.last()).or_default();
        if own == gender {
            wanted.push(id);
        } else {
            partners.insert(id);
        }
    }
    let mut couples = families.into_values().filter_map(|(wanted, partners)| {
        let [id] = *wanted.as_slice() else {
            return None;
        };
        (!partners.is_empty()).then_some(Spouse { id, partners })
    });
    let first = couples.next()?;
    couples.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::clusters::marked;

    #[test]
    fn wives_and_husbands_are_found() {
        assert!(ONE_OF.is_sorted() && NO_SPOUSES.is_sorted());
        let (ana, tom) = ("ana-ruiz", "tom-ruiz");
        let cases: &[(&str, &[&str])] = &[
            // By the noun, before or behind the name, wherever it stands.
            (
                "[Tom Brandt] blamed [his wife].\nIt rained.\nHe and his wife [Ana Oduya] left.",
                &["tom-brandt", "ana-oduya", "ana-oduya"],
            ),
            (
                "[Tom Brandt] blamed [Brandt's wife].\n[His wife], [Ana Oduya], left.",
                &["tom-brandt", "ana-oduya", "ana-oduya", "ana-oduya"],
            ),
            // By the surname.
            (
                "[Tom Ruiz] left.\n[Ana Ruiz] thanked [her husband].\nHe thanked [his wife].",
                &[tom, ana, tom, ana],
            ),
            // A daughter, two wives, two couples, nobody.
            (
                "[Tom Ruiz] left [his daughter], [Ana Ruiz].\nHe thanked [his wife].",
                &[tom, ana, ana, "his-wife"],
            ),
            (
                "[Tom Brandt] left [his wife].\nHis wife [Ana Oduya] met his wife [Eva Maar].",
                &["tom-brandt", "his-wife", "ana-oduya", "eva-maar"],
            ),
            (
                "[Tom Ruiz] met [Ana Ruiz], [John Maar] and [Mary Maar].\nHe thanked [his wife].",
                &[tom, ana, "john-maar", "mary-maar", "his-wife"],
            ),
            (
                "[Tom Ruiz] left.\nHe thanked [his wife].",
                &[tom, "his-wife"],
            ),
            // A son, and another man's wife.
            (
                "[Ana Ruiz] met her son [Tom Ruiz].\nHe thanked [his wife].",
                &[ana, tom, "his-wife"],
            ),
            (
                "[Tom Ruiz] met [Ana Ruiz].\n[Tom Brandt] thanked [his wife].",
                &[tom, ana, "tom-brandt", "his-wife"],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(marked(text, None, false).ids(), *expected, "{text}");
        }
    }
}
