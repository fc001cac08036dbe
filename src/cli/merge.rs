//! `stance merge`: profiles of several runs in, one table of profiles out.

use super::batch::TableFormat;
use anyhow::{Result, bail};
use stance::archive;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folders of `stance batch`, or files and folders of their `profiles`: .parquet, .jsonl or .csv.
    #[arg(required = true)]
    profiles: Vec<PathBuf>,
    /// Folder to write the merged profiles to; made if missing, and empty.
    #[arg(long)]
    out: PathBuf,
    /// Form of the table.
    #[arg(long, value_enum, default_value = "parquet")]
    format: TableFormat,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let mut runs = Vec::new();
    for path in &arguments.profiles {
        let within = path.join("profiles");
        let path = if within.is_dir() { &within } else { path };
        let found = archive::profile_files(path)?;
        if found.is_empty() {
            bail!("{} holds no profiles", path.display());
        }
        runs.push(found);
    }
    let n = archive::merge(&runs, &arguments.out, arguments.format.into())?;
    eprintln!(
        "stance merge: {n} profiles of {} runs: {}",
        runs.len(),
        arguments.out.display()
    );
    Ok(())
}
