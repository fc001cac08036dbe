//! Joins descriptions to the actors they mean.
//!
//! In goes a [`Joining`] whose names are joined; every description comes out in a cluster, a new
//! one if nothing fits. A description is joined by apposition ("Tomas Brandt, the mayor,"), by a
//! noun that an earlier actor bears ("President Ruiz ... the president"; "the Tax Commission ...
//! the commission"), by a calling of the person just named ("the mogul", `epithets`), as the party of whoever was meant
//! last (`parties`), by saying the same again ("voters ... voters"), or by an office of the person just named. Handles
//! (`handles`) come before; whom the whole text tells (`unnamed`) and who is named only later (`introduced`) come last.
//! Everything else would be a guess.

use crate::actors::ActorType;
use crate::actors::accents::unaccented;
use crate::actors::joining::{Cluster, Joining};
use crate::actors::names::NameForm;
use crate::actors::readings::{Description, Pointing, Reading};
use crate::actors::sorts::is_of_trade;
use crate::actors::titles::{TitleKind, head_of_title};
use std::collections::BTreeMap;

/// How many sentences back "his party" may be the same party.
const OWNED_REACH: usize = 10;

/// How many sentences back "the country" or "the company" may mean one by its sort alone.
const SORT_REACH: usize = 2;

/// How many bearers of a noun are looked at, the newest first.
const MAX_BEARERS: usize = 20;

/// Words before "minister" or "secretary" that do not say of what.
const TIMES: &[&str] = &["current", "former", "late", "new", "outgoing", "then"];

/// An actor that could be meant by a noun, and where it was last mentioned.
struct Bearer {
    cluster: usize,
    sentence: usize,
    /// Whether the noun is only that of its sort ("party" for Labour).
    by_sort: bool,
}

impl Joining<'_> {
    /// Gives every description its cluster.
    pub(crate) fn join_descriptions(&mut self) {
        self.join_handles();
        let parties = self.parties();
        let mut bearers: BTreeMap<String, Vec<Bearer>> = BTreeMap::new();
        let mut said: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let readings = self.readings;
        for (index, reading) in readings.iter().enumerate() {
            let sentence = self
                .candidates
                .get(index)
                .map_or(0, |candidate| candidate.sentence);
            let placed = self.cluster_of.get(index).copied().flatten();
            if let Reading::Description(described) = reading
                && placed.is_none()
            {
                let last = said.get(described.text.as_str()).copied();
                let found = self
                    .by_apposition(index, described)
                    .or_else(|| self.by_noun(described, sentence, &bearers))
                    .or_else(|| self.by_calling(index, described))
                    .or_else(|| self.own_party(index, described, &parties))
                    .or_else(|| self.again(described, sentence, last?))
                    .or_else(|| self.by_epithet(index, described));
                let cluster = found.unwrap_or_else(|| {
                    self.clusters.push(self.described(described));
                    self.clusters.len() - 1
                });
                self.put(index, cluster);
                said.insert(&described.text, (cluster, sentence));
            }
            let Some(id) = self.cluster_of.get(index).copied().flatten() else {
                continue;
            };
            let Some(cluster) = self.clusters.get(id) else {
                continue;
            };
            let nouns = cluster.nouns.iter().map(|noun| (noun.as_str(), false));
            let sorts = cluster.sort_nouns().into_iter().chain(cluster.work_nouns());
            let sorts = sorts.map(|noun| (noun, true));
            for (noun, by_sort) in nouns.chain(sorts) {
                for key in [Some(noun), head_of_title(noun)].into_iter().flatten() {
                    let list = bearers.entry(key.to_owned()).or_default();
                    // The newest mention of an actor is the one that counts.
                    if list
                        .last()
                        .is_some_and(|last| last.cluster == id && last.by_sort == by_sort)
                    {
                        list.pop();
                    }
                    list.push(Bearer {
                        cluster: id,
                        sentence,
                        by_sort,
                    });
                }
            }
        }
        self.join_unnamed();
        self.join_introduced();
    }

    /// The actor named right before or after the description.
    fn by_apposition(&mut self, index: usize, described: &Description) -> Option<usize> {
        let span = self.candidates.get(index)?.span;
        let text = self.document.text();
        let closes = |at: usize| {
            let after = text.get(at..).unwrap_or("").trim_start();
            after.is_empty()
                || after.starts_with([',', '.', ';', ':', ')', '—', '–'])
                || after.starts_with("who ")
        };
        let between = |from: usize, to: usize| text.get(from..to).map(str::trim);
        let before = (index.saturating_sub(3)..index).rev().find_map(|at| {
            let other = self.candidates.get(at)?.span;
            let joined = matches!(between(other.end(), span.start())?, "," | "(" | "—" | "–");
            (joined && closes(span.end())).then_some(at)
        });
        let after = (index + 1..index + 4).find_map(|at| {
            let other = self.candidates.get(at)?.span;
            match between(span.end(), other.start())? {
                "," if closes(other.end()) => Some(at),
                "" if span.end() < other.start() => Some(at),
                _ => None,
            }
        });
        let named = |at: &usize| matches!(self.readings.get(*at), Some(Reading::Name { .. }));
        let id = [before, after]
            .into_iter()
            .flatten()
            .filter(named)
            .find_map(|at| self.cluster_of.get(at).copied().flatten())?;
        let person = self.is_of_person(described);
        let cluster = self.clusters.get_mut(id)?;
        let fits = match cluster.is_person() {
            _ if described.plural != cluster.plural => false,
            Some(true) => !described.is_of_body(),
            Some(false) => described.is_of_body(),
            None => true,
        };
        if !fits {
            return None;
        }
        cluster.nouns.insert(described.head.clone());
        cluster.nouns.extend(described.role.clone());
        cluster.nations.extend(described.nation);
        if person {
            cluster.kind.get_or_insert(ActorType::Person);
        }
        Some(id)
    }

    /// The actor last mentioned that bears the description's noun.
    fn by_noun(
        &self,
        described: &Description,
        sentence: usize,
        bearers: &BTreeMap<String, Vec<Bearer>>,
    ) -> Option<usize> {
        if described.pointing != Pointing::Definite {
            return None;
        }
        let noun = described.role.as_deref().unwrap_or(&described.head);
        let near = |bearer: &Bearer| sentence.saturating_sub(bearer.sentence) <= SORT_REACH;
        let newest = bearers.get(noun)?.iter().rev().take(MAX_BEARERS);
        let mut fitting = newest.filter(|bearer| {
            let cluster = self.clusters.get(bearer.cluster);
            (near(bearer) || !bearer.by_sort)
                && cluster.is_some_and(|cluster| fits(described, cluster, bearer.by_sort))
        });
        let found = fitting.next()?;
        // "The company" of two is nobody.
        let another = |bearer: &Bearer| bearer.cluster != found.cluster && near(bearer);
        let doubtful = is_of_trade(noun) && near(found) && fitting.any(another);
        (!doubtful).then_some(found.cluster)
    }

    /// The actor that the same words meant last, as `last` says with the sentence.
    fn again(
        &self,
        described: &Description,
        sentence: usize,
        (cluster, last): (usize, usize),
    ) -> Option<usize> {
        let near = sentence.saturating_sub(last) <= OWNED_REACH;
        let meant = self.clusters.get(cluster)?;
        let named = meant.known.is_some() || !meant.forms.is_empty();
        let means = match described.pointing {
            Pointing::Indefinite => false,
            Pointing::Owned => near,
            // "The company" of another page may have had a name.
            Pointing::Definite if is_of_trade(&described.text) => !named,
            Pointing::Definite | Pointing::Bare => true,
        };
        means.then_some(cluster)
    }

    /// A cluster for somebody who is described for the first time.
    fn described(&self, described: &Description) -> Cluster {
        let person = self.is_of_person(described);
        let gender = described.gender();
        let kind = match (described.plural, described.is_of_body(), person) {
            (false, true, _) => ActorType::Organisation,
            (false, false, true) => ActorType::Person,
            (false, false, false) if gender.is_some() => ActorType::Person,
            (true, false, _) => ActorType::Group,
            (true, true, _) | (false, false, false) => ActorType::Other,
        };
        let nouns = [Some(described.head.clone()), described.role.clone()];
        Cluster {
            kind: Some(kind),
            gender,
            plural: described.plural,
            nouns: nouns.into_iter().flatten().collect(),
            nations: described.nation.into_iter().collect(),
            ..Cluster::default()
        }
    }

    /// Whether it describes a person by an office, which no body has.
    fn is_of_person(&self, described: &Description) -> bool {
        let title = |noun: &str| self.titles.kind(noun) == Some(TitleKind::Role);
        described.role.is_some() || title(&described.head)
    }
}

/// Whether a definite description may mean a cluster that bears its noun.
fn fits(described: &Description, cluster: &Cluster, by_sort: bool) -> bool {
    // "the authorities" are one government.
    if described.plural != cluster.plural && described.head != "authority" {
        return false;
    }
    if let Some(nation) = described.nation
        && !cluster.nations.contains(&nation)
    {
        // A party is often left out with the name; a country tells two presidents apart.
        let unsaid = cluster.nations.is_empty() && !described.of_country;
        if !unsaid {
            return false;
        }
    }
    let words = described
        .text
        .split(' ')
        .filter(|word| *word != described.head);
    if cluster.is_person() == Some(true) {
        return !described.is_of_body() && !is_of_another_department(described, cluster);
    }
    // "the tax commission" is not any commission.
    let mut words = words.filter(|word| !matches!(*word, "same" | "whole" | "entire"));
    if by_sort {
        return words.next().is_none();
    }
    words.all(|word| {
        let token = unaccented(word);
        let named = |form: &NameForm| form.tokens().contains(&token);
        cluster.nouns.contains(word) || cluster.forms.iter().any(named)
    })
}

/// Ministers who are never just "the minister". Sorted.
const PREMIERS: &[&str] = &["chief minister", "first minister", "prime minister"];

/// Whether it is a minister or secretary of something else than the person is: "the trade secretary" is no home
/// secretary, "the minister" no prime minister.
fn is_of_another_department(described: &Description, cluster: &Cluster) -> bool {
    let head = described.head.as_str();
    let bare = matches!(head, "minister" | "secretary") && described.role.as_deref() == Some(head);
    if !bare || described.nation.is_some() {
        return false;
    }
    let words = described.text.split(' ').take_while(|word| *word != head);
    let department = words.last().filter(|word| !TIMES.contains(word));
    let departed = |noun: &&String| noun.len() > head.len() && noun.ends_with(head);
    let same = |noun: &String| match department {
        Some(department) => noun.split(' ').any(|word| word == department),
        None => PREMIERS.binary_search(&noun.as_str()).is_err(),
    };
    let mut offices = cluster.nouns.iter().filter(departed).peekable();
    offices.peek().is_some() && !offices.any(same)
}

#[cfg(test)]
mod tests {
    use crate::actors::clusters::marked;

    #[test]
    fn descriptions_are_joined() {
        let cases: &[(&str, &[&str])] = &[
            // By title, by the newest bearer.
            (
                "[President Ana Ruiz] met [President Tom Maar].\n[Ruiz] left.\n[The president] smiled.",
                &["ana-ruiz", "tom-maar", "ana-ruiz", "ana-ruiz"],
            ),
            (
                "[Vice President Ana Ruiz] left.\n[The president] smiled.",
                &["ana-ruiz", "president"],
            ),
            (
                "[Trade Minister Ana Ruiz] met [Prime Minister Tom Maar].\n[The minister] smiled.",
                &["ana-ruiz", "tom-maar", "ana-ruiz"],
            ),
            (
                "[Senator Ana Ruiz] left.\n[A senator] smiled.",
                &["ana-ruiz", "senator"],
            ),
            (
                "[Senator Ana Ruiz] left.\n[The senators] smiled.",
                &["ana-ruiz", "senators"],
            ),
            // By apposition, on either side, and by its noun afterwards.
            (
                "[Tomas Brandt], [the navy commander], left.\n[The commander] smiled.",
                &["tomas-brandt", "tomas-brandt", "tomas-brandt"],
            ),
            (
                "[Home Secretary Ana Ruiz] left.\n[The former secretary] met [the trade secretary].",
                &["ana-ruiz", "ana-ruiz", "trade-secretary"],
            ),
            (
                "[The tax minister], [Ana Ruiz], left.",
                &["ana-ruiz", "ana-ruiz"],
            ),
            (
                "[Ana Ruiz], [the council] and [Maar] left.",
                &["ana-ruiz", "council", "maar"],
            ),
            // By the noun of a body's name; another commission is another.
            (
                "[The Tax Commission] met.\n[The commission] left.\n[The fish commission] did not.",
                &["tax-commission", "tax-commission", "fish-commission"],
            ),
            (
                "[The Omani government] left.\n[The government] smiled.",
                &["omn", "omn"],
            ),
            // By saying it again.
            (
                "[voters] left.\n[Critics] smiled at [voters].",
                &["voters", "critics", "voters"],
            ),
            (
                "[two officials] left.\n[two officials] smiled.",
                &["two-officials", "two-officials-2"],
            ),
            // A country's adjective asks for its bearer.
            (
                "[Omani President Tom Maar] left.\n[The Iranian president] smiled at [the Omani president].",
                &["tom-maar", "iranian-president", "tom-maar"],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(marked(text, None, false).ids(), *expected, "{text}");
        }
    }
}
