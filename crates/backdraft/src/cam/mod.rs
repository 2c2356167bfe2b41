//! Class activation mapping: where a layer holds evidence. Every method here combines a layer's activation with the
//! target's gradient there to a coarse map of the layer's positions; they differ in the weights. [`GradCam`] is the one
//! to begin with. Of a vision transformer, a [`TokenLayout`](crate::TokenLayout) says where the patches are, and
//! [`GuidedGradCam`] brings a map to the input's resolution, and [`AtLayers`] makes one of the maps of several layers. The activation is kept with the
//! [`Inputs`](crate::Inputs): further targets and methods compute only the network from the layer on.
#![doc = ""]
#![doc = include_str!("picture.md")]

mod ablation_cam;
mod at_layers;
mod cam;
mod default_layer;
mod eigen_cam;
mod eigen_grad_cam;
mod evidence;
mod factorization;
mod grad_cam;
mod grad_cam_element_wise;
mod grad_cam_plus_plus;
mod guided_grad_cam;
mod hires_cam;
mod layer_cam;
mod layer_map;
mod principal;
mod resample;
mod score_cam;
mod seg_eigen_cam;
mod shapley_cam;
mod smooth_grad_cam_plus_plus;
#[cfg(test)]
mod testing;
pub(crate) mod upsample;
mod x_grad_cam;

pub use ablation_cam::AblationCam;
pub use at_layers::{AtLayers, Fusion};
pub use cam::Cam;
pub use eigen_cam::EigenCam;
pub use eigen_grad_cam::EigenGradCam;
pub use factorization::{DeepFeatureFactorization, FeatureFactors};
pub use grad_cam::GradCam;
pub use grad_cam_element_wise::GradCamElementWise;
pub use grad_cam_plus_plus::GradCamPlusPlus;
pub use guided_grad_cam::{GuidedGradCam, Upsampling};
pub use hires_cam::HiResCam;
pub use layer_cam::LayerCam;
pub use score_cam::ScoreCam;
pub use seg_eigen_cam::SegEigenCam;
pub use shapley_cam::ShapleyCam;
pub use smooth_grad_cam_plus_plus::SmoothGradCamPlusPlus;
pub use x_grad_cam::XGradCam;
