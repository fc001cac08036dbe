//! Which ids, or texts, came before, and where.
//!
//! In go strings with the file they stand in, out comes where each came before, if it did. They are told apart by the
//! first 16 bytes of their SHA-256; the latest million stands in memory and the rest in sorted files, so that an archive
//! of any size takes the same memory. What a reader would question: a look-up reads a page of each file. It takes
//! microseconds, and scoring a document takes a thousand times as long.

use super::writing::io;
use crate::error::Result;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Keys that stand in memory: about 60 MB of them.
const MOST: usize = 1 << 20;

/// Keys of a page of a file.
const PAGE: usize = 256;

/// Bytes of a key, and in files with the place behind it.
const KEY: usize = size_of::<Key>();
const ENTRY: usize = KEY + size_of::<Place>();

/// Tells one string from another.
pub(super) type Key = u128;

/// The number of a file.
pub(super) type Place = u32;

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
    latest: BTreeMap<Key, Place>,
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
            latest: BTreeMap::new(),
            runs: Vec::new(),
        }
    }

    /// Adds a key that stands in `place`, unless it came before: then where.
    pub(super) fn insert(&mut self, key: Key, place: Place) -> Result<Option<Place>> {
        if let Some(&before) = self.latest.get(&key) {
            return Ok(Some(before));
        }
        for run in &mut self.runs {
            if let Some(before) = run.place(key)? {
                return Ok(Some(before));
            }
        }
        self.latest.insert(key, place);
        if self.latest.len() >= self.most {
            self.store()?;
        }
        Ok(None)
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
            for (key, place) in &self.latest {
                to.write_all(&key.to_be_bytes())?;
                to.write_all(&place.to_be_bytes())?;
            }
            to.into_inner().map_err(std::io::IntoInnerError::into_error)
        };
        let file = write().map_err(|error| io(&path, error))?;
        self.runs.push(Run {
            path,
            file,
            pages: self.latest.keys().step_by(PAGE).copied().collect(),
            n_keys: self.latest.len(),
        });
        self.latest.clear();
        Ok(())
    }
}

impl Run {
    /// The place of a key that is in it.
    fn place(&mut self, key: Key) -> Result<Option<Place>> {
        let after = self.pages.partition_point(|&first| first <= key);
        let Some(page) = after.checked_sub(1) else {
            return Ok(None);
        };
        let n = PAGE.min(self.n_keys.saturating_sub(page * PAGE));
        let mut bytes = [0; PAGE * ENTRY];
        let read = bytes.get_mut(..n * ENTRY).unwrap_or(&mut []);
        let at = SeekFrom::Start((page * PAGE * ENTRY) as u64);
        let found = self.file.seek(at).and_then(|_| self.file.read_exact(read));
        found.map_err(|error| io(&self.path, error))?;
        let (entries, _) = read.as_chunks::<ENTRY>();
        let key = key.to_be_bytes();
        let at = entries.binary_search_by(|entry| entry[..KEY].cmp(&key[..]));
        let entry = at.ok().and_then(|at| entries.get(at));
        let place = entry.and_then(|entry| entry.split_last_chunk());
        Ok(place.map(|(_, place)| Place::from_be_bytes(*place)))
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
            assert_eq!(seen.insert(of(n), n).unwrap(), None, "{n}");
            assert_eq!(seen.insert(of(n / 2), 0).unwrap(), Some(n / 2), "{n}");
        }
        assert_eq!((seen.runs.len(), seen.latest.len()), (3, 400));
        assert!((0..2_500).all(|n| seen.insert(of(n), 0).unwrap() == Some(n)));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn parts_are_told_apart() {
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_ne!(key(&["a"]), key(&["a", ""]));
    }
}
