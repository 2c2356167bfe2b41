//! `DeepLIFT`'s rules are complete: multipliers times the inputs' differences from a reference sum to the
//! difference of the score.

use std::panic::{AssertUnwindSafe, catch_unwind};

use backdraft_graph::{AnyTensor, Error, PassError, Probes, RuleMap};
use backdraft_tests::coverage::{Case, Gradient, score};
use backdraft_tests::data_of;
use burn::tensor::{Device, Tensor};

/// Rows whose sum misses more than rounding, and how much of it.
const APPROXIMATE: [(&str, f64); 8] = [
    // Half precision rounds by up to 5e-4 of a value.
    ("cast of float to half and back", 1e-3),
    // Piecewise smooth: the quadrature sees their kinks.
    ("DeformConv2d", 5e-3),
    ("grid_sample_2d", 2e-2),
    (", Min", 5e-3),
    (", Max", 5e-3),
    ("sort", 2e-2),
    ("topk", 2e-2),
    ("median", 5e-2),
];

/// Of rounding, relative to the sum of the contributions' sizes.
const TOLERANCE: f64 = 1e-5;

/// What is wrong with a row; `None` if nothing is, or if it has no gradient.
pub fn problem(case: &Case, rules: &RuleMap) -> Option<String> {
    if matches!(case.gradient, Gradient::Undefined(_)) {
        return None;
    }
    let name = &case.name;
    match catch_unwind(AssertUnwindSafe(|| gap(case, rules))) {
        Ok(Ok(gap)) if gap < tolerance(name) => None,
        Ok(Ok(gap)) => Some(format!("{name}: gap {gap:.1e}")),
        Ok(Err(Error::Pass(
            PassError::NotDifferentiable { .. } | PassError::NoGradientForKind { .. },
        ))) => None,
        Ok(Err(error)) => Some(format!("{name}: {error}")),
        Err(_) => Some(format!("{name}: panics")),
    }
}

fn tolerance(name: &str) -> f64 {
    let mut rows = APPROXIMATE.iter();
    let row = rows.find(|(part, _)| name.contains(part));
    row.map_or(TOLERANCE, |(_, tolerance)| *tolerance)
}

fn gap(case: &Case, rules: &RuleMap) -> Result<f64, Error> {
    let device = Device::flex();
    let inputs = case.tensors(0, &device);
    let net = case.subject.capture(&device, inputs.clone())?;
    let reference = reference(case, &inputs);
    let probes = Probes::new()
        .with_input_gradients()
        .with_reference(reference.clone())
        .with_rules(rules.clone());
    let pass = net.run(inputs.clone(), &probes)?;
    let before = (score(pass.reference_outputs())).map_or(0.0, |score| number(&score));
    let score = score(pass.outputs()).ok_or(Error::Pass(PassError::NotDifferentiable {
        what: "an output of floats".into(),
    }))?;
    let change = number(&score) - before;
    let gradients = pass.backward(score)?;
    let (mut sum, mut size) = (0.0, change.abs());
    for (index, (x, x0)) in inputs.iter().zip(&reference).enumerate() {
        let Ok(multipliers) = gradients.input(index) else {
            continue;
        };
        let pairs = numbers(x).into_iter().zip(numbers(x0));
        for (multiplier, (x, x0)) in numbers(&multipliers).into_iter().zip(pairs) {
            sum += multiplier * (x - x0);
            size += (multiplier * (x - x0)).abs();
        }
    }
    // Where nothing flows and nothing changes, 0 / 0.
    Ok((sum - change).abs() / size.max(f64::MIN_POSITIVE))
}

/// Other floats. What integers and masks choose stays the same.
fn reference(case: &Case, inputs: &[AnyTensor]) -> Vec<AnyTensor> {
    (case.inputs.iter().zip(inputs).zip(57..))
        .map(|((input, tensor), seed)| {
            if input.is_float() {
                input.tensor(seed, 0, &Device::flex())
            } else {
                tensor.clone()
            }
        })
        .collect()
}

fn number(score: &Tensor<1>) -> f64 {
    numbers(&score.clone().into())[0]
}

fn numbers(tensor: &AnyTensor) -> Vec<f64> {
    data_of(tensor).iter().collect()
}
