//! The command line: one file a subcommand, and the exit codes.
//!
//! Nothing below sees a flag. An error that ends a command is printed once, with its causes; a
//! rejected input is printed where it happens and counted.

mod batch;
mod evaluate;
mod hints;
mod merge;
mod render;
mod report;
mod score;
mod serve;
mod settings;
mod train;
mod watching;

use anyhow::Result;
use clap::{Parser, Subcommand};
use stance::archive::MAX_FIELD_BYTES;
use stance::encoder::Worker;
use std::fmt::Display;
use std::process::ExitCode;
use std::str::FromStr;

/// Who speaks, about whom, and how: stance profiles per speaker from text.
#[derive(Debug, Parser)]
#[command(name = "stance", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Colour and bold type in terminals; `auto` also heeds NO_COLOR and CLICOLOR_FORCE.
    #[arg(long, global = true, value_enum, default_value = "auto")]
    color: Color,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Score texts: who stands how toward whom.
    Score(score::Arguments),
    /// Score archives of any size: files and folders in, tables of stances and profiles out.
    Batch(Box<batch::Arguments>),
    /// Merge the profiles of several batch runs.
    Merge(merge::Arguments),
    /// Make a page of a batch run: who stands how toward whom, with evidence and over time.
    Report(report::Arguments),
    /// Serve over gRPC.
    Serve(Box<serve::Arguments>),
    /// Fit the linear heads on labelled texts, with a frozen encoder.
    Train(train::Arguments),
    /// Measure a model on labelled texts.
    Evaluate(evaluate::Arguments),
}

/// Inputs that were turned away.
const REJECTED: u8 = 3;

/// The most threads of a command.
const MAX_THREADS: usize = 256;

pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let result = match arguments.command {
        Command::Score(arguments) => score::run(&arguments),
        Command::Batch(arguments) => batch::run(&arguments),
        Command::Merge(arguments) => merge::run(&arguments).map(|()| 0),
        Command::Report(arguments) => report::run(&arguments).map(|()| 0),
        Command::Serve(arguments) => serve::run(*arguments).map(|()| 0),
        Command::Train(arguments) => train::run(&arguments).map(|()| 0),
        Command::Evaluate(arguments) => evaluate::run(&arguments).map(|()| 0),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("stance: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether a reader of our output went away, as `head` does; that is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// Threads to use when the caller does not say.
fn default_threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.min(MAX_THREADS)
}

/// One encoder worker a thread.
fn workers(threads: Option<usize>) -> Vec<Worker> {
    let n = threads.unwrap_or_else(default_threads);
    (0..n).map(|_| Worker::new()).collect()
}

/// Parses a flag's number from `least` to `most`; clap names the flag and the value in its errors.
fn within<T>(
    least: T,
    most: T,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: FromStr<Err: Display> + PartialOrd + Display + Copy + Send + Sync + 'static,
{
    move |text: &str| {
        let value = text.parse::<T>().map_err(|error| error.to_string())?;
        if (least..=most).contains(&value) {
            Ok(value)
        } else {
            Err(format!("it must be {least} to {most}"))
        }
    }
}

/// Parses the name that --speaker gives, without the white space around it.
fn speaker(given: &str) -> Result<String, String> {
    let name = given.trim();
    if name.is_empty() {
        return Err("it must be a name".to_owned());
    }
    if name.len() > MAX_FIELD_BYTES {
        let size = name.len();
        return Err(format!(
            "it is {size} bytes, the limit is {MAX_FIELD_BYTES}"
        ));
    }
    Ok(name.to_owned())
}

/// Waits for Ctrl-C or SIGTERM.
#[cfg(unix)]
async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
async fn interrupted() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
