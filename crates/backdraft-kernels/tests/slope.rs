//! Slopes between two points: they share out the change of the function.

use backdraft_kernels::{Activation, MaxPool2d, activate, activation_gradient, activation_slope};
use burn::backend::TensorData;
use burn_flex::FlexTensor;

const THRESHOLD: f32 = 1e-6;

fn tensor(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// Values from -1 to 1 without a pattern, others for each seed.
fn numbers(shape: [usize; 4], seed: usize) -> FlexTensor {
    let count = shape.iter().product::<usize>();
    let value = |i: usize| ((i * 37 + seed * 53 + 11) * 29 % 1009) as f32 / 504.5 - 1.0;
    tensor((0..count).map(value).collect(), shape)
}

fn values(tensor: &FlexTensor) -> &[f32] {
    tensor.storage()
}

/// `Σ a (b - c)`
fn sum(a: &FlexTensor, b: &FlexTensor, c: &FlexTensor) -> f64 {
    let products = values(a).iter().zip(values(b).iter().zip(values(c)));
    products
        .map(|(a, (b, c))| f64::from(*a) * (f64::from(*b) - f64::from(*c)))
        .sum()
}

#[test]
fn an_activations_slope_is_its_change_over_the_elements() {
    let shape = [3, 5, 71, 67];
    let [gradient, x, reference] = [1, 2, 3].map(|seed| numbers(shape, seed));
    let clamp = Activation::Clamp {
        min: -0.25,
        max: 0.5,
    };
    for (activation, low, high) in [(Activation::Relu, 0.0, f32::INFINITY), (clamp, -0.25, 0.5)] {
        let slope = activation_slope(
            gradient.clone(),
            x.clone(),
            reference.clone(),
            activation,
            THRESHOLD,
        );
        for (index, slope) in values(&slope).iter().enumerate() {
            let [g, x, r] = [&gradient, &x, &reference].map(|tensor| values(tensor)[index]);
            let change = x.clamp(low, high) - r.clamp(low, high);
            let expected = if (x - r).abs() > THRESHOLD {
                g * change / (x - r)
            } else {
                g * f32::from(u8::from(x > low && x < high))
            };
            let difference = (slope - expected).abs();
            assert!(
                difference <= 1e-6 * expected.abs(),
                "{activation:?} from {r} to {x}"
            );
        }
    }
}

#[test]
fn at_the_reference_it_is_the_derivative() {
    let x = || tensor(vec![-1.0, 0.0, 0.5, 1.0, 2.0], [1, 1, 1, 5]);
    let gradient = || tensor(vec![3.0; 5], [1, 1, 1, 5]);
    let slope = |activation| {
        let slope = activation_slope(gradient(), x(), x(), activation, THRESHOLD);
        values(&slope).to_vec()
    };
    assert_eq!(slope(Activation::Relu), [0.0, 0.0, 3.0, 3.0, 3.0]);
    let clamp = Activation::Clamp { min: 0.0, max: 1.0 };
    assert_eq!(slope(clamp), [0.0, 3.0, 3.0, 3.0, 0.0]);
    assert_eq!(slope(Activation::Identity), [3.0; 5]);
}

#[test]
fn an_activation_keeps_to_its_bounds() {
    let activated = |activation| {
        let x = tensor(vec![-1.0, 0.5, 1.0, 2.0], [1, 2, 1, 2]);
        values(&activate(x, activation)).to_vec()
    };
    assert_eq!(activated(Activation::Relu), [0.0, 0.5, 1.0, 2.0]);
    let clamp = Activation::Clamp { min: 0.0, max: 1.0 };
    assert_eq!(activated(clamp), [0.0, 0.5, 1.0, 1.0]);
    let nan = activate(tensor(vec![f32::NAN], [1; 4]), clamp);
    assert!(values(&nan)[0].is_nan());
}

#[test]
fn a_gradient_passes_strictly_between_the_ends() {
    let row = |values: [f32; 5]| tensor(values.to_vec(), [1, 1, 1, 5]);
    let passed = |activation| {
        let output = row([0.0, 0.5, 1.0, 2.0, f32::NAN]);
        let gradient = row([1.0, -2.0, 3.0, -4.0, 5.0]);
        values(&activation_gradient(gradient, output, activation)).to_vec()
    };
    let clamp = Activation::Clamp { min: 0.0, max: 1.0 };
    assert_eq!(passed(Activation::Relu), [0.0, -2.0, 3.0, -4.0, 5.0]);
    assert_eq!(passed(clamp), [0.0, -2.0, 0.0, 0.0, 5.0]);
    assert_eq!(passed(Activation::Identity), [1.0, -2.0, 3.0, -4.0, 5.0]);
}

#[test]
fn a_gradient_that_is_no_number_stays_one() {
    let row = |values: [f32; 2]| tensor(values.to_vec(), [1, 1, 1, 2]);
    let gradient = row([f32::NAN, f32::INFINITY]);
    let slope = activation_slope(
        gradient,
        row([-1.0, 1.0]),
        row([-2.0, -1.0]),
        Activation::Relu,
        THRESHOLD,
    );
    assert!(values(&slope).iter().all(|value| !value.is_finite()));
}

fn pools() -> impl Iterator<Item = MaxPool2d> {
    let pool = |kernel, stride, padding| MaxPool2d {
        kernel: [kernel, 2],
        stride: [stride, 2],
        padding: [padding, 1],
        dilation: [1, 1],
        ceil_mode: false,
    };
    [pool(2, 2, 0), pool(3, 2, 1), pool(3, 1, 1)].into_iter()
}

#[test]
fn slopes_of_maxima_sum_to_their_change() {
    for pool in pools() {
        let [x, reference] = [1, 2].map(|seed| numbers([2, 3, 9, 8], seed));
        let maxima = [&x, &reference].map(|point| pool.forward(point.clone()));
        let shape = maxima[0].layout().shape().dims();
        let gradient = numbers(shape, 3);
        let slope = pool.slope(
            gradient.clone(),
            [x.clone(), reference.clone()],
            maxima.clone(),
            THRESHOLD,
        );
        let (given, change) = (
            sum(&slope, &x, &reference),
            sum(&gradient, &maxima[0], &maxima[1]),
        );
        assert!(
            (given - change).abs() < 1e-4,
            "{pool:?}: {given} of {change}"
        );
        assert!(change.abs() > 0.1, "nothing changes");
    }
}

#[test]
fn at_the_reference_slopes_of_maxima_are_the_gradient() {
    for pool in pools() {
        let x = numbers([2, 3, 9, 8], 1);
        let maxima = pool.forward(x.clone());
        let gradient = numbers(maxima.layout().shape().dims(), 3);
        let expected = pool.input_gradient(gradient.clone(), x.clone(), maxima.clone());
        let slope = pool.slope(
            gradient,
            [x.clone(), x],
            [maxima.clone(), maxima],
            THRESHOLD,
        );
        assert_eq!(values(&slope), values(&expected));
    }
}
