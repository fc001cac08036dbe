//! The contract's messages: what leaves the library as protobuf or as proto3 JSON.

mod convert;
pub mod messages;

pub use convert::analysis;
