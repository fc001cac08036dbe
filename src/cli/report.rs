//! `stance report`: the folder of a batch run in, one page of HTML out.

use anyhow::{Context, Result};
use stance::archive;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder of a finished `stance batch`.
    folder: PathBuf,
    /// File to write; `report.html` in the folder if not given.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Speakers that are shown, those of most sentences, 1 to 500.
    #[arg(long, default_value_t = 20, value_parser = super::within(1_usize, 500))]
    speakers: usize,
    /// Actors of the heat map, 1 to 200.
    #[arg(long, default_value_t = 20, value_parser = super::within(1_usize, 200))]
    actors: usize,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let report = archive::report(&arguments.folder, arguments.speakers, arguments.actors)?;
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => arguments.folder.join("report.html"),
    };
    std::fs::write(&out, archive::page(&report))
        .with_context(|| format!("cannot write {}", out.display()))?;
    eprintln!(
        "stance report: {} speakers: {}",
        report.speakers.len(),
        out.display()
    );
    Ok(())
}
