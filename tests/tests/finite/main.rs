//! A score, gradient or activation that isn't a finite number is an error, which names the sample and the layer where it
//! arises. No method returns NaN.

mod activations;
mod catalog;
mod gradients;
mod scores;

use backdraft::finite::{NotFinite, Origin, Quantity};
use backdraft::{Attribution, Error, Network};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};

/// The network of a function.
fn net<const D: usize, const E: usize>(
    example: &Tensor<D>,
    forward: fn(Tensor<D>) -> Tensor<E>,
) -> Network {
    let forward = move |_: &Vec<Linear>, x: Tensor<D>| forward(x);
    Network::capture(&Vec::new(), example.clone(), forward).unwrap()
}

fn rows<const S: usize, const F: usize>(values: [[f32; F]; S]) -> Tensor<2> {
    Tensor::from_data(values, &Device::flex())
}

/// The error that a method must give.
fn refused(result: Result<Attribution, Error>) -> NotFinite {
    match result {
        Err(Error::NotFinite(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn layer(name: &str) -> Origin {
    Origin::Layer(name.into())
}

fn derivative(name: &str) -> Origin {
    Origin::Derivative(name.into())
}

/// As NaN isn't equal to itself.
fn is_nan(what: &Quantity) -> bool {
    match what {
        Quantity::Score(score) | Quantity::BaselineScore(score) => score.is_nan(),
        _ => false,
    }
}

fn assert_close(result: &Attribution, expected: &[f32]) {
    let values = result.values()[0].flat().into_data();
    for (value, expected) in values.iter::<f32>().zip(expected) {
        assert!((value - expected).abs() < 1e-5, "{value} {expected}");
    }
}
