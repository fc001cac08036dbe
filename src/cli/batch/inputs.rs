//! The files of an archive, and what is told of them before they are read.
//!
//! In go paths, out come the files to read; standard error hears which files are passed over, and which columns were
//! taken for what. What a reader would question: the first files are looked into for that, so that a wrong column ends
//! the run before it began, not with a million rejects.

use super::arguments::Arguments;
use anyhow::{Result, bail};
use stance::archive::{self, Columns, Field, Form, Input};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

/// Finds what to read, and says on standard error what is passed over and what was taken for what.
pub(super) fn find(arguments: &Arguments, columns: &Columns) -> Result<Vec<Input>> {
    let (mut inputs, others) =
        archive::inputs_and_others(&arguments.archive, Some(&arguments.out))?;
    if !arguments.quiet && !others.is_empty() {
        eprintln!("stance batch: {}", passed_over(&others));
    }
    for input in &mut inputs {
        if input.form == (Form::Csv { separator: b',' }) {
            input.form = Form::Csv {
                separator: arguments.delimiter,
            };
        }
    }
    if inputs.is_empty() {
        bail!("nothing to read: no file ends with {}", archive::ENDINGS);
    }
    let told = told(&inputs, columns)?;
    if !arguments.quiet {
        told.iter()
            .for_each(|line| eprintln!("stance batch: {line}"));
    }
    Ok(inputs)
}

/// Says which files of folders are not read.
fn passed_over(others: &BTreeMap<String, usize>) -> String {
    /// Endings that are named.
    const NAMED: usize = 8;
    let mut named: Vec<String> = others
        .iter()
        .take(NAMED)
        .map(|(ending, n)| match ending.as_str() {
            "" => format!("{n} without an ending"),
            ending => format!("{n} {ending}"),
        })
        .collect();
    let rest: usize = others.values().skip(NAMED).sum();
    if rest > 0 {
        named.push(format!("{rest} others"));
    }
    let all: usize = others.values().sum();
    format!(
        "files passed over for their endings, {all}: {}",
        named.join(", ")
    )
}

/// What was taken for what, from the first file of each form that tells; an error where none of some has a text.
fn told(inputs: &[Input], columns: &Columns) -> Result<Vec<String>> {
    /// Files of a form that may be wrong.
    const TRIED: usize = 8;
    let mut forms: Vec<Form> = Vec::new();
    inputs.iter().for_each(|input| {
        if !forms.contains(&input.form) {
            forms.push(input.form);
        }
    });
    let mut lines = Vec::new();
    for form in forms {
        let mut wrong = Vec::new();
        let mut found = None;
        for input in inputs.iter().filter(|input| input.form == form) {
            match told_of(input, columns) {
                Ok(None) => {}
                Ok(Some(told)) => {
                    found = Some((input, told));
                    break;
                }
                Err(message) => wrong.push(format!("{}: {message}", input.name())),
            }
            if wrong.len() == TRIED {
                break;
            }
        }
        match (found, wrong.first()) {
            (Some((input, told)), _) => {
                let columns: Vec<String> = told
                    .iter()
                    .map(|(field, column)| format!("{} from {column:?}", field.name()))
                    .collect();
                if !columns.is_empty() {
                    lines.push(format!("{}: {}", input.name(), columns.join(", ")));
                }
            }
            (None, Some(first)) => bail!("{first}"),
            // Nothing tells: what is wrong with each record is told in the rejects.
            (None, None) => {}
        }
    }
    Ok(lines)
}

/// Which column of a file holds which field; none where JSON lines have no object that would tell. An error if the file
/// cannot be read, or lacks a column.
fn told_of(input: &Input, columns: &Columns) -> Result<Option<Vec<(Field, String)>>, String> {
    /// Records of a file whose records tell, not a header.
    const RECORDS: usize = 1_000;
    let bytes = AtomicU64::new(0);
    let mut reader = archive::Reader::open(input, columns, &bytes);
    let told = reader.told()?;
    if input.form != Form::Jsonl {
        return Ok(Some(told));
    }
    let mut so_far = Ok(None);
    for _ in 0..RECORDS {
        if reader.next().is_none() {
            break;
        }
        match reader.told() {
            // No object yet, or the file broke off behind some.
            Ok(told) if told.is_empty() => {}
            Ok(told) => return Ok(Some(told)),
            Err(message) => so_far = Err(message),
        }
    }
    so_far
}
