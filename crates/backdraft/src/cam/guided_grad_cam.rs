//! Guided Grad-CAM.

use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

use crate::backprop::rectifiers;
use crate::cam::evidence::MapLayer;
use crate::cam::upsample::upsampled;
use crate::cam::{GradCam, evidence};
use crate::inputs::rows::zip;
use crate::model::differentiable::{input_gradients, run_for_gradients};
use crate::{
    AnyTensor, Attribution, Differentiated, Error, GuidedBackprop, GuidedRectifier, Inputs, Method,
    Network, Plan, Target, TokenLayout,
};

/// Guided Grad-CAM: guided backpropagation, weighted with where Grad-CAM finds evidence for the target.
///
/// ```text
/// A = guided backpropagation · upsample( Grad-CAM )
/// ```
///
/// Selvaraju et al., [*Grad-CAM*](https://arxiv.org/abs/1610.02391), ICCV 2017: the fine detail of
/// [`GuidedBackprop`](crate::GuidedBackprop), which alone tells classes badly apart, where [`GradCam`] says that this
/// class is.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](Network::last_spatial_layer) |
/// | [`with_upsampling`](Self::with_upsampling) | bilinear, as in the paper |
/// | [`with_tokens`](Self::with_tokens) | none: the layer's positions are in their places |
///
/// The map has one channel, which multiplies every channel of the input. The network needs rectifiers and
/// float inputs of shape `[batch, channels, ...]` with one to three spatial dimensions, as many as the map.
///
/// ```
/// use backdraft::{Class, GuidedGradCam, Method, Network};
/// # use burn::module::Module;
/// # use burn::nn::conv::{Conv2d, Conv2dConfig};
/// # use burn::tensor::{Device, Tensor, activation::relu};
/// # #[derive(Module, Debug)]
/// # struct Model { conv: Conv2d }
/// # impl Model {
/// #     fn forward(&self, x: Tensor<4>) -> Tensor<2> {
/// #         relu(self.conv.forward(x)).mean_dim(3).mean_dim(2).flatten(1, 3)
/// #     }
/// # }
/// # let device = Device::default();
/// # let model = Model { conv: Conv2dConfig::new([3, 5], [3, 3]).init(&device) };
/// # let image = Tensor::<4>::ones([1, 3, 8, 8], &device);
/// let net = Network::capture(&model, image.clone(), Model::forward)?;
/// let detail = GuidedGradCam::at("conv").attribute(&net, image, Class(4))?;
/// assert_eq!(detail.values()[0].shape().as_slice(), [1, 3, 8, 8]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct GuidedGradCam {
    cam: GradCam,
    upsampling: Upsampling,
}

/// How a layer's map gets the size of the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Upsampling {
    /// Linear between the centers of the layer's cells; trilinear in volumes.
    #[default]
    Bilinear,
    /// Every pixel takes the value of the cell it lies in.
    Nearest,
}

impl GuidedGradCam {
    /// With Grad-CAM at the last activation with spatial extent.
    pub fn new() -> Self {
        Self::default()
    }

    /// With Grad-CAM at the output of a layer, or of the module with this path.
    pub fn at(layer: impl Into<String>) -> Self {
        Self {
            cam: GradCam::at(layer),
            upsampling: Upsampling::default(),
        }
    }

    /// How Grad-CAM's map gets the size of the input.
    #[must_use]
    pub fn with_upsampling(mut self, upsampling: Upsampling) -> Self {
        self.upsampling = upsampling;
        self
    }

    /// Reads the layer as a token sequence: [`GradCam::with_tokens`].
    #[must_use]
    pub fn with_tokens(mut self, tokens: TokenLayout) -> Self {
        self.cam = self.cam.with_tokens(tokens);
        self
    }
}

/// Values have the inputs' shapes. For Grad-CAM only the network above the layer is computed, once for each target:
/// the activation comes from the pass of Guided Backprop.
impl Method for GuidedGradCam {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let cam = self.cam.at_layer();
        let (layer, tokens) = (cam.layer(net, inputs, target)?, cam.tokens.as_ref());
        let rules = rectifiers::rules("guided-grad-cam", GuidedRectifier, net)?;
        let probes = evidence::probes(net, layer.name(), tokens).with_rules(rules);
        let pass = run_for_gradients(net, inputs, probes)?;
        let site = MapLayer::of(net, inputs, &pass, layer.name(), tokens)?;
        let guided = input_gradients(net, pass, inputs, target)?;
        let evidence = site.evidence_for(net, inputs, target)?;
        self.weigh(inputs, guided, &self.cam.map(&evidence), layer.name())
    }

    /// Grad-CAM is counted as if it ran alone.
    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        let cam = self.cam.cost(net, inputs)?;
        Ok(cam.then(GuidedBackprop::new().cost(net, inputs)?))
    }
}

impl GuidedGradCam {
    fn weigh(
        &self,
        inputs: &Inputs,
        guided: Differentiated,
        map: &AnyTensor,
        layer: &str,
    ) -> Result<Attribution, Error> {
        let planes = inputs.planes();
        let pairs = guided.gradients.iter().zip(&planes);
        let weighted = pairs.map(|(guided, planes)| {
            let map = upsampled(map, guided, *planes, layer, &self.upsampling.options())?;
            Ok(zip(guided, &map, |guided, map| guided * map))
        });
        let values = weighted.collect::<Result<_, Error>>()?;
        let scores = guided.values();
        let result = Attribution::new("guided-grad-cam", guided.target, values, scores)?;
        let upsampling = match self.upsampling {
            Upsampling::Bilinear => "bilinear",
            Upsampling::Nearest => "nearest",
        };
        Ok(result
            .with_layer(layer)
            .with_planes(planes)
            .with_option("upsampling", upsampling))
    }
}

impl Upsampling {
    fn options(self) -> InterpolateOptions {
        let mode = match self {
            Self::Bilinear => InterpolateMode::Bilinear,
            Self::Nearest => InterpolateMode::Nearest,
        };
        InterpolateOptions::new(mode).with_align_corners(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use crate::layer::LayerError;
    use burn::nn::Linear;
    use burn::tensor::activation::relu;
    use burn::tensor::module::{avg_pool1d, avg_pool2d};
    use burn::tensor::ops::AvgPoolOptions;
    use burn::tensor::{Device, Tensor, TensorData};

    /// Means over 2 x 2 windows, rectified and summed.
    fn net(x: &Tensor<4>) -> Network {
        Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<4>| {
            let [batch, ..] = x.dims();
            relu(avg_pool2d(x, AvgPoolOptions::new([2, 2])))
                .reshape([batch, 2])
                .sum_dim(1)
        })
        .unwrap()
    }

    fn x() -> Tensor<4> {
        let rows = [[4.0, 0.0, -1.0, -1.0], [0.0, 0.0, -1.0, -1.0]];
        Tensor::<2>::from_data(rows, &Device::flex()).unsqueeze()
    }

    #[test]
    fn detail_is_weighted_with_the_map() {
        // Means 1 and -1, rectified 1 and 0. Gradients there are 1, so their mean is 1 and the map [1, 0].
        // Guided backpropagation is 1/4 under the open window and 0 under the closed one.
        let method = GuidedGradCam::at("relu").with_upsampling(Upsampling::Nearest);
        let result = method.attribute(&net(&x()), x(), Class(0)).unwrap();
        let expected = [[[[0.25, 0.25, 0.0, 0.0], [0.25, 0.25, 0.0, 0.0]]]];
        let values = result.tensor::<4>().unwrap().into_data();
        values.assert_eq(&TensorData::from(expected), false);
        // Between the centers of the cells, at columns 0.5 and 2.5, the map falls linearly from 1 to 0.
        let result = GuidedGradCam::at("relu")
            .attribute(&net(&x()), x(), Class(0))
            .unwrap();
        let expected = [[[[0.25, 0.1875, 0.0, 0.0], [0.25, 0.1875, 0.0, 0.0]]]];
        let values = result.tensor::<4>().unwrap().into_data();
        values.assert_eq(&TensorData::from(expected), false);
    }

    #[test]
    fn several_targets_get_what_each_gets() {
        let net = Network::capture(&Vec::<Linear>::new(), x(), |_, x: Tensor<4>| {
            relu(x * 1.0).reshape([1, 8]).slice([0..1, 0..2])
        })
        .unwrap();
        let method = GuidedGradCam::at("relu");
        let both = method
            .attribute_each(&net, x(), [Class(0), Class(1)])
            .unwrap();
        for (class, result) in both.iter().enumerate() {
            let alone = method.attribute(&net, x(), Class(class)).unwrap();
            assert_eq!(result.target(), alone.target());
            let [result, alone] = [result, &alone].map(|r| r.tensor::<4>().unwrap().into_data());
            result.assert_eq(&alone, true);
        }
    }

    #[test]
    fn a_map_of_other_dimensions_than_the_input_is_refused() {
        let x = Tensor::<2>::ones([1, 4], &Device::flex());
        let forward = |_: &Vec<Linear>, x: Tensor<2>| {
            relu(avg_pool1d(x.reshape([1, 1, 4]), AvgPoolOptions::new([2])))
        };
        let net = Network::capture(&Vec::new(), x.clone(), move |m, x| {
            forward(m, x).sum_dim(2).reshape([1, 1])
        })
        .unwrap();
        let error = GuidedGradCam::at("relu")
            .attribute(&net, x, Class(0))
            .unwrap_err();
        assert!(
            matches!(error, Error::Layer(LayerError::NotUpsampled { .. })),
            "{error}"
        );
    }
}
