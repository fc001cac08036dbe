//! The labelled texts of a training: which files are fitted on, and which are held out to calibrate on.
//!
//! In go folders and files, out come two [`Corpora`]. What a reader would question: a text that is held out is dropped
//! from what is fitted on even if its sentences come under another id. Corpora share texts.

use super::Arguments;
use anyhow::{Result, bail};
use stance::corpus::{HeldOut, read_attributions, read_directed, read_rows, read_targets};
use stance::train::Corpora;
use std::path::{Path, PathBuf};

/// What to fit on and what to calibrate on.
pub(super) fn corpora(arguments: &Arguments) -> Result<(Corpora, Corpora)> {
    let (mut fit, mut held_out) = (Corpora::default(), Corpora::default());
    if let Some(data) = &arguments.data {
        let have = |path: &str| Some(data.join(path)).filter(|path| path.exists());
        for name in ["holder-stance", "speeches"] {
            extend(
                &mut fit.rows,
                have(&format!("{name}/train.jsonl")),
                read_rows,
            )?;
            extend(
                &mut held_out.rows,
                have(&format!("{name}/dev.jsonl")),
                read_rows,
            )?;
        }
        extend(&mut fit.targets, have("newsmtsc/train.jsonl"), read_targets)?;
        for name in ["dev_rw", "dev_mt"] {
            extend(
                &mut held_out.targets,
                have(&format!("newsmtsc/{name}.jsonl")),
                read_targets,
            )?;
        }
        extend(&mut fit.directed, have("dse/train.txt"), read_directed)?;
        extend(&mut held_out.directed, have("dse/valid.txt"), read_directed)?;
        extend(
            &mut fit.attributions,
            have("polnear/train.jsonl.gz"),
            read_attributions,
        )?;
    }
    if let Some(seeds) = &arguments.seeds {
        let have = |path: &str| Some(seeds.join(path)).filter(|path| path.exists());
        for name in ["train", "news", "statements", "voices"] {
            extend(
                &mut fit.rows,
                have(&format!("sentences/{name}.jsonl")),
                read_rows,
            )?;
        }
        if arguments.data.is_none() {
            extend(
                &mut fit.rows,
                have("corpus/speeches-train.jsonl"),
                read_rows,
            )?;
            extend(
                &mut held_out.rows,
                have("corpus/speeches-dev.jsonl"),
                read_rows,
            )?;
        }
    }
    for path in &arguments.rows {
        fit.rows.extend(read_rows(path)?);
    }
    for path in &arguments.targets {
        fit.targets.extend(read_targets(path)?);
    }
    for path in &arguments.attributions {
        fit.attributions.extend(read_attributions(path)?);
    }
    for path in &arguments.check_rows {
        held_out.rows.extend(read_rows(path)?);
    }
    // Texts whose rows are held out are not fitted on, and lend nothing to the taggers either.
    let kept = HeldOut::new(&held_out.rows);
    let n = fit.rows.len();
    fit.rows
        .retain(|text| !kept.holds(&text.id, text.sentences.iter().map(String::as_str)));
    if fit.rows.len() < n {
        let dropped = n - fit.rows.len();
        eprintln!(
            "{dropped} texts are not fitted on: held-out rows have their ids or their sentences"
        );
    }
    let n = fit.attributions.len();
    fit.attributions.retain(|text| {
        let whole = text.document.text();
        let sentences = text.sentences.iter().filter_map(|&(a, b)| whole.get(a..b));
        !kept.holds(text.document.id(), sentences)
    });
    if fit.attributions.len() < n {
        let dropped = n - fit.attributions.len();
        eprintln!("{dropped} texts with attributions are not fitted on, either");
    }
    if fit.rows.is_empty()
        && fit.targets.is_empty()
        && fit.directed.is_empty()
        && fit.attributions.is_empty()
    {
        bail!("no labelled texts: give --data, --seeds, --rows, --targets or --attributions");
    }
    Ok((fit, held_out))
}

fn extend<T>(
    into: &mut Vec<T>,
    path: Option<PathBuf>,
    read: impl Fn(&Path) -> stance::error::Result<Vec<T>>,
) -> Result<()> {
    if let Some(path) = path {
        into.extend(read(&path)?);
    }
    Ok(())
}
