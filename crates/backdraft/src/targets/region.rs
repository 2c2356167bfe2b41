//! Targets of networks that segment, whose output has shape `[batch, classes, height, width]`.

use burn::tensor::Tensor;
use burn::tensor::kind::{Basic, Kind};

use crate::targets::output::{
    check_class, check_samples, constant, float_output, top, values, wrong_output,
};
use crate::targets::{Explained, Target, TargetError};
use crate::{AnyTensor, Error};

const WHAT: &str = "a region";
const NEEDS: &str = "an output of shape [batch, classes, positions...]";

/// The logits of one class, summed over a region of the picture.
///
/// ```text
/// F = sum over positions p of w_p y_p
/// ```
///
/// The output has the shape `[batch, classes, positions...]`: a signal, an image or a volume of logits. `y_p` is the
/// class's logit at position `p` and `w_p` how much this position counts. As it is a sum, the attributions of two
/// regions add up to that of both together; weights that sum to one give the mean. The region is
///
/// - a mask that is [given](Self::new), of the shape `[positions...]` for all samples or `[batch, positions...]` for
///   each: bool, or float weights,
/// - where the class is [predicted](Self::predicted), the top one of its position, as in pytorch-grad-cam's
///   `SemanticSegmentationTarget`,
/// - or where its logit is [above a threshold](Self::above), for networks with one logit a position.
///
/// The last two are settled at the input and stay the same on a path.
///
/// ```
/// use backdraft::{InputXGradient, Method, Network, Region};
/// use burn::nn::Linear;
/// use burn::tensor::{Bool, Device, Tensor};
///
/// // Two classes: how bright a pixel is, and how dark.
/// let device = Device::default();
/// let image = Tensor::<4>::from_data([[[[2.0, -1.0], [4.0, -3.0]]]], &device);
/// let forward = |_: &Vec<Linear>, x: Tensor<4>| Tensor::cat(vec![x.clone(), -x], 1);
/// let net = Network::capture(&Vec::new(), image.clone(), forward)?;
///
/// let bright = InputXGradient::new().attribute(&net, image.clone(), Region::predicted(0))?;
/// assert_eq!(bright.scores(), [6.0]);
/// let values: Vec<f32> = bright.tensor::<4>()?.into_data().try_to_vec().unwrap();
/// assert_eq!(values, [2.0, 0.0, 4.0, 0.0]);
///
/// let top_row = Tensor::<2, Bool>::from_data([[true, true], [false, false]], &device);
/// let bright = InputXGradient::new().attribute(&net, image, Region::new(0, top_row)?)?;
/// assert_eq!(bright.scores(), [1.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "SemanticSegmentationTarget")]
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    class: usize,
    positions: Positions,
}

/// Where a region is.
#[derive(Clone, Debug, PartialEq)]
enum Positions {
    Given {
        shape: Vec<usize>,
        weights: Vec<f64>,
    },
    Predicted,
    Above(f64),
}

impl Region {
    /// A class over a mask, bool or float weights, of the shape `[positions...]` or `[batch, positions...]`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] if the mask is of integers, which may be labels, or a weight isn't finite.
    pub fn new<const D: usize, K: Basic>(class: usize, mask: Tensor<D, K>) -> Result<Self, Error> {
        let refused = |value: String, requirement| Error::InvalidOption {
            option: "mask of a region",
            value,
            requirement,
        };
        if K::KIND == Kind::Int {
            let requirement = "it must be bool or float weights, as `labels.equal_elem(3)` makes of a map of labels";
            return Err(refused("a tensor of integers".into(), requirement));
        }
        let shape = mask.dims().to_vec();
        let data = AnyTensor::from(mask).without_autodiff();
        let data = data.to_tensor::<D, K>()?.into_data();
        let weights: Vec<f64> = data.iter::<f64>().collect();
        if let Some(weight) = weights.iter().find(|weight| !weight.is_finite()) {
            return Err(refused(
                format!("{weight} at a position"),
                "weights must be finite",
            ));
        }
        let positions = Positions::Given { shape, weights };
        Ok(Self { class, positions })
    }

    /// A class over the positions where it is the top one.
    pub fn predicted(class: usize) -> Self {
        let positions = Positions::Predicted;
        Self { class, positions }
    }

    /// A class over the positions where its logit is above a threshold: 0 for a logit, 0.5 for a probability.
    pub fn above(class: usize, threshold: f64) -> Self {
        let positions = Positions::Above(threshold);
        Self { class, positions }
    }

    fn settled(&self, outputs: &[AnyTensor]) -> Result<WeightedRegion, Error> {
        let logits = Logits::of(outputs)?;
        check_class(self.class, logits.values.dims()[1])?;
        let weights = self.weights(&logits)?;
        for (sample, weights) in weights.chunks(logits.count()).enumerate() {
            if weights.iter().all(|&weight| weight == 0.0) {
                let why = self.why_empty(&logits, sample)?;
                return Err(Error::Target(TargetError::EmptyRegion { sample, why }));
            }
        }
        Ok(WeightedRegion {
            class: self.class,
            positions: logits.positions,
            weights,
            name: match &self.positions {
                Positions::Given { .. } => format!("class {} in the region", self.class),
                Positions::Predicted => format!("class {0} where it is predicted", self.class),
                Positions::Above(threshold) => format!("class {} above {threshold}", self.class),
            },
        })
    }

    /// How much every position of every sample counts.
    fn weights(&self, logits: &Logits) -> Result<Vec<f64>, Error> {
        let is_in = |inside: bool| f64::from(u8::from(inside));
        Ok(match &self.positions {
            Positions::Given { shape, weights } => {
                let copies = logits.copies_of_mask(shape)?;
                weights.repeat(copies)
            }
            Positions::Predicted => {
                let top = logits.top_classes()?;
                top.iter().map(|&top| is_in(top == self.class)).collect()
            }
            Positions::Above(threshold) => {
                let class = values(&logits.class(self.class)?);
                class.iter().map(|y| is_in(y > threshold)).collect()
            }
        })
    }

    fn why_empty(&self, logits: &Logits, sample: usize) -> Result<String, Error> {
        let class = self.class;
        Ok(match &self.positions {
            Positions::Given { .. } => "its mask is zero everywhere".into(),
            Positions::Predicted => {
                let count = logits.count();
                let mut top = logits.top_classes()?[sample * count..][..count].to_vec();
                top.sort_unstable();
                top.dedup();
                format!(
                    "class {class} is predicted nowhere, but {top:?} are: choose one of them, or give a mask"
                )
            }
            Positions::Above(threshold) => format!("class {class} is nowhere above {threshold}"),
        })
    }
}

impl Target for Region {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        self.settled(outputs)?.scores(outputs)
    }

    fn resolved(&self, outputs: &[AnyTensor]) -> Result<Option<Box<dyn Target>>, Error> {
        Ok(Some(Box::new(self.settled(outputs)?)))
    }
}

/// A class over positions that are known.
struct WeightedRegion {
    class: usize,
    positions: Vec<usize>,
    /// One for each position of each sample.
    weights: Vec<f64>,
    name: String,
}

impl Target for WeightedRegion {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let logits = Logits::of(outputs)?;
        if logits.positions != self.positions {
            return Err(logits.mask_does_not_fit(&self.positions));
        }
        let samples = self.weights.len() / logits.count();
        check_samples(samples, "regions", logits.samples())?;
        let class = logits.class(self.class)?;
        let weights = constant(self.weights.clone(), class.dims(), &class);
        // An infinite logit outside the region doesn't count either.
        let outside = weights.clone().equal_elem(0.0);
        let weighted = class.mask_fill(outside, 0.0) * weights;
        Ok(Explained {
            scores: weighted.sum_dim(1).reshape([samples]),
            name: self.name.clone(),
        })
    }
}

/// The logits of every position.
struct Logits {
    /// `[batch, classes, positions]`
    values: Tensor<3>,
    /// The sizes of the dimensions that are positions.
    positions: Vec<usize>,
}

impl Logits {
    fn of(outputs: &[AnyTensor]) -> Result<Self, Error> {
        let output = float_output(outputs, 0, WHAT, NEEDS)?;
        let shape = output.shape();
        match shape.as_slice() {
            &[samples, classes, ref positions @ ..]
                if !positions.is_empty() && shape.num_elements() > 0 =>
            {
                let count = positions.iter().product();
                Ok(Self {
                    values: output.reshape([samples, classes, count]),
                    positions: positions.to_vec(),
                })
            }
            _ => Err(wrong_output(WHAT, NEEDS, Some(output), "")),
        }
    }

    fn samples(&self) -> usize {
        self.values.dims()[0]
    }

    /// How many positions there are.
    fn count(&self) -> usize {
        self.values.dims()[2]
    }

    /// The logits of one class: `[batch, positions]`.
    fn class(&self, class: usize) -> Result<Tensor<2>, Error> {
        let [samples, classes, count] = self.values.dims();
        check_class(class, classes)?;
        let logits = self.values.clone().narrow(1, class, 1);
        Ok(logits.reshape([samples, count]))
    }

    /// The top class of every position of every sample.
    fn top_classes(&self) -> Result<Vec<usize>, Error> {
        let [samples, classes, _] = self.values.dims();
        if classes == 1 {
            return Err(Error::Target(TargetError::SingleClass {
                shape: self.shape(samples, &[classes]),
                help: "`Region::above` explains the positions where a single logit is above a threshold",
            }));
        }
        Ok(top(self.values.clone()))
    }

    /// How often a mask of this shape must be repeated for all samples.
    fn copies_of_mask(&self, mask: &[usize]) -> Result<usize, Error> {
        let samples = self.samples();
        match mask {
            mask if mask == self.positions => Ok(samples),
            [masks, mask @ ..] if *masks == samples && mask == self.positions => Ok(1),
            mask => Err(self.mask_does_not_fit(mask)),
        }
    }

    fn mask_does_not_fit(&self, mask: &[usize]) -> Error {
        let [samples, classes, _] = self.values.dims();
        Error::Target(TargetError::MaskShape {
            mask: format!("{mask:?}"),
            output: self.shape(samples, &[classes]),
            shared: format!("{:?}", self.positions),
            each: self.shape(samples, &[]),
        })
    }

    fn shape(&self, samples: usize, classes: &[usize]) -> String {
        format!("{:?}", [&[samples], classes, &self.positions].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Baseline, Inputs, IntegratedGradients, Method, Network, Saliency};
    use burn::nn::Linear;
    use burn::tensor::{Bool, Device, Int};

    /// Two samples of three classes over one row of three positions.
    fn output() -> AnyTensor {
        let first = [[[1.0, 5.0, 2.0]], [[3.0, 4.0, 0.0]], [[2.0, -1.0, 7.0]]];
        let second = [[[9.0, 0.5, 8.0]], [[1.0, 1.0, 1.0]], [[2.0, 0.0, 3.0]]];
        Tensor::<4>::from_data([first, second], &Device::flex()).into()
    }

    fn scores(region: &Region, output: AnyTensor) -> Result<Vec<f64>, Error> {
        Ok(values(&region.scores(&[output])?.scores))
    }

    fn text(result: Result<Vec<f64>, Error>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_mask_is_for_all_samples_or_for_each() {
        let device = Device::flex();
        let shared = Tensor::<2, Bool>::from_data([[true, false, true]], &device);
        let region = Region::new(0, shared).unwrap();
        assert_eq!(scores(&region, output()).unwrap(), [3.0, 17.0]);
        let each = [[[true, true, false]], [[false, false, true]]];
        let region = Region::new(1, Tensor::<3, Bool>::from_data(each, &device)).unwrap();
        assert_eq!(scores(&region, output()).unwrap(), [7.0, 1.0]);
        assert_eq!(
            region.scores(&[output()]).unwrap().name,
            "class 1 in the region"
        );
    }

    #[test]
    fn weights_count_positions_by_their_share() {
        let weights = Tensor::<2>::from_data([[0.5, -1.0, 0.0]], &Device::flex());
        let region = Region::new(0, weights).unwrap();
        assert_eq!(scores(&region, output()).unwrap(), [-4.5, 4.0]);
    }

    #[test]
    fn the_predicted_region_is_where_the_class_is_the_top_one() {
        let region = Region::predicted(0);
        assert_eq!(scores(&region, output()).unwrap(), [5.0, 17.0]);
        assert_eq!(
            region.scores(&[output()]).unwrap().name,
            "class 0 where it is predicted"
        );
    }

    #[test]
    fn a_threshold_makes_a_region_of_a_single_logit() {
        let region = Region::above(0, 1.5);
        assert_eq!(scores(&region, output()).unwrap(), [7.0, 17.0]);
        let single = Tensor::<4>::from_data([[[[1.0, -2.0], [3.0, 0.0]]]], &Device::flex());
        let single = AnyTensor::from(single);
        assert_eq!(
            scores(&Region::above(0, 0.0), single.clone()).unwrap(),
            [4.0]
        );
        let error = text(scores(&Region::predicted(0), single));
        assert!(
            error.contains("[1, 1, 2, 2]") && error.contains("Region::above"),
            "{error}"
        );
    }

    #[test]
    fn signals_and_volumes_have_regions_too() {
        let device = Device::flex();
        let signal = Tensor::<3>::from_data([[[1.0, 2.0], [3.0, 1.0]]], &device);
        assert_eq!(scores(&Region::predicted(1), signal.into()).unwrap(), [3.0]);
        let volume = Tensor::<5>::from_data([[[[[1.0, 2.0]], [[4.0, 8.0]]]]], &device);
        let mask = Tensor::<3, Bool>::from_data([[[true, false]], [[false, true]]], &device);
        let region = Region::new(0, mask).unwrap();
        assert_eq!(scores(&region, volume.into()).unwrap(), [9.0]);
    }

    #[test]
    fn an_infinite_logit_outside_the_region_does_not_count() {
        let logits = [[[[1.0, f32::NEG_INFINITY]], [[0.0, 0.0]]]];
        let output = Tensor::<4>::from_data(logits, &Device::flex());
        let region = Region::predicted(0);
        assert_eq!(scores(&region, output.into()).unwrap(), [1.0]);
    }

    #[test]
    fn an_empty_region_is_an_error() {
        assert_eq!(
            text(scores(&Region::predicted(2), output())),
            "the region of sample 1 is empty: class 2 is predicted nowhere, but [0, 1] are: choose one of them, or \
             give a mask"
        );
        let error = text(scores(&Region::above(1, 1.0), output()));
        assert_eq!(
            error,
            "the region of sample 1 is empty: class 1 is nowhere above 1"
        );
        let masks = [[[1.0, 0.0, 0.0]], [[0.0, 0.0, 0.0]]];
        let region = Region::new(0, Tensor::<3>::from_data(masks, &Device::flex())).unwrap();
        let error = text(scores(&region, output()));
        assert_eq!(
            error,
            "the region of sample 1 is empty: its mask is zero everywhere"
        );
    }

    #[test]
    fn shapes_that_do_not_fit_are_named() {
        let device = Device::flex();
        let transposed = Region::new(0, Tensor::<2>::ones([3, 1], &device)).unwrap();
        assert_eq!(
            text(scores(&transposed, output())),
            "a mask of shape [3, 1] doesn't cover an output of shape [2, 3, 1, 3]: it needs the shape [1, 3], or \
             [2, 1, 3] with one for each sample"
        );
        let one = Region::new(0, Tensor::<3>::ones([1, 1, 3], &device)).unwrap();
        assert!(text(scores(&one, output())).contains("[1, 1, 3]"));
        for region in [Region::predicted(3), Region::above(3, 0.0)] {
            let error = text(scores(&region, output()));
            assert_eq!(
                error,
                "class 3 doesn't exist: the network has classes 0 to 2"
            );
        }
        let flat = Tensor::<2>::zeros([2, 3], &device);
        let error = text(scores(&Region::predicted(0), flat.into()));
        assert!(error.contains("[2, 3]"), "{error}");
    }

    #[test]
    fn masks_of_labels_and_of_no_numbers_are_refused() {
        let device = Device::flex();
        let labels = Tensor::<2, Int>::from_data([[0, 3, 3]], &device);
        let error = Region::new(0, labels).unwrap_err().to_string();
        assert!(error.contains("equal_elem"), "{error}");
        let weights = Tensor::<2>::from_data([[0.0, f32::NAN, 1.0]], &device);
        let error = Region::new(0, weights).unwrap_err().to_string();
        assert!(error.contains("NaN"), "{error}");
    }

    /// Classes x² and 3x: class 0 is on top where x > 3, at the input only. On the whole line from zero the region is
    /// that of the input, so each of its positions gets x², and the others nothing.
    #[test]
    fn the_region_of_the_input_is_held_along_a_path_for_every_batch_size() {
        let device = Device::flex();
        let x = Tensor::<4>::from_data([[[[4.0, 1.0]]], [[[2.0, 5.0]]]], &device);
        let forward =
            |_: &Vec<Linear>, x: Tensor<4>| Tensor::cat(vec![x.clone() * x.clone(), x * 3.0], 1);
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let region = Region::predicted(0);
        let gradient = Saliency::new().attribute(&net, x.clone(), &region).unwrap();
        assert_eq!(
            values(&gradient.tensor::<4>().unwrap()),
            [8.0, 0.0, 0.0, 10.0]
        );
        let path = IntegratedGradients::new().with_baseline(Baseline::zeros());
        for rows in [1, 2, 6, 64] {
            let inputs = Inputs::new(x.clone()).with_batch_size(rows);
            let result = path.attribute(&net, inputs, &region).unwrap();
            assert_eq!(result.scores(), [16.0, 25.0]);
            let found = values(&result.tensor::<4>().unwrap());
            for (found, expected) in found.iter().zip([16.0, 0.0, 0.0, 25.0]) {
                assert!((found - expected).abs() < 1e-4, "{found} at {rows} rows");
            }
        }
    }
}
