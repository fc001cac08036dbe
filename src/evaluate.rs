//! A model and labelled corpora in, figures with intervals out.
//!
//! Every figure is a [`Measure`]: a value and a 95 % bootstrap interval over sentences or documents.
//! The metrics are our own and tested against hand-worked matrices, since those of linfa swap
//! precision and recall. What a reader would question: stance figures on given pairs are taken among
//! favour, neutral and against only; whether a pair is one at all (the class none) shows in the
//! figures on whole documents.

pub mod attributions;
pub mod bootstrap;
pub mod coreference;
pub mod documents;
pub mod mentions;
pub mod metrics;
pub mod mistakes;
pub mod pairs;
pub mod stances;

pub use bootstrap::Measure;

use serde::Serialize;

/// Seed of every bootstrap, so that figures on one corpus can be compared.
pub const SEED: u64 = 20_260_101;

/// The figures of one corpus.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Name of the corpus, as the caller gave it.
    pub corpus: String,
    /// Its figures.
    pub measures: Vec<Measure>,
    /// Plain counts: how many of what, and where pairs are lost.
    pub counts: Vec<(String, u64)>,
}

impl Report {
    /// The value of a figure.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        self.measures
            .iter()
            .find(|measure| measure.name == name)
            .map(|measure| measure.value)
    }
}
