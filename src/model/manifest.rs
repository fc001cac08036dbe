//! What the manifest of a model says, and reading it.
//!
//! In go the bytes of `manifest.json`, out comes a [`Manifest`]. What a reader would question: the precision stands
//! here and is no setting. Heads are fitted on vectors of one precision and do not suit those of another.

use super::files::MANIFEST_FILE;
use crate::encoder::Precision;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the folder's layout that this library reads and writes.
pub const FORMAT: u32 = 2;

/// The architecture of an encoder, as the export wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EncoderSpec {
    /// Family of the network, such as `bert`.
    pub architecture: String,
    /// Where its weights began, such as `all-MiniLM-L6-v2`.
    pub base: String,
    /// Transformer layers.
    pub layers: usize,
    /// Numbers in a vector.
    pub width: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width of the feed-forward layers.
    pub feed_forward: usize,
    /// Tokens in the vocabulary.
    pub vocabulary: usize,
    /// How weights are stored, in words.
    pub weights: String,
    /// What the heads were fitted on: the encoder computes with nothing else. An export does not say.
    #[serde(default)]
    pub precision: Precision,
}

/// A corpus that went into a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataUse {
    /// Name of the corpus.
    pub corpus: String,
    /// What it was used for.
    pub used_for: String,
    /// Rows or words used.
    pub n: usize,
}

/// What the folder holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout version; [`FORMAT`].
    pub format: u32,
    /// Name of the model.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Language of the texts it reads, as in BCP 47.
    pub language: String,
    /// The encoder.
    pub encoder: EncoderSpec,
    /// Classes of the stance heads, in order.
    pub labels: Vec<String>,
    /// What the heads were fitted and calibrated on.
    pub data: Vec<DataUse>,
    /// Figures on development data, as `stance evaluate` printed them when the model was made.
    pub metrics: BTreeMap<String, f64>,
    /// SHA-256 of every other file, in hexadecimal.
    pub files: BTreeMap<String, String>,
}

pub(super) fn parse_manifest(bytes: &[u8]) -> Result<Manifest> {
    let manifest: Manifest = serde_json::from_slice(bytes).map_err(|e| Error::Model {
        message: format!("{MANIFEST_FILE}: {e}"),
    })?;
    if manifest.format != FORMAT {
        return Err(Error::Model {
            message: format!(
                "{MANIFEST_FILE}: format is {}, this library reads {FORMAT}",
                manifest.format
            ),
        });
    }
    Ok(manifest)
}
