//! Token ids of windows -> a vector a token: the narrow interface behind which the arithmetic sits.
//!
//! In go the ids of some windows, out come their vectors, row-major. What a reader would question: there are two ways
//! to run the same file. By default the network runs on bytes by its own forward pass (`forward.rs`); in f32 it is run
//! by rten, which unfolds the weights and is the reference of the tests.

mod worker;

pub(super) use worker::Seat;
pub use worker::Worker;

use super::forward::Forward;
use super::weights::{Weights, is_onnx};
use super::windows::batches;
use crate::error::{Error, Result};
use rten::{ModelOptions, RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::{Arc, PoisonError};

/// The numbers that linear layers multiply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Bytes: weights with a scale an output, activations with a scale a token.
    #[default]
    Int8,
    /// 32-bit floating point; the weights are unfolded when they are loaded.
    Fp32,
}

impl Precision {
    /// Its name in manifests and flags, `int8` or `fp32`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::Fp32 => "fp32",
        }
    }
}

impl std::str::FromStr for Precision {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let mut all = [Self::Int8, Self::Fp32].into_iter();
        all.find(|p| p.name() == name).ok_or_else(|| Error::Model {
            message: format!("precision is {name:?}, it must be int8 or fp32"),
        })
    }
}

/// Word pieces that go through the network at once, however many it is given: what is kept for them stays with the
/// worker, some 8 kB a piece.
const MOST_TOGETHER: usize = 1_024;

/// The transformer, loaded and ready; shared by all workers.
pub struct Network {
    arithmetic: Arithmetic,
    width: usize,
    vocabulary: usize,
}

enum Arithmetic {
    Int8(Forward),
    Fp32(Box<rten::Model>),
}

impl Network {
    /// Loads an ONNX network of `models/recipe/export.py` that turns ids of shape (1, n) into vectors of shape
    /// (n, `width`) in `layers` layers, for ids below `vocabulary`.
    ///
    /// # Errors
    ///
    /// [`Error::Encoder`] when the file is not such a network, or for int8 when its weights are not rounded for it.
    pub fn load(
        onnx: Cow<'static, [u8]>,
        [width, layers, vocabulary]: [usize; 3],
        precision: Precision,
    ) -> Result<Self> {
        if width == 0 {
            return Err(Error::Encoder {
                message: "the network's vectors are 0 wide".to_owned(),
            });
        }
        let arithmetic = match precision {
            Precision::Int8 => {
                let forward = Forward::new(Weights::read(&onnx, width, layers)?)?;
                for (what, has, needs) in [
                    ("word pieces", forward.frame().n_pieces(), vocabulary),
                    (
                        "positions",
                        forward.frame().n_positions(),
                        super::MAX_PIECES,
                    ),
                ] {
                    if has < needs {
                        return Err(Error::Encoder {
                            message: format!("the network has {has} {what}, {needs} are expected"),
                        });
                    }
                }
                Arithmetic::Int8(forward)
            }
            Precision::Fp32 => {
                // rten's own reader believes whatever length a file claims.
                is_onnx(&onnx)?;
                let mut options = ModelOptions::with_all_ops();
                options.prepack_weights(true);
                let model = match onnx {
                    Cow::Borrowed(bytes) => options.load_static_slice(bytes),
                    Cow::Owned(bytes) => options.load(bytes),
                };
                Arithmetic::Fp32(Box::new(model.map_err(|e| Error::Encoder {
                    message: e.to_string(),
                })?))
            }
        };
        Ok(Self {
            arithmetic,
            width,
            vocabulary,
        })
    }

    /// Numbers in a vector.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The vectors of each window, row-major, one row an id.
    ///
    /// The same ids give the same bytes, whichever windows are beside them and whatever else runs.
    ///
    /// # Errors
    ///
    /// [`Error::Encoder`] for an empty window, one longer than
    /// [`MAX_PIECES`](super::MAX_PIECES), an id outside the vocabulary, or a failure of the runtime;
    /// [`Error::Stopped`] when the worker's ticket is stopped.
    pub fn vectors(&self, windows: &[&[u32]], worker: &Worker) -> Result<Vec<Vec<f32>>> {
        windows.iter().try_for_each(|ids| self.check(ids))?;
        worker.run(|seat| match &self.arithmetic {
            Arithmetic::Int8(forward) => {
                // A pass begins by overwriting them, so one that panicked has not broken them.
                let mut buffers = seat.buffers.lock().unwrap_or_else(PoisonError::into_inner);
                let buffers = &mut *buffers;
                seat.pool.run(|| {
                    let mut vectors = Vec::with_capacity(windows.len());
                    for together in batches(windows, MOST_TOGETHER, |window| window.len()) {
                        vectors.extend(forward.run(together, buffers)?);
                    }
                    Ok(vectors)
                })
            }
            Arithmetic::Fp32(model) => {
                let vectors = |ids: &&[u32]| self.by_rten(model, ids, &seat.pool);
                windows.iter().map(vectors).collect()
            }
        })?
    }

    fn check(&self, ids: &[u32]) -> Result<()> {
        let error = |message| Err(Error::Encoder { message });
        if ids.is_empty() || ids.len() > super::MAX_PIECES {
            return error(format!(
                "a window has {} ids, it must have 1 to {}",
                ids.len(),
                super::MAX_PIECES
            ));
        }
        match ids.iter().find(|&&id| id as usize >= self.vocabulary) {
            Some(id) => error(format!(
                "id {id} is outside the vocabulary of {}",
                self.vocabulary
            )),
            None => Ok(()),
        }
    }

    fn by_rten(
        &self,
        model: &rten::Model,
        ids: &[u32],
        pool: &Arc<ThreadPool>,
    ) -> Result<Vec<f32>> {
        let error = |message: String| Error::Encoder { message };
        let input: std::result::Result<Vec<i32>, _> =
            ids.iter().map(|&id| i32::try_from(id)).collect();
        let input = input.map_err(|e| error(e.to_string()))?;
        let input = NdTensor::from_data([1, input.len()], input);
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool)));
        let output = model
            .run_one(input.into(), Some(options))
            .map_err(|e| error(e.to_string()))?;
        let output: NdTensor<f32, 2> = output
            .try_into()
            .map_err(|_| error("the network gives no f32 matrix".to_owned()))?;
        if output.shape() != [ids.len(), self.width] {
            return Err(error(format!(
                "the network gives shape {:?}, not [{}, {}]",
                output.shape(),
                ids.len(),
                self.width
            )));
        }
        Ok(output.into_data())
    }
}
