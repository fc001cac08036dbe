//! The passes over the tables of a run.
//!
//! In goes its folder; out come the speakers of most instances and their pairs, from `profiles`, then their months and
//! evidence, from `stances`, and what was rejected. What a reader would question: a pass over all profiles finds only
//! who may be shown, and the next reads them again for the pairs, since those of everybody need not fit into memory.

use super::columns::{Columns, at, each, within};
use super::{Evidence, Pair, Report, Speaker};
use crate::archive::Format;
use crate::archive::profiles::{profile_schema, profiles_of};
use crate::archive::{rejects, stances};
use crate::error::Result;
use crate::profile::{Period, keep_longer, period_of};
use crate::stance::StanceScore;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Pieces of evidence of a pair.
const EVIDENCE: usize = 3;

/// Rejects that are listed.
const REJECTS: usize = 50;

/// The ids of the speakers of most instances. Profiles are sorted by speaker, so one count is held and the best.
pub(super) fn most_spoken(folder: &Path, format: Format, most: usize) -> Result<BTreeSet<String>> {
    let mut best: BTreeSet<(u64, String)> = BTreeSet::new();
    let mut open = (0, String::new());
    let mut close = |open: (u64, String)| {
        best.insert(open);
        if best.len() > most {
            best.pop_first();
        }
    };
    each(
        folder,
        "profiles",
        format,
        &profile_schema(),
        &mut |batch| {
            for profile in profiles_of(batch)? {
                if profile.pair.speaker_id != open.1 {
                    close(std::mem::replace(&mut open, (0, profile.pair.speaker_id)));
                }
                open.0 += profile.sums.n();
            }
            Ok(())
        },
    )?;
    close(open);
    Ok(best
        .into_iter()
        .filter(|&(n, _)| n > 0)
        .map(|(_, id)| id)
        .collect())
}

/// The speakers of these ids and their pairs, over all periods.
pub(super) fn pairs_of(
    folder: &Path,
    format: Format,
    ids: &BTreeSet<String>,
) -> Result<BTreeMap<String, Speaker>> {
    let mut speakers: BTreeMap<String, Speaker> = BTreeMap::new();
    each(
        folder,
        "profiles",
        format,
        &profile_schema(),
        &mut |batch| {
            for profile in profiles_of(batch)? {
                if !ids.contains(&profile.pair.speaker_id) {
                    continue;
                }
                let speaker = speakers.entry(profile.pair.speaker_id.clone()).or_default();
                speaker.id = profile.pair.speaker_id;
                keep_longer(&mut speaker.name, profile.speaker_name);
                let last = speaker.pairs.last_mut();
                let pair = match last.filter(|pair| pair.actor_id == profile.pair.actor_id) {
                    Some(pair) => pair,
                    None => {
                        speaker.pairs.push(Pair::default());
                        let Some(pair) = speaker.pairs.last_mut() else {
                            continue;
                        };
                        pair.actor_id = profile.pair.actor_id;
                        pair
                    }
                };
                keep_longer(&mut pair.actor_name, profile.actor_name);
                pair.n_documents += profile.n_documents;
                pair.sums.merge(&profile.sums);
            }
            Ok(())
        },
    )?;
    Ok(speakers)
}

/// Reads kinds, months and evidence of the speakers, and what there is of rows.
pub(super) fn read_stances(
    folder: &Path,
    format: Format,
    speakers: &mut BTreeMap<String, Speaker>,
    report: &mut Report,
) -> Result<()> {
    let mut kinds: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut last_document = String::new();
    let mut places: BTreeMap<(String, String), (String, usize)> = BTreeMap::new();
    for (id, speaker) in speakers.iter() {
        for (number, pair) in speaker.pairs.iter().enumerate() {
            let key = (id.clone(), pair.actor_id.clone());
            places.insert(key, (id.clone(), number));
        }
    }
    each(
        folder,
        "stances",
        format,
        &stances::schema(),
        &mut |batch| {
            let columns = Columns(batch);
            let documents = columns.text("document_id")?;
            let [
                dates,
                texts,
                hashes,
                speaker_ids,
                speaker_kinds,
                actor_ids,
                holder_kinds,
            ] = [
                "date",
                "sentence_text",
                "sentence_hash",
                "speaker_id",
                "speaker_kind",
                "actor_id",
                "holder_kind",
            ]
            .map(|name| columns.text(name));
            let (dates, texts, hashes) = (dates?, texts?, hashes?);
            let (speaker_ids, speaker_kinds) = (speaker_ids?, speaker_kinds?);
            let (actor_ids, holder_kinds) = (actor_ids?, holder_kinds?);
            let [sentence, target_start, target_end, holder_start, holder_end] = [
                "sentence_start",
                "target_start",
                "target_end",
                "holder_start",
                "holder_end",
            ]
            .map(|name| columns.count(name));
            let (sentence, target_start, target_end) = (sentence?, target_start?, target_end?);
            let (holder_start, holder_end) = (holder_start?, holder_end?);
            let [none, favour, neutral, against] =
                ["p_none", "p_favour", "p_neutral", "p_against"].map(|name| columns.number(name));
            let (none, favour, neutral, against) = (none?, favour?, neutral?, against?);
            let counted = columns.flag("counted")?;
            for row in 0..batch.num_rows() {
                if documents.value(row) != last_document {
                    documents.value(row).clone_into(&mut last_document);
                    report.n_with_rows += 1;
                }
                let kind = holder_kinds.value(row).to_owned();
                let kind = report.kinds.entry(kind).or_default();
                kind[0] += 1;
                kind[1] += u64::from(counted.value(row));
                let Some(speaker_id) = at(speaker_ids, row).filter(|_| counted.value(row)) else {
                    continue;
                };
                let key = (speaker_id.to_owned(), actor_ids.value(row).to_owned());
                let Some((speaker, number)) = places.get(&key) else {
                    continue;
                };
                if let Some(kind) = at(speaker_kinds, row) {
                    *kinds.entry((speaker.clone(), kind.to_owned())).or_default() += 1;
                }
                let pairs = speakers.get_mut(speaker).map(|speaker| &mut speaker.pairs);
                let Some(pair) = pairs.and_then(|pairs| pairs.get_mut(*number)) else {
                    continue;
                };
                let score = StanceScore {
                    none: none.value(row),
                    favour: favour.value(row),
                    neutral: neutral.value(row),
                    against: against.value(row),
                };
                let date = at(dates, row);
                if let Some(month) = date.and_then(|date| period_of(date, Period::Month)) {
                    pair.months.entry(month).or_default().add(&score);
                }
                keep_surest(
                    &mut pair.evidence,
                    Evidence {
                        document_id: documents.value(row).to_owned(),
                        date: date.map(str::to_owned),
                        text: at(texts, row).map(str::to_owned),
                        target: within(sentence, target_start, target_end, row).unwrap_or_default(),
                        holder: within(sentence, holder_start, holder_end, row),
                        score,
                        hash: hashes.value(row).to_owned(),
                    },
                );
            }
            Ok(())
        },
    )?;
    let mut most: BTreeMap<&str, u64> = BTreeMap::new();
    for ((speaker, kind), n) in &kinds {
        if *n > most.get(speaker.as_str()).copied().unwrap_or(0) {
            most.insert(speaker, *n);
            if let Some(speaker) = speakers.get_mut(speaker) {
                speaker.kind.clone_from(kind);
            }
        }
    }
    Ok(())
}

/// Keeps the surest sentences, each once: polar ones that are likely there come first.
fn keep_surest(evidence: &mut Vec<Evidence>, one: Evidence) {
    if evidence.iter().any(|other| other.hash == one.hash) {
        return;
    }
    evidence.push(one);
    let sure = |e: &Evidence| (e.score.favour - e.score.against).abs();
    evidence.sort_by(|a, b| sure(b).total_cmp(&sure(a)));
    evidence.truncate(EVIDENCE);
}

pub(super) fn read_rejects(folder: &Path, format: Format, report: &mut Report) -> Result<()> {
    each(
        folder,
        "rejects",
        format,
        &rejects::schema(),
        &mut |batch| {
            let columns = Columns(batch);
            let [documents, inputs, reasons] =
                ["document_id", "input", "reason"].map(|name| columns.text(name));
            let (documents, inputs, reasons) = (documents?, inputs?, reasons?);
            for row in 0..batch.num_rows() {
                let reason = reasons.value(row);
                // "text is 5000000 bytes" and "text is 6000000 bytes" are one reason.
                let kind: String = reason
                    .split(' ')
                    .map(|word| {
                        if word.contains(|c: char| c.is_ascii_digit() || c == '"') {
                            "\u{2026}"
                        } else {
                            word
                        }
                    })
                    .collect::<Vec<_>>()
                    .join(" ");
                *report.reasons.entry(kind).or_default() += 1;
                if report.rejects.len() < REJECTS {
                    let all = [documents.value(row), inputs.value(row), reason];
                    report.rejects.push(all.map(str::to_owned));
                }
            }
            Ok(())
        },
    )
}
