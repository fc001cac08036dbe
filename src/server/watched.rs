//! What is read from files, and read again when they change.
//!
//! In go paths and a reader, out comes the current value. Broken files change nothing and are told in the
//! log. What a reader would question: times of change are looked at, the system does not tell of changes.
//! A look a second costs nothing, and files that are swapped by renaming, as mounted secrets are, are seen.

use crate::error::Result;
use arc_swap::ArcSwap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Makes the value, knowing the one before.
type Read<T> = dyn Fn(Option<&T>) -> Result<T> + Send + Sync;

/// A value of files, current.
pub(super) struct Watched<T> {
    what: &'static str,
    paths: Vec<PathBuf>,
    read: Box<Read<T>>,
    current: ArcSwap<T>,
    seen: Mutex<Vec<Option<SystemTime>>>,
}

impl<T> std::fmt::Debug for Watched<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Watched").field(&self.what).finish()
    }
}

impl<T> Watched<T> {
    /// Reads the files a first time; `what` is their name in the log.
    pub(super) fn new(
        what: &'static str,
        paths: Vec<PathBuf>,
        read: impl Fn(Option<&T>) -> Result<T> + Send + Sync + 'static,
    ) -> Result<Self> {
        Ok(Self {
            what,
            seen: Mutex::new(changed(&paths)),
            current: ArcSwap::from_pointee(read(None)?),
            paths,
            read: Box::new(read),
        })
    }

    /// The value as last read.
    pub(super) fn current(&self) -> Arc<T> {
        self.current.load_full()
    }

    /// Reads the files again if one has changed.
    pub(super) fn refresh(&self) {
        let now = changed(&self.paths);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return;
        }
        *seen = now;
        match (self.read)(Some(&self.current.load())) {
            Ok(value) => {
                tracing::info!(what = self.what, "reloaded");
                self.current.store(Arc::new(value));
            }
            Err(error) => tracing::error!(what = self.what, %error, "not reloaded"),
        }
    }
}

fn changed(paths: &[PathBuf]) -> Vec<Option<SystemTime>> {
    let time = |path: &PathBuf| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    paths.iter().map(time).collect()
}
