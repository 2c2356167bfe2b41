//! Networks of half and double precision: what methods compute, and in which precision they return it.

use backdraft::catalog::{Access, find};
use backdraft::{IntegratedGradients, Method, Network, Opaque};
use backdraft_tests::precision::{CLASS, Net, errors, numbers, roundings, subject};
use backdraft_tests::relative_l2;
use burn::tensor::{DType, Device};

/// A few roundings deep, each of at most `epsilon / 2`.
fn assert_close(precision: DType, epsilon: f64) {
    let errors = errors(&Device::flex(), precision, precision);
    for (method, error) in &errors {
        println!("{precision:?} {method:24} {error:.1e}");
    }
    for (method, error) in errors {
        let limit = roundings(&method) * epsilon;
        assert!(error < limit, "{method}: {error:.1e}");
        assert!(error > 0.0, "{method} is computed in single precision");
    }
}

#[test]
fn half_precision_is_as_close_as_its_digits() {
    assert_close(DType::F16, 2f64.powi(-10));
}

#[test]
fn brain_floats_are_as_close_as_their_digits() {
    assert_close(DType::BF16, 2f64.powi(-7));
}

#[test]
fn double_precision_stays_double() {
    for (method, error) in errors(&Device::flex(), DType::F32, DType::F64) {
        println!("F64 {method:24} {error:.1e}");
        // Differences of scores lose a digit.
        let is_difference = find(&method).unwrap().access == Access::Outputs;
        let limit = if is_difference { 1e-5 } else { 1e-6 };
        assert!(error < limit, "{method}: {error:.1e}");
    }
}

#[test]
fn what_is_not_captured_is_explained_in_half_precision_too() {
    let (model, images) = subject(&Device::flex(), DType::F16, DType::F16);
    let net = Network::capture(&model, images.clone(), Net::forward).unwrap();
    let opaque = Opaque::new(&model, images.clone(), Net::forward).unwrap();
    let path = || IntegratedGradients::new().with_steps(8);
    let expected = path().attribute(&net, images.clone(), CLASS).unwrap();
    let actual = path().attribute(&opaque, images, CLASS).unwrap();
    assert_eq!(actual.values()[0].dtype(), DType::F32);
    let [actual, expected] = [actual, expected].map(|result| numbers(&result.values()[0]));
    let error = relative_l2(&actual, &expected);
    assert!(error < 2f64.powi(-10), "{error:.1e}");
}
