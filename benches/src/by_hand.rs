use std::ops::Range;
use std::time::Instant;

use burn::module::Module;
use burn::tensor::{Distribution, Tensor, TensorData};

/// Attributions as a user of Burn writes them, who knows that a model must be frozen first.
///
/// Images have the shape `[batch, 3, height, width]`; gradients are those of the images.
#[derive(Debug)]
pub struct ByHand<M> {
    frozen: M,
    plain: M,
    forward: fn(&M, Tensor<4>) -> Tensor<2>,
}

impl<M: Module> ByHand<M> {
    /// For a model that is frozen, on an autodiff device.
    pub fn new(frozen: M, forward: fn(&M, Tensor<4>) -> Tensor<2>) -> Self {
        Self {
            plain: frozen.valid(),
            frozen,
            forward,
        }
    }

    /// The logits, without autodiff.
    ///
    /// # Shapes
    /// - output: `[batch, classes]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        (self.forward)(&self.plain, images)
    }

    /// The gradient of a class.
    ///
    /// # Panics
    /// If the images are on an autodiff device already.
    pub fn gradient(&self, images: Tensor<4>, class: usize) -> Tensor<4> {
        let images = images.autodiff().require_grad();
        let logits = (self.forward)(&self.frozen, images.clone());
        let score = logits.narrow(1, class, 1).sum();
        images
            .grad(&score.backward())
            .expect("the images are a leaf")
    }

    /// Integrated gradients of one image from zero, at the middles of equal steps, `batch` of them at once.
    pub fn integrated_gradients(
        &self,
        image: Tensor<4>,
        class: usize,
        steps: usize,
        batch: usize,
    ) -> Tensor<4> {
        let position = |step: usize| (step as f32 + 0.5) / steps as f32;
        let sum = self.sum_of_gradients(class, steps, batch, |steps| {
            let points = steps.len();
            let positions: Vec<f32> = steps.map(position).collect();
            let positions = TensorData::new(positions, [points, 1, 1, 1]);
            image.clone() * Tensor::from_data(positions, &image.device())
        });
        sum * image / steps as f64
    }

    /// The mean gradient of noisy copies of one image, `batch` of them at once.
    pub fn smooth_grad(
        &self,
        image: Tensor<4>,
        class: usize,
        copies: usize,
        batch: usize,
    ) -> Tensor<4> {
        let [_, channels, height, width] = image.dims();
        let noise = Distribution::Normal(0.0, 0.2);
        let sum = self.sum_of_gradients(class, copies, batch, |copies| {
            let shape = [copies.len(), channels, height, width];
            image.clone() + Tensor::random(shape, noise, &image.device())
        });
        sum / copies as f64
    }

    /// How many copies of an image at once have the fastest gradients for each.
    pub fn best_batch(&self, image: &Tensor<4>) -> usize {
        let seconds_each = |batch: usize| {
            let images = image.clone().repeat_dim(0, batch);
            let time = |_| {
                let start = Instant::now();
                self.gradient(images.clone(), 0).into_data();
                start.elapsed().as_secs_f64() / batch as f64
            };
            (0..3).map(time).fold(f64::INFINITY, f64::min)
        };
        let timed = [1, 2, 4, 8, 16].map(|batch| (seconds_each(batch), batch));
        let faster = |a: (f64, usize), b: (f64, usize)| if b.0 < a.0 { b } else { a };
        timed.into_iter().fold((f64::INFINITY, 1), faster).1
    }

    fn sum_of_gradients(
        &self,
        class: usize,
        total: usize,
        batch: usize,
        images: impl Fn(Range<usize>) -> Tensor<4>,
    ) -> Tensor<4> {
        let chunks = (0..total).step_by(batch);
        let chunks = chunks.map(|start| start..total.min(start + batch));
        let sums = chunks.map(|chunk| self.gradient(images(chunk), class).sum_dim(0));
        sums.reduce(|sum, gradient| sum + gradient)
            .expect("there is at least one point")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::module::Param;
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::{Device, Tolerance};

    /// Half the square of the weighted sum of one pixel's channels, with weights 1, 2 and 3.
    fn model() -> ByHand<Linear> {
        let device = Device::flex().autodiff();
        let mut model: Linear = LinearConfig::new(3, 1).with_bias(false).init(&device);
        model.weight = Param::from_data([[1.0], [2.0], [3.0]], &device);
        ByHand::new(model.freeze(), |model, images| {
            let sum = model.forward(images.flatten(1, 3));
            sum.clone() * sum / 2.0
        })
    }

    fn image() -> Tensor<4> {
        Tensor::from_data([[[[1.0]], [[1.0]], [[-2.0]]]], &Device::flex())
    }

    fn assert_close(actual: Tensor<4>, expected: [f32; 3]) {
        let expected = TensorData::new(expected.to_vec(), [1, 3, 1, 1]);
        let tolerance = Tolerance::relative(1e-5);
        actual
            .into_data()
            .assert_approx_eq::<f32>(&expected, tolerance);
    }

    #[test]
    fn the_gradient_is_the_sum_times_the_weights() {
        // 1 + 2 - 6 = -3.
        assert_close(model().gradient(image(), 0), [-3.0, -6.0, -9.0]);
    }

    #[test]
    fn integrated_gradients_sum_to_the_score_for_any_batch() {
        for batch in [1, 3, 8] {
            let attribution = model().integrated_gradients(image(), 0, 7, batch);
            // The gradient grows linearly from zero, so its mean is half of that at the image.
            assert_close(attribution, [-1.5, -3.0, 9.0]);
        }
    }

    #[test]
    fn noise_averages_out() {
        let attribution = model().smooth_grad(image(), 0, 2000, 500);
        let first = attribution.into_data().iter::<f32>().next().unwrap();
        assert!((first + 3.0).abs() < 0.2, "{first}");
    }
}
