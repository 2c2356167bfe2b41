//! Gauss-Legendre quadrature.

use std::f64::consts::PI;

/// The `n` positions in `(0, 1)`, in ascending order, and the weights by which Gauss and Legendre approximate an
/// integral over `[0, 1]`: exact for polynomials up to degree `2 n - 1`. Positions are the roots of the Legendre
/// polynomial of degree `n`.
pub(super) fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let point = |k: usize| {
        let (node, slope) = legendre_root(n, k);
        let weight = 2.0 / ((1.0 - node * node) * slope * slope);
        (0.5 * (1.0 + node), 0.5 * weight)
    };
    (0..n).map(point).collect()
}

/// The `k`-th smallest root by Newton's method, and the polynomial's slope there.
fn legendre_root(n: usize, k: usize) -> (f64, f64) {
    // Tricomi's approximation is so close that a few iterations give every digit.
    let mut x = -(PI * (k as f64 + 0.75) / (n as f64 + 0.5)).cos();
    for _ in 0..100 {
        let (value, slope) = legendre(n, x);
        let step = value / slope;
        x -= step;
        if step.abs() < 1e-15 {
            break;
        }
    }
    (x, legendre(n, x).1)
}

/// The Legendre polynomial of degree `n` and its slope, by the three-term recurrence.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for degree in 2..=n {
        let degree = degree as f64;
        let next = ((2.0 * degree - 1.0) * x * value - (degree - 1.0) * before) / degree;
        (before, value) = (value, next);
    }
    let slope = n as f64 * (x * value - before) / (x * x - 1.0);
    (value, slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_points_are_those_of_gauss() {
        let [(low, w1), (high, w2)] = gauss_legendre(2).try_into().unwrap();
        // 1/2 ± 1 / (2 sqrt 3), with equal weights.
        let offset = 0.5 / 3.0_f64.sqrt();
        for (actual, expected) in [
            (high, 0.5 + offset),
            (low, 0.5 - offset),
            (w1, 0.5),
            (w2, 0.5),
        ] {
            assert!((actual - expected).abs() < 1e-14, "{actual} {expected}");
        }
    }

    #[test]
    fn high_powers_are_integrated_exactly() {
        let quadrature = gauss_legendre(32);
        for degree in [0, 1, 20, 63] {
            let sum: f64 = quadrature.iter().map(|(x, w)| w * x.powi(degree)).sum();
            let exact = 1.0 / (f64::from(degree) + 1.0);
            assert!((sum - exact).abs() < 1e-14, "degree {degree}: {sum}");
        }
    }
}
