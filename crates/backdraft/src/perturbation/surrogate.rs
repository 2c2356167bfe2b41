//! Linear models that are fitted to scores.

use std::fmt::{self, Display, Formatter};

use burn::tensor::Device;

use crate::Error;
use crate::perturbation::error::RegionError;
use crate::perturbation::least_squares::{dot, pseudo_inverse};

/// The linear model that [`Lime`](crate::Lime) fits: which sum its coefficients `A` and intercept `c` minimize.
///
/// `w` is a sample's weight, `e` by how much the model misses its score. The intercept isn't penalized.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Surrogate {
    /// Least squares: `sum of w e²`. It takes more samples than there are regions.
    LeastSquares,
    /// Ridge regression: `sum of w e² + α · sum of A²`, as in scikit-learn.
    Ridge(f64),
    /// The lasso: `sum of w e² / (2 · sum of w) + α · sum of |A|`, as in scikit-learn. It leaves many coefficients zero,
    /// and has no standard errors.
    Lasso(f64),
}

/// With its strength: `ridge 1`.
impl Display for Surrogate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeastSquares => write!(f, "least squares"),
            Self::Ridge(alpha) => write!(f, "ridge {alpha}"),
            Self::Lasso(alpha) => write!(f, "lasso {alpha}"),
        }
    }
}

/// The equations of weighted samples: each is the root of its weight times what its flags are more than their mean, so
/// that no intercept is left.
pub(super) struct Fitting {
    surrogate: Surrogate,
    weights: Vec<f64>,
    equations: Vec<Vec<f64>>,
    /// From right-hand sides to coefficients, a row for each, where that is a linear map.
    inverse: Option<Vec<Vec<f64>>>,
}

/// What was fitted to some scores.
pub(super) struct Fit {
    pub(super) values: Vec<f64>,
    /// Unless the coefficients are no linear map of the scores, or as many as those.
    pub(super) errors: Option<Vec<f64>>,
    /// The coefficient of determination.
    pub(super) r_squared: f64,
}

impl Surrogate {
    /// Refuses a strength that isn't one.
    pub(super) fn check(self) -> Result<(), Error> {
        match self {
            Self::Ridge(alpha) | Self::Lasso(alpha) if !(alpha >= 0.0 && alpha.is_finite()) => {
                Err(Error::InvalidOption {
                    option: "strength of the surrogate",
                    value: alpha.to_string(),
                    requirement: "it must be a finite number that isn't negative",
                })
            }
            _ => Ok(()),
        }
    }

    /// Prepares to fit scores of these samples, of which some weight isn't zero.
    pub(super) fn fitting(
        self,
        samples: &[Vec<bool>],
        weights: Vec<f64>,
        device: &Device,
    ) -> Result<Fitting, RegionError> {
        let equations = equations(samples, &weights);
        let regions = samples.first().map_or(0, Vec::len);
        let inverse = match self {
            Self::Lasso(_) => None,
            Self::LeastSquares => pseudo_inverse(&equations, device),
            Self::Ridge(alpha) => {
                let penalty = (0..regions).map(|region| {
                    let mut equation = vec![0.0; regions];
                    equation[region] = alpha.sqrt();
                    equation
                });
                let all: Vec<Vec<f64>> = equations.iter().cloned().chain(penalty).collect();
                pseudo_inverse(&all, device)
            }
        };
        if inverse.is_none() && !matches!(self, Self::Lasso(_)) {
            return Err(RegionError::TooFew {
                coalitions: samples.len(),
                regions,
            });
        }
        Ok(Fitting {
            surrogate: self,
            weights,
            equations,
            inverse,
        })
    }
}

fn equations(samples: &[Vec<bool>], weights: &[f64]) -> Vec<Vec<f64>> {
    let number = |kept: bool| f64::from(u8::from(kept));
    let regions = samples.first().map_or(0, Vec::len);
    let mean = |region: usize| {
        let kept = samples.iter().map(|sample| number(sample[region]));
        weighted_mean(weights, kept)
    };
    let means: Vec<f64> = (0..regions).map(mean).collect();
    let equation = |(sample, weight): (&Vec<bool>, &f64)| {
        let flags = sample.iter().zip(&means);
        flags
            .map(|(&kept, mean)| weight.sqrt() * (number(kept) - mean))
            .collect()
    };
    samples.iter().zip(weights).map(equation).collect()
}

fn weighted_mean(weights: &[f64], values: impl Iterator<Item = f64>) -> f64 {
    let sum: f64 = weights.iter().zip(values).map(|(w, value)| w * value).sum();
    sum / weights.iter().sum::<f64>()
}

impl Fitting {
    /// Fits scores, one for each sample.
    pub(super) fn fit(&self, scores: &[f64]) -> Fit {
        let mean = weighted_mean(&self.weights, scores.iter().copied());
        let sides = scores.iter().zip(&self.weights);
        let sides: Vec<f64> = sides
            .map(|(it, weight)| weight.sqrt() * (it - mean))
            .collect();
        let values = match (&self.inverse, self.surrogate) {
            // The penalty's equations have zeros on their right-hand sides.
            (Some(inverse), _) => inverse.iter().map(|row| dot(row, &sides)).collect(),
            (None, Surrogate::Lasso(alpha)) => lasso(
                &self.equations,
                &sides,
                alpha * self.weights.iter().sum::<f64>(),
            ),
            (None, _) => Vec::new(),
        };
        let missed: Vec<f64> = (self.equations.iter().zip(&sides))
            .map(|(equation, side)| side - dot(equation, &values))
            .collect();
        let (rest, spread) = (dot(&missed, &missed), dot(&sides, &sides));
        Fit {
            errors: self.errors(&missed),
            r_squared: if spread > 0.0 {
                1.0 - rest / spread
            } else {
                1.0
            },
            values,
        }
    }

    /// Standard errors from how far each sample moves the coefficients, were it left out (the jackknife, HC3):
    /// they hold although scores are no linear function of the regions.
    fn errors(&self, missed: &[f64]) -> Option<Vec<f64>> {
        let inverse = self.inverse.as_ref()?;
        if missed.len() <= inverse.len() + 1 {
            return None;
        }
        let total: f64 = self.weights.iter().sum();
        let without = |(sample, missed): (usize, &f64)| {
            let equation = self.equations[sample].iter().zip(inverse);
            let leverage: f64 = equation.map(|(it, row)| it * row[sample]).sum();
            // A sample that alone determines something is never missed.
            missed / (1.0 - leverage - self.weights[sample] / total).max(1e-9)
        };
        let moves: Vec<f64> = missed.iter().enumerate().map(without).collect();
        let error = |row: &Vec<f64>| {
            let moves = row.iter().zip(&moves).map(|(row, it)| (row * it).powi(2));
            moves.sum::<f64>().sqrt()
        };
        Some(inverse.iter().map(error).collect())
    }
}

/// How often coordinates are gone through at most; tens are common.
const SWEEPS: usize = 100_000;

/// Coefficients that minimize `|sides - equations · A|² / 2 + strength · |A|`, coordinate by coordinate.
fn lasso(equations: &[Vec<f64>], sides: &[f64], strength: f64) -> Vec<f64> {
    let unknowns = equations.first().map_or(0, Vec::len);
    let column = |it: usize| -> Vec<f64> { equations.iter().map(|row| row[it]).collect() };
    let columns: Vec<Vec<f64>> = (0..unknowns).map(column).collect();
    let products = columns
        .iter()
        .map(|a| columns.iter().map(|b| dot(a, b)).collect());
    let products: Vec<Vec<f64>> = products.collect();
    let mut values = vec![0.0; unknowns];
    // How fast the first part falls with each coefficient.
    let mut slopes: Vec<f64> = columns.iter().map(|column| dot(column, sides)).collect();
    let negligible = 1e-12 * dot(sides, sides).sqrt();
    for _ in 0..SWEEPS {
        let mut largest: f64 = 0.0;
        for it in 0..unknowns {
            let own = products[it][it];
            if own == 0.0 {
                continue;
            }
            let alone = slopes[it] + own * values[it];
            let value = alone.signum() * (alone.abs() - strength).max(0.0) / own;
            let change = value - values[it];
            values[it] = value;
            for (slope, product) in slopes.iter_mut().zip(&products[it]) {
                *slope -= change * product;
            }
            largest = largest.max(change.abs() * own.sqrt());
        }
        if largest <= negligible {
            break;
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [[bool; 2]; 4] = [[false, false], [true, false], [false, true], [true, true]];

    fn fit(surrogate: Surrogate, weights: [f64; 4], scores: [f64; 4]) -> Fit {
        let samples = ALL.map(Vec::from);
        let fitting = surrogate.fitting(&samples, weights.to_vec(), &Device::flex());
        fitting.unwrap().fit(&scores)
    }

    fn assert_close(actual: &[f64], expected: &[f64]) {
        assert_eq!(actual.len(), expected.len());
        for (a, b) in actual.iter().zip(expected) {
            assert!((a - b).abs() < 1e-9, "{actual:?} {expected:?}");
        }
    }

    #[test]
    fn a_linear_score_is_found_whatever_the_weights() {
        // 1 + 2 a - 3 b.
        let fit = fit(
            Surrogate::LeastSquares,
            [1.0, 0.5, 0.25, 2.0],
            [1.0, 3.0, -2.0, 0.0],
        );
        assert_close(&fit.values, &[2.0, -3.0]);
        assert_close(&[fit.r_squared], &[1.0]);
        assert_close(&fit.errors.unwrap(), &[0.0, 0.0]);
    }

    #[test]
    fn a_product_is_explained_by_two_thirds() {
        // Least squares of a b over all: 1/2 and 1/2, intercept -1/4; every sample is missed by 1/4, and scores are 1/4
        // below or 3/4 above their mean.
        let fit = fit(Surrogate::LeastSquares, [1.0; 4], [0.0, 0.0, 0.0, 1.0]);
        assert_close(&fit.values, &[0.5, 0.5]);
        assert_close(&[fit.r_squared], &[1.0 - 0.25 / 0.75]);
        // Every leverage is 3/4, so that a sample that is left out is missed by 1. A coefficient is half of the sum of
        // what its samples are more than the mean, ±1/2, four times.
        assert_close(&fit.errors.unwrap(), &[1.0, 1.0]);
    }

    #[test]
    fn penalties_draw_coefficients_to_zero() {
        // The columns are orthogonal, each of square 1, and their products with the scores are 2 and -0.5: ridge divides
        // by 1 + 1, the lasso takes away 0.25 · 4.
        let scores = [0.0, 2.0, -0.5, 1.5];
        let ridge = fit(Surrogate::Ridge(1.0), [1.0; 4], scores);
        assert_close(&ridge.values, &[1.0, -0.25]);
        let lasso = fit(Surrogate::Lasso(0.25), [1.0; 4], scores);
        assert_close(&lasso.values, &[1.0, 0.0]);
        assert!(lasso.errors.is_none());
        // Weights of two count as two samples, which ridge sees and the lasso doesn't.
        let ridge = fit(Surrogate::Ridge(1.0), [2.0; 4], scores);
        assert_close(&ridge.values, &[2.0 * 2.0 / 3.0, -1.0 / 3.0]);
        let lasso = fit(Surrogate::Lasso(0.25), [2.0; 4], scores);
        assert_close(&lasso.values, &[1.0, 0.0]);
    }

    #[test]
    fn a_constant_score_is_explained_by_nothing() {
        for surrogate in [
            Surrogate::LeastSquares,
            Surrogate::Ridge(1.0),
            Surrogate::Lasso(1.0),
        ] {
            let fit = fit(surrogate, [1.0; 4], [3.0; 4]);
            assert_close(&fit.values, &[0.0, 0.0]);
            assert_eq!(fit.r_squared, 1.0);
        }
    }

    #[test]
    fn a_region_that_never_changes_has_no_least_squares() {
        let samples = [vec![true, false], vec![true, true], vec![true, false]];
        let fitting =
            |surrogate: Surrogate| surrogate.fitting(&samples, vec![1.0; 3], &Device::flex());
        assert!(fitting(Surrogate::LeastSquares).is_err());
        for surrogate in [Surrogate::Ridge(1.0), Surrogate::Lasso(0.0)] {
            let fit = fitting(surrogate).unwrap().fit(&[0.0, 1.0, 0.0]);
            assert_eq!(fit.values[0], 0.0);
            assert!(fit.values[1] > 0.0);
        }
    }
}
