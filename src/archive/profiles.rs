//! Rows of `stances` -> profiles.
//!
//! A [`PairSums`] is what a run knows of a speaker and an actor, over all documents or over those of a period. What a
//! reader would question: it is sums only, so that any split of an archive gives the same profiles.

mod merged;
mod table;

use super::stances::DocumentRows;
use crate::profile::{Period, ProfileSums, keep_longer, period_of};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub use merged::{Merged, Stream};
pub use table::{profile_batch, profile_schema, profiles_of};

/// Whose stance toward whom, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pair {
    /// Id of the speaker.
    pub speaker_id: String,
    /// Id of the actor.
    pub actor_id: String,
    /// The period; none where none was asked for or the date is not known.
    pub period: Option<String>,
}

/// The profile of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairSums {
    /// Whose and which.
    pub pair: Pair,
    /// The longest name of the speaker; of several the last in alphabetical order.
    pub speaker_name: String,
    /// The longest name of the actor.
    pub actor_name: String,
    /// Documents in which the pair is.
    pub n_documents: u64,
    /// The sums.
    pub sums: ProfileSums,
}

impl PairSums {
    fn merge(&mut self, other: PairSums) {
        keep_longer(&mut self.speaker_name, other.speaker_name);
        keep_longer(&mut self.actor_name, other.actor_name);
        self.n_documents = self.n_documents.saturating_add(other.n_documents);
        self.sums.merge(&other.sums);
    }
}

/// Profiles of some documents.
#[derive(Debug, Default)]
pub struct Profiles {
    held: BTreeMap<Pair, PairSums>,
}

impl Profiles {
    /// Adds the rows of a document that count.
    pub fn add(&mut self, document: &DocumentRows, period: Option<Period>) {
        let period = period.and_then(|period| period_of(document.date.as_deref()?, period));
        let mut pairs = BTreeSet::new();
        for row in document.rows.iter().filter(|row| document.counted(row)) {
            let (Some(speaker_id), Some(speaker_name)) = (&row.speaker_id, &row.speaker_name)
            else {
                continue;
            };
            let pair = Pair {
                speaker_id: speaker_id.clone(),
                actor_id: row.actor_id.clone(),
                period: period.clone(),
            };
            let one = PairSums {
                pair: pair.clone(),
                speaker_name: speaker_name.clone(),
                actor_name: row.actor_name.clone(),
                n_documents: u64::from(pairs.insert(pair.clone())),
                sums: ProfileSums::of(&row.score),
            };
            match self.held.get_mut(&pair) {
                Some(held) => held.merge(one),
                None => {
                    self.held.insert(pair, one);
                }
            }
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The profiles, by pair.
    pub fn finish(self) -> impl Iterator<Item = PairSums> {
        self.held.into_values()
    }
}
