//! Maps of several layers as one.

use std::fmt;

use backdraft_graph::Planes;
use burn::tensor::Tensor;

use crate::cam::resample::{Places, evenly, resampled};
use crate::inputs::rows::{map, zip};
use crate::inputs::space::space_of_the_only_input;
use crate::{AnyTensor, Attribution, Error, Inputs, Method, Model, Plan, Target};

/// The maps that a method gives of several layers, as one map: their mean or their maximum.
///
/// ```text
/// map = mean or maximum over layers of ( M_l - min M_l ) / ( max M_l - min M_l )
/// ```
///
/// Early layers see detail, late layers objects. Their maps have no common unit, so every map of a sample is brought to the range
/// from zero to one first: as pytorch-grad-cam does for several `target_layers`, of which it takes the mean, and torch-cam in
/// `fuse_cams`, which takes the maximum. Give it maps that are rectified, as they are by default. Both libraries
/// stretch every map from corner to corner; here a map's positions are in the middle of what they see
/// ([`Attribution::places`]), so that maps of layers with other strides and paddings lie on each other.
///
/// | option | default |
/// |---|---|
/// | [`with_fusion`](Self::with_fusion) | the mean |
/// | [`with_input_size`](Self::with_input_size) | `false`: the positions of the largest map |
///
/// ```
/// use backdraft::{AtLayers, Class, Fusion, GradCam, Method, Network};
/// # use burn::module::Module;
/// # use burn::nn::conv::{Conv2d, Conv2dConfig};
/// # use burn::tensor::{Device, Tensor, activation::relu};
/// # #[derive(Module, Debug)]
/// # struct Model { early: Conv2d, late: Conv2d }
/// # impl Model {
/// #     fn forward(&self, x: Tensor<4>) -> Tensor<2> {
/// #         relu(self.late.forward(relu(self.early.forward(x)))).mean_dim(3).mean_dim(2).flatten(1, 3)
/// #     }
/// # }
/// # let device = Device::default();
/// # let model = Model {
/// #     early: Conv2dConfig::new([3, 4], [3, 3]).init(&device),
/// #     late: Conv2dConfig::new([4, 5], [3, 3]).with_stride([2, 2]).init(&device),
/// # };
/// # let image = Tensor::<4>::ones([1, 3, 9, 9], &device);
/// let net = Network::capture(&model, image.clone(), Model::forward)?;
/// let maps = ["early", "late"].map(GradCam::at);
/// let map = AtLayers::new(maps).with_fusion(Fusion::Maximum).attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 7, 7]);
/// assert_eq!(map.layer(), Some("early, late"));
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "fuse_cams")]
#[derive(Clone, Debug)]
pub struct AtLayers<T> {
    methods: Vec<T>,
    fusion: Fusion,
    input_size: bool,
}

/// How several maps become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fusion {
    /// What they say on average.
    #[default]
    Mean,
    /// What the strongest says, place by place.
    Maximum,
}

impl fmt::Display for Fusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mean => "mean",
            Self::Maximum => "maximum",
        })
    }
}

impl<T> AtLayers<T> {
    /// The mean of the maps of these methods, which are one method at several layers, or several methods.
    pub fn new(methods: impl IntoIterator<Item = T>) -> Self {
        Self {
            methods: methods.into_iter().collect(),
            fusion: Fusion::default(),
            input_size: false,
        }
    }

    /// How several maps become one.
    #[must_use]
    pub fn with_fusion(mut self, fusion: Fusion) -> Self {
        self.fusion = fusion;
        self
    }

    /// Whether the map has a position for every one of the input, in place of the positions of the largest map.
    #[must_use]
    pub fn with_input_size(mut self, input_size: bool) -> Self {
        self.input_size = input_size;
        self
    }
}

/// Values of shape `[batch, 1, positions...]`. What isn't a map of one channel, or has other dimensions than the rest, is
/// [refused](Error::WrongShape), and so is nothing to fuse.
impl<M: Model + ?Sized, T: Method<M>> Method<M> for AtLayers<T> {
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let methods = self.methods.iter();
        let maps = methods.map(|method| LayersMap::of(method.compute(model, inputs, target)?));
        let maps: Vec<LayersMap> = maps.collect::<Result<_, _>>()?;
        let places = self.places(inputs, &maps)?;
        let fused = self.fused(&maps, &places)?;
        let first = &maps[0];
        let result = &first.result;
        let method = format!("at-layers of {}", result.method());
        let scores = result.scores().to_vec();
        Ok(
            Attribution::new(method, result.target(), vec![fused], scores)?
                .with_layer(names(&maps))
                .with_planes(vec![Some(first.planes)])
                .with_places(places)
                .with_option("fusion", self.fusion),
        )
    }

    fn cost(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error> {
        let plans = self.methods.iter().map(|method| method.cost(model, inputs));
        let plans: Vec<Plan> = plans.collect::<Result<_, _>>()?;
        plans.into_iter().reduce(Plan::then).ok_or_else(nothing)
    }
}

fn nothing() -> Error {
    Error::InvalidOption {
        option: "layers",
        value: "left out".into(),
        requirement: "there must be a map of at least one layer",
    }
}

/// The layers' names.
fn names(maps: &[LayersMap]) -> String {
    let names = maps.iter().filter_map(|map| map.result.layer());
    names.collect::<Vec<_>>().join(", ")
}

impl<T> AtLayers<T> {
    /// Where the positions of the fused map lie.
    fn places(&self, inputs: &Inputs, maps: &[LayersMap]) -> Result<Vec<Places>, Error> {
        if self.input_size {
            let sizes = space_of_the_only_input(inputs, "a map of the input's size")?;
            return Ok(sizes.into_iter().map(evenly).collect());
        }
        let size = |map: &&LayersMap| map.value.shape().num_elements();
        let largest = maps.iter().max_by_key(size).ok_or_else(nothing)?;
        Ok(largest.places.clone())
    }

    fn fused(&self, maps: &[LayersMap], places: &[Places]) -> Result<AnyTensor, Error> {
        let mut fused: Option<AnyTensor> = None;
        for layer in maps {
            let new = layer.at(places)?;
            fused = Some(match fused {
                None => new,
                Some(fused) if fused.shape() != new.shape() => {
                    return Err(layer.unlike());
                }
                Some(fused) => zip(&fused, &new, |a, b| match self.fusion {
                    Fusion::Mean => a + b,
                    Fusion::Maximum => a.max_pair(b),
                }),
            });
        }
        let fused = fused.ok_or_else(nothing)?;
        Ok(match self.fusion {
            Fusion::Mean => map(&fused, |sum| sum / maps.len() as f64),
            Fusion::Maximum => fused,
        })
    }
}

/// The map of one layer.
struct LayersMap {
    result: Attribution,
    value: AnyTensor,
    planes: Planes,
    places: Vec<Places>,
}

impl LayersMap {
    fn of(result: Attribution) -> Result<Self, Error> {
        let planes = result.planes(0);
        let value = result.values()[0].clone();
        let space: Vec<usize> = value
            .shape()
            .iter()
            .skip(planes.channels)
            .copied()
            .collect();
        let map = Self {
            places: match result.places() {
                known if known.len() + 1 == space.len() => known.to_vec(),
                _ => space.iter().skip(1).copied().map(evenly).collect(),
            },
            result,
            value,
            planes,
        };
        let is_map = space.first() == Some(&1) && space.len() > 1;
        if is_map { Ok(map) } else { Err(map.unlike()) }
    }

    /// The map from zero to one, at these places.
    fn at(&self, places: &[Places]) -> Result<AnyTensor, Error> {
        if places.len() != self.places.len() {
            return Err(self.unlike());
        }
        let scaled = map(&self.value, between_zero_and_one);
        Ok(resampled(&scaled, &self.places, places))
    }

    fn unlike(&self) -> Error {
        Error::WrongShape {
            what: "a fusion of maps",
            needs: "maps of one channel, [batch, 1, positions...], with as many dimensions of space",
            shape: format!("{:?}", self.value.shape().as_slice()),
            help: ": `GradCam` and its variants give such maps",
        }
    }
}

/// Every sample from zero to one; one that is the same everywhere is zero.
fn between_zero_and_one(rows: Tensor<2>) -> Tensor<2> {
    let least = rows.clone().min_dim(1);
    let rows = rows - least;
    let most = rows.clone().max_dim(1);
    let most = most.clone().mask_fill(most.equal_elem(0.0), 1.0);
    rows / most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AtLayer, Class, EigenCam, GradCam, HiResCam, Network, Saliency};
    use burn::nn::Linear;
    use burn::tensor::activation::relu;
    use burn::tensor::module::avg_pool2d;
    use burn::tensor::ops::AvgPoolOptions;
    use burn::tensor::{Device, Tensor};

    /// Means over 2 x 2 windows, rectified before and after.
    fn net(x: &Tensor<4>) -> Network {
        let forward = |_: &Vec<Linear>, x: Tensor<4>| {
            let [batch, ..] = x.dims();
            let means = avg_pool2d(relu(x), AvgPoolOptions::new([2, 2]));
            relu(means).reshape([batch, 4]).sum_dim(1)
        };
        Network::capture(&Vec::new(), x.clone(), forward).unwrap()
    }

    fn x() -> Tensor<4> {
        let rows = [
            [8.0, 4.0, 0.0, 0.0],
            [4.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 2.0, 2.0],
            [0.0, 0.0, 2.0, 2.0],
        ];
        Tensor::<2>::from_data(rows, &Device::flex()).unsqueeze()
    }

    fn fused<T: Method>(maps: AtLayers<T>) -> Vec<f32> {
        let result = maps.attribute(&net(&x()), x(), Class(0)).unwrap();
        assert_eq!(result.values()[0].shape().as_slice(), [1, 1, 4, 4]);
        result.values()[0].flat().into_data().iter().collect()
    }

    /// Of the first layer `x / 8`; of the second means of 4, 0, 0 and 2, or 1, 0, 0 and 1/2.
    #[test]
    fn maps_lie_on_each_other_where_their_layers_look() {
        let maps = || AtLayers::new(["relu", "relu#2"].map(GradCam::at));
        let mean = fused(maps());
        let maximum = fused(maps().with_fusion(Fusion::Maximum));
        // At the corner 1 and 1. One to the right 1/2, and 3/4 on the way from 1 to 0.
        assert_eq!((mean[0], mean[1]), (1.0, 0.625));
        assert_eq!((maximum[0], maximum[1]), (1.0, 0.75));
        // One of the lower right cell at its outer corner, where the maps are 1/4 and 1/2.
        assert_eq!((mean[15], maximum[15]), (0.375, 0.5));
    }

    #[test]
    fn several_methods_may_be_fused_and_the_map_may_be_as_large_as_the_input() {
        let methods: [Box<dyn Method>; 2] = [
            Box::new(HiResCam::at("relu#2")),
            Box::new(GradCam::at("relu#2")),
        ];
        let map = fused(AtLayers::new(methods).with_input_size(true));
        assert_eq!((map[0], map[1], map[15]), (1.0, 0.75, 0.5));
        let small = AtLayers::new([GradCam::at("relu#2")]);
        let small = small.attribute(&net(&x()), x(), Class(0)).unwrap();
        assert_eq!(small.values()[0].shape().as_slice(), [1, 1, 2, 2]);
        assert_eq!(small.layer(), Some("relu#2"));
        assert_eq!(small.method(), "at-layers of grad-cam");
    }

    #[test]
    fn a_map_that_is_flat_adds_nothing() {
        let flat = Tensor::<4>::ones([1, 1, 4, 4], &Device::flex());
        let maps = AtLayers::new(["relu", "relu#2"].map(EigenCam::at));
        let map = maps.attribute(&net(&flat), flat, Class(0)).unwrap();
        assert_eq!(map.sums(), [0.0]);
    }

    #[test]
    fn what_is_no_map_is_refused() {
        let none: [GradCam; 0] = [];
        let error = AtLayers::new(none).attribute(&net(&x()), x(), Class(0));
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("layers can't be left out")
        );
        let x = Tensor::<4>::ones([1, 2, 4, 4], &Device::flex());
        let forward = |_: &Vec<Linear>, x: Tensor<4>| relu(x).reshape([1, 32]).sum_dim(1);
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let channels = AtLayers::new([AtLayer::<Saliency>::at("relu")]);
        let error = channels.attribute(&net, x, Class(0)).unwrap_err();
        assert!(error.to_string().contains("[1, 2, 4, 4]"), "{error}");
    }
}
