//! Class activation mapping: where a layer holds evidence.

mod cam;
mod evidence;
mod grad_cam;
mod grad_cam_element_wise;
mod grad_cam_plus_plus;
mod guided_grad_cam;
mod hires_cam;
mod layer_cam;
mod layer_map;
#[cfg(test)]
mod testing;
mod x_grad_cam;

pub use cam::Cam;
pub use grad_cam::GradCam;
pub use grad_cam_element_wise::GradCamElementWise;
pub use grad_cam_plus_plus::GradCamPlusPlus;
pub use guided_grad_cam::{GuidedGradCam, Upsampling};
pub use hires_cam::HiResCam;
pub use layer_cam::LayerCam;
pub use x_grad_cam::XGradCam;
