//! The contract's messages: what leaves the library as protobuf or as proto3 JSON.

mod convert;
mod merging;
pub mod messages;
mod profiles;

pub(crate) use convert::probabilities;
pub use convert::{Parts, analysis, identity, offset_encoding};
pub use merging::{MAX_EVIDENCE, MAX_PROFILES, Merging};
