//! Letters without their diacritics: "Chávez" and "Chavez" are one name.
//!
//! In goes a word in lower case; out comes the same in the letters that English newspapers print it with. What a
//! reader would question: this is a table and no decomposition by Unicode, which would leave "ø", "ł", "ß" and "ı" as they
//! are and is in no crate of ours but as a part of the tokenizer. Umlauts lose their dots and gain no "e", for "Müller"
//! is mostly printed "Muller".

/// Letters, and what they are with a diacritic: those of Latin-1 and Latin Extended-A, and the two of Romanian.
const MARKED: &[(&str, &str)] = &[
    ("a", "àáâãäåāăą"),
    ("ae", "æ"),
    ("c", "çćĉċč"),
    ("d", "ðďđ"),
    ("e", "èéêëēĕėęě"),
    ("g", "ĝğġģ"),
    ("h", "ĥħ"),
    ("i", "ìíîïĩīĭįı"),
    ("ij", "ĳ"),
    ("j", "ĵ"),
    ("k", "ķĸ"),
    ("l", "ĺļľŀł"),
    ("n", "ñńņňŉŋ"),
    ("o", "òóôõöøōŏő"),
    ("oe", "œ"),
    ("r", "ŕŗř"),
    ("s", "śŝşšșſ"),
    ("ss", "ß"),
    ("t", "ţťŧț"),
    ("th", "þ"),
    ("u", "ùúûüũūŭůűų"),
    ("w", "ŵ"),
    ("y", "ýÿŷ"),
    ("z", "źżž"),
];

/// Marks that stand as characters of their own behind their letter.
const COMBINING: std::ops::RangeInclusive<char> = '\u{300}'..='\u{36f}';

/// A word in lower case without diacritics.
pub(crate) fn unaccented(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    let mut plain = String::with_capacity(word.len());
    for c in word.chars() {
        match MARKED.iter().find(|(_, letters)| letters.contains(c)) {
            Some((letter, _)) => plain.push_str(letter),
            None if COMBINING.contains(&c) => {}
            None => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_lose_their_marks() {
        let cases = [
            ("brandt", "brandt"),
            ("rüíz", "ruiz"),
            ("ru\u{301}iz", "ruiz"),
            ("måårsøn", "maarson"),
            ("łodųya", "loduya"),
            // The capital "İ" in lower case.
            ("i\u{307}zmaar", "izmaar"),
            ("œßþ", "oessth"),
            ("мир", "мир"),
            ("", ""),
        ];
        for (word, expected) in cases {
            assert_eq!(unaccented(word), expected, "{word}");
        }
    }

    #[test]
    fn the_table_is_whole() {
        // All small letters of Latin-1 and Latin Extended-A.
        for c in ('\u{df}'..='\u{17f}').filter(|c| c.is_lowercase()) {
            assert!(unaccented(&c.to_string()).is_ascii(), "{c}");
        }
        let mut letters: Vec<char> = MARKED.iter().flat_map(|(_, all)| all.chars()).collect();
        assert!(letters.iter().all(|c| c.is_lowercase() && !c.is_ascii()));
        letters.sort_unstable();
        assert!(letters.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
