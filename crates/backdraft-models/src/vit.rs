use burn::config::Config;
use burn::module::{Initializer, Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::{gelu, softmax};
use burn::tensor::{Device, Tensor};

/// The sizes of a [`Vit`].
///
/// # Example
/// ```
/// use backdraft_models::VitConfig;
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::flex();
/// let model = VitConfig::new([16, 24], 10).with_patch(8).init(&device);
/// let logits = model.forward(Tensor::zeros([2, 3, 16, 24], &device));
/// assert_eq!(logits.dims(), [2, 10]);
/// ```
#[derive(Config, Debug)]
pub struct VitConfig {
    /// Height and width of the images, in pixels; multiples of `patch`.
    pub image_size: [usize; 2],
    /// How many classes there are.
    pub classes: usize,
    /// Height and width of a patch, in pixels.
    #[config(default = 4)]
    pub patch: usize,
    /// Width of a token; a multiple of `heads`.
    #[config(default = 24)]
    pub dim: usize,
    /// How many blocks there are.
    #[config(default = 2)]
    pub depth: usize,
    /// How many attention heads each block has.
    #[config(default = 3)]
    pub heads: usize,
    /// Width of the hidden layer of each block.
    #[config(default = 48)]
    pub mlp: usize,
}

impl VitConfig {
    /// The network with random weights.
    pub fn init(&self, device: &Device) -> Vit {
        let [rows, columns] = self.image_size.map(|pixels| pixels / self.patch);
        let tokens = 1 + rows * columns;
        let learned = Initializer::Normal {
            mean: 0.0,
            std: 0.02,
        };
        Vit {
            patch: Conv2dConfig::new([3, self.dim], [self.patch; 2])
                .with_stride([self.patch; 2])
                .init(device),
            cls: learned.init([1, 1, self.dim], device),
            pos: learned.init([1, tokens, self.dim], device),
            blocks: (0..self.depth).map(|_| Block::new(self, device)).collect(),
            norm: LayerNormConfig::new(self.dim).init(device),
            head: LinearConfig::new(self.dim, self.classes).init(device),
        }
    }
}

/// A vision transformer: an image as a sequence of patches.
///
/// A class token goes before the patches, learned positions are added, and each block attends and
/// then transforms, with the normalization first. The class is read from the class token. As in
/// [*An Image is Worth 16x16 Words*](https://arxiv.org/abs/2010.11929), without dropout.
#[derive(Module, Debug)]
pub struct Vit {
    patch: Conv2d,
    cls: Param<Tensor<3>>,
    pos: Param<Tensor<3>>,
    blocks: Vec<Block>,
    norm: LayerNorm,
    head: Linear,
}

impl Vit {
    /// Computes the logits.
    ///
    /// # Shapes
    /// - images: `[batch, 3, height, width]`
    /// - output: `[batch, classes]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let patches = self.patch.forward(images).flatten::<3>(2, 3);
        let patches = patches.swap_dims(1, 2);
        let [batch, _, dim] = patches.dims();
        let cls = self.cls.val().expand([batch, 1, dim]);
        let mut tokens = Tensor::cat(vec![cls, patches], 1) + self.pos.val();
        for block in &self.blocks {
            tokens = block.forward(tokens);
        }
        let cls = self.norm.forward(tokens).slice([0..batch, 0..1, 0..dim]);
        self.head.forward(cls.squeeze_dim(1))
    }
}

/// Attention and a hidden layer, each added to its input.
#[derive(Module, Debug)]
struct Block {
    ln1: LayerNorm,
    attn: Attention,
    ln2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
}

impl Block {
    fn new(config: &VitConfig, device: &Device) -> Self {
        Self {
            ln1: LayerNormConfig::new(config.dim).init(device),
            attn: Attention::new(config.dim, config.heads, device),
            ln2: LayerNormConfig::new(config.dim).init(device),
            fc1: LinearConfig::new(config.dim, config.mlp).init(device),
            fc2: LinearConfig::new(config.mlp, config.dim).init(device),
        }
    }

    /// Applies the block.
    ///
    /// # Shapes
    /// - tokens and output: `[batch, tokens, dim]`
    fn forward(&self, tokens: Tensor<3>) -> Tensor<3> {
        let attended = self.attn.forward(self.ln1.forward(tokens.clone()));
        let tokens = tokens + attended;
        let hidden = gelu(self.fc1.forward(self.ln2.forward(tokens.clone())));
        tokens + self.fc2.forward(hidden)
    }
}

/// Every token looks at every token, in several heads side by side.
#[derive(Module, Debug)]
struct Attention {
    qkv: Linear,
    proj: Linear,
    heads: usize,
}

impl Attention {
    fn new(dim: usize, heads: usize, device: &Device) -> Self {
        Self {
            qkv: LinearConfig::new(dim, 3 * dim).init(device),
            proj: LinearConfig::new(dim, dim).init(device),
            heads,
        }
    }

    /// Applies the attention.
    ///
    /// # Shapes
    /// - tokens and output: `[batch, tokens, dim]`
    fn forward(&self, tokens: Tensor<3>) -> Tensor<3> {
        let [batch, count, dim] = tokens.dims();
        let head = dim / self.heads;
        let qkv = self.qkv.forward(tokens);
        let qkv = qkv.reshape([batch, count, 3, self.heads, head]);
        let [q, k, v] = [0, 1, 2].map(|part| {
            let part = qkv.clone().narrow(2, part, 1).squeeze_dim::<4>(2);
            part.swap_dims(1, 2)
        });
        let scores = q.matmul(k.transpose()) / (head as f64).sqrt();
        let mixed = softmax(scores, 3).matmul(v);
        self.proj
            .forward(mixed.swap_dims(1, 2).reshape([batch, count, dim]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Distribution, Tolerance};

    #[test]
    fn images_need_not_be_square() {
        let device = Device::flex();
        let model = VitConfig::new([8, 12], 3).init(&device);
        assert_eq!(model.pos.dims(), [1, 1 + 2 * 3, 24]);
        let logits = model.forward(Tensor::ones([2, 3, 8, 12], &device));
        assert_eq!(logits.dims(), [2, 3]);
    }

    #[test]
    fn an_image_is_classified_the_same_in_any_batch() {
        let device = Device::flex();
        let model = VitConfig::new([8, 8], 4).init(&device);
        let images = Tensor::random([3, 3, 8, 8], Distribution::Default, &device);
        let last = model.forward(images.clone().slice(2..3)).into_data();
        let batched = model.forward(images).slice(2..3).into_data();
        batched.assert_approx_eq::<f32>(&last, Tolerance::rel_abs(1e-5, 1e-6));
    }

    #[test]
    fn without_positions_the_order_of_the_patches_does_not_matter() {
        let device = Device::flex();
        let mut model = VitConfig::new([4, 8], 4).init(&device);
        let image = Tensor::random([1, 3, 4, 8], Distribution::Default, &device);
        let halves = image.clone().chunk(2, 3).into_iter().rev().collect();
        let swapped = Tensor::cat(halves, 3);
        let logits = |model: &Vit, image: &Tensor<4>| model.forward(image.clone()).into_data();
        let tolerance = Tolerance::rel_abs(1e-5, 1e-6);
        let differs = |model: &Vit| {
            let pair = [&image, &swapped].map(|image| logits(model, image));
            let [a, b] = pair.map(|data| data.try_to_vec::<f32>().unwrap());
            a.iter().zip(b).any(|(a, b)| (a - b).abs() > 1e-5)
        };
        assert!(differs(&model));
        model.pos = model.pos.map(|pos| pos.zeros_like());
        logits(&model, &image).assert_approx_eq::<f32>(&logits(&model, &swapped), tolerance);
    }
}
