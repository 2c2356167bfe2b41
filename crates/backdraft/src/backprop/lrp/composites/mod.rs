//! The composites, each a constructor of [`Composite`](crate::lrp::Composite).

mod attn_lrp;
mod cp_lrp;
mod deep_taylor;
mod epsilon;
mod epsilon_alpha2_beta1;
mod epsilon_gamma_box;
mod epsilon_plus;
mod excitation_backprop;
mod named;
mod recurrent;

pub use named::{COMPOSITES, NamedComposite};
