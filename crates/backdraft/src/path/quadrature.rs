//! Where on the path gradients are taken, and how they are weighted.

use std::num::NonZeroUsize;

use crate::Error;
use crate::path::gauss_legendre::gauss_legendre;

/// The steps of a path, of which there must be one.
pub(super) fn at_least_one(steps: usize) -> Result<NonZeroUsize, Error> {
    NonZeroUsize::new(steps).ok_or(Error::InvalidOption {
        option: "steps",
        value: "0".into(),
        requirement: "the path needs at least one step",
    })
}

/// A rule that approximates the integral over the path by a weighted sum.
///
/// Positions run from 0, the baseline, to 1, the input; weights sum to one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quadrature {
    /// Gauss-Legendre: by far the most exact where the gradient is smooth. Positions are inside the path.
    #[default]
    GaussLegendre,
    /// Equal steps with both ends, which count half.
    Trapezoid,
    /// The beginning of each of `n` equal steps.
    Left,
    /// The end of each of `n` equal steps.
    Right,
    /// The middle of each of `n` equal steps.
    Midpoint,
    /// The end of each of `n` steps, which get longer: they are cut where the square of the distance to the input is a
    /// multiple of `1/n`.
    SquareRoot,
}

impl Quadrature {
    /// The name: `gauss-legendre`.
    pub fn name(self) -> &'static str {
        match self {
            Self::GaussLegendre => "gauss-legendre",
            Self::Trapezoid => "trapezoid",
            Self::Left => "left",
            Self::Right => "right",
            Self::Midpoint => "midpoint",
            Self::SquareRoot => "square root",
        }
    }

    /// The positions of `n` points, in ascending order, with their weights.
    ///
    /// ```
    /// use backdraft::Quadrature;
    /// use std::num::NonZeroUsize;
    ///
    /// let points = Quadrature::Midpoint.points(NonZeroUsize::new(2).unwrap());
    /// assert_eq!(points, [(0.25, 0.5), (0.75, 0.5)]);
    /// ```
    pub fn points(self, n: NonZeroUsize) -> Vec<(f64, f64)> {
        let steps = n.get() as f64;
        let equal = |shift: f64| {
            let position = |k: usize| ((k as f64 + shift) / steps, 1.0 / steps);
            (0..n.get()).map(position).collect()
        };
        match self {
            Self::GaussLegendre => gauss_legendre(n.get()),
            Self::Trapezoid => trapezoid(n.get()),
            Self::Left => equal(0.0),
            Self::Right => equal(1.0),
            Self::Midpoint => equal(0.5),
            Self::SquareRoot => square_root(n.get()),
        }
    }
}

/// Steps are cut at `1 - sqrt(k / n)`.
fn square_root(n: usize) -> Vec<(f64, f64)> {
    let distance = |k: usize| (k as f64 / n as f64).sqrt();
    let point = |k: usize| (1.0 - distance(k), distance(k + 1) - distance(k));
    (0..n).rev().map(point).collect()
}

/// One point alone is taken in the middle.
fn trapezoid(n: usize) -> Vec<(f64, f64)> {
    if n == 1 {
        return vec![(0.5, 1.0)];
    }
    let steps = (n - 1) as f64;
    let weight = |k: usize| if k == 0 || k == n - 1 { 0.5 } else { 1.0 };
    (0..n)
        .map(|k| (k as f64 / steps, weight(k) / steps))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: [Quadrature; 6] = [
        Quadrature::GaussLegendre,
        Quadrature::Trapezoid,
        Quadrature::Left,
        Quadrature::Right,
        Quadrature::Midpoint,
        Quadrature::SquareRoot,
    ];

    fn integrate(rule: Quadrature, n: usize, f: impl Fn(f64) -> f64) -> f64 {
        let points = rule.points(NonZeroUsize::new(n).unwrap());
        assert_eq!(points.len(), n);
        points.iter().map(|&(x, weight)| weight * f(x)).sum()
    }

    #[test]
    fn weights_sum_to_one_for_every_number_of_points() {
        for rule in RULES {
            for n in [1, 2, 3, 50, 300] {
                let sum = integrate(rule, n, |_| 1.0);
                assert!((sum - 1.0).abs() < 1e-12, "{rule:?} {n}: {sum}");
            }
        }
    }

    #[test]
    fn positions_are_those_of_the_rule() {
        let positions = |rule: Quadrature| -> Vec<f64> {
            let points = rule.points(NonZeroUsize::new(4).unwrap());
            points.into_iter().map(|(x, _)| x).collect()
        };
        assert_eq!(positions(Quadrature::Left), [0.0, 0.25, 0.5, 0.75]);
        assert_eq!(positions(Quadrature::Right), [0.25, 0.5, 0.75, 1.0]);
        assert_eq!(
            positions(Quadrature::Midpoint),
            [0.125, 0.375, 0.625, 0.875]
        );
        assert_eq!(
            positions(Quadrature::Trapezoid),
            [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]
        );
        let squares = [0.75_f64.sqrt(), 0.5_f64.sqrt(), 0.5, 0.0];
        assert_eq!(
            positions(Quadrature::SquareRoot),
            squares.map(|distance| 1.0 - distance)
        );
    }

    #[test]
    fn gauss_legendre_is_exact_up_to_degree_2n_minus_1() {
        for n in [1, 2, 5] {
            let degree = 2 * n - 1;
            let exact = 1.0 / (degree + 1) as f64;
            let integral = integrate(Quadrature::GaussLegendre, n, |x| x.powi(degree as i32));
            assert!((integral - exact).abs() < 1e-12, "{n}: {integral}");
        }
        // The nodes of two points are known.
        let points = Quadrature::GaussLegendre.points(NonZeroUsize::new(2).unwrap());
        assert!((points[0].0 - (0.5 - 0.5 / 3f64.sqrt())).abs() < 1e-12);
    }
}
