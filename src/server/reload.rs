//! The model that serves, and how another takes its place.
//!
//! In goes a model folder (or the built-in model); out comes the current [`Scorer`], swapped as a whole:
//! a request keeps the one it began with. What a reader would question: while a new model is loaded both
//! are in memory, which is the price of no failed request.

use super::Hook;
use super::refusal::Refusal;
use crate::document::Document;
use crate::encoder::{Precision, Worker};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::scorer::{Options, Scorer};
use arc_swap::ArcSwap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tonic::Code;

/// The loaded models.
#[derive(Debug)]
pub(super) struct Models {
    folder: Option<PathBuf>,
    precision: Option<Precision>,
    current: ArcSwap<Scorer>,
    reloading: Arc<Mutex<()>>,
}

/// The right to reload: two at a time would hold three models in memory.
pub(super) type Alone = OwnedMutexGuard<()>;

impl Models {
    /// Loads the folder's model, or the built-in one, in a precision if it is given.
    pub(super) fn load(folder: Option<PathBuf>, precision: Option<Precision>) -> Result<Self> {
        let scorer = Scorer::new(Model::open(folder.as_deref(), precision)?);
        Ok(Self {
            folder,
            precision,
            current: ArcSwap::from_pointee(scorer),
            reloading: Arc::default(),
        })
    }

    /// The scorer that serves; with a SHA-256 only if it is that model's.
    pub(super) fn scorer(&self, sha256: &str) -> std::result::Result<Arc<Scorer>, Refusal> {
        let scorer = self.current.load_full();
        let loaded = scorer.model().identity().sha256;
        if sha256.is_empty() || sha256 == loaded {
            return Ok(scorer);
        }
        let message = format!("model {sha256:?} is not loaded; {loaded} is");
        Err(Refusal {
            field: "model_sha256".to_owned(),
            ..Refusal::new(Code::FailedPrecondition, "MODEL_NOT_LOADED", message)
        })
    }

    /// The right to reload, unless someone has it.
    pub(super) fn try_alone(&self) -> Option<Alone> {
        Arc::clone(&self.reloading).try_lock_owned().ok()
    }

    /// The right to reload, once nobody has it.
    pub(super) async fn alone(&self) -> Alone {
        Arc::clone(&self.reloading).lock_owned().await
    }

    /// Loads the model anew, lets it answer once, and serves it. Gives the hash of the one before.
    ///
    /// # Errors
    ///
    /// Those of [`Model::open`]; then the model before goes on.
    pub(super) fn reload(&self, _: &Alone) -> Result<String> {
        let scorer = Scorer::new(Model::open(self.folder.as_deref(), self.precision)?);
        warm(&scorer, None)?;
        let identity = scorer.model().identity();
        let before = self.current.swap(Arc::new(scorer));
        info(&before, 0.0);
        info(&self.current.load(), 1.0);
        tracing::info!(
            model = identity.name,
            sha256 = identity.sha256,
            "model reloaded"
        );
        Ok(before.model().identity().sha256)
    }

    /// Answers a first document, so that the first caller does not pay for it.
    pub(super) fn warm(&self, hook: Option<&Hook>) -> Result<()> {
        warm(&self.current.load(), hook)?;
        info(&self.current.load(), 1.0);
        Ok(())
    }
}

/// Reloads on a thread of its own, `alone`. The operator is told why a folder cannot be served, without its path.
pub(super) async fn reload(
    models: Arc<Models>,
    alone: Alone,
) -> std::result::Result<String, Refusal> {
    let broken = |message: String| Refusal::new(Code::FailedPrecondition, "MODEL_BROKEN", message);
    let reloaded = tokio::task::spawn_blocking(move || models.reload(&alone)).await;
    reloaded.map_err(|_| Refusal::internal())?.map_err(|error| {
        tracing::error!(%error, "the model stays as it was");
        if let Error::Io { source, .. } = &error {
            return broken(format!(
                "a file of the model cannot be read: {}",
                source.kind()
            ));
        }
        broken(error.to_string())
    })
}

/// Says in the metrics whether a model serves (1) or did (0).
fn info(scorer: &Scorer, serves: f64) {
    let id = scorer.model().identity();
    let labels = [
        ("name", id.name),
        ("version", id.version),
        ("sha256", id.sha256),
    ];
    metrics::gauge!("stance_model_info", &labels).set(serves);
}

fn warm(scorer: &Scorer, hook: Option<&Hook>) -> Result<()> {
    let text = "\"We thank Norway,\" Marta Oduya said. She criticised the Harbour League.";
    let document = Document::new("warm-up", text)?;
    if let Some(hook) = hook {
        hook(&document);
    }
    let analysis = scorer.analyze(&document, &Options::default(), &[Worker::new()])?;
    if analysis.actors.is_empty() {
        return Err(Error::Model {
            message: "it finds nobody in a sentence that names three".to_owned(),
        });
    }
    Ok(())
}
