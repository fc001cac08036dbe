//! Which ids, or texts, came before.
//!
//! In go strings, out comes whether each is new. They are told apart by the first 16 bytes of their SHA-256; the latest
//! million stands in memory and the rest in sorted files, so that an archive of any size takes the same memory. What a
//! reader would question: a look-up reads a page of each file. It takes microseconds, and scoring a document takes a
//! thousand times as long.

use super::writing::io;
use crate::error::Result;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Keys that stand in memory: about 50 MB of them.
const MOST: usize = 1 << 20;

/// Keys of a page of a file.
const PAGE: usize = 256;

/// Bytes of a key.
const KEY: usize = 16;

/// Tells one string from another.
pub(super) type Key = u128;

/// The key of the parts of something, in this order.
pub(super) fn key(parts: &[&str]) -> Key {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut bytes = [0; KEY];
    for (byte, from) in bytes.iter_mut().zip(hash.finalize()) {
        *byte = from;
    }
    Key::from_be_bytes(bytes)
}

/// The keys that came.
pub(super) struct Seen {
    folder: PathBuf,
    name: &'static str,
    most: usize,
    latest: BTreeSet<Key>,
    runs: Vec<Run>,
}

/// A sorted file of keys.
struct Run {
    path: PathBuf,
    file: File,
    /// The first key of each page.
    pages: Vec<Key>,
    n_keys: usize,
}

impl Seen {
    /// None yet. Files are made in `folder` when there are too many.
    pub(super) fn new(folder: PathBuf, name: &'static str) -> Self {
        Self {
            folder,
            name,
            most: MOST,
            latest: BTreeSet::new(),
            runs: Vec::new(),
        }
    }

    /// Adds a key; whether it is new.
    pub(super) fn insert(&mut self, key: Key) -> Result<bool> {
        if self.latest.contains(&key) {
            return Ok(false);
        }
        for run in &mut self.runs {
            if run.has(key)? {
                return Ok(false);
            }
        }
        self.latest.insert(key);
        if self.latest.len() >= self.most {
            self.store()?;
        }
        Ok(true)
    }

    /// Moves the keys in memory to a file.
    fn store(&mut self) -> Result<()> {
        let name = format!("seen-{}-{:06}", self.name, self.runs.len());
        let path = self.folder.join(name);
        let write = || {
            let options = File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(true)
                .open(&path);
            let mut to = BufWriter::new(options?);
            for key in &self.latest {
                to.write_all(&key.to_be_bytes())?;
            }
            to.into_inner().map_err(std::io::IntoInnerError::into_error)
        };
        let file = write().map_err(|error| io(&path, error))?;
        self.runs.push(Run {
            path,
            file,
            pages: self.latest.iter().step_by(PAGE).copied().collect(),
            n_keys: self.latest.len(),
        });
        self.latest.clear();
        Ok(())
    }
}

impl Run {
    fn has(&mut self, key: Key) -> Result<bool> {
        let after = self.pages.partition_point(|&first| first <= key);
        let Some(page) = after.checked_sub(1) else {
            return Ok(false);
        };
        let n = PAGE.min(self.n_keys.saturating_sub(page * PAGE));
        let mut bytes = [0; PAGE * KEY];
        let read = bytes.get_mut(..n * KEY).unwrap_or(&mut []);
        let at = SeekFrom::Start((page * PAGE * KEY) as u64);
        let found = self.file.seek(at).and_then(|_| self.file.read_exact(read));
        found.map_err(|error| io(&self.path, error))?;
        let (keys, _) = read.as_chunks::<KEY>();
        Ok(keys.binary_search(&key.to_be_bytes()).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_new_once_wherever_they_stand() {
        let folder = std::env::temp_dir().join(format!("stance-seen-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut seen = Seen::new(folder.clone(), "ids");
        seen.most = 700;
        let of = |n: u32| key(&[&n.to_string()]);
        for n in 0..2_500 {
            assert!(seen.insert(of(n)).unwrap(), "{n}");
            assert!(!seen.insert(of(n / 2)).unwrap(), "{n}");
        }
        assert_eq!((seen.runs.len(), seen.latest.len()), (3, 400));
        assert!((0..2_500).all(|n| !seen.insert(of(n)).unwrap()));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn parts_are_told_apart() {
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_ne!(key(&["a"]), key(&["a", ""]));
    }
}
