//! What a caller wants of an exchange: the path or the JSON of a descriptor in, a checked [`Command`] out.
//!
//! What a reader would question: a key that is none is refused, not passed over. Whoever misspells `min_confidence`
//! would otherwise get rows that were not asked for.

use crate::actors::registry::ActorSpec;
use crate::archive::{Field, profile_schema, stance_schema};
use crate::profile::Period;
use crate::server::refusal::Refusal;
use arrow::datatypes::SchemaRef;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The longest command: ten thousand actors with their aliases.
const MAX_COMMAND_BYTES: usize = 4 << 20;

/// A table that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::server) enum Table {
    Stances,
    Profiles,
}

impl Table {
    pub(in crate::server) const ALL: [Self; 2] = [Self::Stances, Self::Profiles];

    pub(in crate::server) fn name(self) -> &'static str {
        match self {
            Self::Stances => "stances",
            Self::Profiles => "profiles",
        }
    }

    pub(in crate::server) fn named(name: &str) -> Result<Self, Refusal> {
        let found = Self::ALL.into_iter().find(|table| table.name() == name);
        found.ok_or_else(|| {
            let message = format!("{name:?} is no table, there are stances and profiles");
            Refusal::field("descriptor.path", message)
        })
    }

    pub(in crate::server) fn schema(self) -> SchemaRef {
        match self {
            Self::Stances => stance_schema(),
            Self::Profiles => profile_schema(),
        }
    }
}

/// What is wanted of an exchange.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::server) struct Command {
    pub(in crate::server) table: Table,
    /// Names of columns, by field.
    #[serde(default)]
    pub(super) columns: BTreeMap<Field, String>,
    #[serde(default)]
    pub(super) period: Option<Period>,
    #[serde(default = "yes")]
    pub(super) sentences: bool,
    #[serde(default)]
    pub(super) min_confidence: f64,
    #[serde(default)]
    pub(super) transcript: bool,
    #[serde(default)]
    pub(super) speaker: Option<String>,
    /// As in the file of `--actors`.
    #[serde(default)]
    pub(super) actors: Vec<ActorSpec>,
    #[serde(default)]
    pub(super) only_given: bool,
    #[serde(default)]
    pub(super) model_sha256: String,
}

fn yes() -> bool {
    true
}

impl Command {
    /// A table with all defaults.
    pub(in crate::server) fn of(table: Table) -> Self {
        Self {
            table,
            columns: BTreeMap::new(),
            period: None,
            sentences: true,
            min_confidence: 0.0,
            transcript: false,
            speaker: None,
            actors: Vec::new(),
            only_given: false,
            model_sha256: String::new(),
        }
    }

    pub(in crate::server) fn parse(json: &[u8]) -> Result<Self, Refusal> {
        if json.len() > MAX_COMMAND_BYTES {
            let message = format!("{} bytes, the limit is {MAX_COMMAND_BYTES}", json.len());
            return Err(Refusal::field("descriptor.cmd", message));
        }
        let command: Self = serde_json::from_slice(json)
            .map_err(|error| Refusal::field("descriptor.cmd", format!("is no command: {error}")))?;
        if !(0.0..=1.0).contains(&command.min_confidence) {
            let message = format!("{}, it must be 0 to 1", command.min_confidence);
            return Err(Refusal::field("descriptor.cmd.min_confidence", message));
        }
        if command.only_given && command.actors.is_empty() {
            let message = "no actors are given, so none could be found";
            return Err(Refusal::field("descriptor.cmd.only_given", message));
        }
        Ok(command)
    }
}
