//! Linear least squares.

use burn::linalg::svd;
use burn::tensor::{DType, Device, Tensor, TensorData};

/// The most QR sweeps for each singular value, as in LAPACK.
const SWEEPS: usize = 30;

/// The matrix that takes the right-hand sides of linear equations to their least-squares solution: a row for every
/// unknown. `None` if the equations don't determine all unknowns.
pub(crate) fn pseudo_inverse(equations: &[Vec<f64>], device: &Device) -> Option<Vec<Vec<f64>>> {
    let (rows, unknowns) = (equations.len(), equations.first().map_or(0, Vec::len));
    if rows < unknowns {
        return None;
    }
    let dtype = if device.supports_dtype(DType::F64) {
        DType::F64
    } else {
        DType::F32
    };
    let data = TensorData::new(equations.concat(), [rows, unknowns]);
    let matrix = Tensor::<2>::from_data(data.convert_dtype(dtype), (device, dtype));
    let (left, singular, right) = svd::<2, 1>(matrix, SWEEPS);
    let numbers = |data: TensorData| data.iter::<f64>().collect::<Vec<f64>>();
    let singular = numbers(singular.into_data());
    let rounding = if dtype == DType::F64 {
        f64::EPSILON
    } else {
        f64::from(f32::EPSILON)
    };
    let smallest = rounding * rows as f64 * singular.first().copied()?;
    if singular.iter().any(|&value| value <= smallest) {
        return None;
    }
    let (left, right) = (numbers(left.into_data()), numbers(right.into_data()));
    let element = |unknown: usize, row: usize| {
        (0..unknowns)
            .map(|it| right[it * unknowns + unknown] * left[row * unknowns + it] / singular[it])
            .sum()
    };
    let solutions =
        (0..unknowns).map(|unknown| (0..rows).map(|row| element(unknown, row)).collect());
    Some(solutions.collect())
}

/// The sum of products.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_through_three_points() {
        // 1 + 2 x at 0, 1, 2, the middle one off by 3: least squares moves the intercept by 1.
        let equations = [vec![1.0, 0.0], vec![1.0, 1.0], vec![1.0, 2.0]];
        let inverse = pseudo_inverse(&equations, &Device::flex()).unwrap();
        let solution: Vec<f64> = inverse
            .iter()
            .map(|row| dot(row, &[1.0, 6.0, 5.0]))
            .collect();
        for (actual, expected) in solution.iter().zip([2.0, 2.0]) {
            assert!((actual - expected).abs() < 1e-12, "{solution:?}");
        }
    }

    #[test]
    fn what_is_not_determined_has_no_solution() {
        let device = &Device::flex();
        assert!(pseudo_inverse(&[vec![1.0, 2.0]], device).is_none());
        let dependent = [vec![1.0, 2.0], vec![2.0, 4.0], vec![3.0, 6.0]];
        assert!(pseudo_inverse(&dependent, device).is_none());
    }
}
