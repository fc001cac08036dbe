//! Integration tests: the built-in model, the command line, and hostile texts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod archive;
mod cli;
mod encoder;
mod pipeline;
mod readings;
mod seeds;
mod server;
mod speakers;
