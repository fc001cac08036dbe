//! Labelled pairs: for each document, which speaker stands how toward which actor.

use super::{GoldPair, PairStance};
use crate::corpus::{broken, records};
use crate::error::Result;
use serde::Deserialize;
use std::path::Path;

/// The labelled pairs of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairsText {
    /// File of the text, where the text stands in one.
    pub file: Option<String>,
    /// Id of the text, where it stands in another corpus.
    pub id: Option<String>,
    /// The pairs.
    pub pairs: Vec<GoldPair>,
}

#[derive(Deserialize)]
struct RawText {
    file: Option<String>,
    id: Option<String>,
    pairs: Vec<RawPair>,
}

#[derive(Deserialize)]
struct RawPair {
    speaker: RawParty,
    actor: RawParty,
    stances: Vec<String>,
    strict: bool,
}

#[derive(Deserialize)]
struct RawParty {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
}

impl RawParty {
    fn forms(self) -> Vec<String> {
        std::iter::once(self.name).chain(self.aliases).collect()
    }
}

/// Reads a file of labelled pairs.
///
/// # Errors
///
/// As [`read_rows`](crate::corpus::read_rows).
pub fn read_pairs(path: &Path) -> Result<Vec<PairsText>> {
    let mut texts = Vec::new();
    records(path, |line, raw: RawText| {
        let mut pairs = Vec::with_capacity(raw.pairs.len());
        for (i, pair) in raw.pairs.into_iter().enumerate() {
            let stances = pair
                .stances
                .iter()
                .map(|name| match name.as_str() {
                    "favour" => Ok(PairStance::Favour),
                    "neutral" => Ok(PairStance::Neutral),
                    "against" => Ok(PairStance::Against),
                    "mixed" => Ok(PairStance::Mixed),
                    other => Err(broken(
                        path,
                        line,
                        format!("pairs[{i}].stances has {other:?}"),
                    )),
                })
                .collect::<Result<_>>()?;
            pairs.push(GoldPair {
                speaker: pair.speaker.forms(),
                actor: pair.actor.forms(),
                stances,
                strict: pair.strict,
            });
        }
        texts.push(PairsText {
            file: raw.file,
            id: raw.id,
            pairs,
        });
        Ok(())
    })?;
    Ok(texts)
}
