//! Joins descriptions to the actors they mean.
//!
//! In goes a [`Joining`] whose names are joined; every description comes out in a cluster, a new
//! one if nothing fits. A description is joined by apposition ("Tomas Brandt, the mayor,"), by a
//! noun that an earlier actor bears ("President Ruiz ... the president", `bearers`), by a calling of the person just named
//! ("the mogul", `epithets`), as the party of whoever was meant last (`parties`), by saying the same again ("voters ...
//! voters"), or by an office of the person just named. Handles (`handles`) come before; whom the whole text tells
//! (`unnamed`) and who is named only later (`introduced`) come last. Everything else would be a guess.

use crate::actors::ActorType;
use crate::actors::joining::{Cluster, Joining};
use crate::actors::readings::{Description, Pointing, Reading};
use crate::actors::sorts::is_of_trade;
use crate::actors::titles::TitleKind;
use bearers::Bearers;
use std::collections::BTreeMap;

mod bearers;

/// How many sentences back "his party" may be the same party.
const OWNED_REACH: usize = 10;

impl Joining<'_> {
    /// Gives every description its cluster.
    pub(crate) fn join_descriptions(&mut self) {
        self.join_handles();
        let parties = self.parties();
        let mut bearers = Bearers::default();
        let mut said: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let readings = self.readings;
        for (index, reading) in readings.iter().enumerate() {
            let sentence = self
                .candidates
                .get(index)
                .map_or(0, |candidate| candidate.sentence);
            let placed = self.cluster_of(index);
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
            if let Some(id) = self.cluster_of(index)
                && let Some(cluster) = self.clusters.get(id)
            {
                bearers.add(id, cluster, sentence);
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
            .find_map(|at| self.cluster_of(at))?;
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

    /// The actor that the same words meant last, as `last` says with the sentence.
    fn again(
        &self,
        described: &Description,
        sentence: usize,
        (cluster, last): (usize, usize),
    ) -> Option<usize> {
        let near = sentence.saturating_sub(last) <= OWNED_REACH;
        let meant = self.clusters.get(cluster)?;
        let means = match described.pointing {
            Pointing::Indefinite => false,
            Pointing::Owned => near,
            // "The company" of another page may have had a name.
            Pointing::Definite if is_of_trade(&described.text) => meant.is_nameless(),
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

#[cfg(test)]
mod tests {
    use crate::actors::clusters::marked;

    #[test]
    fn descriptions_are_joined() {
        let cases: &[(&str, &[&str])] = &[
            // By apposition, on either side, and by its noun afterwards.
            (
                "[Tomas Brandt], [the navy commander], left.\n[The commander] smiled.",
                &["tomas-brandt", "tomas-brandt", "tomas-brandt"],
            ),
            (
                "[The tax minister], [Ana Ruiz], left.",
                &["ana-ruiz", "ana-ruiz"],
            ),
            (
                "[Ana Ruiz], [the council] and [Maar] left.",
                &["ana-ruiz", "council", "maar"],
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
        ];
        for (text, expected) in cases {
            assert_eq!(marked(text, None, false).ids(), *expected, "{text}");
        }
    }
}
