//! Class activation mapping: where a layer holds evidence.

mod grad_cam;
mod guided_grad_cam;

pub use grad_cam::GradCam;
pub use guided_grad_cam::{GuidedGradCam, Upsampling};
