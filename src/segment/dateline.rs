//! "LONDON, May 3 (AP) -- " at the head of an article: where it was written, which nobody says.
//!
//! In goes the beginning of a paragraph, out comes the length of its dateline. A place is known by its capitals alone, so
//! what a reader would question is four letters at least ("US - Iran talks" has none), and a sentence behind it that begins
//! with a capital: "MERKEL SAYS NO - REPORT" is a headline, and "NORTHFORD - the town - said no" begins with its subject.

/// The most bytes of a dateline.
const MOST: usize = 80;

/// The fewest capitals of a place.
const CAPITALS: usize = 4;

/// The most words of a place with a date, agency or country behind it ("SAN JOSE DEL CABO, Mexico"), and of one alone.
const WORDS: usize = 4;
const WORDS_ALONE: usize = 2;

/// Bytes up to the end of the dash of a dateline that `text` begins with.
pub(crate) fn dateline(text: &str) -> Option<usize> {
    let dash = text
        .split_inclusive(char::is_whitespace)
        .scan(0, |at, word| {
            let start = *at;
            *at += word.len();
            Some((start, word.trim_end()))
        })
        .take_while(|&(start, _)| start <= MOST)
        .find(|(_, word)| ["-", "--", "–", "—"].contains(word));
    let (at, mark) = dash?;
    let head = text.get(..at)?.trim_end();
    let end = head.find([',', '(']).unwrap_or(head.len());
    let (place, rest) = head.split_at_checked(end)?;
    let place = place.trim_end();
    let of_place = |c: char| c.is_uppercase() || " .'’-".contains(c);
    let of_rest = |c: char| c.is_alphanumeric() || " ,.()/&-".contains(c);
    let capitals = place.chars().filter(|c| c.is_uppercase()).count();
    let most = if rest.is_empty() { WORDS_ALONE } else { WORDS };
    let fits = place.chars().all(of_place)
        && (1..=most).contains(&place.split_whitespace().count())
        && rest.chars().all(of_rest);
    let after = text.get(at + mark.len()..)?.trim_start();
    let opens = |c: char| c.is_uppercase() || c.is_numeric() || "\"“‘'(".contains(c);
    let story = after.starts_with(opens) && after.contains(char::is_lowercase);
    let shouted = rest.starts_with(',') && !rest.contains(char::is_lowercase);
    let follows = after.is_empty() || story;
    (fits && capitals >= CAPITALS && follows && !shouted).then_some(at + mark.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datelines_end_with_a_dash() {
        for (text, expected) in [
            ("NORTHFORD - Mayor Ruiz said no.", "NORTHFORD -"),
            ("TEHRAN (AP) -- Oduya said no.", "TEHRAN (AP) --"),
            (
                "NEW YORK, May 3, 2014 (Reuters) — Oduya said no.",
                "NEW YORK, May 3, 2014 (Reuters) —",
            ),
            ("SEOUL, South Korea –", "SEOUL, South Korea –"),
        ] {
            assert_eq!(
                dateline(text).and_then(|end| text.get(..end)),
                Some(expected)
            );
        }
        for text in [
            "US - Iran talks failed.",
            "Northford - Mayor Ruiz said no.",
            "MAYOR RUIZ SAYS NO, AND NO AGAIN: THE TOWN IS ANGRY - A REPORT",
            "NORTHFORD has a mayor - Ruiz.",
            "- NORTHFORD",
            "MAYOR SAYS NO - REPORT",
            "RUIZ CONDEMNS MAAR - Report",
            "BRANDT, RUIZ SAY NO - Mayor says yes",
            "NORTHFORD – the old town – said no.",
            "",
        ] {
            assert_eq!(dateline(text), None, "{text}");
        }
    }
}
