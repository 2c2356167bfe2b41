//! Factors of a matrix without negative numbers.

use rand_distr::{Distribution, StandardNormal};

use crate::random::generator;

/// A matrix in row-major order. Coordinate descent updates one number after the other, each from the ones before: that is
/// no work for a device, and in single precision its many small steps would stop early.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    pub(super) values: Vec<f64>,
    pub(super) columns: usize,
}

impl Matrix {
    pub(super) fn new(values: Vec<f64>, columns: usize) -> Self {
        Self { values, columns }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks(self.columns)
    }

    fn transposed(&self) -> Self {
        let rows = self.values.len() / self.columns;
        let column = |column: usize| self.rows().map(move |row| row[column]);
        Self::new((0..self.columns).flat_map(column).collect(), rows)
    }

    /// Its product with another one.
    pub(super) fn times(&self, other: &Self) -> Self {
        let mut product = Vec::with_capacity(self.values.len() / self.columns * other.columns);
        for row in self.rows() {
            let mut sums = vec![0.0; other.columns];
            for (&value, other) in row.iter().zip(other.rows()) {
                for (sum, other) in sums.iter_mut().zip(other) {
                    *sum += value * other;
                }
            }
            product.extend(sums);
        }
        Self::new(product, other.columns)
    }
}

/// When the factors are good enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Effort {
    pub(super) iterations: usize,
    /// The violation of the optimality conditions that is left, as a part of that of the first iteration.
    pub(super) tolerance: f64,
}

/// Positive random numbers of the size that makes their product as large as the matrix on average, which scikit-learn
/// calls `random`: `[rows, concepts]` and `[columns, concepts]`.
pub(super) fn random(matrix: &Matrix, concepts: usize, seed: u64) -> [Matrix; 2] {
    let (size, columns) = (matrix.values.len(), matrix.columns);
    let mean = matrix.values.iter().sum::<f64>() / size as f64;
    let scale = (mean / concepts as f64).sqrt();
    let mut random = generator(seed, 0);
    let mut draw = |rows: usize| {
        let sizes = (0..rows * concepts).map(|_| {
            let value: f64 = StandardNormal.sample(&mut random);
            scale * value.abs()
        });
        Matrix::new(sizes.collect(), concepts)
    };
    [draw(size / columns), draw(columns)]
}

/// Improves the factors `[rows, concepts]` and `[columns, concepts]` of a matrix by coordinate descent, in the order of scikit-learn:
/// all of the first concept's weights, then of the second's, in one factor after the other.
pub(super) fn improve(matrix: &Matrix, factors: &mut [Matrix; 2], effort: Effort) {
    let transposed = matrix.transposed();
    let mut first = None;
    for _ in 0..effort.iterations {
        let [left, right] = factors;
        let violation = descend(matrix, left, right) + descend(&transposed, right, left);
        let first = *first.get_or_insert(violation);
        if violation <= effort.tolerance * first {
            return;
        }
    }
}

/// Moves every weight of a factor to its optimum, the others being as they are; the sum of what gradients still want.
fn descend(matrix: &Matrix, factor: &mut Matrix, other: &Matrix) -> f64 {
    let products = matrix.times(other);
    let squares = other.transposed().times(other);
    let concepts = factor.columns;
    let mut violation = 0.0;
    for concept in 0..concepts {
        let pull = &squares.values[concept * concepts..(concept + 1) * concepts];
        let curvature = pull[concept];
        let rows = factor.values.chunks_mut(concepts).zip(products.rows());
        for (weights, products) in rows {
            let pulls = pull.iter().zip(weights.iter());
            let gradient = pulls.map(|(a, b)| a * b).sum::<f64>() - products[concept];
            let weight = &mut weights[concept];
            violation += if *weight == 0.0 {
                gradient.min(0.0).abs()
            } else {
                gradient.abs()
            };
            if curvature != 0.0 {
                *weight = (*weight - gradient / curvature).max(0.0);
            }
        }
    }
    violation
}

#[cfg(test)]
mod tests {
    use super::*;

    const EFFORT: Effort = Effort {
        iterations: 500,
        tolerance: 1e-9,
    };

    fn assert_product(factors: &[Matrix; 2], expected: &Matrix) {
        let product = factors[0].times(&factors[1].transposed());
        for (found, expected) in product.values.iter().zip(&expected.values) {
            assert!((found - expected).abs() < 1e-4, "{product:?}");
        }
    }

    #[test]
    fn a_matrix_of_two_parts_is_their_sum() {
        // [1 2 0]ᵀ [1 0 1 0] + [0 1 3]ᵀ [0 2 0 1]
        let rows = [
            [1.0, 0.0, 1.0, 0.0],
            [2.0, 2.0, 2.0, 1.0],
            [0.0, 6.0, 0.0, 3.0],
        ];
        let matrix = Matrix::new(rows.concat(), 4);
        let mut factors = random(&matrix, 2, 3);
        improve(&matrix, &mut factors, EFFORT);
        assert_product(&factors, &matrix);
        assert!(
            factors
                .iter()
                .all(|it| it.values.iter().all(|&value| value >= 0.0))
        );
    }

    #[test]
    fn one_step_moves_to_the_optimum_of_each_weight() {
        // Of |V - w hᵀ|² with V = [6 2; 3 1] and h = [1 1]: w = V h / h h = [4 2], then h = Vᵀ w / w w = [30 10] / 20.
        let matrix = Matrix::new(vec![6.0, 2.0, 3.0, 1.0], 2);
        let ones = || Matrix::new(vec![1.0, 1.0], 1);
        let mut factors = [ones(), ones()];
        let effort = Effort {
            iterations: 1,
            ..EFFORT
        };
        improve(&matrix, &mut factors, effort);
        assert_eq!(factors[0].values, [4.0, 2.0]);
        assert_eq!(factors[1].values, [1.5, 0.5]);
    }

    #[test]
    fn of_nothing_there_is_nothing() {
        let matrix = Matrix::new(vec![0.0; 4], 2);
        let mut factors = random(&matrix, 3, 0);
        improve(&matrix, &mut factors, EFFORT);
        assert!(
            factors
                .iter()
                .all(|it| it.values.iter().all(|&value| value == 0.0))
        );
    }
}
