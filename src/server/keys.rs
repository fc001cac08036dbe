//! Bearer keys: who may call, for what, how often.
//!
//! In goes a file with a line a key: SHA-256 of the key in hexadecimal, a name, scopes with commas
//! between them (`analyze`, `admin`), and optionally requests a second. Out comes the name of the caller of each
//! request, or a refusal. The file is read again when it changes; one that is broken changes nothing and
//! is told in the log. What a reader would question: keys are hashed once, fast. They are random strings
//! of the operator's, not passwords, and a slow hash would be a way to exhaust the server.

use super::refusal::Refusal;
use super::watched::Watched;
use crate::error::{Error, Result};
use crate::model::sha256;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;
use tonic::Code;

/// What a call needs to be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Analyze,
    Admin,
}

/// One line of the file.
#[derive(Debug)]
struct Key {
    /// SHA-256 in lower-case hexadecimal.
    hash: String,
    name: Arc<str>,
    analyze: bool,
    admin: bool,
    bucket: Option<Mutex<Bucket>>,
}

/// Requests that a key may still make: fills up by `rate` a second, to a second's worth.
#[derive(Debug)]
struct Bucket {
    rate: f64,
    level: f64,
    at: Option<Instant>,
}

impl Bucket {
    /// Takes one request out, or says how long to wait.
    fn take(&mut self, now: Instant) -> std::result::Result<(), Duration> {
        let full = self.rate.max(1.0);
        let passed = self.at.map_or(0.0, |at| (now - at).as_secs_f64());
        self.level = (self.level + passed * self.rate).min(full);
        self.at = Some(now);
        if self.level >= 1.0 {
            self.level -= 1.0;
            Ok(())
        } else {
            Err(Duration::from_secs_f64((1.0 - self.level) / self.rate))
        }
    }
}

/// The keys of a file, current.
#[derive(Debug)]
pub(super) struct Keys(Watched<Vec<Key>>);

impl Keys {
    /// Reads the file.
    pub(super) fn load(path: &Path) -> Result<Self> {
        let own = path.to_owned();
        let keys = Watched::new("keys", vec![path.to_owned()], move |before| {
            let keys = parse(&own)?;
            inherit(&keys, before.map_or(&[], Vec::as_slice));
            Ok(keys)
        })?;
        Ok(Self(keys))
    }

    /// Reads the file again if it has changed.
    pub(super) fn refresh(&self) {
        self.0.refresh();
    }

    /// Who calls, from the `authorization` header.
    pub(super) fn check(
        &self,
        header: Option<&str>,
        scope: Scope,
        now: Instant,
    ) -> std::result::Result<Arc<str>, Refusal> {
        let unknown = |message| Refusal::new(Code::Unauthenticated, "UNAUTHENTICATED", message);
        let header = header.ok_or_else(|| unknown("no authorization header"))?;
        let key = header
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, key)| key.trim())
            .ok_or_else(|| unknown("authorization is not of the form `Bearer KEY`"))?;
        let hash = sha256(key.as_bytes());
        let keys = self.0.current();
        // All keys are compared, so that the time tells nothing.
        let mut found = None;
        for known in keys.iter() {
            if bool::from(known.hash.as_bytes().ct_eq(hash.as_bytes())) {
                found = Some(known);
            }
        }
        let known = found.ok_or_else(|| unknown("the key is not known"))?;
        let allowed = match scope {
            Scope::Analyze => known.analyze,
            Scope::Admin => known.admin,
        };
        if !allowed {
            let message = "the key does not have the scope for this call";
            return Err(Refusal::new(
                Code::PermissionDenied,
                "SCOPE_MISSING",
                message,
            ));
        }
        if let Some(bucket) = &known.bucket {
            let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
            bucket.take(now).map_err(|wait| {
                let message = format!("the key may make {} requests a second", bucket.rate);
                Refusal::new(Code::ResourceExhausted, "RATE_LIMITED", message).retry(wait)
            })?;
        }
        Ok(Arc::clone(&known.name))
    }
}

/// What callers had left before the file was read again, they have left after.
fn inherit(keys: &[Key], before: &[Key]) {
    for key in keys {
        let same = before.iter().find(|other| other.hash == key.hash);
        let earlier = same.and_then(|same| same.bucket.as_ref());
        if let (Some(bucket), Some(earlier)) = (&key.bucket, earlier) {
            let earlier = earlier.lock().unwrap_or_else(PoisonError::into_inner);
            let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
            bucket.level = bucket.level.min(earlier.level);
            bucket.at = earlier.at;
        }
    }
}

fn parse(path: &Path) -> Result<Vec<Key>> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })?;
    let mut keys: Vec<Key> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let invalid = |message: String| Error::Invalid {
            field: format!("keys, line {}", number + 1),
            message,
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        let (hash, name, scopes, rate) = match *words.as_slice() {
            [hash, name, scopes] => (hash, name, scopes, None),
            [hash, name, scopes, rate] => (hash, name, scopes, Some(rate)),
            _ => {
                let message = "must be: SHA-256 of the key, name, scopes, [requests a second]";
                return Err(invalid(message.to_owned()));
            }
        };
        let hash = hash.to_ascii_lowercase();
        if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(invalid("the hash is not 64 hexadecimal digits".to_owned()));
        }
        if keys.iter().any(|key| key.hash == hash) {
            return Err(invalid("the key stands in an earlier line, too".to_owned()));
        }
        let mut key = Key {
            hash,
            name: name.into(),
            analyze: false,
            admin: false,
            bucket: None,
        };
        for scope in scopes.split(',') {
            match scope {
                "analyze" => key.analyze = true,
                "admin" => key.admin = true,
                other => return Err(invalid(format!("{other:?} is no scope"))),
            }
        }
        if let Some(rate) = rate {
            let rate = rate
                .parse::<f64>()
                .ok()
                .filter(|r| (1e-3..=1e6).contains(r));
            let rate = rate
                .ok_or_else(|| invalid("requests a second must be 0.001 to 1000000".to_owned()))?;
            key.bucket = Some(Mutex::new(Bucket {
                rate,
                level: rate.max(1.0),
                at: None,
            }));
        }
        keys.push(key);
    }
    if keys.is_empty() {
        return Err(Error::Invalid {
            field: "keys".to_owned(),
            message: "the file holds no key".to_owned(),
        });
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(name: &str, text: &str) -> Result<Keys> {
        let path = std::env::temp_dir().join(format!("stance-keys-{name}-{}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let keys = Keys::load(&path);
        std::fs::remove_file(&path).unwrap();
        keys
    }

    fn hash(key: &str) -> String {
        sha256(key.as_bytes())
    }

    #[test]
    fn keys_have_scopes_and_rates() {
        let text = format!(
            "# ours\n{} reader analyze 2\n\n{} boss analyze,admin\n",
            hash("alpha"),
            hash("omega")
        );
        let keys = keys("scopes", &text).unwrap();
        let now = Instant::now();
        let check = |header, scope| keys.check(header, scope, now).map_err(|r| r.reason);
        assert_eq!(check(None, Scope::Analyze), Err("UNAUTHENTICATED"));
        assert_eq!(check(Some("alpha"), Scope::Analyze), Err("UNAUTHENTICATED"));
        assert_eq!(
            check(Some("Bearer beta"), Scope::Analyze),
            Err("UNAUTHENTICATED")
        );
        assert_eq!(
            check(Some("Bearer alpha"), Scope::Admin),
            Err("SCOPE_MISSING")
        );
        assert_eq!(
            check(Some("bearer omega"), Scope::Admin).as_deref(),
            Ok("boss")
        );
        for _ in 0..2 {
            assert_eq!(
                check(Some("Bearer alpha"), Scope::Analyze).as_deref(),
                Ok("reader")
            );
        }
        let refused = keys
            .check(Some("Bearer alpha"), Scope::Analyze, now)
            .unwrap_err();
        assert_eq!(refused.reason, "RATE_LIMITED");
        assert_eq!(refused.retry_after, Some(Duration::from_millis(500)));
        let later = now + Duration::from_millis(600);
        assert!(
            keys.check(Some("Bearer alpha"), Scope::Analyze, later)
                .is_ok()
        );
    }

    #[test]
    fn a_reload_fills_no_bucket() {
        let path = std::env::temp_dir().join(format!("stance-keys-again-{}", std::process::id()));
        let line = format!("{} reader analyze 2\n", hash("alpha"));
        std::fs::write(&path, &line).unwrap();
        let keys = Keys::load(&path).unwrap();
        let now = Instant::now();
        let call = |at| keys.check(Some("Bearer alpha"), Scope::Analyze, at).is_ok();
        assert_eq!([call(now), call(now), call(now)], [true, true, false]);
        // Times of files are coarse; the file must be seen to have changed.
        std::fs::write(&path, format!("# more\n{line}")).unwrap();
        let hour = std::time::SystemTime::now() + Duration::from_secs(3600);
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(hour).unwrap();
        keys.refresh();
        std::fs::remove_file(&path).unwrap();
        assert!(!call(now));
        assert!(call(now + Duration::from_millis(600)));
    }

    #[test]
    fn broken_files_name_the_line() {
        let good = hash("alpha");
        for (text, expected) in [
            (String::new(), "keys: the file holds no key"),
            (
                "# nothing\nabc x analyze".to_owned(),
                "keys, line 2: the hash is not 64",
            ),
            (format!("{good} x"), "keys, line 1: must be"),
            (
                format!("{good} x read"),
                "keys, line 1: \"read\" is no scope",
            ),
            (
                format!("{good} x analyze 0"),
                "keys, line 1: requests a second",
            ),
            (format!("{good} x analyze 1 2"), "keys, line 1: must be"),
            (
                format!("{good} x analyze\n{good} y admin"),
                "keys, line 2: the key stands",
            ),
        ] {
            let error = keys("broken", &text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
