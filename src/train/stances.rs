//! Rows of features -> stance heads: in go the rows to fit on and held-out ones, out comes one fitted and calibrated
//! [`StanceHead`] for each [`Head`].
//!
//! What a reader would question: a head whose rows show but one stance is not fitted, since it would answer nothing else.

use super::{Progress, StanceRow, TrainParams, no_base};
use crate::error::Result;
use crate::linear::{FitParams, Linear};
use crate::model::{DataUse, Heads};
use crate::stance::{Calibration, Head, N_CLASSES, NONE, StanceHead, calibrate};
use ndarray::Array2;
use std::collections::{BTreeMap, BTreeSet};

/// Fits every head that its rows teach, and takes the others from `base`; `held_out` rows calibrate them.
pub(super) fn fit(
    base: Option<&Heads>,
    mut rows: BTreeMap<Head, Vec<StanceRow>>,
    held_out: &BTreeMap<Head, Vec<StanceRow>>,
    params: &TrainParams,
    uses: &mut Vec<DataUse>,
    progress: &mut Progress<'_>,
) -> Result<BTreeMap<Head, StanceHead>> {
    let mut stances = BTreeMap::new();
    for (done, head) in Head::ALL.into_iter().enumerate() {
        progress("fitting stance heads", done, Head::ALL.len());
        let own = base.and_then(|heads| heads.stances.get(&head));
        let stance = match rows.remove(&head).filter(|rows| teach(rows)) {
            Some(rows) => {
                uses.push(DataUse {
                    corpus: "rows of the training corpora".to_owned(),
                    used_for: format!("stance head {}", head.name()),
                    n: rows.len(),
                });
                fit_stance(
                    head,
                    rows,
                    held_out.get(&head).map_or(&[], Vec::as_slice),
                    own.map(StanceHead::calibration).unwrap_or_default(),
                    params,
                )?
            }
            None => own.cloned().ok_or_else(|| no_base(head.name()))?,
        };
        stances.insert(head, stance);
    }
    progress("fitting stance heads", Head::ALL.len(), Head::ALL.len());
    Ok(stances)
}

/// Whether rows show at least two stances: a head that saw none but one class answers nothing else.
fn teach(rows: &[StanceRow]) -> bool {
    let stances: BTreeSet<usize> = rows.iter().map(|row| row.class).collect();
    stances.iter().filter(|&&class| class != NONE).count() >= 2
}

fn fit_stance(
    head: Head,
    rows: Vec<StanceRow>,
    held_out: &[StanceRow],
    base: Calibration,
    params: &TrainParams,
) -> Result<StanceHead> {
    let n_features = rows.first().map_or(0, |row| row.features.len());
    let y: Vec<usize> = rows.iter().map(|row| row.class).collect();
    let mut x = Array2::zeros((rows.len(), n_features));
    for (mut to, row) in x.rows_mut().into_iter().zip(&rows) {
        for (to, &value) in to.iter_mut().zip(&row.features) {
            *to = f64::from(value);
        }
    }
    drop(rows);
    let fit = FitParams {
        penalty: if head == Head::Sentence {
            params.sentence_penalty
        } else {
            params.stance_penalty
        },
        ..FitParams::default()
    };
    let linear = Linear::fit(head.name(), x, &y, N_CLASSES, fit)?;
    let head = StanceHead::new(linear, base)?;
    let checked = held_out.iter();
    let checked: Vec<_> = checked
        .map(|row| (head.logits(&row.features), row.class))
        .collect();
    Ok(head.with_calibration(calibrate(&checked, base)))
}
