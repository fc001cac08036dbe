//! The files of a model folder: those of an encoder read, all of them written.
//!
//! In go an encoder's files and what was fitted, out comes a folder that serves. What a reader would question: the
//! manifest is written last. It has the hashes of the others, so a folder whose writing broke off is no model.

use super::Arguments;
use anyhow::{Context, Result};
use stance::model::{self, DataUse, EncoderSpec, FORMAT, Heads, Manifest};
use std::collections::BTreeMap;
use std::path::Path;

/// The files of an encoder, from a folder or built in.
pub(super) fn encoder_files(folder: Option<&Path>) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let names = [model::ENCODER_FILE, model::VOCABULARY_FILE].into_iter();
    names
        .map(|name| {
            let bytes = match folder {
                Some(folder) => {
                    let path = folder.join(name);
                    std::fs::read(&path)
                        .with_context(|| format!("cannot read {}", path.display()))?
                }
                None => model::built_in_file(name).to_vec(),
            };
            Ok((name, bytes))
        })
        .collect()
}

/// Writes a model of an encoder and the heads that were fitted on its vectors.
pub(super) fn write(
    arguments: &Arguments,
    files: &[(&'static str, Vec<u8>)],
    heads: &Heads,
    encoder: EncoderSpec,
    data: Vec<DataUse>,
) -> Result<()> {
    std::fs::create_dir_all(&arguments.out)
        .with_context(|| format!("cannot make {}", arguments.out.display()))?;
    let mut hashes = BTreeMap::new();
    let mut write = |name: &str, bytes: &[u8]| -> Result<()> {
        let path = arguments.out.join(name);
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        hashes.insert(name.to_owned(), model::sha256(bytes));
        Ok(())
    };
    for (name, bytes) in files {
        write(name, bytes)?;
    }
    write(model::HEADS_FILE, &model::to_compact_json(heads)?)?;
    let manifest = Manifest {
        format: FORMAT,
        name: arguments.name.clone(),
        version: arguments.version.clone(),
        language: "en".to_owned(),
        encoder,
        labels: ["none", "favour", "neutral", "against"]
            .map(str::to_owned)
            .to_vec(),
        data,
        metrics: BTreeMap::new(),
        files: hashes,
    };
    std::fs::write(
        arguments.out.join(model::MANIFEST_FILE),
        model::to_json(&manifest)?,
    )?;
    Ok(())
}
