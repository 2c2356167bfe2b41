//! Inputs and weights: the same values in every run, spread evenly.

use backdraft_graph::AnyTensor;
use burn::backend::Dispatch;
use burn::backend::ops::{BoolTensorOps, FloatTensorOps, IntTensorOps};
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Bool, Device, Int, Shape, Tensor, TensorData};

/// The shape of an input and the range of its values.
#[derive(Clone)]
pub struct Input {
    kind: Kind,
    shape: Vec<usize>,
    /// The dimension that grows with the batch.
    batch: Option<usize>,
}

#[derive(Clone)]
enum Kind {
    Float(f32, f32),
    Int(i64, i64),
    Bool,
}

/// A float input with values in [-1.5, 1.5), its first dimension the batch.
pub fn float<const D: usize>(shape: [usize; D]) -> Input {
    float_in(shape, -1.5, 1.5)
}

/// A float input with values in [low, high).
pub fn float_in<const D: usize>(shape: [usize; D], low: f32, high: f32) -> Input {
    Input::new(Kind::Float(low, high), shape)
}

/// An integer input with values in [low, high).
pub fn int<const D: usize>(shape: [usize; D], low: i64, high: i64) -> Input {
    Input::new(Kind::Int(low, high), shape)
}

/// An input of true and false.
pub fn bool<const D: usize>(shape: [usize; D]) -> Input {
    Input::new(Kind::Bool, shape)
}

impl Input {
    fn new<const D: usize>(kind: Kind, shape: [usize; D]) -> Self {
        Self {
            kind,
            shape: shape.to_vec(),
            batch: Some(0),
        }
    }

    /// The dimension that grows with the batch is `dim`, not the first.
    #[must_use]
    pub fn batch_at(mut self, dim: usize) -> Self {
        self.batch = Some(dim);
        self
    }

    /// The shape is the same for every batch size.
    #[must_use]
    pub fn fixed(mut self) -> Self {
        self.batch = None;
        self
    }

    /// Whether it has a gradient.
    pub fn is_float(&self) -> bool {
        matches!(self.kind, Kind::Float(..))
    }

    /// The input with `more` samples than declared; `seed` makes inputs differ.
    pub fn tensor(&self, seed: u64, more: usize, device: &Device) -> AnyTensor {
        let mut shape = self.shape.clone();
        if let Some(dim) = self.batch {
            shape[dim] += more;
        }
        let count = shape.iter().product();
        let (values, shape) = (uniform(seed, count), Shape::from(shape));
        AnyTensor::from_dispatch(match self.kind {
            Kind::Float(low, high) => {
                let values = values.map(|u| low + (high - low) * u).collect();
                Dispatch::float_reshape(floats(values, device).into_dispatch(), shape)
            }
            Kind::Int(low, high) => {
                let scale = (high - low) as f32;
                let values: Vec<i64> = values.map(|u| low + (scale * u) as i64).collect();
                let flat = Tensor::<1, Int>::from_data(TensorData::new(values, [count]), device);
                Dispatch::int_reshape(flat.into_dispatch(), shape)
            }
            Kind::Bool => {
                let values: Vec<bool> = values.map(|u| u < 0.5).collect();
                let flat = Tensor::<1, Bool>::from_data(TensorData::new(values, [count]), device);
                Dispatch::bool_reshape(flat.into_dispatch(), shape)
            }
        })
    }
}

/// Different weights for every element, so that no two gradients are alike by chance.
pub fn weights(count: usize, device: &Device) -> Tensor<1> {
    let values = uniform(7, count).map(|u| if u < 0.5 { u - 1.0 } else { u });
    floats(values.collect(), device)
}

/// Replaces every parameter and running statistic: initial values such as zero biases hide errors.
pub fn with_spread_weights<M: Module>(model: M) -> M {
    model.map(&mut SpreadWeights::default())
}

#[derive(Default)]
struct SpreadWeights {
    path: Vec<String>,
    seed: u64,
}

impl ModuleMapper for SpreadWeights {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.seed += 100;
        let variance = self.path.last().is_some_and(|name| name == "running_var");
        let (low, high) = if variance { (0.5, 1.5) } else { (-0.6, 0.6) };
        let (id, old, mapper) = param.consume();
        let shape = old.shape();
        let values = uniform(self.seed, shape.num_elements()).map(|u| low + (high - low) * u);
        let new = floats(values.collect(), &old.device()).reshape::<D, _>(shape);
        Param::from_mapped_value(id, new, mapper)
    }

    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }
}

fn floats(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}

/// Numbers in [0, 1), by splitmix64.
fn uniform(seed: u64, count: usize) -> impl Iterator<Item = f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (0..count).map(move |_| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) as u32 as f32 / (u32::MAX as f32 + 1.0)
    })
}
