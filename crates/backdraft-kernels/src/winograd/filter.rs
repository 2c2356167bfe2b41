//! The matrices of minimal filtering along one axis, and their product with vectors.

use pulp::Simd;

/// `M` neighboring sums over a kernel of three, made of `P = M + 2` products:
/// `result · ((weights · kernel) ⊙ (source · values))`, where `values` are the `P` that the sums read.
pub(crate) struct Filter<const M: usize, const P: usize> {
    pub source: [[f32; P]; P],
    pub weights: [[f32; 3]; P],
    pub result: [[f32; P]; M],
}

/// A filter that is known when the program is compiled, so that its zeros and ones cost nothing.
pub(crate) trait Minimal<const M: usize, const P: usize>: Copy + Sync {
    const FILTER: Filter<M, P>;

    /// The values that are multiplied, of those that the sums read.
    #[inline(always)]
    fn values<S: Simd>(self, simd: S, source: [S::f32s; P]) -> [S::f32s; P] {
        product(simd, &Self::FILTER.source, source)
    }

    /// What they are multiplied by.
    #[inline(always)]
    fn weights<S: Simd>(self, simd: S, kernel: [S::f32s; 3]) -> [S::f32s; P] {
        product(simd, &Self::FILTER.weights, kernel)
    }

    /// The sums.
    #[inline(always)]
    fn results<S: Simd>(self, simd: S, products: [S::f32s; P]) -> [S::f32s; M] {
        product(simd, &Self::FILTER.result, products)
    }
}

/// Two sums out of four products instead of six: values of polynomials at 0, 1, -1 and infinity.
#[derive(Clone, Copy)]
pub(crate) struct Two;

impl Minimal<2, 4> for Two {
    const FILTER: Filter<2, 4> = Filter {
        source: [
            [1.0, 0.0, -1.0, 0.0],
            [0.0, 1.0, 1.0, 0.0],
            [0.0, 1.0, -1.0, 0.0],
            [0.0, 1.0, 0.0, -1.0],
        ],
        weights: [
            [1.0, 0.0, 0.0],
            [0.5, 0.5, 0.5],
            [-0.5, 0.5, -0.5],
            [0.0, 0.0, -1.0],
        ],
        result: [[1.0, 1.0, 1.0, 0.0], [0.0, 1.0, -1.0, 1.0]],
    };
}

/// Four sums out of six products instead of twelve: values at 0, -1, 1, 1/2, -2 and infinity, which lose less in
/// single precision than the usual 0, 1, -1, 2, -2 and infinity.
#[derive(Clone, Copy)]
pub(crate) struct Four;

impl Minimal<4, 6> for Four {
    const FILTER: Filter<4, 6> = Filter {
        source: [
            [2.0, -3.0, -4.0, 3.0, 2.0, 0.0],
            [0.0, 2.0, -5.0, 1.0, 2.0, 0.0],
            [0.0, -2.0, 1.0, 5.0, 2.0, 0.0],
            [0.0, 2.0, 1.0, -2.0, -1.0, 0.0],
            [0.0, 1.0, -2.0, -1.0, 2.0, 0.0],
            [0.0, 2.0, -3.0, -4.0, 3.0, 2.0],
        ],
        weights: [
            [1.0 / 2.0, 0.0, 0.0],
            [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
            [1.0 / 6.0, 1.0 / 6.0, 1.0 / 6.0],
            [16.0 / 15.0, 8.0 / 15.0, 4.0 / 15.0],
            [1.0 / 30.0, -1.0 / 15.0, 2.0 / 15.0],
            [0.0, 0.0, 1.0 / 2.0],
        ],
        result: [
            [1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
            [0.0, -1.0, 1.0, 0.5, -2.0, 0.0],
            [0.0, 1.0, 1.0, 0.25, 4.0, 0.0],
            [0.0, -1.0, 1.0, 0.125, -8.0, 1.0],
        ],
    };
}

/// The product of a matrix that the compiler knows with a vector whose elements fill lanes.
#[inline(always)]
fn product<S: Simd, const I: usize, const O: usize>(
    simd: S,
    matrix: &[[f32; I]; O],
    values: [S::f32s; I],
) -> [S::f32s; O] {
    let mut products = [simd.splat_f32s(0.0); O];
    for o in 0..O {
        let mut sum = None;
        for i in 0..I {
            sum = add(simd, sum, matrix[o][i], values[i]);
        }
        products[o] = sum.unwrap_or(products[o]);
    }
    products
}

#[inline(always)]
#[expect(clippy::float_cmp, reason = "entries of a matrix are exact")]
fn add<S: Simd>(simd: S, sum: Option<S::f32s>, factor: f32, value: S::f32s) -> Option<S::f32s> {
    match sum {
        _ if factor == 0.0 => sum,
        None if factor == 1.0 => Some(value),
        None => Some(simd.mul_f32s(simd.splat_f32s(factor), value)),
        Some(sum) if factor == 1.0 => Some(simd.add_f32s(sum, value)),
        Some(sum) if factor == -1.0 => Some(simd.sub_f32s(sum, value)),
        Some(sum) => Some(simd.mul_add_e_f32s(simd.splat_f32s(factor), value, sum)),
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "small whole numbers")]
mod tests {
    use super::*;
    use pulp::Scalar;

    fn sums<F: Minimal<M, P>, const M: usize, const P: usize>(
        filter: F,
        kernel: [f32; 3],
        values: [f32; P],
    ) -> [f32; M] {
        let simd = Scalar::new();
        let mut products = filter.values(simd, values);
        for (product, weight) in products.iter_mut().zip(filter.weights(simd, kernel)) {
            *product *= weight;
        }
        filter.results(simd, products)
    }

    #[test]
    fn two_sums_by_hand() {
        // (3 - 1) * 1, (5 + 1) * 1.5, (5 - 1) * -3.5 and (5 - 7) * -4 make 3 - 2 * 5 + 4 * 1 and 5 - 2 * 1 + 4 * 7.
        let sums = sums(Two, [1.0, -2.0, 4.0], [3.0, 5.0, 1.0, 7.0]);
        assert_eq!(sums, [-3.0, 31.0]);
    }

    #[test]
    fn four_sums_by_hand() {
        let sums = sums(Four, [1.0, -2.0, 4.0], [3.0, 5.0, 1.0, 7.0, 0.0, -2.0]);
        for (sum, expected) in sums.into_iter().zip([-3.0, 31.0, -13.0, -1.0]) {
            assert!((sum - expected).abs() < 1e-5, "{sum} instead of {expected}");
        }
    }

    #[test]
    fn matrices_are_multiplied_by_columns() {
        let matrix = [[0.0, 2.0], [1.0, -1.0], [0.0, 0.0]];
        assert_eq!(
            product(Scalar::new(), &matrix, [3.0, 5.0]),
            [10.0, -2.0, 0.0]
        );
    }
}
