//! Elements changed in their place leave what others hold alone.

use backdraft_kernels::{Activation, activate, sum};
use burn::backend::TensorData;
use burn_flex::FlexTensor;

/// More than one thread takes at a time.
const MANY: usize = 40_000;

fn row(value: impl Fn(usize) -> f32) -> FlexTensor {
    let values: Vec<f32> = (0..MANY).map(value).collect();
    FlexTensor::from_data(TensorData::new(values, [MANY]))
}

fn ascending() -> FlexTensor {
    row(|place| place as f32)
}

fn assert_each(tensor: &FlexTensor, expected: impl Fn(usize) -> f32) {
    let expected: Vec<f32> = (0..MANY).map(expected).collect();
    assert_eq!(tensor.as_slice(), Some(&expected[..]));
}

#[test]
fn a_sum_takes_the_place_of_the_tensor_that_nobody_else_holds() {
    let place = |tensor: &FlexTensor| tensor.storage::<f32>().as_ptr();
    let twice = |place: usize| 2.0 * place as f32;
    for held_first in [true, false] {
        let (held, free) = (ascending(), ascending());
        let free_place = place(&free);
        let result = if held_first {
            sum(held.clone(), free)
        } else {
            sum(free, held.clone())
        };
        assert_each(&result, twice);
        assert_each(&held, |place| place as f32);
        assert_eq!(place(&result), free_place);
    }
}

#[test]
fn what_others_hold_stays_as_it_is() {
    let held = ascending();
    assert_each(&sum(held.clone(), held.clone()), |place| 2.0 * place as f32);
    let clamp = Activation::Clamp { min: 1.0, max: 2.0 };
    assert_each(&activate(held.clone(), clamp), |place| {
        (place as f32).clamp(1.0, 2.0)
    });
    assert_each(&held, |place| place as f32);
}

#[test]
fn parts_of_tensors_have_sums_too() {
    let part = ascending().narrow(0, 100, 5);
    let result = sum(
        part,
        FlexTensor::from_data(TensorData::new(vec![0.5_f32; 5], [5])),
    );
    assert_eq!(
        result.as_slice(),
        Some(&[100.5_f32, 101.5, 102.5, 103.5, 104.5][..])
    );
    // Columns, which don't lie side by side.
    let square = |values: [f32; 4]| FlexTensor::from_data(TensorData::new(values.to_vec(), [2, 2]));
    let columns = square([1.0, 2.0, 3.0, 4.0]).transpose(0, 1);
    let result = sum(columns, square([10.0, 20.0, 30.0, 40.0]));
    assert_eq!(result.as_slice(), Some(&[11.0_f32, 23.0, 32.0, 44.0][..]));
}

#[test]
#[should_panic(expected = "tensors of one shape")]
fn tensors_of_other_shapes_are_refused() {
    sum(ascending(), ascending().reshape([MANY, 1].into()));
}
