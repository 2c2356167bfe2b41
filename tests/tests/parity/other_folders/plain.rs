//! Layers and gradients in plain float64 arithmetic.

use super::draft::Draft;

/// Numbers from -1 to 1 without a pattern.
pub(super) fn drawn(count: usize, seed: usize) -> Vec<f32> {
    let number = |index: usize| (1.7 * (index + 1) as f32 + 31.0 * seed as f32).sin();
    (0..count).map(number).collect()
}

pub(super) fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

pub(super) fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

/// The weights of a linear layer or a convolution, as `PyTorch` lays them out: outputs first.
pub(super) struct Layer {
    names: [String; 2],
    shape: Vec<usize>,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Layer {
    pub(super) fn new(name: &str, shape: &[usize]) -> Self {
        let names = ["weight", "bias"].map(|part| format!("{name}.{part}"));
        Self::named(names, shape)
    }

    pub(super) fn named(names: [String; 2], shape: &[usize]) -> Self {
        let seed = names[0].bytes().map(usize::from).sum();
        Self {
            names,
            shape: shape.to_vec(),
            weight: drawn(shape.iter().product(), seed),
            bias: drawn(shape[0], seed + 1),
        }
    }

    pub(super) fn add_to(&self, draft: &mut Draft) {
        draft.weight(&self.names[0], &self.shape, &self.weight);
        draft.weight(&self.names[1], &self.shape[..1], &self.bias);
    }

    /// The weights of one output.
    pub(super) fn row(&self, output: usize) -> Vec<f64> {
        let size = self.weight.len() / self.shape[0];
        wide(&self.weight[output * size..(output + 1) * size])
    }

    pub(super) fn linear(&self, x: &[f64]) -> Vec<f64> {
        let output = |output: usize| dot(&self.row(output), x) + f64::from(self.bias[output]);
        (0..self.shape[0]).map(output).collect()
    }

    /// A convolution of square images with a kernel of 3 x 3 that pads one pixel on each side.
    pub(super) fn conv(&self, x: &[f64], side: usize) -> Vec<f64> {
        let at = |output: usize, place: usize| {
            let window = window(x, side, place / side, place % side);
            dot(&self.row(output), &window) + f64::from(self.bias[output])
        };
        let outputs = 0..self.shape[0];
        outputs
            .flat_map(|output| (0..side * side).map(move |place| at(output, place)))
            .collect()
    }
}

/// What a kernel of 3 x 3 sees around a pixel, zeros outside the image.
fn window(x: &[f64], side: usize, row: usize, column: usize) -> Vec<f64> {
    let pixel = |channel: &[f64], tap: usize| {
        let (row, column) = (row + tap / 3, column + tap % 3);
        let inside = (1..=side).contains(&row) && (1..=side).contains(&column);
        if inside {
            channel[(row - 1) * side + column - 1]
        } else {
            0.0
        }
    };
    let channels = x.chunks(side * side);
    channels
        .flat_map(|channel| (0..9).map(move |tap| pixel(channel, tap)))
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(super) fn relu(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| x.max(0.0)).collect()
}

pub(super) fn tanh(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| x.tanh()).collect()
}

pub(super) fn sigmoid(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect()
}

/// The maximum of every 2 x 2 pixels of square images.
pub(super) fn pool(x: &[f64], side: usize) -> Vec<f64> {
    let half = side / 2;
    let at = |channel: &[f64], place: usize| {
        let corner = 2 * (place / half) * side + 2 * (place % half);
        [0, 1, side, side + 1]
            .map(|offset| channel[corner + offset])
            .into_iter()
            .fold(f64::NEG_INFINITY, f64::max)
    };
    let channels = x.chunks(side * side);
    channels
        .flat_map(|channel| (0..half * half).map(move |place| at(channel, place)))
        .collect()
}

/// The gradient by central differences, which are exact for functions that are linear around `x`.
pub(super) fn gradient(function: impl Fn(&[f64]) -> f64, x: &[f64]) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let moved = |index: usize, by: f64| {
        let mut x = x.to_vec();
        x[index] += by;
        function(&x)
    };
    let slope = |index| (moved(index, STEP) - moved(index, -STEP)) / (2.0 * STEP);
    (0..x.len()).map(slope).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_zeros_outside_the_image() {
        let image = [1.0, 2.0, 3.0, 4.0];
        let expected = [0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 3.0, 4.0];
        assert_eq!(window(&image, 2, 0, 0), expected);
        assert_eq!(pool(&image, 2), [4.0]);
    }

    #[test]
    fn the_gradient_of_a_product_is_the_other_factor() {
        let slopes = gradient(|x| x[0] * x[1], &[2.0, -3.0]);
        assert!((slopes[0] + 3.0).abs() < 1e-9 && (slopes[1] - 2.0).abs() < 1e-9);
    }
}
