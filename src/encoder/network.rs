//! Token ids of one window -> a vector a token: the narrow interface behind which the runtime sits.
//!
//! In go the ids of one window, out come its vectors, row-major. The runtime is rten in f32 on
//! weights stored as int8 (its measured speed and the export are in `docs/performance.md` and
//! `models/recipe`). What a reader would question: every worker has a thread pool of one thread and
//! all share one network, because two such workers are faster than one pool of two threads.

use super::turns::Ticket;
use crate::error::{Error, Result};
use rten::{ModelOptions, RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;
use std::borrow::Cow;
use std::sync::Arc;

/// The transformer, loaded and ready; shared by all workers.
pub struct Network {
    model: rten::Model,
    width: usize,
    vocabulary: usize,
}

/// A thread's place to run the network: its own, or one it waits for.
pub struct Worker {
    place: Place,
}

enum Place {
    Own(Arc<ThreadPool>),
    Shared(Arc<Ticket>),
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

impl Default for Worker {
    fn default() -> Self {
        Self::new()
    }
}

impl Worker {
    /// A worker with a thread pool of one thread; create one a thread and keep it.
    #[must_use]
    pub fn new() -> Self {
        Self {
            place: Place::Own(Arc::new(ThreadPool::with_num_threads(1))),
        }
    }

    /// A worker that stands in line for every window; it costs nothing to create.
    #[must_use]
    pub fn behind(ticket: Arc<Ticket>) -> Self {
        Self {
            place: Place::Shared(ticket),
        }
    }

    fn run<T>(&self, window: impl FnOnce(&Arc<ThreadPool>) -> T) -> Result<T> {
        match &self.place {
            Place::Own(pool) => Ok(window(pool)),
            Place::Shared(ticket) => ticket.run(window),
        }
    }
}

impl Network {
    /// Loads an ONNX network that turns ids of shape (1, n) into vectors of shape (n, `width`), for
    /// ids below `vocabulary`.
    ///
    /// # Errors
    ///
    /// [`Error::Encoder`] when the file is not such a network.
    pub fn load(onnx: Cow<'static, [u8]>, width: usize, vocabulary: usize) -> Result<Self> {
        let mut options = ModelOptions::with_all_ops();
        options.prepack_weights(true);
        let model = match onnx {
            Cow::Borrowed(bytes) => options.load_static_slice(bytes),
            Cow::Owned(bytes) => options.load(bytes),
        };
        let model = model.map_err(|e| Error::Encoder {
            message: e.to_string(),
        })?;
        Ok(Self {
            model,
            width,
            vocabulary,
        })
    }

    /// Numbers in a vector.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The vectors of one window, row-major, one row an id.
    ///
    /// The same ids give the same bytes, whatever else runs.
    ///
    /// # Errors
    ///
    /// [`Error::Encoder`] for an empty window, one longer than
    /// [`MAX_PIECES`](super::MAX_PIECES), an id outside the vocabulary, or a failure of the runtime;
    /// [`Error::Stopped`] when the worker's ticket is stopped.
    pub fn vectors(&self, ids: &[u32], worker: &Worker) -> Result<Vec<f32>> {
        let error = |message: String| Error::Encoder { message };
        if ids.is_empty() || ids.len() > super::MAX_PIECES {
            return Err(error(format!(
                "a window has {} ids, it must have 1 to {}",
                ids.len(),
                super::MAX_PIECES
            )));
        }
        let to_i32 = |&id: &u32| match i32::try_from(id) {
            Ok(small) if (id as usize) < self.vocabulary => Ok(small),
            _ => Err(error(format!(
                "id {id} is outside the vocabulary of {}",
                self.vocabulary
            ))),
        };
        let input: Vec<i32> = ids.iter().map(to_i32).collect::<Result<_>>()?;
        let input = NdTensor::from_data([1, input.len()], input);
        let output = worker.run(|pool| {
            let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool)));
            self.model.run_one(input.into(), Some(options))
        })?;
        let output = output.map_err(|e| error(e.to_string()))?;
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
