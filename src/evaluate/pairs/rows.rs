//! Labelled rows to pairs.
//!
//! In go rows, each a mention of an actor and how one holder stands toward it, out come the
//! [`GoldPair`]s of the whole document. Where no side has four fifths of the weight, or there is
//! hardly any, the pair is mixed and optional rather than of the heavier side: an annotator of the
//! whole document might call it either, so a system is neither rewarded nor punished for it.

use std::collections::BTreeMap;

use super::{GoldPair, Names, PairStance, Titles};

/// A labelled row: one actor mention and how one holder stands toward it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Id of the holder in the document's speakers; `AUTHOR` is the narrator.
    pub holder: String,
    /// Id of the actor in the document's actors.
    pub actor: String,
    /// Favour, neutral or against; mixed is not a label of rows and would weigh as neutral.
    pub label: PairStance,
    /// How sure the annotator is, 1..=3; values outside are clamped.
    pub confidence: u8,
}

/// Pairs of a whole document from its rows, in the order of their ids.
///
/// Polar rows of a holder and an actor weigh half their confidence. Without one the pair is neutral;
/// with a weight of at least 1, four fifths or more of it on one side, it is that side; else it is
/// mixed and optional. Left out are rows of `AUTHOR`, rows whose holder or actor is not in its
/// table, and a neutral pair of someone with themselves.
pub fn pairs_from_rows(
    rows: &[Row],
    speakers: &BTreeMap<String, Vec<String>>,
    actors: &BTreeMap<String, Vec<String>>,
    titles: &Titles,
) -> Vec<GoldPair> {
    // In half units, so that the sums and the comparison with 4/5 are exact: (favour, against).
    let mut weights: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.holder != "AUTHOR") {
        let (favour, against) = weights.entry((&row.holder, &row.actor)).or_default();
        let half_units = u64::from(row.confidence.clamp(1, 3));
        match row.label {
            PairStance::Favour => *favour += half_units,
            PairStance::Against => *against += half_units,
            PairStance::Neutral | PairStance::Mixed => {}
        }
    }
    let pair = |((holder, actor), (favour, against)): ((&str, &str), (u64, u64))| {
        let (speaker, actor) = (speakers.get(holder)?, actors.get(actor)?);
        let (weight, larger) = (favour + against, favour.max(against));
        let (stance, strict) = if weight == 0 {
            (PairStance::Neutral, true)
        } else if weight < 2 || 5 * larger < 4 * weight {
            (PairStance::Mixed, false)
        } else {
            (
                if favour > against {
                    PairStance::Favour
                } else {
                    PairStance::Against
                },
                true,
            )
        };
        let with_itself = Names::new(speaker, titles).matches(&Names::new(actor, titles));
        let kept = stance != PairStance::Neutral || !with_itself;
        kept.then(|| GoldPair {
            speaker: speaker.clone(),
            actor: actor.clone(),
            stances: vec![stance],
            strict,
        })
    };
    weights.into_iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::forms;
    use super::PairStance::{Against, Favour, Mixed, Neutral};
    use super::*;

    #[test]
    fn rows_become_pairs() {
        let row = |holder: &str, actor: &str, label, confidence| Row {
            holder: holder.to_owned(),
            actor: actor.to_owned(),
            label,
            confidence,
        };
        let names = |entries: &[(&str, &str)]| {
            entries
                .iter()
                .map(|&(id, names)| (id.to_owned(), forms(names)))
                .collect::<BTreeMap<_, _>>()
        };
        let speakers = names(&[("S1", "the Mayor|Vank"), ("AUTHOR", "narrator")]);
        let actors = names(&[("A1", "Oru"), ("A2", "Mayor")]);
        let stance = |rows: &[(PairStance, u8)]| {
            let rows: Vec<Row> = rows
                .iter()
                .map(|&(label, confidence)| row("S1", "A1", label, confidence))
                .collect();
            let pairs = pairs_from_rows(&rows, &speakers, &actors, &Titles::default());
            assert_eq!((pairs.len(), &pairs[0].actor), (1, &forms("Oru")));
            (pairs[0].stances.clone(), pairs[0].strict)
        };
        type Labels<'a> = &'a [(PairStance, u8)];
        let cases: [(Labels, PairStance, bool); 8] = [
            (&[(Neutral, 3), (Neutral, 1)], Neutral, true),
            (&[(Favour, 2), (Neutral, 3), (Neutral, 3)], Favour, true),
            (&[(Favour, 1)], Mixed, false),               // weight 0.5
            (&[(Favour, 1), (Favour, 1)], Favour, true),  // weight 1
            (&[(Favour, 1), (Against, 1)], Mixed, false), // half and half
            (&[(Against, 2), (Against, 2), (Favour, 1)], Against, true), // 2 of 2.5: four fifths
            (&[(Against, 3), (Favour, 1)], Mixed, false), // 1.5 of 2
            (&[(Against, 9), (Favour, 1)], Mixed, false), // clamped to the case above
        ];
        for (rows, expected, strict) in cases {
            assert_eq!(stance(rows), (vec![expected], strict), "{rows:?}");
        }

        let rows = [
            row("S1", "A2", Neutral, 3),
            row("AUTHOR", "A1", Against, 3),
            row("S1", "A9", Against, 3),
            row("S9", "A1", Against, 3),
        ];
        assert_eq!(
            pairs_from_rows(&rows, &speakers, &actors, &Titles::default()),
            []
        );
        let proud = [row("S1", "A2", Favour, 2)];
        assert_eq!(
            pairs_from_rows(&proud, &speakers, &actors, &Titles::default()).len(),
            1
        );
    }
}
