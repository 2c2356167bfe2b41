//! Tensors as numbers, and how far they are apart.

use backdraft::AnyTensor;

pub fn values(tensor: &AnyTensor) -> Vec<f64> {
    let data = tensor.flat().into_data();
    data.iter::<f64>().collect()
}

pub fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// The relative distance in L2.
pub fn distance(values: &[f64], exact: &[f64]) -> f64 {
    if values.len() != exact.len() {
        return f64::INFINITY;
    }
    let difference: Vec<f64> = values.iter().zip(exact).map(|(a, b)| a - b).collect();
    norm(&difference) / norm(exact).max(f64::MIN_POSITIVE)
}
