//! The checks: scores where they are read, gradients and activations where they come out.

use burn::tensor::Tensor;

use crate::finite::not_finite::{NotFinite, Origin, Quantity};
use crate::finite::origin::{Backward, at_row, in_layer};
use crate::finite::rows::first_not_finite;
use crate::inputs::rows::flat;
use crate::targets::Explained;
use crate::{AnyTensor, Error, Inputs, Model, Network};

/// What a tensor holds.
#[derive(Clone, Copy)]
enum Held<'a> {
    Score,
    Gradient,
    /// The output of this layer.
    Activation(&'a str),
}

impl Held<'_> {
    /// What an element is.
    fn quantity(self, element: f32) -> Quantity {
        match self {
            Self::Score => Quantity::Score(element),
            Self::Gradient => Quantity::Gradient,
            Self::Activation(layer) => Quantity::Activation(layer.into()),
        }
    }
}

/// The values of scores at the inputs.
pub(crate) fn scores<M: Model + ?Sized>(
    model: &M,
    inputs: &Inputs,
    explained: &Explained,
) -> Result<Vec<f32>, Error> {
    finite_scores(model, inputs, explained, Quantity::Score)
}

/// The values of scores at a baseline.
pub(crate) fn baseline_scores<M: Model + ?Sized>(
    model: &M,
    baseline: &Inputs,
    explained: &Explained,
) -> Result<Vec<f32>, Error> {
    finite_scores(model, baseline, explained, Quantity::BaselineScore)
}

fn finite_scores<M: Model + ?Sized>(
    model: &M,
    inputs: &Inputs,
    explained: &Explained,
    what: fn(f32) -> Quantity,
) -> Result<Vec<f32>, Error> {
    let values = explained.values();
    match values.iter().position(|score| !score.is_finite()) {
        None => Ok(values),
        Some(row) => {
            let origin = model.not_finite_at(&at_row(inputs, row));
            Err(error(inputs, what(values[row]), row, origin))
        }
    }
}

/// Scores and gradients of a network's backward pass.
pub(crate) fn gradients(
    backward: &Backward<'_>,
    scores: &Tensor<1>,
    gradients: &[AnyTensor],
) -> Result<(), Error> {
    let find = |what: &Quantity, row| backward.origin(what, row);
    differentiated(backward.inputs, scores, gradients, find)
}

/// What rules make of the gradients of a network's backward pass.
pub(crate) fn multipliers(backward: &Backward<'_>, multipliers: &[AnyTensor]) -> Result<(), Error> {
    let found: Vec<_> = multipliers
        .iter()
        .map(|values| (Held::Gradient, values))
        .collect();
    check(backward.inputs, &found, |what, row| {
        backward.origin(what, row)
    })
}

/// Scores and gradients of a model that doesn't show its layers.
pub(crate) fn opaque_gradients(
    inputs: &Inputs,
    scores: &Tensor<1>,
    gradients: &[AnyTensor],
) -> Result<(), Error> {
    differentiated(inputs, scores, gradients, |_, _| None)
}

fn differentiated(
    inputs: &Inputs,
    scores: &Tensor<1>,
    gradients: &[AnyTensor],
    origin: impl FnOnce(&Quantity, usize) -> Option<Origin>,
) -> Result<(), Error> {
    let scores = AnyTensor::from(scores.clone());
    let mut found = vec![(Held::Score, &scores)];
    found.extend(gradients.iter().map(|gradient| (Held::Gradient, gradient)));
    check(inputs, &found, origin)
}

/// The outputs of layers.
pub(crate) fn activations(
    net: &Network,
    inputs: &Inputs,
    layers: &[(&str, &AnyTensor)],
) -> Result<(), Error> {
    let found = layers
        .iter()
        .map(|&(layer, values)| (Held::Activation(layer), values));
    let found: Vec<_> = found.collect();
    check(inputs, &found, |what, row| match what {
        Quantity::Activation(layer) => in_layer(net, layer, &at_row(inputs, row)),
        _ => None,
    })
}

/// The outputs of layers, each with the gradient there.
pub(crate) fn at_layers(
    backward: &Backward<'_>,
    layers: &[(&str, &AnyTensor, &AnyTensor)],
) -> Result<(), Error> {
    let found = layers.iter().flat_map(|&(layer, activation, gradient)| {
        [
            (Held::Activation(layer), activation),
            (Held::Gradient, gradient),
        ]
    });
    let found: Vec<_> = found.collect();
    check(backward.inputs, &found, |what, row| {
        backward.origin(what, row)
    })
}

/// Reads once from the device, if everything is finite.
fn check(
    inputs: &Inputs,
    found: &[(Held<'_>, &AnyTensor)],
    origin: impl FnOnce(&Quantity, usize) -> Option<Origin>,
) -> Result<(), Error> {
    let tensors: Vec<&AnyTensor> = found.iter().map(|(_, tensor)| *tensor).collect();
    let Some((position, row)) = first_not_finite(&tensors) else {
        return Ok(());
    };
    let (held, tensor) = found[position];
    let what = held.quantity(element(tensor, row));
    // A layer may have several rows for each of the inputs'.
    let row = row * inputs.rows() / tensor.shape()[0];
    let origin = origin(&what, row);
    Err(error(inputs, what, row, origin))
}

/// The first element of a row that isn't finite.
fn element(tensor: &AnyTensor, row: usize) -> f32 {
    let row = flat(&tensor.clone().without_autodiff()).narrow(0, row, 1);
    let data = row.into_data();
    let mut elements = data.iter::<f32>();
    elements
        .find(|element| !element.is_finite())
        .unwrap_or(f32::NAN)
}

fn error(inputs: &Inputs, what: Quantity, row: usize, origin: Option<Origin>) -> Error {
    let error = NotFinite::new(what, row, origin);
    Error::NotFinite(error.among(inputs.samples()))
}
