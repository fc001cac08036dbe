//! The actors of a text by the nouns that they bear: "President Ruiz ... the president", "the Tax Commission ... the
//! commission".
//!
//! In go the mentions in the order of the text, and a description; out comes whoever was mentioned last of those that bear
//! its noun and that nothing else said of them keeps from being meant. What a reader would question: a noun that an actor
//! bears by its sort alone ("the company") reaches only a few sentences back, and means nobody where two are as near.

use crate::actors::accents::unaccented;
use crate::actors::joining::{Cluster, Joining};
use crate::actors::names::NameForm;
use crate::actors::readings::{Description, Pointing};
use crate::actors::sorts::is_of_trade;
use crate::actors::titles::ways_to_say;
use std::collections::BTreeMap;

/// How many sentences back "the country" or "the company" may mean one by its sort alone.
const SORT_REACH: usize = 2;

/// How many bearers of a noun are looked at, the newest first.
const MAX_BEARERS: usize = 20;

/// Words before "minister" or "secretary" that do not say of what.
const TIMES: &[&str] = &["current", "former", "late", "new", "outgoing", "then"];

/// Ministers who are never just "the minister". Sorted.
const PREMIERS: &[&str] = &["chief minister", "first minister", "prime minister"];

/// An actor that could be meant by a noun, and where it was last mentioned.
struct Bearer {
    cluster: usize,
    sentence: usize,
    /// Whether the noun is only that of its sort ("party" for Labour).
    by_sort: bool,
}

/// The bearers of each noun, the newest last.
#[derive(Default)]
pub(super) struct Bearers(BTreeMap<String, Vec<Bearer>>);

impl Bearers {
    /// Adds a mention of a cluster, for each noun that the cluster bears by then.
    pub(super) fn add(&mut self, id: usize, cluster: &Cluster, sentence: usize) {
        let nouns = cluster.nouns.iter().map(|noun| (noun.as_str(), false));
        let sorts = cluster.sort_nouns().into_iter().chain(cluster.work_nouns());
        let sorts = sorts.map(|noun| (noun, true));
        for (noun, by_sort) in nouns.chain(sorts) {
            for key in ways_to_say(noun) {
                let list = self.0.entry(key.to_owned()).or_default();
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
}

impl Joining<'_> {
    /// The actor last mentioned that bears the description's noun.
    pub(super) fn by_noun(
        &self,
        described: &Description,
        sentence: usize,
        bearers: &Bearers,
    ) -> Option<usize> {
        if described.pointing != Pointing::Definite {
            return None;
        }
        let noun = described.role.as_deref().unwrap_or(&described.head);
        let near = |bearer: &Bearer| sentence.saturating_sub(bearer.sentence) <= SORT_REACH;
        let newest = bearers.0.get(noun)?.iter().rev().take(MAX_BEARERS);
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
    use super::*;
    use crate::actors::clusters::marked;

    #[test]
    fn nouns_mean_their_newest_bearers() {
        assert!(PREMIERS.is_sorted());
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
            (
                "[Home Secretary Ana Ruiz] left.\n[The former secretary] met [the trade secretary].",
                &["ana-ruiz", "ana-ruiz", "trade-secretary"],
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
