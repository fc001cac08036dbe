//! Counts and scores -> what is shown of them: figures, colours, drawings.
//!
//! In go numbers; out come their digits, the style of a cell, and drawings in SVG of an interval and of a course by
//! month. What a reader would question: drawings are written by hand, since each is a few lines and circles and the
//! page needs nothing else.

use super::text;
use crate::archive::report::Pair;
use crate::profile::ProfileSums;
use std::fmt::Write;

/// A number with thin spaces between thousands.
pub(super) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut told = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            told.push('\u{2009}');
        }
        told.push(digit);
    }
    told
}

/// The colour of a score: orange against, blue in favour, both told apart by whoever sees no red or green; the dark ones
/// have white letters.
pub(super) fn colour(score: f64) -> String {
    let (to, share) = if score < 0.0 {
        ([179.0, 88.0, 6.0], -score)
    } else {
        ([33.0, 102.0, 172.0], score)
    };
    let [r, g, b] = to.map(|channel: f64| (247.0 + (channel - 247.0) * share.min(1.0)).round());
    let letters = if share > 0.6 { "#fff" } else { "#111" };
    format!("background:rgb({r},{g},{b});color:{letters}")
}

/// A score with its sign.
pub(super) fn score(score: f64) -> String {
    let rounded = (score * 100.0).round() / 100.0;
    let sign = if rounded < 0.0 { "\u{2212}" } else { "+" };
    format!("{sign}{:.2}", rounded.abs())
}

/// Where a score stands between -1 and 1, in units of a drawing so wide.
fn place(score: f64, width: f64) -> f64 {
    ((score + 1.0) / 2.0 * width * 10.0).round() / 10.0
}

pub(super) fn interval(sums: &ProfileSums) -> String {
    let (low, high) = sums.interval();
    let [low, high, at] = [low, high, sums.score()].map(|score| place(score, 120.0));
    format!(
        "<svg class=\"interval\" viewBox=\"-4 0 128 14\" role=\"img\" aria-label=\"{} to {}\"><path d=\"M0 7H120M60 2V12\"/>\
         <path class=\"range\" d=\"M{low} 7H{high}\"/><circle cx=\"{at}\" cy=\"7\" r=\"3.5\"/></svg>",
        score(sums.interval().0),
        score(sums.interval().1),
    )
}

/// Months from the year 0 to `YYYY-MM`.
fn months(month: &str) -> f64 {
    let (year, month) = month.split_once('-').unwrap_or((month, "1"));
    let [year, month] = [year, month].map(|n| n.parse::<f64>().unwrap_or(0.0));
    year * 12.0 + month
}

/// The course of a pair, month by month.
pub(super) fn course(html: &mut String, pair: &Pair) -> std::fmt::Result {
    const WIDTH: f64 = 560.0;
    const HEIGHT: f64 = 100.0;
    let (first, last) = (pair.months.keys().next(), pair.months.keys().next_back());
    let [from, to] = [first, last].map(|month| month.map_or(0.0, |month| months(month)));
    let x = |month: &str| {
        let share = (months(month) - from) / (to - from).max(1.0);
        (share * WIDTH * 10.0).round() / 10.0
    };
    let y = |score: f64| HEIGHT - place(score, HEIGHT);
    let (mut line, mut points) = (String::new(), String::new());
    for (at, (month, sums)) in pair.months.iter().enumerate() {
        let (low, high) = sums.interval();
        let (x, middle) = (x(month), y(sums.score()));
        write!(line, "{}{x} {middle}", if at == 0 { "M" } else { "L" })?;
        write!(
            points,
            "<path class=\"range\" d=\"M{x} {}V{}\"/><circle cx=\"{x}\" cy=\"{middle}\" r=\"4\"><title>{}: {} ({})</title></circle>",
            y(low),
            y(high),
            text(month),
            score(sums.score()),
            sums.n(),
        )?;
    }
    writeln!(
        html,
        "<figure><figcaption>{} by month, mean score with its 95 % interval</figcaption>\
         <svg class=\"course\" viewBox=\"-34 -8 620 132\" role=\"img\" aria-label=\"course of the score\">\
         <path d=\"M0 0V100M0 50H560\"/><text x=\"-30\" y=\"6\">+1</text><text x=\"-30\" y=\"54\">0</text>\
         <text x=\"-30\" y=\"104\">\u{2212}1</text><path class=\"line\" d=\"{line}\"/>{points}\
         <text x=\"0\" y=\"120\">{}</text><text x=\"560\" y=\"120\" text-anchor=\"end\">{}</text></svg></figure>",
        text(&pair.actor_name),
        text(first.map_or("", String::as_str)),
        text(last.map_or("", String::as_str)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told() {
        assert_eq!(thousands(1_234_567), "1\u{2009}234\u{2009}567");
        assert_eq!(thousands(12), "12");
        assert_eq!(
            [score(-0.004), score(-0.25), score(1.0)],
            ["+0.00", "\u{2212}0.25", "+1.00"]
        );
        assert_eq!(colour(0.0), "background:rgb(247,247,247);color:#111");
        assert_eq!(colour(-1.0), "background:rgb(179,88,6);color:#fff");
        assert_eq!(
            [place(-1.0, 120.0), place(0.0, 120.0), place(1.0, 120.0)],
            [0.0, 60.0, 120.0]
        );
    }
}
