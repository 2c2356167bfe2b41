//! Attribution for Burn: see what a trained network looks at (gradients, Grad-CAM), with any model, unchanged.
