//! Every method of the catalog, on every network that it is defined for.

use std::collections::BTreeSet;

use backdraft::catalog::{Access, Entry, METHODS};
use backdraft::finite::{Origin, Quantity};
use backdraft::graph::{Error as GraphError, InputError};
use backdraft::{AnyTensor, Attribution, Error, Inputs, Method, Score, Target};
use backdraft_tests::{SUBJECTS, Subject};
use burn::tensor::{Device, Tensor};

use crate::refused;

/// Whether a method computes no gradient.
fn is_without_gradient(entry: &Entry) -> bool {
    let of_layers = [
        "eigen-cam",
        "score-cam",
        "ablation-cam",
        "attention-rollout",
        "layer-activation",
    ];
    entry.access == Access::Outputs || of_layers.contains(&entry.name)
}

/// Explains a target by every method that is defined for a network, and looks at what comes of it.
fn for_each(
    inputs: impl Fn(&Subject) -> Inputs,
    target: impl Fn() -> Box<dyn Target>,
    check: impl Fn(&Subject, &Entry, Result<Attribution, Error>),
) {
    let mut checked = BTreeSet::new();
    for subject in SUBJECTS {
        let net = subject.net(&Device::flex());
        for entry in METHODS.iter().filter(|entry| subject.suits(entry)) {
            let setup = subject.setup_of(entry).with_steps(3).with_draws(4);
            let method = entry.build(&setup).unwrap();
            let result = method.attribute(&net, inputs(&subject), target());
            check(&subject, entry, result);
            checked.insert(entry.name);
        }
    }
    assert_eq!(
        checked,
        METHODS.iter().map(|entry| entry.name).collect(),
        "methods without a network"
    );
}

fn images(subject: &Subject) -> Inputs {
    subject.inputs(&Device::flex())
}

/// A function of the logits whose sum is a score.
type LogitScore = fn(Tensor<2>) -> Tensor<2>;

/// A score of the logits, times zero.
fn of_nothing(score: LogitScore) -> Box<dyn Target> {
    let score = move |logits: Tensor<2>| score(logits * 0.0).sum_dim(1).squeeze_dim(1);
    Box::new(Score::new("nothing", score))
}

#[test]
fn a_score_that_is_no_number_is_refused() {
    let quotient: LogitScore = |nothing| nothing.clone() / nothing;
    for (score, value) in [(quotient, f32::NAN), (Tensor::log, f32::NEG_INFINITY)] {
        for_each(
            images,
            || of_nothing(score),
            |subject, entry, result| {
                let error = refused(result);
                let found = match error.what {
                    Quantity::Score(found) => found,
                    other => panic!("{} on {}: {other:?}", entry.name, subject.name),
                };
                assert_eq!(
                    (found.is_nan(), found.is_infinite()),
                    (value.is_nan(), value.is_infinite())
                );
                assert_eq!((error.sample, error.origin), (0, Some(Origin::Target)));
            },
        );
    }
}

#[test]
fn a_gradient_that_is_no_number_is_refused() {
    // The root of nothing is nothing, but its derivative is infinite.
    for_each(
        images,
        || of_nothing(|nothing| nothing.powi_scalar(2).sum_dim(1).sqrt()),
        |subject, entry, result| {
            if is_without_gradient(entry) {
                assert_finite(&result.unwrap());
                return;
            }
            let error = refused(result);
            let place = format!("{} on {}: {error}", entry.name, subject.name);
            assert_eq!(error.what, Quantity::Gradient, "{place}");
            assert_eq!(error.origin, Some(Origin::TargetDerivative), "{place}");
        },
    );
}

#[test]
fn an_overflow_in_the_network_is_refused() {
    // The first layer's sums are beyond 3.4e38.
    let huge = |subject: &Subject| {
        let images = subject.images(&Device::flex());
        Inputs::new(images.sign() * 3e38)
    };
    for_each(
        huge,
        || Box::new(backdraft::Class(1)),
        |subject, entry, result| {
            // Its ReLU6 make six of infinity, so that the rest of the network is finite. Noise of the size of the
            // input's range, which is infinite, is refused before the network sees it.
            match (subject.name, &result) {
                ("mobilenet", Ok(result)) => return assert_finite(result),
                (
                    "mobilenet",
                    Err(Error::Graph(GraphError::Input(InputError::NonFinite { .. }))),
                ) => return,
                _ => {}
            }
            let error = refused(result);
            let place = format!("{} on {}: {error}", entry.name, subject.name);
            // How fast such an image changes while it is blurred is too much for single precision.
            if (subject.name, entry.name) == ("mobilenet", "blur-ig") {
                assert_eq!(error.what, Quantity::Attribution, "{place}");
                return;
            }
            assert!(matches!(error.origin, Some(Origin::Layer(_))), "{place}");
        },
    );
}

fn assert_finite(result: &Attribution) {
    let finite = |value: &AnyTensor| value.flat().is_finite().all().into_scalar::<bool>();
    assert!(result.values().iter().all(finite), "{}", result.method());
}
