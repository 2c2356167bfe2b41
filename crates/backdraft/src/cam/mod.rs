//! Class activation mapping: where a layer holds evidence.

mod class_activation;
mod grad_cam;
mod guided_grad_cam;

pub use class_activation::Cam;
pub use grad_cam::GradCam;
pub use guided_grad_cam::{GuidedGradCam, Upsampling};
