//! Profiles -> merged profiles, exactly and in any order.
//!
//! In go profile messages, from our own analyses or from outside; out comes one for each speaker, actor
//! and period. Only counts, sums and evidence are read; score, interval and label are computed anew, so
//! a forged score has no effect. What a reader would question: where names differ for one id, the longest
//! is kept, since it cannot matter which profile came first.

use super::messages as m;
use super::profiles::{Names, Pair, profile};
use crate::error::{Error, Result};
use crate::profile::{FIXED_POINT, ProfileSums, keep_longer};
use prost::Message;
use std::collections::BTreeMap;

/// Most profiles that one merge holds.
pub const MAX_PROFILES: usize = 200_000;

/// Most pieces of evidence that a merged profile keeps.
pub const MAX_EVIDENCE: usize = 1_000;

/// Most bytes that one merge holds: names and evidence, as messages.
const MAX_BYTES: usize = 128 << 20;

/// Most instances of a profile, which keeps the sums in range.
const MAX_INSTANCES: u64 = 2_147_483_647;

/// Profiles while they are merged.
#[derive(Debug, Default)]
pub struct Merging {
    max_evidence: usize,
    max_bytes: usize,
    held: BTreeMap<Pair, Held>,
    /// Of what is held, and of what was cut since it was last counted.
    bytes: usize,
}

#[derive(Debug, Default)]
struct Held {
    names: Names,
    sums: ProfileSums,
    n_documents: u64,
    evidence: Vec<m::Evidence>,
}

impl Merging {
    /// A merge that keeps `max_evidence` pieces of evidence a profile, the surest ones.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] above [`MAX_EVIDENCE`].
    pub fn new(max_evidence: u32) -> Result<Self> {
        let max_evidence = max_evidence as usize;
        if max_evidence > MAX_EVIDENCE {
            return Err(invalid(
                "max_evidence".to_owned(),
                format!("{max_evidence}, it must be at most {MAX_EVIDENCE}"),
            ));
        }
        Ok(Self {
            max_evidence,
            max_bytes: MAX_BYTES,
            held: BTreeMap::new(),
            bytes: 0,
        })
    }

    /// Adds a profile; `at` is its number, for the error.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when sums are missing or cannot be those of the instances, when an id is empty,
    /// or beyond [`MAX_PROFILES`] or 128 MB of names and evidence. The merge is as it was then.
    pub fn add(&mut self, at: usize, added: m::StanceProfile) -> Result<()> {
        let field = |name: &str| format!("profiles[{at}].{name}");
        for (name, id) in [
            ("speaker_id", &added.speaker_id),
            ("actor_id", &added.actor_id),
        ] {
            if id.is_empty() {
                return Err(invalid(field(name), "must not be empty".to_owned()));
            }
        }
        let sums = sums(added.sums.as_ref(), &field("sums"))?;
        let words = [&added.speaker_id, &added.actor_id, &added.period];
        let names = [&added.speaker_name, &added.actor_name];
        let bytes = bytes(words.into_iter().chain(names), &added.evidence);
        let n_documents = u64::from(added.n_documents);
        if n_documents == 0 || n_documents > sums.n() {
            let message = format!("{n_documents}, it must be 1 to {} (instances)", sums.n());
            return Err(invalid(field("n_documents"), message));
        }
        let pair = Pair {
            speaker_id: added.speaker_id,
            actor_id: added.actor_id,
            period: added.period,
        };
        let before = self.held.get(&pair).map_or(0, |held| held.sums.n());
        if before + sums.n() > MAX_INSTANCES {
            let message = format!(
                "{} instances together, at most {MAX_INSTANCES} can be merged",
                before + sums.n()
            );
            return Err(invalid(field("sums"), message));
        }
        if before == 0 && self.held.len() >= MAX_PROFILES {
            let message = format!("more than {MAX_PROFILES} different profiles");
            return Err(invalid("profiles".to_owned(), message));
        }
        self.make_room(bytes)?;
        self.bytes += bytes;
        let held = self.held.entry(pair).or_default();
        keep_longer(&mut held.names.speaker, added.speaker_name);
        keep_longer(&mut held.names.actor, added.actor_name);
        held.sums.merge(&sums);
        held.n_documents += n_documents;
        held.evidence.extend(added.evidence);
        // Cut when it has doubled, not at every profile.
        if held.evidence.len() > 2 * self.max_evidence {
            keep_surest(&mut held.evidence, self.max_evidence);
        }
        Ok(())
    }

    /// Bytes of names and evidence held, or more.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Cuts evidence and counts anew where `bytes` more seem too many.
    fn make_room(&mut self, bytes: usize) -> Result<()> {
        if self.bytes + bytes <= self.max_bytes {
            return Ok(());
        }
        let counted = self.held.iter_mut().map(|(pair, held)| {
            keep_surest(&mut held.evidence, self.max_evidence);
            let words = [&pair.speaker_id, &pair.actor_id, &pair.period];
            let names = [&held.names.speaker, &held.names.actor];
            self::bytes(words.into_iter().chain(names), &held.evidence)
        });
        self.bytes = counted.sum();
        if self.bytes + bytes > self.max_bytes {
            let message = format!(
                "names and evidence of more than {} bytes; ask for less evidence a profile",
                self.max_bytes
            );
            return Err(invalid("profiles".to_owned(), message));
        }
        Ok(())
    }

    /// The merged profiles, by speaker, actor and period.
    #[must_use]
    pub fn finish(self) -> Vec<m::StanceProfile> {
        let finished = |(pair, mut held): (Pair, Held)| {
            keep_surest(&mut held.evidence, self.max_evidence);
            let n_documents = u32::try_from(held.n_documents).unwrap_or(u32::MAX);
            profile(pair, held.names, &held.sums, n_documents, held.evidence)
        };
        self.held.into_iter().map(finished).collect()
    }
}

/// Bytes that grow with what callers send: the rest of a profile is a few numbers.
fn bytes<'a>(words: impl Iterator<Item = &'a String>, evidence: &[m::Evidence]) -> usize {
    let evidence: usize = evidence.iter().map(Message::encoded_len).sum();
    words.map(String::len).sum::<usize>() + evidence
}

/// Keeps the `n` pieces whose stance is surest to be there, in an order that does not depend on theirs.
fn keep_surest(evidence: &mut Vec<m::Evidence>, n: usize) {
    let none = |e: &m::Evidence| e.probabilities.as_ref().map_or(1.0, |p| p.none);
    let target = |e: &m::Evidence| e.target_span.as_ref().map_or(0, |span| span.start);
    evidence.sort_by(|a, b| {
        none(a)
            .total_cmp(&none(b))
            .then_with(|| a.document_id.cmp(&b.document_id))
            .then_with(|| (a.sentence_index, target(a)).cmp(&(b.sentence_index, target(b))))
    });
    evidence.truncate(n);
}

/// Sums from outside, checked.
fn sums(sums: Option<&m::ProfileSums>, field: &str) -> Result<ProfileSums> {
    let sums = sums.ok_or_else(|| invalid(field.to_owned(), "missing".to_owned()))?;
    let checked = ProfileSums {
        n_favour: sums.n_favour.into(),
        n_neutral: sums.n_neutral.into(),
        n_against: sums.n_against.into(),
        favour: sums.favour,
        neutral: sums.neutral,
        against: sums.against,
    };
    let n = checked.n();
    if n == 0 || n > MAX_INSTANCES {
        let message = format!("{n} instances, they must be 1 to {MAX_INSTANCES}");
        return Err(invalid(field.to_owned(), message));
    }
    let most = n as f64 * FIXED_POINT;
    let all = [sums.favour, sums.neutral, sums.against];
    if all.iter().any(|&sum| sum < 0)
        || all.iter().map(|&sum| sum as f64).sum::<f64>() > most + n as f64
    {
        let message = format!("{all:?} are not sums of {n} probabilities in units of 2^-32");
        return Err(invalid(field.to_owned(), message));
    }
    Ok(checked)
}

fn invalid(field: String, message: String) -> Error {
    Error::Invalid { field, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stance::StanceScore;
    use proptest::prelude::*;

    fn one(speaker: usize, name: &str, favour: f64, document: usize) -> m::StanceProfile {
        let score = StanceScore {
            none: 0.1,
            favour,
            neutral: 0.9 - favour,
            against: 0.0,
        };
        let mut sums = ProfileSums::default();
        sums.add(&score);
        let pair = Pair {
            speaker_id: format!("s{speaker}"),
            actor_id: "iso.no".to_owned(),
            period: String::new(),
        };
        let names = Names {
            speaker: name.to_owned(),
            actor: "Norway".to_owned(),
        };
        let evidence = m::Evidence {
            document_id: format!("d{document}"),
            probabilities: Some(super::super::convert::probabilities(&score)),
            ..m::Evidence::default()
        };
        profile(pair, names, &sums, 1, vec![evidence])
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let mut merging = Merging::new(5).unwrap();
        let good = one(1, "Ruiz", 0.5, 1);
        type Spoil = fn(&mut m::StanceProfile);
        let cases: [(&str, Spoil); 6] = [
            ("profiles[7].speaker_id: must not be empty", |p| {
                p.speaker_id.clear()
            }),
            ("profiles[7].sums: missing", |p| p.sums = None),
            ("profiles[7].n_documents: 0, it must be 1 to 1", |p| {
                p.n_documents = 0
            }),
            ("profiles[7].n_documents: 2, it must be 1 to 1", |p| {
                p.n_documents = 2
            }),
            ("profiles[7].sums: [-1, ", |p| {
                p.sums.as_mut().unwrap().favour = -1
            }),
            ("profiles[7].sums: [9223372036854775807, ", |p| {
                p.sums.as_mut().unwrap().favour = i64::MAX
            }),
        ];
        for (expected, spoil) in cases {
            let mut bad = good.clone();
            spoil(&mut bad);
            let error = merging.add(7, bad).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        assert!(merging.finish().is_empty());
        assert!(Merging::new(1_001).is_err());
    }

    #[test]
    fn bytes_are_bounded_by_what_is_kept() {
        let mut merging = Merging::new(2).unwrap();
        let profile = one(1, "Ruiz", 0.5, 100);
        merging.max_bytes = 4 * profile.evidence[0].encoded_len() + 100;
        // Many pieces of evidence of one profile: all but two are cut.
        for document in 100..200 {
            merging.add(0, one(1, "Ruiz", 0.5, document)).unwrap();
        }
        // Many profiles: each keeps its own.
        let added = (2..20).map(|speaker| merging.add(0, one(speaker, "Ruiz", 0.5, 1)));
        let error = added.filter_map(Result::err).next().unwrap().to_string();
        assert!(error.contains("names and evidence of more than"), "{error}");
        let finished = merging.finish();
        assert_eq!(finished[0].evidence.len(), 2);
        assert!((2..6).contains(&finished.len()), "{}", finished.len());
    }

    proptest! {
        /// Any order and any grouping of the same profiles gives the same message.
        #[test]
        fn merging_is_exact_and_order_free(
            parts in prop::collection::vec((0usize..3, 0.0..0.9f64), 1..30),
            cut in 0usize..30
        ) {
            let all: Vec<_> = parts.iter().enumerate()
                .map(|(i, &(s, f))| one(s, ["Ruiz", "Ana Ruiz"][i % 2], f, i)).collect();
            let merged = |profiles: Vec<m::StanceProfile>| {
                let mut merging = Merging::new(4).unwrap();
                for (i, profile) in profiles.into_iter().enumerate() {
                    merging.add(i, profile).unwrap();
                }
                merging.finish()
            };
            let whole = merged(all.clone());
            let (left, right) = all.split_at(cut.min(all.len()));
            let mut halves = merged(right.to_vec());
            halves.extend(merged(left.to_vec()));
            prop_assert_eq!(&merged(halves), &whole);
            prop_assert!(whole.iter().all(|p| p.evidence.len() <= 4));
        }
    }
}
