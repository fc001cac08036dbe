//! Profiles of one analysis -> messages; and what every profile message is computed from its sums.

use super::convert::{Writer, probabilities, small};
use super::messages as m;
use crate::profile::{LEVEL, ProfileSums, StanceProfile, Verdict};

/// Whose stance toward whom, and when: what tells profiles apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    pub(super) speaker_id: String,
    pub(super) actor_id: String,
    pub(super) period: String,
}

/// The names of a pair.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) speaker: String,
    pub(super) actor: String,
}

/// A profile's message: everything but names and evidence follows from the sums.
pub(super) fn profile(
    pair: Pair,
    names: Names,
    sums: &ProfileSums,
    n_documents: u32,
    evidence: Vec<m::Evidence>,
) -> m::StanceProfile {
    let (low, high) = sums.interval();
    let [favour, neutral, against] = sums.shares();
    m::StanceProfile {
        speaker_id: pair.speaker_id,
        speaker_name: names.speaker,
        actor_id: pair.actor_id,
        actor_name: names.actor,
        period: pair.period,
        n_instances: small(sums.n()),
        n_documents,
        score: Some(sums.score()),
        interval: Some(m::ScoreInterval {
            low,
            high,
            level: LEVEL,
        }),
        shares: Some(m::StanceShares {
            favour,
            neutral,
            against,
        }),
        stance: match sums.verdict() {
            Verdict::Favour => m::Stance::Favour,
            Verdict::Neutral => m::Stance::Neutral,
            Verdict::Against => m::Stance::Against,
            Verdict::Mixed => m::Stance::Mixed,
            Verdict::Insufficient => m::Stance::Insufficient,
        } as i32,
        sums: Some(m::ProfileSums {
            n_favour: small(sums.n_favour),
            n_neutral: small(sums.n_neutral),
            n_against: small(sums.n_against),
            favour: sums.favour,
            neutral: sums.neutral,
            against: sums.against,
        }),
        evidence,
    }
}

/// The profiles of an analysis.
pub(super) fn profiles(writer: &Writer<'_>) -> Vec<m::StanceProfile> {
    let analysis = writer.analysis;
    let message = |p: &StanceProfile| {
        let pair = Pair {
            speaker_id: writer.speaker_id(p.speaker),
            actor_id: writer.actor_id(p.actor),
            period: String::new(),
        };
        let names = Names {
            speaker: analysis.speakers[p.speaker].name.clone(),
            actor: analysis.actors[p.actor].name.clone(),
        };
        let evidence = if writer.parts.evidence {
            evidence(writer, p)
        } else {
            Vec::new()
        };
        profile(pair, names, &p.sums, 1, evidence)
    };
    analysis.profiles.iter().map(message).collect()
}

fn evidence(writer: &Writer<'_>, profile: &StanceProfile) -> Vec<m::Evidence> {
    let analysis = writer.analysis;
    let message = |e: &crate::profile::Evidence| m::Evidence {
        document_id: analysis.document_id.clone(),
        sentence_index: small(e.sentence as u64),
        sentence_span: Some(writer.bare(analysis.sentences[e.sentence])),
        target_span: Some(writer.span(e.target)),
        holder_span: e.holder.map(|s| writer.span(s)),
        sentence_text: writer
            .document
            .slice(analysis.sentences[e.sentence])
            .to_owned(),
        probabilities: Some(probabilities(&e.score)),
        score: Some(e.score.score()),
    };
    profile.evidence.iter().map(message).collect()
}
