//! Both directions against Burn's own, bit for bit, and what is special about maxima.

use backdraft_kernels::MaxPool2d;
use burn::backend::ops::{FloatTensorOps, ModuleOps};
use burn::backend::{TensorData, TensorMetadata};
use burn::tensor::IntDType;
use burn_flex::{Flex, FlexTensor};

fn tensor(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn bits(tensor: &FlexTensor) -> Vec<u32> {
    let values: Vec<f32> = tensor.clone().into_data().try_into_vec().expect("f32");
    values.into_iter().map(f32::to_bits).collect()
}

/// Values of which many are equal.
fn ties(shape: [usize; 4], seed: u32) -> FlexTensor {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let values = (0..shape.iter().product()).map(|_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        f32::from((state >> 28) as u8) - 8.0
    });
    tensor(values.collect(), shape)
}

#[track_caller]
fn check(x: &FlexTensor, pool: MaxPool2d) {
    assert!(pool.is_supported(x), "{pool:?}");
    let MaxPool2d {
        kernel,
        stride,
        padding,
        dilation,
        ceil_mode,
    } = pool;
    let burn = Flex::max_pool2d_with_indices(
        x.clone(),
        kernel,
        stride,
        padding,
        dilation,
        ceil_mode,
        IntDType::I64,
    );
    let ours = pool.forward(x.clone());
    assert_eq!(ours.shape(), burn.output.shape(), "{pool:?}");
    assert_eq!(bits(&ours), bits(&burn.output), "{pool:?}");
    let shape = ours.shape().as_slice().try_into().expect("rank 4");
    let gradient = ties(shape, 5);
    let burn = Flex::max_pool2d_with_indices_backward(
        x.clone(),
        kernel,
        stride,
        padding,
        dilation,
        ceil_mode,
        gradient.clone(),
        burn.indices,
    );
    let ours = pool.input_gradient(gradient, x.clone(), ours);
    assert_eq!(bits(&ours), bits(&burn.x_grad), "gradient of {pool:?}");
}

#[test]
fn every_kernel_stride_padding_and_dilation_agrees_with_burn() {
    let mut cases = 0;
    for kernel in [1, 2, 3, 5] {
        for stride in [1, 2, 3] {
            for padding in 0..=kernel / 2 {
                for dilation in [1, 2] {
                    for ceil_mode in [false, true] {
                        let pool = MaxPool2d {
                            kernel: [kernel, 3],
                            stride: [stride, 2],
                            padding: [padding, 1],
                            dilation: [dilation, 1],
                            ceil_mode,
                        };
                        check(&ties([2, 3, 11, 8], 1 + cases), pool);
                        cases += 1;
                    }
                }
            }
        }
    }
    assert_eq!(cases, 96);
}

const PAIRS: MaxPool2d = MaxPool2d {
    kernel: [1, 2],
    stride: [1, 2],
    padding: [0, 0],
    dilation: [1, 1],
    ceil_mode: false,
};

#[test]
fn nan_is_the_maximum_and_gets_the_gradient() {
    let (nan, infinity) = (f32::NAN, f32::INFINITY);
    let values = vec![nan, 1.0, 1.0, nan, nan, nan, -infinity, -infinity];
    let x = tensor(values, [1, 1, 1, 8]);
    check(&x, PAIRS);
    let gradient = tensor(vec![1.0, 2.0, 3.0, 4.0], [1, 1, 1, 4]);
    let gradient = PAIRS.input_gradient(gradient, x.clone(), PAIRS.forward(x));
    let expected = [1.0, 0.0, 0.0, 2.0, 0.0, 3.0, 4.0, 0.0];
    assert_eq!(gradient.storage::<f32>(), expected);
}

#[test]
fn tensors_may_be_views() {
    let x = Flex::float_permute(ties([2, 8, 3, 9], 1), &[0, 2, 3, 1]);
    check(&x, PAIRS);
}

#[test]
fn what_does_not_fit_is_not_supported() {
    let supported = |shape: [usize; 4]| PAIRS.is_supported(&ties(shape, 1));
    assert!(supported([1, 1, 1, 2]));
    assert!(!supported([1, 1, 1, 1]), "a window larger than the image");
    assert!(!supported([0, 1, 1, 2]), "no image");
    let double = FlexTensor::from_data(TensorData::new(vec![0.0_f64; 8], [1, 1, 2, 4]));
    assert!(!PAIRS.is_supported(&double), "type");
}
