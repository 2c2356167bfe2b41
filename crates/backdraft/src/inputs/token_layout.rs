//! Where the tokens of a sequence lie in the image.

use backdraft_graph::{Pass, Probes};
use burn::tensor::Tensor;
use burn::tensor::kind::Basic;

use crate::layer::LayerError;
use crate::{AnyTensor, Error, Inputs, Network};

/// How a transformer's tokens lie in the image: which of them are patches, and in how many rows and columns.
///
/// A vision transformer works on `[batch, tokens, features]`. Methods that give a map need to know which
/// tokens are patches, in rows from the top left, and put them back into their places.
///
/// | option | default |
/// |---|---|
/// | [`with_leading`](Self::with_leading) | 0: no class or register tokens in front |
/// | [`with_trailing`](Self::with_trailing) | 0: none after the patches |
/// | [`with_grid`](Self::with_grid) | inferred |
///
/// The number of other tokens is never guessed. The grid is inferred for the inputs of each call, of any
/// size: it has the proportions of what the last convolution makes of them (the patch embedding), or, in a
/// network without convolutions, those of the image `[batch, channels, height, width]`; without an image too,
/// it is a square. Tokens that don't fill such a grid are an error that lists the grids they fill.
///
/// ```
/// use backdraft::{Class, GradCam, Method, Network, TokenLayout};
/// # use burn::module::Module;
/// # use burn::nn::conv::{Conv2d, Conv2dConfig};
/// # use burn::nn::{Linear, LinearConfig};
/// # use burn::tensor::{Device, Tensor};
/// # #[derive(Module, Debug)]
/// # struct Model { patch: Conv2d, mix: Linear }
/// # impl Model {
/// #     fn forward(&self, x: Tensor<4>) -> Tensor<2> {
/// #         let patches = self.patch.forward(x).flatten::<3>(2, 3).swap_dims(1, 2);
/// #         let [batch, _, dim] = patches.dims();
/// #         let class = Tensor::zeros([batch, 1, dim], &patches.device());
/// #         let tokens = Tensor::cat(vec![class, patches], 1);
/// #         self.mix.forward(tokens).mean_dim(1).squeeze_dim(1)
/// #     }
/// # }
/// # let device = Device::default();
/// # let model = Model {
/// #     patch: Conv2dConfig::new([3, 6], [4, 4]).with_stride([4, 4]).init(&device),
/// #     mix: LinearConfig::new(6, 6).init(&device),
/// # };
/// # let images = Tensor::<4>::ones([1, 3, 8, 12], &device);
/// let net = Network::capture(&model, images.clone(), Model::forward)?;
/// let tokens = TokenLayout::new().with_leading(1);
/// let cam = GradCam::at("mix").with_tokens(tokens).attribute(&net, images, Class(0))?;
/// // Seven tokens: one for the class, and patches in two rows and three columns.
/// assert_eq!(cam.values()[0].shape().as_slice(), [1, 1, 2, 3]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "reshape_transform")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenLayout {
    leading: usize,
    trailing: usize,
    grid: Option<[usize; 2]>,
}

impl TokenLayout {
    /// Every token is a patch.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many tokens in front are no patches: class and register tokens.
    #[must_use]
    pub fn with_leading(mut self, tokens: usize) -> Self {
        self.leading = tokens;
        self
    }

    /// How many tokens at the end are no patches.
    #[must_use]
    pub fn with_trailing(mut self, tokens: usize) -> Self {
        self.trailing = tokens;
        self
    }

    /// The patches' rows and columns.
    #[must_use]
    pub fn with_grid(mut self, height: usize, width: usize) -> Self {
        self.grid = Some([height, width]);
        self
    }

    /// Lets a run keep what the grid is inferred from.
    pub(crate) fn probe(&self, net: &Network, probes: Probes) -> Probes {
        match self.patches(net) {
            Some(layer) => probes.with_activation(layer),
            None => probes,
        }
    }

    /// The grid of a layer's tokens in a run with this [probe](Self::probe).
    pub(crate) fn grid(
        &self,
        net: &Network,
        inputs: &Inputs,
        pass: &Pass,
        layer: &str,
        tokens: usize,
    ) -> Result<Grid, Error> {
        let patches = tokens.saturating_sub(self.leading);
        let patches = patches.saturating_sub(self.trailing);
        let (size, wanted) = if let Some([height, width]) = self.grid {
            let fits = height.checked_mul(width) == Some(patches);
            (
                fits.then_some([height, width]),
                format!("of {height}x{width}"),
            )
        } else {
            let plane = self.plane(net, inputs, pass);
            let [height, width] = plane.unwrap_or([1, 1]);
            let wanted = format!("with the proportions of {height}x{width}");
            (similar([height, width], patches), wanted)
        };
        let size = size.filter(|_| patches > 0);
        let size = size.ok_or_else(|| {
            Error::Layer(LayerError::TokenGrid {
                layer: layer.into(),
                tokens,
                leading: self.leading,
                trailing: self.trailing,
                patches,
                wanted,
                candidates: candidates(patches),
            })
        })?;
        Ok(Grid {
            size,
            leading: self.leading,
        })
    }

    /// The last convolution's layer, if the grid is inferred and it is one of planes.
    fn patches(&self, net: &Network) -> Option<String> {
        let layer = net.last_convolution_layer()?;
        let infers = self.grid.is_none() && layer.output_shape().num_dims() == 4;
        infers.then(|| layer.name().to_owned())
    }

    /// Height and width of the patch embedding, or of the first image.
    fn plane(&self, net: &Network, inputs: &Inputs, pass: &Pass) -> Option<[usize; 2]> {
        let patches = self.patches(net);
        let patches = patches.and_then(|layer| pass.activation(&layer).ok());
        let images = inputs.tensors().iter().filter(|tensor| tensor.is_float());
        let mut planes = patches.into_iter().chain(images.cloned());
        planes.find_map(|tensor| match *tensor.shape().as_slice() {
            [_, _, height, width] => Some([height, width]),
            _ => None,
        })
    }
}

/// Patches in rows and columns, after other tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    size: [usize; 2],
    leading: usize,
}

impl Grid {
    /// `[batch, tokens, features]` as `[batch, features, height, width]`.
    pub(crate) fn arrange<K: Basic>(&self, tokens: Tensor<3, K>) -> AnyTensor {
        let [batch, _, features] = tokens.dims();
        let [height, width] = self.size;
        let patches = self.leading..self.leading + height * width;
        let patches = tokens.slice([0..batch, patches, 0..features]);
        let planes = patches.swap_dims(1, 2);
        planes.reshape([batch, features, height, width]).into()
    }
}

/// Rows by columns, as results record it: `8x6`.
impl std::fmt::Display for Grid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [height, width] = self.size;
        write!(f, "{height}x{width}")
    }
}

/// The grid of so many cells that is as high for its width as another one.
fn similar([height, width]: [usize; 2], cells: usize) -> Option<[usize; 2]> {
    let rows = (cells * height).checked_div(width)?.isqrt();
    let columns = cells.checked_div(rows)?;
    (rows * columns == cells && rows * width == columns * height).then_some([rows, columns])
}

/// The grids of so many cells, squarest first.
fn candidates(cells: usize) -> String {
    let heights = (2..=cells.isqrt()).rev();
    let grids = heights.filter(|height| cells.is_multiple_of(*height));
    let grids: Vec<String> = grids
        .map(|height| format!("{height}x{}", cells / height))
        .collect();
    if grids.is_empty() {
        return "none".into();
    }
    grids.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, GradCam, Method};
    use backdraft_graph::{Error as GraphError, LookupError};
    use burn::module::Module;
    use burn::nn::conv::{Conv2d, Conv2dConfig};
    use burn::nn::{LayerNorm, LayerNormConfig, Linear};
    use burn::tensor::activation::softmax;
    use burn::tensor::{Device, Distribution};

    #[derive(Module, Debug)]
    struct Patches {
        patch: Conv2d,
        norm: LayerNorm,
    }

    impl Patches {
        fn new() -> Self {
            let device = Device::flex();
            let patch = Conv2dConfig::new([1, 3], [2, 2]).with_stride([2, 2]);
            Self {
                patch: patch.init(&device),
                norm: LayerNormConfig::new(3).init(&device),
            }
        }

        /// Two tokens in front and one at the end, all zero.
        fn tokens(&self, x: Tensor<4>) -> Tensor<3> {
            let patches = self.patch.forward(x).flatten::<3>(2, 3).swap_dims(1, 2);
            let zeros = |tokens| {
                let [batch, _, dim] = patches.dims();
                Tensor::zeros([batch, tokens, dim], &patches.device())
            };
            Tensor::cat(vec![zeros(2), patches.clone(), zeros(1)], 1) * 1.0
        }

        fn mean(&self, x: Tensor<4>) -> Tensor<2> {
            self.tokens(x).mean_dim(1).squeeze_dim(1)
        }

        fn attention(&self, x: Tensor<4>) -> Tensor<2> {
            let x = self.norm.forward(self.tokens(x));
            let scores = x.clone().matmul(x.clone().swap_dims(1, 2));
            softmax(scores, 2).matmul(x).mean_dim(1).squeeze_dim(1)
        }
    }

    const TOKENS: &str = "mul_scalar";

    /// Captured with a square image.
    fn net() -> Network {
        let square = Tensor::<4>::zeros([1, 1, 8, 8], &Device::flex());
        Network::capture(&Patches::new(), square, Patches::mean).unwrap()
    }

    fn images(height: usize, width: usize) -> Tensor<4> {
        let distribution = Distribution::Normal(0.0, 1.0);
        Tensor::random([2, 1, height, width], distribution, &Device::flex())
    }

    fn layout() -> TokenLayout {
        TokenLayout::new().with_leading(2).with_trailing(1)
    }

    #[test]
    fn tokens_give_the_map_of_the_patches_at_any_size() {
        let net = net();
        for (height, width) in [(8, 8), (4, 6), (6, 20)] {
            let images = images(height, width);
            let explain = |cam: GradCam| {
                let cam = cam.with_relu(false);
                cam.attribute(&net, images.clone(), Class(1)).unwrap()
            };
            let patches = explain(GradCam::at("patch"));
            let tokens = explain(GradCam::at(TOKENS).with_tokens(layout()));
            let grid = format!("{}x{}", height / 2, width / 2);
            assert_eq!(tokens.option("tokens"), Some(grid.as_str()));
            let [patches, tokens] =
                [patches, tokens].map(|map| map.tensor::<4>().unwrap().into_data());
            assert_eq!(tokens.shape().as_slice(), [2, 1, height / 2, width / 2]);
            tokens.assert_eq(&patches, true);
        }
    }

    #[test]
    fn without_a_layer_it_is_the_normalization_before_the_last_attention() {
        let example = Tensor::<4>::zeros([1, 1, 8, 8], &Device::flex());
        let net = Network::capture(&Patches::new(), example, Patches::attention).unwrap();
        let cam = GradCam::new().with_tokens(layout());
        let map = cam.attribute(&net, images(4, 6), Class(0)).unwrap();
        assert_eq!(map.layer(), Some("norm"));
        let none = cam.attribute(&self::net(), images(4, 6), Class(0));
        assert!(matches!(
            none,
            Err(Error::Graph(GraphError::Lookup(LookupError::NoTokenLayer)))
        ));
    }

    #[test]
    fn tokens_that_fill_no_such_grid_are_an_error_with_those_they_fill() {
        let fail = |layout| {
            let cam = GradCam::at(TOKENS).with_tokens(layout);
            let result = cam.attribute(&net(), images(16, 16), Class(0));
            result.unwrap_err().to_string()
        };
        let error = fail(layout().with_grid(6, 6));
        assert!(
            error.contains("67 tokens; without 2 leading and 1 trailing ones 64 are left")
                && error.contains("aren't a grid of 6x6. Grids of 64: 8x8, 4x16, 2x32."),
            "{error}"
        );
        let error = fail(TokenLayout::new().with_leading(1));
        assert!(
            error.contains("66 are left, which aren't a grid with the proportions of 8x8")
                && error.contains("Grids of 66: 6x11, 3x22, 2x33."),
            "{error}"
        );
        let error = fail(TokenLayout::new().with_leading(70));
        assert!(error.contains("0 are left"), "{error}");
        let given = GradCam::at(TOKENS).with_tokens(layout().with_grid(4, 16));
        let given = given.attribute(&net(), images(16, 16), Class(0)).unwrap();
        assert_eq!(given.values()[0].shape().as_slice(), [2, 1, 4, 16]);
    }

    #[test]
    fn a_layer_without_tokens_is_named() {
        let cam = GradCam::at("patch").with_tokens(layout());
        let error = cam.attribute(&net(), images(4, 4), Class(0)).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("layer `patch` has output shape [2, 3, 2, 2]"),
            "{error}"
        );
    }

    #[test]
    fn without_a_convolution_the_grid_has_the_proportions_of_the_image() {
        let forward = |_: &Vec<Linear>, x: Tensor<4>| {
            let [batch, channels, height, width] = x.dims();
            let patches = x.reshape([batch, channels, height / 2, 2, width / 2, 2]);
            let patches = patches.permute([0, 2, 4, 1, 3, 5]);
            let tokens = patches.reshape([batch, height * width / 4, 4 * channels]) * 1.0;
            tokens.mean_dim(1).squeeze_dim::<2>(1)
        };
        let net = Network::capture(&Vec::new(), images(4, 4), forward).unwrap();
        let cam = GradCam::at(TOKENS).with_tokens(TokenLayout::new());
        let map = cam.attribute(&net, images(16, 4), Class(0)).unwrap();
        assert_eq!(map.values()[0].shape().as_slice(), [2, 1, 8, 2]);
    }

    #[test]
    fn a_grid_keeps_proportions() {
        assert_eq!(similar([1, 1], 64), Some([8, 8]));
        assert_eq!(similar([2, 3], 6), Some([2, 3]));
        // Four patches merged into one.
        assert_eq!(similar([32, 8], 64), Some([16, 4]));
        assert_eq!(similar([3, 2], 64), None);
        assert_eq!(similar([1, 1], 65), None);
        assert_eq!(similar([1, 1], 0), None);
    }

    #[test]
    fn candidates_are_the_pairs_of_factors() {
        assert_eq!(candidates(64), "8x8, 4x16, 2x32");
        assert_eq!(candidates(65), "5x13");
        assert_eq!(candidates(67), "none");
        assert_eq!(candidates(0), "none");
    }
}
