//! Everything of a model that is linear, and whether it fits an encoder.
//!
//! In go the heads as `heads.json` has them and the width of the encoder; out comes an error if they do not fit. What a
//! reader would question: they are checked once, as a whole. Nothing that uses a head later looks whether it is there
//! or how wide it is.

use super::files::HEADS_FILE;
use crate::error::{Error, Result};
use crate::pairs::PairHead;
use crate::stance::{Head, StanceHead};
use crate::tagging::{Layer, Tagger};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All linear heads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heads {
    /// One tagger a layer, in the order of [`Layer::ALL`].
    pub taggers: Vec<Tagger>,
    /// One stance head a kind.
    pub stances: BTreeMap<Head, StanceHead>,
    /// How instances become part of a profile.
    pub decision: Decision,
    /// Which pairs of a document become profiles; every pair if none.
    pub pairs: Option<PairHead>,
}

/// When an instance counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Largest P(none) of an instance that is kept, by kind of holder in the order named, implicit,
    /// author; 0 to 1.
    pub max_none: [f64; 3],
}

impl Default for Decision {
    fn default() -> Self {
        Self { max_none: [0.5; 3] }
    }
}

pub(super) fn check_heads(heads: &Heads, width: usize) -> Result<()> {
    let layers: Vec<Layer> = heads.taggers.iter().map(Tagger::layer).collect();
    if layers != Layer::ALL || !heads.taggers.iter().all(|tagger| tagger.fits(width)) {
        return Err(Error::Model {
            message: format!(
                "{HEADS_FILE}: taggers {layers:?} do not fit an encoder of width {width}"
            ),
        });
    }
    for head in Head::ALL {
        if !heads
            .stances
            .get(&head)
            .is_some_and(|stance| stance.fits(width))
        {
            return Err(Error::Model {
                message: format!(
                    "{HEADS_FILE}: no stance head {} of width {width}",
                    head.name()
                ),
            });
        }
    }
    if heads.pairs.as_ref().is_some_and(|pairs| !pairs.fits()) {
        return Err(Error::Model {
            message: format!("{HEADS_FILE}: the head of pairs does not fit"),
        });
    }
    Ok(())
}
