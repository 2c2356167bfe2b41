//! XRAI.

use burn::tensor::{Bool, Tensor, TensorData};

use crate::inputs::rows::flat;
use crate::path::IntegratedGradients;
use crate::path::xrai::ranking::Ranking;
use crate::path::xrai::segmentation::{Segmentation, Space};
use crate::{AnyTensor, Attribution, Error, Inputs, Method, Model, Plan, Regions, Target};

/// How many positions a segment has to add, in an image of 224 by 224.
const LEAST: f64 = 50.0;

/// XRAI: the segments of an image, ranked by the mean value that a method gives to what each of them adds.
///
/// ```text
/// s_k = the segment with the largest mean of A over s \ (s_1 ∪ .. ∪ s_{k-1}),   its value: that mean
/// ```
///
/// with `A` the method's values, summed over channels, and `s` any segment that isn't chosen yet.
///
/// Kapishnikov et al., [*XRAI: Better Attributions Through Regions*](https://arxiv.org/abs/1906.02825), ICCV 2019. A
/// picture is cut into segments at several scales, and they cover the map from the one with the densest attribution on, so
/// that it shows things rather than pixels. What a segment adds shares its sum evenly, so that everything still sums to what the
/// method's values sum to, with the same [gap](Attribution::gap); the channels of a position have equal parts of its value.
///
/// It wraps any method whose values are for the pixels; in the paper [`IntegratedGradients`], averaged over a black and a
/// white baseline ([`Baseline::average`](crate::Baseline::average)).
///
/// | option | default |
/// |---|---|
/// | [`with_ranking`](Self::with_ranking) | [`Ranking::Full`] |
/// | [`with_regions`](Self::with_regions), [`with_masks`](Self::with_masks) | segments by Felzenszwalb & Huttenlocher |
/// | [`with_min_pixels`](Self::with_min_pixels) | a thousandth of the image: 50 for 224 by 224 |
///
/// The segments are those of [*Efficient Graph-Based Image Segmentation*](https://doi.org/10.1023/B:VISI.0000022288.19776.77)
/// with the authors' parameters: scales 50, 100, 150, 250, 500 and 1200 for values from -1 to 1, at least 150 pixels, each
/// dilated by 5. These numbers are for 224 by 224 pixels, and grow with the image, which is never resized.
///
/// For one input with channels and space; others are [held](Inputs::with_constant). [`Ranking::Fast`] sorts once instead of
/// once for each segment, which saves little where the model is what takes the time.
///
/// ```
/// use backdraft::{Class, InputXGradient, Method, Network, Regions, Xrai};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// // Two halves of a picture of one row: their pixels have 1 and 3, and 0 and 0.
/// let x = Tensor::<4>::from_data([[[[1.0, 3.0, 0.0, 0.0]]]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<4>| x.sum_dim(3).reshape([1, 1]);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let halves = Regions::windows([1, 2], [1, 2]);
/// let xrai = Xrai::new(InputXGradient::new()).with_regions([halves]).attribute(&net, x, Class(0))?;
/// assert_eq!(xrai.tensor::<4>()?.into_data().try_to_vec::<f32>().unwrap(), [2.0, 2.0, 0.0, 0.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Xrai<T = IntegratedGradients> {
    method: T,
    segmentation: Segmentation,
    ranking: Ranking,
    min_pixels: Option<usize>,
}

impl<T> Xrai<T> {
    /// Segments by Felzenszwalb & Huttenlocher, ranked by this method's values.
    pub fn new(method: T) -> Self {
        Self {
            method,
            segmentation: Segmentation::default(),
            ranking: Ranking::default(),
            min_pixels: None,
        }
    }

    /// How segments are ranked.
    #[must_use]
    pub fn with_ranking(mut self, ranking: Ranking) -> Self {
        self.ranking = ranking;
        self
    }

    /// The segments of all of these together: superpixels of several sizes, say.
    #[must_use]
    pub fn with_regions(mut self, regions: impl IntoIterator<Item = Regions>) -> Self {
        self.segmentation = Segmentation::Regions(regions.into_iter().collect());
        self
    }

    /// These segments for every sample, `[segments, space...]`: a segment has the positions where its mask is true. They may
    /// overlap, and need not cover everything.
    #[must_use]
    pub fn with_masks<const D: usize>(mut self, masks: Tensor<D, Bool>) -> Self {
        self.segmentation = Segmentation::Masks(Box::new(masks.int().into()));
        self
    }

    /// How many pixels a segment has to add so that it is added.
    #[must_use]
    pub fn with_min_pixels(mut self, pixels: usize) -> Self {
        self.min_pixels = Some(pixels);
        self
    }

    /// The map of every row, spread over the channels.
    fn maps(&self, inputs: &Inputs, space: &Space, values: &AnyTensor) -> Result<AnyTensor, Error> {
        let least = self.min_pixels.unwrap_or_else(|| space.part(LEAST));
        let segments = self.segmentation.of(inputs, space)?;
        let mut maps: Vec<f64> = flat(values).into_data().iter().collect();
        let elements = maps.len() / segments.len();
        for (values, segments) in maps.chunks_mut(elements).zip(segments) {
            let sum = |elements: &Vec<usize>| elements.iter().map(|&it| values[it]).sum();
            let sums: Vec<f64> = space.positions.iter().map(sum).collect();
            let map = self.ranking.map(&sums, &segments, least);
            for (elements, value) in space.positions.iter().zip(map) {
                for &element in elements {
                    values[element] = value / elements.len() as f64;
                }
            }
        }
        let data = TensorData::new(maps, [inputs.rows(), elements]);
        let maps = Tensor::<2>::from_data(data, (&values.device(), values.dtype()));
        Ok(AnyTensor::from(maps).reshape_to(values.shape()))
    }
}

impl<M: Model + ?Sized, T: Method<M>> Method<M> for Xrai<T> {
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let space = Space::of(inputs)?;
        let explained = self.method.compute(model, inputs, target)?;
        let values = only_values(&explained, &space)?;
        let maps = self.maps(inputs, &space, values)?;
        let name = format!("xrai of {}", explained.method());
        let (target, scores) = (explained.target(), explained.scores().to_vec());
        let result = Attribution::new(name, target, vec![maps], scores)?.lying_like(&explained);
        let result = match (explained.baseline(), explained.baseline_scores()) {
            (Some(baseline), Some(scores)) => result.with_baseline(baseline, scores.to_vec())?,
            _ => result,
        };
        let result = result
            .with_option("segments", self.segmentation.name())
            .with_option("ranking", self.ranking.name());
        Ok(explained
            .options()
            .iter()
            .fold(result, |result, (option, value)| {
                result.with_option(format!("{} {option}", explained.method()), value)
            }))
    }

    fn cost(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error> {
        self.method.cost(model, inputs)
    }
}

/// The method's values, which must be for the elements of the input.
fn only_values<'a>(explained: &'a Attribution, space: &Space) -> Result<&'a AnyTensor, Error> {
    match explained.values() {
        [values] if values.shape() == space.input.shape() => Ok(values),
        values => {
            let shapes = values
                .iter()
                .map(|it| format!("{:?}", it.shape().as_slice()));
            let shapes: Vec<String> = shapes.collect();
            Err(Error::InvalidOption {
                option: "the method that ranks segments",
                value: format!(
                    "{}, with values of shape {}",
                    explained.method(),
                    shapes.join(", ")
                ),
                requirement: "it gives a value for every element of the input, as gradients and paths do",
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, GradCam, InputXGradient, Network};
    use burn::nn::Linear;
    use burn::tensor::Device;

    /// A bright square on a dark ground, and what the score is of: every channel, the second one twice.
    fn square() -> Tensor<4> {
        let bright =
            |index: usize| (8..24).contains(&(index / 32)) && (4..16).contains(&(index % 32));
        let pixels = (0..2 * 32 * 32).map(|index| f32::from(u8::from(bright(index % 1024))));
        let pixels: Vec<f32> = pixels.collect();
        Tensor::<1>::from_data(pixels.as_slice(), &Device::flex()).reshape([1, 2, 32, 32])
    }

    fn net(x: Tensor<4>) -> Network {
        let forward = |_: &Vec<Linear>, x: Tensor<4>| {
            let [rows, channels, height, width] = x.dims();
            let sums = x.reshape([rows, channels, height * width]).sum_dim(2);
            sums.reshape([rows, channels]).cumsum(1).sum_dim(1)
        };
        Network::capture(&Vec::new(), x, forward).unwrap()
    }

    fn values(attribution: &Attribution) -> Vec<f32> {
        flat(&attribution.values()[0]).into_data().iter().collect()
    }

    #[test]
    fn a_thing_is_a_segment_and_everything_sums_as_before() {
        let net = net(square());
        let path = || IntegratedGradients::new().with_steps(3);
        let result = Xrai::new(path())
            .attribute(&net, square(), Class(0))
            .unwrap();
        let map = values(&result);
        let at = |row: usize, column: usize| map[row * 32 + column];
        // In the middle of the square, and far from it. Both channels together have 3 where the square isn't dilated.
        assert!(at(16, 10) > 1.0 && at(16, 10) <= 1.5, "{}", at(16, 10));
        assert_eq!(at(16, 10), at(9, 5));
        assert_eq!(at(2, 28), 0.0);
        assert_eq!(map[..1024], map[1024..]);
        let before = path().attribute(&net, square(), Class(0)).unwrap();
        assert!((result.sums()[0] - before.sums()[0]).abs() < 1e-2);
        assert!(result.gap().unwrap()[0].relative.unwrap().abs() < 1e-4);
        assert_eq!(result.method(), "xrai of integrated-gradients");
        assert_eq!(result.option("integrated-gradients steps"), Some("3"));
    }

    #[test]
    fn every_sample_has_its_own_segments() {
        let moved = Tensor::cat(vec![square(), square().flip([3])], 0);
        let net = net(moved.clone());
        let xrai = Xrai::new(InputXGradient::new());
        let both = values(&xrai.attribute(&net, moved.clone(), Class(0)).unwrap());
        let second = values(
            &xrai
                .attribute(&net, moved.narrow(0, 1, 1), Class(0))
                .unwrap(),
        );
        assert_eq!(both[2048..], second);
        assert_ne!(both[..2048], second);
    }

    #[test]
    fn masks_are_the_same_for_all_samples_and_may_leave_something_out() {
        let x = Tensor::<4>::from_data(
            [[[[1.0, 3.0, 5.0, 0.0]]], [[[2.0, 0.0, 0.0, 4.0]]]],
            &Device::flex(),
        );
        let masks = [[[true, true, false, false]], [[false, true, false, true]]];
        let masks = Tensor::<3, Bool>::from_data(masks, &Device::flex());
        for ranking in [Ranking::Full, Ranking::Fast] {
            let xrai = Xrai::new(InputXGradient::new())
                .with_masks(masks.clone())
                .with_ranking(ranking)
                .with_min_pixels(1);
            let result = xrai
                .attribute(&net(x.clone()), x.clone(), Class(0))
                .unwrap();
            // The second sample's second mask comes first.
            assert_eq!(values(&result), [2.0, 2.0, 5.0, 0.0, 2.0, 2.0, 0.0, 2.0]);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let error = |xrai: Result<Attribution, Error>| xrai.unwrap_err().to_string();
        let net = net(square());
        let wide = Tensor::<3, Bool>::from_data([[[true, false]]], &Device::flex());
        let masked = Xrai::new(InputXGradient::new()).with_masks(wide);
        let message = error(masked.attribute(&net, square(), Class(0)));
        assert!(
            message.contains("[32, 32]") && message.contains("[1, 1, 2]"),
            "{message}"
        );
        let forward =
            |_: &Vec<Linear>, x: Tensor<4>| (x * 2.0).mean_dim(3).mean_dim(2).reshape([1, 2]);
        let other = Network::capture(&Vec::new(), square(), forward).unwrap();
        let map = Xrai::new(GradCam::at("mul_scalar"));
        let message = error(map.attribute(&other, square(), Class(0)));
        assert!(
            message.contains("grad-cam, with values of shape"),
            "{message}"
        );
        let table = Tensor::<2>::ones([1, 3], &Device::flex());
        let other = Network::capture(&Vec::<Linear>::new(), table.clone(), |_, x: Tensor<2>| x);
        let message =
            error(Xrai::new(InputXGradient::new()).attribute(&other.unwrap(), table, Class(0)));
        assert!(message.contains("channels and space"), "{message}");
    }
}
