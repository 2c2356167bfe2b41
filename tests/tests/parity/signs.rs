//! Maps whose sign means nothing.

/// The values with the sign of each row that brings it closer to the expected one.
pub(crate) fn aligned(mut values: Vec<f32>, expected: &[f32], rows: usize) -> Vec<f32> {
    assert_eq!(values.len(), expected.len(), "numbers of values to compare");
    let size = values.len() / rows;
    for (row, expected) in values.chunks_mut(size).zip(expected.chunks(size)) {
        let products = row.iter().zip(expected);
        let product: f64 = products.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
        if product < 0.0 {
            for value in row {
                *value = -*value;
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_turned_by_itself() {
        let values = vec![1.0, -2.0, 3.0, 1.0];
        let expected = [-1.1, 2.2, 3.3, -0.5];
        assert_eq!(aligned(values, &expected, 2), [-1.0, 2.0, 3.0, 1.0]);
    }
}
