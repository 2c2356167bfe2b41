//! Guided Grad-CAM.

use backdraft_graph::Planes;
use burn::tensor::Tensor;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

use crate::backprop::rectifiers;
use crate::cam::evidence::MapLayer;
use crate::cam::{GradCam, evidence};
use crate::inputs::rows::{frames_as_rows, zip};
use crate::layer::LayerError;
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
        let weighted = pairs.map(|(guided, planes)| match planes {
            Some(planes) => self.weighted_in_planes(guided, *planes, map, layer),
            None => self.weighted(guided, map, layer),
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

    /// Detail of an input with these planes, weighted with the map.
    fn weighted_in_planes(
        &self,
        guided: &AnyTensor,
        planes: Planes,
        map: &AnyTensor,
        layer: &str,
    ) -> Result<AnyTensor, Error> {
        let arrangement = planes.channels_first(&guided.shape());
        let arranged = arrangement.apply(guided);
        let shape = arranged.shape();
        let weighted = self.weighted(&frames_as_rows(arranged, planes.frames), map, layer)?;
        let weighted = arrangement.undo(&weighted.reshape_to(shape));
        Ok(weighted.expect("channels come first without loss"))
    }

    /// Detail of shape `[rows, channels, positions...]`, weighted with the map.
    fn weighted(
        &self,
        guided: &AnyTensor,
        map: &AnyTensor,
        layer: &str,
    ) -> Result<AnyTensor, Error> {
        let map = self.upsampling.apply(map, guided, layer)?;
        Ok(zip(guided, &map, |guided, map| guided * map))
    }
}

impl Upsampling {
    /// A map of shape `[batch, 1, ...]` in the shape of an input.
    fn apply(self, map: &AnyTensor, input: &AnyTensor, layer: &str) -> Result<AnyTensor, Error> {
        let (small, large) = (map.shape(), input.shape());
        let spatial = |shape: &[usize]| volume(shape.get(2..).unwrap_or_default());
        let (Some(from), Some(to), true) =
            (spatial(&small), spatial(&large), small.len() == large.len())
        else {
            return Err(Error::Layer(LayerError::NotUpsampled {
                layer: layer.into(),
                map: format!("{:?}", small.as_slice()),
                input: format!("{:?}", large.as_slice()),
            }));
        };
        let batch = small[0];
        let planes = map.reshape([batch, from[0], from[1], from[2]]);
        let planes = self.resize(planes, [to[1], to[2]]);
        // The third axis as the height of one plane that holds every position's column.
        let columns = planes.reshape([batch, 1, from[0], to[1] * to[2]]);
        let columns = self.resize(columns, [to[0], to[1] * to[2]]);
        let map = columns.reshape([batch, 1, to.iter().product()]);
        let channels = map.expand([large[0], large[1], to.iter().product()]);
        Ok(AnyTensor::from(channels).reshape_to(large))
    }

    fn resize(self, planes: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
        let [_, _, height, width] = planes.dims();
        if [height, width] == size {
            return planes;
        }
        let mode = match self {
            Self::Bilinear => InterpolateMode::Bilinear,
            Self::Nearest => InterpolateMode::Nearest,
        };
        let options = InterpolateOptions::new(mode)
            .with_align_corners(false)
            .with_output_size(size);
        interpolate(planes, options)
    }
}

/// A line is a plane of height one, and a plane a volume of depth one.
fn volume(spatial: &[usize]) -> Option<[usize; 3]> {
    match *spatial {
        [length] => Some([1, 1, length]),
        [height, width] => Some([1, height, width]),
        [depth, height, width] => Some([depth, height, width]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use burn::nn::Linear;
    use burn::tensor::activation::relu;
    use burn::tensor::module::{avg_pool1d, avg_pool2d};
    use burn::tensor::ops::AvgPoolOptions;
    use burn::tensor::{Device, TensorData};

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
    fn volumes_are_resized_along_every_axis() {
        // Twice as deep and twice as wide: a step of 8 in depth, and of 4 in width.
        let map = Tensor::<2>::from_data([[0.0, 4.0], [8.0, 12.0]], &Device::flex());
        let map = map.reshape([1, 1, 2, 1, 2]).into();
        let volume = Tensor::<5>::zeros([1, 2, 4, 1, 4], &Device::flex()).into();
        let resized = |upsampling: Upsampling| -> Vec<f32> {
            let map = upsampling.apply(&map, &volume, "layer").unwrap();
            assert_eq!(map.shape(), volume.shape());
            map.reshape([32]).into_data().iter().collect()
        };
        let grid = |steps: [f32; 4]| -> Vec<f32> {
            let rows = steps.map(|depth| steps.map(|width| 8.0 * depth + 4.0 * width));
            // Both channels have the same.
            [rows, rows].concat().concat()
        };
        // Centers of the cells at 0.5 and 2.5, in cells of the result.
        assert_eq!(resized(Upsampling::Bilinear), grid([0.0, 0.25, 0.75, 1.0]));
        assert_eq!(resized(Upsampling::Nearest), grid([0.0, 0.0, 1.0, 1.0]));
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
