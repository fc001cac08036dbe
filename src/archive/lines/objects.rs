//! A JSON object -> its values that may hold a field.
//!
//! In go the bytes of a line; out come those values as they are written, and some of the other keys. What a reader would
//! question: nothing else is built of the object, not even to be thrown away. A line of a few megabytes can hold millions
//! of small values.

use crate::archive::records::{Columns, Field, Value};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What is read of an object.
#[derive(Default)]
pub(super) struct Kept {
    /// The values that may hold a field, by key; of a key that comes twice the last.
    pub(super) values: Vec<(String, Box<RawValue>)>,
    /// Some of the other keys, for messages.
    pub(super) others: Vec<String>,
}

/// Other keys that are kept.
const OTHERS: usize = 20;

impl Kept {
    pub(super) fn read(line: &[u8], columns: &Columns) -> serde_json::Result<Self> {
        let mut from = serde_json::Deserializer::from_slice(line);
        let kept = Keeping(columns).deserialize(&mut from)?;
        from.end()?;
        Ok(kept)
    }
}

struct Keeping<'c>(&'c Columns);

impl<'de> DeserializeSeed<'de> for Keeping<'_> {
    type Value = Kept;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> std::result::Result<Kept, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Keeping<'_> {
    type Value = Kept;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Kept, A::Error> {
        let mut kept = Kept::default();
        while let Some(key) = map.next_key::<String>()? {
            if self.0.may_hold(&key) {
                let value = map.next_value()?;
                kept.values.retain(|(other, _)| *other != key);
                kept.values.push((key, value));
            } else {
                map.next_value::<IgnoredAny>()?;
                if kept.others.len() < OTHERS {
                    kept.others.push(key);
                }
            }
        }
        Ok(kept)
    }
}

/// The value of a field.
pub(super) fn value_of_json(field: Field, value: &RawValue) -> Value {
    let json = value.get();
    match json.as_bytes().first() {
        Some(b'"') => match serde_json::from_str(json) {
            Ok(text) => Value::Text(text),
            Err(_) => Value::Other("a text with half a surrogate"),
        },
        Some(b'n') | None => Value::Null,
        Some(b't' | b'f') => Value::Other("true or false"),
        Some(b'[') => Value::Other("a list"),
        Some(b'{') => Value::Other("an object"),
        // Ids and dates are often numbers.
        Some(_) if field != Field::Text => Value::Text(json.to_owned()),
        Some(_) => Value::Other("a number"),
    }
}
