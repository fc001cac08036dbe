//! The artefact: one folder that holds everything learned.
//!
//! In goes a folder (or the one built into the binary) with `manifest.json`, `encoder.onnx`,
//! `tokenizer.json` and `heads.json`; out comes a [`Model`] ready to score. Every file is checked
//! against the SHA-256 in the manifest before it is used, and the model's identity is the hash of
//! the manifest, so it stands for all of them. What a reader would question: the built-in files are
//! not hashed at every start. They are part of the binary, and a test checks them.

use crate::analysis::ModelIdentity;
use crate::encoder::{Encoder, Network, Precision, Vocabulary};
use crate::error::{Error, Result};
use crate::pairs::PairHead;
use crate::stance::{Head, StanceHead};
use crate::tagging::{Layer, Tagger};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Version of the folder's layout that this library reads and writes.
pub const FORMAT: u32 = 2;

/// Name of the network's file.
pub const ENCODER_FILE: &str = "encoder.onnx";
/// Name of the vocabulary's file.
pub const VOCABULARY_FILE: &str = "tokenizer.json";
/// Name of the linear heads' file.
pub const HEADS_FILE: &str = "heads.json";
/// Name of the manifest.
pub const MANIFEST_FILE: &str = "manifest.json";

/// Largest file accepted in a model folder, in bytes.
const MAX_FILE_BYTES: u64 = 2 << 30;

const BUILT_IN: [(&str, &[u8]); 4] = [
    (
        MANIFEST_FILE,
        include_bytes!("../models/stance-en-small/manifest.json"),
    ),
    (
        ENCODER_FILE,
        include_bytes!("../models/stance-en-small/encoder.onnx"),
    ),
    (
        VOCABULARY_FILE,
        include_bytes!("../models/stance-en-small/tokenizer.json"),
    ),
    (
        HEADS_FILE,
        include_bytes!("../models/stance-en-small/heads.json"),
    ),
];

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

/// A model ready to use; never changes.
#[derive(Debug)]
pub struct Model {
    manifest: Manifest,
    sha256: String,
    encoder: Arc<Encoder>,
    heads: Heads,
}

impl Model {
    /// The model that is part of this library.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] or [`Error::Encoder`] only if the library was built with broken files.
    pub fn built_in() -> Result<Self> {
        let manifest = parse_manifest(built_in_file(MANIFEST_FILE))?;
        Self::from_files(manifest, built_in_file(MANIFEST_FILE), |name| {
            Ok(Cow::Borrowed(built_in_file(name)))
        })
    }

    /// Loads a model folder.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when a file cannot be read, [`Error::HashMismatch`] when it is not the one the
    /// manifest names, [`Error::Model`] or [`Error::Encoder`] when it cannot be understood.
    pub fn load(folder: &Path) -> Result<Self> {
        let bytes = read(&folder.join(MANIFEST_FILE))?;
        let manifest = parse_manifest(&bytes)?;
        let expected = manifest.files.clone();
        Self::from_files(manifest, &bytes, |name| {
            let bytes = read(&folder.join(name))?;
            let expected = expected.get(name).ok_or_else(|| Error::Model {
                message: format!("{MANIFEST_FILE} names no hash for {name}"),
            })?;
            let actual = sha256(&bytes);
            if actual != *expected {
                return Err(Error::HashMismatch {
                    file: name.to_owned(),
                    expected: expected.clone(),
                    actual,
                });
            }
            Ok(Cow::Owned(bytes))
        })
    }

    /// The model of a folder, or the built-in one; with a precision only if its heads were fitted for that.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load) and [`built_in`](Self::built_in), and [`Error::Model`] when the heads were fitted
    /// for another precision.
    pub fn open(folder: Option<&Path>, precision: Option<Precision>) -> Result<Self> {
        let manifest = match folder {
            Some(folder) => parse_manifest(&read(&folder.join(MANIFEST_FILE))?)?,
            None => parse_manifest(built_in_file(MANIFEST_FILE))?,
        };
        let own = manifest.encoder.precision;
        if let Some(wanted) = precision.filter(|&wanted| wanted != own) {
            return Err(Error::Model {
                message: format!(
                    "precision is {}, but the heads of model {} were fitted for {}; `stance train --precision {}` fits \
                     them anew",
                    wanted.name(),
                    manifest.name,
                    own.name(),
                    wanted.name()
                ),
            });
        }
        match folder {
            Some(folder) => Self::load(folder),
            None => Self::built_in(),
        }
    }

    fn from_files(
        manifest: Manifest,
        manifest_bytes: &[u8],
        file: impl Fn(&str) -> Result<Cow<'static, [u8]>>,
    ) -> Result<Self> {
        let encoder = Arc::new(encoder_from(&manifest.encoder, &file)?);
        let heads: Heads =
            serde_json::from_slice(&file(HEADS_FILE)?).map_err(|e| Error::Model {
                message: format!("{HEADS_FILE}: {e}"),
            })?;
        check_heads(&heads, manifest.encoder.width)?;
        Ok(Self {
            sha256: sha256(manifest_bytes),
            manifest,
            encoder,
            heads,
        })
    }

    /// Puts a fitted model together, to be used or saved.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] when the heads do not fit the encoder.
    pub fn new(manifest: Manifest, encoder: Arc<Encoder>, heads: Heads) -> Result<Self> {
        check_heads(&heads, encoder.width())?;
        let bytes = to_json(&manifest)?;
        Ok(Self {
            sha256: sha256(&bytes),
            manifest,
            encoder,
            heads,
        })
    }

    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The encoder.
    #[must_use]
    pub fn encoder(&self) -> &Arc<Encoder> {
        &self.encoder
    }

    /// The linear heads.
    #[must_use]
    pub fn heads(&self) -> &Heads {
        &self.heads
    }

    /// The tagger of a layer.
    #[must_use]
    pub fn tagger(&self, layer: Layer) -> &Tagger {
        // `check_heads` has seen one of each, in this order.
        &self.heads.taggers[layer as usize]
    }

    /// The stance head of a kind.
    #[must_use]
    pub fn stance(&self, head: Head) -> &StanceHead {
        &self.heads.stances[&head]
    }

    /// What to put under a result.
    #[must_use]
    pub fn identity(&self) -> ModelIdentity {
        ModelIdentity {
            name: self.manifest.name.clone(),
            version: self.manifest.version.clone(),
            sha256: self.sha256.clone(),
            encoder: self.manifest.encoder.base.clone(),
            precision: self.manifest.encoder.precision.name().to_owned(),
        }
    }
}

/// Loads an encoder alone from a folder with `encoder.onnx` and `tokenizer.json`, or that of the built-in model.
///
/// # Errors
///
/// As [`Model::load`].
pub fn load_encoder(spec: &EncoderSpec, folder: Option<&Path>) -> Result<Encoder> {
    encoder_from(spec, &|name: &str| match folder {
        Some(folder) => Ok(Cow::Owned(read(&folder.join(name))?)),
        None => Ok(Cow::Borrowed(built_in_file(name))),
    })
}

fn encoder_from(
    spec: &EncoderSpec,
    file: &impl Fn(&str) -> Result<Cow<'static, [u8]>>,
) -> Result<Encoder> {
    let vocabulary = Vocabulary::load(&file(VOCABULARY_FILE)?)?;
    let sizes = [spec.width, spec.layers, spec.vocabulary];
    let network = Network::load(file(ENCODER_FILE)?, sizes, spec.precision)?;
    Ok(Encoder::new(vocabulary, network))
}

fn check_heads(heads: &Heads, width: usize) -> Result<()> {
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

fn parse_manifest(bytes: &[u8]) -> Result<Manifest> {
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

/// A file of the built-in model, by its name; empty for a name it does not have.
#[must_use]
pub fn built_in_file(name: &str) -> &'static [u8] {
    let found = BUILT_IN.iter().find(|(file, _)| *file == name);
    found.map_or(&[], |(_, bytes)| bytes)
}

/// The vocabulary of the built-in model, for tests of what needs no network.
#[cfg(test)]
pub(crate) fn built_in_vocabulary() -> Vocabulary {
    Vocabulary::load(built_in_file(VOCABULARY_FILE)).unwrap()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let size = std::fs::metadata(path).map_err(io)?.len();
    if size > MAX_FILE_BYTES {
        return Err(Error::TooLarge {
            field: path.display().to_string(),
            size_bytes: usize::try_from(size).unwrap_or(usize::MAX),
            limit_bytes: MAX_FILE_BYTES as usize,
        });
    }
    std::fs::read(path).map_err(io)
}

/// SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// JSON on one line, for files that only programs read; the same bytes for the same value.
///
/// # Errors
///
/// As [`to_json`].
pub fn to_compact_json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|e| Error::Internal {
        message: e.to_string(),
    })
}

/// Pretty JSON with a newline at the end; the same bytes for the same value.
///
/// # Errors
///
/// [`Error::Internal`] when a value has no JSON form.
pub fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| Error::Internal {
        message: e.to_string(),
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_files_are_those_of_the_manifest() {
        let manifest = parse_manifest(built_in_file(MANIFEST_FILE)).unwrap();
        assert_eq!(manifest.files.len(), BUILT_IN.len() - 1);
        for (name, expected) in &manifest.files {
            assert_eq!(&sha256(built_in_file(name)), expected, "{name}");
        }
        assert!(BUILT_IN.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() <= 40 << 20);
    }
}
