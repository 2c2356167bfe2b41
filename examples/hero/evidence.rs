//! What the maps of two classes have in common, in numbers.

use backdraft::{Attribution, Error};

use crate::scene::SIZE;

/// The share of the positive values that lies left of a column of the photo.
pub fn on_the_left(result: &Attribution, column: u32) -> Result<f64, Error> {
    let [width, height] = SIZE.map(|side| side as usize);
    let map = result.clone().positive().sum_channels().heatmap(0)?;
    let map = map.resize(width, height)?;
    let rows = map.values().chunks(width);
    let left: f64 = rows
        .flat_map(|row| &row[..column as usize])
        .copied()
        .map(f64::from)
        .sum();
    let all: f64 = map.values().iter().copied().map(f64::from).sum();
    Ok(left / all)
}

/// Pearson's correlation of two results of the same shape, over all values.
pub fn correlation(one: &Attribution, other: &Attribution) -> Result<f64, Error> {
    let [one, other] = [values(one)?, values(other)?];
    let covariance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    Ok(covariance(&one, &other) / (covariance(&one, &one) * covariance(&other, &other)).sqrt())
}

/// The values, less their mean.
fn values(result: &Attribution) -> Result<Vec<f64>, Error> {
    let values: Vec<f64> = result.tensor::<4>()?.into_data().iter().collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    Ok(values.into_iter().map(|value| value - mean).collect())
}
