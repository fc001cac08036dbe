//! "His party": the party that the text gives whoever was meant last.
//!
//! In goes a description; out comes the party of the person mentioned right before it, if the text says it next to one
//! of the person's names: "Liberal Democrat leader Ana Ruiz", "Ana Ruiz (R-Fla.)". What a reader would question: whom
//! "his" means is not asked, for pronouns are read later; the last person of no other gender is taken. Of a person with
//! two parties, "his party" is neither.

use crate::actors::gazetteer::Gazetteer;
use crate::actors::joining::{Joining, MAX_MENTIONS};
use crate::actors::known::Known;
use crate::actors::readings::{Description, Pointing, Reading};
use crate::actors::words::{Word, words};
use crate::actors::{ActorType, Gender};
use crate::document::Span;
use std::collections::BTreeMap;

/// How many sentences back.
const REACH: usize = 2;

/// How far before a name its party may begin, in bytes.
const PARTY_BYTES: usize = 48;

/// How many words may stand between the party and the name: "Liberal Democrat Treasury spokesman Ana Ruiz".
const MAX_BETWEEN: usize = 3;

/// The parties of the persons of a text, by clusters.
pub(crate) type Parties = BTreeMap<usize, Option<usize>>;

/// Whether a description is "his party" or the like.
fn is_own_party(described: &Description) -> bool {
    let text = described.text.as_str();
    described.pointing == Pointing::Owned && matches!(text, "party" | "own party")
}

impl Joining<'_> {
    /// The parties of all persons, if anybody's is asked for.
    pub(crate) fn parties(&self) -> Parties {
        let mut parties = Parties::new();
        let asks = |reading: &Reading| matches!(reading, Reading::Description(described) if is_own_party(described));
        if !self.readings.iter().any(asks) {
            return parties;
        }
        let placed = self.readings.iter().zip(self.candidates);
        for ((reading, candidate), id) in placed.zip(&self.cluster_of) {
            let Some((id, Reading::Name { nations, .. })) = id.map(|id| (id, reading)) else {
                continue;
            };
            let beside = [
                self.party_before(candidate.span),
                self.party_behind(candidate.span),
            ];
            for who in nations.iter().copied().chain(beside.into_iter().flatten()) {
                let party = self.by_known.get(&who).copied().filter(|&party| {
                    let cluster = self.clusters.get(party);
                    cluster.is_some_and(|cluster| cluster.kind == Some(ActorType::Party))
                });
                if let Some(party) = party {
                    let known = parties.entry(id).or_insert(Some(party));
                    *known = known.filter(|&other| other == party);
                }
            }
        }
        parties
    }

    /// The party that a description, the candidate `index`, means: that of the last person whom its "his" may mean.
    pub(crate) fn own_party(
        &self,
        index: usize,
        described: &Description,
        parties: &Parties,
    ) -> Option<usize> {
        let here = self.candidates.get(index)?;
        let owner = words(self.document.slice(here.span)).first()?.folded();
        let gender = match owner.as_str() {
            "his" => Gender::Male,
            "her" => Gender::Female,
            _ => return None,
        };
        if !is_own_party(described) {
            return None;
        }
        let person = (index.saturating_sub(MAX_MENTIONS)..index)
            .rev()
            .find_map(|at| {
                let there = self.candidates.get(at)?.sentence;
                let near = here.sentence.saturating_sub(there) <= REACH;
                let id = self.cluster_of(at)?;
                let cluster = self.clusters.get(id)?;
                let person = cluster.is_person() == Some(true);
                let owns = cluster.gender.is_none_or(|own| own == gender);
                (near && person && owns).then_some(id)
            })?;
        parties.get(&person).copied().flatten()
    }

    /// The party named before a name: "Liberal Democrat leader Ana Ruiz".
    fn party_before(&self, span: Span) -> Option<Known> {
        let text = self.document.text();
        let from = text.ceil_char_boundary(span.start().saturating_sub(PARTY_BYTES));
        let before = text.get(from..span.start())?;
        let ends = [',', ';', ':', '(', ')', '"', '“', '”', '\n', '—', '–'];
        let clause = before.rsplit(ends).next()?;
        let hit = Gazetteer::built_in().find(clause).pop()?;
        let between = clause.get(hit.span.end()..)?;
        let titles = words(between);
        // "Critics of the Conservatives say Ana Ruiz", but "Liberal Democrats leader Ana Ruiz".
        let plural = clause.get(..hit.span.end())?.ends_with('s');
        let last = titles.last().map(Word::folded);
        let titled = last.is_some_and(|last| self.titles.kind(&last).is_some());
        let close = between.starts_with([' ', '\'', '’']) && titles.len() <= MAX_BETWEEN;
        (close && (titled || !plural)).then_some(Known::Gazetteer(hit.actor))
    }

    /// The party in the bracket behind a name: "Ana Ruiz (R-Fla.)".
    fn party_behind(&self, span: Span) -> Option<Known> {
        let behind = self.document.text().get(span.end()..)?;
        let behind = behind.strip_prefix(" (").or(behind.strip_prefix(", "))?;
        let mut signs = behind.chars();
        let name = match (signs.next()?, signs.next()?) {
            ('D', '-' | '–') => "Democratic Party",
            ('R', '-' | '–') => "Republican Party",
            _ => return None,
        };
        let hit = Gazetteer::built_in().find(name).pop()?;
        Some(Known::Gazetteer(hit.actor))
    }
}

#[cfg(test)]
mod tests {
    use crate::actors::clusters::marked;

    #[test]
    fn his_party_is_that_of_the_last_person() {
        let (labour, republican) = ("party.uk.labour", "party.us.republican");
        let party = |text: &str| {
            let marked = marked(text, None, false);
            marked.ids().pop().unwrap().to_owned()
        };
        for (text, expected) in [
            (
                "[Labour] met.\nLabour leader [Ana Ruiz] praised [her party].",
                labour,
            ),
            (
                "[Labour] met.\n[Labour leader Ana Ruiz] spoke.\n[Ruiz] praised [her own party].",
                labour,
            ),
            (
                "[Republicans] met.\n[Ana Ruiz] (R-Fla.) praised [her party].",
                republican,
            ),
            // Two parties, none, somebody else's, everybody's.
            (
                "[Labour] and [Republicans] met.\nLabour leader [Ana Ruiz] spoke.\n\
                 Republican [Ana Ruiz] praised [her party].",
                "her-party",
            ),
            (
                "[Labour] met.\n[Ana Ruiz] praised [her party].",
                "her-party",
            ),
            (
                "[Labour] met.\nLabour leader [Ana Ruiz] left.\n[Tom Brandt] praised [his party].",
                "his-party",
            ),
            (
                "[Labour] met.\nLabour leader [Ana Ruiz] praised [our party].",
                "our-party",
            ),
            // Not hers.
            (
                "[Labour] met.\n[Tom Brandt] met Labour leader [Ana Ruiz].\nHe left [his party].",
                "his-party",
            ),
        ] {
            assert_eq!(party(text), expected, "{text}");
        }
    }
}
