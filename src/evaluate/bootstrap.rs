//! Units (documents or sentences) and a statistic in, a 95 % interval out.
//!
//! The percentile bootstrap: draw as many units as there are, with replacement, compute the statistic,
//! repeat, and take the 2.5th and 97.5th percentile. What is drawn is a whole unit, because rows of one
//! document lean on each other and an interval over rows would be too narrow. The same seed over as many
//! units gives the same draws whatever the statistic, so two figures on one corpus can be compared.

use serde::Serialize;

/// Number of resamples for a reported figure.
pub const N_RESAMPLES: usize = 1_000;

/// A 95 % percentile interval; both ends are NaN if there was nothing to resample. Resamples on which the statistic is
/// NaN are left out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// 2.5th percentile.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
}

impl Interval {
    /// The interval of a statistic's values on resamples.
    #[must_use]
    pub fn of(resamples: &[f64]) -> Self {
        let mut values: Vec<f64> = resamples.iter().copied().filter(|v| !v.is_nan()).collect();
        values.sort_by(f64::total_cmp);
        Self {
            low: percentile(&values, 0.025),
            high: percentile(&values, 0.975),
        }
    }
}

/// A figure with its interval, as it is reported.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    /// What was measured, for example `polar pairs F1`.
    pub name: String,
    /// The statistic over all units; NaN without units.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// Number of units (documents or sentences) that were resampled.
    pub n_units: usize,
    /// The statistic on every resample.
    #[serde(skip)]
    pub resamples: Vec<f64>,
}

impl Measure {
    /// A figure from its value and its values on resamples.
    #[must_use]
    pub fn new(name: &str, value: f64, resamples: Vec<f64>, n_units: usize) -> Self {
        let Interval { low, high } = Interval::of(&resamples);
        Self {
            name: name.to_owned(),
            value,
            low,
            high,
            n_units,
            resamples,
        }
    }

    /// By how much this figure is above another of the same units, by the paired bootstrap: both are taken on the same
    /// draws. None if they have not as many units, when there is nothing to pair.
    #[must_use]
    pub fn above(&self, other: &Self) -> Option<Self> {
        if (self.n_units, self.resamples.len()) != (other.n_units, other.resamples.len()) {
            return None;
        }
        let pairs = self.resamples.iter().zip(&other.resamples);
        let resamples = pairs.map(|(own, other)| own - other).collect();
        Some(Self::new(
            &self.name,
            self.value - other.value,
            resamples,
            self.n_units,
        ))
    }

    /// Measures a statistic of summed units over [`N_RESAMPLES`] resamples; see [`resamples_of_sums`].
    pub fn of_sums<T: Clone>(
        name: &str,
        units: &[T],
        merge: impl Fn(&mut T, &T),
        statistic: impl Fn(&T) -> f64,
        seed: u64,
    ) -> Self {
        let value = sum(units.iter(), &merge).map_or(f64::NAN, |total| statistic(&total));
        let resamples = resamples_of_sums(units, merge, statistic, seed, N_RESAMPLES);
        Self::new(name, value, resamples, units.len())
    }
}

/// Values of a statistic that needs to see every drawn unit, such as a calibration error.
pub fn resamples<T>(
    units: &[T],
    statistic: impl Fn(&[&T]) -> f64,
    seed: u64,
    n_resamples: usize,
) -> Vec<f64> {
    let mut drawn = Vec::with_capacity(units.len());
    let resample = |generator: &mut SplitMix64| {
        drawn.clear();
        drawn.extend(draws(units, generator));
        statistic(&drawn)
    };
    resampled(units, resample, seed, n_resamples)
}

/// Values of a statistic of a sum: units are merged as they are drawn and none is kept.
///
/// A unit holds counts, `merge` adds one to another and `statistic` finishes the sum, as in
/// `resamples_of_sums(&documents, Counts::merge, Counts::f1, seed, 1_000)`. One resample costs one
/// merge a unit.
pub fn resamples_of_sums<T: Clone>(
    units: &[T],
    merge: impl Fn(&mut T, &T),
    statistic: impl Fn(&T) -> f64,
    seed: u64,
    n_resamples: usize,
) -> Vec<f64> {
    let resample = |generator: &mut SplitMix64| {
        sum(draws(units, generator), &merge).map_or(f64::NAN, |total| statistic(&total))
    };
    resampled(units, resample, seed, n_resamples)
}

fn resampled<T>(
    units: &[T],
    mut resample: impl FnMut(&mut SplitMix64) -> f64,
    seed: u64,
    n_resamples: usize,
) -> Vec<f64> {
    let mut generator = SplitMix64 { state: seed };
    let n_resamples = if units.is_empty() { 0 } else { n_resamples };
    (0..n_resamples).map(|_| resample(&mut generator)).collect()
}

/// Percentile of sorted values, interpolated between the two nearest; NaN without values.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = share * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    // Equal neighbours first: two infinities would give NaN below.
    if sorted[below] == sorted[above] {
        return sorted[below];
    }
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

fn draws<'a, T>(units: &'a [T], generator: &mut SplitMix64) -> impl Iterator<Item = &'a T> {
    units.iter().map(|_| &units[generator.below(units.len())])
}

fn sum<'a, T: Clone + 'a>(
    mut units: impl Iterator<Item = &'a T>,
    merge: impl Fn(&mut T, &T),
) -> Option<T> {
    let mut total = units.next()?.clone();
    units.for_each(|unit| merge(&mut total, unit));
    Some(total)
}

/// The SplitMix64 generator: 64 bits of state, the same numbers on every machine.
struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number in `0..bound`: the high half of a 128-bit product, biased by less than `bound` / 2^64.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(total: &mut u64, unit: &u64) {
        *total += unit;
    }

    #[test]
    fn generator_gives_the_published_numbers() {
        // First outputs of the reference implementation for the seed 1234567.
        let mut generator = SplitMix64 { state: 1_234_567 };
        assert_eq!(generator.next(), 6_457_827_717_110_365_317);
        assert_eq!(generator.next(), 3_203_168_211_198_807_973);
        assert!((0..1_000).all(|_| generator.below(7) < 7));
    }

    #[test]
    fn percentiles_interpolate() {
        let values: Vec<f64> = (0..=40).map(f64::from).collect();
        for (share, expected) in [
            (0.0, 0.0),
            (0.025, 1.0),
            (0.5, 20.0),
            (0.51, 20.4),
            (1.0, 40.0),
        ] {
            assert!(
                (percentile(&values, share) - expected).abs() < 1e-12,
                "{share}"
            );
        }
        assert!(percentile(&[], 0.5).is_nan());
    }

    #[test]
    fn interval_of_a_share_is_about_two_standard_errors() {
        // 30 ones in 100: the standard error is sqrt(0.3 * 0.7 / 100) = 0.046.
        let units: Vec<u64> = (0..100).map(|i| u64::from(i < 30)).collect();
        let share = |&total: &u64| total as f64 / 100.0;
        let share = Interval::of(&resamples_of_sums(&units, add, share, 1, N_RESAMPLES));
        assert!(
            (share.low - 0.21).abs() < 0.015 && (share.high - 0.39).abs() < 0.015,
            "{share:?}"
        );
    }

    #[test]
    fn both_forms_draw_the_same_units() {
        let units: Vec<u64> = (0..50).map(|i| i * i).collect();
        let summed = resamples_of_sums(&units, add, |&total| total as f64, 7, 200);
        let seen = resamples(
            &units,
            |drawn| drawn.iter().map(|&&unit| unit as f64).sum(),
            7,
            200,
        );
        assert_eq!(summed, seen);
        assert_ne!(
            summed,
            resamples_of_sums(&units, add, |&total| total as f64, 8, 200)
        );
    }

    #[test]
    fn a_resample_has_as_many_units_as_the_corpus() {
        let interval = Interval::of(&resamples(&[1, 2, 3], |drawn| drawn.len() as f64, 0, 20));
        assert_eq!(
            interval,
            Interval {
                low: 3.0,
                high: 3.0
            }
        );
    }

    #[test]
    fn nothing_to_resample_is_nan_and_undefined_resamples_are_left_out() {
        let none: [u64; 0] = [];
        let measure = Measure::of_sums("nothing", &none, add, |&total| total as f64, 1);
        assert!(measure.value.is_nan() && measure.low.is_nan() && measure.high.is_nan());
        // With two units a quarter of the resamples sums to 0, for which 1 / total would be infinite.
        let defined = |&total: &u64| {
            if total == 0 {
                f64::NAN
            } else {
                1.0 / total as f64
            }
        };
        let interval = Interval::of(&resamples_of_sums(&[0, 1], add, defined, 3, 100));
        assert_eq!(
            interval,
            Interval {
                low: 0.5,
                high: 1.0
            }
        );
    }

    #[test]
    fn measure_has_the_value_of_the_whole() {
        let measure = Measure::of_sums("sum", &[1_u64, 2, 3], add, |&total| total as f64, 5);
        assert_eq!(
            (measure.value, measure.n_units, measure.name.as_str()),
            (6.0, 3, "sum")
        );
        assert!(measure.low <= measure.value && measure.value <= measure.high);
    }

    #[test]
    fn what_two_figures_share_is_not_in_their_difference() {
        let units: Vec<u64> = (0..30).map(|i| i * i).collect();
        let measure = |more: f64| {
            let mean = |&total: &u64| total as f64 / 30.0 + more;
            Measure::of_sums("mean", &units, add, mean, 5)
        };
        let above = measure(2.0).above(&measure(0.5)).unwrap();
        // The mean itself moves by a hundred from draw to draw.
        assert!(measure(0.0).high - measure(0.0).low > 100.0);
        for figure in [above.value, above.low, above.high] {
            assert!((figure - 1.5).abs() < 1e-9, "{above:?}");
        }
        let fewer = Measure::of_sums("mean", &units[1..], add, |&total| total as f64, 5);
        assert_eq!(measure(0.0).above(&fewer), None);
    }
}
