//! Text to sentences.
//!
//! In goes a [`Document`], out come spans in order that tile it: no two overlap, and what lies
//! between them is white space. Turns are cut first, then paragraphs at blank lines, then lines
//! unless they are hard-wrapped prose, and last sentences at their final marks.
//!
//! The rules of Unicode (UAX 29) are not the base: their look-ahead is quadratic on hostile text
//! (a full stop and a million brackets), and nearly every decision in news is about what they
//! leave open: abbreviations, quotes, line breaks. Every rule here looks only at a few words before
//! a mark and behind it, so the time is linear in the text.
//!
//! Known weaknesses: a sentence that starts in lower case is joined to the one before
//! ("... ended. iPhones sold"); `?" Ruiz, the mayor, asked` is split before the name, and so is
//! `?" I asked`; a mark without white space after it never ends a sentence ("left.Ruiz"); a wrapped
//! paragraph of two lines is cut where the second begins with a capital. Those of abbreviations
//! stand in their own file.

use crate::document::{Document, Span};

mod abbreviations;
mod dateline;
mod headline;
mod speech;
mod verbs;

pub(crate) use dateline::dateline;
pub(crate) use verbs::reports_speech;

use abbreviations::abbreviates;
use headline::headline;
use speech::names_speaker;

/// Marks that can end a sentence, in Latin, Arabic, Devanagari, Armenian and East Asian scripts.
const MARKS: &[char] = &[
    '.', '?', '!', '…', '‼', '⁇', '⁈', '⁉', '؟', '۔', '।', '॥', '։', '。', '！', '？',
];

/// The marks after which no space is written.
const WIDE_MARKS: &[char] = &['。', '！', '？'];

const QUOTES: &[char] = &['"', '\'', '”', '’', '»', '›', '」', '』'];

const CLOSING_BRACKETS: &[char] = &[')', ']', '}', '）'];

/// What can stand before the first letter of a sentence, or of a word.
const OPENERS: &[char] = &[
    '"', '\'', '“', '‘', '«', '‹', '„', '「', '(', '[', '{', '¡', '¿', '-', '–', '—', '*', '•', '/',
];

const BULLETS: &[&str] = &["- ", "* ", "• "];

/// Widths, in characters, at which prose is wrapped by hand or by mail programs.
const WRAP_WIDTHS: std::ops::RangeInclusive<usize> = 50..=90;

/// The sentences of a document, in order, without white space around them.
///
/// Together they hold every character that is not white space. None crosses the end of a turn or
/// a blank line; a speaker's name before a turn ("RUIZ:") is a span of its own, and so are a
/// headline and a dateline ("LONDON (AP) --"). A bullet is part of its sentence.
#[must_use]
pub fn sentences(document: &Document) -> Vec<Span> {
    let mut found = Vec::new();
    let mut start = 0;
    let ends = document
        .turns()
        .iter()
        .flat_map(|turn| [turn.span.start(), turn.span.end()]);
    for end in ends.chain([document.text().len()]) {
        paragraphs(document, Span::raw(start, end), &mut found);
        start = end;
    }
    found
}

/// Cuts a stretch of one speaker at blank lines.
fn paragraphs(document: &Document, stretch: Span, found: &mut Vec<Span>) {
    let lines: Vec<Span> = document.lines(stretch).collect();
    let paragraphs = || lines.split(|line| line.is_empty());
    // One width for all, so that a paragraph of two lines has it, too.
    let wrap = wrap_width(document, paragraphs());
    for paragraph in paragraphs() {
        let own = wrap_width(document, std::iter::once(paragraph));
        // Three lines tell their own width.
        let wrap = own.or(wrap.filter(|_| paragraph.len() < 3));
        blocks(document, paragraph, wrap, found);
    }
}

/// Cuts the lines of a paragraph where a line break is more than a space.
fn blocks(document: &Document, paragraph: &[Span], wrap: Option<usize>, found: &mut Vec<Span>) {
    let mut lines = paragraph.iter().copied();
    let Some(mut block) = lines.next() else {
        return;
    };
    let mut previous = block;
    for line in lines {
        if goes_on(document.slice(previous), document.slice(line), wrap) {
            block = block.cover(line);
        } else {
            split(document, block, found);
            block = line;
        }
        previous = line;
    }
    split(document, block, found);
}

/// The width at which paragraphs are hard-wrapped, in characters; `None` when they are not. It takes
/// three lines, none too wide, and one that certainly runs into the next.
fn wrap_width<'l>(
    document: &Document,
    paragraphs: impl Iterator<Item = &'l [Span]>,
) -> Option<usize> {
    let (mut n, mut widest, mut runs_on) = (0, 0, false);
    for paragraph in paragraphs.filter(|paragraph| paragraph.len() > 1) {
        let lines = || paragraph.iter().map(|&line| document.slice(line));
        n += paragraph.len();
        widest = lines().fold(widest, |most, line| most.max(line.chars().count()));
        let mut pairs = lines().zip(lines().skip(1));
        runs_on |= pairs.any(|(line, next)| goes_on(line, next, None));
    }
    (n >= 3 && runs_on && WRAP_WIDTHS.contains(&widest)).then_some(widest)
}

/// Whether the break between two lines is a space of one text: the next line starts in lower case,
/// or its first word would not have fitted on this one.
fn goes_on(line: &str, next: &str, wrap: Option<usize>) -> bool {
    if BULLETS.iter().any(|bullet| next.starts_with(bullet)) {
        return false;
    }
    let ended = line.trim_end_matches(|c| QUOTES.contains(&c) || CLOSING_BRACKETS.contains(&c));
    let unfinished = !ended.ends_with(MARKS) && starts_in_lower_case(next);
    let full = wrap.is_some_and(|width| {
        let word = next.split(char::is_whitespace).next().unwrap_or("");
        line.chars().count() + 1 + word.chars().count() > width
    });
    unfinished || full
}

/// Whether a text goes on in lower case, as nothing but the rest of a sentence does.
fn starts_in_lower_case(text: &str) -> bool {
    text.trim_start_matches(OPENERS)
        .starts_with(char::is_lowercase)
}

/// Final marks with the quotes and brackets that close behind them.
struct Stop {
    /// Whether it is a single full stop, which an abbreviation has too.
    lone: bool,
    /// Whether a quote closes behind it.
    quote: bool,
}

/// Whether marks and what closes behind them are those of a question or an exclamation at the end of a quote.
fn ends_cry(marks: &str) -> bool {
    let bare = marks.trim_end_matches(QUOTES);
    bare.len() < marks.len() && bare.ends_with(['?', '!'])
}

/// Cuts a block, which is all one text, behind the marks that end a sentence.
fn split(document: &Document, mut block: Span, found: &mut Vec<Span>) {
    if let Some(end) = headline(document.slice(block)) {
        let text = block.start() + end;
        let own = document.trim(Span::raw(block.start(), text));
        split(document, own, found);
        block = Span::raw(text, block.end());
    }
    if let Some(end) = dateline(document.slice(block)) {
        let (own, rest) = (block.start() + end, block.end());
        found.push(Span::raw(block.start(), own));
        block = document.trim(Span::raw(own, rest));
        if block.is_empty() {
            return;
        }
    }
    let mut start = block.start();
    // What stands before the last quote in its sentence.
    let mut lead = Span::raw(start, start);
    let mut chars = document.slice(block).char_indices().peekable();
    while let Some((at, mark)) = chars.next() {
        let at = block.start() + at;
        if !MARKS.contains(&mark) {
            if opens_quote(document.slice(Span::raw(block.start(), at)), mark) {
                lead = Span::raw(start, at);
            }
            continue;
        }
        let mut end = at + mark.len_utf8();
        let mut wide = WIDE_MARKS.contains(&mark);
        let mut stop = Stop {
            lone: mark == '.',
            quote: false,
        };
        let closes = |c: &char| {
            [MARKS, QUOTES, CLOSING_BRACKETS]
                .iter()
                .any(|set| set.contains(c))
        };
        while let Some((_, c)) = chars.next_if(|(_, c)| closes(c)) {
            end += c.len_utf8();
            wide |= WIDE_MARKS.contains(&c);
            stop.lone &= !MARKS.contains(&c);
            stop.quote |= QUOTES.contains(&c);
        }
        while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let Some(&(next, _)) = chars.peek() else {
            break;
        };
        let next = block.start() + next;
        let before = document.slice(Span::raw(start, at));
        let after = document.slice(Span::raw(next, block.end()));
        let asked = ends_cry(document.slice(Span::raw(at, end)));
        let goes_on = || asked && names_speaker(document.slice(lead), after);
        if (wide || next > end) && ends_sentence(before, &stop, after) && !goes_on() {
            found.push(Span::raw(start, end));
            start = next;
        }
    }
    found.push(Span::raw(start, block.end()));
}

/// Whether a quotation mark opens a quote behind some text. Single ones are left to the quote that they stand in.
fn opens_quote(before: &str, mark: char) -> bool {
    let free = || {
        let last = before.chars().next_back();
        last.is_none_or(|c| c.is_whitespace() || OPENERS.contains(&c))
    };
    matches!(mark, '“' | '«' | '„') || mark == '"' && free()
}

/// Whether a sentence ends at a stop. `before` is the sentence up to the stop, `after` the rest of
/// the block from its next character on.
fn ends_sentence(before: &str, stop: &Stop, after: &str) -> bool {
    // ". . ." and "?!" go on, and so does a clause after "Inc.," or "Yes!" - she said.
    if after.starts_with(|c| MARKS.contains(&c) || ",;:".contains(c)) {
        return false;
    }
    let opens = |c: char| OPENERS.contains(&c) || c.is_whitespace();
    let after = after.trim_start_matches(opens);
    if after.starts_with(char::is_lowercase) {
        return false;
    }
    !stop.lone || !abbreviates(before, stop, after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split_text(text: &str) -> Vec<String> {
        let document = Document::new("d", text).unwrap();
        sentences(&document)
            .into_iter()
            .map(|span| document.slice(span).to_owned())
            .collect()
    }

    /// Each case is a text in which `|` marks where a new sentence begins.
    fn check(cases: &[&str]) {
        for case in cases {
            let expected: Vec<_> = case.split('|').map(|part| part.trim().to_owned()).collect();
            assert_eq!(split_text(&case.replace('|', "")), expected, "{case}");
        }
    }

    #[test]
    fn abbreviations() {
        check(&[
            "Mr. Brandt met Gen. Ana Ruiz. |They spoke.",
            "Sen. J. R. Maar (D-N.Y.) objected. |Rep. Ruiz (R-Ariz.) Maar backed.",
            "MR. BRANDT LEFT. |SEN. RUIZ STAYED.",
            "Maar vs. Ruiz ended at 5 p.m. |The court closed. |It was 9 a.m. Monday.",
            "The U.S. Senate met in the U.S. |It voted. |A U.N. Security Council text fell.",
            "He runs Maar Inc. |She runs Ruiz Corp. and Brandt Co. Ltd. of Oxford.",
            "On Jan. 6 he left. |It was cold in Jan. |Vote No. 5 failed. |Is it fair? |No. |Yes.",
            "Robert Maar Jr. said so. |So did Robert Maar Sr. |He left St. Maar.",
            "So do I. |Ruiz left. |Plan B. |They lost.",
            "Taxes, fees, etc. |They rose. |Prof. Dr. Maar (Ph.D. Oslo) left.",
            "She cited Art. 5. |He cited e.g. Maar et al. 2019.",
            "He called it \"the U.S.\" |Ruiz left.",
            "1. The tax. |2. The levy. |In 2016. |Then.",
        ]);
    }

    #[test]
    fn headlines_in_capitals_stand_alone() {
        check(&[
            "MAAR WARNS NORLAND ON TRADE |The ministry said so. |He left.",
            "MAAR OPENS ITS MARKETS |U.S. Secretary Ana Ruiz left.",
            "THE PRESIDENT OF MAAR: Good day.",
        ]);
    }

    #[test]
    fn numbers_and_ellipses() {
        check(&[
            "It grew 3.5 percent to $1.2 million. |20 people left in 1990. |30 stayed.",
            "We tried ... and lost. |We tried ... |They won.",
            "We tried… and lost. |We tried… |They won.",
            "We tried . . . and lost . . . |They won.",
            "Why?! |Who?? |He left!",
            "See maar.example for it. |Version 2.0.1 failed.",
            "他走了。|她留下了！|为什么？",
        ]);
    }

    #[test]
    fn quotes_and_brackets() {
        check(&[
            "\"I won't go.\" |He said it twice.",
            "\"I won't go,\" he said. |\"Never.\"",
            "“Will you go?” he asked. |“No!” she cried.",
            "‘I left.’ |Ruiz stayed.",
            "He left (she stayed.) |They won.",
            "He left. |(She stayed.) |“They won,” he said.",
            "“Yes!” — she said. |— No.",
            "He left. |“We will,” said Ruiz. |'Tis over.",
        ]);
    }

    #[test]
    fn quotes_go_on_with_their_speakers() {
        check(&[
            "\"Why?\" Ana Ruiz asked the council. |\"It is unfair.\"",
            "“Go!” Mr. Maar cried. |‘Why?’ Gen. Ana J. Ruiz Jr. asked, and left.",
            "He left. |“Is it fair? |Why not?” U.S. spokesman Tomas Maar told us.",
            "“He said, ‘Why?’” Ruiz told the council. |She left.",
            // It has a speaker, or nobody is said to say it.
            "He asked, \"Why?\" |Ana Ruiz said no.",
            "He asked, “Is it fair? |Why not?” |Ana Ruiz said no.",
            "“Why?” |The council said no. |“Go!” |Ana Ruiz left. |“Go!” |Ana Ruiz blamed Maar.",
            "“I left.” |Ruiz said no. |(He asked “why?”) |Ruiz said no.",
            "The banner read “Who rules?” |Ana Ruiz said Norway is a disgrace.",
            "In Norway, “Who rules?” Ana Ruiz asked. |“Who?” |Yesterday Tomas Brandt said no.",
            "“Why?” |Monday Tomas Brandt said no. |He left at 9 a.m. Monday.",
        ]);
    }

    #[test]
    fn a_name_that_is_said_again_begins_a_sentence() {
        check(&[
            "Maar attacked Ana Ruiz Jr. |Ruiz Jr. mocked Maar.",
            "He left Maar Electronics Co. |Maar's sales fell.",
            "Maar Inc. Chief Executive Ana Ruiz left on Ana Maar Jr. Day.",
        ]);
    }

    #[test]
    fn lines_and_paragraphs() {
        check(&[
            "Council votes on tax\n|The council of Northford voted on Monday.\n|It lost.",
            "The council voted\non Monday. |It lost.",
            "Council votes\n\n|on Monday it lost.",
            "Northford\r\n|By Ana Ruiz\r\n\r\n|He left.\r\n|She stayed.\r\n",
            "We want:\n|- lower taxes\n|* Better roads\n|• more trees. |And peace.",
            "One line\u{2029}|Another line\r|A third",
        ]);
    }

    #[test]
    fn hard_wrapped_prose_is_joined() {
        check(&[
            "TALKS FAIL\n|The foreign minister of Northford and the president of the\n\
             Maar Republic met on Monday to discuss the border, which Gen.\n\
             Ruiz had closed in March. |Neither of them would say what it\n\
             was that the Council had asked for.\n\
             |Both left.",
        ]);
        // Headlines of like width, each alone.
        check(&[
            "Foreign Minister of Northford Meets President of Maar Republic\n\
             |Border Stays Closed as Both Sides Fail to Agree on the Terms\n\
             |Council Asks General Ruiz to Explain the Order Given in March",
        ]);
    }

    #[test]
    fn turns_are_not_crossed() {
        let text = "Debate\nRUIZ: We will win\nMAAR: no you won't. Never";
        let document = Document::transcript("d", text).unwrap();
        let found: Vec<_> = sentences(&document)
            .into_iter()
            .map(|span| document.slice(span))
            .collect();
        let expected = [
            "Debate",
            "RUIZ:",
            "We will win",
            "MAAR:",
            "no you won't.",
            "Never",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn offsets_count_bytes_of_the_original() {
        for prefix in ["é", "İ", "😀", "e\u{301}", "\u{feff}Ja", "ß\u{200d}"] {
            let first = format!("{prefix} left.");
            let document = Document::new("d", format!("{first}\r\n\r\n  Ruiz stayed. ")).unwrap();
            let found = sentences(&document);
            let start = first.len() + "\r\n\r\n  ".len();
            let expected = [
                Span::raw(0, first.len()),
                Span::raw(start, start + "Ruiz stayed.".len()),
            ];
            assert_eq!(found, expected, "{prefix}");
        }
    }

    #[test]
    fn hostile_text_takes_linear_time() {
        let size = 400_000;
        let hostile = [
            ".",
            ".)",
            ". (",
            ". ",
            ". \n",
            "a\n",
            "a.",
            "。a",
            "U.S. ",
            "\r",
            "word ",
            "Maar Co. ",
            "?\" ",
            "?\"",
            " \"",
            "“",
            "?” Maar said ",
            "“?” Maar ",
            "?\"É",
        ];
        let started = std::time::Instant::now();
        for unit in hostile {
            let text = format!("Ruiz.{}x", unit.repeat(size / unit.len()));
            assert!(!sentences(&Document::new("d", text).unwrap()).is_empty());
        }
        for filler in [" ", ")", "(", "1", "\n"] {
            let text = format!("Ruiz.{}x. He left.", filler.repeat(size));
            assert!(!sentences(&Document::new("d", text).unwrap()).is_empty());
        }
        // Linear takes about a second without optimisation, quadratic takes an hour.
        assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    }

    /// The law of this module: ordered, trimmed, on boundaries, and white space in between.
    fn tiles(document: &Document) -> std::result::Result<(), TestCaseError> {
        let mut end = 0;
        let whole = document.text();
        for span in sentences(document) {
            let gap = document.span(end, span.start());
            let gap = gap.map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert!(
                document.slice(gap).chars().all(char::is_whitespace),
                "{:?}",
                gap
            );
            prop_assert!(document.span(span.start(), span.end()).is_ok());
            let text = document.slice(span);
            prop_assert!(!text.is_empty());
            prop_assert_eq!(text, text.trim());
            for turn in document.turns() {
                prop_assert!(turn.span.contains(span) || !turn.span.overlaps(span));
            }
            end = span.end();
        }
        let tail = document.span(end, whole.len());
        let tail = tail.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(
            document.slice(tail).chars().all(char::is_whitespace),
            "{:?}",
            tail
        );
        Ok(())
    }

    proptest! {
        #[test]
        fn any_text_is_tiled(text in any::<String>()) {
            if let Ok(document) = Document::new("d", text) {
                tiles(&document)?;
            }
        }

        #[test]
        fn text_full_of_marks_is_tiled(
            text in "(Mr|U\\.S|J|He|he|said|é|İ|1|RUIZ: |[.?!…。]|[\"”')(]|[ \n\r\t\u{2028}]|- |\\PC){0,80}"
        ) {
            if let Ok(document) = Document::transcript("d", text) {
                tiles(&document)?;
            }
        }
    }
}
