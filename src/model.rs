//! The artefact: one folder that holds everything learned.
//!
//! In goes a folder (or the one built into the binary) with `manifest.json`, `encoder.onnx`,
//! `tokenizer.json` and `heads.json`; out comes a [`Model`] ready to score. Every file is checked
//! against the SHA-256 in the manifest before it is used, and the model's identity is the hash of
//! the manifest, so it stands for all of them. What a reader would question: the built-in files are
//! not hashed at every start. They are part of the binary, and a test checks them.

mod files;
mod heads;
mod manifest;

pub use files::{
    ENCODER_FILE, HEADS_FILE, MANIFEST_FILE, VOCABULARY_FILE, built_in_file, sha256,
    to_compact_json, to_json,
};
pub use heads::{Decision, Heads};
pub use manifest::{DataUse, EncoderSpec, FORMAT, Manifest};

use crate::analysis::ModelIdentity;
use crate::encoder::{Encoder, Network, Precision, Vocabulary};
use crate::error::{Error, Result};
use crate::stance::{Head, StanceHead};
use crate::tagging::{Layer, Tagger};
use files::read;
use heads::check_heads;
use manifest::parse_manifest;
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

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

/// The vocabulary of the built-in model, for tests of what needs no network.
#[cfg(test)]
pub(crate) fn built_in_vocabulary() -> Vocabulary {
    Vocabulary::load(built_in_file(VOCABULARY_FILE)).unwrap()
}
