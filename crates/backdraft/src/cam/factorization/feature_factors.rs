//! Concepts, and where they are.

use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::cam::evidence::Layout;
use crate::cam::factorization::non_negative::Matrix;
use crate::{AnyTensor, Attribution, Error, Inputs};

/// What [`DeepFeatureFactorization`](crate::DeepFeatureFactorization) found in a layer: concepts, and where each of them is.
#[derive(Clone, Debug)]
pub struct FeatureFactors {
    layer: String,
    /// `[channels, concepts]`, without the least values.
    pub(super) weights: Matrix,
    /// `[rows and positions, concepts]`.
    pub(super) strengths: Matrix,
    pub(super) least: Vec<f64>,
    residual: f64,
    map: MapForm,
}

/// How a list of positions is a map.
#[derive(Clone, Debug)]
pub(super) struct MapForm {
    /// `[rows, channels, positions...]`.
    pub(super) shape: Vec<usize>,
    pub(super) samples: usize,
    pub(super) layout: Layout,
    pub(super) places: Vec<Vec<f64>>,
    pub(super) device: Device,
    /// The precision of maps: that of the activation, and single precision at least.
    pub(super) dtype: DType,
}

impl MapForm {
    pub(super) fn new(values: &AnyTensor, layout: Layout, inputs: &Inputs) -> Self {
        Self {
            shape: values.shape().to_vec(),
            samples: inputs.rows(),
            places: layout.places(inputs),
            layout,
            device: values.device(),
            dtype: values.upcast().dtype(),
        }
    }

    /// A number for every row and position as `[batch, 1, positions...]`.
    pub(super) fn map(&self, numbers: Vec<f64>) -> AnyTensor {
        let count = numbers.len();
        let data = TensorData::new(numbers, [count]);
        let mut shape = self.shape.clone();
        shape[1] = 1;
        let map = Tensor::<1>::from_data(data, (&self.device, self.dtype));
        let map = AnyTensor::from(map).reshape_to(shape);
        self.layout.by_sample(map, self.samples)
    }
}

impl FeatureFactors {
    pub(super) fn new(
        layer: &str,
        [weights, strengths]: [Matrix; 2],
        least: Vec<f64>,
        residual: f64,
        map: MapForm,
    ) -> Self {
        Self {
            layer: layer.to_owned(),
            weights,
            strengths,
            least,
            residual,
            map,
        }
    }

    /// How many concepts there are.
    pub fn count(&self) -> usize {
        self.weights.columns
    }

    /// What every concept is made of: `[concepts, channels]`, in units of the activation.
    pub fn concepts(&self) -> Tensor<2> {
        let concept = |concept: usize| {
            let rows = self.weights.rows().zip(&self.least);
            rows.map(move |(row, least)| (row[concept] + least) as f32)
        };
        let values: Vec<f32> = (0..self.count()).flat_map(concept).collect();
        let data = TensorData::new(values, [self.count(), self.least.len()]);
        Tensor::from_data(data, &self.map.device)
    }

    /// Where a concept is: its strength at every position, `[batch, 1, positions...]`, to be drawn like any map. Its score is
    /// the sum over the positions.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no such concept.
    pub fn map(&self, concept: usize) -> Result<Attribution, Error> {
        if concept >= self.count() {
            return Err(Error::Unknown {
                what: "concept",
                name: concept.to_string(),
                known: format!("there are {}", self.count()),
            });
        }
        let strengths = self.strengths.rows().map(|row| row[concept]);
        let strengths: Vec<f64> = strengths.collect();
        let each = strengths.len() / self.map.samples;
        let sums = strengths
            .chunks(each)
            .map(|map| map.iter().sum::<f64>() as f32);
        let (method, target) = ("deep-feature-factorization", format!("concept {concept}"));
        let (scores, values) = (sums.collect(), vec![self.map.map(strengths)]);
        let result = Attribution::new(method, target, values, scores)?;
        Ok(result
            .with_layer(&self.layer)
            .with_planes(vec![Some(self.map.layout.planes())])
            .with_places(self.map.places.clone()))
    }

    /// What of the activation no concept accounts for: the length of the rest as a part of the whole, from 0 to 1.
    pub fn residual(&self) -> f64 {
        self.residual
    }
}
