//! Who speaks, about whom, and how: text in, stance profiles per speaker out.
//!
//! The modules stand in reading order; each uses only those above it, but for `train` and `evaluate`, which use each other.
//!
//! ```text
//! Document -> sentences -> windows -> word vectors -+-> tags -> attributions -> speakers
//!                                                   +-> tags -> mentions -> actors
//!             instance (holder x target x sentence) <-+
//!             instance -> features -> linear head -> StanceScore -> pairs -> StanceProfile
//! ```
//!
//! [`scorer::Scorer`] is the way in: load a [`model::Model`] once, then analyse
//! [`document::Document`]s.

pub mod error;

pub mod document;

pub mod segment;

pub mod linear;

pub mod encoder;

pub mod tagging;

pub mod attribution;

pub mod actors;

pub mod stance;

pub mod instance;

pub mod profile;

pub mod reading;

pub mod analysis;

pub mod pairs;

pub mod model;

pub mod scorer;

pub mod corpus;

pub mod train;

pub mod evaluate;

pub mod archive;

pub mod wire;

pub mod server;
