//! Days -> the periods over which profiles are summed up.
//!
//! In goes a day as `YYYY-MM-DD`, out comes the name of its day, ISO week, month or year. What a reader
//! would question: thirty lines of calendar of our own. A day of the week is all that is needed, and its
//! formula is shorter than the use of a date library.

use serde::{Deserialize, Serialize};

/// Over what time profiles are summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// `2023-05-08`.
    Day,
    /// The ISO week, `2023-W19`.
    Week,
    /// `2023-05`.
    Month,
    /// `2023`.
    Year,
}

/// The name of the period of a date that begins with `YYYY-MM-DD`, a time after it aside; none for other dates.
#[must_use]
pub fn period_of(date: &str, period: Period) -> Option<String> {
    let (day, time) = date.split_at_checked(10)?;
    let ends = !time.starts_with(|c: char| c.is_alphanumeric() && c != 'T');
    Day::parse(day)
        .filter(|_| ends)
        .map(|day| day.period(period))
}

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    year: u32,
    month: u32,
    day: u32,
}

impl Day {
    /// A day from `YYYY-MM-DD`; none for other forms and days that do not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| {
            let part = parts.next()?;
            let plain = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| part.parse::<u32>().ok())?
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        let found = Self { year, month, day };
        let exists = (1..=12).contains(&month) && (1..=found.days_in_month()).contains(&day);
        (exists && year > 0 && parts.next().is_none()).then_some(found)
    }

    fn days_in_month(self) -> u32 {
        match self.month {
            2 if is_leap(self.year) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// Number of the day in its year, from 1.
    fn of_year(self) -> u32 {
        let before = (1..self.month).map(|month| Self { month, ..self }.days_in_month());
        before.sum::<u32>() + self.day
    }

    /// The name of the period that holds the day.
    #[must_use]
    pub fn period(self, period: Period) -> String {
        let Self { year, month, day } = self;
        match period {
            Period::Day => format!("{year:04}-{month:02}-{day:02}"),
            Period::Week => {
                // ISO 8601: week 1 holds the year's first Thursday.
                let weekday = weekday_before(year).wrapping_add(self.of_year() - 1) % 7 + 1;
                let week = (self.of_year() + 10 - weekday) / 7;
                let (year, week) = if week == 0 {
                    (year - 1, weeks(year - 1))
                } else if week > weeks(year) {
                    (year + 1, 1)
                } else {
                    (year, week)
                };
                format!("{year:04}-W{week:02}")
            }
            Period::Month => format!("{year:04}-{month:02}"),
            Period::Year => format!("{year:04}"),
        }
    }
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Days from Monday to the weekday of 1 January, 0 to 6.
fn weekday_before(year: u32) -> u32 {
    let y = year.saturating_sub(1);
    (y + y / 4 - y / 100 + y / 400) % 7
}

/// Weeks in an ISO year: 53 when it starts on a Thursday, or on a Wednesday and is a leap year.
fn weeks(year: u32) -> u32 {
    let first = weekday_before(year);
    52 + u32::from(first == 3 || (first == 2 && is_leap(year)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_are_those_of_iso_8601() {
        let cases = [
            ("2023-05-08", "2023-W19"),
            ("2023-01-01", "2022-W52"),
            ("2021-01-03", "2020-W53"),
            ("2020-12-31", "2020-W53"),
            ("2024-12-30", "2025-W01"),
            ("2018-12-31", "2019-W01"),
            ("2016-01-03", "2015-W53"),
            ("2000-02-29", "2000-W09"),
        ];
        for (day, week) in cases {
            assert_eq!(Day::parse(day).unwrap().period(Period::Week), week, "{day}");
        }
        let day = Day::parse("2023-05-08").unwrap();
        assert_eq!(day.period(Period::Day), "2023-05-08");
        assert_eq!(day.period(Period::Month), "2023-05");
        assert_eq!(day.period(Period::Year), "2023");
        assert_eq!(
            period_of("2023-05-08T10:00:00Z", Period::Month).unwrap(),
            "2023-05"
        );
        assert_eq!(period_of("2023-05-081", Period::Month), None);
        assert_eq!(period_of("8 May 2023, é", Period::Month), None);
    }

    #[test]
    fn days_that_do_not_exist_are_none() {
        for text in [
            "",
            "2023",
            "2023-2-3",
            "2023-02-29",
            "1900-02-29",
            "2023-13-01",
            "2023-00-10",
            "2023-01-32",
            "0000-01-01",
            "2023-05-08T10:00",
            "+023-05-08",
            "2023-05-08-1",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }
}
