//! What the rows of a run depend on, to be written beside them.
//!
//! In goes a batch; out come its inputs, model and options as JSON. What a reader would question: a run is resumed only
//! if all of this is the same. Rows that were made otherwise would stand in one table with the others.

use super::Batch;
use crate::archive::inputs::Form;
use crate::archive::stances::SCHEMA_VERSION;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Inputs that are listed in the settings; of more, a hash tells whether they are the same.
const LISTED: usize = 1_000;

/// What the rows of a run depend on.
pub(super) fn settings(batch: &Batch<'_>) -> serde_json::Value {
    let model = batch.scorer.model().identity();
    let listed = batch.inputs.iter().take(LISTED);
    let listed = listed.map(|input| json!([input.name(), input.bytes]));
    let mut hash = Sha256::new();
    let mut separators = BTreeSet::new();
    for input in batch.inputs {
        if let Form::Csv { separator } = input.form {
            separators.insert(char::from(separator));
        }
        hash.update(format!("{}\0{}\0", input.name(), input.bytes));
    }
    json!({
        "inputs": listed.collect::<Vec<_>>(),
        "n_inputs": batch.inputs.len(),
        "inputs_sha256": format!("{:x}", hash.finalize()),
        "separators": separators,
        "columns": batch.columns.given,
        "ids_per_file": batch.ids_per_file,
        "model": {"name": model.name, "version": model.version, "sha256": model.sha256},
        "schema": SCHEMA_VERSION,
        "stance": env!("CARGO_PKG_VERSION"),
        "actors_sha256": batch.registry_sha256,
        "only_given": batch.options.only_given,
        "min_confidence": batch.options.min_confidence,
        "transcript": batch.transcript,
        "speaker": batch.speaker,
        "format": batch.format.ending(),
        "period": batch.period,
        "dedupe": batch.dedupe,
        "sentences": batch.sentences,
        "part_records": batch.part_records,
        "max_text_bytes": batch.max_text_bytes,
    })
}
