//! Guided Grad-CAM.

use burn::tensor::Tensor;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

use super::GradCam;
use crate::rows::zip;
use crate::{AnyTensor, Attribution, Error, GuidedBackprop, Inputs, Method, Network, Target};

/// Guided Grad-CAM: guided backpropagation, weighted with where Grad-CAM finds evidence for the target.
///
/// ```text
/// A = guided backpropagation · upsample( Grad-CAM )
/// ```
///
/// Selvaraju et al., [*Grad-CAM*](https://arxiv.org/abs/1610.02391), ICCV 2017: the fine detail of
/// [`GuidedBackprop`], which alone tells classes badly apart, where [`GradCam`] says that this class is.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](Network::last_spatial_layer) |
/// | [`with_upsampling`](Self::with_upsampling) | bilinear, as in the paper |
///
/// The map has one channel, which multiplies every channel of the input. The network needs rectifiers and
/// float inputs of shape `[batch, channels, length]` or `[batch, channels, height, width]`, with as many
/// spatial dimensions as the layer.
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
    /// Linear between the centres of the layer's cells.
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
}

/// Values have the inputs' shapes.
impl Method for GuidedGradCam {
    fn explain(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let cam = self.cam.explain(net, inputs, target)?;
        let guided = GuidedBackprop::new().explain(net, inputs, target)?;
        let layer = cam.layer().unwrap_or_default().to_owned();
        let weighted = guided.values().iter().map(|guided| {
            let map = self.upsampling.apply(&cam.values()[0], guided, &layer)?;
            Ok(zip(guided, &map, |guided, map| guided * map))
        });
        let values = weighted.collect::<Result<_, Error>>()?;
        let result = Attribution::new(
            "guided-grad-cam",
            guided.target(),
            values,
            guided.scores().to_vec(),
        )?;
        let upsampling = match self.upsampling {
            Upsampling::Bilinear => "bilinear",
            Upsampling::Nearest => "nearest",
        };
        Ok(result
            .with_layer(layer)
            .with_option("upsampling", upsampling))
    }
}

impl Upsampling {
    /// A map of shape `[batch, 1, ...]` in the shape of an input.
    fn apply(self, map: &AnyTensor, input: &AnyTensor, layer: &str) -> Result<AnyTensor, Error> {
        let (small, large) = (map.shape(), input.shape());
        // A line is an image of height one.
        let plane = |spatial: &[usize]| match *spatial {
            [length] => Some([1, length]),
            [height, width] => Some([height, width]),
            _ => None,
        };
        let spatial = |shape: &[usize]| plane(shape.get(2..).unwrap_or_default());
        let (Some(from), Some(to), true) =
            (spatial(&small), spatial(&large), small.len() == large.len())
        else {
            return Err(Error::NotUpsampled {
                layer: layer.into(),
                map: format!("{:?}", small.as_slice()),
                input: format!("{:?}", large.as_slice()),
            });
        };
        let mode = match self {
            Self::Bilinear => InterpolateMode::Bilinear,
            Self::Nearest => InterpolateMode::Nearest,
        };
        let options = InterpolateOptions::new(mode)
            .with_align_corners(false)
            .with_output_size(to);
        let map: Tensor<4> = map.reshape([small[0], 1, from[0], from[1]]);
        let map = interpolate(map, options);
        let channels = map.expand([large[0], large[1], to[0], to[1]]);
        Ok(AnyTensor::from(channels).reshape_to(large))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use burn::nn::Linear;
    use burn::tensor::activation::relu;
    use burn::tensor::module::avg_pool2d;
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
        // Between the centres of the cells, at columns 0.5 and 2.5, the map falls linearly from 1 to 0.
        let result = GuidedGradCam::at("relu")
            .attribute(&net(&x()), x(), Class(0))
            .unwrap();
        let expected = [[[[0.25, 0.1875, 0.0, 0.0], [0.25, 0.1875, 0.0, 0.0]]]];
        let values = result.tensor::<4>().unwrap().into_data();
        values.assert_eq(&TensorData::from(expected), false);
    }

    #[test]
    fn a_map_of_other_dimensions_than_the_input_is_refused() {
        let x = Tensor::<2>::ones([1, 4], &Device::flex());
        let forward =
            |_: &Vec<Linear>, x: Tensor<2>| relu(x.reshape([1, 2, 2]) * 2.0).sum_dim(2).sum_dim(1);
        let net = Network::capture(&Vec::new(), x.clone(), move |m, x| {
            forward(m, x).reshape([1, 1])
        })
        .unwrap();
        let error = GuidedGradCam::at("relu")
            .attribute(&net, x, Class(0))
            .unwrap_err();
        assert!(matches!(error, Error::NotUpsampled { .. }), "{error}");
    }
}
