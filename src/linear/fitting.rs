//! Rows and their classes -> a fitted classifier.
//!
//! linfa's multinomial logistic regression does the fitting, in f64 on standardised features; the fitted weights are
//! then folded back onto the raw features. What a reader would question: we do not keep linfa's own fitted type. It has
//! no public constructor, and its fit reports neither the loss nor whether it converged, so the gradient of the same
//! loss is computed here at the end, and a fit that stopped early is an error.

use super::{Linear, softmax};
use crate::error::{Error, Result};
use linfa::DatasetBase;
use linfa::prelude::Fit;
use linfa_logistic::MultiLogisticRegression;
use ndarray::{Array1, Array2, ArrayView1, Axis};

/// Largest accepted norm of the gradient of the mean loss where a fit ends.
pub const GRADIENT_BOUND: f64 = 2e-3;

/// How a head is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitParams {
    /// L2 penalty on the mean loss of standardised features; at least 0. Larger is smoother.
    pub penalty: f64,
    /// Most iterations of L-BFGS; heads of 768 dimensions need more than 300 now and then.
    pub max_iterations: u64,
}

impl Default for FitParams {
    fn default() -> Self {
        Self {
            penalty: 1e-3,
            max_iterations: 1_000,
        }
    }
}

impl Linear {
    /// Fits on `x` of shape (n_samples, n_features) and one class below `n_classes` a row.
    ///
    /// A class without a row gets a weight of zero and an intercept that makes it impossible.
    ///
    /// # Errors
    ///
    /// [`Error::NotConverged`] when the gradient is not small at the end; [`Error::Internal`] on
    /// shapes that do not fit or values that are not finite.
    pub fn fit(
        head: &str,
        mut x: Array2<f64>,
        y: &[usize],
        n_classes: usize,
        params: FitParams,
    ) -> Result<Self> {
        let bug = |message: &str| Error::Internal {
            message: format!("{head}: {message}"),
        };
        let n = x.nrows();
        if n == 0 || n != y.len() || y.iter().any(|&class| class >= n_classes) {
            return Err(bug("rows and classes do not fit"));
        }
        let (mean, scale) = standardise(&mut x);
        if !mean.iter().chain(&scale).all(|value| value.is_finite()) {
            return Err(bug("features are not finite"));
        }
        let targets = Array1::from_iter(y.iter().copied());
        let fitted = MultiLogisticRegression::default()
            // linfa penalises the sum of losses: half of alpha times the squared weights.
            .alpha(params.penalty * n as f64)
            .max_iterations(params.max_iterations)
            .gradient_tolerance(0.5 * GRADIENT_BOUND * n as f64)
            .fit(&DatasetBase::new(x.view(), targets))
            .map_err(|error| bug(&error.to_string()))?;

        let present = fitted.classes().to_vec();
        let gradient_norm = gradient_norm(
            &x,
            y,
            &present,
            fitted.params(),
            fitted.intercept(),
            params.penalty,
        );
        if gradient_norm.is_nan() || gradient_norm > GRADIENT_BOUND {
            return Err(Error::NotConverged {
                head: head.to_owned(),
                gradient_norm,
                bound: GRADIENT_BOUND,
            });
        }
        let mut weights = vec![0.0; x.ncols() * n_classes];
        let mut intercept = vec![-40.0; n_classes];
        for (column, &class) in present.iter().enumerate() {
            let mut shift = 0.0;
            for feature in 0..x.ncols() {
                let weight = fitted.params()[(feature, column)] / scale[feature];
                weights[feature * n_classes + class] = weight as f32;
                shift += weight * mean[feature];
            }
            intercept[class] = (fitted.intercept()[column] - shift) as f32;
        }
        Ok(Self {
            n_classes,
            weights,
            intercept,
        })
    }
}

/// Centres and scales every column to unit variance; returns means and scales. A constant column
/// keeps scale 1.
fn standardise(x: &mut Array2<f64>) -> (Array1<f64>, Array1<f64>) {
    let n = x.nrows() as f64;
    let mean = x.sum_axis(Axis(0)) / n;
    let mut square = Array1::<f64>::zeros(x.ncols());
    for mut row in x.rows_mut() {
        row -= &mean;
        square.zip_mut_with(&row, |sum, &value| *sum += value * value);
    }
    let scale = square.mapv(|sum| {
        let deviation = (sum / n).sqrt();
        if deviation > 1e-9 { deviation } else { 1.0 }
    });
    for mut row in x.rows_mut() {
        row /= &scale;
    }
    (mean, scale)
}

/// Norm of the gradient of the mean cross-entropy plus half the penalty times the squared weights.
fn gradient_norm(
    x: &Array2<f64>,
    y: &[usize],
    present: &[usize],
    weights: &Array2<f64>,
    intercept: &Array1<f64>,
    penalty: f64,
) -> f64 {
    let n = x.nrows() as f64;
    let mut gradient = weights * penalty;
    let mut gradient_intercept = Array1::<f64>::zeros(present.len());
    for (rows, classes) in x.axis_chunks_iter(Axis(0), 4096).zip(y.chunks(4096)) {
        let mut error = rows.dot(weights) + intercept;
        for (mut row, class) in error.rows_mut().into_iter().zip(classes) {
            if let Some(values) = row.as_slice_mut() {
                softmax(values);
            }
            if let Some(column) = present.iter().position(|p| p == class) {
                row[column] -= 1.0;
            }
        }
        gradient.scaled_add(1.0 / n, &rows.t().dot(&error));
        gradient_intercept.scaled_add(1.0 / n, &error.sum_axis(Axis(0)));
    }
    let square = |view: ArrayView1<'_, f64>| view.dot(&view);
    let flat: f64 = gradient.rows().into_iter().map(square).sum();
    (flat + square(gradient_intercept.view())).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two features, three classes in three corners, and one far outlier.
    fn corners() -> (Array2<f64>, Vec<usize>) {
        let mut rows = Vec::new();
        let mut y = Vec::new();
        for i in 0..60 {
            let class = i % 3;
            let jitter = f64::from(i) * 0.01;
            let (a, b) = [(0.0, 0.0), (4.0, 0.5), (0.5, 4.0)][class as usize];
            rows.extend([a + jitter, b - jitter]);
            y.push(class as usize);
        }
        (Array2::from_shape_vec((60, 2), rows).unwrap(), y)
    }

    #[test]
    fn separates_corners_and_gives_probabilities() {
        let (x, y) = corners();
        let head = Linear::fit("corners", x.clone(), &y, 3, FitParams::default()).unwrap();
        for (row, &class) in x.rows().into_iter().zip(&y) {
            let features: Vec<f32> = row.iter().map(|&v| v as f32).collect();
            let mut p: Vec<f64> = head.logits(&features).into_iter().map(f64::from).collect();
            softmax(&mut p);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let best = (0..3).max_by(|&a, &b| p[a].total_cmp(&p[b])).unwrap();
            assert_eq!(best, class);
        }
    }

    #[test]
    fn a_class_without_rows_is_never_predicted() {
        let (x, y) = corners();
        let head = Linear::fit("corners", x, &y, 5, FitParams::default()).unwrap();
        let mut p: Vec<f64> = head
            .logits(&[4.0, 0.5])
            .into_iter()
            .map(f64::from)
            .collect();
        softmax(&mut p);
        assert!(p[3] < 1e-9 && p[4] < 1e-9, "{p:?}");
    }

    #[test]
    fn a_fit_cut_short_is_an_error() {
        let (x, mut y) = corners();
        // Without noise one long step already separates the classes.
        for class in y.iter_mut().step_by(7) {
            *class = (*class + 1) % 3;
        }
        let params = FitParams {
            penalty: 1e-3,
            max_iterations: 1,
        };
        let error = Linear::fit("corners", x, &y, 3, params).unwrap_err();
        assert!(matches!(error, Error::NotConverged { .. }), "{error}");
    }

    #[test]
    fn gradient_is_zero_only_at_the_minimum() {
        // One feature, symmetric classes, no penalty: at zero weights the gradient is -1/2 and 1/2.
        let x = Array2::from_shape_vec((2, 1), vec![-1.0, 1.0]).unwrap();
        let norm = gradient_norm(
            &x,
            &[0, 1],
            &[0, 1],
            &Array2::zeros((1, 2)),
            &Array1::zeros(2),
            0.0,
        );
        assert!((norm - 0.5f64.sqrt()).abs() < 1e-12, "{norm}");
    }
}
