//! Generates the messages and the service: in goes `proto/stance/v1/`, out come the Rust types with the
//! service's server and client (`stance.v1.rs`), the messages' proto3-JSON form (`stance.v1.serde.rs`)
//! and the descriptors that reflection serves (`descriptors.bin`), all in `OUT_DIR`. The proto compiler
//! is `protox`, a library, so that building needs no `protoc` on the machine.

use prost::Message;
use std::error::Error;
use std::path::PathBuf;

const ROOT: &str = "proto";
const CONTRACT: [&str; 2] = [
    "proto/stance/v1/stance.proto",
    "proto/stance/v1/stance_service.proto",
];
const PACKAGE: &str = ".stance.v1";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={ROOT}");
    let descriptors = protox::compile(CONTRACT, [ROOT])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;

    let mut json = pbjson_build::Builder::new();
    for file in &descriptors.file {
        json.register_file_descriptor(file.clone());
    }
    // Zero offsets and counts are shown: a reader of JSON should not have to know the defaults.
    json.emit_fields();
    json.build(&[PACKAGE])?;

    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
