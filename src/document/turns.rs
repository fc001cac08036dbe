//! Transcripts to turns.
//!
//! In goes a document whose text has lines like `NAME: text`, out come the [`Turn`]s they start. A
//! name is recognised by its form alone: few words, each with a capital, a colon and a space behind
//! them; what stands behind the name in a label of capitals ("RUIZ, MAYOR OF MAAR:", "RUIZ
//! (voice-over):"), a time before it and asterisks around it are left out. A list of names would be
//! surer, but transcripts rarely come with one, and a missed speaker would put words into the mouth
//! of the one before. The price is a line such as "Remember the Alamo: ..."; a short list of first
//! words catches the usual ones ("Note:", "But:").

use super::{Document, Span, Turn};

/// The longest speaker name recognised, in characters.
const MAX_NAME_CHARS: usize = 60;

/// The longest label before a colon that is looked at, in characters: a name and an office.
const MAX_LABEL_CHARS: usize = 160;

/// The most words in a speaker name that is recognised.
const MAX_NAME_WORDS: usize = 6;

/// Lower-case words that may stand inside a speaker name. Sorted.
const PARTICLES: &[&str] = &[
    "al", "and", "bin", "da", "de", "del", "der", "di", "do", "dos", "du", "el", "for", "la", "le",
    "of", "the", "van", "von", "y",
];

/// First words of a line that come before a colon without naming a speaker, in lower case. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const NOT_NAMES: &[&str] = &[
    "also", "and", "background", "because", "breaking", "but", "caption", "cc", "conclusion",
    "contact", "copyright", "correction", "date", "editor's", "example", "figure", "finally",
    "first", "from", "here", "how", "image", "in", "location", "look", "more", "note", "notes",
    "now", "ok", "participants", "photo", "photos", "place", "ps", "published", "re", "read", "related",
    "remember", "second", "see", "so", "source", "sources", "subject", "summary", "table", "tags",
    "then", "third", "this", "time", "title", "to", "topic", "transcript", "update", "updated",
    "video", "warning", "what", "why",
];

/// The turns of a document, in order and apart, whatever turns it has already.
pub(super) fn turns(document: &Document) -> Vec<Turn> {
    let mut turns = Vec::new();
    let mut open: Option<(String, usize)> = None;
    let mut close = |open: Option<(String, usize)>, end: usize| {
        if let Some((speaker, start)) = open {
            let span = document.trim(Span::raw(start, end));
            if !span.is_empty() {
                turns.push(Turn { speaker, span });
            }
        }
    };
    for line in document.lines(document.span_of_text()) {
        if let Some((name, rest)) = split_name(document.slice(line)) {
            close(open.take(), line.start());
            open = Some((name.to_owned(), line.end() - rest.len()));
        }
    }
    close(open, document.text().len());
    turns
}

/// Splits `NAME: text` into the name and what follows the colon.
fn split_name(line: &str) -> Option<(&str, &str)> {
    let line = without_time(line.trim_start_matches('\u{feff}'));
    // "* Russia: ..." is an item of a list.
    let bare = line.trim_start_matches('*');
    let line = if bare.starts_with(char::is_whitespace) {
        line
    } else {
        bare
    };
    let (colon, _) = line
        .char_indices()
        .take(MAX_LABEL_CHARS + 1)
        .find(|&(_, c)| c == ':')?;
    let (label, rest) = line.split_at_checked(colon)?;
    let rest = rest.strip_prefix(':')?.trim_start_matches('*');
    let label = label.trim_end().trim_end_matches('*');
    // "10:30" and "https://" have no space after the colon.
    let spaced = rest.is_empty() || rest.starts_with(char::is_whitespace);
    let named = |name: &&str| is_name(name) && name.chars().count() <= MAX_NAME_CHARS;
    let whole = Some(label).filter(named);
    let name = whole.or_else(|| shouted_name(label).filter(named))?;
    spaced.then_some((name, rest))
}

/// A line without the time that it begins with: `[00:01:02] RUIZ: ...`, `00:01:02 RUIZ: ...`.
fn without_time(line: &str) -> &str {
    let of_time = |c: char| c.is_ascii_digit() || ":.,[]()- ".contains(c);
    let end = line.find(|c| !of_time(c)).unwrap_or(line.len());
    match line.split_at_checked(end) {
        Some((time, rest)) if time.contains(':') && !rest.is_empty() => rest,
        _ => line,
    }
}

/// The name before the first comma or bracket of a label that is in capitals throughout, but for what stands in brackets.
fn shouted_name(label: &str) -> Option<&str> {
    let (name, _) = label.split_at_checked(label.find([',', '(', '['])?)?;
    let mut depth = 0;
    let mut outside = label.chars().filter(|&c| {
        depth += i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'));
        depth <= 0
    });
    let capitals = name.chars().filter(|c| c.is_uppercase()).count();
    (capitals > 1 && !outside.any(char::is_lowercase)).then_some(name.trim_end())
}

fn is_name(name: &str) -> bool {
    let mut words = name.split_whitespace();
    let Some(first) = words.next() else {
        return false;
    };
    let lower = first.to_lowercase().replace('’', "'");
    first.starts_with(char::is_alphanumeric)
        && is_name_word(first)
        && NOT_NAMES.binary_search(&lower.as_str()).is_err()
        && name.split_whitespace().count() <= MAX_NAME_WORDS
        && words.all(|word| PARTICLES.binary_search(&word).is_ok() || is_name_word(word))
}

/// Whether a word starts with a capital ("Ruiz", "al-Sadr" after its particle) or has capitals
/// only ("2ND"), and has no full stop but those of titles, initials and states ("Gen.", "N.Y.").
fn is_name_word(word: &str) -> bool {
    let core = word.trim_matches(['(', ')', '"', '“', '”', '[', ']']);
    let core = core.strip_prefix("al-").unwrap_or(core);
    let accent = '\u{300}'..='\u{36f}';
    let allowed = |c: char| c.is_alphanumeric() || accent.contains(&c) || "'’-–/&.#".contains(c);
    let capital = core.starts_with(char::is_uppercase);
    let shouted = core.contains(char::is_alphabetic) && !core.contains(char::is_lowercase);
    let number = core.chars().all(|c| c.is_ascii_digit() || c == '#') && !core.is_empty();
    // A piece before a full stop is short: longer ones end a sentence.
    let short = core
        .rsplit('.')
        .skip(1)
        .all(|piece| piece.chars().count() <= 5);
    core.chars().all(allowed) && (capital || shouted || number || core == "&") && short
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lists_are_sorted() {
        assert!(PARTICLES.is_sorted());
        assert!(NOT_NAMES.is_sorted());
    }

    #[test]
    fn transcripts_have_turns() {
        let text = "\u{feff}Northford debate\r\n\r\nMODERATOR: Welcome, all.\r\n\r\nIs the tax fair?\r\n\
            Gen. Ana Ruiz (N.Y.): No.\r\nNote: she was booed.\r\nThe truth is this: we lost.\r\n\
            O’Neill:\r\nAt 10:30: I left.\r\nBRANDT:\r\nTOMAS MAAR, MAYOR OF NORTHFORD (via telephone): Yes.\r\n\
            [00:01:02] RUIZ (voice-over): Never.\r\n**OKAFOR:** Listen: please, all.\r\n\
            However, Ruiz said: never.\r\nOK, here is the thing: yes.\r\n* Maar: no.\r\n";
        let document = Document::transcript("d", text).unwrap();
        let turns: Vec<_> = document
            .turns()
            .iter()
            .map(|turn| (turn.speaker.as_str(), document.slice(turn.span)))
            .collect();
        let expected = [
            ("MODERATOR", "Welcome, all.\r\n\r\nIs the tax fair?"),
            (
                "Gen. Ana Ruiz (N.Y.)",
                "No.\r\nNote: she was booed.\r\nThe truth is this: we lost.",
            ),
            ("O’Neill", "At 10:30: I left."),
            ("TOMAS MAAR", "Yes."),
            ("RUIZ", "Never."),
            (
                "OKAFOR",
                "Listen: please, all.\r\nHowever, Ruiz said: never.\r\nOK, here is the thing: yes.\r\n* Maar: no.",
            ),
        ];
        assert_eq!(turns, expected);
    }

    #[test]
    fn names_of_speakers() {
        let names = [
            "Q",
            "RUIZ",
            "Ruiz",
            "The PRESIDENT",
            "Speaker of the House",
            "Ludwig van Maar",
            "SEN. O'NEIL",
            "Audience Member 2",
            "J. R. Brandt Jr.",
            "2ND VOTER",
            "Élodie Maar",
        ];
        for name in names {
            assert_eq!(
                split_name(&format!("{name}: yes")),
                Some((name, " yes")),
                "{name}"
            );
        }
        let others = [
            "Note: yes",
            "yes: yes",
            "The plan is this: yes",
            "Ruiz left. Brandt: yes",
            "Ruiz, Maar: yes",
            "At 10:30 he left",
            "https://maar.example",
            ": yes",
            "- Ruiz: yes",
            "One Two Three Four Five Six Seven: yes",
            "Left early.: yes",
            "Editor’s note: yes",
        ];
        for line in others {
            assert_eq!(split_name(line), None, "{line}");
        }
        let long = format!("{}: yes", "R".repeat(MAX_NAME_CHARS));
        assert!(split_name(&long).is_some());
        assert_eq!(split_name(&format!("R{long}")), None);
    }

    proptest! {
        /// Any text becomes turns that are in order, apart and trimmed.
        #[test]
        fn turns_are_ordered(text in "((RUIZ|Maar|Note|é)(: ?)?|[ \r\n]|\\PC){0,60}") {
            let Ok(document) = Document::transcript("d", text) else { return Ok(()); };
            let mut end = 0;
            for turn in document.turns() {
                prop_assert!(end <= turn.span.start());
                prop_assert!(!turn.span.is_empty());
                prop_assert_eq!(document.trim(turn.span), turn.span);
                end = turn.span.end();
            }
            prop_assert!(end <= document.text().len());
        }
    }
}
