//! Generates the message types: in goes `proto/stance/v1/stance.proto`, out come the Rust types
//! (`stance.v1.rs`) and their proto3-JSON form (`stance.v1.serde.rs`), both in `OUT_DIR`. The proto
//! compiler is `protox`, a library, so that building needs no `protoc` on the machine.

use std::error::Error;

const ROOT: &str = "proto";
const CONTRACT: &str = "proto/stance/v1/stance.proto";
const PACKAGE: &str = ".stance.v1";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={ROOT}");
    let descriptors = protox::compile([CONTRACT], [ROOT])?;

    let mut json = pbjson_build::Builder::new();
    for file in &descriptors.file {
        json.register_file_descriptor(file.clone());
    }
    // Zero offsets and counts are shown: a reader of JSON should not have to know the defaults.
    json.emit_fields();
    json.build(&[PACKAGE])?;

    prost_build::Config::new().compile_fds(descriptors)?;
    Ok(())
}
