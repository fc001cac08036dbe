//! Quotation marks -> quoted spans.
//!
//! In goes the text, paragraph by paragraph; out come the spans between double quotation marks,
//! marks included, in order and without overlap. A quote that runs over paragraphs opens anew in
//! each and closes in the last only. An unbalanced mark never reaches beyond its paragraph. Single
//! quotation marks are left alone: they cannot be told from apostrophes without a parse.

use crate::document::{Document, Span};

/// The quoted spans of a document.
#[must_use]
pub fn quotes(document: &Document) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut open: Option<usize> = None;
    let mut newlines = 0;
    let mut previous = ' ';
    for (at, c) in document.text().char_indices() {
        if c == '\n' {
            newlines += 1;
        } else if !c.is_whitespace() {
            if newlines >= 2 {
                close(document, &mut spans, &mut open, at);
            }
            newlines = 0;
        }
        let end = at + c.len_utf8();
        match c {
            '\u{201c}' | '\u{201e}' | '«' => {
                close(document, &mut spans, &mut open, at);
                open = Some(at);
            }
            '\u{201d}' | '»' => {
                if let Some(start) = open.take() {
                    spans.push(Span::raw(start, end));
                }
            }
            '"' => match open {
                // A straight mark after a space opens, even if the last one was never closed.
                Some(start) if !opens(previous) || !starts_word(document, end) => {
                    spans.push(Span::raw(start, end));
                    open = None;
                }
                Some(_) | None => {
                    close(document, &mut spans, &mut open, at);
                    open = Some(at);
                }
            },
            _ => {}
        }
        previous = c;
    }
    close(document, &mut spans, &mut open, document.text().len());
    spans
}

fn opens(previous: char) -> bool {
    previous.is_whitespace() || matches!(previous, '(' | '[' | '—' | '–' | '-')
}

fn starts_word(document: &Document, at: usize) -> bool {
    let rest = document.text().get(at..).unwrap_or("");
    rest.chars().next().is_some_and(|c| !c.is_whitespace())
}

/// Ends an open quote before `end`, where its paragraph ends or another begins.
fn close(document: &Document, spans: &mut Vec<Span>, open: &mut Option<usize>, end: usize) {
    if let Some(start) = open.take() {
        let span = document.trim(Span::raw(start, end));
        if span.len() > 3 {
            spans.push(span);
        }
    }
}

/// The quoted span that contains `span`, if any. `quotes` is sorted, as [`quotes`] gives it.
#[must_use]
pub fn quote_around(quotes: &[Span], span: Span) -> Option<Span> {
    let next = quotes.partition_point(|quote| quote.start() <= span.start());
    let quote = *quotes.get(next.checked_sub(1)?)?;
    quote.contains(span).then_some(quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_quotes() {
        let cases: &[(&str, &[&str])] = &[
            ("He said “yes” and “no”.", &["“yes”", "“no”"]),
            ("\"Fine,\" she said. \"Go.\"", &["\"Fine,\"", "\"Go.\""]),
            // Over paragraphs: opened twice, closed once.
            ("“One.\n\n“Two.” End", &["“One.", "“Two.”"]),
            // Unbalanced: ends with its paragraph.
            (
                "\"Never closed.\n\nNext \"one\" here",
                &["\"Never closed.", "\"one\""],
            ),
            (
                "Odd\" mark. Then \"this\" too",
                &["\" mark. Then", "\"this\""],
            ),
            // Nested in single marks: one quote.
            (
                "“He said ‘no’ twice,” Maar said",
                &["“He said ‘no’ twice,”"],
            ),
            ("no quotes here", &[]),
            ("”", &[]),
            ("«É» fin", &["«É»"]),
        ];
        for (text, expected) in cases {
            let document = Document::new("t", *text).unwrap();
            let found: Vec<&str> = quotes(&document)
                .iter()
                .map(|&q| document.slice(q))
                .collect();
            assert_eq!(&found, expected, "{text:?}");
        }
    }

    #[test]
    fn tells_what_is_quoted() {
        let document = Document::new("t", "a “b c” d").unwrap();
        let quotes = quotes(&document);
        assert_eq!(quote_around(&quotes, Span::raw(5, 6)), Some(quotes[0]));
        assert_eq!(quote_around(&quotes, Span::raw(0, 1)), None);
        assert_eq!(quote_around(&quotes, Span::raw(5, 13)), None);
    }
}
