//! Layers with weights of zero: what they compute doesn't matter here.

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use burn::tensor::module::{attention, conv1d, conv2d, conv3d, linear};
use burn::tensor::ops::{AttentionModuleOptions, ConvOptions};

/// A linear layer.
pub fn dense<const D: usize>(x: Tensor<D>, features: usize) -> Tensor<D> {
    let weight = Tensor::zeros([x.dims()[D - 1], features], &x.device());
    linear(x, weight, None)
}

/// A convolution of one dimension.
pub fn conv_1d(
    x: Tensor<3>,
    channels: usize,
    size: usize,
    stride: usize,
    padding: usize,
) -> Tensor<3> {
    let weight = Tensor::zeros([channels, x.dims()[1], size], &x.device());
    conv1d(
        x,
        weight,
        None,
        ConvOptions::new([stride], [padding], [1], 1),
    )
}

/// A convolution of two dimensions.
pub fn conv_2d(
    x: Tensor<4>,
    channels: usize,
    size: usize,
    stride: usize,
    padding: usize,
) -> Tensor<4> {
    let weight = Tensor::zeros([channels, x.dims()[1], size, size], &x.device());
    conv2d(
        x,
        weight,
        None,
        ConvOptions::new([stride; 2], [padding; 2], [1; 2], 1),
    )
}

/// A convolution of three dimensions.
pub fn conv_3d(x: Tensor<5>, channels: usize, size: usize, stride: usize) -> Tensor<5> {
    let weight = Tensor::zeros([channels, x.dims()[1], size, size, size], &x.device());
    conv3d(
        x,
        weight,
        None,
        ConvOptions::new([stride; 3], [0; 3], [1; 3], 1),
    )
}

/// Attention of `[batch, tokens, features]` with heads, written out.
pub fn written_out_attention(x: Tensor<3>, heads: usize) -> Tensor<3> {
    let [batch, tokens, features] = x.dims();
    let split = |x: Tensor<3>| {
        let heads = x.reshape([batch, tokens, heads, features / heads]);
        heads.swap_dims(1, 2)
    };
    let [query, key, value] = [0; 3].map(|_| split(dense(x.clone(), features)));
    let weights = softmax(query.matmul(key.swap_dims(2, 3)), 3);
    let attended = weights.matmul(value).swap_dims(1, 2);
    dense(attended.reshape([batch, tokens, features]), features)
}

/// The same by Burn's fused operation, from one projection.
pub fn fused_attention(x: Tensor<3>, heads: usize) -> Tensor<3> {
    let [batch, tokens, features] = x.dims();
    let all = dense(x, 3 * features).reshape([batch, tokens, 3, heads, features / heads]);
    let all = all.permute([2, 0, 3, 1, 4]);
    let [query, key, value] = [0, 1, 2].map(|part| {
        all.clone()
            .slice_dim(0, part..part + 1)
            .reshape([batch, heads, tokens, features / heads])
    });
    let attended = attention(
        query,
        key,
        value,
        None,
        None,
        AttentionModuleOptions::default(),
    );
    attended.swap_dims(1, 2).reshape([batch, tokens, features])
}
