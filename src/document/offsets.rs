//! Offsets in a caller's units.
//!
//! In go offsets that count UTF-8, UTF-16 or UTF-32 units of a text, out come byte offsets, and the
//! other way round. A table of every offset would take eight times the memory of the text, and
//! counting from its start would read all of it for each lookup: an [`OffsetMap`] keeps every 64th
//! count and walks the bytes in between. An offset inside a character has no byte offset and is
//! refused rather than rounded, as a caller who has one counts in another unit.

use crate::error::{Error, Result};
use std::str::FromStr;

/// The unit in which a caller counts offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OffsetEncoding {
    /// Bytes, as in Rust and Go.
    Utf8,
    /// Code units of 16 bits, as in Java, C# and JavaScript.
    Utf16,
    /// Characters (Unicode scalar values), as in Python.
    Utf32,
}

impl OffsetEncoding {
    /// Units of the character whose UTF-8 form has this byte, if it is the first; 0 if a later one.
    fn units_at(self, byte: u8) -> usize {
        let continues = byte & 0b1100_0000 == 0b1000_0000;
        match self {
            Self::Utf8 => 1,
            Self::Utf16 | Self::Utf32 if continues => 0,
            // Four bytes in UTF-8 are a pair of surrogates in UTF-16.
            Self::Utf16 if byte >= 0xf0 => 2,
            Self::Utf16 | Self::Utf32 => 1,
        }
    }
}

impl FromStr for OffsetEncoding {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "utf8" => Ok(Self::Utf8),
            "utf16" => Ok(Self::Utf16),
            "utf32" => Ok(Self::Utf32),
            _ => Err(Error::Invalid {
                field: "offset encoding".to_owned(),
                message: format!("{name:?} is not utf8, utf16 or utf32"),
            }),
        }
    }
}

/// Bytes between two checkpoints of an [`OffsetMap`].
const STRIDE: usize = 64;

/// Converts offsets of one text between bytes and a caller's units.
///
/// It keeps a count for every 64 bytes and walks the bytes in between, so that a lookup reads at
/// most some 64 bytes and the map is an eighth of the text's size; for ASCII it is empty.
#[derive(Debug, Clone)]
pub struct OffsetMap<'t> {
    text: &'t str,
    encoding: OffsetEncoding,
    /// Units of all characters that start before byte 64 i; `None` when units are bytes.
    checkpoints: Option<Vec<usize>>,
}

impl<'t> OffsetMap<'t> {
    /// A map for `text`; reads it once.
    #[must_use]
    pub fn new(text: &'t str, encoding: OffsetEncoding) -> Self {
        let same = encoding == OffsetEncoding::Utf8 || text.is_ascii();
        let checkpoints = (!same).then(|| {
            let mut units = 0;
            let mut counts = vec![0];
            for bytes in text.as_bytes().chunks(STRIDE) {
                units += bytes
                    .iter()
                    .map(|&byte| encoding.units_at(byte))
                    .sum::<usize>();
                counts.push(units);
            }
            counts
        });
        Self {
            text,
            encoding,
            checkpoints,
        }
    }

    /// Units before byte `offset`. A character that `offset` cuts counts whole; an offset past the
    /// end counts as the end.
    #[must_use]
    pub fn from_bytes(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let Some(checkpoints) = &self.checkpoints else {
            return offset;
        };
        let stride = offset / STRIDE;
        let before = checkpoints.get(stride).copied().unwrap_or(0);
        let walked = self
            .text
            .as_bytes()
            .get(stride * STRIDE..offset)
            .unwrap_or(&[]);
        before
            + walked
                .iter()
                .map(|&byte| self.encoding.units_at(byte))
                .sum::<usize>()
    }

    /// The byte offset that has `units` units before it; `None` inside a character or past the
    /// end.
    #[must_use]
    pub fn to_bytes(&self, units: usize) -> Option<usize> {
        let Some(checkpoints) = &self.checkpoints else {
            return self.text.is_char_boundary(units).then_some(units);
        };
        let stride = checkpoints
            .partition_point(|&before| before <= units)
            .checked_sub(1)?;
        let mut before = *checkpoints.get(stride)?;
        // The last stride may be empty, or start inside a character that was counted before it.
        let first = (stride * STRIDE).min(self.text.len());
        for (at, &byte) in self.text.as_bytes().get(first..)?.iter().enumerate() {
            let width = self.encoding.units_at(byte);
            if width > 0 && before >= units {
                return (before == units).then_some(first + at);
            }
            before += width;
        }
        (before == units).then_some(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn offsets_convert() {
        // e with an accent: 2 bytes; emoji: 4 bytes, 2 units of UTF-16.
        let text = "aé😀b";
        let cases = [
            (OffsetEncoding::Utf8, [0, 1, 3, 7, 8]),
            (OffsetEncoding::Utf16, [0, 1, 2, 4, 5]),
            (OffsetEncoding::Utf32, [0, 1, 2, 3, 4]),
        ];
        for (encoding, units) in cases {
            let map = OffsetMap::new(text, encoding);
            for (unit, byte) in units.into_iter().zip([0, 1, 3, 7, 8]) {
                assert_eq!(map.from_bytes(byte), unit, "{encoding:?} {byte}");
                assert_eq!(map.to_bytes(unit), Some(byte), "{encoding:?} {unit}");
            }
            assert_eq!(map.to_bytes(units[4] + 1), None);
            assert_eq!(map.from_bytes(99), units[4]);
        }
        assert_eq!(
            OffsetMap::new(text, OffsetEncoding::Utf16).to_bytes(3),
            None
        );
        assert_eq!(OffsetMap::new(text, OffsetEncoding::Utf8).to_bytes(2), None);
        assert_eq!(
            "utf16".parse::<OffsetEncoding>().unwrap(),
            OffsetEncoding::Utf16
        );
        let error = "latin1".parse::<OffsetEncoding>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "offset encoding: \"latin1\" is not utf8, utf16 or utf32"
        );
    }

    proptest! {
        /// Every offset agrees with a plain count over the characters.
        #[test]
        fn offsets_agree_with_counting(text in "(\\PC|a|😀|e\u{301}){0,200}") {
            for encoding in [OffsetEncoding::Utf8, OffsetEncoding::Utf16, OffsetEncoding::Utf32] {
                let map = OffsetMap::new(&text, encoding);
                let mut units = 0;
                for (byte, c) in text.char_indices() {
                    prop_assert_eq!(map.from_bytes(byte), units);
                    prop_assert_eq!(map.to_bytes(units), Some(byte));
                    let width = match encoding {
                        OffsetEncoding::Utf8 => c.len_utf8(),
                        OffsetEncoding::Utf16 => c.len_utf16(),
                        OffsetEncoding::Utf32 => 1,
                    };
                    for inside in 1..width {
                        prop_assert_eq!(map.to_bytes(units + inside), None);
                    }
                    units += width;
                }
                prop_assert_eq!(map.to_bytes(units), Some(text.len()));
                prop_assert_eq!(map.to_bytes(units + 1), None);
            }
        }
    }
}
